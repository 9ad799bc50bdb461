"""A range page by page: every item once, no request more than is asked for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from daybook.storage.keys.index_keys import BY_ACTIVITY, BY_ORG_STATUS, BY_RECIPIENT, BY_SOURCE, BY_STAFF, BY_STATUS
from daybook.storage.models.entries import AuditItem, EmailItem, EntryItem
from daybook.storage.models.item import Item
from daybook.storage.query_pages import Limit, query_pages, query_value_pages, start_key_after
from daybook.storage.store import Page, Range, StartKey, Store

from tests.support.memory.table import Attributes, MemoryTable

COUNT = 10
PARTITION = "riverside/family/1"
SPANS = [
    Range(PARTITION, "email/", "email0"),
    Range(PARTITION, "email/", "email0", forward=True),
    Range(PARTITION, "email/", "email0", BY_ACTIVITY),
    Range(PARTITION, "email/", "email0", BY_RECIPIENT),
    Range(PARTITION, "email/", "email0", BY_STATUS, forward=True),
    Range("riverside/ada", "0", "9~", BY_STAFF),
    Range("riverside/staff_portal", "0", "9~", BY_SOURCE, forward=True),
    Range("riverside/email/sent", "0", "9~", BY_ORG_STATUS, forward=True),
]


class CountedTable(MemoryTable):
    def __init__(self) -> None:
        super().__init__()
        self.limits: list[int] = []

    def _query(self, span: Range, limit: int, after: StartKey | None) -> tuple[list[Attributes], bool]:
        self.limits.append(limit)
        return super()._query(span, limit, after)


@pytest.fixture
def table() -> CountedTable:
    made = CountedTable()
    made.insert([email(number) for number in range(COUNT)] + [audit(number) for number in range(COUNT)])
    return made


def email(number: int) -> Item:
    return EmailItem(
        PARTITION,
        f"email/{number}/suffix",
        activity_key=f"email/{number}/suffix",
        recipient_key=f"email/a@x.example {number}/suffix",
        status_key=f"email/sent/{number}/suffix",
        org_status="riverside/email/sent",
        at=f"{number}/suffix",
        recipient="a@x.example",
        recipient_hash="a-hash",
        status="sent",
        subject="Hello",
    )


def audit(number: int) -> Item:
    return AuditItem(
        PARTITION,
        f"audit/{number}/suffix",
        org_staff="riverside/ada",
        org_source="riverside/staff_portal",
        at=f"{number}/suffix",
        member_name="Ada",
        username="ada",
        source="staff_portal",
        action="paid",
        affected_count=0,
    )


Pages = Iterator[Page[Any]]
Reader = Callable[[Store, Range, Limit, StartKey | None], Pages]


def models(table: Store, span: Range, limit: Limit, after: StartKey | None) -> Pages:
    kind: type[EntryItem] = AuditItem if span.index in (BY_STAFF, BY_SOURCE) else EmailItem
    for page in query_pages(table, kind, span, limit, after):
        assert {type(item) for item in page.items} <= {kind}
        yield page


def mixed_models(table: Store, span: Range, limit: Limit, after: StartKey | None) -> Pages:
    return query_pages(table, Item, span, limit, after)


def only_values(table: Store, span: Range, limit: Limit, after: StartKey | None) -> Pages:
    for page in query_value_pages(table, span, limit, after):
        assert {type(item) for item in page.items} <= {dict}
        yield page


read_as = pytest.mark.parametrize("read", [models, mixed_models, only_values])


def numbers(*pages: Page[Any]) -> str:
    """The numbers of the items, one character each."""
    keys = [item.sk if isinstance(item, Item) else item["sk"] for page in pages for item in page.items]
    return "".join(sk.split("/")[1] for sk in keys)


@read_as
@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("limit", [1, 3, 10, 11])
def test_each_item_comes_once_and_in_order(table: CountedTable, read: Reader, span: Range, limit: int) -> None:
    pages = list(read(table, span, limit, None))
    assert numbers(*pages) == ("0123456789" if span.forward else "9876543210")
    assert table.limits == [limit] * -(-COUNT // limit)
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


@read_as
@pytest.mark.parametrize("span", SPANS)
def test_it_goes_on_behind_an_item(table: CountedTable, read: Reader, span: Range) -> None:
    first = next(read(table, span, 4, None))
    rest = list(read(table, span, 100, start_key_after(span, first.items[-1])))
    assert numbers(*rest) == ("456789" if span.forward else "543210")
    assert len(rest) == 1


@read_as
def test_a_page_is_read_when_it_is_asked_for(table: CountedTable, read: Reader) -> None:
    pages = read(table, SPANS[1], 3, None)
    assert table.limits == []
    assert numbers(next(pages)) == "012"
    assert len(table.limits) == 1
    assert numbers(next(pages)) == "345"
    assert len(table.limits) == 2


@read_as
def test_a_limit_may_grow_with_what_was_read(table: CountedTable, read: Reader) -> None:
    pages = list(read(table, SPANS[1], lambda count: max(1, count), None))
    assert [numbers(page) for page in pages] == ["0", "1", "23", "4567", "89"]
    assert table.limits == [1, 1, 2, 4, 8]


@read_as
def test_an_empty_range_is_one_page_without_items(table: CountedTable, read: Reader) -> None:
    assert list(read(table, Range("hilltop/a", "0", "9"), 5, None)) == [Page([], more=False)]


def test_kinds_that_stand_together_are_each_their_own(table: CountedTable) -> None:
    pages = list(query_pages(table, EntryItem, Range(PARTITION, "0", "~", forward=True), 7))
    kinds = [type(item) for page in pages for item in page.items]
    assert kinds == [AuditItem] * COUNT + [EmailItem] * COUNT


def test_a_start_key_has_the_keys_of_the_table_and_of_the_index() -> None:
    assert start_key_after(SPANS[0], email(3)) == {"pk": PARTITION, "sk": "email/3/suffix"}
    assert start_key_after(SPANS[4], email(3)) == {
        "pk": PARTITION,
        "sk": "email/3/suffix",
        "status_key": "email/sent/3/suffix",
    }
    assert start_key_after(SPANS[5], audit(3)) == {
        "pk": PARTITION,
        "sk": "audit/3/suffix",
        "org_staff": "riverside/ada",
        "at": "3/suffix",
    }
