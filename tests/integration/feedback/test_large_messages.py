"""A message with as many entries as one may have, on DynamoDB Local: what its events and its posts cost."""

import json
import time
from typing import Any

import pytest
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import MAX_ENTRIES_OF_MESSAGE

from tests.support import api
from tests.support.dynamodb.metered import RequestMeter
from tests.support.dynamodb.service_stack import Stack
from tests.support.memory.table import MemoryTable

pytestmark = pytest.mark.slow

MESSAGE = "0100018f0000000001-6c1d7b2a-4f4e-4f5c-9d2e-2b7c7f3b7a11-000000"
SENT = "2026-11-22T11:00:00.048Z"


def email(number: int) -> bytes:
    made = api.email(
        recipient=f"parent{number}@mail.example", message_id=MESSAGE, status="sent", occurred_at=SENT,
        record={"type": "family", "id": str(number % 50)},
    )  # fmt: skip
    return json.dumps(made).encode()


@pytest.fixture
def full(stack: Stack) -> Stack:
    memory = MemoryTable()
    for start in range(0, MAX_ENTRIES_OF_MESSAGE, 100):
        results = stack.ingest(memory).post("riverside", [email(start + number) for number in range(100)])
        assert {result.status for result in results} == {"created"}
    stack.load(memory.stored.values())
    return stack


def apply(stack: Stack, recipient: str, of: str, **more: Any) -> tuple[int, float, float]:
    """Apply an event: the requests, the units and the seconds that it took."""
    event = DeliveryEvent(type=of, at="2026-11-22T11:00:01.509Z", **more)  # type: ignore[arg-type]
    meter, started = RequestMeter(stack), time.perf_counter()
    outcomes = stack.reconciler().apply(
        [RecipientEvent(log="email", message_id=MESSAGE, recipient=recipient, event=event)]
    )
    seconds = time.perf_counter() - started
    assert outcomes == ["applied"]
    return *meter.take(), seconds


def test_an_event_of_one_recipient_reads_and_writes_one_entry(full: Stack) -> None:
    requests, units, seconds = apply(full, "parent7@mail.example", "delivery")
    # The message's pointers, the entry, its update.
    assert requests == 3
    assert units < 60
    assert seconds < 2


def test_an_event_of_the_whole_message_is_done_well_before_the_function_ends(full: Stack) -> None:
    requests, units, seconds = apply(full, "", "reject")
    # Of each 100 entries one read and four writes. They are read once more, after the event was stored as pending.
    assert requests == 63
    assert units < 2200
    assert seconds < 14
    statuses = [item["status"]["S"] for item in full.items() if item["sk"]["S"].startswith("email/")]
    assert statuses == ["rejected"] * MAX_ENTRIES_OF_MESSAGE


def test_a_post_beyond_the_limit_is_rejected_at_once(full: Stack) -> None:
    before = full.items()
    meter, started = RequestMeter(full), time.perf_counter()
    (result,) = full.ingest().post("riverside", [email(MAX_ENTRIES_OF_MESSAGE)])
    requests, units = meter.take()
    assert result.status == "rejected"
    # Pointer, entry, the message's pointers, and both deletes.
    assert requests == 5
    assert units < 60
    assert time.perf_counter() - started < 2
    assert full.items() == before


def test_an_ordinary_post_pays_nothing_for_the_limit(stack: Stack) -> None:
    meter = RequestMeter(stack)
    entry = json.dumps(json.loads(email(1)) | {"message_id": "another"}).encode()
    stack.ingest().post("riverside", [entry])
    # Pointer 1, entry 5; and a read of the message.
    assert meter.take() == (3, 7)
    stack.ingest().post("riverside", [entry])
    # The pointer, the entry and the message.
    assert meter.take() == (3, 3)
