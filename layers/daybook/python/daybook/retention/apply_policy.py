"""Applying a changed policy: every stored item that belongs to an entry gets the expiry that it has by that policy.

How far each segment of the table is, is kept in an item of the table: a run that breaks off goes on there. What was
written since then is read again and found right.
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
from daybook.storage import attributes
from daybook.storage.keys import job_keys, message_keys, record_keys
from daybook.storage.optimistic_locking import change_items
from daybook.storage.store import Item, Key, ScanPage, Store, Update, key_attributes, key_of, put_if_unchanged
from daybook.storage.table import WRITE_BATCH

# So often somebody who waits hears how far it is.
STEP_SECONDS = 15.0

# What is left of a page at the end of a step is read again by the next one.
PAGE = 500

# So long the grace counts from a run's beginning, that an entry and its content expire together.
SAME_GRACE = timedelta(hours=1)


class Holds(Protocol):
    """What keeps items of held records from expiring: `holds.enforcement.HoldEnforcer`."""

    def handle(self, written: Iterable[Item]) -> int: ...

    def settle_shared(self, messages: Collection[str]) -> None: ...


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
    """A policy's way through the whole table, under way or over. Stored: fields keep their names.

    It is of one policy, by its durations: with another one a new run begins. The grace of what is still to be changed
    counts from the instant `began`.
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
        """Go on for `step_seconds` with the run that is under way, or begin one. StoreBusyError where none gets on."""
        stored = self._table.get([job_keys.RETENTION_APPLY]).get(job_keys.RETENTION_APPLY)
        last = None if stored is None else msgspec.json.decode(attributes.text(stored, "run"), type=Run)
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
        # Where somebody else has gone on meanwhile, theirs holds.
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
                after=_position(batch[-1]),
                items_read=segment.items_read + len(batch),
                items_restamped=segment.items_restamped + changed,
            )
            yield segment
        yield replace(segment, after=page.after, is_done=page.after is None)

    def _update(self, batch: Sequence[Item], entries: Mapping[Key, OwningEntry], policy: AppliedPolicy) -> int:
        """Give the items of entries their new expiry; how many did not have it."""

        def change(item: Item) -> Update | None:
            return policy.update(item, entries[key_of(item)], self._clock())

        of_entries = {key: item for item in batch if (key := key_of(item)) in entries}
        changed = change_items(self._table, of_entries, change, "too many are changing the same items at once")
        return sum(before != after for before, after in changed)

    def _hold(self, batch: Sequence[Item], entries: Mapping[Key, OwningEntry], policy: Policy) -> None:
        """Hold what did not expire before and does now, where its record is held. Done again, it changes nothing."""
        owners = {key: entries[key] for item in batch if (key := key_of(item)) in entries}
        messages = expiring_messages(owners, policy)
        if messages:
            self._holds.handle(messages)
        partitions = {
            pk for (pk, _), entry in owners.items() if message_keys.is_of_message(pk) and entry.log == "email"
        }
        if partitions:
            self._holds.settle_shared(partitions)

    def _progress(self, run: Run, *, done: bool) -> ApplyProgress:
        return ApplyProgress(
            run.began,
            done,
            sum(segment.items_read for segment in run.segments),
            sum(segment.items_restamped for segment in run.segments),
            sum(segment.read_units for segment in run.segments),
            self._table.item_count(),
        )

    def _save(self, stored: Item | None, run: Run) -> bool:
        put: Item = {"run": {"S": msgspec.json.encode(run).decode()}}
        return all(self._table.write([put_if_unchanged(job_keys.RETENTION_APPLY, stored, put)]))


def run_to_continue(last: Run | None, durations: dict[str, str], now: datetime, segments: int) -> Run:
    """The last run; a new one where there is none, it is done, or it is of another policy.

    What is left of an old one gets a grace of its own: that of its beginning may be over.
    """
    if last is None or last.is_done or last.durations != durations:
        return Run(timestamps.instant(now), durations, (AppliedSegment(),) * segments)
    is_old = now - timestamps.from_instant(last.began) >= SAME_GRACE
    return replace(last, began=timestamps.instant(now)) if is_old else last


def expiring_messages(owners: Mapping[Key, OwningEntry], policy: Policy) -> list[Item]:
    """Keys, as items, of the messages that expire by this policy, of what stands beside them, and of what points there.

    Before it they may not have expired: then the holds of their records do not know of them. All other logs always
    expire.
    """
    messages: set[Key] = set()
    for (pk, sk), entry in owners.items():
        if entry.log in ("email", "sms", "push") and policy.periods[entry.log] is not None:
            message = record_keys.entry(entry.log, entry.moment, entry.suffix)
            messages.add((message_keys.split_pointer(sk)[0], message) if message_keys.is_of_message(pk) else (pk, sk))
    return [key_attributes(key) for key in sorted(messages)]


def _position(item: Item) -> Item:
    return key_attributes(key_of(item))
