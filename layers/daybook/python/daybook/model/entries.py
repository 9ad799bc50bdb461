"""The entries that clients post: types, limits and validation. The OpenAPI document is generated from these types."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from daybook.core import addresses, timestamps
from daybook.core.errors import FieldError
from daybook.model import nesting

PLACEHOLDER = "[erased]"

# The record type of an address in the audit log, where its record is not known; the id is the keyed hash.
ADDRESS = "address"

MAX_ENTRIES = 100
MAX_BODY_BYTES = 1024 * 1024
MAX_JSON_BYTES = 16 * 1024

# Of all orgs and logs: an event of a message is one for each of its entries.
MAX_ENTRIES_OF_MESSAGE = 1000
EARLIEST = timestamps.from_instant("2000-01-01T00:00:00Z")
CLOCK_SKEW = timedelta(days=1)

EmailStatus = Literal[
    "queued", "sent", "delayed", "delivered", "opened", "clicked",
    "bounced", "complained", "rejected", "failed", "suppressed",
]  # fmt: skip

# `delivery` means queued, in the words of the product that this follows; the event type `delivery` means delivered.
SmsStatus = Literal["delivery", "delivered", "not_delivered"]
SmsReason = Literal["rejected", "failed", "undelivered"]
PushStatus = Literal["sent", "failed"]

Source = Literal[
    "office_portal", "staff_portal", "customer_portal", "mobile_app", "check_in_kiosk", "time_clock_kiosk", "system"
]
SOURCES: tuple[Source, ...] = get_args(Source)

Moment = Annotated[datetime, Meta(tz=True)]
Key = Annotated[str, Meta(min_length=1, max_length=128)]
MessageId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        description=f"One message has about {MAX_ENTRIES_OF_MESSAGE:,} entries at most; what is beyond is rejected.",
    ),
]

RECORD_TYPE = r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}(?!\n)$"

# The characters that need no escape in a path segment (RFC 3986, pchar): API Gateway unescapes `%2F` before it routes.
# `(?!\n)`: `$` alone would accept a final newline.
RECORD_ID = r"^[A-Za-z0-9._~:@!$&'()*+,;=-]{1,128}(?!\n)$"

# Steps in a path, which clients resolve (RFC 3986, 5.2.4). The pattern allows them, as items from before have them.
DOT_SEGMENTS = (".", "..")

RecordType = Annotated[str, Meta(pattern=RECORD_TYPE)]
RecordId = Annotated[str, Meta(pattern=RECORD_ID, extra_json_schema={"not": {"enum": list(DOT_SEGMENTS)}})]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
Subject = Annotated[str, Meta(max_length=998, description="RFC 5322 allows a line of 998 characters.")]
IpAddress = Annotated[str, Meta(min_length=2, max_length=45, description="IPv4 or IPv6")]
Details = (
    Annotated[str, Meta(max_length=4096)]
    | Annotated[dict[str, Any], Meta(description="16 KiB of JSON at most, and 64 levels with those of the entry")]
)


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    type: RecordType
    id: RecordId

    @property
    def path(self) -> str:
        """`<type>/<id>`, as in the paths of the API."""
        return f"{self.type}/{self.id}"

    @classmethod
    def from_path(cls, path: str) -> Record:
        """The record with this path. ValueError where it is not `<type>/<id>`."""
        record_type, record_id = path.split("/")
        return cls(record_type, record_id)


def is_record_id(text: str) -> bool:
    """Whether a record may have this id."""
    return re.match(RECORD_ID, text) is not None and text not in DOT_SEGMENTS


def id_errors(record: Record, field: str) -> Iterator[FieldError]:
    """What is wrong with a record's id beyond its pattern; `field` is where it stands."""
    if record.id in DOT_SEGMENTS:
        yield FieldError(field, "not an id: . and .. are steps in a path")


class Body(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An e-mail's content."""

    text: str | None = None
    html: str | None = None


class Affected(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One record that an audit entry changed; `details`, `before` and `after` are 16 KiB of JSON at most, each."""

    record: Record
    change: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Name | None = None
    details: Details | None = None
    before: Any = None
    after: Any = None


class _Entry(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="log"):
    record_types: ClassVar[tuple[str, ...] | None] = None

    occurred_at: Annotated[
        Moment | None, Meta(description="RFC 3339 with an offset, since 2000 and at most a day ahead; default: now")
    ] = None
    key: Annotated[
        Key | None, Meta(description="Idempotency key: the same key, log, record and occurred_at again is a duplicate.")
    ] = None


class Email(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="email"):
    """An e-mail to one address, in the log of a family or staff record."""

    record_types = ("family", "staff")

    record: Record
    recipient: Annotated[str, Meta(min_length=3, max_length=254)]
    subject: Subject
    message_id: MessageId | None = None
    sender: Annotated[str, Meta(max_length=320)] | None = None
    body: Body | None = None
    status: EmailStatus = "queued"


class Sms(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sms"):
    """A text message to one number, in the log of a family or staff record."""

    record_types = ("family", "staff")

    record: Record
    recipient: Annotated[str, Meta(min_length=3, max_length=16, description="E.164, as in +14155550123")]
    text: Annotated[str, Meta(max_length=1600)]
    message_id: MessageId | None = None
    status: SmsStatus = "delivery"
    reason: Annotated[SmsReason | None, Meta(description="only with the status not_delivered")] = None


class Push(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="push"):
    """A push notification, in the log of a family record."""

    record_types = ("family",)

    record: Record
    subject: Subject
    text: Annotated[str, Meta(max_length=4096)]
    message_id: MessageId | None = None
    status: PushStatus | None = None


class Activity(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="activity"):
    """What somebody did in a portal or kiosk, in the log of a family, student or staff record."""

    record_types = ("family", "student", "staff")

    record: Record
    name: Name
    action: Name
    ip: IpAddress | None = None
    details: Details | None = None


class Audit(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audit"):
    """Who did what, in the org's audit log and in the log of each record that it affected."""

    member_name: Name
    username: Name
    source: Source
    action: Name
    ip: IpAddress | None = None
    affected: Annotated[list[Affected], Meta(max_length=50)] = []

    @property
    def record(self) -> Record | None:
        """The first affected record, whose log holds the entry; None for one of no record, such as a login."""
        return self.affected[0].record if self.affected else None


Entry = Email | Sms | Push | Activity | Audit

RECORD_TYPES: dict[str, tuple[str, ...] | None] = {
    kind.__struct_config__.tag: kind.record_types for kind in get_args(Entry)
}

_decoder = msgspec.json.Decoder(Entry)


class _Logged(Struct):
    log: str


_log_decoder = msgspec.json.Decoder(_Logged)
_VALIDATION_MESSAGE = re.compile(r"^(?P<message>.*?)(?: - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD_MESSAGE = re.compile(r"(?P<problem>missing required|contains unknown) field `(?P<name>.*)`")

_CLEARER_MESSAGES = {
    "Expected `datetime` with a timezone": "a time needs an offset, as in 2026-05-01T09:00:00Z or -06:00",
    f"Expected `str` matching regex {RECORD_TYPE!r}": "not a type of record: a letter, then letters, digits or _.:-",
    f"Expected `str` matching regex {RECORD_ID!r}": "not an id: 1 to 128 letters, digits or -._~:@!$&'()*+,;=",
}

# Half a character in them makes one of several, so that another entry would be taken for the same.
_IDENTITIES = ("key", "message_id")

_CHOICES: dict[str, tuple[str, ...]] = {
    "log": tuple(RECORD_TYPES),
    "source": get_args(Source),
    "reason": get_args(SmsReason),
}

_STATUSES: dict[str, tuple[str, ...]] = {
    "email": get_args(EmailStatus),
    "sms": get_args(SmsStatus),
    "push": get_args(PushStatus),
}


def parse(payload: bytes | msgspec.Raw, now: datetime, replaced: Collection[str] = ()) -> Entry | list[FieldError]:
    """Parse and validate one posted entry (JSON): the entry, or the list of its errors. Nothing is raised.

    `replaced` are the paths of the fields in which U+FFFD stands for half of a character.
    """
    if nesting.is_too_deep(bytes(payload)):
        return [FieldError("", f"nested more than {nesting.MAX_LEVELS} levels deep, with the entry as the first")]
    try:
        entry: Entry = _decoder.decode(payload)
    except msgspec.ValidationError as error:
        return [_field_error(str(error), payload)]
    except msgspec.DecodeError as error:
        return [FieldError("", f"not valid JSON: {error}")]
    unusable = [FieldError(field, "holds half of a character") for field in _IDENTITIES if field in replaced]
    return [*unusable, *_errors(entry, now)] or entry


def field_error(message: str, choices: Mapping[str, Sequence[str]] = MappingProxyType({})) -> FieldError:
    """The field and message of a msgspec error: `Expected ... - at `$.record.id``.

    `choices` are the values that fields may have, by path, where these are few.
    """
    match = _VALIDATION_MESSAGE.match(message)
    text, path = (match["message"], match["path"] or "") if match else (message, "")
    field = _FIELD_MESSAGE.search(text)
    if field:
        path = f"{path}.{field['name']}".lstrip(".")
        text = "required" if field["problem"].startswith("missing") else "unknown field"
    if text.startswith("Invalid") and path in choices:
        return FieldError(path, f"must be one of {', '.join(choices[path])}")
    clearer = (message for start, message in _CLEARER_MESSAGES.items() if text.startswith(start))
    return FieldError(path, next(clearer, text))


def _field_error(message: str, payload: bytes | msgspec.Raw) -> FieldError:
    # Each log has statuses of its own.
    statuses = _statuses(payload)
    return field_error(message, _CHOICES if statuses is None else {**_CHOICES, "status": statuses})


def _statuses(payload: bytes | msgspec.Raw) -> tuple[str, ...] | None:
    """The statuses of the log that an entry names; None where what follows its status is no JSON, or its log no text.

    An entry that names its log twice may do so.
    """
    try:
        return _STATUSES.get(_log_decoder.decode(payload).log)
    except msgspec.DecodeError:
        return None


def _errors(entry: Entry, now: datetime) -> Iterator[FieldError]:
    yield from _time_errors(entry, now)
    if isinstance(entry, Audit):
        yield from _affected_errors(entry)
    else:
        yield from id_errors(entry.record, "record.id")
        if entry.record_types and entry.record.type not in entry.record_types:
            yield FieldError("record.type", f"this log is kept for {', '.join(entry.record_types)} records")
    if isinstance(entry, Email):
        error = addresses.email_error(entry.recipient) or _too_long_in_utf8(entry.recipient)
        if error:
            yield FieldError("recipient", error)
    elif isinstance(entry, Sms):
        error = addresses.phone_error(entry.recipient)
        if error:
            yield FieldError("recipient", error)
        if entry.reason is not None and entry.status != "not_delivered":
            yield FieldError("reason", "only with the status not_delivered")
    if isinstance(entry, Activity | Audit) and entry.ip is not None and (error := addresses.ip_error(entry.ip)):
        yield FieldError("ip", error)
    if isinstance(entry, Activity):
        yield from _json_errors("details", entry.details)


def _time_errors(entry: Entry, now: datetime) -> Iterator[FieldError]:
    if entry.occurred_at is None:
        if entry.key is not None:
            yield FieldError("occurred_at", "required with a key, so that a retry names the same moment")
    else:
        yield from moment_errors("occurred_at", entry.occurred_at, now)


def moment_errors(field: str, moment: datetime, now: datetime) -> Iterator[FieldError]:
    """What is wrong with the time at which something is said to have happened, at `now`."""
    if moment < EARLIEST:
        yield FieldError(field, f"absurdly long ago: before {timestamps.instant(EARLIEST)}")
    elif moment > now + CLOCK_SKEW:
        yield FieldError(field, f"absurdly far ahead: after {timestamps.instant(now + CLOCK_SKEW)}")


def _affected_errors(entry: Audit) -> Iterator[FieldError]:
    for index, affected in enumerate(entry.affected):
        yield from id_errors(affected.record, f"affected[{index}].record.id")
        for field in ("details", "before", "after"):
            yield from _json_errors(f"affected[{index}].{field}", getattr(affected, field))


def _json_errors(field: str, value: Any) -> Iterator[FieldError]:
    size = len(msgspec.json.encode(value)) if value is not None else 0
    if size > MAX_JSON_BYTES:
        yield FieldError(field, f"{size} bytes of JSON, over the limit of {MAX_JSON_BYTES}")


def _too_long_in_utf8(address: str) -> str | None:
    # RFC 5321, 4.5.3.1.3 counts octets.
    return "longer than 254 octets" if len(address.encode()) > 254 else None  # noqa: PLR2004
