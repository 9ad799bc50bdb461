"""Reading an org's audit entries in the order of time: what is asked for, and the indexes by staff or source in one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TypeAlias, get_args

from msgspec import Struct

from daybook.model.entries import Source
from daybook.search.query_line import Texts
from daybook.storage import attributes, entry_reader, keys
from daybook.storage.query_pages import query_pages
from daybook.storage.store import BY_SOURCE, BY_STAFF, Item, Range, Store

SOURCES: tuple[Source, ...] = get_args(Source)


# Of each partition at a time: so many rows cost no more than one. More than a page's share only once that was passed.
SMALLEST_CHUNK, LARGEST_CHUNK = 10, 500


# For more members of staff at once all entries are read, which is never more than seven partitions.
MOST_STAFF = 25


# The place (`at`) and the item of an entry. Without an item it tells of progress: all up to there has been passed.
Placed: TypeAlias = tuple[str, Item | None]


class Bounds(Struct, frozen=True, kw_only=True):
    """What is asked for, beside words.

    `low` and `high` are bounds on `at` (low <= at < high), `after` a place to go on behind, in the order that `forward`
    tells. No `staff` or no `sources` are any. `chunk` is how many entries are likely to be looked at.
    """

    low: str = keys.OF_AN_ORG[0]
    high: str = keys.OF_AN_ORG[1]
    forward: bool = False
    after: str | None = None
    staff: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    chunk: int = 50

    def hold(self, at: str) -> bool:
        """Whether this place is within, and still to come."""
        if not self.low <= at < self.high:
            return False
        if self.after is None:
            return True
        return at > self.after if self.forward else at < self.after

    def reach(self, at: str) -> bool:
        """Whether anything from this place on may be within."""
        return at < self.high if self.forward else at >= self.low

    def admit(self, item: Item) -> bool:
        """Whether the entry is of the asked staff and sources."""
        of_staff = not self.staff or attributes.text(item, "username") in self.staff
        return of_staff and (not self.sources or attributes.text(item, "source") in self.sources)


class EntriesByTime:
    """The partitions of staff or sources as one sequence."""

    def __init__(self, *, table: Store) -> None:
        self._table = table

    def find(self, org: str, bounds: Bounds) -> Iterator[Placed]:
        """The entries within the bounds, in order, as rows of an index: each is read when it is asked for.

        Where staff and sources are asked for at once, others are among them. Some moments may pass before an entry is
        there. StoreBusyError.
        """
        if not bounds.low < bounds.high:
            return
        spans = _spans(org, bounds)
        chunk = max(SMALLEST_CHUNK, -(-bounds.chunk // len(spans)))
        streams = [self._stream(span, chunk, bounds) for span in spans]
        yield from heapq.merge(*streams, key=lambda placed: placed[0], reverse=not bounds.forward)

    def _stream(self, span: Range, chunk: int, bounds: Bounds) -> Iterator[Placed]:
        def limit(passed: int) -> int:
            return min(max(chunk, passed), LARGEST_CHUNK)

        for page in query_pages(self._table, span, limit):
            for item in page.items:
                at = attributes.text(item, "at")
                if bounds.hold(at):
                    yield at, item


def texts(item: Item) -> Texts:
    """What of an entry a line is looked for in; its records are known of the entry itself, not of a row of an index."""
    affected = [*entry_reader.affected(item, "change"), *entry_reader.affected(item, "others")]
    return Texts(
        member_name=attributes.text(item, "member_name"),
        username=attributes.text(item, "username"),
        source=attributes.text(item, "source"),
        ip=attributes.optional_text(item, "ip") or "",
        action=attributes.text(item, "action"),
        names=entry_reader.names(item),
        records=[one.record.path for one in affected],
    )


def _spans(org: str, bounds: Bounds) -> list[Range]:
    """The partitions that hold all that is asked for. Those of staff are the smaller ones."""
    low, high = bounds.low, bounds.high
    if bounds.after is not None:
        low, high = (bounds.after, high) if bounds.forward else (low, bounds.after)
    index, names = BY_SOURCE, bounds.sources or frozenset(SOURCES)
    if 0 < len(bounds.staff) <= MOST_STAFF:
        index, names = BY_STAFF, bounds.staff
    return [Range(keys.org_member(org, name), low, high, index, bounds.forward) for name in sorted(names)]
