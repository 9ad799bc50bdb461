"""What askers see of their exports: how far each is, and where its file is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from daybook.access import callers
from daybook.access.callers import Caller
from daybook.core import entry_ids, timestamps
from daybook.core.errors import NotFoundError
from daybook.core.paging import READ_BUDGET, Cursor, Cursors, Limit, in_order
from daybook.core.timestamps import Instant
from daybook.exports import export_item, lists
from daybook.exports.export_item import DONE, EXPIRED, FAILED, RUNNING, Format, Progress, RowsOf, Status, Wanted
from daybook.exports.files import ExportFiles
from daybook.storage.keys import org_keys
from daybook.storage.models.orgs import ExportItem
from daybook.storage.query_pages import query_pages, read_from
from daybook.storage.store import Range, Store, start_key

# Exports of an org that are read at a time, of all who asked for one.
CHUNK = 100

Value = Annotated[str, Meta(max_length=4096)]
ListParameters = Annotated[
    dict[str, Value | Annotated[list[Value], Meta(min_length=1, max_length=200)]],
    Meta(
        max_length=20,
        description="the list's own parameters, without limit and cursor; a list of texts where one is repeated",
        examples=[{"q": "admin deleted Smith", "from": "2026-11-01"}],
    ),
]
FORMAT = "CSV for spreadsheets, in words and local times; or JSON lines, the API's rows"
ROWS_OF = "of audit logs in CSV: a row for each entry, or for each record that it changed and field, before and after"
ROWS = "rows of the list that have been read; of changes, the entries"
EXPIRES = "when the file is deleted, as it is at about that time"
REASON = "why it failed, expired before its time, or has to be tried again"
URL = "where the file is, for 15 minutes; only in the answer about this one export, once it is done"


class ExportRange(Struct, frozen=True):
    """The time that has been read of a list in the order of time; null is without a bound."""

    start: Instant | None = msgspec.field(name="from")
    end: Instant | None = msgspec.field(name="to")


class Export(Struct, frozen=True, kw_only=True):
    """An export as its asker sees it. `list`, `query`, `format` and `rows_of` are those that were asked for."""

    id: str
    list: str
    query: ListParameters
    format: Format
    rows_of: Annotated[RowsOf | UnsetType, Meta(description=ROWS_OF)] = UNSET
    status: Status
    rows: Annotated[int, Meta(description=ROWS)]
    range: ExportRange | UnsetType = UNSET
    bytes: Annotated[int | UnsetType, Meta(description="of the file")] = UNSET
    requested_at: Instant
    requested_by: str
    completed_at: Annotated[Instant | UnsetType, Meta(description="when it ended, done or failed")] = UNSET
    expires_at: Annotated[Instant | UnsetType, Meta(description=EXPIRES)] = UNSET
    reason: Annotated[str | UnsetType, Meta(description=REASON)] = UNSET
    url: Annotated[str | UnsetType, Meta(description=URL)] = UNSET


class ExportsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class ExportPage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none."""

    entries: list[Export]
    next: str | None
    prev: str | None


class ExportQueries:
    """What askers see of their exports. `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        files: ExportFiles,
        cursors: Cursors,
        file_days: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._files = files
        self._cursors = cursors
        self._file_days = file_days
        self._clock = clock

    def get(self, org: str, export_id: str, caller: Caller) -> Export:
        """The caller's own export, with a link to its file once it is done.

        NotFoundError, also where another asked for it. ForbiddenError where the caller may not read the list any more.
        StoreBusyError.
        """
        now = self._clock()
        item = own_item(self._table, org, export_id, caller, now)
        wanted = export_item.wanted(item)
        for permission in wanted.permissions:
            callers.require(caller, permission)
        found = export_of(item, self._file_days, now)
        if found.status != DONE or item.completed_at is None:
            return found
        return replace(found, url=self._files.link(org, export_id, wanted, item.completed_at))

    def page(self, org: str, caller: Caller, query: ExportsQuery) -> ExportPage:
        """One page of the caller's own exports, newest first. InvalidCursorError, StoreBusyError."""
        span = Range(org_keys.exports(org), *org_keys.ALL_EXPORTS)
        bound_to = [org, "exports", str(caller.is_service), caller.username]
        start = self._cursors.start(query.cursor, bound_to)
        key = None if start is None else start_key(span, start.at[0])
        place = read_from(span, start, key)
        now = self._clock()
        shown: list[ExportItem] = []
        last, left = None, READ_BUDGET
        for page in query_pages(self._table, ExportItem, place[0], CHUNK, place[1]):
            for item in page.items:
                if item.is_visible(now) and export_item.asker(item).is_same(caller):
                    if len(shown) == query.limit:
                        last = shown[-1].sk
                        break
                    shown.append(item)
            left -= len(page.items)
            if last is None and page.more and left <= 0:
                last = page.items[-1].sk
            if last is not None:
                break
        links = self._cursors.links(start, None if last is None else [last], bound_to)
        rows = [export_of(item, self._file_days, now) for item in in_order(shown, start)]
        return ExportPage(rows, links.next, links.prev)


def own_item(table: Store, org: str, export_id: str, caller: Caller, now: datetime) -> ExportItem:
    """The item of an export that this caller asked for. NotFoundError, StoreBusyError."""
    item = table.get_item(ExportItem, export_item.key(org, export_id)) if entry_ids.split(export_id) else None
    if item is None or not item.is_visible(now) or not export_item.asker(item).is_same(caller):
        raise NotFoundError("there is no such export of yours")
    return item


def export_of(item: ExportItem, file_days: int, now: datetime) -> Export:
    """The export of an item, with its status by the clock."""
    wanted, progress, instant = export_item.wanted(item), export_item.progress(item), timestamps.instant(now)
    status, reason = item.status, item.reason
    expires_at: str | UnsetType = UNSET
    if status == RUNNING and export_item.is_stuck(export_item.lease(item), now):
        status, reason = FAILED, export_item.STUCK
    elif status == RUNNING:
        reason = export_item.lease(item).reason
    if status == DONE and item.completed_at is not None:
        ends = timestamps.from_instant(item.completed_at) + timedelta(days=file_days)
        expires_at = timestamps.instant(ends)
        status = DONE if instant < expires_at else EXPIRED
    return Export(
        id=item.sk,
        list=wanted.path,
        query=wanted.as_asked,
        format=wanted.format,
        rows_of=UNSET if wanted.rows == "entries" else wanted.rows,
        status=status,  # type: ignore[arg-type]
        rows=progress.rows,
        range=_range(wanted, progress),
        bytes=progress.size if progress.read_at else UNSET,
        requested_at=item.requested_at,
        requested_by=export_item.asker(item).username,
        completed_at=item.completed_at or UNSET,
        expires_at=expires_at,
        reason=reason or UNSET,
    )


def _range(wanted: Wanted, progress: Progress) -> ExportRange | UnsetType:
    if not lists.is_by_time(wanted.path, wanted.query):
        return UNSET
    if progress.read_at is not None:
        return ExportRange(wanted.start, wanted.end)
    if progress.reached is None:
        return UNSET
    if lists.is_ascending(wanted.query):
        return ExportRange(wanted.start, progress.reached)
    return ExportRange(progress.reached, wanted.end)
