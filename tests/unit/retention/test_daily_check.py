"""The daily look at the table: what it counts, and that it gets through whatever interrupts it."""

import random
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from daybook.core import entry_ids, timestamps
from daybook.core.errors import StoreBusyError
from daybook.retention.daily_check import (
    RESERVED_SECONDS,
    SEGMENTS,
    CheckedSegment,
    CheckRun,
    DailyCheck,
    Figures,
    is_claimed,
    is_long_pending,
    is_overdue,
    possible_entries,
    run_to_continue,
)
from daybook.retention.table_scan import UNITS_PER_SECOND
from daybook.storage.keys import job_keys, message_keys, record_keys
from daybook.storage.models import kinds
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import ScanPage

from tests.support.memory.table import Attributes, MemoryTable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PK = "riverside/family/1"
PAGE, PAGE_UNITS = 7, 2.0


def made(pk: str, sk: str, expires: datetime | None = None, **more: Any) -> Attributes:
    """An item with the attributes that the check reads of one, and more."""
    end = {} if expires is None else {"expires_at": {"N": str(int(expires.timestamp()))}}
    return {"pk": {"S": pk}, "sk": {"S": sk}, **end, **more}


def item(pk: str, sk: str, expires: datetime | None = None) -> Item:
    return kinds.read(Item, made(pk, sk, expires))


def entry_id(arrived: datetime) -> str:
    return entry_ids.entry_id("2026-11-01T00:00:00.000Z", entry_ids.new_suffix(timestamps.millis(arrived), 0))


def content(arrived: datetime, expires: datetime | None = None) -> Item:
    return item(PK, record_keys.content(entry_id(arrived)), expires)


def early(until: datetime | None, recipient: str = "smith@mail.example", log: str = "email") -> Item:
    return item("message/m-1", message_keys.pending_events(log, recipient), until)


def pointer(recipient: str = "smith@mail.example", log: str = "email") -> PointerItem:
    return PointerItem("message/m-1", message_keys.pointer(PK, recipient), entry=f"{log}/2026-11-01T00:00:00.000Z/x")


def test_an_item_is_overdue_once_ttl_has_had_its_48_hours() -> None:
    end = NOW - timedelta(hours=48)
    assert is_overdue(item(PK, "any", end), NOW)
    assert not is_overdue(item(PK, "any", end + SECOND), NOW)
    assert not is_overdue(item(PK, "any"), NOW)


def test_content_asks_for_its_entry_in_both_logs_that_it_may_be_of() -> None:
    found = content(NOW - timedelta(days=1))
    assert possible_entries(found, NOW) == [
        (PK, found.sk.replace("content/20261101000000000", f"{log}/2026-11-01T00:00:00.000Z/"))
        for log in ("email", "audit")
    ]


def test_content_of_the_last_hour_and_content_that_has_ended_need_no_entry() -> None:
    hour = timedelta(hours=1)
    assert possible_entries(content(NOW - hour), NOW)
    assert not possible_entries(content(NOW - hour + SECOND), NOW)
    assert possible_entries(content(NOW - hour, NOW + SECOND), NOW)
    assert not possible_entries(content(NOW - hour, NOW), NOW)


@pytest.mark.parametrize("sk", ["audit/2026-11-01T00:00:00.000Z/x", "content/", "content/x", "contents/x"])
def test_nothing_but_content_needs_an_entry(sk: str) -> None:
    assert possible_entries(item(PK, sk), NOW) == []


def test_events_are_long_pending_after_a_day() -> None:
    a_day_ago = NOW - timedelta(days=1) + timedelta(days=7)
    assert is_long_pending(early(a_day_ago), NOW)
    assert not is_long_pending(early(a_day_ago + SECOND), NOW)
    # What is of a whole e-mail stays for as long as its entries.
    assert not is_long_pending(early(None, ""), NOW)
    assert not is_long_pending(item("message/m-1", "email/family/1/", a_day_ago), NOW)


@pytest.mark.parametrize(
    ("pending", "pointers", "claimed"),
    [
        (early(None), [], False),
        (early(None), [pointer()], True),
        (early(None), [pointer("jones@mail.example")], False),
        (early(None), [pointer("jones@mail.example"), pointer()], True),
        (early(None, ""), [pointer()], True),
        (early(None, "", "sms"), [pointer("+14155550123", "sms")], True),
        (early(None, "", "sms"), [pointer("", "push")], False),
    ],
)
def test_early_events_are_claimed_by_an_entry_that_they_are_about(
    pending: Item, pointers: list[PointerItem], claimed: bool
) -> None:
    assert is_claimed(pending, pointers) is claimed


def test_a_pass_is_begun_once_a_day_and_goes_on_until_it_is_over() -> None:
    yesterday, today = "2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00.000Z"
    over = (CheckedSegment(is_done=True),) * SEGMENTS
    half = (CheckedSegment(is_done=True), *over[1:-1], CheckedSegment((PK, "x")))
    assert run_to_continue(None, NOW) == CheckRun(timestamps.instant(NOW))
    assert run_to_continue(CheckRun(yesterday, over), NOW) == CheckRun(timestamps.instant(NOW))
    assert run_to_continue(CheckRun(today, over), NOW) is None
    assert run_to_continue(CheckRun(yesterday, half), NOW) == CheckRun(yesterday, half)


class ScannedTable(MemoryTable):
    """Read in parts and pages; `busy` tells whether a page is refused."""

    busy: Callable[[], bool] = staticmethod(lambda: False)

    def scan(
        self,
        part: int,
        parts: int,
        names: Sequence[str],
        after: Key | None = None,
        limit: int | None = None,  # noqa: ARG002 - the check asks for whole pages
    ) -> ScanPage:
        if self.busy():
            raise StoreBusyError("the store is throttling")
        found = sorted(
            key for key in self.stored if key[0] != "retention" and zlib.crc32(key[0].encode()) % parts == part
        )
        if after is not None:
            found = [key for key in found if key > after]
        shown = [{name: self.stored[key][name] for name in names if name in self.stored[key]} for key in found[:PAGE]]
        last = found[PAGE - 1] if len(found) > PAGE else None
        return ScanPage([kinds.read(Item, attributes) for attributes in shown], last, PAGE_UNITS)


def filled() -> tuple[ScannedTable, Figures]:
    """A table of every kind of thing, and what is to be counted in it."""
    table, long_ago = ScannedTable(), NOW - timedelta(days=30)
    counted = {"items_overdue": 0, "contents_without_entry": 0, "events_unclaimed": 0}
    stored: list[Attributes] = []
    for number in range(60):
        pk, log = f"riverside/family/{number % 9}", ("email", "audit")[number % 2]
        moment, suffix = f"2026-11-01T00:00:{number:02}.000Z", entry_ids.new_suffix(timestamps.millis(long_ago), number)
        stored.append(made(pk, record_keys.content(entry_ids.entry_id(moment, suffix)), NOW + timedelta(days=number)))
        if number % 5 == 1:
            counted["contents_without_entry"] += 1
        else:
            stored.append(
                made(pk, record_keys.entry(log, moment, suffix), NOW - timedelta(days=3) if number % 7 == 1 else None)
            )
            counted["items_overdue"] += number % 7 == 1
        stored.append(made(f"message/m-{number}", message_keys.pending_events("email", ""), NOW + timedelta(days=4)))
        if number % 4 == 1:
            counted["events_unclaimed"] += 1
        else:
            sk = message_keys.pointer(pk, "smith@mail.example")
            stored.append(made(f"message/m-{number}", sk, entry={"S": "email/2026-11-01T00:00:00.000Z/x"}))
    # Content of the first is to be older than the clock, which its expiry is not to end.
    stored[0].pop("expires_at")
    table.stored |= {(each["pk"]["S"], each["sk"]["S"]): each for each in stored}
    return table, Figures(items_checked=len(stored), **counted)


def check(table: ScannedTable, clock: Callable[[], datetime] = lambda: NOW) -> DailyCheck:
    return DailyCheck(table=table, clock=clock, sleep=lambda _: None)


def without_units(figures: Figures | None) -> Figures | None:
    return figures and Figures(figures.items_checked, 0, *[
        figures.items_overdue, figures.contents_without_entry, figures.events_unclaimed,
    ])  # fmt: skip


def test_everything_is_counted_once() -> None:
    table, expected = filled()
    assert min(expected.items_overdue, expected.contents_without_entry, expected.events_unclaimed) > 3
    figures = check(table).step(lambda: 900)
    assert without_units(figures) == expected
    assert figures
    assert figures.read_units >= expected.items_checked / PAGE * PAGE_UNITS
    assert check(table).step(lambda: 900) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_pass_that_is_interrupted_anywhere_counts_the_same(seed: int) -> None:
    table, expected = filled()
    drawn = random.Random(seed)
    table.busy = lambda: drawn.random() < 0.2
    found = None
    while found is None:
        with suppress(StoreBusyError):
            times = iter([RESERVED_SECONDS + 1] * drawn.randint(0, 6))
            found = check(table).step(partial(next, times, RESERVED_SECONDS))
    assert without_units(found) == expected
    assert check(table).step(lambda: 900) is None


def test_a_run_is_stored_as_it_always_was() -> None:
    table, _ = filled()
    counted = msgspec.to_builtins(Figures(items_checked=3, items_overdue=2))
    assert counted.keys() == {
        "items_checked", "read_units", "items_overdue", "contents_without_entry", "events_unclaimed",
    }  # fmt: skip
    part = {"after": None, "is_done": True, "figures": counted}
    last = part | {"is_done": False, "after": ["~", "~"]}
    stored = {"began": "2026-11-21T12:00:00.000Z", "parts": [part, part, part, last]}
    key = job_keys.RETENTION_CHECK
    table.stored[key] = made(*key) | {"pass": {"S": msgspec.json.encode(stored).decode()}}
    figures = check(table).step(lambda: 900)
    assert figures
    assert (figures.items_checked, figures.items_overdue) == (12, 8)
    after = msgspec.json.decode(table.stored[key]["pass"]["S"])
    assert after["began"] == stored["began"]
    assert [each.keys() for each in after["parts"]] == [part.keys()] * SEGMENTS


def test_of_two_passes_at_once_one_counts() -> None:
    table, expected = filled()
    others: list[Figures | None] = []
    # Between the reading of the state and its writing.
    table.meanwhile = (1, lambda: others.append(check(table).step(lambda: 900)))
    mine = check(table).step(lambda: 900)
    assert [without_units(one) for one in (mine, *others) if one] == [expected]


def test_nothing_is_begun_without_time() -> None:
    table, _ = filled()
    assert check(table).step(lambda: RESERVED_SECONDS) is None
    assert check(table).step(lambda: 900) is not None


def test_it_reads_no_faster_than_stated() -> None:
    table, _ = filled()
    slept: list[float] = []
    figures = DailyCheck(table=table, clock=lambda: NOW, sleep=slept.append).step(lambda: 900)
    assert figures
    # Each of the parts by itself.
    assert sum(slept) <= figures.read_units * SEGMENTS / UNITS_PER_SECOND
    assert sum(slept) > 0.5 * figures.read_units * SEGMENTS / UNITS_PER_SECOND


def test_the_next_day_is_counted_anew() -> None:
    table, expected = filled()
    check(table).step(lambda: 900)
    figures = check(table, lambda: NOW + timedelta(days=1)).step(lambda: 900)
    assert figures
    assert figures.items_checked == expected.items_checked
