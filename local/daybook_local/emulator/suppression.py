"""What SES knows of addresses, for the local stack: the account's suppression list, and whether an address is valid.

The verdict on an address is read from its local part, so that a test can ask for it.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

LIST = "/v2/email/suppression/addresses"
INSIGHTS = "/v2/email/email-address-insights"
REASONS = ("BOUNCE", "COMPLAINT")
INVALID, THROTTLED = ("invalid", "nobody"), "throttle"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Suppression:
    """Addresses in the form in which they were put on the list; their case does not tell them apart."""

    suppressed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: bytes, parameters: Mapping[str, Any]) -> Answer | None:
        """None for a call of another kind."""
        path = path.rstrip("/")
        if (method, path) == ("POST", INSIGHTS):
            return insights(json.loads(body)["EmailAddress"])
        if (method, path) == ("PUT", LIST):
            return self._put(json.loads(body))
        if (method, path) == ("GET", LIST):
            return self._list(as_list(parameters.get("Reason", [])))
        if path.startswith(f"{LIST}/"):
            return self._one(method, unquote(path.removeprefix(f"{LIST}/")))
        return None

    def _put(self, stated: dict[str, Any]) -> Answer:
        address, reason = stated.get("EmailAddress"), stated.get("Reason")
        if not address or reason not in REASONS:
            return failed("BadRequestException", "An address and a reason, BOUNCE or COMPLAINT, are needed.")
        entry = {"EmailAddress": address, "Reason": reason, "LastUpdateTime": time.time()}
        self.suppressed[address.lower()] = entry
        return Answer()

    def _list(self, reasons: list[str]) -> Answer:
        found = [entry for entry in self.suppressed.values() if not reasons or entry["Reason"] in reasons]
        return Answer(body={"SuppressedDestinationSummaries": found})

    def _one(self, method: str, address: str) -> Answer | None:
        if method not in ("GET", "DELETE"):
            return None
        entry = self.suppressed.get(address.lower())
        if entry is None:
            return failed("NotFoundException", f"Email address {address} does not exist on your suppression list.", 404)
        if method == "DELETE":
            del self.suppressed[address.lower()]
            return Answer()
        return Answer(body={"SuppressedDestination": entry})


def insights(address: str) -> Answer:
    local_part = address.rpartition("@")[0].lower()
    if THROTTLED in local_part:
        return failed("TooManyRequestsException", "Too many requests.", 429)
    verdict = "LOW" if any(word in local_part for word in INVALID) else "HIGH"
    good = ("HasValidSyntax", "HasValidDnsRecords", "MailboxExists")
    bad = ("IsRoleAddress", "IsDisposable", "IsRandomInput")
    evaluations = {name: {"ConfidenceVerdict": "HIGH"} for name in good}
    evaluations |= {name: {"ConfidenceVerdict": "LOW"} for name in bad}
    evaluations["MailboxExists"] = {"ConfidenceVerdict": verdict}
    validation = {"IsValid": {"ConfidenceVerdict": verdict}, "Evaluations": evaluations}
    return Answer(body={"MailboxValidation": validation})


def failed(error: str, message: str, status: int = 400) -> Answer:
    return Answer(status, {"message": message}, error)


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
