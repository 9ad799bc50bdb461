"""A scan of the whole table, step by step: each item once, wherever a step stops, and no faster than stated."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from daybook.core.errors import StoreBusyError
from daybook.retention.table_scan import UNITS_PER_SECOND, Pace, Scanned, SegmentPosition, TableScan
from daybook.storage.models.item import Item, Key
from daybook.storage.store import ScanPage, Store

from tests.support.memory.table import SCANNED_PAGE, SCANNED_UNITS, MemoryTable

COUNT = 500
ALL = {f"{number:03}" for number in range(COUNT)}


class Counted(SegmentPosition, frozen=True):
    """A segment, and the items that its handler was done with."""

    names: tuple[str, ...] = ()


Handler = Callable[[Counted, ScanPage], Iterator[Counted]]


class ScannedTable(MemoryTable):
    """Counts the requests; the store is too busy for those of some numbers."""

    def __init__(self, busy: Sequence[int] = ()) -> None:
        super().__init__()
        self.insert([Item(f"p{number % 40}", f"{number:03}") for number in range(COUNT)])
        self.requests = 0
        self.busy = busy

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScanPage:
        self.requests += 1
        if self.requests - 1 in self.busy:
            raise StoreBusyError("the store is throttling reads")
        return super().scan(segment, segments, names, after, limit)


class Time:
    """Gives so many ticks of time, for one segment after the other."""

    def __init__(self, ticks: int) -> None:
        self.left = ticks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0


def scan(table: Store, time: Time | None = None, page_size: int | None = None, pace: Pace | None = None) -> TableScan:
    return TableScan(
        table=table,
        attributes=("pk", "sk"),
        has_time=time or Time(10_000),
        pace=pace or Pace(lambda: 0.0, lambda _: None),
        page_size=page_size,
    )


def by_page(segment: Counted, page: ScanPage) -> Iterator[Counted]:
    yield Counted(page.after, page.after is None, (*segment.names, *(item.sk for item in page.items)))


def by_item(segment: Counted, page: ScanPage) -> Iterator[Counted]:
    for item in page.items:
        segment = Counted(item.key, names=(*segment.names, item.sk))
        yield segment
    yield Counted(page.after, page.after is None, segment.names)


def names(segments: Sequence[Counted]) -> list[str]:
    return [name for segment in segments for name in segment.names]


@pytest.mark.parametrize("segments", [1, 3, 8])
@pytest.mark.parametrize("page_size", [None, 7])
def test_each_item_is_handled_once(segments: int, page_size: int | None) -> None:
    scanned = scan(ScannedTable(), page_size=page_size).resume([Counted()] * segments, by_page)
    assert all(segment.is_done for segment in scanned.segments)
    assert sorted(names(scanned.segments)) == sorted(ALL)
    assert scanned.failures == []


@pytest.mark.parametrize(("handle", "ticks", "least"), [(by_page, 1, 4), (by_page, 3, 3), (by_item, 7, 50)])
def test_many_steps_do_what_one_does(handle: Handler, ticks: int, least: int) -> None:
    segments, steps = [Counted()] * 2, 0
    while not all(segment.is_done for segment in segments):
        segments = scan(ScannedTable(), Time(ticks)).resume(segments, handle).segments
        steps += 1
        assert steps < 1000
    assert sorted(names(segments)) == sorted(ALL)
    assert steps >= least


def test_a_step_stops_within_a_page_where_its_handler_lets_it() -> None:
    table = ScannedTable()
    (segment,) = scan(table, Time(5)).resume([Counted()], by_item).segments
    # One tick for the page, and one after each item.
    assert (len(segment.names), segment.is_done, table.requests) == (5, False, 1)
    assert segment.after == ("p0", segment.names[-1])


def test_without_time_and_when_it_is_done_nothing_is_read() -> None:
    table = ScannedTable()
    before = [Counted(), Counted(is_done=True)]
    assert scan(table, Time(0)).resume(before, by_page) == Scanned(before, [])
    assert scan(table).resume(before[1:], by_page) == Scanned(before[1:], [])
    assert table.requests == 0


def test_a_busy_store_stops_a_segment_where_it_is_and_the_others_go_on() -> None:
    table = ScannedTable(busy=[1])
    scanned = scan(table).resume([Counted(), Counted()], by_page)
    assert [str(error) for error in scanned.failures] == ["the store is throttling reads"]
    assert sorted(segment.is_done for segment in scanned.segments) == [False, True]
    rest = scan(table).resume(scanned.segments, by_page)
    assert rest.failures == []
    assert sorted(names(rest.segments)) == sorted(ALL)


def test_what_a_handler_breaks_off_is_handled_again() -> None:
    def breaking_off(segment: Counted, page: ScanPage) -> Iterator[Counted]:
        for progress in by_item(segment, page):
            if len(progress.names) == 30:
                raise StoreBusyError("the store is throttling writes")
            yield progress

    scanned = scan(ScannedTable()).resume([Counted()], breaking_off)
    assert len(names(scanned.segments)) == 29
    assert len(scanned.failures) == 1
    rest = scan(ScannedTable()).resume(scanned.segments, by_page)
    assert sorted(names(rest.segments)) == sorted(ALL)


def test_a_step_fails_only_where_the_store_was_too_busy_for_all_segments() -> None:
    before = [Counted(), Counted()]
    stuck = scan(ScannedTable(busy=range(9))).resume(before, by_page)
    with pytest.raises(StoreBusyError, match="throttling reads"):
        stuck.raise_if_stuck(before)
    scan(ScannedTable(busy=[1])).resume(before, by_page).raise_if_stuck(before)
    scan(ScannedTable(), Time(0)).resume(before, by_page).raise_if_stuck(before)


def test_segments_that_are_not_done_share_the_rate() -> None:
    slept: list[float] = []
    pace = Pace(lambda: 0.0, slept.append)
    segments = [Counted(), Counted(), Counted(is_done=True)]
    scanned = scan(ScannedTable(), pace=pace).resume(segments, by_page)
    pages = len(slept)
    assert pages >= len(names(scanned.segments)) / SCANNED_PAGE
    assert slept == [pytest.approx(SCANNED_UNITS * 2 / UNITS_PER_SECOND)] * pages


def test_time_that_the_work_took_is_not_slept_as_well() -> None:
    slept: list[float] = []
    Pace(lambda: 10.0, slept.append).keep(9.5, 2.0)
    Pace(lambda: 10.0, slept.append).keep(7.0, 2.0)
    assert slept == [1.5, 0.0]
