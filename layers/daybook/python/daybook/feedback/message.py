"""A message in one pass of the reconciler: its events, its entries, and which of its events each entry should have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from daybook.model import event_set
from daybook.model.delivery_events import ENGAGEMENT, DeliveryEvent
from daybook.model.event_set import EventSet
from daybook.storage.items import event_attributes
from daybook.storage.items.entry_pointers import MessageKey
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.message_names import Names
from daybook.storage.models.entries import MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import NameItem, PendingEventsItem, PointerItem


class Addressee(NamedTuple):
    """Whom events are for: a recipient's keyed hash, "" for all of the message; and an org, "" for all orgs."""

    recipient: str
    org: str = ""

    def covers(self, place: Addressee) -> bool:
        """Whether events for this addressee are for the entries of that recipient and org."""
        return self.recipient in ("", place.recipient) and self.org in ("", place.org)


class Target(Struct, frozen=True):
    """An entry that events are for, and the events that it has. An erased one gets no more."""

    place: Addressee
    item: MessageItem
    known: EventSet

    @property
    def is_erased(self) -> bool:
        return self.item.erased is not None

    def own(self, org: str) -> EventSet:
        """Its events that its recipient's entries in this org should have as well."""
        is_of_org = org == self.place.org
        return tuple(event for event in self.known if not event.of_message and (is_of_org or not event.of_org))


class Message(Struct):
    """All events of a message in one log: those just received, by addressee, and what the table holds.

    `pointers` are the items that name the message's entries, `places` the recipient and org of each, and `pending` the
    items of its pending events, by addressee. `notified` are the keys of the entries, not erased at that time, whose
    events the listener was given. `posted` are recipients whose entries were written just now. A pass reads the entries
    of `left` only; None for all that its events are for.

    `lent` are events that tell no recipient of the message, by addressee, and the only recipient of its entries, whom
    they are taken for. `foreign` are the addressees of such events, with an only recipient or without. `doubtful` are
    all addressees of events that may have been lent before another recipient's entry came: of pending ones, and of
    those that an earlier pass has lent (`lent_before`).

    `is_linked`: it has other names.

    `targets` are the entries of the page at hand. Of all pages of the pass are, by recipient and org, how many entries
    are `stored` and which are not all erased (`alive`); by addressee, which received events some of those lack; and by
    recipient, whose entries are `updated`.
    """

    log: str
    message_id: str
    received: dict[Addressee, EventSet]
    now: datetime
    posted: frozenset[str] = frozenset()
    names: Names = Names()
    pointers: list[PointerItem] = []
    places: list[Addressee] = []
    pending: dict[Addressee, list[PendingEventsItem]] = {}
    lent: dict[Addressee, tuple[str, EventSet]] = {}
    foreign: set[Addressee] = set()
    doubtful: set[Addressee] = set()
    lent_before: set[Addressee] = set()
    is_linked: bool = False
    left: frozenset[str] | None = None
    notified: set[Key] = set()
    targets: list[Target] = []
    stored: Counter[Addressee] = msgspec.field(default_factory=Counter)
    alive: set[Addressee] = set()
    lacking: dict[Addressee, set[tuple[str, ...]]] = {}
    updated: set[str] = set()

    @property
    def key(self) -> MessageKey:
        return self.log, self.message_id

    def begin(self, items: Iterable[Item]) -> None:
        """Begin a pass with what is stored of the message, among items of the partitions of its names."""
        self.pending, self.targets = defaultdict(list), []
        self.stored, self.alive, self.lacking, self.updated = Counter(), set(), defaultdict(set), set()
        pointers: dict[Key, PointerItem] = {}
        self.is_linked = False
        for item in items:
            match item:
                case NameItem():
                    self.is_linked = True
                case PendingEventsItem():
                    log, *addressee = message_keys.split_pending_events(item.sk) or ("",)
                    if log == self.log:
                        self.pending[Addressee(*addressee)].append(item)
                case PointerItem() if record_keys.split_entry(item.entry)[0] == self.log:
                    # Two names may lead to one entry.
                    pointers.setdefault(entry_key(item), item)
        self.pointers = list(pointers.values())
        self.places = [place_of(pointer) for pointer in self.pointers]
        self._lend()

    def _lend(self) -> None:
        """Find the events that name nobody to whom the message went, and the only recipient, whom they are for."""
        self.lent, self.foreign, self.doubtful = {}, set(), set()
        for addressee in {**self.received, **self.pending}:
            if addressee in self.lent_before or any(event.of_message for event in self.pending_events(addressee)):
                self.doubtful.add(addressee)
            recipients = self._recipients_in(addressee.org)
            if addressee.recipient in recipients:
                continue
            if any(self._is_foreign(addressee, event) for event in self.new_events(addressee)):
                self.foreign.add(addressee)
            # What is taken for somebody's is stored first, so that whoever comes later can take it back.
            events = [event for event in self.pending_events(addressee) if self._is_foreign(addressee, event)]
            if events and len(recipients) == 1:
                self.lent[addressee] = recipients.pop(), tuple(events)

    def _is_foreign(self, addressee: Addressee, event: DeliveryEvent) -> bool:
        """Whether an event names nobody to whom the message went, while the provider does not tell to whom it did."""
        return event.of_message and (addressee.recipient != "" or self.is_shared(addressee, event))

    def _recipients_in(self, org: str) -> set[str]:
        return {place.recipient for place in self.places if org in ("", place.org)}

    def groups(self) -> list[list[PointerItem]]:
        """The pointers of the concerned recipients: together those whose entries have one history."""
        by_recipient: dict[str, list[PointerItem]] = defaultdict(list)
        for pointer, place in zip(self.pointers, self.places, strict=True):
            if self._is_concerned(place):
                by_recipient[place.recipient].append(pointer)
        return [
            group
            for recipient, of_one in by_recipient.items()
            for group in ([of_one] if recipient else [[pointer] for pointer in of_one])
        ]

    def _is_concerned(self, place: Addressee) -> bool:
        """Whether the pass reads the entries of this recipient and org.

        Pending events of a whole e-mail were given to all entries when they came: they are for those just posted, and
        for those that another name leads to.
        """
        if self.left is not None and place.recipient not in self.left:
            return False
        if place.recipient in self.posted:
            return True
        return any(
            addressee.org in ("", place.org)
            if addressee in self.foreign or addressee in self.doubtful
            else addressee.covers(place)
            and (addressee.recipient != "" or addressee in self.received or self.log != "email" or self.is_linked)
            for addressee in (*self.received, *self.pending)
        )

    def is_left(self, addressee: Addressee) -> bool:
        """Whether the pass is about this addressee."""
        return self.left is None or addressee.recipient == "" or addressee.recipient in self.left

    def go_on(self, unfinished: Iterable[str]) -> None:
        """Let the next pass read again the entries of the recipients for whom this one could not write."""
        recipients = frozenset(unfinished)
        self.lent_before |= self.lent.keys()
        # Events that name no recipient are for all. What names another than an org's recipients is for those, though
        # another org may have sent the message to whom it names.
        others = {addressee.recipient for addressee in self.foreign}
        is_of_some = self.log == "email" and not recipients & {"", *others} and recipients <= self._recipients_in("")
        self.left = recipients if is_of_some else None

    def read(self, targets: list[Target]) -> None:
        """Go on to the next page, of these entries that exist."""
        self.targets = targets
        self.stored.update(target.place for target in targets)
        for target in targets:
            if target.is_erased:
                continue
            self.alive.add(target.place)
            identities = {event.identity for event in target.known}
            for addressee, received in self.received.items():
                if addressee.covers(target.place) or self._is_lent_to(addressee, target.place):
                    self.lacking[addressee] |= {event.identity for event in received} - identities

    def _is_lent_to(self, addressee: Addressee, place: Addressee) -> bool:
        return (
            addressee in self.lent and self.lent[addressee][0] == place.recipient and addressee.org in ("", place.org)
        )

    def _places(self, addressee: Addressee) -> list[Addressee]:
        """The places, one for each pointer, that an event of this addressee is for."""
        return [place for place in self.places if addressee.covers(place)] or [
            place for place in self.places if self._is_lent_to(addressee, place)
        ]

    def _are_stored(self, places: Sequence[Addressee]) -> bool:
        """Whether there are such places, and the entry of each was read in this pass."""
        return bool(places) and sum(self.stored[place] for place in {*places}) >= len(places)

    def awaits_entry(self, addressee: Addressee) -> bool:
        """Whether an entry that an event of this addressee is for does not exist yet, or was not read."""
        return not self._are_stored([place for place in self.places if addressee.covers(place)])

    def has_living(self, addressee: Addressee) -> bool:
        """Whether an entry that an event of this addressee is for was not erased."""
        return any(place in self.alive for place in self._places(addressee))

    def is_erased(self, addressee: Addressee) -> bool:
        """Whether every entry that an event of this addressee is for was erased, so that the event is not stored."""
        return self._are_stored(self._places(addressee)) and not self.has_living(addressee)

    def pending_events(self, addressee: Addressee) -> EventSet:
        """The pending events of this addressee in the table, unless they have expired."""
        items = self.pending.get(addressee, ())
        return event_set.merge(*(event_attributes.events(item) for item in items if item.is_visible(self.now)))

    def new_events(self, addressee: Addressee) -> EventSet:
        """The pending and the received events of this addressee."""
        return event_set.merge(self.pending_events(addressee), self.received.get(addressee, ()))

    def events_for(self, target: Target) -> EventSet:
        """All events that this entry should have, with those of the same recipient's entries in other records."""
        place = target.place
        same_recipient: Sequence[Target] = [target]
        if place.recipient:
            same_recipient = [each for each in self.targets if each.place.recipient == place.recipient]
        known = (each.own(place.org) for each in same_recipient if not each.is_erased)
        own = event_set.merge(*known, self._events_of(place))
        lent = [*(event for event in target.known if event.of_message and self._is_only(event, place))]
        lent += self._lent_events(place)
        identities = {event.identity for event in own}
        return event_set.merge(own, (event for event in lent if event.identity not in identities)) if lent else own

    def new_events_for(self, target: Target) -> EventSet:
        """The pending and the received events for this entry."""
        return event_set.merge(self._events_of(target.place), self._lent_events(target.place))

    def _events_of(self, place: Addressee) -> EventSet:
        return event_set.merge(
            event.owned()
            for addressee in {**self.received, **self.pending}
            if addressee.covers(place)
            for event in self.new_events(addressee)
            if not self.is_shared(addressee, event)
        )

    def _lent_events(self, place: Addressee) -> list[DeliveryEvent]:
        return [
            event
            for addressee, (_, events) in self.lent.items()
            if self._is_lent_to(addressee, place)
            for event in events
        ]

    def mistaken_for(self, target: Target, events: EventSet) -> list[DeliveryEvent]:
        """The events that this entry, which is to have `events`, may have been taken for before it had company."""
        place = target.place
        others = [
            event
            for addressee in self.foreign | self.doubtful
            if addressee.org in ("", place.org)
            and not addressee.covers(place)
            and not self._is_lent_to(addressee, place)
            for event in self.pending_events(addressee)
            if event.of_message
        ]
        identities = {event.identity for event in events}
        return [event for event in (*others, *target.known) if event.of_message and event.identity not in identities]

    def _is_only(self, event: DeliveryEvent, place: Addressee) -> bool:
        """Whether the event's message has no other recipient than this."""
        return self._recipients_in(place.org if event.of_org else "") <= {place.recipient}

    def is_shared(self, addressee: Addressee, event: DeliveryEvent) -> bool:
        """Whether it belongs to the message and no recipient: SES does not say which of several opened it."""
        return self.log == "email" and addressee.recipient == "" and event.type in ENGAGEMENT

    def is_unmatched(self, addressee: Addressee, event: DeliveryEvent) -> bool:
        """Whether it names somebody who is none of the message's several recipients."""
        is_known = bool(self.pointers) and addressee.recipient != "" and not self._places(addressee)
        return is_known and addressee in self.foreign and event.of_message

    def stays_pending(self, addressee: Addressee) -> bool:
        """Whether events of this addressee stay pending: those of a whole e-mail, for entries still to come."""
        return self.log == "email" and addressee.recipient == ""


def entry_key(pointer: PointerItem) -> Key:
    """Key of the entry that a message's pointer leads to."""
    return message_keys.split_pointer(pointer.sk)[0], pointer.entry


def place_of(pointer: PointerItem) -> Addressee:
    """The recipient and the org of the entry that a message's pointer leads to."""
    entry_pk, recipient_hash = message_keys.split_pointer(pointer.sk)
    return Addressee(recipient_hash, org_keys.org_of(entry_pk))
