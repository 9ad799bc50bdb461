"""A look at the whole table, once a day: what TTL should have taken long ago, and what nobody is waiting for.

The table is read in parts side by side, at a rate that leaves room for everybody else. How far each part is, and what
was counted in it, is an item of the table: a pass that has run out of time goes on with the next call.
"""

from __future__ import annotations

import operator
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import entry_ids, timestamps
from daybook.core.errors import StoreBusyError
from daybook.model import retention_policy
from daybook.model.retention_policy import PENDING_FOR
from daybook.storage import entry_items, keys
from daybook.storage.store import UNITS_PER_SECOND, Item, Key, ScanPage, Store, key_of, put_if_unchanged

# What DynamoDB allows its TTL (two days, says its documentation).
ALLOWED = timedelta(hours=48)


# A mailer posts what it sent within minutes; what has waited for so long waits in vain.
CLAIMED_WITHIN = timedelta(days=1)


# Content is written before its entry; whoever broke off in between tries again within minutes.
COMPLETED_WITHIN = timedelta(hours=1)


PARTS = 4


# What is left of the time when a part stops: for its last page, and for writing down how far it is.
SPARE_SECONDS = 30.0


NAMES = ("pk", "sk", "expires_at")


class Figures(Struct, frozen=True):
    """What a pass has counted."""

    items_checked: int = 0
    read_units: float = 0
    items_overdue: int = 0
    contents_without_entry: int = 0
    events_unclaimed: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(operator.add, msgspec.structs.astuple(self), msgspec.structs.astuple(other)))


class Part(Struct, frozen=True):
    """How far one part of the table is: on behind `after`, unless it is done."""

    after: Item | None = None
    is_done: bool = False
    figures: Figures = Figures()


class Pass(Struct, frozen=True):
    """A look at the whole table, under way or over."""

    began: str
    parts: tuple[Part, ...] = (Part(),) * PARTS

    @property
    def is_done(self) -> bool:
        return all(part.is_done for part in self.parts)


class DailyCheck:
    def __init__(
        self, *, table: Store, clock: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = table
        self._clock = clock
        self._sleep = sleep

    def step(self, seconds_left: Callable[[], float]) -> Figures | None:
        """Go on with the pass, or begin that of a new day (UTC); the figures when this has brought it to its end.

        StoreBusyError: what was counted until then is kept.
        """
        now = self._clock()
        stored = self._table.get([keys.RETENTION_CHECK]).get(keys.RETENTION_CHECK)
        standing = None if stored is None else msgspec.json.decode(stored["pass"]["S"], type=Pass)
        begun = due(standing, now)
        if begun is None:
            return None
        failures: list[StoreBusyError] = []
        reading = _Reading(self._table, self._sleep, now, seconds_left, len(begun.parts), failures)
        with ThreadPoolExecutor(len(begun.parts)) as pool:
            done = replace(begun, parts=tuple(pool.map(reading.on, range(len(begun.parts)), begun.parts)))
        # Where somebody else has gone on meanwhile, theirs holds.
        saved = self._save(stored, done)
        if failures:
            raise failures[0]
        return sum((part.figures for part in done.parts), Figures()) if saved and done.is_done else None

    def _save(self, stored: Item | None, done: Pass) -> bool:
        put: Item = {"pass": {"S": msgspec.json.encode(done).decode()}}
        return self._table.write([put_if_unchanged(keys.RETENTION_CHECK, stored, put)])[0]


class _Reading(Struct, frozen=True):
    """One call's share of a pass, in as many parts; a part that the store is too busy for stops where it is."""

    table: Store
    sleep: Callable[[float], None]
    now: datetime
    seconds_left: Callable[[], float]
    parts: int
    failures: list[StoreBusyError]

    def on(self, place: int, part: Part) -> Part:
        while not part.is_done and self.seconds_left() > SPARE_SECONDS:
            started = time.monotonic()
            try:
                page = self.table.scan(place, self.parts, NAMES, part.after)
                figures = part.figures + self._counted(page)
            except StoreBusyError as error:
                self.failures.append(error)
                break
            part = Part(page.after, page.after is None, figures)
            self.sleep(max(0.0, self.parts * page.units / UNITS_PER_SECOND - (time.monotonic() - started)))
        return part

    def _counted(self, page: ScanPage) -> Figures:
        return Figures(
            items_checked=len(page.items),
            read_units=page.units,
            items_overdue=sum(is_overdue(item, self.now) for item in page.items),
            contents_without_entry=self._without_entry(page.items),
            events_unclaimed=self._unclaimed(page.items),
        )

    def _without_entry(self, page: Sequence[Item]) -> int:
        """Most contents stand on the same page as their entries; the others' are looked up, a log at a time."""
        seen = {key_of(item) for item in page}
        alone = [possible for item in page if (possible := entries_of(item, self.now)) and not seen & set(possible)]
        for log in range(len(entry_items.CONTENT_LOGS)):
            found = self.table.get([possible[log] for possible in alone]) if alone else {}
            alone = [possible for possible in alone if possible[log] not in found]
        return len(alone)

    def _unclaimed(self, page: Sequence[Item]) -> int:
        waiting = [item for item in page if waits_in_vain(item, self.now)]
        pks = list(dict.fromkeys(key_of(item)[0] for item in waiting))
        pointers: dict[str, list[Item]] = defaultdict(list)
        for item in self.table.partitions(pks) if pks else ():
            if "entry" in item:
                pointers[key_of(item)[0]].append(item)
        return sum(not is_claimed(item, pointers[key_of(item)[0]]) for item in waiting)


def due(standing: Pass | None, now: datetime) -> Pass | None:
    """The pass to go on with, or to begin; None when that of this day is over."""
    today = timestamps.instant(now)
    if standing is None or (standing.is_done and standing.began[:10] < today[:10]):
        return Pass(today)
    return None if standing.is_done else standing


def is_overdue(item: Item, now: datetime) -> bool:
    """Whether TTL should have taken it, for all the time that it may take."""
    return retention_policy.is_expired(entry_items.expiry(item), now - ALLOWED)


def entries_of(item: Item, now: datetime) -> list[Key]:
    """Where the entry of this content stands, in the one log or the other; empty for what needs none.

    That is any other item, content that has expired itself, and content so new that its entry may be on its way.
    """
    pk, sk = key_of(item)
    parts = keys.split_content(pk, sk)
    if parts is None or retention_policy.is_expired(entry_items.expiry(item), now):
        return []
    if entry_ids.arrived(parts[1]) > timestamps.millis(now - COMPLETED_WITHIN):
        return []
    return [(pk, keys.entry(log, *parts)) for log in entry_items.CONTENT_LOGS]


def waits_in_vain(item: Item, now: datetime) -> bool:
    """Whether it is early events that have waited for long; of some the entries are here (`is_claimed`)."""
    pk, sk = key_of(item)
    until = entry_items.expiry(item)
    if not keys.is_of_message(pk) or keys.split_early_events(sk) is None or until is None:
        return False
    return until <= timestamps.epoch_seconds(now - CLAIMED_WITHIN + PENDING_FOR)


def is_claimed(item: Item, pointers: Iterable[Item]) -> bool:
    """Whether one of the message's entries is whom these early events are about."""
    early = keys.split_early_events(key_of(item)[1])
    for pointer in pointers:
        log = keys.split_entry(pointer["entry"]["S"])[0]
        if early in ((log, ""), (log, keys.split_message_entry(key_of(pointer)[1])[1])):
            return True
    return False
