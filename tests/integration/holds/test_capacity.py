"""What placing and lifting a hold costs, counted by DynamoDB Local; and that it does there what it does in memory."""

from collections.abc import Callable
from typing import Any

import pytest
from daybook.access.callers import Caller
from daybook.holds import backfill
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.entries import Record
from daybook.storage.models.entries import HELD
from daybook.storage.store import Store

from tests.support.dynamodb.lifelike_entries import LETTER, fill_records
from tests.support.dynamodb.metered import Meter, NoRecorder
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack

pytestmark = pytest.mark.slow

COUNT = 400
RECORD = Record("family", "0")
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())


# More than any of these takes.
SECONDS = 60.0


def backfill_on(table: Store) -> HoldBackfill:
    enforcer = HoldEnforcer(table=table, policy=POLICY, clock=lambda: NOW)
    return HoldBackfill(table=table, enforcer=enforcer, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("log", "more", "most"),
    [
        # As docs/operations.md says: read and write units to place as to lift, for 1,000 entries. With fewer than COUNT
        # the three units of the hold itself would weigh too much.
        ("activity", {}, (90, 1_010)),
        ("audit", {}, (140, 3_010)),
        ("sms", {}, (175, 10)),
        ("emails", {}, (195, 10)),
        ("emails", {"body": {"text": LETTER}}, (295, 3_010)),
    ],
)
def test_units_of_a_hold_by_entries(
    stack: Stack, log: str, more: dict[str, Any], most: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 100)
    fill_records(stack, log, COUNT, 1, **more)
    before = stack.items()
    meter = Meter(stack)
    changes = HoldChanges(table=meter.table, recorder=NoRecorder(), clock=lambda: NOW)
    steps = backfill_on(meter.table)
    acts: list[Callable[[], Any]] = [
        lambda: changes.place("riverside", RECORD, Reason("a claim"), WHO, None),
        lambda: changes.lift("riverside", RECORD, WHO, None),
    ]
    found = []
    for act in acts:
        act()
        steps.step("riverside", "family/0", SECONDS)
        found.append(meter.take(COUNT))
        if act is acts[0]:
            own = [item for item in stack.items() if item["pk"]["S"] == "riverside/family/0"]
            assert not [item for item in own if "expires_at" in item]
            assert {item["content_until"]["N"] for item in own if "content_until" in item} <= {str(HELD)}
            steps.step("riverside", "family/0", SECONDS)
            assert meter.take(COUNT)[1] == 0, "there is nothing left to do"
    assert [item for item in stack.items() if item["pk"]["S"] != "riverside/holds"] == before
    for units in found:
        assert all(one <= most_of_it for one, most_of_it in zip(units, most, strict=True)), units


def test_dynamodb_takes_what_a_hold_writes(stack: Stack) -> None:
    fill_records(stack, "emails", 30, 1, body={"text": LETTER})
    before = stack.items()
    changes = HoldChanges(table=stack.table, recorder=NoRecorder(), clock=lambda: NOW)
    steps = backfill_on(stack.table)
    changes.place("riverside", RECORD, Reason("a claim"), WHO, None)
    steps.step("riverside", "family/0", SECONDS)
    held = [item for item in stack.items() if item["pk"]["S"] == "riverside/family/0"]
    assert {name for item in held for name in item} >= {"held_until", "held_content_until"}
    assert not [item for item in held if "expires_at" in item]
    assert {item["content_until"]["N"] for item in held if "content_until" in item} == {str(HELD)}
    changes.lift("riverside", RECORD, WHO, None)
    steps.step("riverside", "family/0", SECONDS)
    assert [item for item in stack.items() if item["pk"]["S"] != "riverside/holds"] == before
