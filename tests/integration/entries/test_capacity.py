"""Read and write units, counted by DynamoDB Local: the targets of docs/performance.md that are counts."""

import json
from typing import Any

import pytest
from daybook.entries.ingest import Ingest
from daybook.entries.record_log import LOGS

from tests.support.dynamodb.lifelike_entries import SUBJECT, entry_of
from tests.support.dynamodb.metered import MeteredWrites
from tests.support.dynamodb.page_costs import assert_pages_cost_the_same
from tests.support.dynamodb.service_stack import Stack


def test_a_page_costs_the_same_in_a_short_and_in_a_long_log(stack: Stack) -> None:
    assert_pages_cost_the_same(stack, LOGS, 500)


@pytest.mark.parametrize(
    ("log", "more", "units"),
    [
        ("audit", {}, 3),
        ("audit", {"key": "k"}, 4),
        ("activity", {}, 1),
        ("pushes", {}, 1),
        # Table, three local indexes, the org's statuses; and the pointer.
        ("emails", {}, 6),
        ("sms", {}, 6),
        ("emails", {"body": {"text": SUBJECT}}, 7),
    ],
)
def test_write_units_of_an_entry(stack: Stack, log: str, more: dict[str, Any], units: float) -> None:
    metered = MeteredWrites(stack)
    ingest: Ingest = stack.ingest(metered)
    (result,) = ingest.post("riverside", [json.dumps({**entry_of(log, 1), **more}).encode()])
    assert result.status == "created"
    assert metered.units == units
