"""Entries by the words of a query: the search index proposes them, in the order of time, no further than asked for.

What is proposed has the words of the query, but perhaps not side by side or in the right field: whoever asks checks
each entry itself (`plan.Plan.matches`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_

from msgspec import Struct
from msgspec.structs import replace

from daybook.model import retention_policy
from daybook.search.by_time import Candidate
from daybook.search.index import segment_store, segments
from daybook.search.index.segment_store import DOCUMENTS, TERMS, SegmentMergedError, SegmentStore, StoredSegment
from daybook.search.index.segments import Head, Segment
from daybook.search.index.terms import Clause, IndexTerm, clauses
from daybook.search.line.terms import Term
from daybook.search.plan import Bounds
from daybook.storage.keys import index_keys, record_keys, search_keys
from daybook.storage.models.item import Key
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Store

# Segments with so many entries are searched first, the nearest in time: for most words that is enough. Each time after,
# three times as many.
FIRST_WAVE, GROWTH = 8_192, 3


class _SegmentScan(Struct):
    """What is left of a segment: no document of it is nearer than `bound`.

    `candidates` are the numbers of the documents that have the terms, None until these were looked up. The blocks are
    in `inline`, or else those of `stored`.
    """

    head: Head
    bound: str
    inline: Segment | None = None
    stored: StoredSegment | None = None
    candidates: list[int] | None = None


# A block: the number of its scan in a list, and its own in the segment.
Block = tuple[int, int]


class EntriesByWords:
    def __init__(self, *, table: Store, clock: Callable[[], datetime], first_wave: int = FIRST_WAVE) -> None:
        self._table = table
        self._segments = SegmentStore(table=table)
        self._clock = clock
        self._first_wave = first_wave

    def find(self, org: str, terms: Sequence[Term], bounds: Bounds) -> Iterator[Candidate]:
        """The entries within the bounds that may have all the terms, in order.

        StoreBusyError, also where segments are merged under the search again and again.
        """
        if not bounds.low < bounds.high:
            return
        conjunction = clauses(terms, bounds.staff, bounds.sources)
        for _ in attempts("the search index is being merged"):
            try:
                for at, item in self._search(org, conjunction, bounds):
                    yield at, item
                    bounds = replace(bounds, after=at)
            except SegmentMergedError:
                continue
            return

    def _search(self, org: str, conjunction: Sequence[Clause], bounds: Bounds) -> Iterator[Candidate]:
        scans, wave = self._scans(org, bounds), self._first_wave
        # Of the candidates that were read and are still to come: the record, by position.
        records: dict[str, str] = {}
        while scans or records:
            scans.sort(key=lambda scan: scan.bound, reverse=not bounds.forward)
            nearest = sorted(
                (at for at in records if not scans or _comes_before(at, scans[0].bound, bounds)),
                reverse=not bounds.forward,
            )
            for start in range(0, len(nearest), bounds.chunk):
                yield from self._entries(org, {at: records.pop(at) for at in nearest[start : start + bounds.chunk]})
            if scans:
                passed = _before(scans[0].bound, bounds)
                if bounds.contains(passed):
                    yield passed, None
                opened, scans = _opened(scans, wave)
                self._look_up([scan for scan in opened if scan.candidates is None], conjunction, bounds)
                scans += self._advance(opened, bounds, records)
                wave *= GROWTH

    def _scans(self, org: str, bounds: Bounds) -> list[_SegmentScan]:
        """A scan of each segment that may have entries within the bounds.

        The open one is read first: entries leave it for others.
        """
        item = self._segments.open_segment(org)
        open_segments = [] if item is None else [segment_store.inline(item)]
        first_month, last_month = search_keys.ALL_MONTHS
        months = max(index_keys.month_of(bounds.low), first_month), min(index_keys.month_of(bounds.high), last_month)
        scans = [_SegmentScan(segment.head, _nearest(segment.head, bounds), segment) for segment in open_segments]
        scans += [
            _SegmentScan(stored.head, _nearest(stored.head, bounds), stored.inline, stored)
            for stored in self._segments.of_months(org, *months)
        ]
        now = self._clock()
        return [
            scan
            for scan in scans
            if not retention_policy.is_expired(scan.head.expires_at, now) and _overlaps(scan.head, bounds)
        ]

    def _look_up(self, scans: Sequence[_SegmentScan], conjunction: Sequence[Clause], bounds: Bounds) -> None:
        """Find the candidates of each scan: a clause is looked up only where the clauses before it left some."""
        bitmaps = [(1 << scan.head.count) - 1 for scan in scans]
        for clause in conjunction:
            left = [number for number, bits in enumerate(bitmaps) if bits]
            terms = {term for alternative in clause for term in alternative}
            for number, by_term in zip(left, self._bitmaps([scans[number] for number in left], terms), strict=True):
                # An alternative without terms leaves every candidate.
                matching = [
                    reduce(and_, (by_term[term] for term in alternative), bitmaps[number]) for alternative in clause
                ]
                bitmaps[number] &= reduce(or_, matching)
        for scan, bits in zip(scans, bitmaps, strict=True):
            candidates = segments.numbers(bits)
            low, high = segments.numbers_between(scan.head, *bounds.remaining)
            scan.candidates = candidates[bisect_left(candidates, low) : bisect_left(candidates, high)]

    def _bitmaps(self, scans: Sequence[_SegmentScan], terms: Iterable[IndexTerm]) -> list[dict[IndexTerm, int]]:
        """For each scan, the documents that have each of the terms."""
        lookups = [
            (number, term, block)
            for number, scan in enumerate(scans)
            for term in terms
            for block in segments.term_blocks(scan.head, term.text, prefix=term.prefix)
        ]
        blocks = self._read(scans, TERMS, [(number, block) for number, _, block in lookups])
        bitmaps: list[dict[IndexTerm, int]] = [defaultdict(int) for _ in scans]
        for number, term, block in lookups:
            bitmaps[number][term] |= segments.bitmap(blocks[number, block], term.text, prefix=term.prefix)
        return bitmaps

    def _advance(self, scans: Sequence[_SegmentScan], bounds: Bounds, records: dict[str, str]) -> list[_SegmentScan]:
        """Read the next candidates of each scan, put their records by position, and give the scans that have more."""
        lookups: dict[Block, list[int]] = defaultdict(list)
        for number, scan in enumerate(scans):
            for document in _take_chunk(scan, bounds):
                lookups[number, segments.document_block(scan.head, document)].append(document)
        blocks = self._read(scans, DOCUMENTS, list(lookups))
        passed: dict[int, list[str]] = defaultdict(list)
        for (number, block), of_block in lookups.items():
            documents = segments.documents(blocks[number, block])
            for document in of_block:
                at, record = documents[document - scans[number].head.first_numbers[block]]
                passed[number].append(at)
                if bounds.contains(at):
                    records[at] = record
        for number, ats in passed.items():
            scans[number].bound = _behind(max(ats) if bounds.forward else min(ats), bounds)
        return [scan for scan in scans if scan.candidates and bounds.reaches(scan.bound)]

    def _read(self, scans: Sequence[_SegmentScan], kind: str, blocks: Iterable[Block]) -> Mapping[Block, bytes]:
        """Blocks of scans: those that are inline, and the others in one read."""
        inline: dict[Block, bytes] = {}
        keys: dict[Block, Key] = {}
        for number, block in blocks:
            scan = scans[number]
            if scan.inline is not None:
                inline[number, block] = (scan.inline.terms if kind == TERMS else scan.inline.documents)[block]
            elif scan.stored is not None:
                keys[number, block] = segment_store.block_key(scan.stored, kind, block)
        stored = self._segments.blocks(keys.values())
        return inline | {block: stored[key] for block, key in keys.items()}

    def _entries(self, org: str, records: Mapping[str, str]) -> Iterator[Candidate]:
        """The entries at these positions that still exist.

        Read eventually consistent, at half the price, and again consistently where some are too new for that.
        """
        ats = {record_keys.audit_entry(org, record, at): at for at, record in records.items()}
        items = self._table.get_values(list(ats), consistent=False)
        missing = [key for key in ats if key not in items]
        if missing:
            items |= self._table.get_values(missing)
        for key, at in ats.items():
            if key in items:
                yield at, items[key]


def _opened(scans: Sequence[_SegmentScan], entries: int) -> tuple[list[_SegmentScan], list[_SegmentScan]]:
    """The first scans with so many entries together, and the others; what is inline has been read already."""
    opened: list[_SegmentScan] = []
    rest: list[_SegmentScan] = []
    for scan in scans:
        is_near = entries > 0
        (opened if is_near or scan.inline else rest).append(scan)
        if not scan.inline:
            entries -= scan.head.count
    return opened, rest


def _take_chunk(scan: _SegmentScan, bounds: Bounds) -> list[int]:
    """Take the nearest candidates off a scan, as many as a chunk."""
    candidates = scan.candidates or []
    cut = bounds.chunk if bounds.forward else max(0, len(candidates) - bounds.chunk)
    head, tail = candidates[:cut], candidates[cut:]
    taken, scan.candidates = (head, tail) if bounds.forward else (tail, head)
    return taken


def _overlaps(head: Head, bounds: Bounds) -> bool:
    low, high = bounds.remaining
    return head.last_at >= low and head.first_at < high


def _nearest(head: Head, bounds: Bounds) -> str:
    return head.first_at if bounds.forward else head.last_at


def _comes_before(at: str, bound: str, bounds: Bounds) -> bool:
    return at < bound if bounds.forward else at > bound


def _before(at: str, bounds: Bounds) -> str:
    """The position right before this one, in the order of the search."""
    return index_keys.below(at) if bounds.forward else index_keys.above(at)


def _behind(at: str, bounds: Bounds) -> str:
    return index_keys.above(at) if bounds.forward else index_keys.below(at)
