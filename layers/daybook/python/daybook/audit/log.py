"""The audit log of a whole org: by date, staff and source, and by the line that staff type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, timestamps
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.paging import Cursor, Cursors, Limit, Order, Start, in_order
from daybook.core.timestamps import Instant
from daybook.core.usernames import fold
from daybook.model.entries import Name, Source
from daybook.model.responses import OrgAuditRow
from daybook.search.by_time import Candidate, EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.search.line import reading
from daybook.search.line.terms import Line, Parts, SearchLine
from daybook.search.plan import Bounds, Plan, plan_page
from daybook.storage import values
from daybook.storage.items import entry_rows
from daybook.storage.keys import index_keys
from daybook.storage.store import GET_BATCH, Store
from daybook.storage.values import key_of

# A page that takes longer is short, and has a `next`: API Gateway itself waits for 30 seconds.
SECONDS = 8.0


class AuditQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: SearchLine = ""
    start: Annotated[Bound | None, Meta(description=f"on the entry's own date; {FROM}")] = msgspec.field(
        default=None, name="from"
    )
    end: To = msgspec.field(default=None, name="to")
    staff: Annotated[
        list[Name],
        Meta(
            description="usernames in any letter case, any of which it may be: repeated, and a comma is part of a name"
        ),
    ] = []
    source: Annotated[
        list[Source],
        Meta(description="any of which it may be, repeated or comma-separated; also in words: Office Portal"),
    ] = []
    limit: Limit = 50
    cursor: Cursor | None = None
    order: Order = "desc"


class Searched(Struct, frozen=True):
    """The time that a page covers: all that is asked for and stands in it is on the page.

    It begins or ends where the page before ended, and ends or begins at the last place of this page where there is a
    `next`, which goes on with what is left of that very millisecond. So it is from the other side where the page was
    reached by `prev`. Null is without a bound. Where no moment can be meant, it begins where it ends.
    """

    start: Instant | None = msgspec.field(name="from")
    end: Instant | None = msgspec.field(name="to")


class OrgAuditPage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none.

    It may be short and have a `next`; read backwards, a `prev`.
    """

    entries: list[OrgAuditRow]
    range: Searched
    next: str | None
    prev: str | None
    understood: Parts


class AuditLog:
    """`zone` gives an org's time zone; `timer` seconds from some moment on."""

    def __init__(
        self,
        *,
        table: Store,
        by_time: EntriesByTime,
        by_words: EntriesByWords,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
        timer: Callable[[], float],
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._by_words = by_words
        self._zone = zone
        self._cursors = cursors
        self._clock = clock
        self._timer = timer

    def page(self, org: str, query: AuditQuery) -> OrgAuditPage:
        """One page. InvalidRequestError, InvalidCursorError, StoreBusyError."""
        zone = cache(partial(self._zone, org))
        dates = date_bounds.read(query.start, query.end, zone)
        deadline = self._timer() + SECONDS
        line = reading.read(query.q, zone)
        bound_to = _binding(org, query, dates, line)
        start = self._cursors.start(query.cursor, bound_to)
        understood = list(line.understood)
        plan = _plan(line, query, dates, start)
        if plan.is_without_time:
            moment = timestamps.instant(dates.start or dates.end or self._clock())
            return OrgAuditPage([], Searched(moment, moment), None, None, understood)
        rows, last = self._read(org, plan, query.limit, deadline)
        links = self._cursors.links(start, None if last is None else [last], bound_to)
        searched = _searched(plan.bounds, last)
        return OrgAuditPage(in_order(rows, start), searched, links.next, links.prev, understood)

    def _read(self, org: str, plan: Plan, limit: int, deadline: float) -> tuple[list[OrgAuditRow], str | None]:
        """The rows of a page as they are read, and the position where it ended; None where there is nothing more."""
        rows: list[OrgAuditRow] = []
        last = ""
        for at, row in self._rows(org, plan):
            if row is not None:
                if len(rows) == limit:
                    return rows, last
                rows.append(row)
            last = at
            if self._timer() >= deadline:
                return rows, last
        return rows, None

    def _rows(self, org: str, plan: Plan) -> Iterator[tuple[str, OrgAuditRow | None]]:
        """The row of each entry that matches, once; None for one that does not, and for mere progress."""
        now, before = self._clock(), None
        for at, item in self._walk(org, plan):
            if item is None or at == before or not (values.is_visible(item, now) and plan.matches(at, item)):
                yield at, None
                continue
            yield at, entry_rows.org_audit_row(item)
            before = at

    def _walk(self, org: str, plan: Plan) -> Iterator[Candidate]:
        """The entries that may match, in order."""
        if plan.finds_nothing:
            return iter(())
        if plan.terms:
            return self._by_words.find(org, plan.terms, plan.bounds)
        entries = self._by_time.find(org, plan.bounds)
        return self._load(entries, plan.bounds.chunk) if plan.needs_records else entries

    def _load(self, entries: Iterator[Candidate], chunk: int) -> Iterator[Candidate]:
        """The entries' own items in place of rows of an index, which do not have all their records."""
        while batch := list(islice(entries, min(chunk, GET_BATCH))):
            items = self._table.get_values([key_of(row) for _, row in batch if row is not None])
            for at, row in batch:
                yield at, None if row is None else items.get(key_of(row))


def _plan(line: Line, query: AuditQuery, dates: DateBounds, start: Start | None) -> Plan:
    forward = (query.order == "asc") != (start is not None and start.backward)
    return plan_page(
        line,
        start=dates.start,
        end=dates.end,
        staff=query.staff,
        sources=query.source,
        forward=forward,
        after=None if start is None else _after(start, forward=forward),
        limit=query.limit,
    )


def _after(start: Start, *, forward: bool) -> str:
    """The position behind which a page goes on: that of its start, or right before it in the direction of reading."""
    (at,) = start.at
    if not start.included:
        return at
    return index_keys.below(at) if forward else index_keys.above(at)


def _searched(bounds: Bounds, last: str | None) -> Searched:
    """The time that a page covers which ended at the position `last`; None where it is the last page."""
    low, high = (None if bound in index_keys.ALL else bound for bound in (bounds.low, bounds.high))
    first, last = (at and index_keys.instant_of(at) for at in (bounds.after, last))
    return Searched(first or low, last or high) if bounds.forward else Searched(last or low, first or high)


def _binding(org: str, query: AuditQuery, dates: DateBounds, line: Line) -> list[str]:
    """All that a cursor belongs to: everything of a list but the size of its pages."""
    # The line's days are others once the org's zone was changed.
    days = line.within(None, None) if line.spans else ()
    bounds = [bound or "" for bound in (*dates.instants, *days)]
    staff = sorted({fold(username) for username in query.staff})
    return [org, "audit", query.order, query.q, *bounds, *sorted({*query.source}), "staff", *staff]
