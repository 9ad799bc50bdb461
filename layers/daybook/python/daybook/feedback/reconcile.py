"""Delivery events meet their entries, whichever comes first.

An event whose entry is not there yet is kept as pending beside the message's pointers. Both sides write first and read
second, with consistent reads: whoever comes later sees what the other wrote, and completes the pair. A pass reads all
that is known of a message and writes what follows from it, each write on the condition that what was read is unchanged.
So passes may be repeated, crossed and broken off anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.core.keyed_hash import KeyedHash
from daybook.model import event_set
from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.retention_policy import PENDING_FOR
from daybook.storage import attributes
from daybook.storage.attributes import with_expiry
from daybook.storage.items import entry_items, entry_pointers, event_attributes
from daybook.storage.items.entry_pointers import MessageKey
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Change, Delete, Insert, Item, Key, Store, Update, key_attributes, key_of

Outcome = Literal["duplicate", "parked", "applied"]


_OUTCOMES: tuple[Outcome, ...] = ("duplicate", "parked", "applied")


class Listener(Protocol):
    """Who has to know what befell an address before its entry does; see `blacklist.address_store.AddressStore`."""

    def hear(
        self,
        org: str,
        address: str,
        record: Record,
        delivery_events: Sequence[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None: ...

    def hear_erased(
        self,
        org: str,
        recipient_hash: str,
        record: Record,
        delivery_events: Sequence[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None: ...

    def erase(self, org: str, recipient_hash: str) -> bool: ...


class _Target(Struct, frozen=True):
    """An entry that is here, and the events that it has. An erased one takes no more."""

    recipient: str
    item: Item
    events: EventSet

    @property
    def is_erased(self) -> bool:
        return entry_items.ERASED in self.item


class _Message(Struct):
    """All that is known of a message in one log: what was received just now, by recipient, and what the table has.

    Recipients are hashes here, as in keys, and "" where an event names nobody. `pending` are items by recipient.
    `notified` are keys of the entries, not erased then, of which the listener was told.
    """

    log: str
    message_id: str
    received: dict[str, EventSet]
    now: datetime
    pointers: list[Item] = []
    pending: dict[str, Item] = {}
    targets: list[_Target] = []
    notified: set[Key] = set()

    @property
    def key(self) -> MessageKey:
        return self.log, self.message_id

    def targets_of(self, recipient: str) -> list[_Target]:
        """The entries that an event of this recipient is about; one that names nobody is about the whole message."""
        return [target for target in self.targets if recipient in ("", target.recipient)]

    def awaits_entry(self, recipient: str) -> bool:
        """Whether an entry that such an event is about is still to come."""
        targets = self.targets_of(recipient)
        pointers = [pointer for pointer in self.pointers if recipient in ("", _recipient(pointer))]
        return not targets or len(targets) < len(pointers)

    def pending_events(self, recipient: str) -> EventSet:
        """The pending events of this recipient, until they expire."""
        item = self.pending.get(recipient)
        return () if item is None or not attributes.is_visible(item, self.now) else event_attributes.events(item)

    def unapplied(self, recipient: str) -> EventSet:
        """The events of this recipient that are pending or were received just now."""
        return event_set.merge(self.pending_events(recipient), self.received.get(recipient, ()))

    def unapplied_to(self, target: _Target) -> EventSet:
        """The same of all that are about this entry."""
        of_all = (event for event in self.unapplied("") if not self.is_shared("", event))
        return event_set.merge(self.unapplied(target.recipient) if target.recipient else (), of_all)

    def is_erased(self, recipient: str) -> bool:
        """Whether every entry that such an event is about was erased, so that nobody is to keep it."""
        return all(target.is_erased for target in self.targets_of(recipient)) and not self.awaits_entry(recipient)

    def merged(self, target: _Target) -> EventSet:
        """All events that this entry should have: those of entries of the same recipient in other records, too."""
        alike = self.targets_of(target.recipient) if target.recipient else [target]
        return event_set.merge(*(other.events for other in alike if not other.is_erased), self.unapplied_to(target))

    def is_shared(self, recipient: str, event: DeliveryEvent) -> bool:
        """Whether it is the message's and no person's: SES does not know which of several recipients opened it."""
        return self.log == "email" and not recipient and event.type in ENGAGEMENT

    def stays_pending(self, recipient: str) -> bool:
        """Whether such events stay pending once they are applied: those of a whole e-mail, for entries to come."""
        return self.log == "email" and not recipient and not self.is_erased(recipient)


class Reconciler:
    def __init__(self, *, table: Store, listener: Listener, digest: KeyedHash, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._listener = listener
        self._digest = digest
        self._clock = clock

    def apply(self, events: Sequence[RecipientEvent]) -> list[Outcome]:
        """Apply events to their entries, or keep them as pending (`parked`); durable when this returns.

        StoreBusyError: try all again. What is about an erased entry only is a `duplicate`: it is written nowhere, but
        what speaks against an address blocks it.
        """
        events = [replace(event, recipient=event.recipient and self._digest(event.recipient)) for event in events]
        received: dict[MessageKey, dict[str, list[DeliveryEvent]]] = defaultdict(lambda: defaultdict(list))
        for event in events:
            received[event.log, event.message_id][event.recipient].append(event.what)
        now = self._clock()
        messages = [
            _Message(log, message_id, {name: event_set.merge(of_name) for name, of_name in by_recipient.items()}, now)
            for (log, message_id), by_recipient in received.items()
        ]
        ranks = [0] * len(events)
        for read in self._passes(messages):
            by_key = {message.key: message for message in read}
            for index, event in enumerate(events):
                message = by_key.get((event.log, event.message_id))
                if message is not None:
                    ranks[index] = max(ranks[index], _OUTCOMES.index(_outcome(message, event)))
        return [_OUTCOMES[rank] for rank in ranks]

    def settle(self, messages: Iterable[MessageKey]) -> None:
        """Apply the pending events of these messages to the entries that have come. StoreBusyError."""
        now = self._clock()
        for _ in self._passes([_Message(log, message_id, {}, now) for log, message_id in messages]):
            pass

    def _passes(self, messages: list[_Message]) -> Iterator[list[_Message]]:
        """Read and write until nothing is left to do; yields the messages of each pass as they were read."""
        for _ in attempts("too many are writing the same entries"):
            self._read(messages)
            yield messages
            messages = self._write(messages)
            if not messages:
                return

    def _read(self, messages: list[_Message]) -> None:
        pks = [message_keys.partition(message.message_id) for message in messages]
        items = self._table.partitions(list(dict.fromkeys(pks)))
        for message, pk in zip(messages, pks, strict=True):
            _sort(message, (item for item in items if item["pk"]["S"] == pk))
        keys = dict.fromkeys(_entry_of(pointer) for message in messages for pointer in message.pointers)
        entries = self._table.get(list(keys))
        for message in messages:
            message.targets = [
                _Target(_recipient(pointer), entry, event_attributes.events(entry))
                for pointer in message.pointers
                if (entry := entries.get(_entry_of(pointer))) is not None
            ]

    def _write(self, messages: list[_Message]) -> list[_Message]:
        """Write what follows from what was read; gives the messages that have to be read once more."""
        changes: list[Change] = []
        owners: list[MessageKey] = []
        unsettled: set[MessageKey] = set()
        for message in messages:
            updates = self._updates(message)
            of_pending, reads_again = self._pending_changes(message, {update.key for update in updates})
            changes += [*updates, *of_pending]
            owners += [message.key] * (len(updates) + len(of_pending))
            if reads_again:
                unsettled.add(message.key)
        written = self._table.write(changes)
        unsettled |= {owner for owner, is_written in zip(owners, written, strict=True) if not is_written}
        return [message for message in messages if message.key in unsettled]

    def _updates(self, message: _Message) -> list[Update]:
        """Updates of the entries that lack events; the listener is told first.

        Then an entry that has a bounce is one whose address is listed, whatever broke off in between.
        """
        updates = []
        for target in message.targets:
            if target.is_erased:
                self._notify_of_erased(message, target)
                continue
            merged = message.merged(target)
            if merged == target.events:
                continue
            if message.log == "email":
                self._notify(message, target, [event for event in merged if event not in target.events])
            updates.append(event_attributes.update(target.item, merged))
        return updates

    def _notify(self, message: _Message, target: _Target, events: Sequence[DeliveryEvent]) -> None:
        key = entry_items.entry_key(target.item)
        org, record = record_keys.split_partition(key.pk)
        # As it was written: SES's suppression list tells capitals from small letters.
        address = target.item["recipient"]["S"]
        message.notified.add(key.key)
        self._listener.hear(org, address, record, events, message_id=message.message_id, sent=key.instant)

    def _notify_of_erased(self, message: _Message, target: _Target) -> None:
        if message.log != "email":
            return
        key = entry_items.entry_key(target.item)
        org, record = record_keys.split_partition(key.pk)
        recipient_hash = target.item["recipient_hash"]["S"]
        if events := message.unapplied_to(target):
            self._listener.hear_erased(
                org, recipient_hash, record, events, message_id=message.message_id, sent=key.instant
            )
        if key.key in message.notified:
            # Erased between our read and our write: whoever erased may have passed by before we told the listener.
            self._listener.erase(org, recipient_hash)

    def _pending_changes(self, message: _Message, updated: set[Key]) -> tuple[list[Change], bool]:
        """Keep what has no entry as pending, delete what its entries have by now; and whether to read once more."""
        changes: list[Change] = []
        reads_again = False
        for recipient in {**message.received, **message.pending}:
            if message.stays_pending(recipient) or message.awaits_entry(recipient):
                change = self._pending_change(message, recipient)
                if change is not None:
                    changes.append(change)
                    reads_again = True
            elif recipient in message.pending:
                if any(key_of(target.item) in updated for target in message.targets_of(recipient)):
                    reads_again = True
                else:
                    item = message.pending[recipient]
                    changes.append(Delete(key_of(item), event_attributes.unchanged(item)))
        return changes, reads_again

    def _pending_change(self, message: _Message, recipient: str) -> Change | None:
        events, item = message.unapplied(recipient), message.pending.get(recipient)
        if not events:
            return None
        as_pointers = message.stays_pending(recipient) and message.pointers
        expiry = (
            entry_pointers.latest_expiry(message.pointers)
            if as_pointers
            else with_expiry({}, timestamps.epoch_seconds(self._clock() + PENDING_FOR))
        )
        if not attributes.is_visible(expiry, message.now):
            # All its entries have expired, and are only still there.
            return None
        key = message_keys.partition(message.message_id), message_keys.pending_events(message.log, recipient)
        put: Item = {"events": {"B": event_set.pack(events)}, **expiry}
        if item is None:
            return Insert(key_attributes(key) | put)
        before = {name: item[name] for name in ("expires_at", "held_until") if name in item}
        if events == message.pending_events(recipient) and (not as_pointers or expiry == before):
            return None
        return Update(key, put, [name for name in before if name not in expiry], event_attributes.unchanged(item))


def _sort(message: _Message, items: Iterable[Item]) -> None:
    """Tell a message's pointers from its pending events, as far as they are of its log."""
    message.pointers, message.pending = [], {}
    for item in items:
        pending = message_keys.split_pending_events(item["sk"]["S"])
        if pending is not None:
            log, recipient = pending
            if log == message.log:
                message.pending[recipient] = item
        elif "entry" in item and record_keys.split_entry(item["entry"]["S"])[0] == message.log:
            message.pointers.append(item)


def _outcome(message: _Message, event: RecipientEvent) -> Outcome:
    if message.is_erased(event.recipient):
        return "duplicate"
    is_shared = message.is_shared(event.recipient, event.what)
    targets = [] if is_shared else [target for target in message.targets_of(event.recipient) if not target.is_erased]
    if not targets:
        return "duplicate" if _has(message.pending_events(event.recipient), event) else "parked"
    return "duplicate" if all(_has(target.events, event) for target in targets) else "applied"


def _has(events: EventSet, event: RecipientEvent) -> bool:
    return any(other.identity == event.what.identity for other in events)


def _entry_of(pointer: Item) -> Key:
    return message_keys.split_pointer(pointer["sk"]["S"])[0], pointer["entry"]["S"]


def _recipient(pointer: Item) -> str:
    """The hash that stands for it."""
    return message_keys.split_pointer(pointer["sk"]["S"])[1]
