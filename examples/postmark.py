"""Postmark's webhooks: a JSON object for each event."""

from typing import Any

# By RecordType, the type here and the field of the time.
RECORDS = {
    "Delivery": ("delivered", "DeliveredAt"),
    "Bounce": ("bounced", "BouncedAt"),
    "SpamComplaint": ("complained", "BouncedAt"),
    "Open": ("opened", "ReceivedAt"),
    "Click": ("clicked", "ReceivedAt"),
    "SubscriptionChange": ("unsubscribed", "ChangedAt"),
}
# Bounces after which Postmark sends no more to the address, and what is no bounce; any other one is a soft bounce.
BOUNCES = {
    "HardBounce": "bounced", "BadEmailAddress": "bounced", "Transient": "delayed", "SpamComplaint": "complained",
    "ManuallyDeactivated": "rejected", "Unsubscribe": "unsubscribed",
}  # fmt: skip
NO_BOUNCES = {"AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest", "ChallengeVerification"}


def deliveries(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The event of one request; post it under the `MessageID` that Postmark answered the send with."""
    record = payload.get("RecordType")
    is_wish = payload.get("SuppressionReason") == "ManualSuppression" and payload.get("SuppressSending") is True
    if record not in RECORDS or payload.get("Type") in NO_BOUNCES or (record == "SubscriptionChange" and not is_wish):
        return []
    type_, time_field = RECORDS[record]
    event = {
        "log": "email",
        "message_id": payload["MessageID"],
        "recipient": payload.get("Email") or payload.get("Recipient"),
        "type": BOUNCES.get(payload["Type"], "soft_bounced") if record == "Bounce" else type_,
        "at": payload[time_field],
        # Only bounces and complaints have an id.
        "id": str(payload["ID"]) if "ID" in payload else None,
        "detail": payload.get("Details") or payload.get("Description"),
        "link": payload.get("OriginalLink"),
        "user_agent": payload.get("UserAgent"),
        "ip": (payload.get("Geo") or {}).get("IP"),
    }
    return [event]
