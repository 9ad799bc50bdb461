"""Reindexing: an org's search index is rebuilt from its audit log, month by month, while entries are being written.

What the stream brings meanwhile becomes segments of its own; only those that were there when a month was begun are
replaced. A run that breaks off goes on with the month in which it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from daybook.search.by_time import EntriesByTime
from daybook.search.index import segments
from daybook.search.index.segment_store import SIZES, SegmentMergedError, SegmentStore, Sizes, StoredSegment
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.search.plan import Bounds
from daybook.storage import table
from daybook.storage.keys import index_keys, record_keys, search_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key
from daybook.storage.models.search import ReindexItem
from daybook.storage.store import GET_BATCH, Delete, Insert, Store, Update, unchanged
from daybook.storage.values import key_of

# Entries that are held until their segment is written: each may have 16 KiB of details, or be erased meanwhile.
HELD = 8192


class Progress(Struct, frozen=True):
    """How far a run is: the month that was done last, None where there was none to do.

    The steps behind the last month are those of the register of records: `records` is how many were not as they were.
    """

    done: bool
    month: str | None
    entries: int
    records: int = 0


class Reindexer:
    """All of it raises StoreBusyError; what was done until then need not be done again.

    `derived_writers` write what else is derived from entries, such as copies, where it is missing.
    """

    def __init__(
        self,
        *,
        table: Store,
        by_time: EntriesByTime,
        writer: IndexWriter,
        derived_writers: Sequence[Callable[[Sequence[AuditItem]], int]],
        clock: Callable[[], datetime],
        sizes: Sizes = SIZES,
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._writer = writer
        self._derived_writers = derived_writers
        self._clock = clock
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._largest = min(HELD, 2 * sizes.full)

    def step(self, org: str) -> Progress:
        """Rebuild the next month of the run under way, or the first month of a new one."""
        key = search_keys.partition(org), search_keys.REINDEX
        state = self._table.get_item(ReindexItem, key)
        last_month = None if state is None else state.month
        if last_month is None:
            # So that its documents are rebuilt with those of their months.
            self._writer.close(org)
        month = self._next_month(org, last_month)
        if month is None:
            if state is not None:
                self._table.write([Delete(key, unchanged(state, ReindexItem.month))])
            return Progress(True, last_month, 0)
        entries = self._rebuild(org, month)
        # Two runs at once are one that does some months twice.
        put = Insert(ReindexItem(*key, month=month)) if state is None else Update(key, [ReindexItem.month.set(month)])
        self._table.write([put])
        return Progress(False, month, entries)

    def _next_month(self, org: str, done: str | None) -> str | None:
        """The next month that has an entry or a segment."""
        behind = index_keys.ALL[0] if done is None else index_keys.after_month(done)
        entries = self._by_time.find(org, Bounds(low=behind, forward=True, chunk=1))
        of_entries = (index_keys.month_of(at) for at, item in entries if item)
        months = [next(of_entries, None), self._segments.month_from(org, behind)]
        return min((month for month in months if month), default=None)

    def _rebuild(self, org: str, month: str) -> int:
        """Rewrite the segments of a month; returns the number of its entries."""
        replaced = self._segments.of_months(org, month, month)
        indexed: set[str] = set()
        for entries in self._batches(org, month):
            self._write(org, entries)
            indexed |= {item.at for item in entries}
        # What was written a moment ago may not be in the indexes yet that the log is read from.
        late = [
            record_keys.audit_entry(org, record, at)
            for segment in replaced
            for at, record in self._documents(segment)
            if at not in indexed
        ]
        for batch in table.batches(late, self._largest):
            if entries := self._visible(batch):
                self._write(org, entries)
                indexed |= {item.at for item in entries}
        self._segments.delete(replaced)
        return len(indexed)

    def _batches(self, org: str, month: str) -> Iterator[list[AuditItem]]:
        """The entries of a month, in the order of time, as many at once as make a segment."""
        bounds = Bounds(low=month, high=index_keys.after_month(month), forward=True, chunk=GET_BATCH)
        keys = (key_of(row) for _, row in self._by_time.find(org, bounds) if row)
        for batch in table.batches(keys, self._largest):
            if entries := self._visible(batch):
                yield entries

    def _visible(self, keys: Sequence[Key]) -> list[AuditItem]:
        """The entries with these keys that exist and have not expired."""
        now = self._clock()
        items = self._table.get(AuditItem, list(dict.fromkeys(keys)))
        return [item for item in items.values() if item.is_visible(now)]

    def _write(self, org: str, entries: Sequence[AuditItem]) -> None:
        for write in self._derived_writers:
            write(entries)
        self._writer.write(org, segments.build(document(entry) for entry in entries), last=True)

    def _documents(self, segment: StoredSegment) -> list[tuple[str, str]]:
        """The position and record of each document in a segment."""
        try:
            index = self._segments.load(segment)
        except SegmentMergedError:
            # It was merged meanwhile, into one that is not to be replaced.
            return []
        return list(zip(index.ats, index.records, strict=True))
