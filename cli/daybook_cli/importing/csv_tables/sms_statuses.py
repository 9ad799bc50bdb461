"""The statuses of text messages in the words of providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Those of Twilio's message logs (https://www.twilio.com/docs/messaging/api/message-resource, message status values).
# What is on its way counts as `delivery`, however long ago that was said.
_STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), ("delivery", None)),
    "read": ("delivered", None),
    "undelivered": ("not_delivered", "undelivered"),
    "failed": ("not_delivered", "failed"),
    "canceled": ("not_delivered", "failed"),
    "rejected": ("not_delivered", "rejected"),
    "not delivered": ("not_delivered", None),
    "delivered": ("delivered", None),
}


def translated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with a provider's status of a text as status and reason; any other entry or word as it is."""
    word = entry.get("status")
    status, reason = _STATUSES.get(word.strip().lower(), (word, None)) if isinstance(word, str) else (word, None)
    if entry.get("log") != "sms" or status is None:
        return dict(entry)
    return {**entry, "status": status, **({"reason": reason} if reason and "reason" not in entry else {})}
