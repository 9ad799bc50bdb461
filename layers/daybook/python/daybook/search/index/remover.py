"""Removing documents from the search index once their entries are gone from the log.

A search shows none of them, since it checks each entry, but their words must not stay. To rewrite a segment for every
entry that expires would cost a hundred times what the entry did. So it is rewritten when about an eighth of its
documents are gone, and deleted with the last of them; at once where a person was erased from them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias

from daybook.core import entry_ids, timestamps
from daybook.search.index import segments
from daybook.search.index.segment_store import LAST, SIZES, SegmentMergedError, SegmentStore, Sizes, StoredSegment
from daybook.search.index.segments import Document, InvertedIndex
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Store

# By position, the document that replaces the one there; None where it is removed.
Replacements: TypeAlias = dict[str, Document | None]

# A segment is rewritten when one in so many of its documents seems to be gone.
REWRITE_SHARE = 8


class IndexRemover:
    """All of it raises StoreBusyError; what was done until then need not be done again."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime], sizes: Sizes = SIZES) -> None:
        self._table = table
        self._segments = SegmentStore(table=table, sizes=sizes)
        self._clock = clock

    def remove(self, org: str, ats: Collection[str]) -> None:
        """Remove the documents at these positions, whose entries have expired."""
        replacements: Replacements = dict.fromkeys(ats)
        self._segments.rewrite_open(org, lambda index: _replaced(index, replacements))
        for month, of_month in _by_month(replacements).items():
            self._rewrite_month(org, month, of_month, max(of_month))

    def replace(self, org: str, documents: Iterable[Document]) -> None:
        """Replace what the index has at the positions of these documents, at once; add none that it does not have."""
        replacements: Replacements = {document.at: document for document in documents}
        if not replacements:
            return
        self._segments.rewrite_open(org, lambda index: _replaced(index, replacements))
        for month, of_month in _by_month(replacements).items():
            self._rewrite_month(org, month, of_month, None)

    def _rewrite_month(self, org: str, month: str, replacements: Replacements, expired: str | None) -> None:
        """`expired` is the position up to which entries expire; None to rewrite each segment that has one of these."""
        for _ in attempts("the search index is being merged"):
            with suppress(SegmentMergedError):
                for segment in self._segments.of_months(org, month, month):
                    is_met = any(segment.head.first_at <= at <= segment.head.last_at for at in replacements)
                    if is_met and (expired is None or _is_due(segment, expired)):
                        self._rewrite(org, month, segment, replacements, expired)
                return

    def _rewrite(
        self, org: str, month: str, segment: StoredSegment, replacements: Replacements, expired: str | None
    ) -> None:
        before = self._segments.load(segment)
        missing = set() if expired is None else self._missing(org, before, expired)
        after = _replaced(before, dict.fromkeys(missing) | replacements)
        if after == before:
            return
        if after is not None:
            name = entry_ids.new_suffix(timestamps.millis(self._clock()), 0)
            self._segments.write(org, month, after, name, last=segment.tier == LAST)
        self._segments.delete([segment])

    def _missing(self, org: str, index: InvertedIndex, expired: str) -> set[str]:
        """The positions up to this one whose entries are gone: entries expire in the order of time."""
        ats = {
            record_keys.audit_entry(org, record, at): at
            for at, record in zip(index.ats, index.records, strict=True)
            if at <= expired
        }
        items = self._table.get_values(list(ats))
        return {at for key, at in ats.items() if key not in items}


def _by_month(replacements: Replacements) -> dict[str, Replacements]:
    months: dict[str, Replacements] = defaultdict(dict)
    for at, document in replacements.items():
        months[index_keys.month_of(at)][at] = document
    return months


def _replaced(index: InvertedIndex, replacements: Replacements) -> InvertedIndex | None:
    """The index after the replacements; None where it has no documents left."""
    ats = [at for at in index.ats if at in replacements]
    if not ats:
        return index
    left = segments.without(index, replacements)
    documents = [document for at in ats if (document := replacements[at]) is not None]
    if not documents:
        return left
    added = segments.build(documents)
    return added if left is None else segments.merge([left, added])


def _is_due(segment: StoredSegment, expired: str) -> bool:
    """Whether all of the segment, or a large share of it, is up to this position, and so seems to be gone."""
    if segment.inline is not None:
        count = bisect_right(segments.unpack(segment.inline).ats, expired)
    else:
        # As far as the head can say: up to the block that has the position.
        count, _ = segments.numbers_between(segment.head, expired, expired)
    return expired >= segment.head.last_at or count * REWRITE_SHARE >= segment.head.count
