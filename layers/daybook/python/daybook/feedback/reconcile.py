"""Applies delivery events to their entries, whichever of the two arrives first.

An event without its entry is stored as pending, in the partition of its message. The writer of the entry and the writer
of the event both write first and then read, consistently: the later one sees what the other wrote and adds the event.
The same holds where an event tells further names of its message: they are linked first, and then read
(`storage.message_names`).

A pass reads the pointers of a message and, page by page, the entries that its events are for. It writes what follows
from them, each write conditional on what was read. So passes may be repeated, run concurrently, and be interrupted
anywhere. Where a write fails, only the entries of the same recipient are read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from msgspec.structs import replace

from daybook.core import timestamps
from daybook.core.keyed_hash import KeyedHash
from daybook.feedback.message import Addressee, Message, Target, entry_key, place_of
from daybook.model import event_set, retention_policy
from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.retention_policy import PENDING_FOR
from daybook.storage import message_names
from daybook.storage.items import entry_items, entry_pointers, event_attributes
from daybook.storage.items.entry_pointers import Expiry, MessageKey
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.message_names import Names
from daybook.storage.models.entries import EmailItem, MessageItem
from daybook.storage.models.item import Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import GET_BATCH, Change, Delete, Insert, Store, Update, assign

# `unmatched` is pending as well, and names somebody who is none of the message's several recipients.
Outcome = Literal["duplicate", "parked", "unmatched", "applied"]
_OUTCOMES: tuple[Outcome, ...] = ("duplicate", "parked", "unmatched", "applied")

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

    def retract_events(
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


# Messages, and of each the pointers of the entries that are read.
_Page: TypeAlias = list[tuple[Message, list[PointerItem]]]


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
        now = self._clock()
        addressed = [(self._addressee(each), _told(each)) for each in events]
        by_message: dict[MessageKey, list[int]] = defaultdict(list)
        for position, each in enumerate(events):
            by_message[each.log, each.message_id].append(position)
        messages = []
        for (log, message_id), positions in by_message.items():
            received: dict[Addressee, list[DeliveryEvent]] = defaultdict(list)
            for position in positions:
                addressee, event = addressed[position]
                received[addressee].append(event)
            merged = {addressee: event_set.merge(of_one) for addressee, of_one in received.items()}
            names = self._names([events[position] for position in positions])
            messages.append(Message(log, message_id, merged, now, names=names))
        ranks = [0] * len(events)
        for pass_messages in self._passes(messages):
            for message in pass_messages:
                for position in by_message[message.key]:
                    addressee, event = addressed[position]
                    if message.is_left(addressee):
                        outcome = _outcome_of(message, addressee, event)
                        ranks[position] = max(ranks[position], _OUTCOMES.index(outcome))
        return [_OUTCOMES[rank] for rank in ranks]

    def settle(self, posted: Mapping[MessageKey, Collection[str]]) -> None:
        """Add pending events to the entries that exist by now, by message for these recipients. StoreBusyError.

        Recipients are keyed hashes, "" for the entries of a push.
        """
        now = self._clock()
        messages = [
            Message(*message, {}, now, frozenset(recipients), Names(recipients=frozenset(recipients) - {""}))
            for message, recipients in posted.items()
        ]
        for _ in self._passes(messages):
            pass

    def _addressee(self, each: RecipientEvent) -> Addressee:
        return Addressee(each.recipient and self._keyed_hash(each.recipient), each.org or "")

    def _names(self, events: Sequence[RecipientEvent]) -> Names:
        """The names that these events of one message tell, and its recipients, where links may need them."""
        if events[0].log != "email":
            return Names()
        told = dict.fromkeys(name for each in events for name in each.names)
        recipients = {recipient for each in events for recipient in each.recipients}
        return Names(tuple(told), frozenset(map(self._keyed_hash, recipients)))

    def _passes(self, messages: list[Message]) -> Iterator[list[Message]]:
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
                message.go_on(unfinished[message.key])

    def _begin(self, messages: list[Message]) -> None:
        """Begin a pass: read what is known of the messages, after the names that events tell of them are linked."""
        # Of an e-mail and a text with one id, the e-mail has names.
        names = {
            message.message_id: message.names for message in sorted(messages, key=lambda each: each.log == "email")
        }
        items = message_names.read(self._table, names)
        links = {
            change.key: change
            for message_id, of_one in names.items()
            for change in message_names.links(message_id, of_one, items[message_id], self._clock())
        }
        if links:
            # Where one fails, somebody else has made it. Who comes later finds the link; what came before is read now.
            self._table.write(list(links.values()))
            items = message_names.read(self._table, names)
        for message in messages:
            message.begin(items[message.message_id])

    def _read(self, page: _Page) -> None:
        """Read the entries of a page."""
        entry_keys = {entry_key(pointer): None for _, pointers in page for pointer in pointers}
        entries = self._table.get(MessageItem, list(entry_keys))
        for message, pointers in page:
            message.read(
                [
                    Target(place_of(pointer), item, event_attributes.events(item))
                    for pointer in pointers
                    if (item := entries.get(entry_key(pointer))) is not None
                ]
            )

    def _write(self, page: _Page, read: list[Message]) -> list[tuple[Message, str]]:
        """Write what follows from a page, and from all pages of the messages that are `read` to the end.

        Returns the messages and recipients that need another pass.
        """
        changes: dict[Key, Change] = {}
        owners: list[tuple[Message, str]] = []
        unfinished: list[tuple[Message, str]] = []

        def add(change: Change, message: Message, recipient: str) -> None:
            if change.key in changes:
                # Of two messages with a name in common, the other comes next.
                unfinished.append((message, recipient))
            else:
                changes[change.key] = change
                owners.append((message, recipient))

        for message, _ in page:
            for recipient, update in self._entry_updates(message):
                add(update, message, recipient)
                message.updated.add(recipient)
                # Another recipient's entry may have come meanwhile: it does not see what was lent just now.
                unfinished += [(message, addressee.recipient) for addressee in message.lent]
        for message in read:
            for addressee in {**message.received, **message.pending}:
                if not message.is_left(addressee):
                    continue
                pending_changes, is_unfinished = self._pending_changes(message, addressee)
                for change in pending_changes:
                    add(change, message, addressee.recipient)
                if is_unfinished:
                    unfinished.append((message, addressee.recipient))
        written = self._table.write(list(changes.values()))
        return unfinished + [owner for owner, is_written in zip(owners, written, strict=True) if not is_written]

    def _entry_updates(self, message: Message) -> list[tuple[str, Update]]:
        """Updates of the entries that lack events, with their recipients; the listener is given these events first.

        So an entry with a bounce is one whose address is blocked, wherever a pass is interrupted.
        """
        updates = []
        for target in message.targets:
            if target.is_erased:
                self._notify_of_erased(message, target)
                continue
            events = message.events_for(target)
            if isinstance(target.item, EmailItem):
                self._notify(message, target, target.item, events)
            if events != target.known:
                updates.append((target.place.recipient, event_attributes.update(target.item, events)))
        return updates

    def _notify(self, message: Message, target: Target, email: EmailItem, events: EventSet) -> None:
        """Tell the listener what the e-mail, which is to have these events, lacks, and what it was mistaken for."""
        key, message_id = entry_items.entry_key(email), _id_of(target, message)
        org, record = record_keys.split_partition(key.pk)
        # The address as it was written: SES's suppression list is case-sensitive.
        address = email.recipient
        if mistaken := message.mistaken_for(target, events):
            self._listener.retract_events(org, address, record, mistaken, message_id=message_id, sent=key.instant)
        if events != target.known:
            message.notified.add(email.key)
            unknown = [event for event in events if event not in target.known]
            self._listener.record_events(org, address, record, unknown, message_id=message_id, sent=key.instant)

    def _notify_of_erased(self, message: Message, target: Target) -> None:
        if not isinstance(target.item, EmailItem):
            return
        key = entry_items.entry_key(target.item)
        org, record = record_keys.split_partition(key.pk)
        recipient_hash = target.item.recipient_hash
        if events := message.new_events_for(target):
            self._listener.record_events_of_erased(
                org, recipient_hash, record, events, message_id=_id_of(target, message), sent=key.instant
            )
        if target.item.key in message.notified:
            # Erased between our read and our write: the erasure may have seen the address before we gave its events.
            self._listener.erase(org, recipient_hash)

    def _pending_changes(self, message: Message, addressee: Addressee) -> tuple[list[Change], bool]:
        """The changes that store events without an entry as pending, or delete those that their entries have.

        With whether another pass is needed: after events were stored, or before they can be deleted.
        """
        if not message.is_erased(addressee) and (message.stays_pending(addressee) or message.awaits_entry(addressee)):
            parking = self._parking(message, addressee)
            return parking, bool(parking)
        items = message.pending.get(addressee, [])
        is_for_all = not addressee.recipient or addressee in message.doubtful
        if items and (message.updated if is_for_all else addressee.recipient in message.updated):
            return [], True
        return [Delete(item.key, event_attributes.are_unchanged(item)) for item in items], False

    def _parking(self, message: Message, addressee: Addressee) -> list[Change]:
        """The changes that store the events of this addressee as pending; none where they are."""
        stays = message.stays_pending(addressee) and bool(message.pointers)
        expiry = (
            entry_pointers.latest_expiry(message.pointers)
            if stays
            else Expiry(timestamps.epoch_seconds(self._clock() + PENDING_FOR))
        )
        if retention_policy.is_expired(expiry.expires_at, message.now):
            # All its entries have expired, though TTL has not deleted them yet.
            return []
        received = message.received.get(addressee, ())
        home = message_keys.partition(message.message_id), message_keys.pending_events(message.log, *addressee)
        changes: list[Change] = []
        stored = message.pending.get(addressee, [])
        for item in stored:
            before = event_attributes.events(item) if item.is_visible(message.now) else ()
            after = event_set.merge(before, received if item.key == home else ())
            if after and (after != before or (stays and expiry != Expiry.of(item))):
                actions = [
                    PendingEventsItem.events.set(event_set.pack(after)),
                    assign(PendingEventsItem.expires_at, expiry.expires_at),
                    assign(PendingEventsItem.held_until, expiry.held_until),
                ]
                changes.append(Update(item.key, actions, event_attributes.are_unchanged(item)))
        if received and all(item.key != home for item in stored):
            packed = event_set.pack(received)
            changes.append(
                Insert(
                    PendingEventsItem(*home, events=packed, expires_at=expiry.expires_at, held_until=expiry.held_until)
                )
            )
        return changes


def _pages(messages: list[Message]) -> Iterator[tuple[_Page, bool]]:
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


def _told(each: RecipientEvent) -> DeliveryEvent:
    """The event as it is stored: with for whom it is not, and whether its message's recipients are not known."""
    event = each.event
    if each.org is not None:
        event = replace(event, of_org=True)
    is_somebodys = each.recipient != "" or (each.log == "email" and event.type in ENGAGEMENT)
    return replace(event, of_message=True) if is_somebodys and not each.recipients else event


def _outcome_of(message: Message, addressee: Addressee, event: DeliveryEvent) -> Outcome:
    if message.is_erased(addressee):
        return "duplicate"
    if message.is_unmatched(addressee, event):
        return "unmatched"
    is_lent = addressee in message.lent
    if not message.has_living(addressee) or (message.is_shared(addressee, event) and not is_lent):
        return "duplicate" if _has(message.pending_events(addressee), event) else "parked"
    return "applied" if event.identity in message.lacking[addressee] else "duplicate"


def _has(events: EventSet, event: DeliveryEvent) -> bool:
    return any(each.identity == event.identity for each in events)


def _id_of(target: Target, message: Message) -> str:
    """The message's id as its entry has it: that of events may be another of its names."""
    return target.item.message_id or message.message_id
