"""Requests and units of the calls about the blacklist, counted by DynamoDB Local: flat in the length of the list."""

from typing import Any

import msgspec
import pytest
from daybook.access.callers import Caller
from daybook.blacklist import address_status, queries
from daybook.blacklist.additions import BlacklistAdditions
from daybook.blacklist.address_status import PastReset
from daybook.blacklist.address_store import AddressStore
from daybook.blacklist.queries import BlacklistQueries, BlacklistQuery
from daybook.core.paging import READ_BUDGET, Cursors
from daybook.model.entries import Record
from daybook.records.finding import RecordFinder
from daybook.storage.keys import register_keys
from daybook.storage.models.register import RecordAddressItem
from daybook.storage.store import Store
from daybook.storage.table import batches

from tests.support.dynamodb.metered import MeteredWrites, NoRecorder, RequestMeter
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed

ADA = Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())
JANE = "jane@fam.example"
SINCE = "2026-10-01T08:00:00.000Z"


def store_on(table: Store) -> AddressStore:
    return AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0)


def queries_on(stack: Stack) -> BlacklistQueries:
    return BlacklistQueries(
        table=stack.table,
        address_store=store_on(stack.table),
        keyed_hash=hashed,
        records_of=RecordFinder(table=stack.table, keyed_hash=hashed, clock=lambda: NOW).with_recipients,
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
    )


def additions_on(table: Store) -> BlacklistAdditions:
    return BlacklistAdditions(
        records_of=lambda *_: {}, address_store=store_on(table), recorder=NoRecorder(), clock=lambda: NOW
    )


def put(table: Store, *addresses: str, **fields: Any) -> list[str]:
    """The status of each."""
    items = [{"address": address, "status": "manual", "since": SINCE, **fields} for address in addresses]
    payloads = [msgspec.Raw(msgspec.json.encode(item)) for item in items]
    results = additions_on(table).put("riverside", payloads, ADA, None).results
    return [result.status for result in results]


def fill(stack: Stack, first: int, behind: int) -> None:
    """Block so many addresses, in no order of their names' words."""
    cause = address_status.put("bounce", SINCE, "")
    store = store_on(stack.table)
    for numbers in batches(range(first, behind), 100):
        store.merge_each(
            "riverside", {f"{hashed(str(number))[:8]}.{number}@x.example": lambda _: cause for number in numbers}
        )


@pytest.fixture(params=[20, 400])
def length(stack: Stack, request: pytest.FixtureRequest) -> int:
    count: int = request.param
    fill(stack, 0, count)
    return count


def test_one_address_is_a_unit_and_another_for_its_records_however_long_the_list_is(stack: Stack, length: int) -> None:
    put(stack.table, JANE)
    family = register_keys.address("riverside", hashed(JANE), "family/1")
    stack.table.insert([RecordAddressItem(*family)])
    meter, reader = RequestMeter(stack), queries_on(stack)
    assert reader.get("riverside", "Jane <JANE@fam.example>").address == JANE
    assert meter.take() == (2, 2), length
    (listed,) = reader.page("riverside", BlacklistQuery(address="mailto:JANE@fam.example")).entries
    assert (listed.records, meter.take()) == ([Record("family", "1")], (2, 2)), length


def test_its_resets_cost_nothing_more_until_they_are_longer_than_a_unit(stack: Stack) -> None:
    store = store_on(stack.table)
    for number in range(20):
        at = f"2026-11-0{1 + number // 10}T08:00:{number:02}.000Z"
        store.reset("riverside", JANE, PastReset(at, "ada.admin", "Ada Admin", "she has room in her mailbox again"))
    put(stack.table, JANE, since=None)
    meter, reader = RequestMeter(stack), queries_on(stack)
    assert len(reader.get("riverside", JANE).resets) == 20
    # Of a register that has no record of it, DynamoDB Local counts nothing, DynamoDB a unit.
    assert meter.take() == (2, 1)
    (listed,) = reader.page("riverside", BlacklistQuery()).entries
    # A unit each of the index and the item.
    assert (len(listed.resets), meter.take()) == (20, (3, 2))


@pytest.mark.slow
def test_a_search_reads_so_many_keys_at_most_and_no_more_items_than_it_shows(stack: Stack) -> None:
    found: list[tuple[tuple[int, float], tuple[int, float]]] = []
    for length in (READ_BUDGET + 500, READ_BUDGET + 2_500):
        fill(stack, 0 if not found else READ_BUDGET + 500, length)
        meter, reader = RequestMeter(stack), queries_on(stack)
        nothing = reader.page("riverside", BlacklistQuery(q="nobody"))
        assert (nothing.entries, nothing.next is None) == ([], False)
        of_nothing = meter.take()
        everything = reader.page("riverside", BlacklistQuery(q="@x.example", limit=50))
        assert len(everything.entries) == 50
        found.append((of_nothing, meter.take()))
    assert found[0] == found[1]
    (requests, units), (requests_found, units_found) = found[0]
    assert requests == READ_BUDGET // queries.CHUNK
    assert units <= 200
    # One query of keys, the items of a page with one more, and the register's partitions of the page in one statement.
    assert (requests_found, units_found) == (3, units / requests + 51)


@pytest.mark.parametrize("count", [1, 25, 100])
def test_what_a_put_costs_is_so_much_for_each_address(stack: Stack, length: int, count: int) -> None:
    metered = MeteredWrites(stack)
    addresses = [f"{number}@fam.example" for number in range(count)]
    assert put(metered, *addresses) == ["created"] * count
    # The item, the list of the blacklist, and the index of all orgs. DynamoDB counts a unit for each of the two reads
    # of an item that is not there; DynamoDB Local does not.
    assert (metered.take(), metered.reads) == (3 * count, 0), length
    assert put(metered, *addresses) == ["unchanged"] * count
    assert (metered.take(), metered.reads) == (0, count)
    metered.reads = 0
    # No key of an index changes.
    assert put(metered, *addresses, status="complaint") == ["updated"] * count
    assert (metered.take(), metered.reads) == (count, 2 * count)


def test_100_addresses_are_six_requests(stack: Stack) -> None:
    meter = RequestMeter(stack)
    assert put(stack.table, *(f"{number}@fam.example" for number in range(100))) == ["created"] * 100
    # Two reads of a hundred keys, and writes of 25 each.
    assert meter.take()[0] == 6
