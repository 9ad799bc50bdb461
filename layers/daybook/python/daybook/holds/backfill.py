"""The backfill of a placed or lifted hold: it enforces the hold on all items of the record, step by step.

Writing the progress makes the stream invoke the next step. No two steps run at once: an org's holds are one partition,
hence in one shard of the stream, which Lambda reads batch by batch. A step that fails is tried again: at once by the
stream, and after a pause by the schedule, which has the stream tell of the hold once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from daybook.core import timestamps
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.hold_state import BACKFILLING, LIFTED, LIFTING, STANDING
from daybook.model import job_retry
from daybook.model.job_retry import KILLED, Retry
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item
from daybook.storage.models.orgs import HoldItem
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Range, Store, Update, assign, start_key, unchanged

PAGE = 500

# Backfills that are resumed at once; the next call of the schedule takes more.
MAX_RESUMED = 100

# How long the item of a lifted hold is kept: the stream keeps records for a day, and a late writer may need it.
LIFTED_HOLD_KEPT = timedelta(days=2)


class HoldBackfill:
    """`clock` returns an aware datetime, `tick` seconds. A `record` is the path `<type>/<id>`.

    Every method is idempotent, and raises StoreBusyError.
    """

    def __init__(
        self,
        *,
        table: Store,
        enforcer: HoldEnforcer,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._enforcer = enforcer
        self._clock = clock
        self._tick = tick

    def step(self, org: str, record: str, seconds: float) -> bool:
        """Continue for so many seconds, one page at least; does nothing where it is done, waits, or was given up.

        Returns whether it was given up by this call. Whatever it raises is to be told to `fail`.
        """
        hold = self._under_way(org, record)
        if hold is None or hold.at is not None:
            return False
        retry = job_retry.retry_of(hold.retry)
        if retry.is_under_way and retry.failures:
            # No other step runs now: that one was killed, and so might the next one be.
            return self.fail(org, record, KILLED)
        if not retry.is_given_up and self._write(hold, [_set(retry.begun(self._clock()))]):
            held, after = self._enforce(org, hold, self._tick() + seconds)
            self._write(hold, self._progress(hold, held, after))
        return False

    def fail(self, org: str, record: str, reason: str) -> bool:
        """Note why a step failed, without personal data; whether the backfill was given up.

        The second attempt follows at once, since this change makes the stream invoke it; later ones after a pause.
        """
        hold = self._under_way(org, record)
        if hold is None:
            return False
        failed = job_retry.retry_of(hold.retry).failed(self._clock(), reason)
        waits = failed.failures > 1 and not failed.is_given_up
        is_written = self._write(hold, [_set(failed), *_waiting(failed.due_at if waits else None)])
        return is_written and failed.is_given_up

    def resume(self) -> int:
        """Have the stream tell of the backfills, of all orgs, whose pause is over; returns of how many."""
        until = timestamps.instant(self._clock())
        span = Range(
            org_keys.FAILING_HOLDS, org_keys.BEFORE_FAILING_HOLDS, until, index=index_keys.BY_ORG_STATUS, forward=True
        )
        waiting = self._table.query(HoldItem, span, MAX_RESUMED).items
        # The same attributes are no longer there where the hold was placed or lifted anew.
        return sum(
            self._table.write([Update(hold.key, _waiting(None), unchanged(hold, HoldItem.at)) for hold in waiting])
        )

    def _under_way(self, org: str, record: str) -> HoldItem | None:
        hold = self._table.get_item(HoldItem, (org_keys.holds(org), record))
        return hold if hold is not None and hold.status in BACKFILLING else None

    def _enforce(self, org: str, hold: HoldItem, until: float) -> tuple[int, str | None]:
        """What is held so far, and after which sort key to continue; None where the record is done."""
        span = Range(record_keys.partition_at(org, hold.sk), *record_keys.ALL, forward=True)
        start = None if hold.swept is None else start_key(span, hold.swept)
        held, after = hold.held or 0, hold.swept
        for page in query_pages(self._table, Item, span, PAGE, start):
            held += self._enforcer.enforce(org, page.items)
            after = page.items[-1].sk if page.more else None
            if self._tick() >= until:
                break
        return held, after

    def _progress(self, hold: HoldItem, held: int, after: str | None) -> list[Action]:
        actions = [HoldItem.held.set(held), assign(HoldItem.swept, after), HoldItem.retry.remove()]
        if after is None:
            actions.append(HoldItem.status.set(LIFTED if hold.status == LIFTING else STANDING))
            if hold.status == LIFTING:
                actions.append(HoldItem.expires_at.set(timestamps.epoch_seconds(self._clock() + LIFTED_HOLD_KEPT)))
        return actions

    def _write(self, hold: HoldItem, actions: list[Action]) -> bool:
        """Whether it was written: where the hold was placed or lifted meanwhile, the stream tells of that as well."""
        return all(self._table.write([Update(hold.key, actions, HoldItem.turn == hold.turn)]))


def _set(retry: Retry) -> Action:
    return HoldItem.retry.set(json_text(retry))


def _waiting(until: str | None) -> list[Action]:
    """The actions that list a hold among those whose backfill waits until that instant; None for no longer."""
    waiting = None if until is None else org_keys.FAILING_HOLDS
    return [assign(HoldItem.org_status, waiting), assign(HoldItem.at, until)]
