"""What the daily look at the table reads, counted by DynamoDB Local; and that its parts are the whole table."""

from typing import Any

import pytest
from daybook.retention.daily_check import DailyCheck, Figures

from tests.support.dynamodb.lifelike_entries import LETTER, fill_records
from tests.support.dynamodb.service_stack import NOW, Stack
from tools.cost.data import counts

pytestmark = pytest.mark.slow

COUNT = 400
# What docs/cost.md is computed from.
UNITS = counts()["daily_check"]


def check(stack: Stack) -> Figures:
    figures = DailyCheck(table=stack.table, clock=lambda: NOW, sleep=lambda _: None).step(lambda: 900)
    assert figures
    return figures


def lookup_units(answer: dict[str, Any]) -> list[float]:
    """The units of an answer that is about several keys."""
    consumed = answer.get("ConsumedCapacity")
    return [each["CapacityUnits"] for each in consumed] if isinstance(consumed, list) else []


@pytest.mark.parametrize(
    ("log", "more", "most_units"),
    [
        # As docs/operations.md says, which is half a unit for each 4 KB of all that belongs to an entry.
        ("audit", {}, UNITS["audit"]),
        ("activity", {}, UNITS["activity"]),
        ("pushes", {}, UNITS["push"]),
        ("sms", {}, UNITS["sms"]),
        ("emails", {}, UNITS["email"]),
        ("emails", {"body": {"text": LETTER}}, UNITS["email_with_content"]),
    ],
)
def test_units_of_a_pass_by_entries(stack: Stack, log: str, more: dict[str, Any], most_units: float) -> None:
    fill_records(stack, log, COUNT, 10, **more)
    looked_up: list[float] = []
    stack.connection.count = lambda _, answer: looked_up.extend(lookup_units(answer))
    figures = check(stack)
    assert figures.items_checked == len(stack.items()) - 1
    assert figures.items_overdue == figures.contents_without_entry == figures.events_unclaimed == 0
    by_thousand = 1_000 / COUNT
    assert figures.read_units * by_thousand <= most_units
    # What is not on the same page as its entry is looked up.
    assert sum(looked_up) * by_thousand <= 60


def test_a_record_of_many_pages_is_gone_through_in_order(stack: Stack) -> None:
    fill_records(stack, "emails", 1_000, 1, body={"text": LETTER})
    assert check(stack).items_checked == len(stack.items()) - 1
