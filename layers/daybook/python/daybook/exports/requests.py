"""Requests of exports. Each is an audit entry, an item, and a message to the function that does the work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import date_bounds, entry_ids, timestamps
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.exports import export_item, lists, own_entries
from daybook.exports.export_item import RUNNING, Format, Lease, Progress, RowsOf, Wanted
from daybook.exports.listing import ListReader
from daybook.exports.messages import Message, Queue
from daybook.exports.queries import FORMAT, ROWS_OF, Export, ListParameters, export_of
from daybook.storage.models.attributes import json_text
from daybook.storage.models.orgs import ExportItem
from daybook.storage.store import Delete, Store

# So long after its request, the item of an export without a file expires.
KEPT_WITHOUT_FILE = timedelta(days=60)

# Of a record, in the path of a list.
PATH_FIELDS = frozenset({"type", "id"})

ListPath = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        description=f"as in paths: {lists.KNOWN}",
        examples=["audit", "records/family/101/emails"],
    ),
]


class ExportRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body that asks for an export."""

    list: ListPath
    query: ListParameters = {}
    format: Annotated[Format, Meta(description=FORMAT)]
    rows: Annotated[RowsOf, Meta(description=ROWS_OF)] = "entries"


class ExportRequests:
    """`zone` gives the time zone of an org; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        reader: ListReader,
        recorder: Recorder,
        queue: Queue,
        zone: Callable[[str], ZoneInfo],
        file_days: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._reader = reader
        self._recorder = recorder
        self._queue = queue
        self._zone = zone
        self._file_days = file_days
        self._clock = clock

    def create(self, org: str, body: ExportRequest, caller: Caller, ip: str | None) -> Export:
        """Ask for an export of a list that the caller may read.

        InvalidRequestError, and what the list itself raises. StoreBusyError, after which nothing runs.
        """
        wanted = self._wanted(org, body, caller)
        asker, now = export_item.asker_of(caller, ip), self._clock()
        requested_at = timestamps.instant(now)
        export_id = entry_ids.entry_id(requested_at, entry_ids.new_suffix(timestamps.millis(now), 0))
        # The audit entry first: better one without an export than the other way round.
        self._recorder.record(org, own_entries.asked(asker, export_id, wanted))
        item = ExportItem(
            *export_item.key(org, export_id),
            wanted=json_text(wanted),
            asker=json_text(asker),
            requested_at=requested_at,
            status=RUNNING,
            progress=json_text(Progress()),
            lease=json_text(Lease(noted_at=requested_at)),
            expires_at=timestamps.epoch_seconds(now + KEPT_WITHOUT_FILE),
        )
        try:
            self._table.insert([item])
            Message(org, export_id).send(self._queue)
        except Exception:
            # Whatever it was: nobody would work on it.
            self._table.write([Delete(item.key)])
            raise
        return export_of(item, self._file_days, now)

    def _wanted(self, org: str, body: ExportRequest, caller: Caller) -> Wanted:
        query = {name: values if isinstance(values, list) else [values] for name, values in body.query.items()}
        faults = lists.faults(body.list, query)
        if body.rows == "changes":
            if not lists.is_audit(body.list):
                faults.append(FieldError("rows", "changes are of audit logs: audit, or records/{type}/{id}/audit"))
            if body.format != "csv":
                faults.append(FieldError("rows", "changes are for the format csv: leave this out, or take that"))
        if faults:
            raise InvalidRequestError(faults)
        try:
            self._reader.page(org, body.list, query, caller, None, rows=1)
        except InvalidRequestError as error:
            raise InvalidRequestError([_of_query(fault) for fault in error.errors]) from error
        zone = self._zone(org)
        start, end = (query.get(name, [None])[-1] for name in date_bounds.NAMES)
        # As they are meant now, whatever the org's zone will be when the list is read on.
        start, end = date_bounds.read(start, end, lambda: zone).instants
        permissions = lists.permissions(body.list, query, caller)
        return Wanted(body.list, query, body.format, body.rows, zone.key, permissions, start, end)


def _of_query(fault: FieldError) -> FieldError:
    """A fault of the list's path or parameters as one of the body."""
    if fault.field in PATH_FIELDS:
        return FieldError("list", fault.message)
    return FieldError(f"query.{fault.field}" if fault.field else "query", fault.message)
