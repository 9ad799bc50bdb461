"""What is known of an org's addresses, one item each: read in one batch, and changed against what was read.

An item stands under the hash of its mailbox. The mailbox itself is in it while the address is blocked, for the list,
and an erasure takes it away: the address is blocked as before, as whoever asks about it names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from daybook.blacklist import address_status
from daybook.blacklist.address_status import NOTHING, AddressState, Block, BlockStatus
from daybook.core import addresses
from daybook.core.keyed_hash import KeyedHash
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.keys import org_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS
from daybook.storage.optimistic_locking import change_item
from daybook.storage.store import GET_BATCH, Change, Insert, Item, Key, Range, Store, Update, key_attributes

TOO_BUSY = "too much is happening to this address at once"


# What an item has only while its address is blocked: it stands in the indexes that hold blocked ones only.
INDEXED = ("org_status", "at", "recipient_key")


_decoder = msgspec.json.Decoder(AddressState)


class AddressStore:
    """`soft_bounce_limit` soft bounces in a row put an address on the blacklist; 0 for never.

    With a limit, each delivered message costs a read and a write of its address, without one it costs nothing.
    """

    def __init__(self, *, table: Store, digest: KeyedHash, soft_bounce_limit: int) -> None:
        self._table = table
        self._digest = digest
        self._limit = soft_bounce_limit

    def hear(
        self,
        org: str,
        address: str,
        record: Record | None,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """Note what speaks against an address, or for it. `sent` is the instant of the message's sending.

        The same again, in any order, changes nothing and writes nothing. StoreBusyError.
        """
        mailbox = addresses.mailbox(address)
        spelling = address if address != mailbox == address.lower() else None
        heard = self._heard(delivery_events, message_id=message_id, sent=sent, record=record, spelling=spelling)
        if heard != NOTHING and address_status.can_be_blocked(mailbox):
            self.add(org, mailbox, lambda _: heard)

    def hear_erased(
        self,
        org: str,
        recipient_hash: str,
        record: Record | None,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """The same for an address of which only the hash is left: it is blocked and not listed. StoreBusyError."""
        heard = address_status.reduced(
            self._heard(delivery_events, message_id=message_id, sent=sent, record=record, spelling=None)
        )
        if heard != NOTHING:
            self._unite(org, recipient_hash, None, lambda _: heard)

    def erase(self, org: str, recipient_hash: str) -> bool:
        """Forget the address itself and what could tell whose it was; it stays blocked. StoreBusyError.

        True where there was something to be forgotten. It is for last, when the entries are erased: until then feedback
        may bring it back.
        """
        key = (org_keys.blacklist(org), recipient_hash)

        def change(item: Item | None) -> Change | None:
            if item is None:
                return None
            state = _state(item)
            reduced = address_status.reduced(state)
            if reduced == state and "recipient_key" not in item:
                return None
            drop = [name for name in ("recipient_key",) if name in item]
            seen = {"standing": item["standing"], "recipient_key": item.get("recipient_key")}
            return Update(key, _encoded(reduced), drop, seen)

        before, after = change_item(self._table, key, change, TOO_BUSY)
        return before != after

    def blocked(self, org: str, addresses_asked: Iterable[str]) -> dict[str, BlockStatus]:
        """Which of these addresses, in any spelling, are on the blacklist: their mailboxes and why. StoreBusyError."""
        return {mailbox: block.status for mailbox, block in self.listed(org, addresses_asked).items()}

    def listed(self, org: str, addresses_asked: Iterable[str]) -> dict[str, Block]:
        """As `blocked`, with all that is shown of each."""
        blocks = {mailbox: self.block(mailbox, state) for mailbox, state in self.read(org, addresses_asked).items()}
        return {mailbox: block for mailbox, block in blocks.items() if block is not None}

    def read(self, org: str, addresses_asked: Iterable[str]) -> dict[str, AddressState]:
        """What is known of these addresses, by mailbox; of most that is nothing. Strongly consistent."""
        mailboxes = dict.fromkeys(addresses.mailbox(address) for address in addresses_asked)
        wanted = {self._key(org, mailbox): mailbox for mailbox in mailboxes if address_status.can_be_blocked(mailbox)}
        return {wanted[key]: _state(item) for key, item in self._table.get(list(wanted)).items()}

    def is_blocked_elsewhere(self, org: str, mailbox: str) -> bool:
        """Whether another org blocks it. The index may be some moments behind: what it names is looked up."""
        span = Range(org_keys.blocking_orgs(self._digest(mailbox)), *org_keys.ALL_ORGS, BY_ORG_STATUS)
        others = [item["at"]["S"] for item in self._table.query(span, GET_BATCH).items if item["at"]["S"] != org]
        items = self._table.get([self._key(other, mailbox) for other in others])
        return any(self.block(mailbox, _state(item)) for item in items.values())

    def block(self, mailbox: str, state: AddressState) -> Block | None:
        return address_status.status(mailbox, state, limit=self._limit)

    def add(self, org: str, mailbox: str, news: Callable[[AddressState], AddressState]) -> AddressState:
        """Unite what is known with news that may depend on it; gives what is known then. StoreBusyError."""
        return self._unite(org, self._digest(mailbox), mailbox, news)

    def add_unlisted(self, org: str, mailbox: str, news: Callable[[AddressState], AddressState]) -> AddressState:
        """The same for news of what had been asked before: it does not list anew an address that was erased since."""
        return self._unite(org, self._digest(mailbox), None, news)

    def recipient_hash(self, mailbox: str) -> str:
        """What stands for an address in the keys of the table."""
        return self._digest(mailbox)

    def _key(self, org: str, mailbox: str) -> Key:
        return org_keys.blacklist(org), self._digest(mailbox)

    def _heard(
        self,
        delivery_events: Iterable[DeliveryEvent],
        *,
        message_id: str,
        sent: str,
        record: Record | None,
        spelling: str | None,
    ) -> AddressState:
        states = [
            address_status.hearing(
                event, message_id=message_id, sent=sent, record=record, spelling=spelling, limit=self._limit
            )
            for event in delivery_events
        ]
        news = [state for state in states if state != NOTHING]
        return address_status.merge(*news, limit=self._limit) if news else NOTHING

    def _unite(
        self, org: str, mailbox_hash: str, mailbox: str | None, news: Callable[[AddressState], AddressState]
    ) -> AddressState:
        """A blocked address is listed under its `mailbox`; with None as it is, or not at all."""
        key = (org_keys.blacklist(org), mailbox_hash)

        def change(item: Item | None) -> Change | None:
            state = NOTHING if item is None else _state(item)
            merged = address_status.merge(state, news(state), limit=self._limit)
            return None if merged == state else self._replacement(org, mailbox_hash, mailbox, item, merged)

        _, after = change_item(self._table, key, change, TOO_BUSY)
        return _state(after) if after else NOTHING

    def _replacement(
        self, org: str, mailbox_hash: str, mailbox: str | None, item: Item | None, state: AddressState
    ) -> Change:
        key = (org_keys.blacklist(org), mailbox_hash)
        put = _encoded(state)
        is_blocked = self.block(mailbox_hash, state) is not None
        if is_blocked:
            put |= {"org_status": {"S": org_keys.blocking_orgs(mailbox_hash)}, "at": {"S": org}}
            if mailbox is not None:
                put["recipient_key"] = {"S": org_keys.blocked(mailbox)}
        if item is None:
            return Insert(key_attributes(key) | put)
        drop = [] if is_blocked else [name for name in INDEXED if name in item]
        return Update(key, put, drop, {"standing": item["standing"]})


def _state(item: Item) -> AddressState:
    return _decoder.decode(item["standing"]["S"])


def _encoded(state: AddressState) -> Item:
    return {"standing": {"S": msgspec.json.encode(state).decode()}}
