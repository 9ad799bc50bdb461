"""A range of the table page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.store import Item, QueryPage, Range, Store


def query_pages(
    table: Store, span: Range, limit: int | Callable[[int], int], after: Item | None = None
) -> Iterator[QueryPage]:
    """The pages of a range behind the exclusive start key `after`, the last one without `more`. StoreBusyError.

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
        after = start_key_after(span, page.items[-1])


def start_key_after(span: Range, item: Item) -> Item:
    """The exclusive start key of a query that goes on behind an item of the range: its keys of table and index."""
    names = dict.fromkeys(["pk", "sk", SORT_KEYS[span.index], GLOBAL_PARTITION_KEYS.get(span.index or "", "pk")])
    return {name: item[name] for name in names}
