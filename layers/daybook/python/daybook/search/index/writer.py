"""Writing the search index: documents become segments, and small segments are merged into large ones.

The newest documents of an org are in its open segment. Once they are enough they become a segment of their month, or
one of each of their months. Small segments of a month are merged into one of the middle tier, and those into one of
the last (tiered compaction). So a document is written about three times, and a search reads few segments. To add a
document twice, late or out of order changes nothing: it is the same document at the same position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from daybook.core import entry_ids, timestamps
from daybook.search.index import segment_store, segments
from daybook.search.index.segment_store import (
    LAST,
    MIDDLE,
    SIZES,
    SMALL,
    SegmentMergedError,
    SegmentStore,
    Sizes,
    StoredSegment,
)
from daybook.search.index.segments import Document, InvertedIndex
from daybook.storage.store import Store

# Losing more races than this is no error: an entry in two segments is found once, so the merge may be left.
TRIES = 5


class IndexWriter:
    """All of it raises StoreBusyError; what was done until then may be done again."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock
        self._open_limit = sizes.open_limit
        # How many documents of a tier are merged into the next.
        self._merged_at = {SMALL: sizes.small_merged, MIDDLE: 2 * sizes.full}

    def add(self, org: str, documents: Iterable[Document]) -> None:
        """Add documents of an org, one at least, to its index; a search finds them when this returns."""
        added = segments.build(documents)
        for _ in range(TRIES):
            item = self._segments.open_segment(org)
            before = None if item is None else segments.unpack(segment_store.inline(item))
            after = added if before is None else segments.merge([before, added])
            if len(after.ats) > self._open_limit or not self._segments.fits_inline(after):
                self.write(org, after)
                # Where others have added to it meanwhile, it stays: an entry in two segments is found once.
                if item is not None:
                    self._segments.replace_open(org, item, None)
                return
            if after == before or self._segments.replace_open(org, item, after):
                return
        self.write(org, added)

    def close(self, org: str) -> None:
        """Write the open segment as one of its months; what is added meanwhile stays in it."""
        for _ in range(TRIES):
            item = self._segments.open_segment(org)
            if item is None:
                return
            self.write(org, segments.unpack(segment_store.inline(item)))
            if self._segments.replace_open(org, item, None):
                return

    def write(self, org: str, index: InvertedIndex, *, last: bool = False) -> None:
        """Write segments, one for each month; `last` where these are not to be merged any more."""
        for month, of_month in segments.by_month(index).items():
            is_first = not last and not self._segments.has_month(org, month)
            tier = self._segments.write(org, month, of_month, self._new_name(), last=last)
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
        """Merge the month before this one, which seems to be over, so that its segments do not cost reads for ever."""
        over = self._segments.month_before(org, month)
        if over is None:
            return
        unmerged = [segment for tier in (SMALL, MIDDLE) for segment in self._segments.of_tier(org, over, tier)]
        if len(unmerged) > 1:
            self._merge(org, over, unmerged, last=True)

    def _merge(self, org: str, month: str, merged: Sequence[StoredSegment], *, last: bool = False) -> str:
        """Make one segment of several, and give its tier."""
        try:
            index = segments.merge([self._segments.load(segment) for segment in merged])
        except SegmentMergedError:
            # Somebody else is merging them.
            return LAST
        tier = self._segments.write(org, month, index, self._new_name(), last=last)
        self._segments.delete(merged)
        return tier

    def _new_name(self) -> str:
        """The name of a segment; no two have the same, as one may be deleted while another is written."""
        return entry_ids.new_suffix(timestamps.millis(self._clock()), 0)
