"""Which provider a record is of, and what it says."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daybook.feedback import push, ses, sms
from daybook.feedback.envelopes import CONFIRMATIONS, CONTROL_MESSAGE
from daybook.feedback.records import (
    MalformedFeedbackError,
    Parts,
    ProviderRecord,
    Reading,
    absent,
    decoded,
    parts_of,
    value,
)

# The first message on a new event destination of SES.
_VALIDATION = "Successfully validated SNS topic"


class _Destination(Struct, rename="camel"):
    """What tells the logs of text messages from those of push."""

    destination: str | None = None
    sms_type: str | None = None
    token: str | None = None
    status_code: Any = None


_destination = msgspec.json.Decoder(_Destination)
_notification = msgspec.json.Decoder(sms.Notification)


def read(record: ProviderRecord) -> Reading:
    """MalformedFeedbackError where the record is of a kind that is known, and unusable."""
    if record.fault is not None:
        raise MalformedFeedbackError(record.fault)
    if record.parts is None and record.text.startswith(_VALIDATION):
        return Reading(passed="topic_validation")
    parts = record.parts or parts_of(record.text)
    if not absent(parts.event_type):
        return _event(_name(parts.event_type, "eventType"), parts, record)
    if not absent(parts.notification_type):
        return _notice(_name(parts.notification_type, "notificationType"), parts, record)
    if not absent(parts.notification) or not absent(parts.status):
        return _log(parts)
    return Reading(passed=_no_delivery(parts))


def _name(part: msgspec.Raw, field: str) -> str:
    name = value(part, field)
    if not isinstance(name, str):
        raise MalformedFeedbackError(f"{field} is no text.")
    return name


def _event(name: str, parts: Parts, record: ProviderRecord) -> Reading:
    if name in ses.KINDS:
        return ses.read(name, parts, record.sent)
    if name.startswith(sms.TEXT_PREFIXES):
        return sms.read_event(record.text)
    return Reading(passed="not_text_message" if name.startswith(sms.OTHER_PREFIXES) else "unknown_type")


def _notice(name: str, parts: Parts, record: ProviderRecord) -> Reading:
    if name in ses.KINDS:
        return ses.read(name, parts, record.sent)
    passed = {"Received": "inbound_mail", "AmazonSnsSubscriptionSucceeded": "topic_validation"}
    return Reading(passed=passed.get(name, "unknown_type"))


def _log(parts: Parts) -> Reading:
    """A delivery-status log of SNS. Those of a topic's deliveries name a publication to many, which has no entry."""
    if absent(parts.notification) or absent(parts.delivery):
        raise MalformedFeedbackError("A delivery-status log needs both notification and delivery.")
    notification = decoded(_notification, parts.notification, "notification")
    where = decoded(_destination, parts.delivery, "delivery")
    is_push = (where.destination or "").startswith("arn:") or where.token is not None or where.status_code is not None
    if is_push and notification.topic_arn:
        return Reading(passed="topic_push")
    if not is_push and not where.destination and not where.sms_type:
        raise MalformedFeedbackError("delivery names neither a phone number nor an endpoint.")
    status = _name(parts.status, "status")
    if status not in {"SUCCESS", "FAILURE"}:
        raise MalformedFeedbackError("status is neither SUCCESS nor FAILURE.")
    read_log = push.read_log if is_push else sms.read_log
    return read_log(status, notification, parts.delivery)


def _no_delivery(parts: Parts) -> str:
    """Why a record that is known says nothing about a delivery."""
    kind = value(parts.type, "Type")
    if isinstance(kind, str) and kind in CONFIRMATIONS:
        return "subscription_confirmation" if kind == "SubscriptionConfirmation" else "unsubscribe_confirmation"
    if not absent(parts.log_events) and value(parts.message_type, "messageType") == CONTROL_MESSAGE:
        return "control_message"
    known = (
        (parts.pinpoint_type, "legacy_pinpoint"),
        (parts.platform_type, "platform_event"),
        (parts.inbound_id, "inbound_text"),
    )
    for part, passed in known:
        if not absent(part):
            return passed
    raise MalformedFeedbackError(
        "The record has neither eventType nor notificationType, and is no delivery-status log."
    )
