"""Who the people of a record are, and what names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import addresses
from daybook.model.entries import PLACEHOLDER, Affected, Record
from daybook.storage import attributes
from daybook.storage.items import audit_items
from daybook.storage.keys import record_keys
from daybook.storage.store import Item, key_of

# Whoever acts on a family's record through one of these, and never through another, is of the family.
CUSTOMERS = frozenset({"customer_portal", "mobile_app", "check_in_kiosk"})

# A shorter name is marked where it is all of a value, but not where it stands among other words.
SHORTEST = 3


class Person(Struct, frozen=True):
    """What names the people of a record: their names, their addresses and numbers, and the usernames that they use.

    `others` are records that are theirs as well: what the blacklist is about is an address.

    `seen` are usernames, and the names with them, of those who acted as customers and may be staff all the same.
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

    def told_from(self, staff: frozenset[str]) -> Person:
        """With those who were seen and are none of these usernames as what they are: the person."""
        members = [(username, name) for username, name in self.seen if username not in staff]
        usernames, names = ({*column} for column in zip(*members, strict=True)) if members else (set(), set())
        return replace(self, names=self.names | names, usernames=self.usernames | usernames, seen=frozenset())

    def acted(self, source: str, member_name: str, username: str) -> bool:
        """Whether an audit entry of the record is about something that the person did."""
        return (
            (source in CUSTOMERS and username in self.usernames)
            or member_name.casefold() in _folded(self.names)
            or addresses.normalize(username) in self.addresses
        )

    def without(self, value: Any) -> Any:
        """A value of JSON with PLACEHOLDER in place of all that names the person."""
        match value:
            case str():
                return self.spare(value)
            case list():
                return [self.without(one) for one in value]
            case dict():
                return {self.spare(name): self.without(one) for name, one in value.items()}
        return value

    def spare(self, text: str) -> str:
        """A text with PLACEHOLDER in place of all that names the person."""
        named = _named(self)
        if text.casefold() in named:
            return PLACEHOLDER
        pattern = _pattern(named)
        return text if pattern is None else _redacted(text, pattern)


def learnt(item: Item, record: Record) -> Person:
    """What an item in the partition of the record tells of its people."""
    match record_keys.log_of(*key_of(item)):
        case "email" | "sms":
            return _person(record, addresses=_spellings(attributes.text(item, "recipient")))
        case "activity":
            return _person(record, names=[attributes.text(item, "name")])
        case "audit":
            return _of_act(item, record, audit_items.own_affected(item))
    return Person(record)


def learnt_from_line(line: Mapping[str, Any], record: Record) -> Person:
    """The same of a line of the archive that is the record's (`is_of`)."""
    match line.get("log"):
        case "email" | "sms":
            return _person(record, addresses=_spellings(line["recipient"]))
        case "activity":
            return _person(record, names=[line["name"]])
    return _of_act(line, record, _affected_of(line))


def is_of(line: Mapping[str, Any], records: frozenset[Record]) -> bool:
    """Whether a line of the archive is of one of these records, or of an audit entry that affected one."""
    own = line["record"]
    return (own is not None and Record(**own) in records) or any(one.record in records for one in _affected_of(line))


def is_by(line: Mapping[str, Any], usernames: frozenset[str]) -> bool:
    """Whether it is an audit entry about what somebody did by one of these usernames, as a customer."""
    return line.get("source") in CUSTOMERS and line["username"] in usernames


def _affected_of(line: Mapping[str, Any]) -> list[Affected]:
    return msgspec.convert(line.get("affected", []), list[Affected])


def _of_act(told: Mapping[str, Any], record: Record, changes: Iterable[Affected]) -> Person:
    person = _person(record, names=[one.name for one in changes if one.record == record and one.name is not None])
    username, name = _said(told, "username"), _said(told, "member_name")
    if record.type != "family" or _said(told, "source") not in CUSTOMERS or username == PLACEHOLDER:
        return person
    return person | Person(record, seen=frozenset({(username, name)}))


def _said(told: Mapping[str, Any], name: str) -> str:
    """A text of an item, or of a line of the archive."""
    value: Any = told.get(name, "")
    text: str = value["S"] if isinstance(value, dict) else value
    return text


def _person(record: Record, *, names: Iterable[str] = (), addresses: Iterable[str] = ()) -> Person:
    return Person(record, frozenset(names) - {PLACEHOLDER}, frozenset(addresses) - {PLACEHOLDER})


def _spellings(recipient: str) -> list[str]:
    return [recipient, addresses.normalize(recipient)]


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


def _redacted(text: str, pattern: re.Pattern[str]) -> str:
    """The text with PLACEHOLDER for each match in its folded form, in which a character may be several: ß is ss."""
    if text.isascii():
        return pattern.sub(PLACEHOLDER, text)
    place_of = [place for place, character in enumerate(text) for _ in character.casefold()]
    pieces, end = [], 0
    for match in pattern.finditer(text.casefold()):
        pieces += [text[end : place_of[match.start()]], PLACEHOLDER]
        end = place_of[match.end() - 1] + 1
    return "".join([*pieces, text[end:]])


@lru_cache(maxsize=64)
def _named(person: Person) -> frozenset[str]:
    return _folded(person.names | person.addresses | person.usernames)


@lru_cache(maxsize=64)
def _pattern(named: frozenset[str]) -> re.Pattern[str] | None:
    # The longest first: of two that begin alike the whole of the longer is to go.
    long = sorted((re.escape(name) for name in named if len(name) >= SHORTEST and name not in PLACEHOLDER), key=len)
    # The Smiths are a family, too.
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(long))})(?:e?s)?(?!\w)", re.IGNORECASE) if long else None
