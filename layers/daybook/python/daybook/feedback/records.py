"""The top level of a record, its parts unread, and how a part is read: once, and only where it is wanted."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from daybook.core import timestamps
from daybook.model.delivery_events import MAX_MESSAGE_ID, DeliveryEvent, MessageLog, RecipientEvent, TaggedSend

_NULL = Raw(b"null")
_T = TypeVar("_T")
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)


class MalformedFeedbackError(Exception):
    """A record that nothing can be made of. `reason` is a sentence for people; it quotes nothing out of the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Parts(Struct, frozen=True):
    """The top-level fields that tell records and envelopes apart, and the larger parts of records; all as JSON text."""

    # Records.
    event_type: Raw = msgspec.field(name="eventType", default=_NULL)
    notification_type: Raw = msgspec.field(name="notificationType", default=_NULL)
    mail: Raw = _NULL
    bounce: Raw = _NULL
    complaint: Raw = _NULL
    delivery: Raw = _NULL
    delivery_delay: Raw = msgspec.field(name="deliveryDelay", default=_NULL)
    open: Raw = _NULL
    click: Raw = _NULL
    reject: Raw = _NULL
    failure: Raw = _NULL
    subscription: Raw = _NULL
    status: Raw = _NULL
    notification: Raw = _NULL
    pinpoint_type: Raw = msgspec.field(name="event_type", default=_NULL)
    platform_type: Raw = msgspec.field(name="EventType", default=_NULL)
    inbound_id: Raw = msgspec.field(name="inboundMessageId", default=_NULL)
    # Envelopes: SNS, EventBridge, CloudWatch Logs (closed and open), Lambda.
    type: Raw = msgspec.field(name="Type", default=_NULL)
    message: Raw = msgspec.field(name="Message", default=_NULL)
    timestamp: Raw = msgspec.field(name="Timestamp", default=_NULL)
    detail_type: Raw = msgspec.field(name="detail-type", default=_NULL)
    detail: Raw = _NULL
    time: Raw = _NULL
    awslogs: Raw = _NULL
    message_type: Raw = msgspec.field(name="messageType", default=_NULL)
    log_events: Raw = msgspec.field(name="logEvents", default=_NULL)
    records: Raw = msgspec.field(name="Records", default=_NULL)


class ProviderRecord(Struct, frozen=True, kw_only=True):
    """One record of a Lambda event.

    `text` is the provider's own, out of every envelope. `sqs_message_id` is None where the record came by no queue.
    `sent` is the instant at which the innermost envelope that tells it says it was sent.
    `fault` is why an envelope could not be opened; `text` is that envelope then.
    `parts` spares `read` the decoding of `text`.
    """

    text: str
    sqs_message_id: str | None = None
    sent: str | None = None
    fault: str | None = None
    parts: Parts | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """What a record says. `passed` is why it says nothing about a delivery: a stable word, to count by."""

    events: list[RecipientEvent] = []
    sends: list[TaggedSend] = []
    passed: str | None = None


_parts = msgspec.json.Decoder(Parts)


def parts_of(text: str) -> Parts:
    """MalformedFeedbackError where the text is no JSON object."""
    try:
        return _parts.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _mended(text)
    except RecursionError:
        raise MalformedFeedbackError("The record is nested too deeply.") from None


def _mended(text: str) -> Parts:
    """Half a surrogate pair, as a text that was cut off may end with, is no reason to lose the rest."""
    try:
        return _parts.decode(json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace"))
    except msgspec.ValidationError:
        raise MalformedFeedbackError("The record is JSON, but no object.") from None
    except (ValueError, RecursionError):
        raise MalformedFeedbackError("The record is no JSON.") from None


def absent(part: Raw) -> bool:
    """Whether a field is not there; null says the same."""
    return part is _NULL or part == _NULL


def value(part: Raw, name: str) -> Any:
    """Decode a part of which any type is expected; a field that is absent is None."""
    return None if part is _NULL else decoded(_any, part, name)


def decoded(decoder: msgspec.json.Decoder[_T], part: Raw | str, name: str = "") -> _T:
    """Decode what stands at `name` in its record; MalformedFeedbackError says where it is not as expected."""
    try:
        return decoder.decode(part)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        found = _WHERE.fullmatch(str(error))
        what, path = (found["what"], found["path"]) if found else (str(error), None)
        where = "".join((name, "" if not path or path.startswith("[") or not name else ".", path or ""))
        raise MalformedFeedbackError(f"{where or 'The record'}: {what[:1].lower()}{what[1:]}.") from None


_any: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def message_id_of(text: str | None, name: str) -> str:
    if not text:
        raise MalformedFeedbackError(f"{name} is missing or empty.")
    if len(text) > MAX_MESSAGE_ID:
        raise MalformedFeedbackError(f"{name} is over {MAX_MESSAGE_ID} characters.")
    return text


def moment_of(text: str, name: str) -> datetime:
    """ISO 8601 in the spellings that providers use, also `2018-10-08T14:05:45 +0000`; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text[:19] + text[19:].replace(" ", ""))
    except ValueError:
        raise MalformedFeedbackError(f"{name} is no time that can be read.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def instant_after(moment: datetime, milliseconds: float, name: str) -> str:
    """The instant so many milliseconds after a moment."""
    try:
        return timestamps.instant(moment + timedelta(milliseconds=milliseconds))
    except OverflowError:
        raise MalformedFeedbackError(f"{name} is beyond the calendar.") from None


def cut(text: str | None, length: int) -> str | None:
    """At most so many characters; an empty text says nothing."""
    return text[:length] if text else None


def of_message(log: MessageLog, message_id: str, what: DeliveryEvent) -> Reading:
    """One event of a message that has one recipient, whom the provider need not name."""
    return Reading(events=[RecipientEvent(log=log, message_id=message_id, recipient="", event=what)])
