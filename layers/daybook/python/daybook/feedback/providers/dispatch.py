"""Chooses the parser for a provider's record."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daybook.feedback.providers import push, ses, sms, words
from daybook.feedback.providers.envelopes import CONFIRMATIONS, CONTROL_MESSAGE
from daybook.feedback.providers.records import (
    MalformedFeedbackError,
    Parts,
    ProviderRecord,
    Reading,
    decode,
    decode_any,
    is_absent,
    parse_parts,
)

# The first message that SES publishes to a new event destination.
_VALIDATION = "Successfully validated SNS topic"


class _Delivery(Struct, rename="camel"):
    """The fields of `delivery` by which SNS's status logs of text messages and of push differ."""

    destination: str | None = None
    sms_type: str | None = None
    token: str | None = None
    status_code: Any = None


_delivery_decoder = msgspec.json.Decoder(_Delivery)
_notification_decoder = msgspec.json.Decoder(sms.Notification)


def read(record: ProviderRecord) -> Reading:
    """Parse a record into its delivery events, or a reason to ignore it. MalformedFeedbackError if it is invalid."""
    if record.error is not None:
        raise MalformedFeedbackError(record.error)
    if record.parts is None and record.text.startswith(_VALIDATION):
        return Reading(ignored="topic_validation")
    parts = record.parts or parse_parts(record.text)
    if not is_absent(parts.event_type):
        return _read_event(_string(parts.event_type, "eventType"), parts, record)
    if not is_absent(parts.notification_type):
        return _read_notification(_string(parts.notification_type, "notificationType"), parts, record)
    if not is_absent(parts.notification) or not is_absent(parts.status):
        return _read_status_log(parts, record)
    return Reading(ignored=_ignored_reason(parts))


def _string(part: msgspec.Raw, field: str) -> str:
    text = decode_any(part, field)
    if not isinstance(text, str):
        raise MalformedFeedbackError(f"{field} is not a string.")
    return text


def _read_event(event_name: str, parts: Parts, record: ProviderRecord) -> Reading:
    ses_name, text_name = words.event_name(event_name), event_name.strip().upper()
    if ses_name in ses.EVENT_FORMATS:
        return ses.read(ses_name, parts, record.sent_at)
    if text_name.startswith(sms.TEXT_PREFIXES):
        return sms.read_event(record.text, record.sent_at)
    return Reading(ignored="not_text_message" if text_name.startswith(sms.OTHER_PREFIXES) else "unknown_type")


def _read_notification(event_name: str, parts: Parts, record: ProviderRecord) -> Reading:
    ses_name = words.event_name(event_name)
    if ses_name in ses.EVENT_FORMATS:
        return ses.read(ses_name, parts, record.sent_at)
    reasons = {"Received": "inbound_mail", "AmazonSnsSubscriptionSucceeded": "topic_validation"}
    return Reading(ignored=reasons.get(ses_name, "unknown_type"))


def _read_status_log(parts: Parts, record: ProviderRecord) -> Reading:
    """Parse a delivery-status log of SNS. One of a topic's push is of a message to many, which has no entry."""
    if is_absent(parts.notification) or is_absent(parts.delivery):
        raise MalformedFeedbackError("A delivery-status log needs both notification and delivery.")
    notification = decode(_notification_decoder, parts.notification, "notification")
    delivery = decode(_delivery_decoder, parts.delivery, "delivery")
    is_endpoint = (delivery.destination or "").startswith("arn:")
    is_push = is_endpoint or delivery.token is not None or delivery.status_code is not None
    if is_push and notification.topic_arn:
        return Reading(ignored="topic_push")
    if not is_push and not delivery.destination and not delivery.sms_type:
        raise MalformedFeedbackError("delivery names neither a phone number nor an endpoint.")
    status = _string(parts.status, "status").strip().upper()
    if status not in {"SUCCESS", "FAILURE"}:
        raise MalformedFeedbackError("status is neither SUCCESS nor FAILURE.")
    read_log = push.read_log if is_push else sms.read_log
    return read_log(status, notification, parts.delivery, record.sent_at)


def _ignored_reason(parts: Parts) -> str:
    """Why a record of a known type is not a delivery event. MalformedFeedbackError for one of no known type."""
    envelope_type = decode_any(parts.type, "Type")
    if isinstance(envelope_type, str) and envelope_type in CONFIRMATIONS:
        return (
            "subscription_confirmation" if envelope_type == "SubscriptionConfirmation" else "unsubscribe_confirmation"
        )
    if not is_absent(parts.log_events) and decode_any(parts.message_type, "messageType") == CONTROL_MESSAGE:
        return "control_message"
    reasons = (
        (parts.pinpoint_type, "legacy_pinpoint"),
        (parts.platform_type, "platform_event"),
        (parts.inbound_id, "inbound_text"),
    )
    for part, reason in reasons:
        if not is_absent(part):
            return reason
    raise MalformedFeedbackError(
        "The record has neither eventType nor notificationType, and is not a delivery-status log."
    )
