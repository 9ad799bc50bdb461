"""Reading the search index: candidates for a query, lazily and in the order of time.

A candidate holds the words of the query, but perhaps not next to each other or in the right field. The caller checks
the entry itself (`daybook.search.query_line`).
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
from daybook.search import index_terms, segment_store, segments
from daybook.search.by_time import Placed
from daybook.search.index_terms import Choice, Word
from daybook.search.plan import Bounds
from daybook.search.query_line import Term
from daybook.search.segment_store import PLACES, TERMS, Listed, MovedError, SegmentStore
from daybook.search.segments import Head, Packed
from daybook.storage.keys import index_keys, record_keys, search_keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Key, Store

# Segments that are read first, the nearest: for most words they suffice. Each further wave has four times as many.
FIRST_WAVE, GROWTH = 2, 4


class _Run(Struct):
    """The rest of a segment: no entry of it is nearer than `bound`; `left` are its candidates, None until known."""

    head: Head
    bound: str
    packed: Packed | None = None
    listed: Listed | None = None
    left: list[int] | None = None


# A block of a run, by the run's place in a list and the block's number.
Block = tuple[int, int]


class EntriesByWords:
    """Searches of an org's audit entries by words; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._segments = SegmentStore(table=table)
        self._clock = clock

    def find(self, org: str, terms: Sequence[Term], bounds: Bounds) -> Iterator[Placed]:
        """The `at` and item of each entry that may match all terms, in order; without an item, it is mere progress.

        StoreBusyError, also where segments are merged during the search again and again.
        """
        if not bounds.low < bounds.high:
            return
        choices = index_terms.choices(terms, bounds.staff, bounds.sources)
        for _ in attempts("the search index is being merged"):
            try:
                for at, item in self._walk(org, choices, bounds):
                    yield at, item
                    bounds = replace(bounds, after=at)
            except MovedError:
                continue
            return

    def _walk(self, org: str, choices: Sequence[Choice], bounds: Bounds) -> Iterator[Placed]:
        runs, wave = self._runs(org, bounds), FIRST_WAVE
        found: dict[str, str] = {}
        while runs or found:
            runs.sort(key=lambda run: run.bound, reverse=not bounds.forward)
            ahead = sorted(
                (at for at in found if not runs or _comes_before(at, runs[0].bound, bounds)), reverse=not bounds.forward
            )
            for start in range(0, len(ahead), bounds.chunk):
                yield from self._entries(org, {at: found.pop(at) for at in ahead[start : start + bounds.chunk]})
            if runs:
                passed = _before(runs[0].bound, bounds)
                if bounds.contains(passed):
                    yield passed, None
                # Segments whose heads hold the blocks have been read already.
                opened = [run for place, run in enumerate(runs) if place < wave or run.packed]
                runs = [run for place, run in enumerate(runs) if place >= wave and not run.packed]
                self._choose([run for run in opened if run.left is None], choices, bounds)
                runs += self._take(opened, bounds, found)
                wave *= GROWTH

    def _runs(self, org: str, bounds: Bounds) -> list[_Run]:
        """The segments that may hold entries within the bounds. The open one first: entries move out of it."""
        newest = self._segments.open_segment(org)
        packed = [] if newest is None else [segment_store.inline(newest)]
        first_month, last_month = search_keys.ALL_MONTHS
        months = max(index_keys.month_of(bounds.low), first_month), min(index_keys.month_of(bounds.high), last_month)
        runs = [_Run(one.head, _nearest(one.head, bounds), one) for one in packed]
        runs += [
            _Run(one.head, _nearest(one.head, bounds), one.inline, one) for one in self._segments.listed(org, *months)
        ]
        now = self._clock()
        return [
            run
            for run in runs
            if not retention_policy.is_expired(run.head.expires_at, now) and _overlaps(run.head, bounds)
        ]

    def _choose(self, runs: Sequence[_Run], choices: Sequence[Choice], bounds: Bounds) -> None:
        """Find the candidates of runs: a word is looked up only in runs with candidates for the words before it."""
        held = [(1 << run.head.count) - 1 for run in runs]
        for choice in choices:
            asked = [place for place, bits in enumerate(held) if bits]
            words = {word for one in choice for word in one}
            for place, holding in zip(asked, self._holding([runs[place] for place in asked], words), strict=True):
                # A choice without words keeps all candidates.
                alternatives = [reduce(and_, (holding[word] for word in one), held[place]) for one in choice]
                held[place] &= reduce(or_, alternatives)
        for run, bits in zip(runs, held, strict=True):
            candidates = segments.numbers(bits)
            low, high = segments.between(run.head, *bounds.remaining)
            run.left = candidates[bisect_left(candidates, low) : bisect_left(candidates, high)]

    def _holding(self, runs: Sequence[_Run], words: Iterable[Word]) -> list[dict[Word, int]]:
        """For each run, the entries that hold each of the words, as a bit set."""
        wanted = [
            (place, word, number)
            for place, run in enumerate(runs)
            for word in words
            for number in segments.term_blocks(run.head, word.text, prefix=word.prefix)
        ]
        blocks = self._read(runs, TERMS, [(place, number) for place, _, number in wanted])
        found: list[dict[Word, int]] = [defaultdict(int) for _ in runs]
        for place, word, number in wanted:
            found[place][word] |= segments.holding(blocks[place, number], word.text, prefix=word.prefix)
        return found

    def _take(self, runs: Sequence[_Run], bounds: Bounds, found: dict[str, str]) -> list[_Run]:
        """Read the positions of the next candidates of each run; returns the runs that have more."""
        wanted: dict[Block, list[int]] = defaultdict(list)
        for place, run in enumerate(runs):
            for number in _next_of(run, bounds):
                wanted[place, segments.place_block(run.head, number)].append(number)
        blocks = self._read(runs, PLACES, list(wanted))
        passed: dict[int, list[str]] = defaultdict(list)
        for (place, block), numbers in wanted.items():
            places = segments.places(blocks[place, block])
            for number in numbers:
                at, record = places[number - runs[place].head.firsts[block]]
                passed[place].append(at)
                if bounds.contains(at):
                    found[at] = record
        for place, ats in passed.items():
            runs[place].bound = _behind(max(ats) if bounds.forward else min(ats), bounds)
        return [run for run in runs if run.left and bounds.reaches(run.bound)]

    def _read(self, runs: Sequence[_Run], kind: str, wanted: Iterable[Block]) -> Mapping[Block, bytes]:
        """Blocks of runs: from the head where it has them, else read in one batch."""
        blocks: dict[Block, bytes] = {}
        keys: dict[Block, Key] = {}
        for place, number in wanted:
            run = runs[place]
            if run.packed is not None:
                blocks[place, number] = (run.packed.terms if kind == TERMS else run.packed.places)[number]
            elif run.listed is not None:
                keys[place, number] = segment_store.block_key(run.listed, kind, number)
        stored = self._segments.blocks(keys.values())
        return blocks | {block: stored[key] for block, key in keys.items()}

    def _entries(self, org: str, chunk: Mapping[str, str]) -> Iterator[Placed]:
        """The entries at these positions that still exist.

        They are read eventually consistent first, at half the price; the newest may need a consistent read.
        """
        keys = {record_keys.audit_entry(org, record, at): at for at, record in chunk.items()}
        items = self._table.get(list(keys), consistent=False)
        missing = [key for key in keys if key not in items]
        if missing:
            items |= self._table.get(missing)
        for key, at in keys.items():
            if key in items:
                yield at, items[key]


def _next_of(run: _Run, bounds: Bounds) -> list[int]:
    """Remove the next `bounds.chunk` candidates from a run, and return them."""
    left = run.left or []
    cut = bounds.chunk if bounds.forward else max(0, len(left) - bounds.chunk)
    taken, run.left = (left[:cut], left[cut:]) if bounds.forward else (left[cut:], left[:cut])
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
