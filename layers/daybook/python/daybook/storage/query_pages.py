"""A range of the table page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from daybook.storage.store import GLOBAL_PARTITIONS, RANGE_KEYS, Item, QueryPage, Range, Store


def query_pages(
    table: Store, span: Range, limit: int | Callable[[int], int], after: Item | None = None
) -> Iterator[QueryPage]:
    """The pages of a range from behind the position `after`, the last one without `more`. StoreBusyError.

    Each is a request, made when the page is asked for. `limit` is of a page; where it grows, it is a function of how
    many items were in the pages before.
    """
    count = 0
    while True:
        page = table.query(span, limit(count) if callable(limit) else limit, after)
        yield page
        if not page.more:
            return
        count += len(page.items)
        after = position_of(span, page.items[-1])


def position_of(span: Range, item: Item) -> Item:
    """Where in a range to go on behind an item of it: the keys of the table and of the range's index."""
    names = dict.fromkeys(["pk", "sk", RANGE_KEYS[span.index], GLOBAL_PARTITIONS.get(span.index or "", "pk")])
    return {name: item[name] for name in names}
