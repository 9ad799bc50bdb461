"""What stands on the clock of a zone: every interval, through gaps, repeats and a day that was skipped."""

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from daybook.core import local_time, timestamps
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.properties import examples

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


NO_ZONES = [
    "localtime", "posixrules", "right/UTC", "right/Europe/Berlin", "posix/America/Chicago", "Factory", "utc",
    "AMERICA/CHICAGO", "America", "America/", "America//Chicago", "America/../UTC", "./UTC", "../zoneinfo/UTC", "/UTC",
    "UTC\0", " UTC", "UTC ", "UTC\n", "", "CST6CDT,M3.2.0,M11.1.0", "tzdata.zi", "zone.tab", "leapseconds", "zones",
    "Mars/Olympus", "Europe/Z\u00fcrich", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_name_of_the_iana_data_base_is_no_time_zone(name: str) -> None:
    assert not local_time.is_time_zone(name)


def test_every_name_of_the_data_base_but_one_is_a_time_zone_that_python_knows() -> None:
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    zones = [name for name in names if local_time.is_time_zone(name)]
    assert set(names) - set(zones) == {"Factory"}
    assert len(zones) > 590
    assert {"UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "US/Hawaii"} <= set(zones)
    assert all(ZoneInfo(name).key == name for name in zones)


def test_a_machine_without_zones_of_its_own_knows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Lambda's: then `localtime` would be an error elsewhere, after it was stored."""
    reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    monkeypatch.setattr(local_time, "_zone_names", local_time._zone_names.__wrapped__)
    try:
        assert local_time.is_time_zone("Asia/Kathmandu")
        assert not local_time.is_time_zone("localtime")
        assert ZoneInfo("Asia/Kathmandu").key == "Asia/Kathmandu"
    finally:
        reset_tzpath()
        ZoneInfo.clear_cache()


DATES = st.dates(date(2000, 1, 1), date(2037, 12, 31))
SETTING_BACK_OVER_MIDNIGHT = ["America/St_Johns", "America/Havana", "Asia/Beirut", "America/Asuncion"]
ZONES = st.sampled_from(
    ["America/Chicago", "Pacific/Apia", "Pacific/Kwajalein", "Australia/Lord_Howe", *SETTING_BACK_OVER_MIDNIGHT]
)


@examples(200)
@given(ZONES, DATES)
@example("Pacific/Apia", date(2011, 12, 30))
@example("America/St_Johns", date(2007, 11, 4))
def test_a_day_is_from_the_first_moment_that_shows_it_to_the_last(name: str, of: date) -> None:
    zone = ZoneInfo(name)
    beginning, end = local_time.day(zone, of)
    around = datetime.combine(of, time.min, UTC) - 2 * DAY
    shown = [
        moment
        for minutes in range(0, 5 * 24 * 60, 5)
        if (moment := around + minutes * MINUTE).astimezone(zone).date() == of
    ]
    if not shown:
        later = (around + minutes * MINUTE for minutes in range(0, 5 * 24 * 60, 5))
        first = next(moment for moment in later if moment.astimezone(zone).date() > of)
        assert beginning == end == first
        return
    assert all(beginning <= moment < end for moment in shown)
    assert beginning.astimezone(zone).date() == of == (end - MINUTE).astimezone(zone).date()


def test_the_days_of_a_year_adjoin_through_every_change_of_the_clock() -> None:
    for name in ("America/Chicago", "Pacific/Apia", "Europe/Berlin"):
        days = [local_time.day(ZoneInfo(name), date(2011, 1, 1) + number * DAY) for number in range(365)]
        assert all(end == beginning for (_, end), (beginning, _) in pairwise(days)), name


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_days_at_the_ends_of_the_calendar_are_beyond_all_times(zone: str) -> None:
    for of, expected in ((date.min, timestamps.FIRST), (date.max, timestamps.LAST)):
        assert local_time.day(ZoneInfo(zone), of) == (expected, expected)
    for of in (local_time.FIRST_DAY, local_time.LAST_DAY):
        beginning, end = local_time.day(ZoneInfo(zone), of)
        assert end - beginning == DAY


def day(zone: str, text: str) -> list[tuple[str, str]]:
    start = datetime.fromisoformat(text)
    return short(local_time.utc_intervals(ZoneInfo(zone), start, start + DAY))


def minute(zone: str, text: str) -> list[tuple[str, str]]:
    start = datetime.fromisoformat(text)
    return short(local_time.utc_intervals(ZoneInfo(zone), start, start + MINUTE))


def short(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(start.removesuffix(":00.000Z"), end.removesuffix(":00.000Z")) for start, end in spans]


@pytest.mark.parametrize(
    ("zone", "text", "spans"),
    [
        ("UTC", "2026-03-08", [("2026-03-08T00:00", "2026-03-09T00:00")]),
        ("America/Chicago", "2026-01-15", [("2026-01-15T06:00", "2026-01-16T06:00")]),
        ("America/Chicago", "2026-03-08", [("2026-03-08T06:00", "2026-03-09T05:00")]),
        ("America/Chicago", "2026-11-01", [("2026-11-01T05:00", "2026-11-02T06:00")]),
        # The day begins at 1:00.
        ("America/Havana", "2026-03-08", [("2026-03-08T05:00", "2026-03-09T04:00")]),
        ("Asia/Beirut", "2026-03-29", [("2026-03-28T22:00", "2026-03-29T21:00")]),
        # At 0:01 the clock went back to 23:01 of the day before.
        ("America/St_Johns", "2010-11-07", [
            ("2010-11-07T02:30", "2010-11-07T02:31"), ("2010-11-07T03:30", "2010-11-08T03:30"),
        ]),
        ("America/St_Johns", "2010-11-06", [
            ("2010-11-06T02:30", "2010-11-07T02:30"), ("2010-11-07T02:31", "2010-11-07T03:30"),
        ]),
        # Half an hour.
        ("Australia/Lord_Howe", "2026-04-05", [("2026-04-04T13:00", "2026-04-05T13:30")]),
        ("Australia/Lord_Howe", "2026-10-04", [("2026-10-03T13:30", "2026-10-04T13:00")]),
        # Samoa went over to the other side of the date line.
        ("Pacific/Apia", "2011-12-29", [("2011-12-29T10:00", "2011-12-30T10:00")]),
        ("Pacific/Apia", "2011-12-30", []),
        ("Pacific/Apia", "2011-12-31", [("2011-12-30T10:00", "2011-12-31T10:00")]),
    ],
)  # fmt: skip
def test_a_day_is_all_of_what_the_clock_showed_of_it(zone: str, text: str, spans: list[tuple[str, str]]) -> None:
    assert day(zone, text) == spans


def test_a_minute_that_was_skipped_is_no_time() -> None:
    assert minute("America/Chicago", "2026-03-08T02:30") == []
    assert minute("America/Chicago", "2026-03-08T01:59") == [("2026-03-08T07:59", "2026-03-08T08:00")]
    assert minute("America/Chicago", "2026-03-08T03:00") == [("2026-03-08T08:00", "2026-03-08T08:01")]


def test_a_minute_that_came_twice_is_both() -> None:
    assert minute("America/Chicago", "2026-11-01T01:30") == [
        ("2026-11-01T06:30", "2026-11-01T06:31"),
        ("2026-11-01T07:30", "2026-11-01T07:31"),
    ]


def test_a_millisecond_stays_one() -> None:
    start = datetime(2026, 7, 1, 12, 0, 0, 123_000)  # noqa: DTZ001
    spans = local_time.utc_intervals(ZoneInfo("America/Chicago"), start, start + timedelta(milliseconds=1))
    assert spans == [("2026-07-01T17:00:00.123Z", "2026-07-01T17:00:00.124Z")]


def test_nothing_stands_between_a_time_and_itself_or_an_earlier_one() -> None:
    first, later = datetime(2026, 1, 1), datetime(2026, 3, 1)  # noqa: DTZ001
    assert local_time.utc_intervals(ZoneInfo("UTC"), first, first) == []
    assert local_time.utc_intervals(ZoneInfo("UTC"), later, first) == []


# Zones of every kind of change, each with moments at which its offset changed.
CHANGES = {
    "America/Chicago": ["2026-03-08T08:00", "2026-11-01T07:00", "2099-11-01T07:00"],
    "America/Havana": ["2026-03-08T05:00", "2026-11-01T05:00"],
    "America/St_Johns": ["2010-03-14T03:31", "2010-11-07T02:31"],
    "America/Caracas": ["2007-12-09T07:00", "2016-05-01T07:00"],
    "Asia/Beirut": ["2026-03-28T22:00", "2026-10-24T21:00"],
    "Asia/Gaza": ["2026-03-28T00:00", "2040-10-06T00:00"],
    "Asia/Pyongyang": ["2015-08-14T15:00", "2018-05-04T15:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    "Antarctica/Troll": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Europe/Dublin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "Pacific/Apia": ["2011-12-30T10:00", "2012-04-01T14:00"],
    "Pacific/Kiritimati": ["2026-01-01T00:00"],
    "Asia/Kathmandu": ["2026-01-01T00:00"],
}
moments = st.one_of(
    [
        st.tuples(st.just(zone), st.sampled_from([datetime.fromisoformat(change + "Z") for change in changes]))
        for zone, changes in CHANGES.items()
    ]
)


@examples(60)
@given(moments, st.integers(-36 * 60, 36 * 60), st.integers(1, 36 * 60))
@example(("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)), -24 * 60, 72 * 60)
def test_it_is_what_trying_every_minute_finds(change: tuple[str, datetime], ahead: int, length: int) -> None:
    name, moment = change
    zone = ZoneInfo(name)
    start = moment.astimezone(zone).replace(tzinfo=None) + ahead * MINUTE
    end = start + length * MINUTE
    spans = local_time.utc_intervals(zone, start, end)

    first = start.replace(tzinfo=UTC) - 30 * 60 * MINUTE
    instants = [first + number * MINUTE for number in range(60 * 60 + length)]
    showing = {timestamps.instant(at) for at in instants if start <= at.astimezone(zone).replace(tzinfo=None) < end}
    found_instants = {
        text for at in instants if any(low <= (text := timestamps.instant(at)) < high for low, high in spans)
    }
    assert found_instants == showing
    assert all(low < high for low, high in spans)
    assert all(before[1] < behind[0] for before, behind in pairwise(spans))


@given(st.sampled_from(sorted(CHANGES)), st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)))  # noqa: DTZ001
def test_the_days_of_a_month_leave_nothing_out_and_share_nothing(zone: str, start: datetime) -> None:
    clock, ends = ZoneInfo(zone), [start + number * DAY for number in range(31)]
    days = sorted(span for low in ends for span in local_time.utc_intervals(clock, low, low + DAY))
    whole = local_time.utc_intervals(clock, start, start + 31 * DAY)

    def lengths(spans: list[tuple[str, str]]) -> timedelta:
        return sum((timestamps.from_instant(high) - timestamps.from_instant(low) for low, high in spans), timedelta())

    assert all(before[1] <= behind[0] for before, behind in pairwise(days))
    assert lengths(days) == lengths(whole)
