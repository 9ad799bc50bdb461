"""Requests to erase the people of a record from its entries, and their progress. A request is an audit entry.

A request writes an item. The table's stream passes it to `erasure.job`, which does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import entry_ids, timestamps
from daybook.core.errors import NotFoundError, OnHoldError
from daybook.core.timestamps import Instant
from daybook.erasure import redaction
from daybook.erasure.person import Person
from daybook.holds.hold_state import Snapshot
from daybook.holds.holds import Reason
from daybook.model.entries import Affected, Record
from daybook.storage.keys import job_keys, org_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.jobs import ErasureWorkItem
from daybook.storage.models.orgs import ErasureItem
from daybook.storage.store import Range, Store

ERASED = "erased record"

# DynamoDB reports a TTL delete in the stream, which keeps it for a day; more is a margin.
RECENT = timedelta(days=7)
MOST_RECENT = 1000

# Items, or objects, of one page of work.
PAGE = 200
TOO_BUSY = "too many are changing the same entries at once"
Status = Literal["running", "done", "incomplete"]

# The step of an erasure: the first three find what identifies the person, the others erase it.
Phase = Literal[
    "learn", "learn_archive", "tell_apart", "entries", "acts", "addresses", "objects", "archive", "blacklist", "done"
]


class Counts(Struct, frozen=True):
    """What was found of the person, erased by this erasure or an earlier one. `on_hold`: entries left as they are."""

    entries: int = 0
    contents: int = 0
    objects: int = 0
    archived: int = 0
    blacklisted: int = 0
    on_hold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class Erasure(Struct, frozen=True, kw_only=True):
    """One erasure. `incomplete`: some entries stood on hold, by this record or another that they affected."""

    id: str
    record: Record
    status: Status
    requested_at: Instant
    requested_by: str
    completed_at: Instant | None
    counts: Counts


class Work(Struct, frozen=True):
    """The progress of an erasure: its phase, and after which item, object or name it continues.

    It holds what identifies the person, and is deleted with the last step. Stored as JSON.
    """

    person: Person
    asked_at: str
    phase: Phase = "learn"
    after: str | None = None
    counts: Counts = Counts()


class ErasureQueries:
    """Reads of erasures; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def get(self, org: str, erasure_id: str) -> Erasure:
        """The erasure with this id. NotFoundError, StoreBusyError."""
        is_id = entry_ids.split(erasure_id) is not None
        item = self._table.get_item(ErasureItem, (org_keys.erasures(org), erasure_id)) if is_id else None
        if item is None:
            raise NotFoundError("there is no such erasure")
        return erasure_of(item)

    def recent(self, org: str) -> dict[Record, str]:
        """The records of the org whose erasure was requested in the last seven days, with the last request's instant.

        StoreBusyError.
        """
        since = entry_ids.entry_id(timestamps.instant(self._clock() - RECENT), "")
        span = Range(org_keys.erasures(org), since, org_keys.AFTER_ERASURES, forward=True)
        erasures = self._table.query(ErasureItem, span, MOST_RECENT).items
        return {Record.from_path(item.record): item.requested_at for item in erasures}


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
        affected = Affected(record, redaction.ERASED_CHANGE, details={"reason": body.reason})
        self._recorder.record(org, own_audit.audit(caller, ip, ERASED, [affected]))
        asked_at = timestamps.instant(self._clock())
        erasure_id = entry_ids.entry_id(
            asked_at, entry_ids.new_suffix(timestamps.millis(timestamps.from_instant(asked_at)), 0)
        )
        erasure = ErasureItem(
            org_keys.erasures(org),
            erasure_id,
            record=record.path,
            status="running",
            requested_at=asked_at,
            requested_by=caller.username[: own_audit.MAX_NAME],
        )
        work = json_text(Work(Person(record), asked_at))
        # The work last: an erasure that has begun can then be read.
        self._table.insert([erasure])
        self._table.insert([ErasureWorkItem(job_keys.ERASURES, job_keys.erasure(org, erasure_id), work=work)])
        return erasure_of(erasure)


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
    )
