"""Applies delivery events to their entries, whichever of the two arrives first.

An event without its entry is stored as pending, in the partition of its message. The writer of the entry and the writer
of the event both write first and then read, consistently: the later one sees what the other wrote and adds the event.
A pass reads all items of a message and writes what follows from them, each write conditional on what was read. So
passes may be repeated, run concurrently, and be interrupted anywhere.
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
from daybook.model import event_set, retention_policy
from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.retention_policy import PENDING_FOR
from daybook.storage.items import entry_items, entry_pointers, event_attributes
from daybook.storage.items.entry_pointers import Expiry, MessageKey
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import EmailItem, MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Change, Delete, Insert, Store, Update, assign

Outcome = Literal["duplicate", "parked", "applied"]
_OUTCOMES: tuple[Outcome, ...] = ("duplicate", "parked", "applied")


class Listener(Protocol):
    """The blacklist, which learns of an event before the entry does: `blacklist.address_store.AddressStore`."""

    def record_events(
        self,
        org: str,
        address: str,
        record: Record,
        delivery_events: Sequence[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None: ...

    def record_events_of_erased(
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
    """An entry that events are for, and the events that it has. An erased one gets no more."""

    recipient_hash: str
    item: MessageItem
    known: EventSet

    @property
    def is_erased(self) -> bool:
        return self.item.erased is not None


class _Message(Struct):
    """All events of a message in one log: those just received, by recipient, and what the table holds.

    Recipients are keyed hashes, and "" where an event names no recipient. `pointers` are the items that name the
    message's entries, `pending` the items of its pending events, by recipient. `notified` are the keys of the entries,
    not erased at that time, whose events the listener was given.
    """

    log: str
    message_id: str
    received: dict[str, EventSet]
    now: datetime
    pointers: list[PointerItem] = []
    pending: dict[str, PendingEventsItem] = {}
    targets: list[_Target] = []
    notified: set[Key] = set()

    @property
    def key(self) -> MessageKey:
        return self.log, self.message_id

    def targets_of(self, recipient: str) -> list[_Target]:
        """The existing entries that an event of this recipient is for: all, where it names no recipient."""
        return [target for target in self.targets if recipient in ("", target.recipient_hash)]

    def awaits_entry(self, recipient: str) -> bool:
        """Whether an entry that an event of this recipient is for does not exist yet."""
        targets = self.targets_of(recipient)
        pointers = [pointer for pointer in self.pointers if recipient in ("", _recipient_hash(pointer))]
        return not targets or len(targets) < len(pointers)

    def pending_events(self, recipient: str) -> EventSet:
        """The pending events of this recipient in the table, unless they have expired."""
        item = self.pending.get(recipient)
        return () if item is None or not item.is_visible(self.now) else event_attributes.events(item)

    def new_events(self, recipient: str) -> EventSet:
        """The pending and the received events of this recipient."""
        return event_set.merge(self.pending_events(recipient), self.received.get(recipient, ()))

    def is_erased(self, recipient: str) -> bool:
        """Whether every entry that an event of this recipient is for was erased, so that the event is not stored."""
        return all(target.is_erased for target in self.targets_of(recipient)) and not self.awaits_entry(recipient)

    def events_for(self, target: _Target) -> EventSet:
        """All events that this entry should have, with those of the same recipient's entries in other records."""
        same_recipient = self.targets_of(target.recipient_hash) if target.recipient_hash else [target]
        known = (entry.known for entry in same_recipient if not entry.is_erased)
        return event_set.merge(*known, self.new_events_for(target))

    def new_events_for(self, target: _Target) -> EventSet:
        """The pending and the received events for this entry."""
        of_message = (event for event in self.new_events("") if not self.is_shared("", event))
        return event_set.merge(self.new_events(target.recipient_hash) if target.recipient_hash else (), of_message)

    def is_shared(self, recipient: str, event: DeliveryEvent) -> bool:
        """Whether it belongs to the message and no recipient: SES does not say which of several opened it."""
        return self.log == "email" and not recipient and event.type in ENGAGEMENT

    def stays_pending(self, recipient: str) -> bool:
        """Whether events of this recipient stay pending: those of a whole e-mail, for entries still to come."""
        return self.log == "email" and not recipient


class Reconciler:
    """Applies delivery events to the entries in the table."""

    def __init__(
        self, *, table: Store, listener: Listener, keyed_hash: KeyedHash, clock: Callable[[], datetime]
    ) -> None:
        self._table = table
        self._listener = listener
        self._keyed_hash = keyed_hash
        self._clock = clock

    def apply(self, events: Sequence[RecipientEvent]) -> list[Outcome]:
        """Add events to their entries, or store them as pending; durable when this returns. One outcome an event.

        An event for erased entries only is a `duplicate`: it is stored nowhere, but one that counts against an address
        blocks it. StoreBusyError where all of it has to be repeated.
        """
        hashed = [replace(each, recipient=each.recipient and self._keyed_hash(each.recipient)) for each in events]
        received: dict[MessageKey, dict[str, list[DeliveryEvent]]] = defaultdict(lambda: defaultdict(list))
        for each in hashed:
            received[each.log, each.message_id][each.recipient].append(each.event)
        now = self._clock()
        messages = [
            _Message(
                log, message_id, {recipient: event_set.merge(of_one) for recipient, of_one in by_recipient.items()}, now
            )
            for (log, message_id), by_recipient in received.items()
        ]
        ranks = [0] * len(hashed)
        for pass_messages in self._passes(messages):
            by_key = {message.key: message for message in pass_messages}
            for position, each in enumerate(hashed):
                message = by_key.get((each.log, each.message_id))
                if message is not None:
                    ranks[position] = max(ranks[position], _OUTCOMES.index(_outcome_of(message, each)))
        return [_OUTCOMES[rank] for rank in ranks]

    def settle(self, messages: Iterable[MessageKey]) -> None:
        """Add the pending events of these messages to the entries that exist by now. StoreBusyError."""
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
        partitions = dict.fromkeys(message_keys.partition(message.message_id) for message in messages)
        items = self._table.partitions(Item, list(partitions))
        for message in messages:
            partition = message_keys.partition(message.message_id)
            _assign_items(message, (item for item in items if item.pk == partition))
        entry_keys = {_entry_key(pointer): None for message in messages for pointer in message.pointers}
        entries = self._table.get(MessageItem, list(entry_keys))
        for message in messages:
            message.targets = [
                _Target(_recipient_hash(pointer), item, event_attributes.events(item))
                for pointer in message.pointers
                if (item := entries.get(_entry_key(pointer))) is not None
            ]

    def _write(self, messages: list[_Message]) -> list[_Message]:
        """Write what follows from what was read; returns the messages that need another pass."""
        changes: list[Change] = []
        owners: list[_Message] = []
        unfinished: set[MessageKey] = set()
        for message in messages:
            entry_updates = self._entry_updates(message)
            pending_changes, is_unfinished = self._pending_changes(message, {change.key for change in entry_updates})
            changes += [*entry_updates, *pending_changes]
            owners += [message] * (len(entry_updates) + len(pending_changes))
            if is_unfinished:
                unfinished.add(message.key)
        written = self._table.write(changes)
        unfinished |= {owner.key for owner, is_written in zip(owners, written, strict=True) if not is_written}
        return [message for message in messages if message.key in unfinished]

    def _entry_updates(self, message: _Message) -> list[Update]:
        """Updates of the entries that lack events; the listener is given these events first.

        So an entry with a bounce is one whose address is blocked, wherever a pass is interrupted.
        """
        updates = []
        for target in message.targets:
            if target.is_erased:
                self._notify_of_erased(message, target)
                continue
            events = message.events_for(target)
            if events == target.known:
                continue
            entry_key = entry_items.entry_key(target.item)
            if isinstance(target.item, EmailItem):
                org, record = record_keys.split_partition(entry_key.pk)
                unknown = [event for event in events if event not in target.known]
                # The address as it was written: SES's suppression list is case-sensitive.
                address = target.item.recipient
                message.notified.add(target.item.key)
                self._listener.record_events(
                    org, address, record, unknown, message_id=message.message_id, sent=entry_key.instant
                )
            updates.append(event_attributes.update(target.item, events))
        return updates

    def _notify_of_erased(self, message: _Message, target: _Target) -> None:
        if not isinstance(target.item, EmailItem):
            return
        entry_key = entry_items.entry_key(target.item)
        org, record = record_keys.split_partition(entry_key.pk)
        recipient_hash = target.item.recipient_hash
        if events := message.new_events_for(target):
            self._listener.record_events_of_erased(
                org, recipient_hash, record, events, message_id=message.message_id, sent=entry_key.instant
            )
        if target.item.key in message.notified:
            # Erased between our read and our write: the erasure may have seen the address before we gave its events.
            self._listener.erase(org, recipient_hash)

    def _pending_changes(self, message: _Message, updated: set[Key]) -> tuple[list[Change], bool]:
        """Changes that store events without an entry as pending, and delete those that their entries have.

        With whether another pass is needed after them. `updated` are the keys of entries that this pass updates.
        """
        changes: list[Change] = []
        is_unfinished = False
        for recipient in {**message.received, **message.pending}:
            stays = message.stays_pending(recipient) and not message.is_erased(recipient)
            if stays or message.awaits_entry(recipient):
                change = self._pending_change(message, recipient)
                if change is not None:
                    changes.append(change)
                    is_unfinished = True
            elif recipient in message.pending:
                if any(target.item.key in updated for target in message.targets_of(recipient)):
                    is_unfinished = True
                else:
                    item = message.pending[recipient]
                    changes.append(Delete(item.key, event_attributes.are_unchanged(item)))
        return changes, is_unfinished

    def _pending_change(self, message: _Message, recipient: str) -> Change | None:
        events, item = message.new_events(recipient), message.pending.get(recipient)
        if not events:
            return None
        stays = message.stays_pending(recipient) and message.pointers
        expiry = (
            entry_pointers.latest_expiry(message.pointers)
            if stays
            else Expiry(timestamps.epoch_seconds(self._clock() + PENDING_FOR))
        )
        if retention_policy.is_expired(expiry.expires_at, message.now):
            # All its entries have expired, though TTL has not deleted them yet.
            return None
        packed = event_set.pack(events)
        if item is None:
            key = message_keys.partition(message.message_id), message_keys.pending_events(message.log, recipient)
            return Insert(
                PendingEventsItem(*key, events=packed, expires_at=expiry.expires_at, held_until=expiry.held_until)
            )
        if events == message.pending_events(recipient) and (not stays or expiry == Expiry.of(item)):
            return None
        actions = [
            PendingEventsItem.events.set(packed),
            assign(PendingEventsItem.expires_at, expiry.expires_at),
            assign(PendingEventsItem.held_until, expiry.held_until),
        ]
        return Update(item.key, actions, event_attributes.are_unchanged(item))


def _assign_items(message: _Message, items: Iterable[Item]) -> None:
    """Set the pointers and pending events of a message to those among `items` that are of its log."""
    message.pointers, message.pending = [], {}
    for item in items:
        match item:
            case PendingEventsItem():
                log, recipient = message_keys.split_pending_events(item.sk) or ("", "")
                if log == message.log:
                    message.pending[recipient] = item
            case PointerItem() if record_keys.split_entry(item.entry)[0] == message.log:
                message.pointers.append(item)


def _outcome_of(message: _Message, received: RecipientEvent) -> Outcome:
    if message.is_erased(received.recipient):
        return "duplicate"
    is_shared = message.is_shared(received.recipient, received.event)
    targets = [] if is_shared else [target for target in message.targets_of(received.recipient) if not target.is_erased]
    if not targets:
        return "duplicate" if _has(message.pending_events(received.recipient), received) else "parked"
    return "duplicate" if all(_has(target.known, received) for target in targets) else "applied"


def _has(events: EventSet, received: RecipientEvent) -> bool:
    return any(event.identity == received.event.identity for event in events)


def _entry_key(pointer: PointerItem) -> Key:
    return message_keys.split_pointer(pointer.sk)[0], pointer.entry


def _recipient_hash(pointer: PointerItem) -> str:
    return message_keys.split_pointer(pointer.sk)[1]
