"""Providers' records: their top-level fields as undecoded JSON, and the decoding of single fields where needed."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from daybook.core import timestamps
from daybook.model.delivery_events import (
    MAX_MESSAGE_ID,
    SENDING,
    DeliveryEvent,
    MessageLog,
    RecipientEvent,
    TaggedSend,
)
from daybook.model.posted import surrogates

# Why a record is a dead letter of which the other recipients' events are applied.
UNMATCHED = "The event names a recipient that is none of the message's."

# A longer source is replaced by its SHA-256, so that an event's identity stays small.
MAX_SOURCE = 200

# RFC 5321, 4.5.3.1: 64 octets, `@`, 255 octets; with a display name before them.
MAX_MAILBOX_BYTES = 320

_NULL = Raw(b"null")
_T = TypeVar("_T")
_VALIDATION_MESSAGE = re.compile(r"^(?P<message>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)


class MalformedFeedbackError(Exception):
    """A record that cannot be parsed. `reason` is a sentence for people; it quotes nothing from the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Parts(Struct, frozen=True):
    """The top-level fields by which records and envelopes differ, and the larger ones; all as undecoded JSON."""

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
    # Envelopes: SNS, EventBridge, CloudWatch Logs (compressed and decompressed), Lambda.
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
    """One provider's record in a Lambda event.

    `text` is the provider's JSON or plain text, without envelopes. `sqs_message_id` is None where it came by no queue.
    `sent_at` is the instant of sending in the innermost envelope that has one.
    `error` says why an envelope could not be read; `text` is then that envelope.
    `parts` are the fields of `text` where they are decoded already.
    """

    text: str
    sqs_message_id: str | None = None
    sent_at: str | None = None
    error: str | None = None
    parts: Parts | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """The content of a record. `ignored` is the reason why it is not a delivery event: a stable word, for a metric.

    `unmatched` is the reason why the record is a dead letter as well, though its events are applied: it also names
    somebody who is none of the message's recipients. `sends` are the sends of its message, where tags name a record.
    """

    events: list[RecipientEvent] = []
    sends: list[TaggedSend] = []
    ignored: str | None = None
    unmatched: str | None = None

    @property
    def is_sending(self) -> bool:
        """Whether it tells of the sending itself: then its sends are logged before its events are applied."""
        return any(each.event.type in SENDING for each in self.events)


_parts_decoder = msgspec.json.Decoder(Parts)


def parse_parts(text: str) -> Parts:
    """The top-level fields of a record. MalformedFeedbackError where the text is not a JSON object."""
    try:
        return _parts_decoder.decode(text)
    except msgspec.ValidationError:
        raise MalformedFeedbackError("The record is JSON, but not an object.") from None
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise MalformedFeedbackError("The record is not JSON.") from None
    except RecursionError:
        raise MalformedFeedbackError("The record is nested too deeply.") from None


def without_surrogates(text: str) -> str:
    """The text, plain or JSON, with U+FFFD for lone surrogates: a provider may have cut a text within a pair."""
    replaced = surrogates.replace(text)
    return surrogates.replace_escapes(replaced.encode()).decode() if "\\u" in replaced else replaced


def is_absent(part: Raw) -> bool:
    """Whether a field is missing or null."""
    return part is _NULL or part == _NULL


def decode_any(part: Raw, name: str) -> Any:
    """The value of a field of any type; None where it is missing. MalformedFeedbackError, with `name`."""
    return None if part is _NULL else decode(_any_decoder, part, name)


def decode(decoder: msgspec.json.Decoder[_T], part: Raw | str, name: str = "") -> _T:
    """Decode the field `name` of a record; MalformedFeedbackError names the path that is not as expected."""
    try:
        return decoder.decode(part)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        match = _VALIDATION_MESSAGE.fullmatch(str(error))
        message, path = (match["message"], match["path"]) if match else (str(error), None)
        place = "".join((name, "" if not path or path.startswith("[") or not name else ".", path or ""))
        raise MalformedFeedbackError(f"{place or 'The record'}: {message[:1].lower()}{message[1:]}.") from None


_any_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def require_message_id(text: str | None, name: str) -> str:
    """The message id in the field `name`. MalformedFeedbackError where it is missing, empty or too long."""
    if not text:
        raise MalformedFeedbackError(f"{name} is missing or empty.")
    if len(text) > MAX_MESSAGE_ID:
        raise MalformedFeedbackError(f"{name} is over {MAX_MESSAGE_ID} characters.")
    return text


def moment_of(text: Any) -> datetime | None:
    """An aware datetime of ISO 8601, in the variants that providers use, also `2018-10-08T14:05:45 +0000`.

    A time without an offset is UTC. None where it is no readable time.
    """
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text[:19] + text[19:].replace(" ", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def instant_of(text: Any) -> str | None:
    """The instant of a time that `moment_of` reads; None of anything else."""
    moment = moment_of(text)
    return None if moment is None else timestamps.instant(moment)


def instant_after(moment: datetime, milliseconds: Any) -> str | None:
    """The instant so many milliseconds after a moment; None where that is no number, or beyond the calendar."""
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        return timestamps.instant(moment + timedelta(milliseconds=milliseconds))
    except (OverflowError, ValueError):
        return None


def truncate(text: str | None, length: int) -> str | None:
    """The first `length` characters; None for an empty text."""
    return text[:length] if text else None


def source(text: str | None) -> str:
    """The source of an event by the text that tells it apart, of at most MAX_SOURCE characters."""
    if text is None or len(text) <= MAX_SOURCE:
        return text or ""
    return hashlib.sha256(text.encode()).hexdigest()


def single_event(log: MessageLog, message_id: str, event: DeliveryEvent) -> Reading:
    """The reading of one event of a message with one recipient, whom the provider does not name (SMS, push)."""
    return Reading(events=[RecipientEvent(log=log, message_id=message_id, recipient="", event=event)])
