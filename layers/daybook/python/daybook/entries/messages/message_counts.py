"""How many messages an org has of each day and class, by counting queries: there are no counters to go wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from itertools import product
from threading import Lock
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, local_time, timestamps
from daybook.core.date_bounds import FROM, TO, Bound, DateBounds
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.model.delivery_status import status_class
from daybook.model.entries import CLOCK_SKEW, EARLIEST, RECORD_TYPES, EmailStatus, SmsStatus
from daybook.model.responses import CountedRange, MessageClass, MessageCount, MessageCountList
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS
from daybook.storage.store import Range, Store

MAX_DAYS = 31

# What the days of an answer have at most, of all records. The days behind are not counted.
BUDGET = 100_000

# As many queries at once.
PARALLEL = 8

# The classes of each log as callers name them, and as the index does: a text message has its status for one.
CLASSES: dict[str, dict[MessageClass, str]] = {
    "email": {status_class(status): status_class(status) for status in get_args(EmailStatus)},  # type: ignore[misc]
    "sms": {status: status_class(status) for status in get_args(SmsStatus)},
}

_MILLISECOND = timedelta(milliseconds=1)


class CountsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    log: Literal["email", "sms"]
    start: Annotated[
        Bound | None,
        Meta(description=f"on the messages' own dates; {FROM}. Without it, the {MAX_DAYS} days that end with `to`"),
    ] = msgspec.field(default=None, name="from")
    end: Annotated[Bound | None, Meta(description=f"{TO}. Without it, the end of today in the org's zone")] = (
        msgspec.field(default=None, name="to")
    )


class Day(Struct, frozen=True):
    """A day of a zone, `YYYY-MM-DD`, and its intervals of UTC as instants, oldest first: the first included.

    Two intervals where clocks were set back over midnight, of a day that was interrupted by another.
    """

    name: str
    intervals: tuple[tuple[str, str], ...]


class MessageCounts:
    """Counts of an org's messages. `zone` gives the time zone of an org; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, zone: Callable[[str], ZoneInfo], clock: Callable[[], datetime]) -> None:
        self._table = table
        self._zone = zone
        self._clock = clock

    def count(self, org: str, query: CountsQuery, record_types: Collection[str]) -> MessageCountList:
        """The messages of records of these types, by day and class. InvalidRequestError, StoreBusyError.

        A day that would take the answer over the BUDGET is left out, and so are those before it.
        """
        zone = self._zone(org)
        start, end = _bounds(date_bounds.read(query.start, query.end, lambda: zone), zone, self._clock())
        days = list(_days(zone, start, end))
        prefixes = _prefixes(org, query.log, record_types)
        budget = _Budget(len(days))

        def count_part(part: tuple[int, MessageClass]) -> int:
            number, name = part
            partition = index_keys.org_status(org, query.log, CLASSES[query.log][name])
            spans = [Range(partition, *interval, BY_ORG_STATUS) for interval in days[number].intervals]
            return self._count(spans, prefixes, budget, number)

        # The queries begin in this order: those of a day once those of the days after it have begun.
        parts = list(product(range(len(days)), CLASSES[query.log]))
        with ThreadPoolExecutor(PARALLEL) as pool:
            found = dict(zip(parts, pool.map(count_part, parts), strict=True))
        whole = sum(budget.allows(number) for number in range(len(days)))
        counts = [
            MessageCount(days[number].name, name, messages)
            for (number, name), messages in found.items()
            if messages and number < whole
        ]
        if whole == len(days):
            return MessageCountList(counts=counts)
        to = timestamps.instant(end)
        counted_range = CountedRange(days[whole - 1].intervals[0][0] if whole else to, to)
        return MessageCountList(counts=counts, range=counted_range)

    def _count(self, spans: Sequence[Range], prefixes: Collection[str] | None, budget: _Budget, day: int) -> int:
        """The messages in these ranges of a day, by requests of 1 MB; fewer where the budget is not enough for it."""
        found = 0
        for span in spans:
            after = None
            while budget.allows(day):
                counted = self._table.count(span, prefixes, after)
                budget.spend(day, counted.read)
                found += counted.matching
                after = counted.after
                if after is None:
                    break
        return found


class _Budget:
    """What was read of each day, newest first, and which days it is enough for. Safe for any number of threads."""

    def __init__(self, days: int) -> None:
        self._read = [0] * days
        self._lock = Lock()

    def spend(self, day: int, messages: int) -> None:
        with self._lock:
            self._read[day] += messages

    def allows(self, day: int) -> bool:
        """Whether what was read of this day and of those after it is within the budget.

        Once it is not, it will never be: so it does not depend on the order of the queries which days are whole.
        """
        return sum(self._read[: day + 1]) <= BUDGET


def _bounds(dates: DateBounds, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """The bounds of what is counted, within those of all messages; equal ones where nothing can be meant.

    InvalidRequestError where these are of more than MAX_DAYS days.
    """
    _, end_of_today = local_time.day(zone, now.astimezone(zone).date())
    end = min(dates.end or end_of_today, now + CLOCK_SKEW + _MILLISECOND)
    if end <= EARLIEST or (dates.start is not None and dates.start >= end):
        return end, end
    last = (end - _MILLISECOND).astimezone(zone).date()
    if dates.start is None:
        return local_time.day(zone, last - timedelta(MAX_DAYS - 1))[0], end
    start = max(dates.start, EARLIEST)
    days = (last - start.astimezone(zone).date()).days + 1
    if days > MAX_DAYS:
        message = f"{days} days up to `to` are over the limit of {MAX_DAYS}: send a later `from`, or an earlier `to`"
        raise InvalidRequestError([FieldError("from", message)])
    return start, end


def _days(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Day]:
    """The days of the zone in [start, end), newest first; the outer ones as far as they are in it."""
    if start >= end:
        return
    bounds = timestamps.instant(start), timestamps.instant(end)
    first, last = start.astimezone(zone).date(), (end - _MILLISECOND).astimezone(zone).date()
    # Where clocks were set back over midnight, parts of the days beside these are in it, too.
    date = last + local_time.DAY
    while date >= first - local_time.DAY:
        midnight = datetime.combine(date, time.min)
        of_day = local_time.utc_intervals(zone, midnight, midnight + local_time.DAY)
        clipped = ((max(low, bounds[0]), min(high, bounds[1])) for low, high in of_day)
        if intervals := tuple((low, high) for low, high in clipped if low < high):
            yield Day(date.isoformat(), intervals)
        date -= local_time.DAY


def _prefixes(org: str, log: str, record_types: Collection[str]) -> list[str] | None:
    """What the partitions of these records begin with; None where they are all that have the log, as they mostly are.

    A class holds the messages of all records. Their keys, which are all that the index has, begin with org and type.
    """
    if {*record_types} == {*(RECORD_TYPES[log] or ())}:
        return None
    return [record_keys.partitions_of_type(org, record_type) for record_type in record_types]
