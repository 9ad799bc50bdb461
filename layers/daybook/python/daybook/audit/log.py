"""The audit log of a whole org: by date, staff and source, and by the line that staff type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import timestamps
from daybook.core.paging import Cursor, Cursors, Limit, Order
from daybook.core.timestamps import Instant
from daybook.model.entries import Moment, Name, Source
from daybook.model.responses import OrgAuditRow
from daybook.search import by_time, query_line
from daybook.search.by_time import SOURCES, Bounds, EntriesByTime, Placed
from daybook.search.by_words import EntriesByWords
from daybook.search.query_line import Line, Texts
from daybook.storage import attributes, entry_reader, keys
from daybook.storage.store import GET_BATCH, Item, Store, key_of

# A page that takes longer is short, and has a `next`: API Gateway itself waits for 30 seconds.
SECONDS = 8.0


MAX_LINE = 1000


Question = Annotated[
    str, Meta(max_length=MAX_LINE, description="what staff type, as in `01/01/2015 5:10 pm admin deleted Smith`")
]


class AuditQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Question = ""
    start: Annotated[Moment | None, Meta(description="on the entry's own date; included")] = msgspec.field(
        default=None, name="from"
    )
    end: Annotated[Moment | None, Meta(description="not included")] = msgspec.field(default=None, name="to")
    staff: Annotated[list[Name], Meta(description="usernames, any of which it may be")] = []
    source: Annotated[list[Source], Meta(description="any of which it may be")] = []
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


class AuditLog:
    """`zone` tells an org's time zone; `timer` gives seconds from some moment on."""

    def __init__(
        self,
        *,
        table: Store,
        merged: EntriesByTime,
        search: EntriesByWords,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
        timer: Callable[[], float],
    ) -> None:
        self._table = table
        self._merged = merged
        self._search = search
        self._zone = zone
        self._cursors = cursors
        self._clock = clock
        self._timer = timer

    def page(self, org: str, query: AuditQuery) -> OrgAuditPage:
        """One page. InvalidCursorError, StoreBusyError."""
        until = self._timer() + SECONDS
        bound_to = _binding(org, query)
        after = None if query.cursor is None else self._cursors.verify(query.cursor, bound_to)[0]
        line = query_line.parse(query.q, self._zone(org)) if query.q.strip() else _EVERYTHING
        sources = _sources(query, line)
        bounds = _bounds(query, line, sources, after)
        if not bounds.low < bounds.high or line.spans == ():
            moment = timestamps.instant(query.start or query.end or self._clock())
            return OrgAuditPage([], Searched(moment, moment), None)
        if not sources:
            return OrgAuditPage([], _searched(bounds, None), None)
        shown: list[OrgAuditRow] = []
        last = ""
        for place, row in self._rows(org, line, bounds):
            if row is not None:
                if len(shown) == query.limit:
                    break
                shown.append(row)
            last = place
            if self._timer() >= until:
                break
        else:
            return OrgAuditPage(shown, _searched(bounds, None), None)
        return OrgAuditPage(shown, _searched(bounds, last), self._cursors.sign([last], bound_to))

    def _rows(self, org: str, line: Line, bounds: Bounds) -> Iterator[tuple[str, OrgAuditRow | None]]:
        """The row of each entry that is asked for, once; None for one that is not, and for mere progress."""
        now, before = self._clock(), None
        for place, item in self._found(org, line, bounds):
            if item is None or place == before or not _fits(item, place, line, bounds, now):
                yield place, None
                continue
            yield place, entry_reader.org_audit(item, entry_reader.first_record(item))
            before = place

    def _found(self, org: str, line: Line, bounds: Bounds) -> Iterator[Placed]:
        # A source narrows the partitions instead.
        wanted = [term for term in line.wanted if term.field != "source"]
        if wanted:
            return self._search.find(org, wanted, bounds)
        found = self._merged.find(org, bounds)
        return self._whole(found, bounds.chunk) if _names_records(line) else found

    def _whole(self, found: Iterator[Placed], chunk: int) -> Iterator[Placed]:
        """The entries themselves, for the rows of an index: those do not tell of all the records."""
        while batch := list(islice(found, min(chunk, GET_BATCH))):
            wanted = [key_of(item) for _, item in batch if item is not None]
            whole = self._table.get(wanted)
            for place, item in batch:
                yield place, None if item is None else whole.get(key_of(item))


_EVERYTHING = Line(None, (), ())


def _sources(query: AuditQuery, line: Line) -> frozenset[str]:
    """Those of the asked sources that the line's terms leave."""
    wanted, unwanted = (
        tuple(term for term in terms if term.field == "source") for terms in (line.wanted, line.unwanted)
    )
    of_sources = Line(None, wanted, unwanted)
    return frozenset(
        source
        for source in query.source or SOURCES
        if query_line.matches(of_sources, "", Texts("", "", source, "", "", (), ()))
    )


def _bounds(query: AuditQuery, line: Line, sources: frozenset[str], after: str | None) -> Bounds:
    lows = [timestamps.instant(query.start)] if query.start else [keys.OF_AN_ORG[0]]
    highs = [timestamps.instant(query.end)] if query.end else [keys.OF_AN_ORG[1]]
    if line.spans:
        lows.append(line.spans[0][0])
        highs.append(line.spans[-1][1])
    return Bounds(
        low=max(lows),
        high=min(highs),
        forward=query.order == "asc",
        after=after,
        staff=frozenset(query.staff),
        sources=frozenset() if len(sources) == len(SOURCES) else sources,
        # One more tells whether there is a next page.
        chunk=query.limit + 1,
    )


def _fits(item: Item, place: str, line: Line, bounds: Bounds, now: datetime) -> bool:
    if not (bounds.hold(place) and bounds.admit(item) and attributes.is_visible(item, now)):
        return False
    return line == _EVERYTHING or query_line.matches(line, keys.instant_of(place), by_time.texts(item))


def _names_records(line: Line) -> bool:
    return any(term.field == "record" for term in (*line.wanted, *line.unwanted))


def _searched(bounds: Bounds, last: str | None) -> Searched:
    low, high = (None if bound in keys.OF_AN_ORG else bound for bound in (bounds.low, bounds.high))
    first, last = (place and keys.instant_of(place) for place in (bounds.after, last))
    return Searched(first or low, last or high) if bounds.forward else Searched(last or low, first or high)


def _binding(org: str, query: AuditQuery) -> list[str]:
    """All that a cursor belongs to: everything of a list but the size of its pages."""
    bounds = [timestamps.instant(bound) if bound else "" for bound in (query.start, query.end)]
    return [org, "audit", query.order, query.q, *bounds, *sorted({*query.source}), "staff", *sorted({*query.staff})]
