"""What the list of staff reads, counted by DynamoDB Local: as much of 60 staff beside many customers as beside few."""

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.audit.staff import StaffQueries, StaffQuery
from daybook.audit.staff_register import StaffRegister
from daybook.core.paging import READ_BUDGET, Cursors
from daybook.search.by_time import EntriesByTime
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.orgs import StaffItem
from msgspec.structs import replace

from tests.support.dynamodb.metered import MeteredWrites, RequestMeter
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack
from tests.support.memory.search_index import ORG, audit, stored
from tests.support.memory.table import MemoryTable

END = 1_900_000_000
STAFF = 60
FEW, MANY = 500, 20_000


def entry(number: int, *, is_staff: bool) -> AuditItem:
    made = audit(
        username=f"{'staff' if is_staff else 'parent'}{number}@riverside.example",
        member_name=f"Madison {'Desk' if is_staff else 'Parent'} {number:05}",
        source="office_portal" if is_staff else "customer_portal",
        occurred_at=NOW - timedelta(days=number % 90),
    )
    return stored(made, number, END)


def fill(stack: Stack, customers: int) -> None:
    """As the register would be, without what a write costs."""
    made = MemoryTable()
    entries = [entry(number, is_staff=True) for number in range(STAFF)]
    entries += [entry(number, is_staff=False) for number in range(customers)]
    StaffRegister(table=made, zone=lambda _: UTC).add(entries)
    stack.load([StaffItem.from_raw_data(item) for item in made.stored.values()])


def staff(stack: Stack) -> StaffQueries:
    return StaffQueries(
        table=stack.table,
        by_time=EntriesByTime(table=stack.table),
        policy=POLICY,
        zone=lambda _: ZoneInfo("UTC"),
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
    )


@pytest.mark.parametrize("customers", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_page_costs_the_same_however_many_customers_there_are(stack: Stack, customers: int) -> None:
    fill(stack, customers)
    meter = RequestMeter(stack)
    # A query for each group, and the items at half a unit each; a range without items costs nothing here, and half a
    # unit on DynamoDB.
    pages: list[tuple[dict[str, Any], int, float]] = [
        ({"kind": "staff"}, 3, 27.5),
        ({"kind": "staff", "limit": 200}, 3, 32),
        ({"kind": "staff", "order": "last"}, 3, 27.5),
        ({"kind": "staff", "q": "desk 0001"}, 3, 7),
        ({"kind": "customer"}, 3, 27.5),
        ({"kind": "customer", "order": "last"}, 3, 27.5),
        ({}, 5, 29.5),
    ]
    for fields, requests, units in pages:
        query = msgspec.convert(fields, StaffQuery)
        page = staff(stack).page(ORG, query)
        shown = {"desk 0001": 10}.get(query.q, min(query.limit, STAFF))
        assert len(page.entries) == shown, fields
        assert (meter.take(), fields) == ((requests, units), fields)
        if page.next is not None:
            further = staff(stack).page(ORG, replace(query, cursor=page.next))
            assert further.entries[0] not in page.entries
            assert meter.take()[1] <= units


@pytest.mark.slow
def test_a_word_of_many_customers_reads_a_part_of_the_register_at_a_time(stack: Stack) -> None:
    customers = READ_BUDGET + 1_000
    fill(stack, customers)
    meter = RequestMeter(stack)
    query = StaffQuery(kind="customer", q=f"{customers - 1:05}")
    found, pages = [], 0
    while True:
        page = staff(stack).page(ORG, query)
        found += page.entries
        pages += 1
        requests, units = meter.take()
        assert requests <= READ_BUDGET // 500 + 4
        assert units <= 152
        if page.next is None:
            break
        query = replace(query, cursor=page.next)
    assert [member.username for member in found] == [f"parent{customers - 1}@riverside.example"]
    assert pages == 2


def test_write_units_of_the_register(stack: Stack) -> None:
    """Three for the first entry of a day, nothing for the others."""
    metered = MeteredWrites(stack)
    register = StaffRegister(table=metered, zone=lambda _: UTC)
    made = [
        stored(audit(username="ada", occurred_at=NOW + timedelta(days=day, minutes=number)), 10 * day + number, END)
        for day in range(3)
        for number in range(5)
    ]
    units = []
    for posted in made:
        register.add([posted])
        units.append(metered.take())
    assert units == [3, 0, 0, 0, 0] * 3
    # A function that has noted nothing yet reads a unit for each username.
    reads = metered.reads
    assert StaffRegister(table=metered, zone=lambda _: UTC).add(made) == 0
    assert (metered.take(), metered.reads - reads) == (0, 1)
