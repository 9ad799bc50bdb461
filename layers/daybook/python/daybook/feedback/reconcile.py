"""Applies delivery events to their entries, whichever of the two arrives first.

An event without its entry is stored as pending, in the partition of its message. The writer of the entry and the writer
of the event both write first and then read, consistently: the later one sees what the other wrote and adds the event.
A pass reads the pointers of a message and, page by page, the entries that its events are for. It writes what follows
from them, each write conditional on what was read. So passes may be repeated, run concurrently, and be interrupted
anywhere. Where a write fails, only the entries of the same recipient are read again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import msgspec
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
from daybook.storage.store import GET_BATCH, Change, Delete, Insert, Store, Update, assign

Outcome = Literal["duplicate", "parked", "applied"]
_OUTCOMES: tuple[Outcome, ...] = ("duplicate", "parked", "applied")

# As many entries are read and written at once: those of one BatchGetItem.
PAGE = GET_BATCH


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
    not erased at that time, whose events the listener was given. `posted` are recipients whose entries were written
    just now. A pass reads the entries of `left` only; None for all that its events are for.

    `targets` are the entries of the page at hand. Of all pages of the pass are, by recipient, how many entries are
    `stored`, who has entries that are not erased (`alive`), which received events some of those lack, and whose entries
    are `updated`.
    """

    log: str
    message_id: str
    received: dict[str, EventSet]
    now: datetime
    posted: frozenset[str] = frozenset()
    pointers: list[PointerItem] = []
    pending: dict[str, PendingEventsItem] = {}
    left: frozenset[str] | None = None
    notified: set[Key] = set()
    targets: list[_Target] = []
    stored: Counter[str] = msgspec.field(default_factory=Counter)
    alive: set[str] = set()
    lacking: dict[str, set[tuple[str, ...]]] = {}
    updated: set[str] = set()

    @property
    def key(self) -> MessageKey:
        return self.log, self.message_id

    def begin(self, items: Iterable[Item]) -> None:
        """Begin a pass with what is stored of the message, among items of its partition."""
        self.pointers, self.pending, self.targets = [], {}, []
        self.stored, self.alive, self.lacking, self.updated = Counter(), set(), defaultdict(set), set()
        for item in items:
            match item:
                case PendingEventsItem():
                    log, recipient = message_keys.split_pending_events(item.sk) or ("", "")
                    if log == self.log:
                        self.pending[recipient] = item
                case PointerItem() if record_keys.split_entry(item.entry)[0] == self.log:
                    self.pointers.append(item)

    def is_concerned(self, recipient: str) -> bool:
        """Whether the pass reads the entries of this recipient.

        Pending events of a whole e-mail were given to all entries when they came: they are for those just posted.
        """
        if self.left is not None and recipient not in self.left:
            return False
        named = self.received.keys() | self.pending.keys() | self.posted
        of_all = "" in self.received or (self.log != "email" and "" in named)
        return of_all or recipient in named

    def groups(self) -> list[list[PointerItem]]:
        """The pointers of the concerned recipients: together those whose entries have one history."""
        by_recipient: dict[str, list[PointerItem]] = defaultdict(list)
        for pointer in self.pointers:
            by_recipient[_recipient_hash(pointer)].append(pointer)
        return [
            group
            for recipient, of_one in by_recipient.items()
            if self.is_concerned(recipient)
            for group in ([of_one] if recipient else [[pointer] for pointer in of_one])
        ]

    def read(self, targets: list[_Target]) -> None:
        """Go on to the next page, of these entries that exist."""
        self.targets = targets
        self.stored.update(target.recipient_hash for target in targets)
        for target in targets:
            if target.is_erased:
                continue
            self.alive.add(target.recipient_hash)
            identities = {event.identity for event in target.known}
            for recipient in ("", target.recipient_hash):
                received = {event.identity for event in self.received.get(recipient, ())}
                self.lacking.setdefault(recipient, set()).update(received - identities)

    def targets_of(self, recipient: str) -> list[_Target]:
        """The entries of the page that an event of this recipient is for: all, where it names no recipient."""
        return [target for target in self.targets if recipient in ("", target.recipient_hash)]

    def awaits_entry(self, recipient: str) -> bool:
        """Whether an entry that an event of this recipient is for does not exist yet, or was not read."""
        stored = self.stored[recipient] if recipient else self.stored.total()
        pointers = [pointer for pointer in self.pointers if recipient in ("", _recipient_hash(pointer))]
        return not stored or stored < len(pointers)

    def has_living(self, recipient: str) -> bool:
        """Whether an entry that an event of this recipient is for was not erased."""
        return recipient in self.alive if recipient else bool(self.alive)

    def pending_events(self, recipient: str) -> EventSet:
        """The pending events of this recipient in the table, unless they have expired."""
        item = self.pending.get(recipient)
        return () if item is None or not item.is_visible(self.now) else event_attributes.events(item)

    def new_events(self, recipient: str) -> EventSet:
        """The pending and the received events of this recipient."""
        return event_set.merge(self.pending_events(recipient), self.received.get(recipient, ()))

    def is_erased(self, recipient: str) -> bool:
        """Whether every entry that an event of this recipient is for was erased, so that the event is not stored."""
        return not self.has_living(recipient) and not self.awaits_entry(recipient)

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


# Messages, and of each the pointers of the entries that are read.
_Page: TypeAlias = list[tuple[_Message, list[PointerItem]]]


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
                if message is not None and message.is_concerned(each.recipient):
                    ranks[position] = max(ranks[position], _OUTCOMES.index(_outcome_of(message, each)))
        return [_OUTCOMES[rank] for rank in ranks]

    def settle(self, posted: Mapping[MessageKey, Collection[str]]) -> None:
        """Add pending events to the entries that exist by now, by message for these recipients. StoreBusyError.

        Recipients are keyed hashes, "" for the entries of a push.
        """
        now = self._clock()
        messages = [_Message(*message, {}, now, frozenset(recipients)) for message, recipients in posted.items()]
        for _ in self._passes(messages):
            pass

    def _passes(self, messages: list[_Message]) -> Iterator[list[_Message]]:
        """Read and write until nothing is left to do; yields the messages of each pass, read to the end."""
        for _ in attempts("too many are writing the same entries"):
            self._begin(messages)
            unfinished: dict[MessageKey, set[str]] = defaultdict(set)
            for page, is_last in _pages(messages):
                self._read(page)
                for message, recipient in self._write(page, messages if is_last else []):
                    unfinished[message.key].add(recipient)
            yield messages
            messages = [message for message in messages if message.key in unfinished]
            if not messages:
                return
            for message in messages:
                recipients = unfinished[message.key]
                # Events that name no recipient are for all.
                is_of_some = message.log == "email" and "" not in recipients
                message.left = frozenset(recipients) if is_of_some else None

    def _begin(self, messages: list[_Message]) -> None:
        partitions = dict.fromkeys(message_keys.partition(message.message_id) for message in messages)
        items: dict[str, list[Item]] = defaultdict(list)
        for item in self._table.partitions(Item, list(partitions)):
            items[item.pk].append(item)
        for message in messages:
            message.begin(items[message_keys.partition(message.message_id)])

    def _read(self, page: _Page) -> None:
        """Read the entries of a page."""
        entry_keys = {_entry_key(pointer): None for _, pointers in page for pointer in pointers}
        entries = self._table.get(MessageItem, list(entry_keys))
        for message, pointers in page:
            message.read(
                [
                    _Target(_recipient_hash(pointer), item, event_attributes.events(item))
                    for pointer in pointers
                    if (item := entries.get(_entry_key(pointer))) is not None
                ]
            )

    def _write(self, page: _Page, read: list[_Message]) -> list[tuple[_Message, str]]:
        """Write what follows from a page, and from all pages of the messages that are `read` to the end.

        Returns the messages and recipients that need another pass.
        """
        changes: list[Change] = []
        owners: list[tuple[_Message, str]] = []
        unfinished: list[tuple[_Message, str]] = []
        for message, _ in page:
            for recipient, update in self._entry_updates(message):
                changes.append(update)
                owners.append((message, recipient))
                message.updated.add(recipient)
        for message in read:
            for recipient in {**message.received, **message.pending}:
                change, is_unfinished = self._pending_change(message, recipient)
                if change is not None:
                    changes.append(change)
                    owners.append((message, recipient))
                if is_unfinished:
                    unfinished.append((message, recipient))
        written = self._table.write(changes)
        return unfinished + [owner for owner, is_written in zip(owners, written, strict=True) if not is_written]

    def _entry_updates(self, message: _Message) -> list[tuple[str, Update]]:
        """Updates of the entries that lack events, with their recipients; the listener is given these events first.

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
            updates.append((target.recipient_hash, event_attributes.update(target.item, events)))
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

    def _pending_change(self, message: _Message, recipient: str) -> tuple[Change | None, bool]:
        """The change that stores events without an entry as pending, or deletes those that their entries have.

        With whether another pass is needed: after events were stored, or before they can be deleted.
        """
        if recipient and not message.is_concerned(recipient):
            return None, False
        stays = message.stays_pending(recipient) and not message.is_erased(recipient)
        if stays or message.awaits_entry(recipient):
            change = self._parking(message, recipient)
            return change, change is not None
        if recipient not in message.pending:
            return None, False
        if recipient in message.updated if recipient else message.updated:
            return None, True
        item = message.pending[recipient]
        return Delete(item.key, event_attributes.are_unchanged(item)), False

    def _parking(self, message: _Message, recipient: str) -> Change | None:
        """The change that stores the events of this recipient as pending; None where they are."""
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


def _pages(messages: list[_Message]) -> Iterator[tuple[_Page, bool]]:
    """The pointers of what a pass is to read, in pages of about PAGE, at least one; with whether it is the last."""
    pages: list[_Page] = [[]]
    size = 0
    for message in messages:
        for group in message.groups():
            if size and size + len(group) > PAGE:
                pages.append([])
                size = 0
            if pages[-1] and pages[-1][-1][0] is message:
                pages[-1][-1][1].extend(group)
            else:
                pages[-1].append((message, list(group)))
            size += len(group)
    return ((page, page is pages[-1]) for page in pages)


def _outcome_of(message: _Message, received: RecipientEvent) -> Outcome:
    recipient = received.recipient
    if message.is_erased(recipient):
        return "duplicate"
    if message.is_shared(recipient, received.event) or not message.has_living(recipient):
        return "duplicate" if _has(message.pending_events(recipient), received) else "parked"
    return "applied" if received.event.identity in message.lacking[recipient] else "duplicate"


def _has(events: EventSet, received: RecipientEvent) -> bool:
    return any(event.identity == received.event.identity for event in events)


def _entry_key(pointer: PointerItem) -> Key:
    return message_keys.split_pointer(pointer.sk)[0], pointer.entry


def _recipient_hash(pointer: PointerItem) -> str:
    return message_keys.split_pointer(pointer.sk)[1]
