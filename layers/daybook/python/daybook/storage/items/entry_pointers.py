"""Pointers to entries: what makes an entry unique, and leads from its message to it.

There is one for the `key` that a caller posts (`record_keys.idempotency`), and one for each message and recipient
(`message_keys.pointer`). A pointer is put if its key is free: of several writers the first decides the entry's key.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from daybook.core.keyed_hash import KeyedHash
from daybook.model.entries import Activity, Audit, Email, Entry
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import AddressedItem, MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Update, assign, unchanged

# The log and id of a provider's message.
MessageKey = tuple[str, str]


def message_of(entry: Entry) -> MessageKey | None:
    """The message of an entry; None where it has no message id."""
    if isinstance(entry, Activity | Audit) or entry.message_id is None:
        return None
    return entry_items.log_of(entry), entry.message_id


def keys_of(entry: Entry, pk: str, instant: str, keyed_hash: KeyedHash) -> list[Key]:
    """Keys of the pointers to an entry in this partition, the one of its `key` first; none where it has neither."""
    keys = []
    if entry.key is not None:
        keys.append((pk, record_keys.idempotency(entry_items.log_of(entry), instant, keyed_hash(entry.key))))
    message = message_of(entry)
    if message is not None:
        recipient_hash = entry_items.recipient_hash(entry, keyed_hash)
        keys.append((message_keys.partition(message[1]), message_keys.pointer(pk, recipient_hash)))
    return keys


def pending_events_keys(entry: Entry, keyed_hash: KeyedHash) -> list[Key]:
    """Keys of the events that may have come before an entry; none without a message id."""
    message = message_of(entry)
    if message is None:
        return []
    log, message_id = message
    recipients = ["", entry_items.recipient_hash(entry, keyed_hash)] if isinstance(entry, Email) else [""]
    pk = message_keys.partition(message_id)
    return [(pk, message_keys.pending_events(log, recipient)) for recipient in recipients]


def make(key: Key, entry_key: EntryKey, expires_at: int | None) -> PointerItem:
    """The pointer with this key to an entry; `expires_at` is an epoch second, None for never."""
    return PointerItem(*key, entry=entry_key.sk, expires_at=expires_at)


def redirection(pointer: PointerItem, entry_key: EntryKey, expires_at: int | None) -> Update:
    """The update that makes a pointer, if it is as it was read, lead to another entry; `expires_at` as in `make`."""
    actions = [PointerItem.entry.set(entry_key.sk), assign(PointerItem.expires_at, expires_at)]
    return Update(pointer.key, actions, unchanged(pointer, PointerItem.entry, PointerItem.expires_at))


def message_pointer_key(entry: Item) -> Key | None:
    """Key of the pointer from an entry's message to it; None for an item that is no entry with a message id."""
    if not isinstance(entry, MessageItem) or entry.message_id is None:
        return None
    recipient_hash = entry.recipient_hash if isinstance(entry, AddressedItem) else ""
    return message_keys.partition(entry.message_id), message_keys.pointer(entry.pk, recipient_hash)


class Expiry(Struct, frozen=True):
    """When an item expires: `expires_at`, or `held_until` while it is held, in epoch seconds; neither for never."""

    expires_at: int | None = None
    held_until: int | None = None

    @classmethod
    def of(cls, item: Item) -> Expiry:
        return cls(item.expires_at, item.held_until)


def latest_expiry(pointers: Iterable[PointerItem]) -> Expiry:
    """That of the pointer that expires last: how long the pending events of a message are kept.

    Neither where one never expires, or where there is no pointer; `held_until` where one of them is held.
    """
    known = list(pointers)
    expiries = [pointer.unheld_expiry for pointer in known]
    latest = max((expiry for expiry in expiries if expiry is not None), default=None)
    if latest is None or None in expiries:
        return Expiry()
    is_held = any(pointer.held_until is not None for pointer in known)
    return Expiry(held_until=latest) if is_held else Expiry(expires_at=latest)
