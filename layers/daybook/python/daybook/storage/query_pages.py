"""A range of the table page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from daybook.core.paging import Start
from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.models.item import Item
from daybook.storage.store import M, P, Page, Range, StartKey, Store
from daybook.storage.values import Values

# Of a page; where it grows, a function of how many items were in the pages before.
Limit: TypeAlias = int | Callable[[int], int]


def read_from(span: Range, start: Start | None, key: StartKey | None) -> tuple[Range, StartKey | None]:
    """The range in the direction and from the place where a page begins, and the exclusive start key to read it with.

    `span` is the whole list, in its own order; `key` are the keys of the start's position, None without a start.
    """
    if start is None or key is None:
        return span, None
    turned = replace(span, forward=span.forward != start.backward)
    if not start.included:
        return turned, key
    # An exclusive start key cannot include its item, whether or not there still is one.
    place = key[SORT_KEYS[span.index]]
    return (replace(turned, low=place) if turned.forward else replace(turned, high=place)), None


def query_pages(
    table: Store, kind: type[M], span: Range, limit: Limit, after: StartKey | None = None
) -> Iterator[Page[M]]:
    """The pages of a range behind the exclusive start key `after`, the last one without `more`. StoreBusyError.

    Each is a request, made when the page is asked for.
    """
    return _pages(lambda size, start: table.query(kind, span, size, start), span, limit, after)


def query_value_pages(table: Store, span: Range, limit: Limit, after: StartKey | None = None) -> Iterator[Page[Values]]:
    """As `query_pages`, for items that are only shown."""
    return _pages(lambda size, start: table.query_values(span, size, start), span, limit, after)


def _pages(
    query: Callable[[int, StartKey | None], Page[P]], span: Range, limit: Limit, after: StartKey | None
) -> Iterator[Page[P]]:
    count = 0
    while True:
        page = query(limit(count) if callable(limit) else limit, after)
        yield page
        if not page.more:
            return
        count += len(page.items)
        after = start_key_after(span, page.items[-1])


def start_key_after(span: Range, item: object) -> StartKey:
    """The exclusive start key of a query that goes on behind an item of the range: its keys of table and index."""
    values = item.attribute_values if isinstance(item, Item) else item
    names = ("pk", "sk", SORT_KEYS[span.index], GLOBAL_PARTITION_KEYS.get(span.index or "", "pk"))
    return {name: values[name] for name in names}  # type: ignore[index]
