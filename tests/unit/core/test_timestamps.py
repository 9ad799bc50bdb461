"""What keeps a text from being a time with an offset is told, and only of a text that is none."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import pytest
from daybook.core import timestamps
from hypothesis import given
from hypothesis import strategies as st

MOMENT = Annotated[datetime, msgspec.Meta(tz=True)]


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("2026-02-30T10:00:00Z", "there is no day 2026-02-30"),
        ("2026-13-01", "there is no day 2026-13-01"),
        ("0000-01-01T00:00:00Z", "there is no day 0000-01-01"),
        ("2026-01-05", "the time of day is missing"),
        ("2026-01-05T17:10Z", "the seconds are missing"),
        ("2026-01-05T17:10-06:00", "the seconds are missing"),
        ("2026-01-05 17:10:00", "the offset is missing"),
        ("2026-01-05T17:10:00.125", "the offset is missing"),
        ("2026-01-05T17:10", "seconds and offset are missing"),
        ("2026-01-05T25:10:00Z", "25:10:00 is no time of day: they go from 00:00:00 to 23:59:59"),
        ("2026-01-05T24:00:00Z", "24:00:00 is no time of day: they go from 00:00:00 to 23:59:59"),
        ("2026-01-05T17:60", "17:60 is no time of day: they go from 00:00:00 to 23:59:59"),
        ("2016-12-31T23:59:60Z", "23:59:60 is no time of day: they go from 00:00:00 to 23:59:59"),
        ("2026-01-05T17:10:00+00", "the minutes of the offset are missing: write +00:00"),
        ("2026-01-05 17:10:00.125-06", "the minutes of the offset are missing: write -06:00"),
        ("2026-01-05T17:10-06", "the seconds are missing"),
        ("1/5/2026 5:10 pm", None),
        ("2026-01-05T17:10:00 CST", None),
        ("2026-01-05T17:10:00Z\n", None),
        ("", None),
    ],
)
def test_what_is_lacking(text: str, lacking: str | None) -> None:
    assert timestamps.lacking(text) == lacking
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, MOMENT)


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["Z", "+00:00", "-0600", "+14:00", "z"]), st.booleans())
def test_a_time_with_an_offset_lacks_nothing(moment: datetime, offset: str, is_spaced: bool) -> None:
    text = moment.replace(tzinfo=None).isoformat(" " if is_spaced else "T") + offset
    assert timestamps.lacking(text) is None
