"""Applying a changed retention policy: every stored item of an entry gets its expiry by that policy.

The position in each segment of the table is stored in an item: an interrupted run continues there. Items that were
updated after the stored position are read again and are left unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.model import retention_policy
from daybook.model.retention_policy import Policy
from daybook.retention import expiry
from daybook.retention.expiry import AppliedPolicy, OwningEntry
from daybook.retention.table_scan import Pace, SegmentCount, SegmentPosition, TableScan
from daybook.storage.keys import job_keys, message_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item, Key
from daybook.storage.models.jobs import ApplyItem
from daybook.storage.optimistic_locking import change_items
from daybook.storage.store import Insert, ScanPage, Store, Update, difference
from daybook.storage.table import WRITE_BATCH

# Seconds of one step; the command line shows the progress after each.
STEP_SECONDS = 15.0

# Items of one read. The rest of a page at the end of a step is read again by the next step.
PAGE = 500

# A run that is resumed within this keeps its start, so that an entry and its content get the same grace.
SAME_GRACE = timedelta(hours=1)


class Holds(Protocol):
    """The enforcement of holds: `holds.enforcement.HoldEnforcer`."""

    def handle(self, written: Iterable[Item]) -> int: ...

    def enforce_on_shared_events(self, messages: Collection[str]) -> None: ...


class ApplyRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`rate` is items a second that all segments together write at most; `segments` are those of a new run."""

    rate: Annotated[int, Meta(ge=1)]
    segments: SegmentCount


class AppliedSegment(SegmentPosition, frozen=True):
    """A segment, and what was done in it. Stored: fields keep their names."""

    items_read: int = 0
    items_restamped: int = 0
    read_units: float = 0


class Run(Struct, frozen=True):
    """A run of one policy through the whole table. Stored: fields keep their names.

    With other `durations` a new run begins. The grace of items still to be changed counts from the instant `began`.
    """

    began: str
    durations: dict[str, str]
    segments: tuple[AppliedSegment, ...]

    @property
    def is_done(self) -> bool:
        return all(segment.is_done for segment in self.segments)


class ApplyProgress(Struct, frozen=True):
    """How far a run is, as the command line reads it.

    `items_restamped` are those whose expiry was changed. What a step had done that broke off is not counted.
    `items_estimated` are all of the table, as DynamoDB last counted.
    """

    began: str
    done: bool
    items_read: int
    items_restamped: int
    read_units: float
    items_estimated: int


class ApplyPolicyJob:
    """`durations` are the deployed policy's, as `retention_policy.parse_policy` takes them."""

    def __init__(
        self,
        *,
        table: Store,
        holds: Holds,
        durations: Mapping[str, str],
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        step_seconds: float = STEP_SECONDS,
        page_size: int = PAGE,
    ) -> None:
        self._table = table
        self._holds = holds
        self._durations = dict(durations)
        self._clock = clock
        self._pace = Pace(tick, sleep)
        self._step_seconds = step_seconds
        self._page_size = page_size

    def step(self, request: ApplyRequest) -> ApplyProgress:
        """Continue the current run for `step_seconds`, or start one. StoreBusyError where no segment progressed."""
        stored = self._table.get_item(ApplyItem, job_keys.RETENTION_APPLY)
        last = None if stored is None else msgspec.json.decode(stored.run, type=Run)
        run = run_to_continue(last, self._durations, self._clock(), request.segments)
        policy = AppliedPolicy(retention_policy.parse_policy(run.durations), timestamps.from_instant(run.began))
        pending = sum(not segment.is_done for segment in run.segments)
        until = self._pace.tick() + self._step_seconds
        scan = TableScan(
            table=self._table,
            attributes=expiry.ATTRIBUTES,
            has_time=lambda: self._pace.tick() < until,
            pace=self._pace,
            page_size=self._page_size,
        )
        scanned = scan.resume(run.segments, partial(self._apply, policy, pending / request.rate))
        continued = replace(run, segments=tuple(scanned.segments))
        is_saved = self._save(stored, continued)
        scanned.raise_if_stuck(run.segments)
        # Where another call has saved meanwhile, its progress stays.
        return self._progress(continued, done=is_saved and continued.is_done)

    def _apply(
        self, policy: AppliedPolicy, seconds_per_item: float, segment: AppliedSegment, page: ScanPage
    ) -> Iterator[AppliedSegment]:
        """Apply the policy to a page, batch by batch: at a low rate a page takes longer than a step."""
        entries = expiry.owning_entries(self._table, page.items)
        segment = replace(segment, read_units=segment.read_units + page.units)
        for start in range(0, len(page.items), WRITE_BATCH):
            batch = page.items[start : start + WRITE_BATCH]
            started = self._pace.tick()
            changed = self._update(batch, entries, policy)
            self._hold(batch, entries, policy.policy)
            self._pace.keep(started, changed * seconds_per_item)
            segment = replace(
                segment,
                after=batch[-1].key,
                items_read=segment.items_read + len(batch),
                items_restamped=segment.items_restamped + changed,
            )
            yield segment
        yield replace(segment, after=page.after, is_done=page.after is None)

    def _update(self, batch: Sequence[Item], entries: Mapping[Key, OwningEntry], policy: AppliedPolicy) -> int:
        """Give the items of entries their new expiry; returns how many were changed."""

        def change(item: Item) -> Update | None:
            return policy.update(item, entries[item.key], self._clock())

        of_entries = {item.key: item for item in batch if item.key in entries}
        changed = change_items(self._table, Item, of_entries, change, "too many are changing the same items at once")
        return sum(before is not after for before, after in changed)

    def _hold(self, batch: Sequence[Item], entries: Mapping[Key, OwningEntry], policy: Policy) -> None:
        """Enforce holds on items that did not expire by the earlier policy and do now. Idempotent."""
        owners = {item.key: entries[item.key] for item in batch if item.key in entries}
        messages = expiring_messages(owners, policy)
        if messages:
            self._holds.handle(messages)
        partitions = {
            pk for (pk, _), entry in owners.items() if message_keys.is_of_message(pk) and entry.log == "email"
        }
        if partitions:
            self._holds.enforce_on_shared_events(partitions)

    def _progress(self, run: Run, *, done: bool) -> ApplyProgress:
        return ApplyProgress(
            run.began,
            done,
            sum(segment.items_read for segment in run.segments),
            sum(segment.items_restamped for segment in run.segments),
            sum(segment.read_units for segment in run.segments),
            self._table.item_count(),
        )

    def _save(self, stored: ApplyItem | None, run: Run) -> bool:
        saved = ApplyItem(*job_keys.RETENTION_APPLY, run=json_text(run))
        change = Insert(saved) if stored is None else difference(stored, saved)
        return change is None or all(self._table.write([change]))


def run_to_continue(last: Run | None, durations: dict[str, str], now: datetime, segments: int) -> Run:
    """The last run; a new one where there is none, it is done, or it is of another policy.

    What is left of an old one gets a grace of its own: that of its beginning may be over.
    """
    if last is None or last.is_done or last.durations != durations:
        return Run(timestamps.instant(now), durations, (AppliedSegment(),) * segments)
    is_old = now - timestamps.from_instant(last.began) >= SAME_GRACE
    return replace(last, began=timestamps.instant(now)) if is_old else last


def expiring_messages(owners: Mapping[Key, OwningEntry], policy: Policy) -> list[Item]:
    """Keys, as items, of messages that expire by this policy, and of the messages of their pointers and keys.

    By the earlier policy they may not have expired, and were not changed by the holds of their records. Entries of all
    other logs always expire.
    """
    messages: set[Key] = set()
    for (pk, sk), entry in owners.items():
        if entry.log in ("email", "sms", "push") and policy.periods[entry.log] is not None:
            message = record_keys.entry(entry.log, entry.moment, entry.suffix)
            messages.add((message_keys.split_pointer(sk)[0], message) if message_keys.is_of_message(pk) else (pk, sk))
    return [Item(*key) for key in sorted(messages)]
