"""The people of a record: the names, addresses and usernames that identify them, and how these are redacted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import addresses, phone_numbers
from daybook.core.usernames import fold
from daybook.erasure.names import Names
from daybook.model.entries import CUSTOMER_SOURCES, PLACEHOLDER, STAFF_SOURCES, Affected, Record
from daybook.storage.items import audit_items
from daybook.storage.models.entries import AuditFields, EntryItem
from daybook.storage.models.item import Item

# The type of the records whose people sign in as customers.
FAMILY = "family"

# What a person is identified by, beside the record.
SETS = ("names", "addresses", "usernames", "seen", "others")


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

    @property
    def possible_usernames(self) -> frozenset[str]:
        """Usernames that may be the person's, unless they are of staff. A family signs in with addresses, too."""
        seen = frozenset(username for username, _ in self.seen)
        if self.record.type != FAMILY:
            return seen
        return seen | {address for address in self.addresses if not set(address) & {" ", "<"}}

    @property
    def size(self) -> int:
        """How many names, addresses and the like these are."""
        return sum(len(values) for values in self._sets.values())

    def __or__(self, other: Person) -> Person:
        return replace(self, **{name: values | other._sets[name] for name, values in self._sets.items()})

    def __sub__(self, other: Person) -> Person:
        return replace(self, **{name: values - other._sets[name] for name, values in self._sets.items()})

    def parts(self, size: int) -> Iterator[bytes]:
        """The JSON of the person in parts of up to about `size` bytes, or of a single value; always the same ones."""
        part: dict[str, list[Any]] = defaultdict(list)
        left = size
        for name, values in self._sets.items():
            for text, value in sorted((msgspec.json.encode(value), value) for value in values):
                if len(text) > left and part:
                    yield msgspec.json.encode({"record": self.record, **part})
                    part.clear()
                    left = size
                part[name].append(value)
                left -= len(text) + 1
        if part:
            yield msgspec.json.encode({"record": self.record, **part})

    @property
    def _sets(self) -> dict[str, frozenset[Any]]:
        return {name: getattr(self, name) for name in SETS}

    def resolve_seen(self, staff: frozenset[str]) -> Person:
        """Move the usernames in `seen` and their names to the person's, but for those of staff, which are folded."""
        members = [(username, name) for username, name in self.seen if fold(username) not in staff]
        usernames, names = ({*column} for column in zip(*members, strict=True)) if members else (set(), set())
        return replace(self, names=self.names | names, usernames=self.usernames | usernames, seen=frozenset())

    def is_actor(self, source: str, member_name: str, username: str) -> bool:
        """Whether the person is the actor of an audit entry of the record with these fields.

        Mail may have gone to a member of staff as well: their address alone does not make them the person.
        """
        is_theirs = (
            fold(username) in folded_usernames(self.usernames) or addresses.normalize(username) in self.addresses
        )
        return (source not in STAFF_SOURCES and is_theirs) or member_name in _names(self.names)

    def redact_json(self, value: Any) -> Any:
        """A JSON value with PLACEHOLDER in place of all that identifies the person, in keys as well.

        Without recursion: entries from before the limit at the post may be nested some hundred levels deep.
        """
        whole = [value]
        places: list[tuple[Any, Any]] = [(whole, 0)]
        while places:
            container, place = places.pop()
            match container[place]:
                case str(text):
                    container[place] = self.redact_text(text)
                case list(elements):
                    container[place] = copy = [*elements]
                    places += [(copy, number) for number in range(len(copy))]
                case dict(members):
                    container[place] = named = {self.redact_text(name): member for name, member in members.items()}
                    places += [(named, name) for name in named]
        return whole[0]

    def redact_text(self, text: str) -> str:
        """A text with PLACEHOLDER in place of all that identifies the person."""
        return _identifiers(self).redact(text)


def person_in_item(item: Item, record: Record) -> Person:
    """What an item in the partition of the record says about its people."""
    if not isinstance(item, EntryItem):
        return Person(record)
    changes = audit_items.own_affected(item) if isinstance(item, AuditFields) else []
    return _person(item.attribute_values, changes, record)


def person_in_line(line: Mapping[str, Any], record: Record) -> Person:
    """What a line of the archive that is of the record (`is_line_of`) says about its people."""
    return _person(line, affected_in_line(line), record)


def _person(values: Mapping[str, Any], changes: Iterable[Affected], record: Record) -> Person:
    """What an entry says about the record's people; a line of offloaded changes does not say by whom they are."""
    names = {change.name for change in changes if change.record == record} | {values.get("name")}
    recipient = values.get("recipient", PLACEHOLDER)
    actor = (values.get("username", PLACEHOLDER), values.get("member_name", PLACEHOLDER))
    # A thin copy whose entry is gone does not say by whom it is.
    is_told = actor[0] not in ("", PLACEHOLDER)
    acted = record.type == FAMILY and values.get("source") in CUSTOMER_SOURCES and is_told
    return Person(
        record,
        names=frozenset(name for name in names if name not in (None, PLACEHOLDER)),
        addresses=_addresses(recipient),
        seen=frozenset({actor} if acted else ()),
    )


def _addresses(recipient: str) -> frozenset[str]:
    """A message's recipient as it stands and in the form to compare by, and each of several.

    Of a word such as `unknown` nothing: it is nobody in particular, and would be found in the texts of others.
    """
    if "@" in recipient:
        return frozenset({recipient, addresses.mailbox(recipient), *addresses.mailboxes(recipient)})
    if phone_numbers.is_written_out(recipient):
        return frozenset({recipient, phone_numbers.e164(recipient) or recipient})
    return frozenset()


def is_line_of(line: Mapping[str, Any], records: frozenset[Record]) -> bool:
    """Whether a line of the archive is of one of these records, or of an audit entry that affected one."""
    own = line["record"]
    return (own is not None and Record(**own) in records) or any(
        affected.record in records for affected in affected_in_line(line)
    )


def is_line_by(line: Mapping[str, Any], usernames: frozenset[str]) -> bool:
    """Whether a line of the archive is an audit entry with one of these usernames, and not by staff."""
    return line.get("source", "office_portal") not in STAFF_SOURCES and fold(line["username"]) in folded_usernames(
        usernames
    )


def affected_in_line(line: Mapping[str, Any]) -> list[Affected]:
    """What an archived audit entry did to records; empty for lines of other logs."""
    return msgspec.convert(line.get("affected", []), list[Affected])


@lru_cache(maxsize=64)
def folded_usernames(usernames: frozenset[str]) -> frozenset[str]:
    """These usernames without regard to letter case: one for each person."""
    return frozenset(map(fold, usernames))


@lru_cache(maxsize=64)
def _identifiers(person: Person) -> Names:
    return _names(person.names | person.addresses | person.usernames)


@lru_cache(maxsize=64)
def _names(names: frozenset[str]) -> Names:
    return Names(names, PLACEHOLDER)
