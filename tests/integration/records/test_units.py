"""Read and write units of the register, counted by DynamoDB Local."""

import json
from typing import Any

import pytest
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record
from daybook.records.finding import RecordFinder, RecordsQuery
from daybook.records.head import RecordHeads
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Item
from daybook.storage.models.kinds import read

from tests.support import api
from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.metered import MeteredWrites, RequestMeter
from tests.support.dynamodb.register_filling import fill_register
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed
from tests.support.registers import register_of
from tools.cost.data import counts

ORG = "riverside"
# What docs/cost.md is computed from.
COUNTS = counts()["register"]
FAMILY = {"type": "family", "id": "1"}
MOST_REQUESTS, MOST_UNITS = 3, 20


def post(stack: Stack, *entries: dict[str, Any]) -> list[EntryItem]:
    """Post them; their items, as the stream tells of them."""
    before = {(item["pk"]["S"], item["sk"]["S"]) for item in stack.items()}
    stack.ingest().post(ORG, [json.dumps(entry).encode() for entry in entries])
    items = [read(Item, item) for item in stack.items()]
    return [item for item in items if isinstance(item, EntryItem) and item.key not in before]


NAMED = api.audit(affected=[{"record": FAMILY, "change": "updated", "name": "Jane Smith"}])


@pytest.mark.parametrize(
    ("entry", "writes"),
    [
        # Its own item, two words and two pairs; an address; a number with and without its country.
        (NAMED, COUNTS["write_units_of_a_new_record"]),
        (api.email(record=FAMILY), 2),
        (api.sms(record=FAMILY), 3),
        (api.push(record=FAMILY), 1),
    ],
)
def test_an_entry_of_a_new_record_costs_its_items_and_one_of_a_known_record_half_a_read_unit(
    stack: Stack, entry: dict[str, Any], writes: float
) -> None:
    table = MeteredWrites(stack)
    register = register_of(table, lambda: NOW)
    assert register.add(post(stack, entry)) == 1
    # For reads that find nothing, DynamoDB takes 2.5 units more; DynamoDB Local takes none.
    assert (table.reads, table.take()) == (0, writes)
    again = post(stack, {**entry, "occurred_at": "2026-11-22T11:00:00Z"})
    assert register.add(again) == 0
    assert (table.reads, table.take()) == (COUNTS["read_units_of_a_known_record"], 0)


LINES = [
    "smith", "jane smith", "smith z", "smi zeb", "smyth j", "z", "j", "f-77", "f-77@fam.example", "(415) 555-0101",
    "zander nobody", "nobody", "smith/jones", "smith/f-77", "415-555-0199", "91234567", "smith @ 5", "no@fam.example",
]  # fmt: skip


def test_a_search_is_three_requests_and_twenty_units(stack: Stack) -> None:
    fill_register(stack.table, ORG, 1_000)
    finder = RecordFinder(table=stack.table, keyed_hash=hashed, clock=lambda: NOW)
    meter = RequestMeter(stack)
    for line in LINES:
        finder.find(ORG, RecordsQuery(q=line), lambda _: True)
        requests, units = meter.take()
        assert requests <= MOST_REQUESTS, line
        assert units <= MOST_UNITS, line


def test_the_head_costs_the_same_in_a_short_and_in_a_long_record(stack: Stack) -> None:
    meter, costs = RequestMeter(stack), []
    heads = RecordHeads(table=stack.table, clock=lambda: NOW)
    for number, count in enumerate((100, 2_000)):
        for log in ("emails", "audit"):
            fill_log(stack, str(number), log, count)
        meter.take()
        head = heads.read(ORG, Record("family", str(number)), [log.kind for log in LOGS.values()])
        assert head.last["email"] is not None
        costs.append(meter.take())
    assert costs[0] == costs[1]
    # The register's item and one entry of each log.
    assert costs[0][0] == 6
    assert costs[0][1] <= 3
