"""Making an org's register of records anew, from all entries of the table, in resumable steps.

Only a scan finds every record: activity is in no index of an org.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from daybook.records.register import RecordRegister
from daybook.storage.keys import org_keys, record_keys, register_keys, search_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.register import RecordItem
from daybook.storage.models.search import RegisterProgressItem
from daybook.storage.store import Delete, Store, Update

# Of one step, beyond which a page of the scan may take it.
SECONDS = 10.0
# Items of a page; each may be of another record.
PAGE = 1000


class RegisterProgress(Struct, frozen=True):
    """Whether every entry was read, and how many records of these were registered, or registered otherwise."""

    done: bool
    records: int


class RegisterRebuild:
    """`clock` returns an aware datetime, `tick` seconds that only grow."""

    def __init__(
        self,
        *,
        table: Store,
        register: RecordRegister,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._register = register
        self._clock = clock
        self._tick = tick

    def is_under_way(self, org: str) -> bool:
        """Whether a run has begun, and is not done. StoreBusyError."""
        return self._table.get_item(RegisterProgressItem, _key(org)) is not None

    def step(self, org: str) -> RegisterProgress:
        """Continue the run under way, or begin one. StoreBusyError: what was done until then need not be repeated."""
        until = self._tick() + SECONDS
        state = self._table.get_item(RegisterProgressItem, _key(org))
        after = None if state is None else (state.after_pk, state.after_sk)
        registered = 0
        while True:
            page = self._table.scan(0, 1, (), after, PAGE)
            of_org = [item for item in page.items if org_keys.org_of(item.pk) == org]
            registered += self._register_items(of_org)
            after = page.after
            if after is None:
                self._table.write([Delete(_key(org))])
                return RegisterProgress(True, registered)
            if self._tick() >= until:
                self._save(org, state, after)
                return RegisterProgress(False, registered)

    def _register_items(self, items: list[Item]) -> int:
        now = self._clock()
        entries = [
            item
            for item in items
            if isinstance(item, EntryItem) and item.is_visible(now) and record_keys.log_of(*item.key) is not None
        ]
        registered = self._register.add(entries)
        for item in items:
            if isinstance(item, RecordItem):
                # It may know what has expired by a changed policy, or lack an item by which it is found.
                self._register.rebuild(*register_keys.split_record(*item.key), is_repair=True)
        return registered

    def _save(self, org: str, state: RegisterProgressItem | None, after: Key) -> None:
        pk, sk = after
        if state is None and all(self._table.insert([RegisterProgressItem(*_key(org), after_pk=pk, after_sk=sk)])):
            return
        actions = [RegisterProgressItem.after_pk.set(pk), RegisterProgressItem.after_sk.set(sk)]
        # Two runs at once are one that does a part twice.
        self._table.write([Update(_key(org), actions)])


def _key(org: str) -> Key:
    return search_keys.partition(org), search_keys.REGISTER
