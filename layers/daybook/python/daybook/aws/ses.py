"""SES, as far as the blacklist asks it: its own suppression list, and its verification of an address."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from msgspec import Struct

from daybook.aws import clients
from daybook.aws.clients import AWS_ERRORS, translated
from daybook.core.errors import StoreBusyError

TOO_MANY = "TooManyRequestsException"


SUPPRESSION_LIST = "the provider's suppression list"


# Of the checks behind a verdict, those where a low confidence speaks against the address.
CHECKS = ("HasValidSyntax", "HasValidDnsRecords", "MailboxExists")


class NoVerdictError(Exception):
    """SES did not say; `final` where asking again cannot help. `reason` is its error's code."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Verdict(Struct, frozen=True):
    """`doubts` are the checks that the address did not pass, in SES's words."""

    is_valid: bool
    doubts: tuple[str, ...] = ()


class EmailProvider:
    """SES; its client is made with the first call, most requests make none."""

    def __init__(self, *, region: str) -> None:
        self._client = clients.lazy("sesv2", region)

    def release(self, spelling: str) -> None:
        """Take an address off the account's suppression list, which keeps the case of letters. StoreBusyError."""
        try:
            self._client().delete_suppressed_destination(EmailAddress=spelling)
        except AWS_ERRORS as error:
            code = _code(error)
            # Most addresses are not on it; and what cannot be an address there, cannot be on it.
            if code in ("NotFoundException", "BadRequestException"):
                return
            if code == TOO_MANY:
                raise StoreBusyError(f"{SUPPRESSION_LIST} is throttling") from error
            raise translated(error, SUPPRESSION_LIST) from error

    def verify(self, address: str) -> Verdict:
        """Whether mail to this address can be expected to arrive. NoVerdictError."""
        try:
            answer = self._client().get_email_address_insights(EmailAddress=address)
        except AWS_ERRORS as error:
            code = _code(error)
            raise NoVerdictError(code, final=code == "BadRequestException") from error
        validation = answer.get("MailboxValidation", {})
        confidence = _confidence(validation, "IsValid")
        if confidence is None:
            raise NoVerdictError("no verdict in its answer")
        checks = validation.get("Evaluations", {})
        doubts = tuple(name for name in CHECKS if _confidence(checks, name) == "LOW")
        return Verdict(confidence != "LOW", doubts)


def _confidence(checks: dict[str, Any], name: str) -> str | None:
    """LOW, MEDIUM or HIGH; every level of an answer is optional."""
    found: str | None = checks.get(name, {}).get("ConfidenceVerdict")
    return found


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        code: str = error.response["Error"]["Code"]
        return code
    return type(error).__name__
