"""What is known of an org's addresses, one item each: read in one batch, and changed against what was read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from daybook import addresses, blocks, keys, table
from daybook.blocks import NOTHING, Block, BlockStatus, Standing
from daybook.entries import Record
from daybook.errors import StoreBusyError
from daybook.events import Happening
from daybook.table import Change, Found, Insert, Item, Key, Range, Update

# Writers of one address at the same moment: each round one of them is done.
TRIES = 12
MAX_PAUSE = 0.05
# What an item has only while its address is blocked: it stands in the indexes that hold blocked ones only.
INDEXED = ("org_status", "at", "recipient_key")
_decoder = msgspec.json.Decoder(Standing)


class Store(Protocol):
    """What of the table is needed here; see `daybook.table.Table`."""

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]: ...

    def query(self, span: Range, limit: int, after: Item | None = None) -> Found: ...

    def write(self, changes: Sequence[Change]) -> list[bool]: ...


class Standings:
    """`soft_bounce_limit` soft bounces in a row put an address on the blacklist; 0 for never.

    With a limit, each delivered message costs a read and a write of its address, without one it costs nothing.
    """

    def __init__(self, *, table: Store, soft_bounce_limit: int) -> None:
        self._table = table
        self._limit = soft_bounce_limit

    def hear(
        self,
        org: str,
        address: str,
        record: Record | None,
        happenings: Iterable[Happening],
        *,
        message_id: str,
        sent: str,
    ) -> None:
        """Note what speaks against an address, or for it. `sent` is the instant of the message's sending.

        The same again, in any order, changes nothing and writes nothing. StoreBusyError.
        """
        mailbox = addresses.mailbox(address)
        spelling = address if address != mailbox == address.lower() else None
        said = [
            blocks.hearing(what, message_id=message_id, sent=sent, record=record, spelling=spelling, limit=self._limit)
            for what in happenings
        ]
        news = [known for known in said if known != NOTHING]
        if news and blocks.can_be_blocked(mailbox):
            heard = blocks.unite(*news, limit=self._limit)
            self.add(org, mailbox, lambda _: heard)

    def blocked(self, org: str, addresses_asked: Iterable[str]) -> dict[str, BlockStatus]:
        """Which of these addresses, in any spelling, are on the blacklist: their mailboxes and why. StoreBusyError."""
        return {mailbox: block.status for mailbox, block in self.listed(org, addresses_asked).items()}

    def listed(self, org: str, addresses_asked: Iterable[str]) -> dict[str, Block]:
        """As `blocked`, with all that is shown of each."""
        found = {mailbox: self.block(mailbox, known) for mailbox, known in self.read(org, addresses_asked).items()}
        return {mailbox: block for mailbox, block in found.items() if block is not None}

    def read(self, org: str, addresses_asked: Iterable[str]) -> dict[str, Standing]:
        """What is known of these addresses, by mailbox; of most that is nothing. Strongly consistent."""
        mailboxes = dict.fromkeys(addresses.mailbox(address) for address in addresses_asked)
        wanted = [(keys.blacklist(org), mailbox) for mailbox in mailboxes if blocks.can_be_blocked(mailbox)]
        return {sk: _standing(item) for (_, sk), item in self._table.get(wanted).items()}

    def is_blocked_elsewhere(self, org: str, mailbox: str) -> bool:
        """Whether another org blocks it. The index may be some moments behind: what it names is looked up."""
        span = Range(keys.blocking_orgs(mailbox), *keys.ALL_ORGS, table.BY_ORG_STATUS)
        others = [item["at"]["S"] for item in self._table.query(span, table.GET_BATCH).items if item["at"]["S"] != org]
        items = self._table.get([(keys.blacklist(other), mailbox) for other in others])
        return any(self.block(mailbox, _standing(item)) for item in items.values())

    def block(self, mailbox: str, standing: Standing) -> Block | None:
        return blocks.status(mailbox, standing, limit=self._limit)

    def add(self, org: str, mailbox: str, news: Callable[[Standing], Standing]) -> Standing:
        """Unite what is known with news that may depend on it; gives what is known then. StoreBusyError."""
        key = (keys.blacklist(org), mailbox)
        for _ in range(TRIES):
            item = self._table.get([key]).get(key)
            before = NOTHING if item is None else _standing(item)
            after = blocks.unite(before, news(before), limit=self._limit)
            if after == before:
                return after
            (done,) = self._table.write([self._replacement(org, mailbox, item, after)])
            if done:
                return after
            time.sleep(random.uniform(0, MAX_PAUSE))  # noqa: S311 - it keeps writers apart, it keeps no secret
        raise StoreBusyError("too much is happening to this address at once")

    def _replacement(self, org: str, mailbox: str, item: Item | None, standing: Standing) -> Change:
        key = (keys.blacklist(org), mailbox)
        put: Item = {"standing": {"S": msgspec.json.encode(standing).decode()}}
        if self.block(mailbox, standing):
            put |= {
                "org_status": {"S": keys.blocking_orgs(mailbox)},
                "at": {"S": org},
                "recipient_key": {"S": keys.blocked(mailbox)},
            }
        if item is None:
            return Insert({"pk": {"S": key[0]}, "sk": {"S": key[1]}, **put})
        drop = [name for name in INDEXED if name in item and name not in put]
        return Update(key, put, drop, {"standing": item["standing"]})


def _standing(item: Item) -> Standing:
    return _decoder.decode(item["standing"]["S"])
