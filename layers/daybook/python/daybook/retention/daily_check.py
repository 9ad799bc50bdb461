"""The daily check of the whole table: items that TTL should have deleted, and contents and events without an entry.

The position and the counts of each segment of the table are stored in an item: a run that is out of time continues
with the next call.
"""

from __future__ import annotations

import operator
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import entry_ids, timestamps
from daybook.model import retention_policy
from daybook.model.retention_policy import PENDING_FOR
from daybook.retention.table_scan import Pace, SegmentPosition, TableScan
from daybook.storage.items import entry_items
from daybook.storage.keys import job_keys, message_keys, org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item, Key
from daybook.storage.models.jobs import CheckItem
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.store import Insert, ScanPage, Store, difference

# TTL deletes expired items within a few days, mostly two.
TTL_DELAY = timedelta(hours=48)

# A mailer posts what it sent within minutes; events that are pending for longer will not get an entry.
CLAIMED_WITHIN = timedelta(days=1)

# Content is written before its entry; a client whose request failed in between retries within minutes.
COMPLETED_WITHIN = timedelta(hours=1)
SEGMENTS = 4

# Seconds of a call that are left for the last page of each segment, and for saving the progress.
RESERVED_SECONDS = 30.0
ATTRIBUTES = ("pk", "sk", "expires_at")


class Figures(Struct, frozen=True):
    """What a run has counted. Stored and logged: fields keep their names.

    `items_overdue` should have been deleted by TTL; `contents_without_entry` and `events_unclaimed` belong to no entry.
    """

    items_checked: int = 0
    read_units: float = 0
    items_overdue: int = 0
    contents_without_entry: int = 0
    events_unclaimed: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(operator.add, msgspec.structs.astuple(self), msgspec.structs.astuple(other)))


class CheckedSegment(SegmentPosition, frozen=True):
    """A segment, and what was counted in it. Stored: fields keep their names."""

    figures: Figures = Figures()


class CheckRun(Struct, frozen=True):
    """A run through the whole table. Stored: fields keep their names."""

    began: str
    parts: tuple[CheckedSegment, ...] = (CheckedSegment(),) * SEGMENTS

    @property
    def is_done(self) -> bool:
        return all(segment.is_done for segment in self.parts)


class DailyCheck:
    """Runs the check step by step; `clock` returns an aware datetime."""

    def __init__(
        self, *, table: Store, clock: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = table
        self._clock = clock
        self._sleep = sleep

    def step(self, seconds_left: Callable[[], float]) -> Figures | None:
        """Continue the run, or start that of a new day (UTC); returns the figures if this call has completed it.

        `seconds_left` gives the seconds left of the invocation. StoreBusyError: the progress until then is saved.
        """
        now = self._clock()
        stored = self._table.get_item(CheckItem, job_keys.RETENTION_CHECK)
        last = None if stored is None else msgspec.json.decode(stored.check, type=CheckRun)
        run = run_to_continue(last, now)
        if run is None:
            return None
        scan = TableScan(
            table=self._table,
            attributes=ATTRIBUTES,
            has_time=lambda: seconds_left() > RESERVED_SECONDS,
            pace=Pace(sleep=self._sleep),
        )
        scanned = scan.resume(run.parts, partial(self._check, now))
        continued = replace(run, parts=tuple(scanned.segments))
        # Where another call has saved meanwhile, its progress stays.
        is_saved = self._save(stored, continued)
        if scanned.failures:
            raise scanned.failures[0]
        return (
            sum((segment.figures for segment in continued.parts), Figures()) if is_saved and continued.is_done else None
        )

    def _save(self, stored: CheckItem | None, run: CheckRun) -> bool:
        saved = CheckItem(*job_keys.RETENTION_CHECK, check=json_text(run))
        change = Insert(saved) if stored is None else difference(stored, saved)
        return change is None or all(self._table.write([change]))

    def _check(self, now: datetime, segment: CheckedSegment, page: ScanPage) -> Iterator[CheckedSegment]:
        figures = Figures(
            items_checked=len(page.items),
            read_units=page.units,
            items_overdue=sum(is_overdue(item, now) for item in page.items),
            contents_without_entry=self._contents_without_entry(page.items, now),
            events_unclaimed=self._events_unclaimed(page.items, now),
        )
        yield CheckedSegment(page.after, page.after is None, segment.figures + figures)

    def _contents_without_entry(self, items: Sequence[Item], now: datetime) -> int:
        """Most contents are on the same page as their entries; the entries of others are read, one log at a time."""
        on_page = {item.key for item in items}
        possible = (possible_entries(item, now) for item in items)
        orphans = [entries for entries in possible if entries and not on_page & set(entries)]
        for log in range(len(entry_items.CONTENT_LOGS)):
            stored = self._table.get(Item, [entries[log] for entries in orphans])
            orphans = [entries for entries in orphans if entries[log] not in stored]
        return len(orphans)

    def _events_unclaimed(self, items: Sequence[Item], now: datetime) -> int:
        pending = [item for item in items if is_long_pending(item, now)]
        pointers: dict[str, list[PointerItem]] = defaultdict(list)
        for item in self._table.partitions(Item, list(dict.fromkeys(item.pk for item in pending))):
            if isinstance(item, PointerItem):
                pointers[item.pk].append(item)
        return sum(not is_claimed(item, pointers[item.pk]) for item in pending)


def run_to_continue(last: CheckRun | None, now: datetime) -> CheckRun | None:
    """The last run, or that of a new day; None when this day's is over."""
    today = timestamps.instant(now)
    if last is None or (last.is_done and last.began[:10] < today[:10]):
        return CheckRun(today)
    return None if last.is_done else last


def is_overdue(item: Item, now: datetime) -> bool:
    """Whether TTL should have deleted it by now."""
    return retention_policy.is_expired(item.expires_at, now - TTL_DELAY)


def possible_entries(item: Item, now: datetime) -> list[Key]:
    """Keys that the entry of this content may have, one for each of CONTENT_LOGS; none where no entry is expected.

    No entry is expected for other items, for expired content, and for content so new that its entry may still come.
    """
    parts = record_keys.split_content(*item.key)
    if parts is None or not item.is_visible(now):
        return []
    if entry_ids.arrived(parts[1]) > timestamps.millis(now - COMPLETED_WITHIN):
        return []
    return [(item.pk, record_keys.entry(log, *parts)) for log in entry_items.CONTENT_LOGS]


def is_long_pending(item: Item, now: datetime) -> bool:
    """Whether the item is events that are pending for more than CLAIMED_WITHIN."""
    if not isinstance(item, PendingEventsItem) or item.expires_at is None:
        return False
    return item.expires_at <= timestamps.epoch_seconds(now - CLAIMED_WITHIN + PENDING_FOR)


def is_claimed(item: Item, pointers: Iterable[PointerItem]) -> bool:
    """Whether these pending events are about an entry that one of their message's pointers names."""
    pending = message_keys.split_pending_events(item.sk)
    for pointer in pointers:
        log = record_keys.split_entry(pointer.entry)[0]
        entry_pk, recipient_hash = message_keys.split_pointer(pointer.sk)
        for org in ("", org_keys.org_of(entry_pk)):
            if pending in ((log, "", org), (log, recipient_hash, org)):
                return True
    return False
