"""What is left of an entry, or of a line of the archive, once a person is taken out of it.

It says that something happened, when and by whom; a field about the person says PLACEHOLDER. In the words that stay,
and in what an entry says of other records, the person's names and addresses are replaced likewise.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from daybook.core import entry_ids
from daybook.erasure.person import Person, _affected_of, is_by, is_of
from daybook.model import event_set
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Bounce
from daybook.model.entries import PLACEHOLDER, Affected
from daybook.model.event_set import EventSet
from daybook.storage import attributes
from daybook.storage.items import audit_items, entry_items, event_attributes
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.store import Item

# What happened to the record that an erasure's own audit entry names: that entry is to stay as it is.
CHANGE = "erased"

# What of an archived line holds something of its person, by its log.
OF_LINES = {
    "email": ("recipient", "subject"),
    "sms": ("recipient", "text"),
    "push": ("subject", "text", "reason"),
    "activity": ("name", "ip", "details"),
}

OF_EVENTS = ("diagnostic", "user_agent", "ip", "link")


def entry(item: Item, person: Person, when: str) -> Item:
    """What is left of an entry of the person's record, or of its copy; `when` is the instant of the erasure."""
    item = {name: value for name, value in item.items() if name != entry_items.SENT_ONLY}
    log = record_keys.split_entry(attributes.text(item, "sk"))[0]
    return _marked(item, _LEFT[log](item, person), when)


def act(item: Item, person: Person, when: str) -> Item:
    """What is left of an audit entry that is not of the person's record, but tells what they did."""
    return _marked(item, _of_nobody(item) | _words(item, person), when)


def affected(changes: Iterable[Affected], person: Person) -> list[Affected]:
    """What is left of what an audit entry did to records."""
    return [_left_of(one, person) if one.record in person.records else _spared(one, person) for one in changes]


def archived(line_of: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """What is left of a line of the archive; of most, which do not tell of the person, all of it."""
    if not entry_ids.arrived_by(line_of.get("changes_of") or line_of["id"], when):
        return dict(line_of)
    if is_of(line_of, person.records):
        return line(line_of, person, when)
    return line_of_act(line_of, person, when) if is_by(line_of, person.usernames) else dict(line_of)


def line(told: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """What is left of a line of the archive that is of the person's record."""
    found = dict(told)
    for name in OF_LINES.get(told.get("log", ""), ()):
        if found.get(name) is not None:
            found[name] = PLACEHOLDER
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


def stripped(known: EventSet) -> EventSet:
    """What befell a message and when, without what tells of the person or their machine."""
    return event_set.merge(
        DeliveryEvent(
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
        "recipient": _text(PLACEHOLDER),
        "subject": _text(PLACEHOLDER),
        **({"sender": _text(person.spare(attributes.text(item, "sender")))} if "sender" in item else {}),
        **({"bounce": _json(_plain(item))} if "bounce" in item else {}),
        # The content is gone.
        "content_until": {},
        "held_content_until": {},
    }


def _sms(item: Item, person: Person) -> Item:  # noqa: ARG001
    return _message(item) | {"recipient": _text(PLACEHOLDER), "text": _text(PLACEHOLDER)}


def _push(item: Item, person: Person) -> Item:  # noqa: ARG001
    return _events(item) | {"subject": _text(PLACEHOLDER), "text": _text(PLACEHOLDER), "reason": {}}


def _activity(item: Item, person: Person) -> Item:
    details: Item = {"details": _json(PLACEHOLDER)} if "details" in item else {}
    return {
        "name": _text(PLACEHOLDER),
        "action": _text(person.spare(attributes.text(item, "action"))),
        "ip": {},
        **details,
    }


def _audit(item: Item, person: Person) -> Item:
    stored = {"change": audit_items.own_affected(item), "others": audit_items.other_affected(item)}
    changes = {name: _json(affected(of_records, person)) for name, of_records in stored.items() if name in item}
    acted = person.acted(
        attributes.text(item, "source"), attributes.text(item, "member_name"), attributes.text(item, "username")
    )
    return changes | _words(item, person) | (_of_nobody(item) if acted else {})


_LEFT = {"email": _email, "sms": _sms, "push": _push, "activity": _activity, "audit": _audit}


def _message(item: Item) -> Item:
    key = entry_items.entry_key(item)
    return _events(item) | {
        "recipient_key": _text(index_keys.recipient_key(key.log, PLACEHOLDER, key.instant, key.suffix))
    }


def _events(item: Item) -> Item:
    if "events" not in item:
        return {}
    known = event_attributes.events(item)
    left = stripped(known)
    # Packed in another way it would be no other history.
    return {} if left == known else {"events": {"B": base64.b64encode(event_set.pack(left)).decode()}}


def _plain(item: Item) -> Bounce:
    bounce = msgspec.json.decode(attributes.text(item, "bounce"), type=Bounce)
    return Bounce(bounce.type, bounce.subtype)


def _words(item: Item, person: Person) -> Item:
    found: Item = {"action": _text(person.spare(attributes.text(item, "action")))}
    if "names" in item:
        found["names"] = _json(person.without(audit_items.names(item)))
    return found


def _of_nobody(item: Item) -> Item:
    org = org_keys.org_of(attributes.text(item, "pk"))
    member = {"org_staff": _text(index_keys.org_member(org, PLACEHOLDER))} if "org_staff" in item else {}
    return {"member_name": _text(PLACEHOLDER), "username": _text(PLACEHOLDER), "ip": {}, **member}


def _marked(item: Item, changes: Item, when: str) -> Item:
    """The item with these changes, an empty one of which takes its attribute away; marked where it is another."""
    after = {name: value for name, value in (item | changes).items() if value}
    return after if after == item else after | {entry_items.ERASED: item.get(entry_items.ERASED, _text(when))}


def _left_of(one: Affected, person: Person) -> Affected:
    if one.change == CHANGE:
        return _spared(one, person)
    return Affected(
        one.record,
        one.change,
        **{name: PLACEHOLDER for name in ("name", "details", "before", "after") if getattr(one, name) is not None},
    )


def _spared(one: Affected, person: Person) -> Affected:
    told = {name: person.without(getattr(one, name)) for name in ("name", "details", "before", "after")}
    return Affected(one.record, one.change, **told)


def _line_of_nobody(found: dict[str, Any], person: Person) -> dict[str, Any]:
    acted = "username" in found and person.acted(found["source"], found["member_name"], found["username"])
    return found | _by_nobody(found) if acted else found


def _by_nobody(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"member_name": PLACEHOLDER, "username": PLACEHOLDER, **({"ip": None} if told.get("ip") is not None else {})}


def _line_words(told: Mapping[str, Any], person: Person) -> dict[str, Any]:
    return {name: person.without(told[name]) for name in ("action", "names", "sender") if name in told}


def _marked_line(told: Mapping[str, Any], found: dict[str, Any], when: str) -> dict[str, Any]:
    return found if found == told else found | {"erased_at": told.get("erased_at", when)}


def _text(text: str) -> dict[str, str]:
    return {"S": text}


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
