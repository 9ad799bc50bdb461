"""Batches of PartiQL on DynamoDB Local with each fault: nothing is lost, and nothing doubled."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.storage.content_store import ContentStore
from daybook.storage.models.entries import AuditItem

from tests.support import api
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.faults import sampling
from tests.support.faults.aws_calls import AwsCalls
from tests.support.faults.sampling import Cell
from tests.support.faults.stores import Canonical

pytestmark = [pytest.mark.faults, pytest.mark.slow]

MOMENT = "2026-11-20T09:00:00.000Z"
Run = Callable[[Stack], Any]


def payloads(*entries: dict[str, Any]) -> list[bytes]:
    return [json.dumps({**entry, "occurred_at": MOMENT}).encode() for entry in entries]


EMAILS = payloads(*(api.email(message_id=f"m-{number}") for number in range(10)))
ACTIVITIES = payloads(*(api.activity(action=str(number), key=f"k-{number}") for number in range(30)))


def post(stack: Stack) -> list[str]:
    """The ids are known to the caller by the key of each entry."""
    return [result.status.replace("duplicate", "created") for result in stack.ingest().post("riverside", ACTIVITIES)]


def mailed(stack: Stack) -> None:
    stack.ingest().post("riverside", EMAILS)


def apply_feedback(stack: Stack) -> list[str]:
    """A bounce, and a delivery of each other message; some have no entry."""
    events = [
        RecipientEvent(
            log="email",
            message_id=f"m-{number}",
            recipient="smith@mail.example",
            event=DeliveryEvent(
                type="delivery" if number else "bounce",
                at=timestamps.instant(NOW - timedelta(hours=number)),
                kind=None if number else "Permanent",
            ),
        )
        for number in range(12)
    ]
    stack.reconciler().apply(events)
    return []


RECORDS = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}]
AUDITS = payloads(
    *(
        api.audit(
            action=str(number),
            username=f"user-{number}",
            key=f"k-{number}",
            affected=[{"record": record, "change": "updated", "name": "Smith"} for record in RECORDS],
        )
        for number in range(20)
    )
)


def audited(stack: Stack) -> None:
    stack.ingest().post("riverside", AUDITS)


def index(stack: Stack) -> list[str]:
    """The copies and the register of staff of all entries."""
    segment = stack.table.scan(0, 1, ())
    entries = [item for item in segment.items if isinstance(item, AuditItem)]
    assert len(entries) == len(AUDITS)
    RecordCopies(table=stack.table, bodies=ContentStore(objects=stack.objects)).write(entries)
    StaffRegister(table=stack.table, zone=lambda _: UTC).add(entries)
    return []


@dataclass
class Watched:
    """The stack's calls. `fresh` empties the table and lets `before` fill it."""

    stack: Stack
    calls: AwsCalls
    canonical: Canonical

    def fresh(self, before: Run) -> None:
        for item in self.stack.items():
            self.stack.uncounted("DeleteItem", Key={name: item[name] for name in ("pk", "sk")})
        before(self.stack)

    def state(self) -> list[str]:
        return self.canonical([json.dumps(item, sort_keys=True) for item in self.stack.items()])


@pytest.fixture
def watched(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Watched:
    calls = AwsCalls()
    client: Any = stack.connection.client
    send = client._endpoint.http_session.send
    client.meta.events.register_first(
        "before-send.dynamodb", lambda request, event_name, **_: calls.answer(event_name, request, send)
    )
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return Watched(stack, calls, Canonical(NOW))


def met(watched: Watched, run: Run, cell: Cell) -> list[str]:
    """What is wrong after a run with this fault, and another without it."""
    with watched.calls.watch(cell.fault, cell.call, cell.attempts):
        try:
            answer = run(watched.stack)
        except StoreBusyError:
            answer = None
    if watched.calls.attempts[cell.call] == 0:
        return ["the call was not made"]
    if answer is None and watched.calls.attempts[cell.call] > cell.attempts:
        return ["botocore has repeated it, and still"]
    if answer is None:
        run(watched.stack)
    return []


@pytest.mark.parametrize(("before", "run"), [(lambda _: None, post), (mailed, apply_feedback), (audited, index)])
def test_a_fault_in_a_batch_costs_nothing_and_doubles_nothing(
    watched: Watched, before: Run, run: Run, record_property: Any
) -> None:
    watched.fresh(before)
    with watched.calls.watch():
        run(watched.stack)
    calls, expected = list(watched.calls.noted), watched.state()
    assert any(call.operation == "BatchExecuteStatement" for call in calls)
    cells = sampling.cells_of(calls)
    tried = sampling.chosen(run.__name__, cells)
    wrong = {}
    for cell in tried:
        watched.fresh(before)
        found = met(watched, run, cell) or sorted(set(watched.state()) ^ set(expected))
        if found:
            wrong[str(cell)] = found
    record_property(sampling.PROPERTY, (len(tried), len(cells)))
    assert not wrong, f"SEED={sampling.seed()}: {wrong}"
