"""SES, as the blacklist uses it: the account's suppression list, and the validation of e-mail addresses."""

from __future__ import annotations

from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from msgspec import Struct

from daybook.aws import clients
from daybook.aws.faults import AWS_ERRORS, as_store_error

SUPPRESSION_LIST = "the provider's suppression list"

# The checks whose low confidence counts against an address (GetEmailAddressInsights).
CHECKS = ("HasValidSyntax", "HasValidDnsRecords", "MailboxExists")


class NoVerdictError(Exception):
    """SES gave no verdict. `reason` is its error code; `final` means that a retry cannot help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Verdict(Struct, frozen=True):
    """Whether mail to an address can be expected to arrive; `doubts` are the CHECKS that it did not pass."""

    is_valid: bool
    doubts: tuple[str, ...] = ()


class EmailProvider:
    """SES (API v2); the boto3 client is made at the first call, as most requests need none."""

    def __init__(self, *, region: str) -> None:
        self._client = partial(clients.client, "sesv2", region)

    def release(self, spelling: str) -> None:
        """Remove an address from the account's suppression list, if it is there. The list is case-sensitive.

        StoreBusyError where SES throttles or does not answer.
        """
        try:
            self._client().delete_suppressed_destination(EmailAddress=spelling)
        except AWS_ERRORS as error:
            code = _code(error)
            # Most addresses are not on the list; and one that SES finds invalid cannot be on it.
            if code in ("NotFoundException", "BadRequestException"):
                return
            raise as_store_error(error, SUPPRESSION_LIST) from error

    def verify(self, address: str) -> Verdict:
        """SES's verdict on this address (GetEmailAddressInsights). NoVerdictError on any error of AWS."""
        try:
            response = self._client().get_email_address_insights(EmailAddress=address)
        except AWS_ERRORS as error:
            code = _code(error)
            raise NoVerdictError(code, final=code == "BadRequestException") from error
        validation = response.get("MailboxValidation", {})
        confidence = _confidence(validation, "IsValid")
        if confidence is None:
            raise NoVerdictError("no verdict in its answer")
        checks = validation.get("Evaluations", {})
        doubts = tuple(name for name in CHECKS if _confidence(checks, name) == "LOW")
        return Verdict(confidence != "LOW", doubts)


def _confidence(checks: dict[str, Any], name: str) -> str | None:
    """LOW, MEDIUM or HIGH; every level of a response is optional."""
    level: str | None = checks.get(name, {}).get("ConfidenceVerdict")
    return level


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        code: str = error.response["Error"]["Code"]
        return code
    return type(error).__name__
