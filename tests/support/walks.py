"""Walking a list to its end by `next`, and back to its beginning by `prev`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from tests.support.properties import met


class Page(Protocol):
    @property
    def entries(self) -> Sequence[Any]: ...
    @property
    def next(self) -> str | None: ...
    @property
    def prev(self) -> str | None: ...


# One page: of how many entries at most, and behind or before which cursor.
Read = Callable[[int, str | None], Page]


def there_and_back(read: Read, limits: Iterator[int]) -> list[Any]:
    """All entries, after they were met on the way back as well: the same ones in the opposite order, each once.

    Then `next` of the first page, which was reached by `prev`, leads to the end once more.
    """
    there = [*_pages(read, limits, None, onward=True)]
    assert there[0].prev is None
    back = [there[-1], *_pages(read, limits, there[-1].prev, onward=False)] if there[-1].prev else there
    entries = [entry for page in there for entry in page.entries]
    assert [entry for page in reversed(back) for entry in page.entries] == entries
    again = [back[-1], *_pages(read, limits, back[-1].next, onward=True)] if back[-1].next else back[-1:]
    assert [entry for page in again for entry in page.entries] == entries
    met("pages back", len(back) > 2)
    return entries


def _pages(read: Read, limits: Iterator[int], cursor: str | None, *, onward: bool) -> Iterator[Page]:
    while True:
        limit = next(limits)
        page = read(limit, cursor)
        assert len(page.entries) <= limit
        _check_the_way_back(read, limit, cursor, page, onward=onward)
        yield page
        cursor = page.next if onward else page.prev
        if cursor is None:
            return


def _check_the_way_back(read: Read, limit: int, cursor: str | None, page: Page, *, onward: bool) -> None:
    """The page that was come from leads to this page again, wherever a page says that there is one."""
    came_from = page.prev if onward else page.next
    assert (came_from is None) == (cursor is None)
    if came_from is not None:
        before = read(limit, came_from)
        returned = read(limit, before.next if onward else before.prev)
        assert returned.entries == page.entries
