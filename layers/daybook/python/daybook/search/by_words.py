"""Reading the search index: the entries that a search proposes, in the order of time, read no further than asked for.

What is proposed holds the words that are asked for, but perhaps not side by side or in the right field: whoever asks
checks the entry itself (`daybook.grammar`).
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
from daybook.storage import keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Key, Store

# So many segments are opened first, the nearest: of most words they tell enough. After that always four times more.
FIRST_WAVE, GROWTH = 2, 4


class _Run(Struct):
    """What is left of a segment: no entry of it is nearer than `bound`, `left` are its candidates, None until known."""

    head: Head
    bound: str
    packed: Packed | None = None
    listed: Listed | None = None
    left: list[int] | None = None


# A block of a run, by the run's place in a list and the block's number.
Block = tuple[int, int]


class EntriesByWords:
    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._segments = SegmentStore(table=table)
        self._clock = clock

    def find(self, org: str, wanted: Sequence[Term], bounds: Bounds) -> Iterator[Placed]:
        """The `at` and item of each entry that may hold all of it, in order; None for the item tells of progress.

        StoreBusyError, also where segments are merged under the search again and again.
        """
        if not bounds.low < bounds.high:
            return
        choices = index_terms.choices(wanted, bounds.staff, bounds.sources)
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
                # What stands in the heads has been read already.
                opened = [run for place, run in enumerate(runs) if place < wave or run.packed]
                runs = [run for place, run in enumerate(runs) if place >= wave and not run.packed]
                self._choose([run for run in opened if run.left is None], choices, bounds)
                runs += self._take(opened, bounds, found)
                wave *= GROWTH

    def _runs(self, org: str, bounds: Bounds) -> list[_Run]:
        """The segments that may hold entries within the bounds. The open one is read first: entries leave it."""
        newest = self._segments.open_segment(org)
        packed = [] if newest is None else [segment_store.inline(newest)]
        first_month, last_month = keys.ALL_MONTHS
        months = max(keys.month_of(bounds.low), first_month), min(keys.month_of(bounds.high), last_month)
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
        """Find the candidates of runs: a word is looked up only in those that have some after the words before it."""
        held = [(1 << run.head.count) - 1 for run in runs]
        for choice in choices:
            asked = [place for place, bits in enumerate(held) if bits]
            words = {word for one in choice for word in one}
            for place, holding in zip(asked, self._holding([runs[place] for place in asked], words), strict=True):
                # Where there is no word to go by, all that is left may be meant.
                alternatives = [reduce(and_, (holding[word] for word in one), held[place]) for one in choice]
                held[place] &= reduce(or_, alternatives)
        for run, bits in zip(runs, held, strict=True):
            candidates = segments.numbers(bits)
            low, high = segments.between(run.head, *bounds.remaining)
            run.left = candidates[bisect_left(candidates, low) : bisect_left(candidates, high)]

    def _holding(self, runs: Sequence[_Run], words: Iterable[Word]) -> list[dict[Word, int]]:
        """For each run which of its entries hold each of the words."""
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
        """Look up where the next candidates of each run stand, and give the runs that have more."""
        wanted: dict[Block, list[int]] = defaultdict(list)
        for place, run in enumerate(runs):
            for number in _next_of(run, bounds):
                wanted[place, segments.place_block(run.head, number)].append(number)
        blocks = self._read(runs, PLACES, list(wanted))
        passed: dict[int, list[str]] = defaultdict(list)
        for (place, block), numbers in wanted.items():
            standing = segments.places(blocks[place, block])
            for number in numbers:
                at, record = standing[number - runs[place].head.firsts[block]]
                passed[place].append(at)
                if bounds.contains(at):
                    found[at] = record
        for place, ats in passed.items():
            runs[place].bound = _behind(max(ats) if bounds.forward else min(ats), bounds)
        return [run for run in runs if run.left and bounds.reaches(run.bound)]

    def _read(self, runs: Sequence[_Run], kind: str, wanted: Iterable[Block]) -> Mapping[Block, bytes]:
        """Blocks of runs: out of the head where it has them, and else together."""
        found: dict[Block, bytes] = {}
        apart: dict[Block, Key] = {}
        for place, number in wanted:
            run = runs[place]
            if run.packed is not None:
                found[place, number] = (run.packed.terms if kind == TERMS else run.packed.places)[number]
            elif run.listed is not None:
                apart[place, number] = segment_store.block_key(run.listed, kind, number)
        read = self._segments.blocks(apart.values())
        return found | {block: read[key] for block, key in apart.items()}

    def _entries(self, org: str, chunk: Mapping[str, str]) -> Iterator[Placed]:
        """The entries at these places that are still there, read the cheap way first: some are too new for it."""
        wanted = {(keys.at_path(org, record), keys.audit_entry(at)): at for at, record in chunk.items()}
        found = self._table.get(list(wanted), consistent=False)
        missing = [key for key in wanted if key not in found]
        if missing:
            found |= self._table.get(missing)
        for key, at in wanted.items():
            if key in found:
                yield at, found[key]


def _next_of(run: _Run, bounds: Bounds) -> list[int]:
    """Take a page's worth off what is left of a run."""
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
    """The place right before this one, in the order of the search."""
    return keys.below(at) if bounds.forward else keys.above(at)


def _behind(at: str, bounds: Bounds) -> str:
    return keys.above(at) if bounds.forward else keys.below(at)
