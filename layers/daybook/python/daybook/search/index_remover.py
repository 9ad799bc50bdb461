"""Taking entries out of the search index once they are gone from the log.

A search shows none of them as it is, since it checks each entry, but their words are not to stay. To write a segment
anew for every entry that expires would cost a hundred times what the entry did, so it is written anew when about an
eighth of its entries are gone, and goes as a whole with the last of them; at once where a person was erased from them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias

from daybook.core import entry_ids, timestamps
from daybook.search import segments
from daybook.search.segment_store import LAST, SIZES, Listed, MovedError, SegmentStore, Sizes
from daybook.search.segments import Doc, Index
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Store

# By place what comes instead of an entry; None where nothing does.
Changed: TypeAlias = dict[str, Doc | None]

# A segment is written anew when one in so many of its entries seems to be gone.
SHARE = 8


class IndexRemover:
    """All of it raises StoreBusyError; what was done until then need not be done again."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._table = table
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock

    def forget(self, org: str, ats: Collection[str]) -> None:
        """The entries that stood at these places are no more."""
        changed: Changed = dict.fromkeys(ats)
        self._segments.rewrite_open(org, lambda whole: _changed(whole, changed))
        for month, gone in _by_month(changed).items():
            self._change_in(org, month, gone, max(gone))

    def replace(self, org: str, docs: Iterable[Doc]) -> None:
        """What the index holds of these entries goes at once, and these come instead; what it does not hold, do not."""
        changed: Changed = {doc.at: doc for doc in docs}
        if not changed:
            return
        self._segments.rewrite_open(org, lambda whole: _changed(whole, changed))
        for month, others in _by_month(changed).items():
            self._change_in(org, month, others, None)

    def _change_in(self, org: str, month: str, changed: Changed, last: str | None) -> None:
        """`last` is up to where entries expire; None where each segment that holds one of these is written anew."""
        for _ in attempts("the search index is being merged"):
            with suppress(MovedError):
                for segment in self._segments.listed(org, month, month):
                    is_met = any(segment.head.first_at <= at <= segment.head.last_at for at in changed)
                    if is_met and (last is None or _is_due(segment, last)):
                        self._rewrite(org, month, segment, changed, last)
                return

    def _rewrite(self, org: str, month: str, segment: Listed, changed: Changed, last: str | None) -> None:
        whole = self._segments.load(segment)
        missing = set() if last is None else self._missing(org, whole, last)
        left = _changed(whole, dict.fromkeys(missing) | changed)
        if left == whole:
            return
        if left is not None:
            name = entry_ids.new_suffix(timestamps.millis(self._clock()), 0)
            self._segments.write(org, month, left, name, last=segment.tier == LAST)
        self._segments.delete([segment])

    def _missing(self, org: str, whole: Index, last: str) -> set[str]:
        """Which of the segment's entries up to this place are no more: what expires goes in the order of time."""
        wanted = {
            record_keys.audit_entry(org, record, at): at
            for at, record in zip(whole.ats, whole.records, strict=True)
            if at <= last
        }
        standing = self._table.get(list(wanted))
        return {at for key, at in wanted.items() if key not in standing}


def _by_month(changed: Changed) -> dict[str, Changed]:
    months: dict[str, Changed] = defaultdict(dict)
    for at, doc in changed.items():
        months[index_keys.month_of(at)][at] = doc
    return months


def _changed(whole: Index, changed: Changed) -> Index | None:
    held = [at for at in whole.ats if at in changed]
    if not held:
        return whole
    left = segments.without(whole, changed)
    docs = [doc for at in held if (doc := changed[at]) is not None]
    if not docs:
        return left
    come = segments.index(docs)
    return come if left is None else segments.merged([left, come])


def _is_due(segment: Listed, last: str) -> bool:
    """Whether all of the segment, or a share of it, stands up to this place: so much seems to be gone then."""
    if segment.inline is not None:
        passed = bisect_right(segments.unpack(segment.inline).ats, last)
    else:
        # As far as the head can tell: up to the block that the place is in.
        passed, _ = segments.between(segment.head, last, last)
    return last >= segment.head.last_at or passed * SHARE >= segment.head.count
