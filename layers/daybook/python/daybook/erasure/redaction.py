"""Redaction of entries and of lines of the archive: a person is removed, the rest stays.

What stays is what happened, when and by whom. A field about the person becomes PLACEHOLDER. In texts, and in what an
entry says of other records, PLACEHOLDER replaces the person's names and addresses.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from daybook.core import entry_ids
from daybook.erasure.person import Person, affected_in_line, is_line_by, is_line_of
from daybook.model import event_set
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Bounce
from daybook.model.entries import PLACEHOLDER, Affected
from daybook.model.event_set import EventSet
from daybook.storage import attributes
from daybook.storage.items import audit_items, entry_items, event_attributes
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.store import Item

# The change in an erasure's own audit entry: what that says about the record stays.
ERASED_CHANGE = "erased"

# The fields about the person: in an archived line, by log; in one of its delivery events; in a change of a record.
LINE_FIELDS = {
    "email": ("recipient", "subject"),
    "sms": ("recipient", "text"),
    "push": ("subject", "text", "reason"),
    "activity": ("name", "ip", "details"),
}
EVENT_FIELDS = ("diagnostic", "user_agent", "ip", "link")
CHANGE_FIELDS = ("name", "details", "before", "after")


def redact_entry(item: Item, person: Person, when: str) -> Item:
    """An entry of the person's record, or its copy, redacted; `when` is the instant of the erasure."""
    item = {name: value for name, value in item.items() if name != entry_items.SENT_ONLY}
    log = record_keys.split_entry(attributes.text(item, "sk"))[0]
    return _with_changes(item, _REDACTORS[log](item, person), when)


def redact_actor(item: Item, person: Person, when: str) -> Item:
    """An audit entry of which the person is the actor, and which is not of their record, redacted."""
    return _with_changes(item, _without_actor(item) | _redacted_texts(item, person), when)


def redact_affected(changes: Iterable[Affected], person: Person) -> list[Affected]:
    """What an audit entry did to records, redacted."""
    return [
        _own_change(change, person) if change.record in person.records else _other_change(change, person)
        for change in changes
    ]


def redact_line(line: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """A line of the archive, redacted if it is about the person and its entry arrived by the instant `when`."""
    if not entry_ids.arrived_by(line.get("changes_of") or line["id"], when):
        return dict(line)
    if is_line_of(line, person.records):
        return _redact_own_line(line, person, when)
    return _redact_actor_line(line, person, when) if is_line_by(line, person.usernames) else dict(line)


def _redact_own_line(line: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """A line of the archive that is of the person's record, redacted."""
    redacted = dict(line)
    for name in LINE_FIELDS.get(line.get("log", ""), ()):
        if redacted.get(name) is not None:
            redacted[name] = PLACEHOLDER
    if "events" in line:
        redacted["events"] = [
            {name: value for name, value in event.items() if name not in EVENT_FIELDS} for event in line["events"]
        ]
    if "bounce" in line:
        redacted["bounce"] = line["bounce"] | {"diagnostic": None}
    if "affected" in line:
        redacted["affected"] = msgspec.to_builtins(redact_affected(affected_in_line(line), person))
    redacted = _without_line_actor_if_person(redacted, person) | _redacted_line_texts(redacted, person)
    return _with_line_changes(line, redacted, when)


def _redact_actor_line(line: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """A line about what the person did to other records, or to none, redacted."""
    return _with_line_changes(line, {**line, **_redacted_line_texts(line, person), **_without_line_actor(line)}, when)


def redact_events(events: EventSet) -> EventSet:
    """The delivery events without what tells of the person or their device."""
    return event_set.merge(
        DeliveryEvent(
            type=event.type,
            at=event.at,
            sent_at=event.sent_at,
            bot=event.bot,
            kind=event.kind,
            subtype=event.subtype,
            code=event.code,
        )
        for event in events
    )


def _email(item: Item, person: Person) -> Item:
    return _message(item) | {
        "recipient": _text(PLACEHOLDER),
        "subject": _text(PLACEHOLDER),
        **({"sender": _text(person.redact_text(attributes.text(item, "sender")))} if "sender" in item else {}),
        **({"bounce": _json(_bounce_without_diagnostic(item))} if "bounce" in item else {}),
        # The content is deleted.
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
        "action": _text(person.redact_text(attributes.text(item, "action"))),
        "ip": {},
        **details,
    }


def _audit(item: Item, person: Person) -> Item:
    stored = {"change": audit_items.own_affected(item), "others": audit_items.other_affected(item)}
    changes = {name: _json(redact_affected(affected, person)) for name, affected in stored.items() if name in item}
    is_actor = person.is_actor(
        attributes.text(item, "source"), attributes.text(item, "member_name"), attributes.text(item, "username")
    )
    return changes | _redacted_texts(item, person) | (_without_actor(item) if is_actor else {})


_REDACTORS = {"email": _email, "sms": _sms, "push": _push, "activity": _activity, "audit": _audit}


def _message(item: Item) -> Item:
    key = entry_items.entry_key(item)
    return _events(item) | {
        "recipient_key": _text(index_keys.recipient_key(key.log, PLACEHOLDER, key.instant, key.suffix))
    }


def _events(item: Item) -> Item:
    if "events" not in item:
        return {}
    events = event_attributes.events(item)
    redacted = redact_events(events)
    # Equal events may be packed differently: they are to stay as they are stored.
    return {} if redacted == events else {"events": {"B": base64.b64encode(event_set.pack(redacted)).decode()}}


def _bounce_without_diagnostic(item: Item) -> Bounce:
    bounce = msgspec.json.decode(attributes.text(item, "bounce"), type=Bounce)
    return Bounce(bounce.type, bounce.subtype)


def _redacted_texts(item: Item, person: Person) -> Item:
    texts: Item = {"action": _text(person.redact_text(attributes.text(item, "action")))}
    if "names" in item:
        texts["names"] = _json(person.redact_json(audit_items.names(item)))
    return texts


def _without_actor(item: Item) -> Item:
    org = org_keys.org_of(attributes.text(item, "pk"))
    member = {"org_staff": _text(index_keys.org_member(org, PLACEHOLDER))} if "org_staff" in item else {}
    return {"member_name": _text(PLACEHOLDER), "username": _text(PLACEHOLDER), "ip": {}, **member}


def _with_changes(item: Item, changes: Item, when: str) -> Item:
    """The item with these changes; an empty value removes its attribute. A changed item is marked as erased."""
    after = {name: value for name, value in (item | changes).items() if value}
    return after if after == item else after | {entry_items.ERASED: item.get(entry_items.ERASED, _text(when))}


def _own_change(change: Affected, person: Person) -> Affected:
    if change.change == ERASED_CHANGE:
        return _other_change(change, person)
    return Affected(
        change.record,
        change.change,
        **{name: PLACEHOLDER for name in CHANGE_FIELDS if getattr(change, name) is not None},
    )


def _other_change(change: Affected, person: Person) -> Affected:
    redacted = {name: person.redact_json(getattr(change, name)) for name in CHANGE_FIELDS}
    return Affected(change.record, change.change, **redacted)


def _without_line_actor_if_person(line: dict[str, Any], person: Person) -> dict[str, Any]:
    is_actor = "username" in line and person.is_actor(line["source"], line["member_name"], line["username"])
    return line | _without_line_actor(line) if is_actor else line


def _without_line_actor(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"member_name": PLACEHOLDER, "username": PLACEHOLDER, **({"ip": None} if line.get("ip") is not None else {})}


def _redacted_line_texts(line: Mapping[str, Any], person: Person) -> dict[str, Any]:
    return {name: person.redact_json(line[name]) for name in ("action", "names", "sender") if name in line}


def _with_line_changes(line: Mapping[str, Any], redacted: dict[str, Any], when: str) -> dict[str, Any]:
    """The redacted line; marked as erased where it differs from the line."""
    return redacted if redacted == line else redacted | {"erased_at": line.get("erased_at", when)}


def _text(text: str) -> dict[str, str]:
    return {"S": text}


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
