"""What becomes of text messages: End User Messaging's events, and SNS's delivery-status logs."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.feedback.records import (
    MalformedFeedbackError,
    Reading,
    cut,
    decoded,
    instant_after,
    message_id_of,
    moment_of,
    of_message,
)
from daybook.model.delivery_events import MAX_CODE, MAX_DIAGNOSTIC, DeliveryEvent, EventType

TEXT_PREFIXES = ("TEXT_", "MEDIA_")
OTHER_PREFIXES = ("VOICE_", "RCS_")
Outcome = Literal["rejected", "failed", "undelivered"]
_DELIVERED = frozenset({"DELIVERED", "READ"})

_OUTCOMES: dict[str, Outcome] = {
    "BLOCKED": "rejected",
    "CARRIER_BLOCKED": "rejected",
    "SPAM": "rejected",
    "PROTECT_BLOCKED": "rejected",
    "INVALID": "failed",
    "INVALID_MESSAGE": "failed",
    "FAILED": "failed",
    "TTL_EXPIRED": "undelivered",
    "UNREACHABLE": "undelivered",
    "CARRIER_UNREACHABLE": "undelivered",
    "UNKNOWN": "undelivered",
}

# SNS's answers for carriers, by what is characteristic in them.
_ANSWERS: dict[str, Outcome] = {
    "blocked as spam": "rejected",
    "carrier has blocked": "rejected",
    "blocked list": "rejected",
    "has blocked sms": "rejected",
    "opted out": "rejected",
    "exceed max price": "rejected",
    "no quota left": "rejected",
    "rate exceeded": "rejected",
    "unreachable": "undelivered",
    "unavailable": "undelivered",
}


class _TextEvent(Struct, rename="camel"):
    event_type: str
    event_timestamp: int
    message_id: str | None = None
    # Absent counts as false: a failure must be said to be final.
    is_final: bool | None = None
    message_status_description: str | None = None


class Notification(Struct, rename="camel"):
    """Of a delivery-status log: the message."""

    message_id: str | None = None
    timestamp: str | None = None
    topic_arn: str | None = None


class _Delivery(Struct, rename="camel"):
    provider_response: str | None = None
    dwell_time_ms: float | None = None
    dwell_time_ms_until_device_ack: float | None = None


_text_event = msgspec.json.Decoder(_TextEvent)
_delivery = msgspec.json.Decoder(_Delivery)


def read_event(text: str) -> Reading:
    """An event of End User Messaging; which of them are final is said by `isFinal`, not by their names."""
    event = decoded(_text_event, text)
    message_id = message_id_of(event.message_id, "messageId")
    type_, outcome = _meaning(event.event_type.partition("_")[2], is_final=event.is_final is True)
    name = event.event_type[:MAX_CODE]
    what = DeliveryEvent(
        type=type_,
        at=instant_after(timestamps.EPOCH, event.event_timestamp, "eventTimestamp"),
        source=name,
        kind=outcome,
        subtype=name,
        diagnostic=cut(event.message_status_description, MAX_DIAGNOSTIC),
    )
    return of_message("sms", message_id, what)


def _meaning(name: str, *, is_final: bool) -> tuple[EventType, Outcome | None]:
    """A name that is not known changes nothing: whether the message arrived cannot be told of it."""
    if name in _DELIVERED or (name == "SUCCESSFUL" and is_final):
        return "delivery", None
    if is_final and name in _OUTCOMES:
        return "failure", _OUTCOMES[name]
    return "pending", None


def read_log(status: str, notification: Notification, delivery: msgspec.Raw) -> Reading:
    """A delivery-status log of SNS; it is written once a message's fate is known, and tells how long that took."""
    said = decoded(_delivery, delivery, "delivery")
    message_id, at = message_and_time(notification, said.dwell_time_ms_until_device_ack or said.dwell_time_ms)
    answer = cut(said.provider_response, MAX_DIAGNOSTIC)
    what = DeliveryEvent(
        type="delivery" if status == "SUCCESS" else "failure",
        at=at,
        source=f"{status} {answer or ''}"[:MAX_CODE].rstrip(),
        kind=None if status == "SUCCESS" else _outcome(answer or ""),
        diagnostic=answer,
    )
    return of_message("sms", message_id, what)


def message_and_time(notification: Notification, dwelt: float | None) -> tuple[str, str]:
    """The id of a logged message, and the instant at which it had dwelt for so many milliseconds."""
    message_id = message_id_of(notification.message_id, "notification.messageId")
    if not notification.timestamp:
        raise MalformedFeedbackError("notification.timestamp is missing.")
    sent = moment_of(notification.timestamp, "notification.timestamp")
    return message_id, instant_after(sent, dwelt or 0, "delivery.dwellTimeMs")


def _outcome(answer: str) -> Outcome:
    lowered = answer.lower()
    return next((outcome for text, outcome in _ANSWERS.items() if text in lowered), "failed")
