"""Pointers to entries: what makes an entry unique, and leads from its message to it.

There is one for the `key` that a caller posts (`record_keys.idempotency`), and one for each message and recipient
(`message_keys.pointer`). A pointer is put if its key is free: of several writers the first decides the entry's key
(`entries.pointer_claims`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from daybook.core.keyed_hash import KeyedHash
from daybook.model import message_ids
from daybook.model.entries import Activity, Audit, Email, Entry
from daybook.storage.items import entry_items
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import AddressedItem, EmailItem, MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Update, assign, unchanged

# The log and id of a provider's message; that of an e-mail is in the form of `model.message_ids.canonical`.
MessageKey = tuple[str, str]


def message_of(entry: Entry) -> MessageKey | None:
    """The message of an entry; None where it has no message id."""
    if isinstance(entry, Activity | Audit) or entry.message_id is None:
        return None
    is_email = isinstance(entry, Email)
    return entry_items.log_of(entry), message_ids.canonical(entry.message_id) if is_email else entry.message_id


def message_id_of(entry: Item) -> str | None:
    """The id of an entry's message in that form; None for an item that is no entry with a message id."""
    if not isinstance(entry, MessageItem) or entry.message_id is None:
        return None
    return message_ids.canonical(entry.message_id) if isinstance(entry, EmailItem) else entry.message_id


class PointerKeys(Struct, frozen=True):
    """The keys of the pointers to an entry; None for one that it does not have. `key_hash` is that of its `key`."""

    message: Key | None = None
    key: Key | None = None
    key_hash: str | None = None

    def __iter__(self) -> Iterator[Key]:
        return (pointer for pointer in (self.message, self.key) if pointer is not None)


def keys_of(entry: Entry, pk: str, instant: str, keyed_hash: KeyedHash) -> PointerKeys:
    """Keys of the pointers to an entry in this partition."""
    key_hash = None if entry.key is None else keyed_hash(entry.key)
    key = None if key_hash is None else (pk, record_keys.idempotency(entry_items.log_of(entry), instant, key_hash))
    message = message_of(entry)
    if message is None:
        return PointerKeys(None, key, key_hash)
    pointer = message_keys.pointer(pk, entry_items.recipient_hash(entry, keyed_hash))
    return PointerKeys((message_keys.partition(message[1]), pointer), key, key_hash)


def make(key: Key, entry: str, expires_at: int | None, key_hash: str | None = None) -> PointerItem:
    """The pointer with this key to the entry with this sort key; `expires_at` is an epoch second, None for never.

    `key_hash` as in the item.
    """
    return PointerItem(*key, entry=entry, expires_at=expires_at, key_hash=key_hash)


def owners_key(pointer: PointerItem) -> PointerItem:
    """The pointer of the `key` with which a message's pointer was posted, to the same entry. ValueError without one."""
    if pointer.key_hash is None:
        raise ValueError("a pointer of a message that was posted without a key")
    log, instant, _ = record_keys.split_entry(pointer.entry)
    key = message_keys.split_pointer(pointer.sk)[0], record_keys.idempotency(log, instant, pointer.key_hash)
    return make(key, pointer.entry, pointer.unheld_expiry)


def replacement(pointer: PointerItem, new: PointerItem) -> Update:
    """The update that makes an expired pointer, if it is as it was read, what another with its key would be."""
    attributes = (PointerItem.entry, PointerItem.expires_at, PointerItem.key_hash)
    actions = [assign(attribute, getattr(new, attribute.attr_name)) for attribute in attributes]
    return Update(pointer.key, actions, unchanged(pointer, PointerItem.entry, PointerItem.expires_at))


def redirection_by_key(pointer: PointerItem, entry: str) -> Update:
    """The update that makes a message's pointer lead to the entry that its `key` has decided."""
    actions = [PointerItem.entry.set(entry), PointerItem.key_hash.remove()]
    return Update(pointer.key, actions, unchanged(pointer, PointerItem.entry, PointerItem.key_hash))


def message_pointer_key(entry: Item) -> Key | None:
    """Key of the pointer from an entry's message to it; None for an item that is no entry with a message id."""
    message_id = message_id_of(entry)
    if message_id is None:
        return None
    recipient_hash = entry.recipient_hash if isinstance(entry, AddressedItem) else ""
    return message_keys.partition(message_id), message_keys.pointer(entry.pk, recipient_hash)


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
