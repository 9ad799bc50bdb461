"""Reading an org's audit entries in the order of time: the partitions of staff or sources as one sequence."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TypeAlias

from daybook.search import plan
from daybook.search.plan import Bounds
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import Range, Store
from daybook.storage.values import Values

# Of each partition at a time: so many rows cost no more than one. More than a page's share only once that was passed.
SMALLEST_CHUNK, LARGEST_CHUNK = 10, 500

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
        chunk = max(SMALLEST_CHUNK, -(-bounds.chunk // len(spans)))
        streams = [self._stream(span, chunk, bounds) for span in spans]
        yield from heapq.merge(*streams, key=lambda candidate: candidate[0], reverse=not bounds.forward)

    def _stream(self, span: Range, chunk: int, bounds: Bounds) -> Iterator[Candidate]:
        def limit(passed: int) -> int:
            return min(max(chunk, passed), LARGEST_CHUNK)

        for page in query_value_pages(self._table, span, limit):
            for item in page.items:
                at = item["at"]
                if bounds.contains(at):
                    yield at, item
