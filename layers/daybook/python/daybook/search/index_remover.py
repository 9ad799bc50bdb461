"""Removing deleted and erased entries from the search index.

A search does not show deleted entries, since it checks each entry, but their words are not to stay. Rewriting a segment
for every entry that expires would cost a hundred times what the entry did. So a segment is rewritten when about an
eighth of its entries are deleted, and deleted with the last of them; it is rewritten at once for an erasure.
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

# The new document of an entry by its position; None where the entry was deleted.
Changed: TypeAlias = dict[str, Doc | None]

# A segment is rewritten when one in so many of its entries seems to be deleted.
SHARE = 8


class IndexRemover:
    """Idempotent methods; each raises StoreBusyError. `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._table = table
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock

    def remove(self, org: str, ats: Collection[str]) -> None:
        """Remove the deleted entries at these positions, at once or with later ones of their segment."""
        changed: Changed = dict.fromkeys(ats)
        self._segments.rewrite_open(org, lambda whole: _changed(whole, changed))
        for month, gone in _by_month(changed).items():
            self._change_in(org, month, gone, max(gone))

    def replace(self, org: str, docs: Iterable[Doc]) -> None:
        """Replace the documents of these entries that the index holds, at once; others are not added."""
        changed: Changed = {doc.at: doc for doc in docs}
        if not changed:
            return
        self._segments.rewrite_open(org, lambda whole: _changed(whole, changed))
        for month, others in _by_month(changed).items():
            self._change_in(org, month, others, None)

    def _change_in(self, org: str, month: str, changed: Changed, last: str | None) -> None:
        """`last` is the position up to which entries have expired; None to rewrite each segment with one of these."""
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
        """The positions, up to `last`, of the segment's entries that are deleted: they expire in the order of time."""
        keys = {
            record_keys.audit_entry(org, record, at): at
            for at, record in zip(whole.ats, whole.records, strict=True)
            if at <= last
        }
        stored = self._table.get(list(keys))
        return {at for key, at in keys.items() if key not in stored}


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
    """Whether all of the segment's entries, or one in SHARE, are up to this position, and so seem to be deleted."""
    if segment.inline is not None:
        passed = bisect_right(segments.unpack(segment.inline).ats, last)
    else:
        # As exactly as the head says: up to the block with this position.
        passed, _ = segments.between(segment.head, last, last)
    return last >= segment.head.last_at or passed * SHARE >= segment.head.count
