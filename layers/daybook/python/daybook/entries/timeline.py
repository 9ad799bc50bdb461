"""All the logs of a record merged by the entries' own dates, newest first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, entry_ids
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.errors import InvalidCursorError
from daybook.core.paging import NO_LINKS, READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.entries.record_log import Log
from daybook.model.entries import Record
from daybook.model.responses import Row
from daybook.search import row_texts
from daybook.search.line import matching, reading
from daybook.search.line.terms import Line, Parts, SearchLine
from daybook.storage import thin_copies, values
from daybook.storage.items import entry_rows
from daybook.storage.keys import record_keys
from daybook.storage.query_pages import query_value_pages, read_from
from daybook.storage.store import Range, StartKey, Store, start_key
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts, bounce_code

# Items that are read of a log at a time, at least; else an equal share of the page's limit.
SMALLEST_CHUNK = 5
# The same where a line leaves out most of them.
FILTERED_CHUNK = 100


class TimelineQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None
    log: Annotated[
        list[Literal["email", "sms", "push", "activity", "audit"]],
        Meta(description="of these logs only: repeated, or comma-separated"),
    ] = []
    q: SearchLine = ""
    start: Annotated[Bound | None, Meta(description=f"on the entry's own date; {FROM}")] = msgspec.field(
        default=None, name="from"
    )
    end: To = msgspec.field(default=None, name="to")


class TimelinePage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none."""

    entries: list[Row]
    next: str | None
    prev: str | None
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
        zone = cache(partial(self._zone, org))
        dates = date_bounds.read(query.start, query.end, zone)
        line = reading.read(query.q, zone)
        bound_to = _binding(org, record, logs, query, dates, line)
        start = self._cursors.start(query.cursor, bound_to)
        spans = {log: _span(record_keys.partition(org, record), log, dates, line) for log in logs}
        shown: list[Shown] = []
        links, now = NO_LINKS, self._clock()
        if line.spans != () and all(span.low <= span.high for span in spans.values()):
            shown, end = self._read(spans, record, query, line, start, now)
            links = self._cursors.links(start, end, bound_to)
        rows = self._verdicts.of_page(org, in_order(shown, start), now)
        return TimelinePage(rows, links.next, links.prev, list(line.understood))

    def _read(
        self,
        spans: Mapping[Log, Range],
        record: Record,
        query: TimelineQuery,
        line: Line,
        start: Start | None,
        now: datetime,
    ) -> tuple[list[Shown], list[str] | None]:
        """The rows of a page in the order in which they are read, and where it ended; None at the timeline's end."""
        chunk = max(SMALLEST_CHUNK, query.limit // len(spans) + 1) if line.asks_for_nothing else FILTERED_CHUNK
        streams = [self._stream(span, chunk, log, start) for log, span in spans.items()]
        newest_first = start is None or not start.backward
        shown: list[Shown] = []
        last: tuple[str, str] | None = None
        for read, (place, item) in enumerate(heapq.merge(*streams, key=lambda pair: pair[0], reverse=newest_first)):
            if last is not None and (read >= READ_BUDGET or len(shown) == query.limit):
                return shown, [entry_ids.entry_id(*last)]
            if values.is_visible(item, now):
                found = Shown(entry_rows.row(item, record, now), item.get("outcome"))
                if line.asks_for_nothing or _is_found(found, line):
                    shown.append(found)
            last = place
        return shown, None

    def _stream(
        self, whole: Range, chunk: int, log: Log, start: Start | None
    ) -> Iterator[tuple[tuple[str, str], Values]]:
        """The items of one log from a start on; a page is read when its first item is needed."""
        span, after = read_from(whole, start, None if start is None else _start_key(whole, log, start))
        for page in query_value_pages(self._table, span, chunk, after):
            for item in thin_copies.values_with_texts(self._table, page.items):
                _, moment, suffix = record_keys.split_entry(item["sk"])
                yield (moment, suffix), item


def _is_found(shown: Shown, line: Line) -> bool:
    return matching.matches(line, shown.row.occurred_at, row_texts.texts(shown.row, bounce_code(shown)))


def _start_key(span: Range, log: Log, start: Start) -> StartKey:
    parts = entry_ids.split(start.at[0])
    if parts is None:
        raise InvalidCursorError("the cursor names no entry")
    return start_key(span, record_keys.entry(log.kind, *parts))


def _span(pk: str, log: Log, dates: DateBounds, line: Line) -> Range:
    return Range(pk, *record_keys.log_bounds(log.kind, *line.within(dates.start, dates.end)))


def _binding(
    org: str, record: Record, logs: Sequence[Log], query: TimelineQuery, dates: DateBounds, line: Line
) -> list[str]:
    # Dates count as they are meant in the org's zone, which may change.
    bounds = [bound or "" for bound in (*dates.instants, *line.within(None, None))]
    return [org, record.type, record.id, "timeline", query.q, *bounds, ",".join(log.name for log in logs)]
