"""Reading an org's audit entries in the order of time: the partitions of staff or sources as one sequence."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import TypeAlias

from daybook.search import plan
from daybook.search.plan import Bounds
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import Range, Store
from daybook.storage.values import Values

# Of a partition at a time: so many rows cost no more than one, and more are not worth a longer answer.
SMALLEST_CHUNK, LARGEST_CHUNK = 10, 500
# Of each of several partitions at first, whose shares of the log nobody knows yet.
FIRST_CHUNK = 32

# The position (`at`) and the item of an entry that may match. Without an item: all up to that position was passed.
Candidate: TypeAlias = tuple[str, Values | None]


class EntriesByTime:
    def __init__(self, *, table: Store) -> None:
        self._table = table

    def find(self, org: str, bounds: Bounds) -> Iterator[Candidate]:
        """The entries within the bounds, in order, as rows of an index; each is read when it is asked for.

        Where staff and sources are asked for at once, others are among them. The indexes are eventually consistent.
        StoreBusyError.
        """
        if not bounds.low < bounds.high:
            return
        spans = plan.partitions(org, bounds)
        found = 0

        def limit(passed: int) -> int:
            wanted = _likely(passed, found, bounds.chunk) if passed else _first(bounds.chunk, len(spans))
            return min(max(SMALLEST_CHUNK, wanted), LARGEST_CHUNK)

        streams = [self._stream(span, limit, bounds) for span in spans]
        for candidate in heapq.merge(*streams, key=lambda candidate: candidate[0], reverse=not bounds.forward):
            found += 1
            yield candidate

    def _stream(self, span: Range, limit: Callable[[int], int], bounds: Bounds) -> Iterator[Candidate]:
        for page in query_value_pages(self._table, span, limit):
            for item in page.items:
                at = item["at"]
                if bounds.contains(at):
                    yield at, item


def _first(wanted: int, partitions: int) -> int:
    """How many rows are read of each partition at first."""
    return wanted if partitions == 1 else min(-(-wanted // partitions), FIRST_CHUNK)


def _likely(passed: int, found: int, wanted: int) -> int:
    """How many more rows of a partition are likely to be wanted, going by its share of those that were found.

    An eighth more is read, as a request costs more than some rows. Where more than a page's share was passed, nobody
    knows how many are wanted, and as many are read again.
    """
    if not 0 < found < wanted:
        return passed
    return passed * (wanted - found) * 9 // (found * 8)
