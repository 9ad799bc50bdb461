"""The delivery events in the item of a message, or in one of pending events, and the attributes that follow from them.

Pending events (`message_keys.pending_events`) came before their entry, or are about a whole message. Their item has:

| attribute | what it holds |
| --- | --- |
| `events` | the event set, packed (`model.event_set.pack`) |
| `expires_at` | a week after it was written; of a whole e-mail as the last of the message's pointers |
| `held_until` | what `expires_at` would be, while a pointer of the message is held |
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from daybook.model import delivery_status, event_set
from daybook.model.event_set import EventSet
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import ERASED, EntryKey
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.store import Item, RawUpdate


def events(item: Item) -> EventSet:
    """The events that an entry or an item of pending events holds."""
    return event_set.unpack(base64.b64decode(item["events"]["B"])) if "events" in item else ()


def unchanged(item: Item) -> dict[str, dict[str, Any] | None]:
    """The condition that the events of an item are as they were read."""
    return {"events": {"B": base64.b64decode(item["events"]["B"])} if "events" in item else None}


def update(item: Item, events: EventSet) -> RawUpdate:
    """The update that gives an entry these events and what follows from them, if its events are as they were read.

    It fails where a person has been erased from the entry since.
    """
    wanted: dict[str, Any] = {"events": {"B": event_set.pack(events)}}
    key = entry_items.entry_key(item)
    if key.log == "email":
        wanted |= _email_state(item, key, events)
    elif key.log == "sms":
        wanted |= _sms_state(key, events)
    else:
        state = delivery_status.push(events)
        wanted |= {"status": _text(state.status), "reason": _text(state.reason)}
    changed = {name: value for name, value in wanted.items() if item.get(name) != value}
    return RawUpdate(
        key.key,
        put={name: value for name, value in changed.items() if value is not None},
        drop=[name for name, value in changed.items() if value is None],
        # An entry without events has none before its erasure, and none after it: its events alone do not tell.
        seen=unchanged(item) | {ERASED: None},
    )


def _email_state(item: Item, key: EntryKey, events: EventSet) -> dict[str, Any]:
    posted: Any = item.get("posted", {"S": "queued"})["S"]
    state = delivery_status.email(posted, key.instant, events)
    return {
        **_message_state(key, state.status, state.last_activity_at),
        "opens": _count(state.opens),
        "clicks": _count(state.clicks),
        "bounce": None if state.bounce is None else {"S": msgspec.json.encode(state.bounce).decode()},
    }


def _sms_state(key: EntryKey, events: EventSet) -> dict[str, Any]:
    state = delivery_status.sms(key.instant, events)
    return {**_message_state(key, state.status, state.last_activity_at), "reason": _text(state.reason)}


def _message_state(key: EntryKey, status: str, activity: str) -> Item:
    org, log = org_keys.org_of(key.pk), key.log
    return {
        "status": {"S": status},
        "activity_key": {"S": index_keys.activity_key(log, activity, key.suffix)},
        "status_key": {"S": index_keys.status_key(log, status, key.instant, key.suffix)},
        "org_status": {"S": index_keys.org_status(org, log, delivery_status.status_class(status))},
    }


def _count(number: int) -> dict[str, str] | None:
    return {"N": str(number)} if number else None


def _text(text: str | None) -> dict[str, str] | None:
    return None if text is None else {"S": text}
