"""Twilio's status callbacks of text messages: the fields of a form."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

TYPES = {
    "accepted": "sent", "queued": "sent", "sending": "sent", "sent": "sent", "delivered": "delivered",
    "read": "delivered", "undelivered": "undelivered", "failed": "failed", "canceled": "failed",
}  # fmt: skip
# Twilio's error codes: opted out (STOP); blocked, filtered by a carrier, no permission for the region.
BY_ERROR = {"21610": "unsubscribed", "30004": "rejected", "30007": "rejected", "21408": "rejected"}


def deliveries(payload: Mapping[str, str], received_at: datetime) -> list[dict[str, Any]]:
    """The event of one callback; post the message under the `sid` that Twilio answered the send with.

    `received_at` is when the callback first came. Give the same again if you repeat it: else it is another event.
    """
    status, code = payload.get("MessageStatus", ""), payload.get("ErrorCode") or ""
    if status not in TYPES:
        return []
    event = {
        "log": "sms",
        "message_id": payload["MessageSid"],
        "recipient": payload.get("To"),
        "type": BY_ERROR.get(code, TYPES[status]),
        "at": (_done(payload.get("RawDlrDoneDate", "")) or received_at).isoformat(),
        "id": f"{status} {code}".rstrip(),
        "detail": " ".join(filter(None, (code, payload.get("ErrorMessage")))) or None,
    }
    return [event]


def _done(text: str) -> datetime | None:
    """The carrier's time, as `2611200905`, taken for UTC; None where it told none that can be read."""
    with suppress(ValueError):
        return datetime.strptime(f"{text}+0000", "%y%m%d%H%M%z") if len(text) == len("YYMMDDhhmm") else None
    return None
