"""A range page by page: every item once, no request more than is asked for."""

import pytest
from daybook.storage.keys.index_keys import BY_ORG_STATUS, BY_STAFF, BY_STATUS
from daybook.storage.query_pages import query_pages, start_key_after
from daybook.storage.store import Item, QueryPage, Range

from tests.support.memory.table import MemoryTable

COUNT = 10
SPANS = [
    Range("riverside/a", "0", "9"),
    Range("riverside/a", "0", "9", forward=True),
    Range("riverside/a", "email/", "email/~", BY_STATUS, forward=True),
    Range("riverside/ada", "0", "9", BY_STAFF),
    Range("riverside/sent", "0", "9", BY_ORG_STATUS, forward=True),
]


class CountedTable(MemoryTable):
    def __init__(self) -> None:
        super().__init__()
        self.limits: list[int] = []

    def query(self, span: Range, limit: int, after: Item | None = None) -> QueryPage:
        self.limits.append(limit)
        return super().query(span, limit, after)


@pytest.fixture
def table() -> CountedTable:
    made = CountedTable()
    made.insert(
        [
            {
                "pk": {"S": "riverside/a"},
                "sk": {"S": str(number)},
                "at": {"S": str(number)},
                "status_key": {"S": f"email/{number}"},
                "org_staff": {"S": "riverside/ada"},
                "org_status": {"S": "riverside/sent"},
            }
            for number in range(COUNT)
        ]
    )
    return made


def names(*pages: QueryPage) -> str:
    return "".join(item["sk"]["S"] for page in pages for item in page.items)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("limit", [1, 3, 10, 11])
def test_each_item_comes_once_and_in_order(table: CountedTable, span: Range, limit: int) -> None:
    pages = list(query_pages(table, span, limit))
    assert names(*pages) == ("0123456789" if span.forward else "9876543210")
    assert table.limits == [limit] * -(-COUNT // limit)
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize("span", SPANS)
def test_it_goes_on_behind_an_item(table: CountedTable, span: Range) -> None:
    first = next(query_pages(table, span, 4))
    rest = list(query_pages(table, span, 100, start_key_after(span, first.items[-1])))
    assert names(*rest) == ("456789" if span.forward else "543210")
    assert len(rest) == 1


def test_a_page_is_read_when_it_is_asked_for(table: CountedTable) -> None:
    pages = query_pages(table, SPANS[1], 3)
    assert table.limits == []
    assert names(next(pages)) == "012"
    assert len(table.limits) == 1
    assert names(next(pages)) == "345"
    assert len(table.limits) == 2


def test_a_limit_may_grow_with_what_was_read(table: CountedTable) -> None:
    pages = list(query_pages(table, SPANS[1], lambda count: max(1, count)))
    assert [names(page) for page in pages] == ["0", "1", "23", "4567", "89"]
    assert table.limits == [1, 1, 2, 4, 8]


def test_an_empty_range_is_one_page_without_items(table: CountedTable) -> None:
    assert list(query_pages(table, Range("hilltop/a", "0", "9"), 5)) == [QueryPage([], more=False)]
