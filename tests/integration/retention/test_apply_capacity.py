"""What it costs to apply a changed policy, and to see before what it would take, counted by DynamoDB Local."""

from typing import Any

import pytest
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.retention_policy import parse_policy
from daybook.retention.apply_policy import ApplyPolicyJob, ApplyProgress, ApplyRequest
from daybook.retention.preview import PreviewRequest, RetentionPreview

from tests.support.dynamodb.lifelike_entries import LETTER, fill_records
from tests.support.dynamodb.metered import Meter
from tests.support.dynamodb.service_stack import NOW, Stack

pytestmark = pytest.mark.slow

COUNT = 400

# As the entries were written, see `POLICY` of the services on DynamoDB Local.
OLD = {"email": "", "sms": "", "push": "", "activity": "P2Y", "audit": "P2Y", "content": "P24M", "grace": "P7D"}
# Of what occurred this year by October, some would be gone in a week.
SHORTER = {"email": "P9M", "sms": "P9M", "activity": "P9M", "audit": "P9M", "content": "P9M"}


def apply_job(table: Any, durations: dict[str, str]) -> ApplyPolicyJob:
    return ApplyPolicyJob(
        table=table,
        holds=HoldEnforcer(table=table, policy=parse_policy(durations), clock=lambda: NOW),
        durations=durations,
        clock=lambda: NOW,
        # On a busy machine a step would end before its page does, and the next one would read that again.
        tick=lambda: 0.0,
        sleep=lambda _: None,
    )


def apply(table: Any, durations: dict[str, str]) -> ApplyProgress:
    while True:
        progress = apply_job(table, durations).step(ApplyRequest(1_000_000, 1))
        if progress.done:
            return progress


@pytest.mark.parametrize(
    ("count", "log", "more", "changed", "most"),
    [
        # As docs/operations.md says: read and write units for 1,000 entries, of which half of COUNT show the slope.
        (COUNT // 2, "activity", {}, ["activity"], (30, 1_005)),
        (COUNT // 2, "audit", {}, ["audit"], (60, 3_005)),
        (COUNT // 2, "sms", {}, ["sms"], (95, 3_005)),
        (COUNT // 2, "emails", {}, ["email"], (110, 3_005)),
        # These have to fill_records several pages of the table: content is looked up when it is not on its entry's.
        (COUNT, "emails", {"body": {"text": LETTER}}, ["content"], (230, 3_005)),
        (COUNT, "emails", {"body": {"text": LETTER}}, ["email", "content"], (230, 4_005)),
    ],
)
def test_units_of_applying_a_policy_by_entries(
    stack: Stack, count: int, log: str, more: dict[str, Any], changed: list[str], most: tuple[float, float]
) -> None:
    fill_records(stack, log, count, 10, **more)
    before = stack.items()
    meter = Meter(stack)
    durations = OLD | {name: SHORTER[name] for name in changed}
    progress = apply(meter.table, durations)
    units = meter.take(count)
    after = {(item["pk"]["S"], item["sk"]["S"]): item for item in stack.items()}
    different = [item for item in before if item != after[item["pk"]["S"], item["sk"]["S"]]]
    assert progress.items_restamped == len(different) >= count
    assert all(one <= most_of_it for one, most_of_it in zip(units, most, strict=True)), units


@pytest.mark.parametrize(
    ("log", "more", "of_preview", "of_apply"),
    [("audit", {}, 60, 60), ("emails", {"body": {"text": LETTER}}, 145, 230)],
)
def test_units_of_a_preview_and_of_an_apply_that_finds_nothing_to_do(
    stack: Stack, log: str, more: dict[str, Any], of_preview: float, of_apply: float
) -> None:
    fill_records(stack, log, COUNT, 10, **more)
    before = stack.items()
    meter = Meter(stack)
    preview = RetentionPreview(table=meter.table, durations=OLD, clock=lambda: NOW, tick=lambda: 0.0)
    found = preview.step(PreviewRequest(1, SHORTER))
    assert found.done
    assert sum(month.entries for month in found.months) > 0
    reads, writes = meter.take(COUNT)
    assert (reads <= of_preview, writes) == (True, 0), reads
    assert stack.items() == before
    assert apply(meter.table, OLD).items_restamped == 0
    reads, writes = meter.take(COUNT)
    # How far it is.
    assert (reads <= of_apply, writes * COUNT / 1_000) == (True, 1), reads
    assert [item for item in stack.items() if item["pk"]["S"] != "retention"] == before
