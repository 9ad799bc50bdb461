"""The delivery events in the item of a message or of pending events, and the attributes that follow from them."""

from __future__ import annotations

from typing import Any

from pynamodb.expressions.condition import Condition

from daybook.model import delivery_status, event_set
from daybook.model.event_set import EventSet
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.entries import EmailItem, MessageItem, SmsItem
from daybook.storage.models.messages import PendingEventsItem
from daybook.storage.store import Update, assign, unchanged


def events(item: MessageItem | PendingEventsItem) -> EventSet:
    """The events that an entry or an item of pending events holds."""
    return () if item.events is None else event_set.unpack(item.events)


def are_unchanged(item: MessageItem | PendingEventsItem) -> Condition:
    """The condition that the events of an item are as they were read."""
    return unchanged(item, type(item).events)


def update(item: MessageItem, events: EventSet) -> Update:
    """The update that gives an entry these events and what follows from them, if its events are as they were read.

    It fails where a person has been erased from the entry since.
    """
    key = entry_items.entry_key(item)
    wanted = {"events": event_set.pack(events), **_state(item, key, events)}
    attributes = item.get_attributes()
    actions = [
        assign(attributes[name], value) for name, value in wanted.items() if item.attribute_values.get(name) != value
    ]
    # An entry without events has none before its erasure, and none after it: its events alone do not tell.
    return Update(key.key, actions, are_unchanged(item) & MessageItem.erased.does_not_exist())


def _state(item: MessageItem, key: EntryKey, events: EventSet) -> dict[str, Any]:
    """Attributes by name, None for those that the item is to be without."""
    posted: Any = item.posted
    match item:
        case EmailItem():
            email = delivery_status.email(posted or "queued", key.instant, events)
            return {
                **_message_state(key, email.status, email.last_activity_at),
                "opens": email.opens or None,
                "clicks": email.clicks or None,
                "outcome": entry_items.outcome_text(email.outcome),
            }
        case SmsItem():
            reason: Any = item.posted_reason
            sms = delivery_status.sms(posted or "delivery", reason, key.instant, events)
            return {
                **_message_state(key, sms.status, sms.last_activity_at),
                "reason": sms.reason,
                "outcome": entry_items.outcome_text(sms.outcome),
            }
    push = delivery_status.push(posted, key.instant, events)
    return {"status": push.status, "reason": push.reason, "outcome": entry_items.outcome_text(push.outcome)}


def _message_state(key: EntryKey, status: str, activity: str) -> dict[str, str]:
    org, log = org_keys.org_of(key.pk), key.log
    return {
        "status": status,
        "activity_key": index_keys.activity_key(log, activity, key.suffix),
        "status_key": index_keys.status_key(log, status, key.instant, key.suffix),
        "org_status": index_keys.org_status(org, log, delivery_status.status_class(status)),
    }
