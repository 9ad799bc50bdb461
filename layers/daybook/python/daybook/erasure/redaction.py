"""Redaction of entries and of lines of the archive: a person is removed, the rest stays.

What stays is what happened, when and by whom. A field about the person becomes PLACEHOLDER. In texts, and in what an
entry says of other records, PLACEHOLDER replaces the person's names and addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from daybook.core import addresses, entry_ids
from daybook.erasure.person import Person, affected_in_line, is_line_by, is_line_of
from daybook.model import event_set, message_ids
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import NO_OUTCOME, Outcome
from daybook.model.entries import ERASED_CHANGE, PLACEHOLDER, Affected
from daybook.model.event_set import EventSet
from daybook.storage.items import audit_items, entry_items
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import (
    ActivityItem,
    AddressedItem,
    AuditCopyItem,
    AuditFields,
    AuditItem,
    EmailItem,
    EntryItem,
    PushItem,
    SmsItem,
)

E = TypeVar("E", bound=EntryItem)

# What is left of a value; it is not asked of None.
Rule: TypeAlias = Callable[[Any, Person], Any]
Rules: TypeAlias = dict[str, Rule]

# The fields about the person in an archived delivery event, and in a change of a record.
EVENT_FIELDS = ("recipient", "diagnostic", "user_agent", "ip", "link")
CHANGE_FIELDS = ("name", "details", "before", "after")


def redact_entry(item: E, person: Person, when: str) -> E:
    """An entry of the person's record, or its copy, redacted; `when` is the instant of the erasure."""
    is_actor = isinstance(item, AuditFields) and person.is_actor(item.source, item.member_name, item.username)
    return _redact_item(item, ITEMS[type(item)] | (ACTOR if is_actor else {}), person, when)


def redact_actor(item: AuditItem, person: Person, when: str) -> AuditItem:
    """An audit entry of which the person is the actor, and which is not of their record, redacted."""
    return _redact_item(item, AUDIT_TEXTS | ACTOR, person, when)


def redact_affected(changes: Iterable[Affected], person: Person) -> list[Affected]:
    """What an audit entry did to records, redacted."""
    return [_change(change, person) for change in changes]


def redact_line(line: Mapping[str, Any], person: Person, when: str) -> dict[str, Any]:
    """A line of the archive, redacted if it is about the person and its entry arrived by the instant `when`."""
    if not entry_ids.arrived_by(line.get("changes_of") or line["id"], when):
        return dict(line)
    if is_line_of(line, person.records):
        is_actor = "username" in line and person.is_actor(line["source"], line["member_name"], line["username"])
        rules = LINES[line.get("log")] | (ACTOR if is_actor else {})
    elif is_line_by(line, person.usernames):
        rules = LINE_TEXTS | ACTOR
    else:
        return dict(line)
    redacted = {**line, **_applied(rules, line, person)}
    return redacted if redacted == line else redacted | {"erased_at": line.get("erased_at", when)}


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
            action=event.action,
            uncertain=event.uncertain,
            of_message=event.of_message,
            of_org=event.of_org,
        )
        for event in events
    )


def redact_pending_events(packed: bytes, person: Person) -> bytes:
    """Pending events of a message that went to others as well, without the address that each names.

    All else stays, as it may be about the others. `packed` is as `PendingEventsItem.events`, unchanged where it may be.
    """
    events = event_set.unpack(packed)
    redacted = tuple(_without_named(event, person) for event in events)
    return packed if redacted == events else event_set.pack(redacted)


def _without_named(event: DeliveryEvent, person: Person) -> DeliveryEvent:
    named = frozenset() if event.named is None else frozenset({event.named, addresses.normalize(event.named)})
    whom = replace(person, addresses=person.addresses | named)
    return replace(event, named=None, diagnostic=event.diagnostic and whom.redact_text(event.diagnostic))


def _redact_item(item: E, rules: Rules, person: Person, when: str) -> E:
    """The item with what the rules leave of it, marked as erased if it differs."""
    before = item.attribute_values
    changes = _applied(rules, before, person)
    if isinstance(item, AddressedItem):
        key = entry_items.entry_key(item)
        changes["recipient_key"] = index_keys.recipient_key(key.log, PLACEHOLDER, key.instant, key.suffix)
    if isinstance(item, AuditItem) and "username" in changes:
        changes["org_staff"] = index_keys.org_member(org_keys.org_of(item.pk), PLACEHOLDER)
    if all(before.get(name) == value for name, value in changes.items()):
        return item
    return type(item)(**before | changes | {"erased": item.erased or when})


def _applied(rules: Rules, values: Mapping[str, Any], person: Person) -> dict[str, Any]:
    return {name: rule(values[name], person) for name, rule in rules.items() if values.get(name) is not None}


def _placeholder(_: Any, __: Person) -> str:
    return PLACEHOLDER


def _json_placeholder(_: Any, __: Person) -> str:
    return json_text(PLACEHOLDER)


def _nothing(_: Any, __: Person) -> None:
    return None


def _texts(value: Any, person: Person) -> Any:
    return person.redact_json(value)


def _message_id(message_id: str, _: Person) -> str:
    return PLACEHOLDER if message_ids.may_hold_address(message_id) else message_id


def _bounce(bounce: Mapping[str, Any], _: Person) -> dict[str, Any]:
    return {**bounce, "diagnostic": None}


def _outcome(text: str, _: Person) -> str | None:
    left = replace(msgspec.json.decode(text, type=Outcome), diagnostic=None)
    return None if left == NO_OUTCOME else json_text(left)


def _changes(changes: Any, person: Person) -> Any:
    return msgspec.to_builtins(redact_affected(affected_in_line({"affected": changes}), person))


def _changes_in_json(text: str, person: Person) -> str:
    return json_text(redact_affected(audit_items.decoded_affected(text), person))


def _event_rows(events: Iterable[Mapping[str, Any]], _: Person) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name not in EVENT_FIELDS} for event in events]


def _packed_events(packed: bytes, _: Person) -> bytes:
    events = event_set.unpack(packed)
    redacted = redact_events(events)
    # Equal events may be packed differently: they are to stay as they are stored.
    return packed if redacted == events else event_set.pack(redacted)


def _in_json(rule: Rule) -> Rule:
    """The rule for a value that an item has as JSON."""
    return lambda text, person: json_text(rule(msgspec.json.decode(text), person))


def _change(change: Affected, person: Person) -> Affected:
    """What a change says of the person's record in full; of another one, and in the erasure's own, what names them."""
    is_own = change.record in person.records and change.change != ERASED_CHANGE
    values = {name: getattr(change, name) for name in CHANGE_FIELDS}
    rules: Rules = dict.fromkeys(CHANGE_FIELDS, _placeholder if is_own else _texts)
    return Affected(change.record, change.change, **_applied(rules, values, person))


ACTOR: Rules = {"member_name": _placeholder, "username": _placeholder, "ip": _nothing}
MESSAGE: Rules = {"events": _packed_events, "outcome": _outcome}
ADDRESSED: Rules = {**MESSAGE, "recipient": _placeholder}
AUDIT_TEXTS: Rules = {"action": _texts, "names": _in_json(_texts)}
AUDIT: Rules = {**AUDIT_TEXTS, "change": _changes_in_json}
# Of each kind of item.
ITEMS: dict[type[EntryItem], Rules] = {
    EmailItem: {
        **ADDRESSED,
        "subject": _placeholder,
        "sender": _texts,
        # The content is deleted, and none is taken from now on.
        "content_until": _nothing,
        "held_content_until": _nothing,
        "sent_only": _nothing,
    },
    SmsItem: {**ADDRESSED, "text": _placeholder},
    PushItem: {**MESSAGE, "subject": _placeholder, "text": _placeholder, "reason": _nothing},
    ActivityItem: {"name": _placeholder, "action": _texts, "ip": _nothing, "details": _json_placeholder},
    AuditCopyItem: AUDIT,
    AuditItem: {**AUDIT, "others": _changes_in_json},
}

LINE_ADDRESSED: Rules = {"recipient": _placeholder, "events": _event_rows}
LINE_TEXTS: Rules = {"action": _texts, "names": _texts}
# Of a line by its log; a line of offloaded changes has none.
LINES: dict[str | None, Rules] = {
    "email": {
        **LINE_ADDRESSED,
        "subject": _placeholder,
        "sender": _texts,
        "bounce": _bounce,
        "message_id": _message_id,
    },
    "sms": {**LINE_ADDRESSED, "text": _placeholder},
    "push": {"events": _event_rows, **dict.fromkeys(("subject", "text", "reason"), _placeholder)},
    "activity": {"action": _texts, **dict.fromkeys(("name", "ip", "details"), _placeholder)},
    "audit": {**LINE_TEXTS, "affected": _changes},
    None: {"affected": _changes},
}
