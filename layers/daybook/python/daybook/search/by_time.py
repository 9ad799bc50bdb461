"""Reading an org's audit entries in the order of time: the partitions of staff or sources as one sequence."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TypeAlias

from daybook.search import plan
from daybook.search.plan import Bounds
from daybook.storage import attributes
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Item, Range, Store

# Rows of a partition that are read at a time: so few cost no more than one. It grows with the rows read before.
SMALLEST_CHUNK, LARGEST_CHUNK = 10, 500


# The position (`at`) and the item of an entry. Without an item, it is mere progress: all up to there was read.
Placed: TypeAlias = tuple[str, Item | None]


class EntriesByTime:
    """Reads of an org's audit entries by time, staff and source."""

    def __init__(self, *, table: Store) -> None:
        self._table = table

    def find(self, org: str, bounds: Bounds) -> Iterator[Placed]:
        """The entries within the bounds, in order and lazily, as items of an eventually consistent index.

        Where both staff and sources are given, other entries are among them. StoreBusyError.
        """
        if not bounds.low < bounds.high:
            return
        spans = plan.partitions(org, bounds)
        chunk = max(SMALLEST_CHUNK, -(-bounds.chunk // len(spans)))
        streams = [self._stream(span, chunk, bounds) for span in spans]
        yield from heapq.merge(*streams, key=lambda placed: placed[0], reverse=not bounds.forward)

    def _stream(self, span: Range, chunk: int, bounds: Bounds) -> Iterator[Placed]:
        def limit(passed: int) -> int:
            return min(max(chunk, passed), LARGEST_CHUNK)

        for page in query_pages(self._table, span, limit):
            for item in page.items:
                at = attributes.text(item, "at")
                if bounds.contains(at):
                    yield at, item
