"""Giving every item that belongs to an entry the expiry of a policy that was changed.

The table is read in segments side by side, at a rate that leaves room for everybody else. How far each is, is an item
of the table: a run that breaks off goes on there. What was written since then is met again and found right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.model import retention_policy
from daybook.model.retention_policy import Policy
from daybook.retention import expiry
from daybook.retention.expiry import ExpiryUpdater, Origin
from daybook.storage import attributes, keys
from daybook.storage.store import UNITS_PER_SECOND, Item, Key, Store, key_of, put_if_unchanged
from daybook.storage.table import WRITE_BATCH

# So often somebody who waits hears how far it is.
STEP_SECONDS = 15.0


# What is left of a page at the end of a step is read again by the next one.
PAGE = 500


# So long the grace counts from a run's beginning, that an entry and its content end together.
SAME_GRACE = timedelta(hours=1)


TRIES = 10


MOST_SEGMENTS = 64


Segments = Annotated[int, Meta(ge=1, le=MOST_SEGMENTS)]


class Holds(Protocol):
    """What keeps items of held records from expiring: `holds.enforcement.HoldEnforcer`."""

    def handle(self, written: Iterable[Item]) -> int: ...

    def settle_shared(self, messages: Collection[str]) -> None: ...


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """`rate` is items a second that are written, by all segments together; `segments` are those of a new run."""

    rate: Annotated[int, Meta(ge=1)]
    segments: Segments


class Segment(Struct, frozen=True):
    """How far one segment of the table is: on behind `after`, unless it is done."""

    after: Item | None = None
    is_done: bool = False
    items_read: int = 0
    items_restamped: int = 0
    read_units: float = 0


class Run(Struct, frozen=True):
    """A policy's way through the whole table, under way or over. It is one policy's: another begins anew.

    From `began` on counts the grace of what is still to be restamped.
    """

    began: str
    durations: dict[str, str]
    segments: tuple[Segment, ...]

    @property
    def places(self) -> list[tuple[Item | None, bool]]:
        return [(segment.after, segment.is_done) for segment in self.segments]

    @property
    def is_done(self) -> bool:
        return all(segment.is_done for segment in self.segments)


class Progress(Struct, frozen=True):
    """How far a run is; what a call had done that broke off is not counted. `items_estimated` are all of the table."""

    began: str
    done: bool
    items_read: int
    items_restamped: int
    read_units: float
    items_estimated: int


class PolicyApplier:
    """`durations` are the deployed policy's, see `daybook.retention.policy_of`. `tick` tells seconds that pass."""

    def __init__(
        self,
        *,
        table: Store,
        holding: Holds,
        durations: Mapping[str, str],
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._holding = holding
        self._durations = dict(durations)
        self._clock = clock
        self._tick = tick
        self._sleep = sleep

    def step(self, asked: Asked) -> Progress:
        """Go on for STEP_SECONDS with the run that is under way, or begin one. StoreBusyError where none gets on."""
        stored = self._table.get([keys.RETENTION_APPLY]).get(keys.RETENTION_APPLY)
        standing = None if stored is None else msgspec.json.decode(attributes.text(stored, "run"), type=Run)
        run = under_way(standing, self._durations, self._clock(), asked.segments)
        before, left = run.places, sum(not segment.is_done for segment in run.segments)
        failures: list[StoreBusyError] = []
        way = _Way(
            table=self._table,
            holding=self._holding,
            stamping=ExpiryUpdater(retention_policy.policy_of(run.durations), timestamps.from_instant(run.began)),
            clock=self._clock,
            tick=self._tick,
            sleep=self._sleep,
            until=self._tick() + STEP_SECONDS,
            segments=len(run.segments),
            seconds_per_item=left / asked.rate,
            seconds_per_unit=left / UNITS_PER_SECOND,
            failures=failures,
        )
        with ThreadPoolExecutor(len(run.segments)) as pool:
            run = replace(run, segments=tuple(pool.map(way.on, range(len(run.segments)), run.segments)))
        saved = self._save(stored, run)
        if failures and run.places == before:
            raise failures[0]
        # Where somebody else has gone on meanwhile, theirs holds.
        return self._progress(run, done=saved and run.is_done)

    def _progress(self, run: Run, *, done: bool) -> Progress:
        return Progress(
            run.began,
            done,
            sum(segment.items_read for segment in run.segments),
            sum(segment.items_restamped for segment in run.segments),
            sum(segment.read_units for segment in run.segments),
            self._table.size().items,
        )

    def _save(self, stored: Item | None, run: Run) -> bool:
        put: Item = {"run": {"S": msgspec.json.encode(run).decode()}}
        return self._table.write([put_if_unchanged(keys.RETENTION_APPLY, stored, put)])[0]


class _Way(Struct, frozen=True):
    """One call's share of a run; a segment that the store is too busy for stops where it is."""

    table: Store
    holding: Holds
    stamping: ExpiryUpdater
    clock: Callable[[], datetime]
    tick: Callable[[], float]
    sleep: Callable[[float], None]
    until: float
    segments: int
    seconds_per_item: float
    seconds_per_unit: float
    failures: list[StoreBusyError]

    def on(self, place: int, segment: Segment) -> Segment:
        try:
            while not segment.is_done and self.tick() < self.until:
                started = self.tick()
                page = self.table.scan(place, self.segments, expiry.NAMES, segment.after, PAGE)
                segment = replace(segment, read_units=segment.read_units + page.units)
                origins = expiry.origins(self.table, page.items)
                self._rest(started, page.units * self.seconds_per_unit)
                for start in range(0, len(page.items), WRITE_BATCH):
                    segment = self._batch(segment, page.items[start : start + WRITE_BATCH], origins)
                    if self.tick() >= self.until:
                        break
                else:
                    segment = replace(segment, after=page.after, is_done=page.after is None)
        except StoreBusyError as error:
            self.failures.append(error)
        return segment

    def _batch(self, segment: Segment, batch: Sequence[Item], origins: Mapping[Key, Origin]) -> Segment:
        started = self.tick()
        restamped = self._stamp(batch, origins)
        self._settle(batch, origins)
        self._rest(started, restamped * self.seconds_per_item)
        return replace(
            segment,
            after=_position(batch[-1]),
            items_read=segment.items_read + len(batch),
            items_restamped=segment.items_restamped + restamped,
        )

    def _stamp(self, batch: Sequence[Item], origins: Mapping[Key, Origin]) -> int:
        standing = {key: item for item in batch if (key := key_of(item)) in origins}
        restamped = 0
        for _ in range(TRIES):
            now = self.clock()
            found = (self.stamping.update(item, origins[key], now) for key, item in standing.items())
            changes = [change for change in found if change is not None]
            written = self.table.write(changes) if changes else []
            restamped += sum(written)
            changed = [change.key for change, done in zip(changes, written, strict=True) if not done]
            if not changed:
                return restamped
            # Somebody else was quicker, TTL perhaps.
            standing = self.table.get(changed)
        raise StoreBusyError("too many are changing the same items at once")

    def _settle(self, batch: Sequence[Item], origins: Mapping[Key, Origin]) -> None:
        """What had no end and has one now is held where its record is; see `ending`. Done again, it changes nothing."""
        found = {key: origins[key] for item in batch if (key := key_of(item)) in origins}
        entries = ending(found, self.stamping.policy)
        if entries:
            self.holding.handle(entries)
        messages = {pk for (pk, _), origin in found.items() if keys.is_of_message(pk) and origin.log == "email"}
        if messages:
            self.holding.settle_shared(messages)

    def _rest(self, started: float, seconds: float) -> None:
        self.sleep(max(0.0, seconds - (self.tick() - started)))


def under_way(standing: Run | None, durations: dict[str, str], now: datetime, segments: int) -> Run:
    """The run to go on with, or the one to begin: where none is unfinished, or it is another policy's.

    What is left of an old one gets a grace of its own: that of its beginning may be over.
    """
    if standing is None or standing.is_done or standing.durations != durations:
        return Run(timestamps.instant(now), durations, (Segment(),) * segments)
    is_old = now - timestamps.from_instant(standing.began) >= SAME_GRACE
    return replace(standing, began=timestamps.instant(now)) if is_old else standing


def ending(found: Mapping[Key, Origin], policy: Policy) -> list[Item]:
    """Keys, as items, of those messages and what stands beside them that a policy may have given their first end.

    The holds of their records do not know of them: there was nothing to keep from expiring. All other logs always end.
    """
    placed: set[Key] = set()
    for (pk, sk), origin in found.items():
        if origin.log in ("email", "sms", "push") and policy.periods[origin.log] is not None:
            is_pointer = keys.is_of_message(pk)
            entry = keys.entry(origin.log, origin.moment, origin.suffix)
            placed.add((keys.split_message_entry(sk)[0], entry) if is_pointer else (pk, sk))
    return [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in sorted(placed)]


def _position(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}
