"""Time zones: their names, and their local times as intervals of UTC, through every change of the offset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from daybook.core import timestamps

# Every UTC offset is below a day (`datetime.tzinfo`). Since 2000, no zone has changed its offset twice in six days.
MARGIN = timedelta(days=1)
STEP = timedelta(days=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

# The days whose neighbours are in the calendar, too, in every zone.
FIRST_DAY, LAST_DAY = date(1, 1, 4), date(9999, 12, 27)

# In the data base for machines whose zone nobody has set: no clock shows its time.
UNSET_ZONE = "Factory"


def is_time_zone(name: str) -> bool:
    """Whether this is a name of the IANA data base, such as `America/Chicago`, as the package tzdata lists them.

    `ZoneInfo` takes whatever file a machine has beside them: `localtime`, `posixrules`, `right/UTC` with leap seconds.
    """
    return name in _zone_names() and name != UNSET_ZONE


@cache
def _zone_names() -> frozenset[str]:
    # Only a change of settings needs it, and a start is the faster.
    from importlib import resources  # noqa: PLC0415

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").splitlines())


def utc_intervals(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """The UTC intervals [from, to), as instants, in which the zone's local time is in [start, end), oldest first.

    `start` and `end` are naive datetimes. Local times that the zone skipped give no interval; those that it repeated
    give both. Adjacent intervals are joined. Exact since 2000. An empty list where `start` is not before `end`.
    """
    intervals: list[tuple[datetime, datetime]] = []
    for since, until, offset in _constant_offsets(zone, _whole_seconds(start) - MARGIN, _whole_seconds(end) + MARGIN):
        low, high = max(since, start - offset), min(until, end - offset)
        if low >= high:
            continue
        if intervals and intervals[-1][1] == low:
            low = intervals.pop()[0]
        intervals.append((low, high))
    return [(_instant(low), _instant(high)) for low, high in intervals]


def day(zone: ZoneInfo, date: date) -> tuple[datetime, datetime]:
    """The beginning of a day of the zone, and its end, in UTC.

    A day that the zone skipped ends where it begins, at the moment of the skip. Of a clock set back over midnight the
    day is from its first moment to its last. Days outside of FIRST_DAY to LAST_DAY are beyond all times. Exact since
    2000.
    """
    if not FIRST_DAY <= date <= LAST_DAY:
        end_of_time = timestamps.FIRST if date < FIRST_DAY else timestamps.LAST
        return end_of_time, end_of_time
    midnight = datetime.combine(date, time.min)
    of_day = utc_intervals(zone, midnight, midnight + DAY)
    if not of_day:
        following = timestamps.from_instant(utc_intervals(zone, midnight + DAY, midnight + 2 * DAY)[0][0])
        return following, following
    return timestamps.from_instant(of_day[0][0]), timestamps.from_instant(of_day[-1][1])


def _constant_offsets(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The parts of [start, end), in UTC and whole seconds, each with its constant offset."""
    since = start
    for low, high in pairwise(_samples(start, end)):
        if _offset(zone, low) != _offset(zone, high):
            transition = _transition(zone, low, high)
            yield since, transition, _offset(zone, low)
            since = transition
    yield since, end, _offset(zone, end)


def _samples(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += STEP
    yield end


def _transition(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second whose offset differs from that at `low`; transitions are at whole seconds (RFC 9636)."""
    before = _offset(zone, low)
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) - moment


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _instant(moment: datetime) -> str:
    return timestamps.instant(moment.replace(tzinfo=UTC))
