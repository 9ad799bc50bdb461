"""The people of a record: the names, addresses and usernames that identify them, and how these are redacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import addresses
from daybook.core.usernames import fold
from daybook.erasure.names import Names
from daybook.model.entries import PLACEHOLDER, Affected, Record
from daybook.storage.items import audit_items
from daybook.storage.models.entries import ActivityItem, AddressedItem, AuditFields
from daybook.storage.models.item import Item

# Sources of customers. A username that appears on a family's record with these only is a family member's.
CUSTOMERS = frozenset({"customer_portal", "mobile_app", "check_in_kiosk"})


class Person(Struct, frozen=True):
    """What identifies the people of a record: names, addresses and phone numbers, usernames.

    A username is the same in any letter case; all its spellings that were met are kept, to be found in texts.

    `others` are further records of theirs: each of their addresses is the record of blacklist actions about it.

    `seen` are pairs of username and name of those who acted as customers, and who may yet be staff.
    """

    record: Record
    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    usernames: frozenset[str] = frozenset()
    seen: frozenset[tuple[str, str]] = frozenset()
    others: frozenset[Record] = frozenset()

    @property
    def records(self) -> frozenset[Record]:
        return self.others | {self.record}

    def __or__(self, other: Person) -> Person:
        return Person(
            self.record,
            self.names | other.names,
            self.addresses | other.addresses,
            self.usernames | other.usernames,
            self.seen | other.seen,
            self.others | other.others,
        )

    def resolve_seen(self, staff: frozenset[str]) -> Person:
        """Move the usernames in `seen` and their names to the person's, but for those of staff, which are folded."""
        members = [(username, name) for username, name in self.seen if fold(username) not in staff]
        usernames, names = ({*column} for column in zip(*members, strict=True)) if members else (set(), set())
        return replace(self, names=self.names | names, usernames=self.usernames | usernames, seen=frozenset())

    def is_actor(self, source: str, member_name: str, username: str) -> bool:
        """Whether the person is the actor of an audit entry of the record with these fields."""
        return (
            (source in CUSTOMERS and fold(username) in folded_usernames(self.usernames))
            or member_name in _names(self.names)
            or addresses.normalize(username) in self.addresses
        )

    def redact_json(self, value: Any) -> Any:
        """A JSON value with PLACEHOLDER in place of all that identifies the person, in keys as well."""
        match value:
            case str():
                return self.redact_text(value)
            case list():
                return [self.redact_json(element) for element in value]
            case dict():
                return {self.redact_text(name): self.redact_json(member) for name, member in value.items()}
        return value

    def redact_text(self, text: str) -> str:
        """A text with PLACEHOLDER in place of all that identifies the person."""
        return _identifiers(self).redact(text)


def person_in_item(item: Item, record: Record) -> Person:
    """What an item in the partition of the record says about its people."""
    match item:
        case AddressedItem():
            return _person(record, addresses=_spellings(item.recipient))
        case ActivityItem():
            return _person(record, names=[item.name])
        case AuditFields():
            changes = audit_items.own_affected(item)
            return _person_in_audit(record, changes, item.source, item.username, item.member_name)
    return Person(record)


def person_in_line(line: Mapping[str, Any], record: Record) -> Person:
    """What a line of the archive that is of the record (`is_line_of`) says about its people."""
    match line.get("log"):
        case "email" | "sms":
            return _person(record, addresses=_spellings(line["recipient"]))
        case "activity":
            return _person(record, names=[line["name"]])
    # A line of offloaded changes does not say by whom they are.
    source, username, member_name = (line.get(name, "") for name in ("source", "username", "member_name"))
    return _person_in_audit(record, affected_in_line(line), source, username, member_name)


def is_line_of(line: Mapping[str, Any], records: frozenset[Record]) -> bool:
    """Whether a line of the archive is of one of these records, or of an audit entry that affected one."""
    own = line["record"]
    return (own is not None and Record(**own) in records) or any(
        affected.record in records for affected in affected_in_line(line)
    )


def is_line_by(line: Mapping[str, Any], usernames: frozenset[str]) -> bool:
    """Whether a line of the archive is an audit entry of a customer with one of these usernames."""
    return line.get("source") in CUSTOMERS and fold(line["username"]) in folded_usernames(usernames)


def affected_in_line(line: Mapping[str, Any]) -> list[Affected]:
    """What an archived audit entry did to records; empty for lines of other logs."""
    return msgspec.convert(line.get("affected", []), list[Affected])


@lru_cache(maxsize=64)
def folded_usernames(usernames: frozenset[str]) -> frozenset[str]:
    """These usernames without regard to letter case: one for each person."""
    return frozenset(map(fold, usernames))


def _person_in_audit(
    record: Record, changes: Iterable[Affected], source: str, username: str, member_name: str
) -> Person:
    person = _person(
        record, names=[change.name for change in changes if change.record == record and change.name is not None]
    )
    # A thin copy whose entry is gone does not say either.
    if record.type != "family" or source not in CUSTOMERS or username in ("", PLACEHOLDER):
        return person
    return person | Person(record, seen=frozenset({(username, member_name)}))


def _person(record: Record, *, names: Iterable[str] = (), addresses: Iterable[str] = ()) -> Person:
    return Person(record, frozenset(names) - {PLACEHOLDER}, frozenset(addresses) - {PLACEHOLDER})


def _spellings(recipient: str) -> list[str]:
    return [recipient, addresses.normalize(recipient)]


@lru_cache(maxsize=64)
def _identifiers(person: Person) -> Names:
    return _names(person.names | person.addresses | person.usernames)


@lru_cache(maxsize=64)
def _names(names: frozenset[str]) -> Names:
    return Names(names, PLACEHOLDER)
