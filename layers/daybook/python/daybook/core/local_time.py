"""What stands on the clock of a time zone, through its daylight saving and its changes of mind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from daybook.core import timestamps

# No offset reaches a day (`datetime.tzinfo`), and no zone has changed its own twice within six days since 2000.
REACH = timedelta(days=1)


STEP = timedelta(days=1)


SECOND = timedelta(seconds=1)


def spans(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Every UTC interval [from, to) in which a clock of that zone shows a time in [start, end), oldest first.

    `start` and `end` carry no zone. Times that the zone skipped give no interval, those that it had twice give both;
    intervals that touch are one. Exact since 2000. None where `start` is not before `end`.
    """
    joined: list[tuple[datetime, datetime]] = []
    for since, until, offset in _stretches(zone, _on_the_second(start) - REACH, _on_the_second(end) + REACH):
        low, high = max(since, start - offset), min(until, end - offset)
        if low >= high:
            continue
        if joined and joined[-1][1] == low:
            low = joined.pop()[0]
        joined.append((low, high))
    return [(_instant(low), _instant(high)) for low, high in joined]


def _stretches(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The parts of [start, end), in UTC and whole seconds, with the offset that holds throughout each."""
    since = start
    for low, high in pairwise(_samples(start, end)):
        if _offset(zone, low) != _offset(zone, high):
            change = _change(zone, low, high)
            yield since, change, _offset(zone, low)
            since = change
    yield since, end, _offset(zone, end)


def _samples(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += STEP
    yield end


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second with another offset than at `low`; changes stand on whole seconds (RFC 9636)."""
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


def _on_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _instant(moment: datetime) -> str:
    return timestamps.instant(moment.replace(tzinfo=UTC))
