"""Delivery events meet their entries, whichever comes first.

An event whose entry is not there yet is parked beside the message's pointers. Both sides write first and look second,
with consistent reads: whoever comes later sees what the other wrote, and completes the pair. A pass reads all that is
known of a message and writes what follows from it, each write conditional on what was read; so passes may be repeated,
crossed and broken off anywhere.
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
from daybook.storage.store import Change, Delete, Insert, Item, Key, Store, Update, key_of

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
    """An entry that is here, and what it knows. An erased one learns nothing more."""

    recipient: str
    item: Item
    known: EventSet

    @property
    def is_erased(self) -> bool:
        return entry_items.ERASED in self.item


class _Message(Struct):
    """All that is known of a message in one log: what was heard just now, by recipient, and what the table holds.

    Recipients are hashes here, as in keys, and "" where an event names nobody. `told` are the entries, not erased then,
    of which the listener was told.
    """

    log: str
    message_id: str
    heard: dict[str, EventSet]
    now: datetime
    pointers: list[Item] = []
    parked: dict[str, Item] = {}
    targets: list[_Target] = []
    told: set[Key] = set()

    def about(self, recipient: str) -> list[_Target]:
        """The entries that an event of this recipient is about; one that names nobody is about the whole message."""
        return [target for target in self.targets if recipient in ("", target.recipient)]

    def awaits(self, recipient: str) -> bool:
        """Whether an entry that such an event is about is still to come."""
        about = self.about(recipient)
        pointed = [pointer for pointer in self.pointers if recipient in ("", _recipient(pointer))]
        return not about or len(about) < len(pointed)

    def unexpired(self, recipient: str) -> EventSet:
        """What is parked of this recipient, until it expires."""
        parked = self.parked.get(recipient)
        return () if parked is None or not attributes.is_visible(parked, self.now) else event_attributes.events(parked)

    def waiting(self, recipient: str) -> EventSet:
        return event_set.merge(self.unexpired(recipient), self.heard.get(recipient, ()))

    def is_erased(self, recipient: str) -> bool:
        """Whether every entry that such an event is about was erased, so that nobody is to keep it."""
        return all(target.is_erased for target in self.about(recipient)) and not self.awaits(recipient)

    def united(self, target: _Target) -> EventSet:
        """All that this entry should know; its twins, in other records, have heard of the same recipient."""
        about = self.about(target.recipient) if target.recipient else [target]
        return event_set.merge(*(twin.known for twin in about if not twin.is_erased), self.said(target))

    def said(self, target: _Target) -> EventSet:
        """What was heard and is parked of this entry."""
        of_all = (what for what in self.waiting("") if not self.is_shared("", what))
        return event_set.merge(self.waiting(target.recipient) if target.recipient else (), of_all)

    def is_shared(self, recipient: str, what: DeliveryEvent) -> bool:
        """Whether it is the message's and no person's: SES does not know which of several recipients opened it."""
        return self.log == "email" and not recipient and what.type in ENGAGEMENT

    def lasts(self, recipient: str) -> bool:
        """Whether what is said of this recipient stays parked: of a whole e-mail, for its entries still to come."""
        return self.log == "email" and not recipient


class Reconciler:
    def __init__(self, *, table: Store, listener: Listener, digest: KeyedHash, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._listener = listener
        self._digest = digest
        self._clock = clock

    def apply(self, events: Sequence[RecipientEvent]) -> list[Outcome]:
        """Bring events to their entries, or park them; durable when this returns. StoreBusyError: try all again.

        What is about an erased entry only is a `duplicate`: it is written nowhere, but what speaks against an address
        blocks it.
        """
        events = [replace(event, recipient=event.recipient and self._digest(event.recipient)) for event in events]
        heard: dict[MessageKey, dict[str, list[DeliveryEvent]]] = defaultdict(lambda: defaultdict(list))
        for event in events:
            heard[event.log, event.message_id][event.recipient].append(event.what)
        now = self._clock()
        messages = [
            _Message(log, message_id, {recipient: event_set.merge(what) for recipient, what in said.items()}, now)
            for (log, message_id), said in heard.items()
        ]
        fates = [0] * len(events)
        for passed in self._passes(messages):
            by_key = {(message.log, message.message_id): message for message in passed}
            for place, event in enumerate(events):
                message = by_key.get((event.log, event.message_id))
                if message is not None:
                    fates[place] = max(fates[place], _OUTCOMES.index(_fate(message, event)))
        return [_OUTCOMES[fate] for fate in fates]

    def settle(self, messages: Iterable[MessageKey]) -> None:
        """Bring what is parked of these messages to the entries that have come. StoreBusyError."""
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
        found = self._table.partitions(list({message_keys.partition(message.message_id): None for message in messages}))
        for message in messages:
            _sort(message, (item for item in found if item["pk"]["S"] == message_keys.partition(message.message_id)))
        places = {_entry_of(pointer): None for message in messages for pointer in message.pointers}
        entries = self._table.get(list(places))
        for message in messages:
            message.targets = [
                _Target(_recipient(pointer), item, event_attributes.events(item))
                for pointer in message.pointers
                if (item := entries.get(_entry_of(pointer))) is not None
            ]

    def _write(self, messages: list[_Message]) -> list[_Message]:
        """Write what follows from what was read; gives the messages that have to be looked at once more."""
        changes: list[Change] = []
        owners: list[_Message] = []
        again: set[MessageKey] = set()
        for message in messages:
            told = self._tell(message)
            parks, looks_again = self._park(message, busy={change.key for change in told})
            changes += [*told, *parks]
            owners += [message] * (len(told) + len(parks))
            if looks_again:
                again.add((message.log, message.message_id))
        written = self._table.write(changes)
        again |= {(owner.log, owner.message_id) for owner, done in zip(owners, written, strict=True) if not done}
        return [message for message in messages if (message.log, message.message_id) in again]

    def _tell(self, message: _Message) -> list[Update]:
        """Updates of the entries that do not know all they should; the blacklist is told first.

        Then an entry that knows of a bounce is one whose address is listed, whatever broke off in between.
        """
        updates = []
        for target in message.targets:
            if target.is_erased:
                self._tell_of_erased(message, target)
                continue
            united = message.united(target)
            if united == target.known:
                continue
            key = entry_items.entry_key(target.item)
            if message.log == "email":
                org, record = record_keys.split_partition(key.pk)
                news = [what for what in united if what not in target.known]
                # As it was written: SES's suppression list tells capitals from small letters.
                address = target.item["recipient"]["S"]
                message.told.add(key_of(target.item))
                self._listener.record_events(
                    org, address, record, news, message_id=message.message_id, sent=key.instant
                )
            updates.append(event_attributes.update(target.item, united))
        return updates

    def _tell_of_erased(self, message: _Message, target: _Target) -> None:
        if message.log != "email":
            return
        key = entry_items.entry_key(target.item)
        org, record = record_keys.split_partition(key.pk)
        address = target.item["recipient_hash"]["S"]
        if said := message.said(target):
            self._listener.record_events_of_erased(
                org, address, record, said, message_id=message.message_id, sent=key.instant
            )
        if key_of(target.item) in message.told:
            # Erased between our read and our write: whoever erased may have passed by before we told the address.
            self._listener.erase(org, address)

    def _park(self, message: _Message, busy: set[Key]) -> tuple[list[Change], bool]:
        """Park what has no entry, and drop what its entries know by now; and whether to look once more after that."""
        changes: list[Change] = []
        looks_again = False
        for recipient in {**message.heard, **message.parked}:
            lasts = message.lasts(recipient) and not message.is_erased(recipient)
            if lasts or message.awaits(recipient):
                change = self._parking(message, recipient)
                if change is not None:
                    changes.append(change)
                    looks_again = True
            elif recipient in message.parked:
                if any(key_of(target.item) in busy for target in message.about(recipient)):
                    looks_again = True
                else:
                    parked = message.parked[recipient]
                    changes.append(Delete(key_of(parked), event_attributes.unchanged(parked)))
        return changes, looks_again

    def _parking(self, message: _Message, recipient: str) -> Change | None:
        waiting, parked = message.waiting(recipient), message.parked.get(recipient)
        if not waiting:
            return None
        lasting = message.lasts(recipient) and message.pointers
        until = (
            entry_pointers.latest_expiry(message.pointers)
            if lasting
            else with_expiry({}, timestamps.epoch_seconds(self._clock() + PENDING_FOR))
        )
        if not attributes.is_visible(until, message.now):
            # All its entries have expired, and are only still there.
            return None
        key = message_keys.partition(message.message_id), message_keys.pending_events(message.log, recipient)
        put: Item = {"events": {"B": event_set.pack(waiting)}, **until}
        if parked is None:
            return Insert({"pk": {"S": key[0]}, "sk": {"S": key[1]}, **put})
        before = {name: parked[name] for name in ("expires_at", "held_until") if name in parked}
        if waiting == message.unexpired(recipient) and (not lasting or until == before):
            return None
        return Update(key, put, [name for name in before if name not in until], event_attributes.unchanged(parked))


def _sort(message: _Message, found: Iterable[Item]) -> None:
    """Tell a message's pointers and what is parked of it apart, as far as they are of its log."""
    message.pointers, message.parked = [], {}
    for item in found:
        early = message_keys.split_pending_events(item["sk"]["S"])
        if early is not None:
            log, recipient = early
            if log == message.log:
                message.parked[recipient] = item
        elif "entry" in item and record_keys.split_entry(item["entry"]["S"])[0] == message.log:
            message.pointers.append(item)


def _fate(message: _Message, event: RecipientEvent) -> Outcome:
    if message.is_erased(event.recipient):
        return "duplicate"
    is_shared = message.is_shared(event.recipient, event.what)
    about = [] if is_shared else [target for target in message.about(event.recipient) if not target.is_erased]
    if not about:
        return "duplicate" if _knows(message.unexpired(event.recipient), event) else "parked"
    return "duplicate" if all(_knows(target.known, event) for target in about) else "applied"


def _knows(known: EventSet, event: RecipientEvent) -> bool:
    return any(what.identity == event.what.identity for what in known)


def _entry_of(pointer: Item) -> Key:
    return message_keys.split_pointer(pointer["sk"]["S"])[0], pointer["entry"]["S"]


def _recipient(pointer: Item) -> str:
    """The hash that stands for it."""
    return message_keys.split_pointer(pointer["sk"]["S"])[1]
