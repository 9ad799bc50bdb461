"""A preview of another retention policy: which entries would expire. It reads the whole table and writes nothing.

The caller gets the positions in the segments, and passes them to the next step.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.model import retention_policy
from daybook.retention import expiry
from daybook.retention.apply_policy import STEP_SECONDS
from daybook.retention.expiry import AppliedPolicy, OwningEntry
from daybook.retention.table_scan import MOST_SEGMENTS, Pace, SegmentCount, SegmentPosition, TableScan
from daybook.storage.models.entries import AuditCopyItem, ContentItem, EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.store import ScanPage, Store

# As a log of its own: contents of e-mails have a duration of their own.
CONTENT = "content"

# As `timestamps.instant` writes one.
INSTANT_PATTERN = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


class PreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`durations` are those that would differ from the deployed ones; `began` and `places` those of the last answer."""

    segments: SegmentCount
    durations: dict[str, str] = {}
    began: Annotated[str, Meta(pattern=INSTANT_PATTERN)] | None = None
    places: Annotated[list[SegmentPosition], Meta(min_length=1, max_length=MOST_SEGMENTS)] | None = None


class MonthTotals(Struct, frozen=True):
    """What would expire of the entries of one log and month.

    `size` is bytes of the table, with all that belongs to the entries; objects of contents in S3 are but counted.
    `held` are entries that would expire but for a hold.
    """

    log: str
    month: str
    entries: int = 0
    size: int = 0
    objects: int = 0
    held: int = 0

    def __add__(self, other: MonthTotals) -> MonthTotals:
        return MonthTotals(
            self.log,
            self.month,
            self.entries + other.entries,
            self.size + other.size,
            self.objects + other.objects,
            self.held + other.held,
        )


class PreviewStep(Struct, frozen=True):
    """What one step counted, and where the next goes on, as the command line reads it.

    `durations` are those of the previewed policy, all of them. `items_estimated` are all of the table, as DynamoDB
    last counted.
    """

    began: str
    done: bool
    durations: dict[str, str]
    places: list[SegmentPosition]
    months: list[MonthTotals]
    items_read: int
    read_units: float
    items_estimated: int


class _PreviewedSegment(SegmentPosition, frozen=True):
    """A segment, and what this step counted in it."""

    months: tuple[MonthTotals, ...] = ()
    items_read: int = 0
    read_units: float = 0


class RetentionPreview:
    """`durations` are the deployed policy's, as `retention_policy.parse_policy` takes them."""

    def __init__(
        self,
        *,
        table: Store,
        durations: Mapping[str, str],
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        self._table = table
        self._durations = dict(durations)
        self._clock = clock
        self._pace = Pace(tick, sleep)
        self._step_seconds = step_seconds

    def step(self, request: PreviewRequest) -> PreviewStep:
        """Continue for `step_seconds`.

        ValueError for an invalid or unknown duration; StoreBusyError where no segment progressed.
        """
        unknown = request.durations.keys() - self._durations.keys()
        if unknown:
            raise ValueError(f"there is no duration of {', '.join(sorted(unknown))}")
        durations = self._durations | request.durations
        began = self._clock() if request.began is None else timestamps.from_instant(request.began)
        policy = AppliedPolicy(retention_policy.parse_policy(durations), began)
        places = [SegmentPosition()] * request.segments if request.places is None else request.places
        before = [_PreviewedSegment(place.after, place.is_done) for place in places]
        until = self._pace.tick() + self._step_seconds
        scan = TableScan(table=self._table, attributes=(), has_time=lambda: self._pace.tick() < until, pace=self._pace)
        scanned = scan.resume(before, partial(self._count, policy))
        scanned.raise_if_stuck(before)
        segments = scanned.segments
        return PreviewStep(
            timestamps.instant(began),
            all(segment.is_done for segment in segments),
            durations,
            [SegmentPosition(segment.after, segment.is_done) for segment in segments],
            by_month(month for segment in segments for month in segment.months),
            sum(segment.items_read for segment in segments),
            sum(segment.read_units for segment in segments),
            self._table.item_count(),
        )

    def _count(self, policy: AppliedPolicy, segment: _PreviewedSegment, page: ScanPage) -> Iterator[_PreviewedSegment]:
        expiring = expiring_by(policy, page.items, expiry.owning_entries(self._table, page.items))
        yield replace(
            segment,
            after=page.after,
            is_done=page.after is None,
            months=tuple(by_month([*segment.months, *expiring])),
            items_read=segment.items_read + len(page.items),
            read_units=segment.read_units + page.units,
        )


def expiring_by(
    policy: AppliedPolicy, items: Iterable[Item], entries: Mapping[Key, OwningEntry]
) -> Iterator[MonthTotals]:
    """Each of these items that would have expired at the end of the grace, and that would not without the policy."""
    now = policy.began
    grace_end = timestamps.epoch_seconds(now + policy.policy.grace)
    for item in items:
        entry = entries.get(item.key)
        if entry is None or not item.is_visible(now):
            continue
        current = item.unheld_expiry
        expires_at = policy.expires_at(entry, current, now)
        if expires_at is None or expires_at > grace_end or (current is not None and current <= grace_end):
            continue
        log = CONTENT if entry.is_content and entry.log == "email" else entry.log
        is_entry = isinstance(item, EntryItem) and not isinstance(item, AuditCopyItem)
        is_counted = int(log == CONTENT or is_entry)
        if item.held_until is not None:
            yield MonthTotals(log, entry.moment[:7], held=is_counted)
        else:
            is_object = isinstance(item, ContentItem) and item.object is not None
            yield MonthTotals(log, entry.moment[:7], is_counted, item.stored_size, int(is_object))


def by_month(totals: Iterable[MonthTotals]) -> list[MonthTotals]:
    """The totals of each log and month, once and in order."""
    groups: dict[tuple[str, str], list[MonthTotals]] = defaultdict(list)
    for each in totals:
        groups[each.log, each.month].append(each)
    return [sum(group[1:], group[0]) for _, group in sorted(groups.items())]
