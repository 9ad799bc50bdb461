"""Extracts the providers' records from a Lambda event: from SQS, SNS, EventBridge and CloudWatch Logs.

Envelopes may be nested: an SNS message in one of SQS, a CloudWatch Logs archive in either, a whole Lambda event in a
message that Lambda sent to a dead-letter queue. Nothing here raises, whatever the event: an envelope that cannot be
read becomes a record with an error.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from daybook.core import timestamps
from daybook.feedback.providers.records import (
    MalformedFeedbackError,
    Parts,
    ProviderRecord,
    decode,
    decode_any,
    instant_after,
    instant_of,
    is_absent,
    parse_parts,
    without_surrogates,
)

MAX_DEPTH = 6

# A Lambda event has 6 MB at most. An archive that decompresses to more than this is not one of CloudWatch Logs.
MAX_ARCHIVE_BYTES = 64 * 1024 * 1024

CONFIRMATIONS = frozenset({"SubscriptionConfirmation", "UnsubscribeConfirmation"})
CONTROL_MESSAGE = "CONTROL_MESSAGE"

# A time in milliseconds has fewer digits, and Python refuses to parse thousands of them.
_MAX_DIGITS = 20
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class _Archive(Struct):
    data: str


class _LogEvent(Struct):
    message: str
    timestamp: Any = None


_archive_decoder = msgspec.json.Decoder(_Archive)
_lines_decoder = msgspec.json.Decoder(list[Raw])
_log_event_decoder = msgspec.json.Decoder(_LogEvent)
_objects_decoder = msgspec.json.Decoder(list[Any])


class _Envelopes(Struct, frozen=True):
    """The envelopes read so far: the SQS message id, the innermost time of sending, and how many there are."""

    sqs_message_id: str | None = None
    sent_at: str | None = None
    depth: int = 0

    def inner(self, sent_at: str | None) -> _Envelopes:
        return _Envelopes(self.sqs_message_id, sent_at or self.sent_at, self.depth + 1)

    def unreadable(self, text: str, reason: str) -> ProviderRecord:
        return ProviderRecord(text=text, sqs_message_id=self.sqs_message_id, sent_at=self.sent_at, error=reason)


def unwrap(event: Any) -> list[ProviderRecord]:
    """Every provider's record in a Lambda event, in order. Never raises."""
    if isinstance(event, dict) and isinstance(event.get("Records"), list):
        return [
            provider_record
            for record in event["Records"]
            for provider_record in _from_lambda_record(record, _Envelopes())
        ]
    text, envelopes = _to_json(event), _Envelopes()
    try:
        parts = parse_parts(text)
    except MalformedFeedbackError as error:
        return [envelopes.unreadable(text, error.reason)]
    if not _is_envelope(parts):
        return [envelopes.unreadable(text, "The event is none of SQS, SNS, EventBridge or CloudWatch Logs.")]
    return list(_from_envelope(text, parts, envelopes))


def _from_lambda_record(record: Any, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    """The records in one of the `Records` of a Lambda event."""
    if isinstance(record, dict) and "body" in record:
        yield from _from_sqs(record, envelopes)
    elif isinstance(record, dict) and isinstance(record.get("Sns"), dict):
        yield from _from_sns_record(record["Sns"], envelopes)
    else:
        yield envelopes.unreadable(_to_json(record), "A record of the event is neither SQS's nor SNS's.")


def _from_sqs(record: dict[str, Any], envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    attributes, sqs_message_id = record.get("attributes"), record.get("messageId")
    sent_at = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
    millis = int(sent_at) if isinstance(sent_at, str) and sent_at.isdecimal() and len(sent_at) < _MAX_DIGITS else None
    if envelopes.sqs_message_id is None and isinstance(sqs_message_id, str):
        envelopes = _Envelopes(sqs_message_id, envelopes.sent_at, envelopes.depth)
    inner = envelopes.inner(_instant(millis))
    if isinstance(record["body"], str):
        yield from _from_text(record["body"], inner)
    else:
        yield inner.unreadable(_to_json(record), "body of the SQS message is not a string.")


def _from_sns_record(notification: dict[str, Any], envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    """The records in an SNS message, as SNS invokes Lambda with it."""
    message = notification.get("Message")
    if notification.get("Type") == "Notification" and isinstance(message, str):
        yield from _from_text(message, envelopes.inner(_instant(notification.get("Timestamp"))))
    else:
        yield from _from_text(_to_json(notification), envelopes)


def _from_text(text: str, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    """The records in a text: those in the envelope that it is, or else itself."""
    text = without_surrogates(text)
    try:
        parts = parse_parts(text)
    except MalformedFeedbackError:
        # It may be a plain text of a provider: `dispatch.read` decides.
        yield ProviderRecord(text=text, sqs_message_id=envelopes.sqs_message_id, sent_at=envelopes.sent_at)
        return
    if not _is_envelope(parts):
        yield ProviderRecord(
            text=text,
            sqs_message_id=envelopes.sqs_message_id,
            sent_at=envelopes.sent_at,
            parts=parts,
        )
    elif envelopes.depth >= MAX_DEPTH:
        yield envelopes.unreadable(text, f"More than {MAX_DEPTH} nested envelopes.")
    else:
        yield from _from_envelope(text, parts, envelopes)


def _is_envelope(parts: Parts) -> bool:
    if not is_absent(parts.event_type) or not is_absent(parts.notification_type):
        return False
    return not all(map(is_absent, (parts.type, parts.detail_type, parts.awslogs, parts.log_events, parts.records)))


def _from_envelope(text: str, parts: Parts, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    try:
        if not is_absent(parts.type):
            yield from _from_sns(text, parts, envelopes)
        elif not is_absent(parts.detail_type):
            yield from _from_eventbridge(parts, envelopes)
        elif not is_absent(parts.awslogs):
            yield from _from_text(_decompressed(parts.awslogs), envelopes.inner(None))
        elif not is_absent(parts.log_events):
            yield from _from_log_subscription(text, parts, envelopes)
        else:
            yield from _from_failed_invocation(parts, envelopes)
    except MalformedFeedbackError as error:
        yield envelopes.unreadable(text, error.reason)


def _from_sns(text: str, parts: Parts, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    kind, timestamp = decode_any(parts.type, "Type"), decode_any(parts.timestamp, "Timestamp")
    if isinstance(kind, str) and kind in CONFIRMATIONS:
        yield ProviderRecord(
            text=text,
            sqs_message_id=envelopes.sqs_message_id,
            sent_at=_instant(timestamp) or envelopes.sent_at,
            parts=parts,
        )
        return
    message = decode_any(parts.message, "Message")
    if not isinstance(message, str):
        raise MalformedFeedbackError("Message of the SNS envelope is missing or not a string.")
    yield from _from_text(message, envelopes.inner(_instant(timestamp)))


def _from_eventbridge(parts: Parts, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    detail = _json_text(parts.detail)
    if not detail.startswith("{"):
        raise MalformedFeedbackError("detail of the EventBridge envelope is missing or not an object.")
    yield from _from_text(detail, envelopes.inner(_instant(decode_any(parts.time, "time"))))


def _decompressed(archive: Raw) -> str:
    """The text in the `awslogs` of a log subscription: base64 of gzip (CloudWatch Logs, subscription filters)."""
    try:
        packed = base64.b64decode(decode(_archive_decoder, archive, "awslogs").data, validate=True)
        unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
        text = unpacker.decompress(packed, MAX_ARCHIVE_BYTES).decode()
    except (ValueError, zlib.error):
        raise MalformedFeedbackError("awslogs.data is not a text in gzip and base64.") from None
    if not unpacker.eof:
        raise MalformedFeedbackError("awslogs.data is truncated, or too large when decompressed.")
    return text


def _from_log_subscription(text: str, parts: Parts, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    """The records in each log event of a subscription's payload; a control message is one record."""
    if decode_any(parts.message_type, "messageType") == CONTROL_MESSAGE:
        yield ProviderRecord(text=text, sqs_message_id=envelopes.sqs_message_id, sent_at=envelopes.sent_at, parts=parts)
        return
    for log_event in decode(_lines_decoder, parts.log_events, "logEvents"):
        yield from _from_log_event(log_event, envelopes)


def _from_log_event(log_event: Raw, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    try:
        event = decode(_log_event_decoder, log_event, "logEvents[]")
    except MalformedFeedbackError as error:
        yield envelopes.unreadable(_json_text(log_event), error.reason)
    else:
        yield from _from_text(event.message, envelopes.inner(_instant(event.timestamp)))


def _from_failed_invocation(parts: Parts, envelopes: _Envelopes) -> Iterator[ProviderRecord]:
    """The records in the event of a failed invocation, as Lambda sends it to the function's dead-letter queue."""
    for record in decode(_objects_decoder, parts.records, "Records"):
        yield from _from_lambda_record(
            record, _Envelopes(envelopes.sqs_message_id, envelopes.sent_at, envelopes.depth + 1)
        )


def _instant(moment: Any) -> str | None:
    """The instant of an ISO text or of milliseconds since 1970; None of anything else."""
    return instant_of(moment) or instant_after(timestamps.EPOCH, moment)


def _json_text(part: Raw) -> str:
    return bytes(part).decode()


def _to_json(part: Any) -> str:
    """As JSON again, after Lambda decoded it."""
    try:
        return without_surrogates(json.dumps(part, separators=(",", ":")))
    except RecursionError:
        return "(nested too deeply to be written)"
