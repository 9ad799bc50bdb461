"""What heads the page of a record: its name, and when each of its logs had its last entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from msgspec import Struct

from daybook.core.timestamps import Instant
from daybook.model.entries import Record
from daybook.records import known
from daybook.storage import values
from daybook.storage.keys import index_keys, record_keys, register_keys
from daybook.storage.keys.index_keys import BY_ACTIVITY
from daybook.storage.models.register import RecordItem
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store
from daybook.storage.values import Values

# Logs whose entries move to where their last activity was.
MOVING = frozenset({"email", "sms"})


class Head(Struct, frozen=True):
    """The name of a record, as in `FoundRecord`, or None; and by log, when its newest entry was active."""

    name: str | None
    last: Mapping[str, Instant | None]


class RecordHeads:
    """`clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def read(self, org: str, record: Record, logs: Sequence[str]) -> Head:
        """The head of a record with the last activity of these logs. StoreBusyError."""
        now = self._clock()
        with ThreadPoolExecutor(len(logs) + 1) as pool:
            item = pool.submit(self._item, org, record)
            last = dict(zip(logs, pool.map(partial(self._last, org, record, now), logs), strict=True))
            return Head(_name(item.result(), now, has_entries=any(last.values())), last)

    def names(self, org: str, records: Sequence[Record]) -> dict[Record, str]:
        """The names of those of these records that have one; of each some entry is shown. StoreBusyError."""
        now = self._clock()
        keys = {record: register_keys.record(org, record) for record in records}
        items = self._table.get(RecordItem, list(keys.values()), consistent=False)
        names = {record: _name(items.get(key), now, has_entries=True) for record, key in keys.items()}
        return {record: name for record, name in names.items() if name is not None}

    def _item(self, org: str, record: Record) -> RecordItem | None:
        key = register_keys.record(org, record)
        return self._table.get(RecordItem, [key], consistent=False).get(key)

    def _last(self, org: str, record: Record, now: datetime, log: str) -> str | None:
        """The instant of the last activity in a log; None where no entry is shown."""
        index = BY_ACTIVITY if log in MOVING else None
        span = Range(record_keys.partition(org, record), *record_keys.log_bounds(log), index, consistent=False)
        for page in query_value_pages(self._table, span, lambda passed: GET_BATCH if passed else 1):
            for item in page.items:
                if values.is_visible(item, now):
                    return _activity(item, index)
        return None


def _name(item: RecordItem | None, now: datetime, *, has_entries: bool) -> str | None:
    """The name in the register, of a record of which something is shown."""
    known_of = known.of_item(item)
    if item is None or known_of is None or not (has_entries or item.is_visible(now)):
        return None
    return None if known_of.shown is None else known_of.shown.text


def _activity(item: Values, index: str | None) -> str:
    if index == BY_ACTIVITY:
        return index_keys.activity_of(item["activity_key"])
    return record_keys.split_entry(item["sk"])[1]
