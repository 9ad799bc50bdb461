from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from daybook_cli.importing.csv_tables.times import parse_time

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "timestamp"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"),
        ("2026-03-01t10:00:00.123999z", "2026-03-01T10:00:00.123Z"),
        ("2026-03-01 10:00:00.5+00", "2026-03-01T10:00:00.500Z"),
        ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00.000Z"),
        ("2026-03-01T10:00-0530", "2026-03-01T15:30:00.000Z"),
        ("2026-03-01 10:00", "2026-03-01T16:00:00.000Z"),
        ("2026-07-01 10:00", "2026-07-01T15:00:00.000Z"),
        ("2026/3/1 9:05", "2026-03-01T15:05:00.000Z"),
        ("3/1/2026", "2026-03-01T06:00:00.000Z"),
        ("3/1/2026 17:10", "2026-03-01T23:10:00.000Z"),
        ("03/01/2026 5:10 pm", "2026-03-01T23:10:00.000Z"),
        ("03/01/2026, 5:10:07\u202fPM", "2026-03-01T23:10:07.000Z"),
        ("3/1/2026 5 p.m.", "2026-03-01T23:00:00.000Z"),
        ("3/1/2026 12:00 AM", "2026-03-01T06:00:00.000Z"),
        ("3/1/2026 12:00 PM", "2026-03-01T18:00:00.000Z"),
        ("Mar 1, 2026 at 5:10 PM", "2026-03-01T23:10:00.000Z"),
        ("Sunday, March 1st, 2026 17:10", "2026-03-01T23:10:00.000Z"),
        ("Sun, 01 Mar 2026 10:00:00 +0100", "2026-03-01T09:00:00.000Z"),
        ("1-MAR-2026", "2026-03-01T06:00:00.000Z"),
        ("  2026-03-01  10:00 ", "2026-03-01T16:00:00.000Z"),
    ],
)
def test_usual_spellings_are_read(text: str, timestamp: str) -> None:
    assert parse_time(text, CHICAGO) == timestamp


@pytest.mark.parametrize("text", ["3/1/2026 8:00", "3.1.2026 8:00", "03-01-2026 08:00", "2026-01-03 8:00"])
def test_the_day_comes_first_when_that_is_said(text: str) -> None:
    assert parse_time(text, ZoneInfo("Europe/Berlin"), day_first=True) == "2026-01-03T07:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/2/26", "four digits"),
        ("01-02-03 10:00", "four digits"),
        ("13/1/2026", "month must be in 1..12"),
        ("1.3.2026", "no time that is known"),
        ("1-3-2026", "no time that is known"),
        ("2026-02-29", "day is out of range"),
        ("2026-3/1", "no time that is known"),
        ("1772359200", "is a number"),
        ("46082.5", "is a number"),
        ("2026-03-01 10:00 CST", "no time that is known"),
        ("2026-03-01 13:00 PM", "1 to 12"),
        ("2026-03-01 0:30 AM", "1 to 12"),
        ("2026-03-01 5", "am or pm"),
        ("2026-03-01 24:00", "hour must be in"),
        ("2026-03-01 10:00+24:00", "no offset"),
        ("2026-03-01 10:00+05:60", "no offset"),
        ("Mon, 1 Mar 2026", "another day of the week"),
        ("1 Foo 2026", "neither a month"),
        ("0001-01-01T00:00:00+10:00", "beyond the calendar"),
        ("٢٠٢٦-03-01", "no time that is known"),
        ("yesterday", "no time that is known"),
        ("=NOW()", "no time that is known"),
    ],
)
def test_what_is_no_time_or_could_be_two_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_time(text, CHICAGO)


def test_a_time_without_an_offset_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="--time-zone"):
        parse_time("2026-03-01 10:00", None)
    assert parse_time("2026-03-01 10:00Z", None) == "2026-03-01T10:00:00.000Z"


def test_an_hour_that_was_left_out_or_came_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="never was in America/Chicago"):
        parse_time("3/8/2026 2:30 AM", CHICAGO)
    with pytest.raises(ValueError, match="was twice in America/Chicago"):
        parse_time("11/1/2026 1:30 AM", CHICAGO)
    assert parse_time("11/1/2026 1:30 AM -06:00", CHICAGO) == "2026-11-01T07:30:00.000Z"
    assert parse_time("3/8/2026 3:00 AM", CHICAGO) == "2026-03-08T08:00:00.000Z"
    assert parse_time("11/1/2026 2:00 AM", CHICAGO) == "2026-11-01T08:00:00.000Z"


def test_a_day_begins_with_its_first_moment_where_midnight_is_left_out_or_comes_twice() -> None:
    assert parse_time("2018-11-04", ZoneInfo("America/Sao_Paulo")) == "2018-11-04T03:00:00.000Z"
    assert parse_time("2026-11-01", ZoneInfo("America/Havana")) == "2026-11-01T04:00:00.000Z"
