"""Instants as Daybook writes them: RFC 3339 in UTC, milliseconds, `Z`; 24 characters, so text order is time order."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from msgspec import Meta

Instant = Annotated[
    str, Meta(description="RFC 3339 in UTC, milliseconds, Z", extra_json_schema={"format": "date-time"})
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


# RFC 3339, 5.6, with every part behind the day optional.
_PARTS = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[Tt ](?P<clock>\d\d:\d\d(?P<seconds>:\d\d(?:\.\d+)?)?)"
    r"(?P<offset>[Zz]|[+-]\d\d(?P<minutes>:?\d\d)?)?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d.*)?")


def instant(moment: datetime) -> str:
    """Format an aware datetime as an instant, truncated to milliseconds.

    A time that in UTC is before year 1 or after 9999 becomes the first or last instant of the calendar.
    """
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = FIRST if moment.year == 1 else LAST
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, truncated like `instant`."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_instant(text: str) -> datetime:
    """Parse an instant into an aware datetime. ValueError where it is none."""
    return datetime.fromisoformat(text)


def epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, as DynamoDB's TTL takes them; rounded up, so that nothing expires early."""
    return -((EPOCH - moment) // timedelta(seconds=1))


def from_epoch_seconds(value: int) -> str:
    """The instant that is so many seconds after 1970."""
    return instant(EPOCH + timedelta(seconds=value))


def lacking(text: str) -> str | None:  # noqa: PLR0911 - a fault each
    """What keeps a text in nearly the form of RFC 3339 from being a time with an offset; None for any other text."""
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    day, clock, seconds, offset = match.group("day", "clock", "seconds", "offset")
    if not _is_day(day):
        return f"there is no day {day}"
    if clock is None:
        return "the time of day is missing"
    if not _CLOCK.fullmatch(clock):
        return f"{clock} is no time of day: they go from 00:00:00 to 23:59:59"
    if offset is None:
        return "the offset is missing" if seconds else "seconds and offset are missing"
    if not seconds:
        return "the seconds are missing"
    is_whole = match["minutes"] is not None or offset in ("Z", "z")
    return None if is_whole else f"the minutes of the offset are missing: write {offset}:00"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
