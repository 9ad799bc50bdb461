"""The audit log of a whole org: by date, staff and source, and by the line that staff type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, timestamps
from daybook.core.paging import Cursor, Cursors, Limit, Order
from daybook.core.timestamps import Instant
from daybook.core.usernames import fold
from daybook.model.entries import Moment, Name, Source
from daybook.model.responses import OrgAuditRow
from daybook.search.by_time import Candidate, EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.search.line import reading
from daybook.search.line.terms import EVERYTHING, Line, Parts, SearchLine
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
    start: Annotated[Moment | None, Meta(description="on the entry's own date; included")] = msgspec.field(
        default=None, name="from"
    )
    end: Annotated[Moment | None, Meta(description="not included")] = msgspec.field(default=None, name="to")
    staff: Annotated[list[Name], Meta(description="usernames in any letter case, any of which it may be")] = []
    source: Annotated[list[Source], Meta(description="any of which it may be; also in words: Office Portal")] = []
    limit: Limit = 50
    cursor: Cursor | None = None
    order: Order = "desc"


class Searched(Struct, frozen=True):
    """The time that a page covers: all that is asked for and stands in it is on the page.

    It begins or ends where the page before ended, and ends or begins at the last place of this page where there is a
    `next`, which goes on with what is left of that very millisecond. Null is without a bound. Where no moment can be
    meant, it begins where it ends.
    """

    start: Instant | None = msgspec.field(name="from")
    end: Instant | None = msgspec.field(name="to")


class OrgAuditPage(Struct, frozen=True):
    """One page; `next` is the cursor of the following one, null at the end. It may be short and have a `next`."""

    entries: list[OrgAuditRow]
    range: Searched
    next: str | None
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
        date_bounds.check(query.start, query.end)
        deadline = self._timer() + SECONDS
        bound_to = _binding(org, query)
        after = None if query.cursor is None else self._cursors.open(query.cursor, bound_to)[0]
        line = reading.parse(query.q, self._zone(org)) if query.q.strip() else EVERYTHING
        understood = list(line.understood)
        plan = _plan(line, query, after)
        if plan.is_without_time:
            moment = timestamps.instant(query.start or query.end or self._clock())
            return OrgAuditPage([], Searched(moment, moment), None, understood)
        rows, last = self._read(org, plan, query.limit, deadline)
        cursor = None if last is None else self._cursors.seal([last], bound_to)
        return OrgAuditPage(rows, _searched(plan.bounds, last), cursor, understood)

    def _read(self, org: str, plan: Plan, limit: int, deadline: float) -> tuple[list[OrgAuditRow], str | None]:
        """The rows of a page, and the position where it ended; None where there is nothing more."""
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


def _plan(line: Line, query: AuditQuery, after: str | None) -> Plan:
    return plan_page(
        line,
        start=query.start,
        end=query.end,
        staff=query.staff,
        sources=query.source,
        forward=query.order == "asc",
        after=after,
        limit=query.limit,
    )


def _searched(bounds: Bounds, last: str | None) -> Searched:
    """The time that a page covers which ended at the position `last`; None where it is the last page."""
    low, high = (None if bound in index_keys.ALL else bound for bound in (bounds.low, bounds.high))
    first, last = (at and index_keys.instant_of(at) for at in (bounds.after, last))
    return Searched(first or low, last or high) if bounds.forward else Searched(last or low, first or high)


def _binding(org: str, query: AuditQuery) -> list[str]:
    """All that a cursor belongs to: everything of a list but the size of its pages."""
    bounds = [timestamps.instant(bound) if bound else "" for bound in (query.start, query.end)]
    staff = sorted({fold(username) for username in query.staff})
    return [org, "audit", query.order, query.q, *bounds, *sorted({*query.source}), "staff", *staff]
