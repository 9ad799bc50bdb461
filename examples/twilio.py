"""Twilio's status callbacks of text messages: the fields of a form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

TYPES = {
    "accepted": "sent", "queued": "sent", "sending": "sent", "sent": "sent", "delivered": "delivered",
    "read": "delivered", "undelivered": "undelivered", "failed": "failed", "canceled": "failed",
}  # fmt: skip
# Twilio's error codes: opted out (STOP); blocked, filtered by a carrier, no permission for the region.
BY_ERROR = {"21610": "unsubscribed", "30004": "rejected", "30007": "rejected", "21408": "rejected"}


def deliveries(payload: Mapping[str, str]) -> list[dict[str, Any]]:
    """The event of one callback; post it under the `sid` that Twilio answered the send with."""
    status, code = payload.get("MessageStatus", ""), payload.get("ErrorCode") or ""
    if status not in TYPES:
        return []
    event = {
        "log": "sms",
        "message_id": payload["MessageSid"],
        "recipient": payload.get("To"),
        "type": BY_ERROR.get(code, TYPES[status]),
        "at": _time(payload.get("RawDlrDoneDate", "")).isoformat(),
        "id": f"{status} {code}".rstrip(),
        "detail": " ".join(filter(None, (code, payload.get("ErrorMessage")))) or None,
    }
    return [event]


def _time(done: str) -> datetime:
    """The carrier's time, as `2611200905` in UTC; Twilio tells no other, so else it is that of the callback."""
    if len(done) == len("YYMMDDhhmm") and done.isdecimal():
        return datetime.strptime(f"20{done}+0000", "%Y%m%d%H%M%z")
    return datetime.now(UTC)
