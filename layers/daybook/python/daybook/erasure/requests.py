"""Requests to erase the people of a record from its entries, and their progress. A request is an audit entry.

A request writes an item. The table's stream passes it to `erasure.job`, which does the work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import entry_ids, timestamps
from daybook.core.errors import NotFoundError, OnHoldError
from daybook.core.timestamps import Instant
from daybook.erasure.person import Person
from daybook.erasure.work_list import Counts, Work, work_key
from daybook.holds.hold_state import Snapshot
from daybook.holds.holds import Reason
from daybook.model.entries import ERASED_CHANGE, Affected, Record
from daybook.model.job_retry import retry_of
from daybook.storage.items import audit_items
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Item
from daybook.storage.models.jobs import ErasureWorkItem
from daybook.storage.models.orgs import ErasureItem
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Range, Store

ERASED = "erased record"

# DynamoDB reports a TTL delete in the stream, which keeps it for a day; more is a margin.
RECENT = timedelta(days=7)
RECENT_PAGE = 1000

Status = Literal["running", "done", "incomplete", "failed"]


class Erasure(Struct, frozen=True, kw_only=True):
    """One erasure. `incomplete`: some entries stood on hold, by this record or another that they affected.

    `failed`: it was given up, a day after its first failure; some of the record may be erased. A new request erases
    the rest.
    """

    id: str
    record: Record
    status: Status
    requested_at: Instant
    requested_by: str
    completed_at: Annotated[Instant | None, Meta(description="when it ended, done or failed")]
    counts: Counts
    reason: Annotated[str | UnsetType, Meta(description="why the last attempt failed; only where one has")] = UNSET
    next_attempt_at: Annotated[
        Instant | UnsetType, Meta(description="when it is tried again; only where an attempt has failed")
    ] = UNSET


class ErasureQueries:
    """Reads of erasures; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def get(self, org: str, erasure_id: str) -> Erasure:
        """The erasure with this id. NotFoundError, StoreBusyError."""
        is_id = entry_ids.split(erasure_id) is not None
        key, work = (org_keys.erasures(org), erasure_id), work_key(org, erasure_id)
        items = self._table.get(Item, [key, work]) if is_id else {}
        item, under_way = items.get(key), items.get(work)
        if not isinstance(item, ErasureItem):
            raise NotFoundError("there is no such erasure")
        if item.completed_at is None and isinstance(under_way, ErasureWorkItem):
            retry = retry_of(under_way.retry).as_seen(self._clock())
            if retry.failures:
                return replace(erasure_of(item), reason=retry.reason, next_attempt_at=retry.due_at)
        return erasure_of(item)

    def recent(self, org: str) -> dict[Record, str]:
        """The records of the org whose erasure was requested in the last seven days, with the last request's instant.

        StoreBusyError.
        """
        since = entry_ids.entry_id(timestamps.instant(self._clock() - RECENT), "")
        span = Range(org_keys.erasures(org), since, org_keys.AFTER_ERASURES, forward=True)
        pages = query_pages(self._table, ErasureItem, span, RECENT_PAGE)
        return {Record.from_path(item.record): item.requested_at for page in pages for item in page.items}


class ErasureRepeats:
    """Erasures that are done once more, for audit entries that came to the log of the record too late for them.

    The log has such an entry as a copy, which follows from the stream. An erasure that was faster has not seen it.
    `clock` returns an aware datetime.
    """

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._queries = ErasureQueries(table=table, clock=clock)
        self._clock = clock

    def request(self, entries: Iterable[AuditItem]) -> int:
        """Repeat the erasures of records that these entries affected, whose copies were just written.

        Returns how many. Whoever asks for an erasure does not see it repeated. StoreBusyError.
        """
        copied: dict[str, list[AuditItem]] = defaultdict(list)
        for entry in entries:
            if entry.others is not None:
                copied[org_keys.org_of(entry.pk)].append(entry)
        repeated: dict[tuple[str, Record], str] = {}
        for org, of_org in copied.items():
            erased = self._queries.recent(org)
            for entry in of_org if erased else ():
                entry_id = record_keys.entry_id(*entry.key) or ""
                for affected in audit_items.other_affected(entry):
                    asked_at = erased.get(affected.record)
                    if asked_at is not None and entry_ids.arrived_by(entry_id, asked_at):
                        repeated[org, affected.record] = asked_at
        self._table.insert(
            [
                ErasureWorkItem(*work_key(org, self._new_id(asked_at)), work=json_text(Work(Person(record), asked_at)))
                for (org, record), asked_at in repeated.items()
            ]
        )
        return len(repeated)

    def _new_id(self, asked_at: str) -> str:
        return entry_ids.entry_id(asked_at, entry_ids.new_suffix(timestamps.millis(self._clock()), 0))


class ErasureRequests:
    """Requests of erasures; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._recorder = recorder
        self._clock = clock

    def create(self, org: str, record: Record, body: Reason, caller: Caller, ip: str | None) -> Erasure:
        """Request the erasure of the people of a record from the entries that have arrived by now.

        OnHoldError where the record is on hold. StoreBusyError.
        """
        if Snapshot(table=self._table, org=org).state([record.path]).is_held:
            raise OnHoldError("this record is on hold: nothing of it may be erased until the hold is lifted")
        # The audit entry first: better one without an erasure than the other way round.
        affected = Affected(record, ERASED_CHANGE, details={"reason": body.reason})
        self._recorder.record(org, own_audit.audit(caller, ip, ERASED, [affected]))
        asked_at = timestamps.instant(self._clock())
        erasure_id = entry_ids.entry_id(
            asked_at, entry_ids.new_suffix(timestamps.millis(timestamps.from_instant(asked_at)), 0)
        )
        work = Work(Person(record), asked_at, requested_by=caller.username[: own_audit.MAX_NAME])
        # The work first: it makes the other item where that is missing.
        self._table.insert([ErasureWorkItem(*work_key(org, erasure_id), work=json_text(work))])
        erasure = erasure_item(org, erasure_id, work)
        self._table.insert([erasure])
        return erasure_of(erasure)


def erasure_item(org: str, erasure_id: str, work: Work) -> ErasureItem:
    """A new erasure as its asker sees it, of its work that nobody has begun."""
    return ErasureItem(
        org_keys.erasures(org),
        erasure_id,
        record=work.person.record.path,
        status="running",
        requested_at=work.asked_at,
        requested_by=work.requested_by,
    )


def erasure_of(item: ErasureItem) -> Erasure:
    """The erasure of an item as it was read."""
    return Erasure(
        id=item.sk,
        record=Record.from_path(item.record),
        status=item.status,  # type: ignore[arg-type]
        requested_at=item.requested_at,
        requested_by=item.requested_by,
        completed_at=item.completed_at,
        counts=Counts() if item.counts is None else msgspec.json.decode(item.counts, type=Counts),
        reason=UNSET if item.reason is None else item.reason,
    )
