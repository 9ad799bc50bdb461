from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook_cli.rendering import local_time
from hypothesis import given
from hypothesis import strategies as st

CHICAGO = ZoneInfo("America/Chicago")


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_instant_has_a_time_on_the_clock(moment: Any) -> None:
    instant = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert local_time.to_minute(instant, UTC) == f"{instant[:10]} {instant[11:16]} UTC"
    assert local_time.to_second(instant, UTC) == f"{instant[:10]} {instant[11:19]} UTC"
    assert local_time.to_minute(instant, CHICAGO)


@pytest.mark.parametrize("odd", ["", "soon", 7, None, {}, "0001-01-01T00:00:00.000Z"])
def test_what_has_no_time_on_the_clock_stays_as_it_is(odd: object) -> None:
    assert local_time.to_minute(odd, CHICAGO) == local_time.to_second(odd, CHICAGO) == str(odd or "")


@pytest.mark.parametrize(
    ("zone", "lines"),
    [
        (None, ["(UTC)"]),
        (UTC, ["(UTC)"]),
        (CHICAGO, ["(America/Chicago)"]),
        (ZoneInfo("America/Argentina/Buenos_Aires"), ["(America/Argentina/", "Buenos_Aires)"]),
    ],
)
def test_the_name_of_a_zone_fits_into_a_column_of_times(zone: Any, lines: list[str]) -> None:
    assert local_time.zone_lines(zone, 20) == lines


def test_the_name_of_a_zone_fits_into_a_column_of_days() -> None:
    assert local_time.zone_lines(CHICAGO, 10) == ["(America/", "Chicago)"]


def test_without_a_zone_a_minute_is_in_utc_and_says_so() -> None:
    assert local_time.to_minute("2026-11-01T06:30:12.345Z", None) == "2026-11-01 06:30 UTC"


def test_without_a_zone_a_second_is_in_utc_and_says_so() -> None:
    assert local_time.to_second("2026-11-01T06:30:12.345Z", None) == "2026-11-01 06:30:12 UTC"
