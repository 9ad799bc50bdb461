"""A parallel scan of the whole table in resumable steps, at a limited rate.

The position and the counts of each segment are passed from one step to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from daybook.core.errors import StoreBusyError
from daybook.storage.models.item import Key
from daybook.storage.store import ScanPage, Store

# Read units, of all segments together: a partition of DynamoDB gives 3,000 a second to all its readers.
UNITS_PER_SECOND = 1000
MOST_SEGMENTS = 64
SegmentCount = Annotated[int, Meta(ge=1, le=MOST_SEGMENTS)]


class SegmentPosition(Struct, frozen=True):
    """The position in a segment of the table: after the item with the key `after`; None for its beginning."""

    after: Key | None = None
    is_done: bool = False


S = TypeVar("S", bound=SegmentPosition)


class Pace(Struct, frozen=True):
    """Keeps work from being faster than stated. `tick` gives seconds that only grow; `sleep` takes seconds."""

    tick: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def keep(self, started: float, seconds: float) -> None:
        """Sleep until so many seconds have passed since `started`, a value of `tick`."""
        self.sleep(max(0.0, seconds - (self.tick() - started)))


class Scanned(Struct, Generic[S], frozen=True):
    """The segments after a step, and the errors of those for which the store was too busy."""

    segments: list[S]
    failures: list[StoreBusyError]

    def raise_if_stuck(self, before: Sequence[S]) -> None:
        """StoreBusyError where there was one, and no segment has progressed since `before`."""
        if self.failures and [_position(segment) for segment in self.segments] == [*map(_position, before)]:
            raise self.failures[0]


class TableScan(Struct, frozen=True, kw_only=True):
    """One step of a scan. Of each item only the `attributes` of these names are read; without names, all.

    `has_time` tells whether the step may go on. `page_size` is items a request at most; None for 1 MB.
    """

    table: Store
    attributes: Sequence[str]
    has_time: Callable[[], bool]
    pace: Pace = Pace()
    page_size: int | None = None

    def resume(self, segments: Sequence[S], handle: Callable[[S, ScanPage], Iterator[S]]) -> Scanned[S]:
        """Continue each segment in a thread of its own, until it is done, out of time or the store is busy.

        `handle` processes a page of a segment, and yields the segment's progress wherever the step may stop. Work
        between two yields that is interrupted is repeated by the next step.
        """
        failures: list[StoreBusyError] = []
        seconds_per_unit = sum(not segment.is_done for segment in segments) / UNITS_PER_SECOND

        def scan(number: int, segment: S) -> S:
            try:
                while not segment.is_done and self.has_time():
                    started = self.pace.tick()
                    page = self.table.scan(number, len(segments), self.attributes, segment.after, self.page_size)
                    for progress in handle(segment, page):
                        segment = progress
                        if not self.has_time():
                            break
                    self.pace.keep(started, page.units * seconds_per_unit)
            except StoreBusyError as error:
                failures.append(error)
            return segment

        with ThreadPoolExecutor(len(segments)) as pool:
            return Scanned(list(pool.map(scan, range(len(segments)), segments)), failures)


def _position(segment: SegmentPosition) -> tuple[Key | None, bool]:
    return segment.after, segment.is_done
