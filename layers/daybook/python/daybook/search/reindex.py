"""Making an org's search index anew out of its audit log, month by month, while entries go on being written.

What the stream tells meanwhile becomes segments of its own; only those that were there when a month was begun are
replaced. A run that breaks off is taken up with the month in which it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from daybook.search import index_writer, segments
from daybook.search.by_time import EntriesByTime
from daybook.search.index_writer import IndexWriter
from daybook.search.plan import Bounds
from daybook.search.segment_store import SIZES, Listed, MovedError, SegmentStore, Sizes
from daybook.storage import attributes, table
from daybook.storage.keys import index_keys, record_keys, search_keys
from daybook.storage.store import GET_BATCH, Delete, Insert, Item, Key, Store, Update, key_attributes, key_of


class Progress(Struct, frozen=True):
    """How far a run is: the month that was done last, None where there was none to do."""

    done: bool
    month: str | None
    entries: int


class Reindexer:
    """All of it raises StoreBusyError; what was done until then need not be done again.

    `derived_writers` write what else is derived from entries, such as copies, where it is missing.
    """

    def __init__(
        self,
        *,
        table: Store,
        merged: EntriesByTime,
        index: IndexWriter,
        derived_writers: Sequence[Callable[[Sequence[Item]], int]],
        clock: Callable[[], datetime],
        sizes: Sizes = SIZES,
    ) -> None:
        self._table = table
        self._merged = merged
        self._index = index
        self._derived_writers = derived_writers
        self._clock = clock
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._largest = 2 * sizes.full

    def step(self, org: str) -> Progress:
        """Do the next month of a run, the first of one where none is under way."""
        key = search_keys.partition(org), search_keys.REINDEX
        state = self._table.get([key]).get(key)
        begun = attributes.text(state, "month") if state else None
        if begun is None:
            # So that its entries are done with those of their months.
            self._index.close(org)
        month = self._next_month(org, begun)
        if month is None:
            if state:
                self._table.write([Delete(key, {"month": state["month"]})])
            return Progress(True, begun, 0)
        entries = self._rebuild(org, month)
        put: Item = {"month": {"S": month}}
        # Two runs at once are one that does some months twice.
        self._table.write([Update(key, put) if state else Insert(key_attributes(key) | put)])
        return Progress(False, month, entries)

    def _next_month(self, org: str, done: str | None) -> str | None:
        """The next month that has an entry or a segment."""
        behind = index_keys.ALL[0] if done is None else index_keys.after_month(done)
        entries = self._merged.find(org, Bounds(low=behind, forward=True, chunk=1))
        of_entries = (index_keys.month_of(at) for at, item in entries if item)
        found = [month for month in (next(of_entries, None), self._segments.month_from(org, behind)) if month]
        return min(found, default=None)

    def _rebuild(self, org: str, month: str) -> int:
        old = self._segments.listed(org, month, month)
        placed: set[str] = set()
        for entries in self._batches(org, month):
            self._write(org, entries)
            placed |= {attributes.text(item, "at") for item in entries}
        # What was written a moment ago may not be in the indexes yet that the log is read from.
        late = [place for one in old for place in self._places(one) if place[0] not in placed]
        for batch in table.batches(late, self._largest):
            found = self._table_items([record_keys.audit_entry(org, record, at) for at, record in batch])
            if found:
                self._write(org, found)
                placed |= {attributes.text(item, "at") for item in found}
        self._segments.delete(old)
        return len(placed)

    def _batches(self, org: str, month: str) -> Iterator[list[Item]]:
        """The entries of a month, whole, in the order of time, as many at once as make a segment."""
        bounds = Bounds(low=month, high=index_keys.after_month(month), forward=True, chunk=GET_BATCH)
        places = (key_of(item) for _, item in self._merged.find(org, bounds) if item)
        for batch in table.batches(places, self._largest):
            if found := self._table_items(batch):
                yield found

    def _table_items(self, wanted: Sequence[Key]) -> list[Item]:
        now = self._clock()
        found = self._table.get(list(dict.fromkeys(wanted)))
        return [item for item in found.values() if attributes.is_visible(item, now)]

    def _write(self, org: str, entries: Sequence[Item]) -> None:
        for write in self._derived_writers:
            write(entries)
        self._index.write(org, segments.index(index_writer.doc(item) for item in entries), last=True)

    def _places(self, one: Listed) -> list[tuple[str, str]]:
        try:
            whole = self._segments.load(one)
        except MovedError:
            # It has been merged meanwhile, into one that is not to be replaced.
            return []
        return list(zip(whole.ats, whole.records, strict=True))
