"""Redaction of entries and of lines of the archive: a person is removed, the rest stays.

What stays is what happened, when and by whom. A field about the person becomes PLACEHOLDER. In texts, and in what an
entry says of other records, PLACEHOLDER replaces the person's names and addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from daybook.core import entry_ids
from daybook.erasure.person import Person, affected_in_line, is_line_by, is_line_of
from daybook.model import event_set
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Bounce
from daybook.model.entries import PLACEHOLDER, Affected
from daybook.model.event_set import EventSet
from daybook.storage.items import audit_items, entry_items, event_attributes
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import (
    ActivityItem,
    AddressedItem,
    AuditFields,
    AuditItem,
    EmailItem,
    EntryItem,
    MessageItem,
    PushItem,
    SmsItem,
)

E = TypeVar("E", bound=EntryItem)

# New values of attributes by name; None for those that the item is to be without.
Changes = dict[str, Any]

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


def redact_entry(item: E, person: Person, when: str) -> E:
    """An entry of the person's record, or its copy, redacted; `when` is the instant of the erasure."""
    return _with_changes(item, _redactions(item, person), when)


def redact_actor(item: AuditItem, person: Person, when: str) -> AuditItem:
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


def _redactions(item: EntryItem, person: Person) -> Changes:
    match item:
        case EmailItem():
            return _email(item, person)
        case SmsItem():
            return _addressed(item) | {"text": PLACEHOLDER}
        case PushItem():
            return _events(item) | {"subject": PLACEHOLDER, "text": PLACEHOLDER, "reason": None}
        case ActivityItem():
            return _activity(item, person)
        case AuditFields():
            return _audit(item, person)
    raise TypeError(f"{type(item).__name__} is no kind of entry")


def _email(item: EmailItem, person: Person) -> Changes:
    return _addressed(item) | {
        "subject": PLACEHOLDER,
        "sender": None if item.sender is None else person.redact_text(item.sender),
        "bounce": None if item.bounce is None else json_text(_without_diagnostic(item.bounce)),
        # The content is deleted, and none is taken from now on.
        "content_until": None,
        "held_content_until": None,
        "sent_only": None,
    }


def _activity(item: ActivityItem, person: Person) -> Changes:
    return {
        "name": PLACEHOLDER,
        "action": person.redact_text(item.action),
        "ip": None,
        "details": None if item.details is None else json_text(PLACEHOLDER),
    }


def _audit(item: AuditFields, person: Person) -> Changes:
    changes = _redacted_texts(item, person) | {"change": _redacted_changes(item.change, person)}
    if isinstance(item, AuditItem):
        changes["others"] = _redacted_changes(item.others, person)
    is_actor = person.is_actor(item.source, item.member_name, item.username)
    return changes | (_without_actor(item) if is_actor else {})


def _redacted_changes(text: str | None, person: Person) -> str | None:
    return None if text is None else json_text(redact_affected(audit_items.decoded_affected(text), person))


def _addressed(item: AddressedItem) -> Changes:
    key = entry_items.entry_key(item)
    recipient_key = index_keys.recipient_key(key.log, PLACEHOLDER, key.instant, key.suffix)
    return _events(item) | {"recipient": PLACEHOLDER, "recipient_key": recipient_key}


def _events(item: MessageItem) -> Changes:
    events = event_attributes.events(item)
    redacted = redact_events(events)
    # Equal events may be packed differently: they are to stay as they are stored.
    return {} if redacted == events else {"events": event_set.pack(redacted)}


def _without_diagnostic(text: str) -> Bounce:
    bounce = msgspec.json.decode(text, type=Bounce)
    return Bounce(bounce.type, bounce.subtype)


def _redacted_texts(item: AuditFields, person: Person) -> Changes:
    names = None if item.names is None else json_text(person.redact_json(audit_items.decoded_names(item.names)))
    return {"action": person.redact_text(item.action), "names": names}


def _without_actor(item: AuditFields) -> Changes:
    changes: Changes = {"member_name": PLACEHOLDER, "username": PLACEHOLDER, "ip": None}
    if isinstance(item, AuditItem):
        changes["org_staff"] = index_keys.org_member(org_keys.org_of(item.pk), PLACEHOLDER)
    return changes


def _with_changes(item: E, changes: Changes, when: str) -> E:
    """The item with these changes; marked as erased if it differs."""
    before = item.attribute_values
    if all(before.get(name) == value for name, value in changes.items()):
        return item
    return type(item)(**before | changes | {"erased": item.erased or when})


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
