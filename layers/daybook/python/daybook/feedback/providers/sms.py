"""Parsers of delivery events of text messages: End User Messaging's events, and SNS's delivery-status logs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.feedback.providers.records import (
    MalformedFeedbackError,
    Reading,
    decode,
    instant_after,
    instant_of,
    moment_of,
    require_message_id,
    single_event,
    truncate,
)
from daybook.model.delivery_events import MAX_CODE, MAX_DIAGNOSTIC, DeliveryEvent, EventType

TEXT_PREFIXES = ("TEXT_", "MEDIA_")
OTHER_PREFIXES = ("VOICE_", "RCS_")

Outcome = Literal["rejected", "failed", "undelivered"]
_WAITING_NAMES = frozenset({"SENT", "QUEUED", "PENDING"})
_DELIVERED_NAMES = frozenset({"DELIVERED", "READ"})

_OUTCOME_BY_NAME: dict[str, Outcome] = {
    "BLOCKED": "rejected",
    "CARRIER_BLOCKED": "rejected",
    "SPAM": "rejected",
    "PROTECT_BLOCKED": "rejected",
    "INVALID": "failed",
    "INVALID_MESSAGE": "failed",
    "FAILED": "failed",
    "FILE_INACCESSIBLE": "failed",
    "FILE_TYPE_UNSUPPORTED": "failed",
    "FILE_SIZE_EXCEEDED": "failed",
    "TTL_EXPIRED": "undelivered",
    "UNREACHABLE": "undelivered",
    "CARRIER_UNREACHABLE": "undelivered",
    "UNKNOWN": "undelivered",
}

# Outcomes by a characteristic part of SNS's `providerResponse`, in lower case.
_OUTCOME_BY_RESPONSE: dict[str, Outcome] = {
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
    event_timestamp: Any = None
    message_id: str | None = None
    # Missing means false: a failure counts only where it is marked as final.
    is_final: bool | None = None
    message_status_description: str | None = None


class Notification(Struct, rename="camel"):
    """The `notification` of a delivery-status log: the message."""

    message_id: str | None = None
    timestamp: Any = None
    topic_arn: str | None = None


class _Delivery(Struct, rename="camel"):
    provider_response: str | None = None
    dwell_time_ms: Any = None
    dwell_time_ms_until_device_ack: Any = None


_text_event_decoder = msgspec.json.Decoder(_TextEvent)
_delivery_decoder = msgspec.json.Decoder(_Delivery)


def read_event(text: str, enveloped_at: str | None) -> Reading:
    """Parse an event of End User Messaging; `isFinal` says whether it is final, not its name.

    `enveloped_at` is its envelope's instant. MalformedFeedbackError where a field is invalid.
    """
    text_event = decode(_text_event_decoder, text)
    message_id = require_message_id(text_event.message_id, "messageId")
    name = _canonical_name(text_event.event_type)
    type_, outcome = _type_and_outcome(name.partition("_")[2], is_final=text_event.is_final is True)
    at = instant_after(timestamps.EPOCH, text_event.event_timestamp) or instant_of(text_event.event_timestamp)
    event = DeliveryEvent(
        type=type_,
        at=require_time(at, enveloped_at),
        source=name[:MAX_CODE],
        kind=outcome,
        subtype=name[:MAX_CODE],
        diagnostic=truncate(text_event.message_status_description, MAX_DIAGNOSTIC),
    )
    return single_event("sms", message_id, event)


def _canonical_name(event_type: str) -> str:
    """The name of an event in the provider's spelling; one that is not known stays as it is."""
    name = event_type.strip().upper()
    suffix = name.partition("_")[2]
    known = suffix == "SUCCESSFUL" or suffix in _WAITING_NAMES | _DELIVERED_NAMES | _OUTCOME_BY_NAME.keys()
    return name if known else event_type


def _type_and_outcome(name: str, *, is_final: bool) -> tuple[EventType, Outcome | None]:
    """The type and outcome of an event by its name, without the prefix; `pending` for an unknown name."""
    if name in _DELIVERED_NAMES or (name == "SUCCESSFUL" and is_final):
        return "delivery", None
    if is_final and name in _OUTCOME_BY_NAME:
        return "failure", _OUTCOME_BY_NAME[name]
    return "pending", None


def read_log(status: str, notification: Notification, delivery: msgspec.Raw, enveloped_at: str | None) -> Reading:
    """Parse a delivery-status log of SNS, which it writes when the outcome is known; `status` is SUCCESS or FAILURE.

    The dwell time in it is from sending to that outcome; `enveloped_at` is its envelope's instant.
    MalformedFeedbackError where a field is invalid.
    """
    details = decode(_delivery_decoder, delivery, "delivery")
    dwell_times = details.dwell_time_ms_until_device_ack, details.dwell_time_ms
    message_id, at = message_and_time(notification, dwell_times, enveloped_at)
    response = truncate(details.provider_response, MAX_DIAGNOSTIC)
    event = DeliveryEvent(
        type="delivery" if status == "SUCCESS" else "failure",
        at=at,
        source=f"{status} {response or ''}"[:MAX_CODE].rstrip(),
        kind=None if status == "SUCCESS" else _outcome_of_response(response or ""),
        diagnostic=response,
    )
    return single_event("sms", message_id, event)


def message_and_time(
    notification: Notification, dwell_times: Iterable[Any], enveloped_at: str | None
) -> tuple[str, str]:
    """The id of a logged message, and the instant of its outcome.

    That is so many milliseconds after it was sent, by the first of `dwell_times` that is usable, or that of sending, or
    `enveloped_at`. MalformedFeedbackError where there is neither, or no id.
    """
    message_id = require_message_id(notification.message_id, "notification.messageId")
    sent = moment_of(notification.timestamp)
    if sent is None:
        return message_id, require_time(None, enveloped_at)
    instants = (instant_after(sent, dwell_ms) for dwell_ms in dwell_times if dwell_ms)
    return message_id, next(filter(None, instants), None) or timestamps.instant(sent)


def require_time(at: str | None, enveloped_at: str | None) -> str:
    """The event's own instant, or else its envelope's. MalformedFeedbackError where there is neither."""
    if (instant := at or enveloped_at) is None:
        raise MalformedFeedbackError("Neither the event nor an envelope has a timestamp that can be read.")
    return instant


def _outcome_of_response(response: str) -> Outcome:
    lowered = response.lower()
    return next((outcome for text, outcome in _OUTCOME_BY_RESPONSE.items() if text in lowered), "failed")
