"""Taking entries out of the search index once they are gone from the log.

A search shows none of them as it is, since it checks each entry, but their words are not to stay. To write a segment
anew for every entry that expires would cost a hundred times what the entry did, so it is written anew when about an
eighth of its entries are gone, and goes as a whole with the last of them; at once where a person is to be forgotten.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime

from daybook import ids, keys, segment_store, segments, times
from daybook.errors import StoreBusyError
from daybook.segment_store import LAST, SIZES, Listed, MovedError, SegmentStore, Sizes, Store
from daybook.segments import Index

SHARE = 8
TRIES = 5


class Forgetting:
    """All of it raises StoreBusyError; what was done until then need not be done again."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._table = table
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock

    def forget(self, org: str, ats: Collection[str], *, at_once: bool = False) -> None:
        """The entries that stood at these places are no more; with `at_once` their words go now."""
        self._forget_newest(org, ats)
        by_month: dict[str, set[str]] = defaultdict(set)
        for at in ats:
            by_month[at[:7]].add(at)
        for month, gone in by_month.items():
            self._forget_in(org, month, gone, at_once=at_once)

    def _forget_newest(self, org: str, gone: Collection[str]) -> None:
        for _ in range(TRIES):
            newest = self._segments.open_segment(org)
            if newest is None:
                return
            whole = segments.unpack(segment_store.inline(newest))
            left = segments.without(whole, gone)
            if left == whole or self._segments.replace_open(org, newest, left):
                return
        raise StoreBusyError("the newest entries of the search index are being changed")

    def _forget_in(self, org: str, month: str, gone: Collection[str], *, at_once: bool) -> None:
        for _ in range(TRIES):
            try:
                for one in self._segments.listed(org, month, month):
                    if any(one.head.first_at <= at <= one.head.last_at for at in gone) and (
                        at_once or _is_due(one, max(gone))
                    ):
                        self._rewrite(org, month, one, gone)
            except MovedError:
                continue
            return
        raise StoreBusyError("the search index is being merged")

    def _rewrite(self, org: str, month: str, one: Listed, gone: Collection[str]) -> None:
        whole = self._segments.load(one)
        left = segments.without(whole, {*gone, *self._missing(org, whole, max(gone))})
        if left == whole:
            return
        if left is not None:
            name = ids.new_suffix(times.millis(self._clock()), 0)
            self._segments.write(org, month, left, name, last=one.tier == LAST)
        self._segments.delete([one])

    def _missing(self, org: str, whole: Index, last: str) -> set[str]:
        """Which of the segment's entries up to this place are no more: what expires goes in the order of time."""
        wanted = {
            (f"{org}/{record}", keys.audit_entry(at)): at
            for at, record in zip(whole.ats, whole.records, strict=True)
            if at <= last
        }
        found = self._table.get(list(wanted))
        return {at for key, at in wanted.items() if key not in found}


def _is_due(one: Listed, last: str) -> bool:
    """Whether all of the segment, or a share of it, stands up to this place: so much seems to be gone then."""
    if one.inline is not None:
        passed = bisect_right(segments.unpack(one.inline).ats, last)
    else:
        # As far as the head can tell: up to the block that the place is in.
        passed, _ = segments.between(one.head, last, last)
    return last >= one.head.last_at or passed * SHARE >= one.head.count
