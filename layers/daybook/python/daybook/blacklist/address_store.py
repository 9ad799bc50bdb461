"""The states of an org's addresses in the table, one item each: batch reads, and writes with optimistic locking.

The sort key of an item is the keyed hash of its mailbox. While the address is blocked the item also holds the mailbox,
for the list. An erasure removes the mailbox; the address stays blocked, since a lookup names the address itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from pynamodb.attributes import Attribute

from daybook.blacklist import address_status
from daybook.blacklist.address_status import EMPTY, NEVER, AddressState, Block, BlockStatus, PastReset
from daybook.core import addresses
from daybook.core.keyed_hash import KeyedHash
from daybook.model import entries
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.keys import org_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import AddressItem
from daybook.storage.optimistic_locking import change_item, change_keys
from daybook.storage.store import GET_BATCH, Change, Insert, Range, Store, Update, applied, assign, unchanged
from daybook.verdicts.facts import AddressFacts

TOO_BUSY = "too much is happening to this address at once"

# Attributes that an item has only while its address is blocked: keys of sparse indexes.
INDEXED = (AddressItem.org_status, AddressItem.at, AddressItem.recipient_key)
_decoder = msgspec.json.Decoder(AddressState)
_resets_decoder = msgspec.json.Decoder(tuple[PastReset, ...])

# What is to be merged into the state of an address, from that state.
StateChange = Callable[[AddressState], AddressState]

# By an org and mailboxes: the records whose messages went to each.
RecordsOf = Callable[[str, Sequence[str]], Mapping[str, list[Record]]]

# Of an address, in the audit entries about it.
MAX_RECORDS = 20


class AddressStore:
    """`soft_bounce_limit` soft bounces in a row put an address on the blacklist; 0 for never.

    With a limit, each delivered message costs a read and a write of its address, without one it costs nothing.
    """

    def __init__(self, *, table: Store, keyed_hash: KeyedHash, soft_bounce_limit: int) -> None:
        self._table = table
        self._keyed_hash = keyed_hash
        self._limit = soft_bounce_limit

    def record_events(
        self,
        org: str,
        address: str,
        record: Record | None,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """Merge delivery events of a message into the state of its address. `sent` is the instant at which it was sent.

        Idempotent: the same events again, in any order, write nothing. StoreBusyError.
        """
        mailbox, spelling = _mailbox_and_spelling(address)
        reported = self._state(delivery_events, message_id=message_id, sent=sent, record=record, spelling=spelling)
        if reported != EMPTY and address_status.can_be_blocked(mailbox):
            self.merge(org, mailbox, lambda _: reported)

    def record_posted(
        self, org: str, address: str, record: Record, event: DeliveryEvent, message_id: str | None
    ) -> None:
        """Merge a hard bounce or complaint with which a message was posted; of any other event, nothing.

        Idempotent. StoreBusyError.
        """
        mailbox, spelling = _mailbox_and_spelling(address)
        cause = address_status.cause_of(event, message_id=message_id, record=record, spelling=spelling)
        if cause is not None and address_status.can_be_blocked(mailbox):
            self.merge(org, mailbox, lambda _: AddressState(causes=(cause,)))

    def retract_events(
        self,
        org: str,
        address: str,
        record: Record | None,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """Take back what `record_events` has recorded of events that turn out to be another recipient's.

        A delivered message stays one that was delivered. StoreBusyError.
        """
        mailbox, spelling = _mailbox_and_spelling(address)
        reported = self._state(delivery_events, message_id=message_id, sent=sent, record=record, spelling=spelling)
        if not reported.causes and not reported.soft_bounces:
            return
        mailbox_hash = self._keyed_hash(mailbox)

        def change(item: AddressItem | None) -> Change | None:
            state = EMPTY if item is None else _state(item)
            rest = address_status.without(state, reported)
            return None if rest == state else self._replacement(org, mailbox_hash, mailbox, item, rest)

        change_item(self._table, AddressItem, (org_keys.blacklist(org), mailbox_hash), change, TOO_BUSY)

    def record_events_of_erased(
        self,
        org: str,
        recipient_hash: str,
        record: Record | None,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """`record_events` for an erased address, of which only the keyed hash is left: it is blocked but not listed.

        StoreBusyError.
        """
        reported = address_status.redacted(
            self._state(delivery_events, message_id=message_id, sent=sent, record=record, spelling=None)
        )
        if reported != EMPTY:
            self._merge(org, recipient_hash, None, lambda _: reported)

    def erase(self, org: str, recipient_hash: str) -> bool:
        """Remove the address itself and what tells whose it was; it stays blocked. StoreBusyError.

        True where something was removed. Call it after the entries were erased: until then feedback may bring the
        address back.
        """
        key = (org_keys.blacklist(org), recipient_hash)

        def change(item: AddressItem | None) -> Update | None:
            if item is None:
                return None
            state, resets = _state(item), _resets(item)
            redacted, redacted_resets = address_status.redacted(state), address_status.redacted_resets(resets)
            if (redacted, redacted_resets) == (state, resets) and item.recipient_key is None:
                return None
            return Update(
                key,
                [
                    AddressItem.standing.set(json_text(redacted)),
                    assign(AddressItem.resets, _resets_text(redacted_resets)),
                    AddressItem.recipient_key.remove(),
                ],
                unchanged(item, AddressItem.standing, AddressItem.resets, AddressItem.recipient_key),
            )

        before, after = change_item(self._table, AddressItem, key, change, TOO_BUSY)
        return before != after

    def blocked(self, org: str, spellings: Iterable[str]) -> dict[str, BlockStatus]:
        """The status, by mailbox, of the addresses (in any spelling) that are on the blacklist. StoreBusyError."""
        return {mailbox: block.status for mailbox, block in self.blocks(org, spellings).items()}

    def blocks(self, org: str, spellings: Iterable[str]) -> dict[str, Block]:
        """The blacklist entries, by mailbox, of the addresses (in any spelling) that are on it. StoreBusyError."""
        wanted = self._keys(org, spellings)
        items = self._table.get(AddressItem, list(wanted))
        blocks = {wanted[key]: self._block(wanted[key], item) for key, item in items.items()}
        return {mailbox: block for mailbox, block in blocks.items() if block is not None}

    def read(self, org: str, spellings: Iterable[str]) -> dict[str, AddressState]:
        """The stored states, by mailbox, of these addresses. Strongly consistent. StoreBusyError."""
        wanted = self._keys(org, spellings)
        return {wanted[key]: _state(item) for key, item in self._table.get(AddressItem, list(wanted)).items()}

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:
        """What verdicts need of these addresses, by mailbox; one request for all. StoreBusyError."""
        wanted = self._keys(org, spellings)
        items = self._table.get_values(list(wanted))
        return {wanted[key]: self._facts(wanted[key], _decoder.decode(item["standing"])) for key, item in items.items()}

    def is_blocked_elsewhere(self, org: str, mailbox: str) -> bool:
        """Whether another org blocks it. StoreBusyError.

        The index is eventually consistent, so its hits are read again.
        """
        span = Range(org_keys.blocking_orgs(self._keyed_hash(mailbox)), *org_keys.ALL_ORGS, BY_ORG_STATUS)
        blocking = [item["at"] for item in self._table.query_values(span, GET_BATCH).items]
        items = self._table.get(AddressItem, [self._key(other, mailbox) for other in blocking if other != org])
        return any(self.block(mailbox, _state(item)) for item in items.values())

    def block(self, mailbox: str, state: AddressState) -> Block | None:
        """The blacklist entry of an address in this state, without its resets; None where it is not blocked."""
        return address_status.block(mailbox, state, limit=self._limit)

    def merged(self, state: AddressState, news: AddressState) -> AddressState:
        """The state with this news; nothing is stored."""
        return address_status.merge(state, news, limit=self._limit)

    def merge(self, org: str, mailbox: str, change: StateChange) -> Block | None:
        """Merge into the stored state what `change` makes of it; the blacklist entry that follows. StoreBusyError."""
        item = self._merge(org, self._keyed_hash(mailbox), mailbox, change)
        return None if item is None else self._block(mailbox, item)

    def merge_each(self, org: str, changes: Mapping[str, StateChange]) -> dict[str, AddressState]:
        """As `merge` for many mailboxes, in batches; by mailbox, the states into which was merged. StoreBusyError."""
        mailboxes = {self._key(org, mailbox): mailbox for mailbox in changes}

        def write(key: Key, item: AddressItem | None) -> Change | None:
            mailbox = mailboxes[key]
            return self._merging(org, key[1], mailbox, item, changes[mailbox])

        changed = change_keys(self._table, AddressItem, mailboxes, write, TOO_BUSY)
        return {mailboxes[key]: EMPTY if before is None else _state(before) for key, (before, _) in changed.items()}

    def reset(self, org: str, mailbox: str, reset: PastReset) -> None:
        """Merge a reset, of which who and why are kept: nothing from before it counts any more. StoreBusyError."""
        mailbox_hash = self._keyed_hash(mailbox)

        def write(item: AddressItem | None) -> Change:
            state = self.merged(EMPTY if item is None else _state(item), AddressState(reset_at=reset.at))
            resets = address_status.newest([reset, *_resets(item)])
            return self._replacement(org, mailbox_hash, mailbox, item, state, resets)

        change_item(self._table, AddressItem, (org_keys.blacklist(org), mailbox_hash), write, TOO_BUSY)

    def merge_unlisted(self, org: str, mailbox: str, change: StateChange) -> None:
        """`merge` for the answer to an earlier request: it does not list again an address erased meanwhile."""
        self._merge(org, self._keyed_hash(mailbox), None, change)

    def recipient_hash(self, mailbox: str) -> str:
        """The keyed hash that stands for an address in the keys of the table."""
        return self._keyed_hash(mailbox)

    def records(self, mailbox: str, state: AddressState, registered: Sequence[Record]) -> Sequence[Record]:
        """The records that audit entries about the address are of: those for whose messages it was listed.

        Else they are those whose messages went to it, as the register of records has them. Without a known record the
        address is the record: an entry is found by it, and can be erased.
        """
        return state.records or registered[:MAX_RECORDS] or [Record(entries.ADDRESS, self._keyed_hash(mailbox))]

    def _keys(self, org: str, spellings: Iterable[str]) -> dict[Key, str]:
        """The mailboxes of those of these addresses that may be in the table, by the keys of their items."""
        mailboxes = dict.fromkeys(addresses.mailbox(address) for address in dict.fromkeys(spellings))
        return {self._key(org, mailbox): mailbox for mailbox in mailboxes if address_status.can_be_blocked(mailbox)}

    def _facts(self, mailbox: str, state: AddressState) -> AddressFacts:
        block = self.block(mailbox, state)
        since = NEVER if block is None else block.since
        status = None if block is None else block.status
        return AddressFacts(block=status, since=since, cleared_at=state.floor)

    def _key(self, org: str, mailbox: str) -> Key:
        return org_keys.blacklist(org), self._keyed_hash(mailbox)

    def _state(
        self,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
        record: Record | None,
        spelling: str | None,
    ) -> AddressState:
        """The state of an address of which only these events are known."""
        states = [
            address_status.state_from_event(
                event, message_id=message_id, sent=sent, record=record, spelling=spelling, limit=self._limit
            )
            for event in delivery_events
        ]
        reported = [state for state in states if state != EMPTY]
        return address_status.merge(*reported, limit=self._limit) if reported else EMPTY

    def _block(self, mailbox: str, item: AddressItem) -> Block | None:
        block = self.block(mailbox, _state(item))
        return None if block is None else replace(block, resets=[*_resets(item)])

    def _merge(self, org: str, mailbox_hash: str, mailbox: str | None, change: StateChange) -> AddressItem | None:
        """The item afterwards, if there is one. `mailbox` is as for `_replacement`."""
        key = (org_keys.blacklist(org), mailbox_hash)

        def write(item: AddressItem | None) -> Change | None:
            return self._merging(org, mailbox_hash, mailbox, item, change)

        _, after = change_item(self._table, AddressItem, key, write, TOO_BUSY)
        return after

    def _merging(
        self, org: str, mailbox_hash: str, mailbox: str | None, item: AddressItem | None, change: StateChange
    ) -> Change | None:
        """The change of the item that merges what `change` makes of its state; None where that is nothing new."""
        state = EMPTY if item is None else _state(item)
        merged = self.merged(state, change(state))
        return None if merged == state else self._replacement(org, mailbox_hash, mailbox, item, merged)

    def _replacement(
        self,
        org: str,
        mailbox_hash: str,
        mailbox: str | None,
        item: AddressItem | None,
        state: AddressState,
        resets: tuple[PastReset, ...] = (),
    ) -> Change:
        """The change that gives the item this state, and these resets where there are any.

        A blocked address is listed under its `mailbox`; None leaves its listing as it is.
        """
        key = (org_keys.blacklist(org), mailbox_hash)
        actions = [AddressItem.standing.set(json_text(state))]
        as_read: list[Attribute[Any]] = [AddressItem.standing]
        if resets:
            actions.append(AddressItem.resets.set(_resets_text(resets)))
            as_read.append(AddressItem.resets)
        if self.block(mailbox_hash, state) is not None:
            actions += [AddressItem.org_status.set(org_keys.blocking_orgs(mailbox_hash)), AddressItem.at.set(org)]
            if mailbox is not None:
                actions.append(AddressItem.recipient_key.set(org_keys.blocked(mailbox)))
        elif item is not None:
            actions += [attribute.remove() for attribute in INDEXED]
        if item is None:
            return Insert(applied(AddressItem(*key), Update(key, actions)))
        return Update(key, actions, unchanged(item, *as_read))


def _mailbox_and_spelling(address: str) -> tuple[str, str | None]:
    """The mailbox, and the address as it was spelled, where it is a bare one in other letter case."""
    mailbox = addresses.mailbox(address)
    return mailbox, address if address != mailbox == address.lower() else None


def _state(item: AddressItem) -> AddressState:
    return _decoder.decode(item.standing)


def _resets(item: AddressItem | None) -> tuple[PastReset, ...]:
    return () if item is None or item.resets is None else _resets_decoder.decode(item.resets)


def _resets_text(resets: tuple[PastReset, ...]) -> str | None:
    return json_text(resets) if resets else None
