"""The delivery events in the item of a message or of pending events, and the attributes that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from daybook.model import delivery_status, event_set
from daybook.model.entries import Email
from daybook.model.event_set import EventSet
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.entries import EmailItem, MessageItem, SmsItem
from daybook.storage.models.item import Item
from daybook.storage.models.messages import PendingEventsItem
from daybook.storage.store import Update, assign, unchanged


def events(item: MessageItem | PendingEventsItem) -> EventSet:
    """The events that an entry or an item of pending events holds."""
    return () if item.events is None else event_set.unpack(item.events)


def are_unchanged(item: MessageItem | PendingEventsItem) -> Condition:
    """The condition that the events of an item are as they were read."""
    return unchanged(item, type(item).events)


def update(item: MessageItem, events: EventSet) -> Update:
    """The update that gives an entry these events and what follows from them.

    It fails where its events or its posted status are not as they were read, or a person has been erased from it since.
    """
    wanted = {"events": event_set.pack(events), **_state(item, item.posted, events)}
    # An entry without events has none before its erasure, and none after it: its events alone do not tell.
    condition = unchanged(item, MessageItem.events, MessageItem.posted) & MessageItem.erased.does_not_exist()
    return Update(item.key, _assignments(item, wanted), condition)


def completion(item: EmailItem, entry: Email, content_until: int | None) -> Update:
    """The update that adds what the mailer posts of an e-mail to the item that its events have made.

    The status is as if it had been posted first. It fails where another writer was first, or the events are not as they
    were read. `content_until` is as in `entry_items.make`.
    """
    posted = entry_items.posted_status(entry)
    wanted = {"sent_only": None, "subject": entry.subject, "posted": posted, **_state(item, posted, events(item))}
    if entry.sender is not None:
        wanted["sender"] = entry.sender
    if content_until is not None:
        wanted["content_until"] = content_until
    return Update(item.key, _assignments(item, wanted), unchanged(item, EmailItem.sent_only, EmailItem.events))


def _assignments(item: Item, wanted: Mapping[str, Any]) -> list[Action]:
    """The actions that give an item these attributes, None for those that it is to be without."""
    attributes = item.get_attributes()
    return [
        assign(attributes[name], value) for name, value in wanted.items() if item.attribute_values.get(name) != value
    ]


def _state(item: MessageItem, posted: Any, events: EventSet) -> dict[str, Any]:
    """Attributes by name, None for those that the item is to be without. `posted` is as the attribute."""
    key = entry_items.entry_key(item)
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
