"""All the logs of a record merged by the entries' own dates, newest first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, entry_ids, timestamps
from daybook.core.errors import InvalidCursorError
from daybook.core.paging import READ_BUDGET, Cursor, Cursors, Limit
from daybook.entries.record_log import Log
from daybook.model.entries import Moment, Record
from daybook.model.responses import Row
from daybook.search import row_texts
from daybook.search.line import matching, reading
from daybook.search.line.terms import EVERYTHING, Line, Parts, SearchLine
from daybook.storage import thin_copies, values
from daybook.storage.items import entry_rows
from daybook.storage.keys import record_keys
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import Range, Store, start_key
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts

# Items that are read of a log at a time, at least; else an equal share of the page's limit.
SMALLEST_CHUNK = 5
# The same where a line leaves out most of them.
FILTERED_CHUNK = 100


class TimelineQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None
    q: SearchLine = ""
    start: Annotated[Moment | None, Meta(description="on the entry's own date; included")] = msgspec.field(
        default=None, name="from"
    )
    end: Annotated[Moment | None, Meta(description="not included")] = msgspec.field(default=None, name="to")


class TimelinePage(Struct, frozen=True):
    """One page; `next` is the cursor of the following one, null at the end."""

    entries: list[Row]
    next: str | None
    understood: Parts


class Timeline:
    """Pages of merged logs; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        verdicts: Verdicts,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._verdicts = verdicts
        self._zone = zone
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, record: Record, logs: Sequence[Log], query: TimelineQuery) -> TimelinePage:
        """One page of these logs of a record. InvalidRequestError, InvalidCursorError, StoreBusyError."""
        date_bounds.check(query.start, query.end)
        bound_to = _binding(org, record, logs, query)
        line = reading.parse(query.q, self._zone(org)) if query.q.strip() else EVERYTHING
        understood = list(line.understood)
        if line.spans == ():
            return TimelinePage([], None, understood)
        place = self._place(query, bound_to)
        pk, now = record_keys.partition(org, record), self._clock()
        chunk = max(SMALLEST_CHUNK, query.limit // len(logs) + 1) if line.asks_for_nothing else FILTERED_CHUNK
        streams = [self._stream(_span(pk, log, query, line), chunk, log, place) for log in logs]
        shown: list[Shown] = []
        last: tuple[str, str] | None = None
        for read, (place, item) in enumerate(heapq.merge(*streams, key=lambda pair: pair[0], reverse=True)):
            if read >= READ_BUDGET or len(shown) == query.limit:
                next_ = self._cursors.seal([entry_ids.entry_id(*last)], bound_to) if last else None
                return TimelinePage(self._verdicts.of_page(org, shown, now), next_, understood)
            if values.is_visible(item, now):
                row = entry_rows.row(item, record, now)
                if line.asks_for_nothing or matching.matches(line, row.occurred_at, row_texts.texts(row)):
                    shown.append(Shown(row, item.get("outcome")))
            last = place
        return TimelinePage(self._verdicts.of_page(org, shown, now), None, understood)

    def _place(self, query: TimelineQuery, bound_to: list[str]) -> tuple[str, str] | None:
        if query.cursor is None:
            return None
        (entry_id,) = self._cursors.open(query.cursor, bound_to)
        parts = entry_ids.split(entry_id)
        if parts is None:
            raise InvalidCursorError("the cursor names no entry")
        return parts

    def _stream(
        self, span: Range, chunk: int, log: Log, place: tuple[str, str] | None
    ) -> Iterator[tuple[tuple[str, str], Values]]:
        """The items of one log behind a position, newest first; a page is read when its first item is needed."""
        after = None if place is None else start_key(span, *[record_keys.entry(log.kind, *place)] * 2)
        for page in query_value_pages(self._table, span, chunk, after):
            for item in thin_copies.values_with_texts(self._table, page.items):
                _, moment, suffix = record_keys.split_entry(item["sk"])
                yield (moment, suffix), item


def _span(pk: str, log: Log, query: TimelineQuery, line: Line) -> Range:
    return Range(pk, *record_keys.log_bounds(log.kind, *line.within(query.start, query.end)))


def _binding(org: str, record: Record, logs: Sequence[Log], query: TimelineQuery) -> list[str]:
    bounds = [timestamps.instant(bound) if bound else "" for bound in (query.start, query.end)]
    return [org, record.type, record.id, "timeline", query.q, *bounds, ",".join(log.name for log in logs)]
