"""The entries that clients post: types and limits. The OpenAPI document is generated from these types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from daybook.core import timestamps
from daybook.core.errors import FieldError

PLACEHOLDER = "[erased]"

# The change in an erasure's own audit entry: what that says about the record stays.
ERASED_CHANGE = "erased"

# The changes in audit entries of what this API does with an address. The name beside them is the address, not what the
# record is called.
BLACKLIST_ADDRESS, RESET_BLACKLIST, VALIDATE_ADDRESS = "blacklist address", "reset blacklist", "validate address"
ADDRESS_CHANGES = frozenset({BLACKLIST_ADDRESS, RESET_BLACKLIST, VALIDATE_ADDRESS})

# The record type of an address in the audit log, where its record is not known; the id is the keyed hash.
ADDRESS = "address"

MAX_ENTRIES = 100

# Records that one audit entry may name.
MAX_AFFECTED = 50
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
    "office_portal", "staff_portal", "customer_portal", "mobile_app", "check_in_kiosk", "time_clock_kiosk", "system",
    "support",
]  # fmt: skip
SOURCES: tuple[Source, ...] = get_args(Source)

# Of customers: a username that appears on a family's record with these only is a family member's.
CUSTOMER_SOURCES: frozenset[str] = frozenset({"customer_portal", "mobile_app", "check_in_kiosk"})

# Of staff. What the system itself does for somebody, as with source `system`, is of neither.
STAFF_SOURCES: frozenset[str] = frozenset(SOURCES) - CUSTOMER_SOURCES - {"system"}
SourceSpelling = Annotated[
    str,
    Meta(
        max_length=64,
        description=f"one of {', '.join(SOURCES)}, also in the words of pages and any letter case, as in Office Portal",
        examples=["office_portal", "Office Portal"],
    ),
]

# Types of records with logs of their own. `Family` is the same record as `family`; other types are what they are.
LOGGED_TYPES = ("family", "student", "staff")

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
IpAddress = Annotated[
    str,
    Meta(
        max_length=1000,
        description="IPv4 or IPv6. Of a text with a port, in brackets or with several, the address within is kept.",
    ),
]
RECIPIENT = "What cannot be one is kept as given, with a warning."
Details = (
    Annotated[str, Meta(max_length=4096)]
    | Annotated[dict[str, Any], Meta(description="16 KiB of JSON at most, and 64 levels with those of the entry")]
)


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """A record of a client's: `family`, `student` and `staff` are the same in any letter case."""

    type: RecordType
    id: RecordId

    def __post_init__(self) -> None:
        force_setattr(self, "type", canonical_type(self.type))

    @property
    def path(self) -> str:
        """`<type>/<id>`, as in the paths of the API."""
        return f"{self.type}/{self.id}"

    @classmethod
    def from_path(cls, path: str) -> Record:
        """The record with this path. ValueError where it is not `<type>/<id>`."""
        record_type, record_id = path.split("/")
        return cls(record_type, record_id)


def canonical_type(record_type: str) -> str:
    """The type of a record in the spelling that the table has: `Family` is `family`."""
    lowered = record_type.lower()
    return lowered if lowered in LOGGED_TYPES else record_type


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
    recipient: Annotated[str, Meta(min_length=1, max_length=254, description=RECIPIENT)]
    subject: Subject
    message_id: MessageId | None = None
    sender: Annotated[str, Meta(max_length=320)] | None = None
    body: Body | None = None
    status: EmailStatus = "queued"


class Sms(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sms"):
    """A text message to one number, in the log of a family or staff record."""

    record_types = ("family", "staff")

    record: Record
    recipient: Annotated[str, Meta(min_length=1, max_length=64, description=f"E.164, as in +14155550123. {RECIPIENT}")]
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
    source: SourceSpelling
    action: Name
    ip: IpAddress | None = None
    affected: Annotated[list[Affected], Meta(max_length=MAX_AFFECTED)] = []

    @property
    def record(self) -> Record | None:
        """The first affected record, whose log holds the entry; None for one of no record, such as a login."""
        return self.affected[0].record if self.affected else None


Entry = Email | Sms | Push | Activity | Audit

RECORD_TYPES: dict[str, tuple[str, ...] | None] = {
    kind.__struct_config__.tag: kind.record_types for kind in get_args(Entry)
}
