"""Opening a Lambda event to the provider's own records, through queues, topics, event buses and log subscriptions.

They come in one another: a topic's envelope in a queue's message, a log subscription's archive in either, a whole
Lambda event in what Lambda itself put into a dead-letter queue. Nothing here raises, whatever the event; what cannot be
opened is handed on with its fault.
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
from daybook.feedback.records import (
    MalformedFeedbackError,
    Parts,
    ProviderRecord,
    absent,
    decoded,
    instant_after,
    moment_of,
    parts_of,
    value,
)

MAX_DEPTH = 6

# Lambda takes events of 6 MB at most; an archive that opens to more than this is not CloudWatch's.
MAX_ARCHIVE_BYTES = 64 * 1024 * 1024
CONFIRMATIONS = frozenset({"SubscriptionConfirmation", "UnsubscribeConfirmation"})
CONTROL_MESSAGE = "CONTROL_MESSAGE"

# No time in milliseconds has so many digits, and Python reads no number of thousands of them.
_LONG = 20
_GZIP = zlib.MAX_WBITS | 16


class _Archive(Struct):
    data: str


class _LogEvent(Struct):
    message: str
    timestamp: Any = None


_archive = msgspec.json.Decoder(_Archive)
_lines = msgspec.json.Decoder(list[Raw])
_log_event = msgspec.json.Decoder(_LogEvent)
_objects = msgspec.json.Decoder(list[Any])


class _Way(Struct, frozen=True):
    """How a record has come so far."""

    sqs_message_id: str | None = None
    sent: str | None = None
    depth: int = 0

    def further(self, sent: str | None) -> _Way:
        return _Way(self.sqs_message_id, sent or self.sent, self.depth + 1)

    def fault(self, text: str, reason: str) -> ProviderRecord:
        return ProviderRecord(text=_sendable(text), sqs_message_id=self.sqs_message_id, sent=self.sent, fault=reason)


def unwrap(event: Any) -> list[ProviderRecord]:
    """Every record in a Lambda event, in its order."""
    if isinstance(event, dict) and isinstance(event.get("Records"), list):
        return [opened for record in event["Records"] for opened in _record(record, _Way())]
    text, way = _written(event), _Way()
    try:
        parts = parts_of(text)
    except MalformedFeedbackError as error:
        return [way.fault(text, error.reason)]
    if not _is_envelope(parts):
        return [way.fault(text, "The event is none of SQS, SNS, EventBridge or CloudWatch Logs.")]
    return list(_from_envelope(text, parts, way))


def _record(record: Any, way: _Way) -> Iterator[ProviderRecord]:
    """One of the `Records` of a Lambda event."""
    if isinstance(record, dict) and "body" in record:
        yield from _queued(record, way)
    elif isinstance(record, dict) and isinstance(record.get("Sns"), dict):
        yield from _notified(record["Sns"], way)
    else:
        yield way.fault(_written(record), "A record of the event is neither SQS's nor SNS's.")


def _queued(record: dict[str, Any], way: _Way) -> Iterator[ProviderRecord]:
    attributes, sqs_message_id = record.get("attributes"), record.get("messageId")
    sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
    millis = int(sent) if isinstance(sent, str) and sent.isdecimal() and len(sent) < _LONG else None
    if way.sqs_message_id is None and isinstance(sqs_message_id, str):
        way = _Way(sqs_message_id, way.sent, way.depth)
    further = way.further(_instant(millis))
    if isinstance(record["body"], str):
        yield from _opened(record["body"], further)
    else:
        yield further.fault(_written(record), "body of the queue's message is no text.")


def _notified(notification: dict[str, Any], way: _Way) -> Iterator[ProviderRecord]:
    """A topic's envelope as Lambda gets it."""
    message = notification.get("Message")
    if notification.get("Type") == "Notification" and isinstance(message, str):
        yield from _opened(message, way.further(_instant(notification.get("Timestamp"))))
    else:
        yield from _opened(_written(notification), way)


def _opened(text: str, way: _Way) -> Iterator[ProviderRecord]:
    """The records in a text, which may be one itself."""
    try:
        parts = parts_of(text)
    except MalformedFeedbackError:
        # Perhaps one of the providers' plain texts: `read` tells.
        yield ProviderRecord(text=_sendable(text), sqs_message_id=way.sqs_message_id, sent=way.sent)
        return
    if not _is_envelope(parts):
        yield ProviderRecord(text=_sendable(text), sqs_message_id=way.sqs_message_id, sent=way.sent, parts=parts)
    elif way.depth >= MAX_DEPTH:
        yield way.fault(text, f"More than {MAX_DEPTH} envelopes in one another.")
    else:
        yield from _from_envelope(text, parts, way)


def _is_envelope(parts: Parts) -> bool:
    if not absent(parts.event_type) or not absent(parts.notification_type):
        return False
    return not all(map(absent, (parts.type, parts.detail_type, parts.awslogs, parts.log_events, parts.records)))


def _from_envelope(text: str, parts: Parts, way: _Way) -> Iterator[ProviderRecord]:
    try:
        if not absent(parts.type):
            yield from _from_topic(text, parts, way)
        elif not absent(parts.detail_type):
            yield from _from_bus(parts, way)
        elif not absent(parts.awslogs):
            yield from _opened(_unpacked(parts.awslogs), way.further(None))
        elif not absent(parts.log_events):
            yield from _from_logs(text, parts, way)
        else:
            yield from _from_lambda(parts, way)
    except MalformedFeedbackError as error:
        yield way.fault(text, error.reason)


def _from_topic(text: str, parts: Parts, way: _Way) -> Iterator[ProviderRecord]:
    kind, timestamp = value(parts.type, "Type"), value(parts.timestamp, "Timestamp")
    if isinstance(kind, str) and kind in CONFIRMATIONS:
        yield ProviderRecord(
            text=text, sqs_message_id=way.sqs_message_id, sent=_instant(timestamp) or way.sent, parts=parts
        )
        return
    message = value(parts.message, "Message")
    if not isinstance(message, str):
        raise MalformedFeedbackError("Message of the topic's envelope is missing or no text.")
    yield from _opened(message, way.further(_instant(timestamp)))


def _from_bus(parts: Parts, way: _Way) -> Iterator[ProviderRecord]:
    detail = _text(parts.detail)
    if not detail.startswith("{"):
        raise MalformedFeedbackError("detail of the event bus's envelope is missing or no object.")
    yield from _opened(detail, way.further(_instant(value(parts.time, "time"))))


def _unpacked(archive: Raw) -> str:
    """The text in a log subscription's `awslogs`: base64 of gzip."""
    try:
        packed = base64.b64decode(decoded(_archive, archive, "awslogs").data, validate=True)
        unpacker = zlib.decompressobj(wbits=_GZIP)
        text = unpacker.decompress(packed, MAX_ARCHIVE_BYTES).decode()
    except (ValueError, zlib.error):
        raise MalformedFeedbackError("awslogs.data is no gzip archive of a text in base64.") from None
    if not unpacker.eof:
        raise MalformedFeedbackError("awslogs.data was cut off, or is too large when opened.")
    return text


def _from_logs(text: str, parts: Parts, way: _Way) -> Iterator[ProviderRecord]:
    """The log events of a subscription's payload, each for itself; its control messages are handed on whole."""
    if value(parts.message_type, "messageType") == CONTROL_MESSAGE:
        yield ProviderRecord(text=text, sqs_message_id=way.sqs_message_id, sent=way.sent, parts=parts)
        return
    for line in decoded(_lines, parts.log_events, "logEvents"):
        yield from _line(line, way)


def _line(line: Raw, way: _Way) -> Iterator[ProviderRecord]:
    try:
        event = decoded(_log_event, line, "logEvents[]")
    except MalformedFeedbackError as error:
        yield way.fault(_text(line), error.reason)
    else:
        yield from _opened(event.message, way.further(_instant(event.timestamp)))


def _from_lambda(parts: Parts, way: _Way) -> Iterator[ProviderRecord]:
    """The event of a failed invocation, as Lambda puts it into the function's dead-letter queue."""
    for record in decoded(_objects, parts.records, "Records"):
        yield from _record(record, _Way(way.sqs_message_id, way.sent, way.depth + 1))


def _instant(moment: Any) -> str | None:
    """The instant of an ISO text or of milliseconds since 1970; None of anything else."""
    try:
        if isinstance(moment, str):
            return timestamps.instant(moment_of(moment, ""))
        return instant_after(timestamps.EPOCH, moment, "") if isinstance(moment, int) else None
    except MalformedFeedbackError:
        return None


def _text(part: Raw) -> str:
    return bytes(part).decode()


def _written(part: Any) -> str:
    """What Lambda has decoded, as text again."""
    try:
        return json.dumps(part, separators=(",", ":"))
    except RecursionError:
        return "(nested too deeply to be written)"


def _sendable(text: str) -> str:
    """Half a surrogate pair cannot be sent to a queue."""
    return text if text.isascii() else text.encode(errors="replace").decode()
