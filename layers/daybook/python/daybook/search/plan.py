"""Planning a query of the audit log: which partitions are read, within which bounds, and what an entry must match.

Pure: a plan knows neither the table nor the time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from daybook.core.usernames import fold
from daybook.model.entries import SOURCES, Source
from daybook.search import entry_texts
from daybook.search.line import matching
from daybook.search.line.matching import Texts
from daybook.search.line.terms import Line, Term
from daybook.storage.keys import index_keys
from daybook.storage.keys.index_keys import BY_SOURCE, BY_STAFF
from daybook.storage.store import Range
from daybook.storage.values import Values

# For more partitions of staff at once all entries are read, which is never more than eight partitions.
MOST_STAFF = 25


class Bounds(Struct, frozen=True, kw_only=True):
    """What is asked for, beside words.

    `low` and `high` are bounds on the position `at` (low <= at < high), `after` the position to go on behind, in the
    order that `forward` tells. No `staff` or no `sources` are any; usernames are in any letter case. `chunk` is how
    many entries are likely to be read.
    """

    low: str = index_keys.ALL[0]
    high: str = index_keys.ALL[1]
    forward: bool = False
    after: str | None = None
    staff: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    chunk: int = 50

    @property
    def remaining(self) -> tuple[str, str]:
        """`low` and `high` of what is still to come."""
        if self.after is None:
            return self.low, self.high
        return (max(self.low, self.after), self.high) if self.forward else (self.low, min(self.high, self.after))

    def contains(self, at: str) -> bool:
        """Whether this position is within, and still to come."""
        if not self.low <= at < self.high:
            return False
        if self.after is None:
            return True
        return at > self.after if self.forward else at < self.after

    def reaches(self, at: str) -> bool:
        """Whether this position, or any behind it, may be within."""
        return at < self.high if self.forward else at >= self.low

    def admits(self, item: Values) -> bool:
        """Whether the entry is of the asked staff and sources."""
        of_staff = not self.staff or fold(item["username"]) in _folded(self.staff)
        return of_staff and (not self.sources or item["source"] in self.sources)


class Plan(Struct, frozen=True, kw_only=True):
    """How a query is answered.

    `terms` are looked up in the search index; without any, the `partitions` of the bounds are read. Either may give
    entries that do not match: each is checked against the bounds and the `line`.
    """

    bounds: Bounds
    terms: tuple[Term, ...]
    line: Line
    is_without_time: bool
    """No moment can be meant; nothing is read."""
    finds_nothing: bool
    """No entry can have such a source or status; nothing is read."""

    @property
    def needs_records(self) -> bool:
        """Whether the line asks for affected records, of which the rows of an index do not have all."""
        return any(term.field == "record" for term in (*self.line.required, *self.line.excluded))

    def matches(self, at: str, item: Values) -> bool:
        if not (self.bounds.contains(at) and self.bounds.admits(item)):
            return False
        return self.line.asks_for_nothing or matching.matches(
            self.line, index_keys.instant_of(at), entry_texts.texts(item)
        )


def plan_page(
    line: Line,
    *,
    start: datetime | None,
    end: datetime | None,
    staff: Collection[str],
    sources: Collection[Source],
    forward: bool,
    after: str | None,
    limit: int,
) -> Plan:
    """The plan of a page of `limit` entries. No staff or sources are any; `after` is where the page before ended.

    Both [start, end) and the dates of the line bound the time.
    """
    left = _sources(line, sources)
    earliest, latest = line.within(start, end)
    low, high = earliest or index_keys.ALL[0], latest or index_keys.ALL[1]
    bounds = Bounds(
        low=low,
        high=high,
        forward=forward,
        after=after,
        staff=frozenset(staff),
        sources=frozenset() if len(left) == len(SOURCES) else left,
        # One more tells whether there is a next page.
        chunk=limit + 1,
    )
    return Plan(
        bounds=bounds,
        terms=tuple(term for term in line.required if is_indexed(term)),
        line=line,
        is_without_time=low >= high or line.spans == (),
        finds_nothing=not left or any(term.field == "status" for term in line.required),
    )


def is_indexed(term: Term) -> bool:
    """Whether the index knows which entries may have this term.

    A source narrows the partitions instead. A time of day is in no index, and audit entries have no status.
    """
    return term.field not in ("source", "status") and term.time is None


def partitions(org: str, bounds: Bounds) -> list[Range]:
    """The ranges that hold all within the bounds, and others where both staff and sources are asked for.

    Those of staff are the smaller ones. An entry of an earlier version is under the username as it was posted.
    """
    low, high = bounds.remaining
    index, names = BY_SOURCE, bounds.sources or frozenset(SOURCES)
    spellings = bounds.staff | _folded(bounds.staff)
    if 0 < len(spellings) <= MOST_STAFF:
        index, names = BY_STAFF, spellings
    return [Range(index_keys.org_member(org, name), low, high, index, bounds.forward) for name in sorted(names)]


@lru_cache(maxsize=64)
def _folded(usernames: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold, usernames))


def _sources(line: Line, asked: Collection[Source]) -> frozenset[str]:
    """Those of the asked sources that the line's terms leave."""
    required, excluded = (
        tuple(term for term in terms if term.field == "source") for terms in (line.required, line.excluded)
    )
    of_sources = Line(None, required, excluded)
    return frozenset(
        source for source in asked or SOURCES if matching.matches(of_sources, "", Texts(words=(), source=source))
    )
