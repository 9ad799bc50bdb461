"""Writing the search index: entries of the table's stream become segments, and small segments are merged.

The newest entries of an org are in its open segment. Once they are enough they become a segment of their month, or one
of each of their months. Small segments of a month are merged into one of middle size, and those into a last one. So an
entry is written about three times, and a search has few segments to read. A repeated or late entry changes nothing: it
is the same entry at the same position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from daybook.core import entry_ids, timestamps
from daybook.search import entry_texts, index_terms, segment_store, segments
from daybook.search.segment_store import LAST, MIDDLE, SIZES, SMALL, Listed, MovedError, SegmentStore, Sizes
from daybook.search.segments import Doc, Index
from daybook.storage import attributes, entry_items
from daybook.storage.keys import record_keys
from daybook.storage.store import Item, Store

# Losing more races than this is no error: an entry in two segments is found once, so the merge may be left.
TRIES = 5


def doc(item: Item) -> Doc:
    """The document of an audit entry in the search index."""
    record = record_keys.path_of(attributes.text(item, "pk"))
    terms = index_terms.terms(entry_texts.texts(item))
    return Doc(attributes.text(item, "at"), record, terms, entry_items.expiry(item))


class IndexWriter:
    """Idempotent methods; each raises StoreBusyError. `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock
        self._newest = sizes.newest
        self._merged_at = {SMALL: sizes.inline, MIDDLE: 2 * sizes.full}

    def add(self, org: str, docs: Iterable[Doc]) -> None:
        """Add entries of an org, one at least, to its index; a search finds them when this returns."""
        fresh = segments.index(docs)
        for _ in range(TRIES):
            newest = self._segments.open_segment(org)
            held = None if newest is None else segments.unpack(segment_store.inline(newest))
            whole = fresh if held is None else segments.merged([held, fresh])
            if len(whole.ats) > self._newest:
                self.write(org, whole)
                # Where others have added to it meanwhile, it stays: an entry in two segments is found once.
                if newest is not None:
                    self._segments.replace_open(org, newest, None)
                return
            if whole == held or self._segments.replace_open(org, newest, whole):
                return
        self.write(org, fresh)

    def close(self, org: str) -> None:
        """Move all entries out of the open segment, but for those added meanwhile."""
        for _ in range(TRIES):
            newest = self._segments.open_segment(org)
            if newest is None:
                return
            self.write(org, segments.unpack(segment_store.inline(newest)))
            if self._segments.replace_open(org, newest, None):
                return

    def write(self, org: str, whole: Index, *, last: bool = False) -> None:
        """Write segments, one for each month; `last` where these are not to be merged any more."""
        for month, part in segments.by_month(whole).items():
            is_first = not last and not self._segments.has(org, month)
            tier = self._segments.write(org, month, part, self._name(), last=last)
            if not last:
                self._merge_up(org, month, tier)
            if is_first:
                self._finish(org, month)

    def _merge_up(self, org: str, month: str, tier: str) -> None:
        while tier != LAST:
            of_tier = self._segments.of_tier(org, month, tier)
            if sum(segment.head.count for segment in of_tier) < self._merged_at[tier]:
                return
            tier = self._merge(org, month, of_tier)

    def _finish(self, org: str, month: str) -> None:
        """The month before this one seems to be over: its small segments are not to cost many reads for ever."""
        before = self._segments.month_before(org, month)
        if before is None:
            return
        unmerged = [segment for tier in (SMALL, MIDDLE) for segment in self._segments.of_tier(org, before, tier)]
        if len(unmerged) > 1:
            self._merge(org, before, unmerged, last=True)

    def _merge(self, org: str, month: str, merged: Sequence[Listed], *, last: bool = False) -> str:
        """Make one segment of several, and give its tier."""
        try:
            whole = segments.merged([self._segments.load(segment) for segment in merged])
        except MovedError:
            # Somebody else is merging them.
            return LAST
        tier = self._segments.write(org, month, whole, self._name(), last=last)
        self._segments.delete(merged)
        return tier

    def _name(self) -> str:
        """A unique name for each segment, so that a deleted and a written one cannot be the same."""
        return entry_ids.new_suffix(timestamps.millis(self._clock()), 0)
