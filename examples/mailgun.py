"""Mailgun's webhooks: a JSON object with `signature` and `event-data`."""

from datetime import UTC, datetime
from typing import Any

TYPES = {
    "accepted": "sent", "delivered": "delivered", "opened": "opened", "clicked": "clicked",
    "complained": "complained", "unsubscribed": "unsubscribed", "rejected": "rejected",
}  # fmt: skip
# Reasons of a permanent failure with which Mailgun says that it did not try.
NOT_TRIED = {"suppress-bounce": "rejected", "suppress-complaint": "rejected", "suppress-unsubscribe": "rejected"}


def deliveries(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The event of one request; post it under the `id` that Mailgun answered the send with, in brackets or not."""
    event = payload["event-data"]
    type_ = _failure(event) if event["event"] == "failed" else TYPES.get(event["event"])
    message_id = event.get("message", {}).get("headers", {}).get("message-id")
    if type_ is None or not message_id:
        return []
    status, client = event.get("delivery-status") or {}, event.get("client-info") or {}
    detail = status.get("message") or status.get("description") or (event.get("reject") or {}).get("reason")
    delivery = {
        "log": "email",
        "message_id": message_id,
        "recipient": event["recipient"],
        "type": type_,
        "at": datetime.fromtimestamp(event["timestamp"], UTC).isoformat(),
        "id": event["id"],
        "detail": detail or event.get("reason"),
        "link": event.get("url"),
        "user_agent": client.get("user-agent"),
        "ip": event.get("ip"),
        "bot": bool(client.get("bot")),
    }
    return [delivery]


def _failure(event: dict[str, Any]) -> str:
    """A temporary failure is tried again; after too many tries it is permanent, with the reason `old`."""
    if event.get("severity") == "temporary":
        return "delayed"
    code = (event.get("delivery-status") or {}).get("code")
    is_soft = event.get("reason") == "old" or (str(code).startswith("4"))
    return NOT_TRIED.get(event.get("reason", ""), "soft_bounced" if is_soft else "bounced")
