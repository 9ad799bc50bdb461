"""What another policy would take: read from the whole table, and nothing written, not even how far the reading is.

Whoever asks gets the places where the segments stopped, and hands them in for the next step.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.model import retention_policy
from daybook.retention import expiry
from daybook.retention.apply_policy import MOST_SEGMENTS, STEP_SECONDS, Segments
from daybook.retention.expiry import ExpiryUpdater, Origin
from daybook.storage import attributes, entry_items
from daybook.storage.keys import record_keys
from daybook.storage.store import UNITS_PER_SECOND, Item, Key, Store, key_of

# As a log of its own: contents of e-mails have a duration of their own.
CONTENT = "content"


# As `daybook.times.instant` writes one.
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


class Place(Struct, frozen=True):
    """Where a segment of the table goes on, unless it is done."""

    after: Item | None = None
    is_done: bool = False


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """`durations` are those that would differ from the deployed ones; `began` and `places` those of the last answer."""

    segments: Segments
    durations: dict[str, str] = {}
    began: Annotated[str, Meta(pattern=INSTANT)] | None = None
    places: Annotated[list[Place], Meta(min_length=1, max_length=MOST_SEGMENTS)] | None = None


class Month(Struct, frozen=True):
    """What would go of the entries of one log and month.

    `size` is bytes of the table, with all that belongs to the entries; objects of contents in S3 are but counted.
    `held` are entries that would go but for a hold.
    """

    log: str
    month: str
    entries: int = 0
    size: int = 0
    objects: int = 0
    held: int = 0

    def __add__(self, other: Month) -> Month:
        return Month(
            self.log,
            self.month,
            self.entries + other.entries,
            self.size + other.size,
            self.objects + other.objects,
            self.held + other.held,
        )


class Found(Struct, frozen=True):
    """What one step found, and where the next goes on. `durations` are those that were asked about, all of them."""

    began: str
    done: bool
    durations: dict[str, str]
    places: list[Place]
    months: list[Month]
    items_read: int
    read_units: float
    items_estimated: int


class RetentionPreview:
    """`durations` are the deployed policy's."""

    def __init__(
        self,
        *,
        table: Store,
        durations: Mapping[str, str],
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._durations = dict(durations)
        self._clock = clock
        self._tick = tick
        self._sleep = sleep

    def step(self, asked: Asked) -> Found:
        """Read on for STEP_SECONDS. ValueError where a duration is none; StoreBusyError where no segment gets on."""
        unknown = asked.durations.keys() - self._durations.keys()
        if unknown:
            raise ValueError(f"there is no duration of {', '.join(sorted(unknown))}")
        durations = self._durations | asked.durations
        began = self._clock() if asked.began is None else timestamps.from_instant(asked.began)
        places = [Place()] * asked.segments if asked.places is None else asked.places
        left = sum(not place.is_done for place in places)
        reading = _Reading(
            table=self._table,
            stamping=ExpiryUpdater(retention_policy.policy_of(durations), began),
            tick=self._tick,
            sleep=self._sleep,
            until=self._tick() + STEP_SECONDS,
            segments=len(places),
            seconds_per_unit=left / UNITS_PER_SECOND,
        )
        with ThreadPoolExecutor(len(places)) as pool:
            read = list(pool.map(reading.on, range(len(places)), places))
        busy = [one.failure for one in read if one.failure is not None]
        if busy and len(busy) == left and [one.place for one in read] == places:
            raise busy[0]
        return Found(
            timestamps.instant(began),
            all(one.place.is_done for one in read),
            durations,
            [one.place for one in read],
            summed(month for one in read for month in one.months),
            sum(one.items_read for one in read),
            sum(one.read_units for one in read),
            self._table.size().items,
        )


class _Read(Struct, frozen=True):
    """What was read of a segment, and why it stopped where it did not get to its end in peace."""

    place: Place
    months: list[Month] = []
    items_read: int = 0
    read_units: float = 0
    failure: StoreBusyError | None = None


class _Reading(Struct, frozen=True):
    """One call's share of it."""

    table: Store
    stamping: ExpiryUpdater
    tick: Callable[[], float]
    sleep: Callable[[float], None]
    until: float
    segments: int
    seconds_per_unit: float

    def on(self, number: int, place: Place) -> _Read:
        read = _Read(place)
        while not read.place.is_done and self.tick() < self.until:
            started = self.tick()
            try:
                page = self.table.scan(number, self.segments, (), read.place.after)
                found = would_go(page.items, expiry.origins(self.table, page.items), self.stamping)
            except StoreBusyError as error:
                return replace(read, failure=error)
            read = _Read(
                Place(page.after, page.after is None),
                summed([*read.months, *found]),
                read.items_read + len(page.items),
                read.read_units + page.units,
            )
            self.sleep(max(0.0, page.units * self.seconds_per_unit - (self.tick() - started)))
        return read


def would_go(page: Iterable[Item], origins: Mapping[Key, Origin], stamping_: ExpiryUpdater) -> list[Month]:
    """What of these items would be gone after the grace that is there for longer now."""
    found = []
    now = stamping_.began
    graced = timestamps.epoch_seconds(now + stamping_.policy.grace)
    for item in page:
        origin = origins.get(key := key_of(item))
        if origin is None or not attributes.is_visible(item, now):
            continue
        standing = entry_items.own_expiry(item)
        end = stamping_.end(origin, standing, now)
        if end is None or end > graced or (standing is not None and standing <= graced):
            continue
        log = CONTENT if origin.is_content and origin.log == "email" else origin.log
        counts = int(log == CONTENT or (record_keys.log_of(*key) is not None and "of" not in item))
        if "held_until" in item:
            found.append(Month(log, origin.moment[:7], held=counts))
        else:
            found.append(Month(log, origin.moment[:7], counts, size_of(item), int("object" in item)))
    return found


def summed(months: Iterable[Month]) -> list[Month]:
    """Each log's months once, in order."""
    by_month: dict[tuple[str, str], list[Month]] = defaultdict(list)
    for month in months:
        by_month[month.log, month.month].append(month)
    return [sum(found[1:], found[0]) for _, found in sorted(by_month.items())]


def size_of(item: Item) -> int:
    """Bytes, as DynamoDB counts them: of names and values; a number's digits are two a byte.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(value: dict[str, str]) -> int:
    match value:
        case {"S": text}:
            return len(text.encode())
        case {"N": digits}:
            return len(digits) // 2 + 2
        case {"B": packed}:
            return len(packed) * 3 // 4
    return 1
