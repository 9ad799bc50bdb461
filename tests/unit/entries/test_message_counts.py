"""Messages of an org, counted by day and class in memory, against a plain count of what was posted."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.core import timestamps
from daybook.core.errors import InvalidRequestError, StoreBusyError
from daybook.entries.messages import message_counts
from daybook.entries.messages.message_counts import CountsQuery, MessageCounts
from daybook.model.delivery_status import status_class
from daybook.model.entries import EmailStatus, Record, SmsStatus
from daybook.model.responses import CountedRange, MessageCountList
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.models.item import Item
from daybook.storage.store import Count, Range, StartKey
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api, posted
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples, met, reaching

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAMILY, STAFF = Record("family", "1"), Record("staff", "7")
BOTH = ["family", "staff"]
STATUSES: dict[str, tuple[str, ...]] = {"email": get_args(EmailStatus), "sms": get_args(SmsStatus)}

# 31 days each, from this one on.
MONTHS = {
    # No summer time in Ramadan, and its end soon after: forward on September 10, back on the 30th.
    "two changes": ("Africa/Cairo", date(2010, 9, 5)),
    "forward": ("America/Chicago", date(2026, 2, 20)),
    "back": ("America/Chicago", date(2026, 10, 20)),
    # At one minute past midnight, to the evening before: the new day was interrupted by the old one.
    "back over midnight": ("America/St_Johns", date(2010, 10, 20)),
    "half an hour": ("Australia/Lord_Howe", date(2026, 3, 20)),
    "a skipped day": ("Pacific/Apia", date(2011, 12, 10)),
    "no change": ("Asia/Kathmandu", date(2026, 5, 1)),
}

Message = tuple[str, str, datetime, Record]


def item(number: int, message: Message) -> Item:
    log, status, moment, record = message
    entry = posted.entry_of({"email": api.email, "sms": api.sms}[log](status=status), NOW)
    key = EntryKey(record_keys.partition("riverside", record), log, timestamps.instant(moment), f"{number:018}")
    return entry_items.make(
        "riverside", entry, key, keyed_hash=hashed, expires_at=None, content_until=None, has_content=False
    )


def stored(messages: Sequence[Message]) -> MemoryTable:
    table = MemoryTable()
    table.insert([item(number, message) for number, message in enumerate(messages)])
    return table


def count(
    table: Any,
    query: Mapping[str, str] = MappingProxyType({}),
    *,
    zone: str = "UTC",
    record_types: Sequence[str] = BOTH,
    now: datetime = NOW,
) -> MessageCountList:
    counts = MessageCounts(table=table, zone=lambda _: ZoneInfo(zone), clock=lambda: now)
    return counts.count("riverside", msgspec.convert({"log": "email"} | dict(query), CountsQuery), record_types)


def rows(answer: MessageCountList) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {(row.day, row.status_class): row.count for row in answer.counts}
    assert len(found) == len(answer.counts)
    return found


def plain(messages: Sequence[Message], log: str, zone: str, is_counted: Callable[[Message], bool]) -> dict[Any, int]:
    """By day and class, from each message's own local time."""
    counted: Counter[tuple[str, str]] = Counter()
    for message in messages:
        of_log, status, moment, _ = message
        if of_log == log and is_counted(message):
            name = status if log == "sms" else status_class(status)
            counted[moment.astimezone(ZoneInfo(zone)).date().isoformat(), name] += 1
    return dict(counted)


def drawn(chance: random.Random, zone: str, first: date, number: int) -> list[Message]:
    """Messages of 33 days, half of them within two hours of a midnight."""
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - DAY
    messages = []
    for _ in range(number):
        log = chance.choice(["email", "email", "sms"])
        moment = midnight + chance.randrange(33) * DAY
        moment += chance.uniform(-2, 2) * HOUR if chance.random() < 0.5 else chance.random() * DAY
        moment = timestamps.from_instant(timestamps.instant(moment))
        messages.append((log, chance.choice(STATUSES[log]), moment, chance.choice([FAMILY, FAMILY, STAFF])))
    return messages


def local_date(message: Message, zone: str) -> date:
    return message[2].astimezone(ZoneInfo(zone)).date()


RECORD_TYPES = st.sampled_from([BOTH, ["family"], ["staff"]])


@reaching(counted=0.9)
@examples(30)
@given(st.sampled_from([*MONTHS]), st.sampled_from(["email", "sms"]), RECORD_TYPES, st.integers())
def test_a_month_is_counted_as_by_hand(month: str, log: str, record_types: list[str], seed: int) -> None:
    zone, first = MONTHS[month]
    last = first + 30 * DAY
    messages = drawn(random.Random(seed), zone, first, 100)
    query = {"log": log, "from": first.isoformat(), "to": last.isoformat()}
    answer = count(stored(messages), query, zone=zone, record_types=record_types)

    def is_counted(message: Message) -> bool:
        return first <= local_date(message, zone) <= last and message[3].type in record_types

    expected = plain(messages, log, zone, is_counted)
    assert rows(answer) == expected
    assert answer.range is msgspec.UNSET
    met("counted", bool(expected))


@examples(20)
@given(st.sampled_from([*MONTHS]), st.integers())
def test_times_cut_the_outer_days(month: str, seed: int) -> None:
    zone, first = MONTHS[month]
    chance = random.Random(seed)
    messages = drawn(chance, zone, first, 100)
    moments = sorted(moment for _, _, moment, _ in messages)
    start = chance.choice(moments[: len(moments) // 2])
    end = min(chance.choice(moments), start + 29 * DAY)
    if end <= start:
        end = start + HOUR
    answer = count(stored(messages), {"from": timestamps.instant(start), "to": timestamps.instant(end)}, zone=zone)
    assert rows(answer) == plain(messages, "email", zone, lambda message: start <= message[2] < end)


@reaching(cut=0.5, empty=0.02)
@examples(30)
@given(st.sampled_from([*MONTHS]), st.integers(1, 100), RECORD_TYPES, st.integers())
def test_beyond_the_budget_only_whole_days_are_counted_and_the_range_tells_which(
    month: str, budget: int, record_types: list[str], seed: int
) -> None:
    """The budget is of what is read: of all records."""
    zone, first = MONTHS[month]
    messages = drawn(random.Random(seed), zone, first, 100)
    days = {"from": first.isoformat(), "to": (first + 30 * DAY).isoformat()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_counts, "BUDGET", budget)
        answer = count(stored(messages), days, zone=zone, record_types=record_types)
    by_day = Counter(local_date(message, zone) for message in messages if message[0] == "email")
    read, whole = 0, set()
    for number in range(31):
        day = first + (30 - number) * DAY
        read += by_day[day]
        if read > budget:
            break
        whole.add(day)

    def is_counted(message: Message) -> bool:
        return local_date(message, zone) in whole and message[3].type in record_types

    assert rows(answer) == plain(messages, "email", zone, is_counted)
    met("cut", len(whole) < 31)
    met("empty", not whole)
    if len(whole) == 31:
        assert answer.range is msgspec.UNSET
        return
    end = local_instant(zone, first + 31 * DAY)
    assert answer.range == CountedRange(local_instant(zone, min(whole)) if whole else end, end)


def local_instant(zone: str, day: date) -> str:
    """When a day begins, of none that does so within a skipped hour."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return timestamps.instant(midnight)


def test_what_is_before_the_range_is_counted_by_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, first = MONTHS["two changes"]
    messages = drawn(random.Random(1), zone, first, 400)
    table, days = stored(messages), {"from": first.isoformat(), "to": (first + 30 * DAY).isoformat()}
    everything = rows(count(table, days, zone=zone))
    monkeypatch.setattr(message_counts, "BUDGET", 60)
    found: dict[tuple[str, str], int] = {}
    answer: MessageCountList | None = None
    requests = 0
    while answer is None or answer.range is not msgspec.UNSET:
        answer = count(table, days, zone=zone)
        requests += 1
        assert not found.keys() & rows(answer).keys()
        found |= rows(answer)
        if isinstance(answer.range, CountedRange):
            days["to"] = answer.range.start
    assert found == everything
    assert requests > 3


def at(text: str, status: str = "bounced", record: Record = FAMILY, log: str = "email") -> Message:
    return log, status, timestamps.from_instant(text), record


def test_days_are_newest_first_and_classes_in_one_order() -> None:
    messages = [at(f"2026-11-{day}T10:00:00Z", status) for day in (19, 20) for status in reversed(STATUSES["email"])]
    found = [(row.day, row.status_class) for row in count(stored(messages)).counts]
    names = ["waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed"]
    assert found == [(f"2026-11-{day}", name) for day in (20, 19) for name in names]
    texts = [at("2026-11-20T10:00:00Z", status, log="sms") for status in STATUSES["sms"]]
    found = [(row.day, row.status_class) for row in count(stored(texts), {"log": "sms"}).counts]
    assert found == [("2026-11-20", name) for name in ("delivery", "delivered", "not_delivered")]


def test_without_bounds_it_is_the_31_days_that_end_with_today_in_the_orgs_zone() -> None:
    # In Chicago it is still the 21st.
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    moments = [
        "2026-10-22T04:59:59.999Z", "2026-10-22T05:00:00Z", "2026-11-22T03:00:00Z", "2026-11-22T05:59:59.999Z",
        "2026-11-22T06:00:00Z",
    ]  # fmt: skip
    answer = count(stored([at(moment) for moment in moments]), zone="America/Chicago", now=now)
    assert rows(answer) == {("2026-10-22", "bounced"): 1, ("2026-11-21", "bounced"): 2}
    # 31 of them: from the 22nd on.
    assert date(2026, 11, 21) - date(2026, 10, 22) == 30 * DAY


def test_without_from_it_is_the_31_days_that_end_with_to() -> None:
    table = stored([at(f"2026-0{month}-{day}T10:00:00Z") for month, day in ((4, 30), (5, "01"), (5, 31), (6, "01"))])
    expected = {("2026-05-01", "bounced"): 1, ("2026-05-31", "bounced"): 1}
    for end in ("2026-05-31", "2026-06-01T00:00:00Z"):
        assert rows(count(table, {"to": end})) == expected


@pytest.mark.parametrize(
    ("bounds", "days"),
    [
        ({"from": "2026-05-01", "to": "2026-06-01"}, 32),
        ({"from": "2026-05-01T23:59:59.999Z", "to": "2026-06-01T00:00:00.001Z"}, 32),
        ({"from": "2026-10-22"}, 32),
        ({"from": "2000-01-01"}, 9823),
        ({"from": "0001-01-01", "to": "9999-12-31"}, 9824),
    ],
)
def test_more_than_31_days_are_refused_with_what_to_do(bounds: dict[str, str], days: int) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        count(MemoryTable(), bounds)
    (error,) = refused.value.errors
    assert error.field == "from"
    assert error.message.startswith(f"{days} days up to `to` are over the limit of 31: send a later `from`")


@pytest.mark.parametrize(
    "bounds",
    [
        {"from": "2026-05-01", "to": "2026-05-31"},
        {"from": "2026-10-24"},
        {"to": "0001-01-01"},
        {"to": "9999-12-31"},
        {"to": "9999-12-31T23:59:59.999-14:00"},
        {"from": "2027-01-01"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "2026-11-20T09:00:00.000001Z", "to": "2026-11-20T09:00:00.000002Z"},
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_31_days_and_days_of_no_messages_are_counted(bounds: dict[str, str], zone: str) -> None:
    assert count(MemoryTable(), bounds, zone=zone) == MessageCountList(counts=[])


@pytest.mark.parametrize("start", ["2000-01-01", "0001-01-01", "0001-01-01T00:00:00+14:00"])
def test_what_was_before_all_messages_is_no_day(start: str) -> None:
    table = stored([at("2000-01-01T00:00:00Z"), at("2000-01-31T23:59:59.999Z")])
    found = rows(count(table, {"from": start, "to": "2000-01-31"}))
    assert found == {("2000-01-01", "bounced"): 1, ("2000-01-31", "bounced"): 1}


@pytest.mark.parametrize("bounds", [("2010-11-07", "2010-11-07"), ("2010-11-07T02:30:30Z", "2010-11-07T03:30:00.001Z")])
def test_a_day_that_was_interrupted_by_the_day_before_has_what_is_its_own(bounds: tuple[str, str]) -> None:
    """Clocks were set back from one minute past midnight: the list of that day has the repeated hour, too."""
    moments = ["02:30:30", "02:45:00", "03:29:59.999", "03:30:00"]
    table = stored([at(f"2010-11-07T{moment}Z") for moment in moments])
    found = rows(count(table, dict(zip(("from", "to"), bounds, strict=True)), zone="America/St_Johns"))
    assert found == {("2010-11-07", "bounced"): 2, ("2010-11-06", "bounced"): 2}


def test_what_may_be_posted_with_a_time_ahead_is_counted() -> None:
    table = stored([at(f"2026-11-{day}T12:00:00Z") for day in (22, 23)])
    for query in ({"to": "9999-12-31"}, {"from": "2026-11-22", "to": "2027-11-22"}):
        assert rows(count(table, query)) == {("2026-11-22", "bounced"): 1, ("2026-11-23", "bounced"): 1}
    assert rows(count(table)) == {("2026-11-22", "bounced"): 1}


def test_nothing_of_another_org_or_log_or_type_is_counted() -> None:
    table = stored([at("2026-11-20T10:00:00Z", record=record) for record in (FAMILY, STAFF, STAFF)])
    theirs = item(9, at("2026-11-20T10:00:00Z"))
    theirs.pk, theirs.attribute_values["org_status"] = "hilltop/family/1", "hilltop/email/bounced"
    table.insert([theirs])
    assert [row.count for row in count(table).counts] == [3]
    assert [row.count for row in count(table, record_types=["family"]).counts] == [1]
    assert [row.count for row in count(table, record_types=["staff"]).counts] == [2]
    assert count(table, {"log": "sms"}).counts == []


class BusyTable(MemoryTable):
    """Throttles from some request on, and takes its time for it."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.asked = itertools.count()
        self.throttled_after = after

    def count(self, span: Range, prefixes: Collection[str] | None, after: StartKey | None = None) -> Count:
        if next(self.asked) >= self.throttled_after:
            time.sleep(0.05)
            raise StoreBusyError("busy")
        return super().count(span, prefixes, after)


@pytest.mark.parametrize("after", [0, 100])
def test_a_busy_store_is_told_and_not_asked_for_the_rest(after: int) -> None:
    table = BusyTable(after)
    with pytest.raises(StoreBusyError):
        count(table)
    assert next(table.asked) < after + 100
