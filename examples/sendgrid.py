"""SendGrid's Event Webhook: a JSON list of events."""

from datetime import UTC, datetime
from typing import Any

TYPES = {
    "processed": "sent", "deferred": "delayed", "delivered": "delivered", "open": "opened", "click": "clicked",
    "bounce": "bounced", "dropped": "rejected", "spamreport": "complained", "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}  # fmt: skip


def deliveries(payload: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of one request; post them under the `X-Message-Id` that SendGrid answered the send with."""
    return [_delivery(event) for event in payload if event.get("event") in TYPES and event.get("sg_message_id")]


def _delivery(event: dict[str, Any]) -> dict[str, Any]:
    # A block is refused for now or for its content: nothing is wrong with the address.
    is_blocked = event["event"] == "bounce" and event.get("type") == "blocked"
    return {
        "log": "email",
        # What follows the first dot is the recipient's own: `X-Message-Id` has none of it.
        "message_id": event["sg_message_id"].partition(".")[0],
        "recipient": event["email"],
        "type": "soft_bounced" if is_blocked else TYPES[event["event"]],
        "at": datetime.fromtimestamp(event["timestamp"], UTC).isoformat(),
        "id": event.get("sg_event_id"),
        "detail": event.get("reason") or event.get("response"),
        "link": event.get("url"),
        "user_agent": event.get("useragent"),
        # Of other events it is the address of SendGrid's own server.
        "ip": event.get("ip") if event["event"] in {"open", "click"} else None,
        "bot": event.get("sg_machine_open", False) is True,
    }
