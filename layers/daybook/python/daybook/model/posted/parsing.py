"""Reading one posted entry: it and its warnings, or what makes it unusable."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import addresses, timestamps
from daybook.core.errors import FieldError
from daybook.model.entries import (
    CLOCK_SKEW,
    EARLIEST,
    MAX_JSON_BYTES,
    SOURCES,
    Activity,
    Audit,
    Email,
    Entry,
    Sms,
    id_errors,
)
from daybook.model.posted import every_fault, faults, nesting, oddities, spellings, surrogates
from daybook.model.shown_words import source_of

NO_RECIPIENT = "names nobody: give the address or number to which it was sent"

# RFC 5321, 4.5.3.1.3 counts octets.
MAX_ADDRESS_BYTES = 254

# Half a character in them makes one of several, so that another entry would be taken for the same.
_IDENTITIES = ("key", "message_id")
HALF_AN_IDENTITY = "holds half of a character, which would make one of several: send it whole"

_decoder = msgspec.json.Decoder(Entry)


class _Logged(Struct):
    log: str


_log_decoder = msgspec.json.Decoder(_Logged)


class Posted(Struct, frozen=True):
    """An entry as it is kept, and what of it is not as it was posted."""

    entry: Entry
    warnings: list[FieldError]


def parse(payload: bytes | msgspec.Raw, now: datetime, replaced: Collection[str] = ()) -> Posted | list[FieldError]:
    """Parse and validate one posted entry (JSON): the entry, or the list of its errors. Nothing is raised.

    `replaced` are the paths of the fields in which U+FFFD stands for half of a character.
    """
    if nesting.is_too_deep(bytes(payload)):
        return [FieldError("", f"nested more than {nesting.MAX_LEVELS} levels deep, with the entry as the first")]
    entry = _read(payload)
    if isinstance(entry, list):
        return entry
    unusable = [FieldError(field, HALF_AN_IDENTITY) for field in _IDENTITIES if field in replaced]
    if errors := [*unusable, *_errors(entry, now, replaced)]:
        return errors
    if isinstance(entry, Audit):
        entry = replace(entry, source=source_of(entry.source))
    return Posted(*oddities.settle(entry, replaced))


def _read(payload: bytes | msgspec.Raw) -> Entry | list[FieldError]:
    """The entry, or the faults of its fields."""
    entry: Entry
    try:
        try:
            entry = _decoder.decode(payload)
        except msgspec.ValidationError:
            # Only now, since few entries need it.
            payload = spellings.usual(payload)
            entry = _decoder.decode(payload)
    except msgspec.ValidationError as error:
        return every_fault.of_json(payload, Entry, error, tag=_log(payload))
    except msgspec.DecodeError as error:
        return [FieldError("", f"not valid JSON: {faults.not_json(error, payload)}")]
    return entry


def moment_errors(field: str, moment: datetime, now: datetime) -> Iterator[FieldError]:
    """What is wrong with the time at which something is said to have happened, at `now`."""
    if moment < EARLIEST:
        yield FieldError(field, f"absurdly long ago: before {timestamps.instant(EARLIEST)}; check the year")
    elif moment > now + CLOCK_SKEW:
        yield FieldError(field, f"absurdly far ahead: after {timestamps.instant(now + CLOCK_SKEW)}; check the clock")


def _log(payload: bytes | msgspec.Raw) -> str | None:
    """The log that an entry names; None where what follows its fault is no JSON, or its log no text.

    An entry that names its log twice may do so.
    """
    try:
        return _log_decoder.decode(payload).log
    except msgspec.DecodeError:
        return None


def _errors(entry: Entry, now: datetime, replaced: Collection[str]) -> Iterator[FieldError]:
    yield from _time_errors(entry, now)
    if isinstance(entry, Audit):
        if source_of(entry.source) is None:
            yield FieldError("source", faults.choice(SOURCES))
        yield from _affected_errors(entry)
    else:
        yield from id_errors(entry.record, "record.id")
        if entry.record_types and entry.record.type not in entry.record_types:
            yield FieldError("record.type", f"this log is kept for {', '.join(entry.record_types)} records")
    if isinstance(entry, Email | Sms):
        yield from _recipient_errors(entry, is_replaced="recipient" in replaced)
    if isinstance(entry, Sms) and entry.reason is not None and entry.status != "not_delivered":
        yield FieldError("reason", "only with the status not_delivered")
    if isinstance(entry, Activity | Audit):
        yield from oddities.name_errors(entry)
    if isinstance(entry, Activity):
        yield from _json_errors("details", entry.details)


def _time_errors(entry: Entry, now: datetime) -> Iterator[FieldError]:
    if entry.occurred_at is None:
        if entry.key is not None:
            yield FieldError("occurred_at", "required with a key, so that a retry names the same moment")
    else:
        yield from moment_errors("occurred_at", entry.occurred_at, now)


def _recipient_errors(entry: Email | Sms, *, is_replaced: bool) -> Iterator[FieldError]:
    recipient = entry.recipient
    # The octets of U+FFFD are not the caller's.
    measured = recipient.replace(surrogates.REPLACEMENT, "?") if is_replaced else recipient
    if not addresses.trimmed(recipient):
        yield FieldError("recipient", NO_RECIPIENT)
    elif isinstance(entry, Email) and len(measured.encode()) > MAX_ADDRESS_BYTES:
        yield FieldError("recipient", faults.too_long(MAX_ADDRESS_BYTES, "octets in UTF-8"))


def _affected_errors(entry: Audit) -> Iterator[FieldError]:
    for index, affected in enumerate(entry.affected):
        yield from id_errors(affected.record, f"affected[{index}].record.id")
        for field in ("details", "before", "after"):
            yield from _json_errors(f"affected[{index}].{field}", getattr(affected, field))


def _json_errors(field: str, value: Any) -> Iterator[FieldError]:
    size = len(msgspec.json.encode(value)) if value is not None else 0
    if size > MAX_JSON_BYTES:
        yield FieldError(field, f"has {size:,} bytes of JSON, over the limit of {MAX_JSON_BYTES:,}: shorten it")
