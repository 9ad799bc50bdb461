"""Erasing a person: what tells who the people of a record are, and what is left of an entry without it.

What is left says that something happened, when and by whom; a field that told of the person says MARK. In the words
that stay, and in what an entry says of other records, the person's names and addresses are marked likewise.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook import addresses, history, ids, items, keys, rows
from daybook.entries import Affected, Record
from daybook.events import Happening
from daybook.history import History
from daybook.states import Bounce
from daybook.table import Item, Update, key_of

MARK = "[erased]"
# Whoever acts on a family's record through one of these, and never through another, is of the family.
CUSTOMERS = frozenset({"customer_portal", "mobile_app", "check_in_kiosk"})
# The type of the record that an address is in the audit log, where no other is known; its id is its hash.
ADDRESS = "address"
# What happened to the record that an erasure's own audit entry names: that entry is to stay as it is.
CHANGE = "erased"
# A shorter name is marked where it is all of a value, but not where it stands among other words.
SHORTEST = 3
# What of an archived line holds something of its person, by its log.
OF_LINES = {
    "email": ("recipient", "subject"),
    "sms": ("recipient", "text"),
    "push": ("subject", "text", "reason"),
    "activity": ("name", "ip", "details"),
}
OF_EVENTS = ("diagnostic", "user_agent", "ip", "link")


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
            or addresses.mailbox(username) in self.addresses
        )

    def without(self, value: Any) -> Any:
        """A value of JSON with MARK in place of all that names the person."""
        match value:
            case str():
                return self.spare(value)
            case list():
                return [self.without(one) for one in value]
            case dict():
                return {self.spare(name): self.without(one) for name, one in value.items()}
        return value

    def spare(self, text: str) -> str:
        """A text with MARK in place of all that names the person."""
        named = _named(self)
        if text.casefold() in named:
            return MARK
        pattern = _pattern(named)
        return text if pattern is None else pattern.sub(MARK, text)


def learnt(item: Item, record: Record) -> Person:
    """What an item in the partition of the record tells of its people."""
    match keys.log_of(*key_of(item)):
        case "email" | "sms":
            return _person(record, addresses=_spellings(rows.text(item, "recipient")))
        case "activity":
            return _person(record, names=[rows.text(item, "name")])
        case "audit":
            return _of_act(item, record, rows.affected(item, "change"))
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


def entry(item: Item, person: Person, when: str) -> Item:
    """What is left of an entry of the person's record, or of its copy; `when` is the instant of the erasure."""
    item = {name: value for name, value in item.items() if name != items.SENT_ONLY}
    log = keys.split_entry(rows.text(item, "sk"))[0]
    return _marked(item, _LEFT[log](item, person), when)


def act(item: Item, person: Person, when: str) -> Item:
    """What is left of an audit entry that is not of the person's record, but tells what they did."""
    return _marked(item, _of_nobody(item) | _words(item, person), when)


def affected(changes: Iterable[Affected], person: Person) -> list[Affected]:
    """What is left of what an audit entry did to records."""
    return [_left_of(one, person) if one.record in person.records else _spared(one, person) for one in changes]


def archived(line_of: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """What is left of a line of the archive; of most, which do not tell of the person, all of it."""
    if not ids.arrived_by(line_of.get("changes_of") or line_of["id"], when):
        return dict(line_of)
    if is_of(line_of, person.records):
        return line(line_of, person, when)
    return line_of_act(line_of, person, when) if is_by(line_of, person.usernames) else dict(line_of)


def line(told: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """What is left of a line of the archive that is of the person's record."""
    found = dict(told)
    for name in OF_LINES.get(told.get("log", ""), ()):
        if found.get(name) is not None:
            found[name] = MARK
    if "events" in told:
        found["events"] = [
            {name: value for name, value in event.items() if name not in OF_EVENTS} for event in told["events"]
        ]
    if "bounce" in told:
        found["bounce"] = told["bounce"] | {"diagnostic": None}
    if "affected" in told:
        found["affected"] = msgspec.to_builtins(affected(_affected_of(told), person))
    return _marked_line(told, _line_of_nobody(found, person) | _line_words(found, person), when)


def line_of_act(told: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """What is left of a line about what the person did to other records, or to none."""
    return _marked_line(told, {**told, **_line_words(told, person), **_by_nobody(told)}, when)


def difference(before: Item, after: Item) -> Update | None:
    """The update that makes the one of the other, if nobody has changed it meanwhile; None where they are alike."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    dropped = [name for name in before if name not in after]
    if not changed and not dropped:
        return None
    return Update(
        key_of(before),
        {name: as_written(value) for name, value in changed.items()},
        dropped,
        # PartiQL finds no NULL equal to another.
        {
            name: as_written(before[name]) if name in before else None
            for name in (*changed, *dropped)
            if "NULL" not in before.get(name, {})
        },
    )


def stripped(known: History) -> History:
    """What befell a message and when, without what tells of the person or their machine."""
    return history.unite(
        Happening(
            type=what.type,
            at=what.at,
            sent_at=what.sent_at,
            bot=what.bot,
            kind=what.kind,
            subtype=what.subtype,
            code=what.code,
        )
        for what in known
    )


def _email(item: Item, person: Person) -> Item:
    return _message(item) | {
        "recipient": _text(MARK),
        "subject": _text(MARK),
        **({"sender": _text(person.spare(rows.text(item, "sender")))} if "sender" in item else {}),
        **({"bounce": _json(_plain(item))} if "bounce" in item else {}),
        # The content is gone.
        "content_until": {},
        "held_content_until": {},
    }


def _sms(item: Item, person: Person) -> Item:  # noqa: ARG001
    return _message(item) | {"recipient": _text(MARK), "text": _text(MARK)}


def _push(item: Item, person: Person) -> Item:  # noqa: ARG001
    return _events(item) | {"subject": _text(MARK), "text": _text(MARK), "reason": {}}


def _activity(item: Item, person: Person) -> Item:
    details: Item = {"details": _json(MARK)} if "details" in item else {}
    return {"name": _text(MARK), "action": _text(person.spare(rows.text(item, "action"))), "ip": {}, **details}


def _audit(item: Item, person: Person) -> Item:
    changes = {
        name: _json(affected(rows.affected(item, name), person)) for name in ("change", "others") if name in item
    }
    acted = person.acted(rows.text(item, "source"), rows.text(item, "member_name"), rows.text(item, "username"))
    return changes | _words(item, person) | (_of_nobody(item) if acted else {})


_LEFT = {"email": _email, "sms": _sms, "push": _push, "activity": _activity, "audit": _audit}


def _message(item: Item) -> Item:
    place = items.place_of(item)
    return _events(item) | {"recipient_key": _text(keys.by_recipient(place.log, MARK, place.moment, place.suffix))}


def _events(item: Item) -> Item:
    if "events" not in item:
        return {}
    known = items.known_history(item)
    left = stripped(known)
    # Packed in another way it would be no other history.
    return {} if left == known else {"events": {"B": base64.b64encode(history.pack(left)).decode()}}


def _plain(item: Item) -> Bounce:
    bounce = msgspec.json.decode(rows.text(item, "bounce"), type=Bounce)
    return Bounce(bounce.type, bounce.subtype)


def _words(item: Item, person: Person) -> Item:
    found: Item = {"action": _text(person.spare(rows.text(item, "action")))}
    if "names" in item:
        found["names"] = _json(person.without(rows.names(item)))
    return found


def _of_nobody(item: Item) -> Item:
    org = rows.text(item, "pk").partition("/")[0]
    member = {"org_staff": _text(keys.org_member(org, MARK))} if "org_staff" in item else {}
    return {"member_name": _text(MARK), "username": _text(MARK), "ip": {}, **member}


def _marked(item: Item, changes: Item, when: str) -> Item:
    """The item with these changes, an empty one of which takes its attribute away; marked where it is another."""
    after = {name: value for name, value in (item | changes).items() if value}
    return after if after == item else after | {items.ERASED: item.get(items.ERASED, _text(when))}


def _left_of(one: Affected, person: Person) -> Affected:
    if one.change == CHANGE:
        return _spared(one, person)
    return Affected(
        one.record,
        one.change,
        **{name: MARK for name in ("name", "details", "before", "after") if getattr(one, name) is not None},
    )


def _spared(one: Affected, person: Person) -> Affected:
    told = {name: person.without(getattr(one, name)) for name in ("name", "details", "before", "after")}
    return Affected(one.record, one.change, **told)


def _line_of_nobody(found: dict[str, Any], person: Person) -> dict[str, Any]:
    acted = "username" in found and person.acted(found["source"], found["member_name"], found["username"])
    return found | _by_nobody(found) if acted else found


def _by_nobody(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"member_name": MARK, "username": MARK, **({"ip": None} if told.get("ip") is not None else {})}


def _line_words(told: Mapping[str, Any], person: Person) -> dict[str, Any]:
    return {name: person.without(told[name]) for name in ("action", "names", "sender") if name in told}


def _marked_line(told: Mapping[str, Any], found: dict[str, Any], when: str) -> dict[str, Any]:
    return found if found == told else found | {"erased_at": told.get("erased_at", when)}


def _affected_of(line: Mapping[str, Any]) -> list[Affected]:
    return msgspec.convert(line.get("affected", []), list[Affected])


def _of_act(told: Mapping[str, Any], record: Record, changes: Iterable[Affected]) -> Person:
    person = _person(record, names=[one.name for one in changes if one.record == record and one.name is not None])
    username, name = _said(told, "username"), _said(told, "member_name")
    if record.type != "family" or _said(told, "source") not in CUSTOMERS or username == MARK:
        return person
    return person | Person(record, seen=frozenset({(username, name)}))


def _said(told: Mapping[str, Any], name: str) -> str:
    """A text of an item, or of a line of the archive."""
    value: Any = told.get(name, "")
    text: str = value["S"] if isinstance(value, dict) else value
    return text


def _person(record: Record, *, names: Iterable[str] = (), addresses: Iterable[str] = ()) -> Person:
    return Person(record, frozenset(names) - {MARK}, frozenset(addresses) - {MARK})


def _spellings(recipient: str) -> list[str]:
    return [recipient, addresses.mailbox(recipient)]


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


@lru_cache(maxsize=64)
def _named(person: Person) -> frozenset[str]:
    return _folded(person.names | person.addresses | person.usernames)


@lru_cache(maxsize=64)
def _pattern(named: frozenset[str]) -> re.Pattern[str] | None:
    # The longest first: of two that begin alike the whole of the longer is to go.
    long = sorted((re.escape(name) for name in named if len(name) >= SHORTEST and name not in MARK), key=len)
    # The Smiths are a family, too.
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(long))})(?:e?s)?(?!\w)", re.IGNORECASE) if long else None


def as_written(value: Mapping[str, Any]) -> dict[str, Any]:
    """A value to be written: binary ones are read as base64."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else dict(value)


def _text(text: str) -> dict[str, str]:
    return {"S": text}


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
