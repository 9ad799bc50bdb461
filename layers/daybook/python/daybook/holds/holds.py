"""Holds of records, whose entries then do not expire. Placing, changing or lifting a hold is an audit entry.

This writes the item of the hold. The table's stream passes it to `holds.backfill`, which changes the entries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from pynamodb.expressions.update import Action

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import entry_ids, timestamps
from daybook.core.errors import NotFoundError
from daybook.core.paging import READ_BUDGET, Cursor, Cursors, Limit, in_order
from daybook.core.timestamps import Instant
from daybook.holds import hold_state
from daybook.holds.hold_state import HOLDING, LIFTING, MAX_LISTED, PLACING
from daybook.model import job_retry
from daybook.model.entries import Affected, Record
from daybook.storage import values
from daybook.storage.keys import org_keys
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import HoldItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.query_pages import query_value_pages, read_from
from daybook.storage.store import Change, Insert, Range, StartKey, Store, Update, difference, start_key, unchanged
from daybook.storage.values import Values

PLACED, CHANGED, LIFTED = "placed hold", "changed hold", "lifted hold"
TOO_LATE = "entries that expired, whole or in part, before it could hold them; about so many where over a hundred"
GIVEN_UP = "null after a day, when it was given up: place or lift the hold again once the cause is corrected"

# The actions with which a backfill begins anew.
_NOTHING_DONE = [attribute.remove() for attribute in (HoldItem.swept, HoldItem.retry, HoldItem.org_status, HoldItem.at)]


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """The body that asks for a hold or an erasure: why, for the audit log and the list of holds."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class HoldFailure(Struct, frozen=True):
    """Why a hold is not enforced on all entries of its record yet, and when that is tried again."""

    reason: str
    since: Instant
    attempts: Annotated[int, Meta(description="how many have failed, one after the other")]
    next_attempt_at: Annotated[Instant | None, Meta(description=GIVEN_UP)]


class Hold(Struct, frozen=True, kw_only=True):
    """A hold of a record. Until it is `standing`, or has been lifted, its entries are still being gone through.

    A lifted one is listed while that fails.
    """

    record: Record
    reason: str
    placed_at: Instant
    placed_by: str
    status: Literal["placing", "standing", "lifting"]
    held: Annotated[int, Meta(description="entries and contents that would expire without it")]
    too_late: Annotated[int, Meta(description=TOO_LATE)]
    too_late_entries: Annotated[list[str], Meta(description="the ids of a hundred of them, in order")]
    failure: HoldFailure | UnsetType = UNSET


class HoldsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class HoldPage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none."""

    entries: list[Hold]
    next: str | None
    prev: str | None


class HoldQueries:
    """Reads of an org's holds."""

    def __init__(self, *, table: Store, cursors: Cursors) -> None:
        self._table = table
        self._cursors = cursors

    def page(self, org: str, query: HoldsQuery) -> HoldPage:
        """One page of the holds of an org, sorted by record. InvalidCursorError, StoreBusyError."""
        span = Range(org_keys.holds(org), *org_keys.ALL_HOLDS, forward=True)
        bound_to = [org, "holds"]
        start = self._cursors.start(query.cursor, bound_to)
        key = None if start is None else start_key(span, start.at[0])
        shown, end = self._read(*read_from(span, start, key), query.limit)
        links = self._cursors.links(start, None if end is None else [end["sk"]], bound_to)
        return HoldPage([_hold(item) for item in in_order(shown, start)], links.next, links.prev)

    def stands(self, org: str, record: Record) -> bool:
        """Whether a hold of this record stands, or is being placed. StoreBusyError."""
        hold = self._table.get_item(HoldItem, (org_keys.holds(org), org_keys.hold(record)))
        return hold is not None and hold.status in HOLDING

    def _read(self, span: Range, after: StartKey | None, limit: int) -> tuple[list[Values], Values | None]:
        """The items of a page in the order in which they are read, and that where it ended; None at the list's end."""
        shown: list[Values] = []
        left = READ_BUDGET
        for page in query_value_pages(self._table, span, limit + 1, after):
            shown += [item for item in page.items if hold_state.is_listed(item["status"], item.get("retry"))]
            left -= len(page.items)
            if len(shown) > limit:
                return shown[:limit], shown[limit - 1]
            if page.more and left <= 0:
                return shown, page.items[-1]
        return shown, None


class HoldChanges:
    """Changes of holds; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._recorder = recorder
        self._clock = clock

    def place(self, org: str, record: Record, body: Reason, caller: Caller, ip: str | None) -> Hold:
        """Place a hold, or change its reason. With the same reason the backfill runs again. StoreBusyError."""

        def change(hold: HoldItem | None) -> Change | None:
            if hold is None or hold.status not in HOLDING:
                self._record(org, PLACED, Affected(record, "held", details={"reason": body.reason}), caller, ip)
                placed = self._placed(org, record, body, caller)
                # Nothing of an earlier hold of the record is left.
                return Insert(placed) if hold is None else difference(hold, placed)
            if hold.reason != body.reason:
                affected = Affected(record, "updated", before={"reason": hold.reason}, after=body)
                self._record(org, CHANGED, affected, caller, ip)
                return _update(hold, HoldItem.reason.set(body.reason))
            # The backfill runs again: a caller that repeats the request may have a reason to.
            return _update(
                hold,
                HoldItem.status.set(PLACING),
                HoldItem.turn.set(self._new_turn()),
                HoldItem.held.remove(),
                *_NOTHING_DONE,
            )

        return self._change(org, record, change)

    def lift(self, org: str, record: Record, caller: Caller, ip: str | None) -> Hold:
        """Lift the hold of a record: its entries expire again. NotFoundError where there is none; StoreBusyError.

        Of one that is lifted, and whose backfill failed, the backfill runs again.
        """

        turns: list[str] = []

        def change(hold: HoldItem | None) -> Update | None:
            if hold is not None and hold.turn in turns:
                # It is lifted by this request, which was sent twice: the first response was lost.
                return None
            if hold is None or not hold_state.is_listed(hold.status, hold.retry):
                raise NotFoundError("this record is not on hold")
            actions: list[Action] = [*_NOTHING_DONE]
            if hold.status != LIFTING:
                affected = Affected(record, "released", details={"reason": hold.reason})
                self._record(org, LIFTED, affected, caller, ip)
                lifted_at = timestamps.instant(self._clock())
                actions += [HoldItem.status.set(LIFTING), HoldItem.lifted_at.set(lifted_at)]
            turns.append(self._new_turn())
            return _update(hold, HoldItem.turn.set(turns[-1]), *actions)

        return self._change(org, record, change)

    def _change(self, org: str, record: Record, change: Callable[[HoldItem | None], Change | None]) -> Hold:
        key = _key(org, record)
        _, hold = change_item(self._table, HoldItem, key, change, "too many are changing this hold at once")
        # No change deletes it.
        return _hold(values.values_of(hold.serialize()))  # type: ignore[union-attr]

    def _placed(self, org: str, record: Record, body: Reason, caller: Caller) -> HoldItem:
        return HoldItem(
            *_key(org, record),
            status=PLACING,
            turn=self._new_turn(),
            reason=body.reason,
            placed_at=timestamps.instant(self._clock()),
            placed_by=caller.username[: own_audit.MAX_NAME],
            too_late=0,
            missed="[]",
        )

    def _new_turn(self) -> str:
        """A name for each placing or lifting, so that the backfill of an earlier one does not complete this one."""
        return entry_ids.new_suffix(timestamps.millis(self._clock()), 0)

    def _record(self, org: str, action: str, affected: Affected, caller: Caller, ip: str | None) -> None:
        # The audit entry first: better one without a change than the other way round.
        self._recorder.record(org, own_audit.audit(caller, ip, action, [affected]))


def _key(org: str, record: Record) -> Key:
    return org_keys.holds(org), org_keys.hold(record)


def _update(hold: HoldItem, *actions: Action) -> Update:
    """The update, unless the hold was placed, changed or lifted by another caller meanwhile."""
    return Update(hold.key, actions, unchanged(hold, HoldItem.turn, HoldItem.reason))


def _hold(item: Values) -> Hold:
    too_late, too_late_entries = _too_late(item)
    return Hold(
        record=org_keys.split_hold(item["sk"]),
        reason=item["reason"],
        placed_at=item["placed_at"],
        placed_by=item["placed_by"],
        status=item["status"],
        held=values.number(item, "held") or 0,
        too_late=too_late,
        too_late_entries=too_late_entries,
        failure=_failure(item),
    )


def _failure(item: Values) -> HoldFailure | UnsetType:
    retry = job_retry.retry_of(item.get("retry"))
    if not retry.failures:
        return UNSET
    next_attempt_at = None if retry.is_given_up else retry.due_at
    return HoldFailure(retry.reason, retry.failed_at, retry.failures, next_attempt_at)


def _too_late(item: Values) -> tuple[int, list[str]]:
    """The number of entries that it came too late for, and their ids; earlier versions had two lists."""
    too_late_ids = sorted({id_ for name in ("missed", "lost") for id_ in hold_state.listed_entries(item.get(name))})
    counts = [len(too_late_ids)]
    if len(too_late_ids) >= MAX_LISTED:
        # There may be more than could be listed.
        counts += [values.number(item, name) or 0 for name in ("too_late", "lost_count")]
    return max(counts), too_late_ids[:MAX_LISTED]
