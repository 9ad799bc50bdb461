"""SES for ministack, which lacks it: the account's suppression list, and the validation of addresses.

The verdict on an address is read from its local part, so that a test can ask for one.
"""

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

SUPPRESSION_LIST = "/v2/email/suppression/addresses"
INSIGHTS = "/v2/email/email-address-insights"
REASONS = ("BOUNCE", "COMPLAINT")
INVALID, THROTTLED = ("invalid", "nobody"), "throttle"

# From status, headers and body.
Response = tuple[int, dict[str, str], bytes]
Handle = Callable[..., Awaitable[Response]]


@dataclass(frozen=True)
class Answer:
    """`error` is the error code of AWS."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    def as_response(self) -> Response:
        """Status, headers and body."""
        # By its request id a client knows that a response is of AWS.
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
        if self.error:
            headers["x-amzn-errortype"] = self.error
        return self.status, headers, json.dumps(self.body).encode()


def with_address_calls(handle: Handle) -> Handle:
    """Answer the calls about addresses here, and leave the others to ministack."""
    addresses = Addresses()

    async def handle_request(method: str, path: str, headers: Any, body: bytes, parameters: Any) -> Response:
        answer = addresses.answer(method, path, body, parameters)
        return await handle(method, path, headers, body, parameters) if answer is None else answer.as_response()

    return handle_request


@dataclass(frozen=True)
class Addresses:
    """`suppressed` is the list, by address in lower case: SES does not tell addresses apart by their case."""

    suppressed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: bytes, parameters: Mapping[str, Any]) -> Answer | None:
        """None for a call that is not about addresses."""
        path = path.rstrip("/")
        if (method, path) == ("POST", INSIGHTS):
            return _insights(json.loads(body)["EmailAddress"])
        if (method, path) == ("PUT", SUPPRESSION_LIST):
            return self._put(json.loads(body))
        if (method, path) == ("GET", SUPPRESSION_LIST):
            return self._list(_as_list(parameters.get("Reason", [])))
        if path.startswith(f"{SUPPRESSION_LIST}/"):
            return self._get_or_delete(method, unquote(path.removeprefix(f"{SUPPRESSION_LIST}/")))
        return None

    def _put(self, request: dict[str, Any]) -> Answer:
        address, reason = request.get("EmailAddress"), request.get("Reason")
        if not address or reason not in REASONS:
            return _failed("BadRequestException", "An address and a reason, BOUNCE or COMPLAINT, are needed.")
        self.suppressed[address.lower()] = {"EmailAddress": address, "Reason": reason, "LastUpdateTime": time.time()}
        return Answer()

    def _list(self, reasons: list[str]) -> Answer:
        matching = [entry for entry in self.suppressed.values() if not reasons or entry["Reason"] in reasons]
        return Answer(body={"SuppressedDestinationSummaries": matching})

    def _get_or_delete(self, method: str, address: str) -> Answer | None:
        if method not in ("GET", "DELETE"):
            return None
        entry = self.suppressed.get(address.lower())
        if entry is None:
            message = f"Email address {address} does not exist on your suppression list."
            return _failed("NotFoundException", message, 404)
        if method == "DELETE":
            del self.suppressed[address.lower()]
            return Answer()
        return Answer(body={"SuppressedDestination": entry})


def _insights(address: str) -> Answer:
    local_part = address.rpartition("@")[0].lower()
    if THROTTLED in local_part:
        return _failed("TooManyRequestsException", "Too many requests.", 429)
    verdict = "LOW" if any(word in local_part for word in INVALID) else "HIGH"
    good = ("HasValidSyntax", "HasValidDnsRecords", "MailboxExists")
    bad = ("IsRoleAddress", "IsDisposable", "IsRandomInput")
    evaluations = {name: {"ConfidenceVerdict": "HIGH"} for name in good}
    evaluations |= {name: {"ConfidenceVerdict": "LOW"} for name in bad}
    evaluations["MailboxExists"] = {"ConfidenceVerdict": verdict}
    validation = {"IsValid": {"ConfidenceVerdict": verdict}, "Evaluations": evaluations}
    return Answer(body={"MailboxValidation": validation})


def _failed(error: str, message: str, status: int = 400) -> Answer:
    return Answer(status, {"message": message}, error)


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
