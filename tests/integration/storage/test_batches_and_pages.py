"""Partitions of more than one page, and batches of which DynamoDB does a part: on DynamoDB Local."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from daybook.core.errors import StoreBusyError
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.storage.table import RefusedError

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.dynamodb.service_stack import Stack

SENT = "2026-11-22T11:00:00.000Z"
SMITH = "smith@mail.example"

# Of a statement in a batch, as DynamoDB names them (BatchStatementError).
THROTTLED = ("ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError")
LOST_RACES = {"DuplicateItem", "ConditionalCheckFailed"}
REFUSED = ("ValidationError", "ItemCollectionSizeLimitExceeded", "AccessDenied", "ResourceNotFound", "NewlyInvented")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daybook.storage.table.PAUSES", (0.0, 0.0, 0.0))


def delivery(message_id: str) -> RecipientEvent:
    return RecipientEvent(
        log="email", message_id=message_id, recipient=SMITH, event=DeliveryEvent(type="delivery", at=SENT)
    )


def large_pointer(message_id: str, number: int) -> dict[str, Any]:
    """A pointer to an entry of another org, as large as no pointer is, before those of Riverside."""
    return {
        "pk": {"S": f"message/{message_id}"},
        "sk": {"S": f"hilltop/family/{number}/{'0' * 32}"},
        "entry": {"S": f"email/{SENT}/1k81i18g000000f891"},
        "note": {"S": "x" * 350_000},
    }


def post(stack: Stack, *entries: dict[str, Any]) -> list[tuple[str, Any]]:
    results = stack.ingest().post("riverside", [json.dumps(entry).encode() for entry in entries])
    return [(result.status, result.id) for result in results]


@pytest.mark.parametrize("messages", [["m-1"], ["m-1", "m-2"], ["m-1", "m-2", "m-3"]])
def test_an_entry_is_found_behind_a_megabyte_of_its_messages_partition(stack: Stack, messages: list[str]) -> None:
    post(stack, *(api.email(message_id=name, recipient=SMITH, occurred_at=SENT) for name in messages))
    for name in messages:
        for number in range(4):
            stack.load([large_pointer(name, number)])
    pages = []

    def note(operation: str, arguments: dict[str, Any]) -> None:
        if operation in ("Query", "ExecuteStatement"):
            assert arguments["ConsistentRead"] is True
            pages.append("ExclusiveStartKey" in arguments or "NextToken" in arguments)

    with dynamodb_calls.listening(before=note):
        outcomes = stack.reconciler().apply([delivery(name) for name in messages])
    assert outcomes == ["applied"] * len(messages)
    assert True in pages, "it was one page"
    entries = [item for item in stack.items() if item["sk"]["S"].startswith("email/")]
    assert [entry["status"]["S"] for entry in entries] == ["delivered"] * len(messages)


class PartOfABatch:
    """DynamoDB does not do some statements of a batch, and says why."""

    def __init__(self, code: str, fails: Callable[[int, int], bool]) -> None:
        self._code = code
        # By the number of the batch, and of the statement in it.
        self._fails = fails
        self._batch = -1
        self.sizes: list[int] = []
        self._failed: list[int] = []

    def before(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        if operation != "BatchExecuteStatement":
            return None
        self._batch += 1
        statements = arguments["Statements"]
        self.sizes.append(len(statements))
        self._failed = [number for number in range(len(statements)) if self._fails(self._batch, number)]
        kept = [statement for number, statement in enumerate(statements) if number not in self._failed]
        arguments["Statements"] = kept
        return None if kept else {"Responses": []}

    def after(self, operation: str, _: dict[str, Any], response: dict[str, Any]) -> None:
        if operation == "BatchExecuteStatement":
            for number in self._failed:
                response["Responses"].insert(number, {"Error": {"Code": self._code, "Message": "not done"}})


def fifteen(stack: Stack) -> list[tuple[str, Any]]:
    return post(stack, *(api.activity(key=f"k-{number}", occurred_at=SENT) for number in range(15)))


@pytest.mark.parametrize("code", THROTTLED)
def test_throttled_statements_of_a_batch_are_made_again_and_only_these(stack: Stack, code: str) -> None:
    batch = PartOfABatch(code, lambda number, place: number < 3 and place % 2 == 1)
    with dynamodb_calls.listening(batch.before, batch.after):
        results = fifteen(stack)
    assert [status for status, _ in results] == ["created"] * 15
    # Keys first, then entries: what was left of the keys is made again by itself.
    assert batch.sizes == [15, 7, 3, 1, 15]
    assert len(stack.items()) == 30


@pytest.mark.parametrize("code", THROTTLED)
def test_what_stays_throttled_is_not_acknowledged_and_is_completed_by_the_next_post(stack: Stack, code: str) -> None:
    batch = PartOfABatch(code, lambda _, place: place == 0)
    with dynamodb_calls.listening(batch.before, batch.after), pytest.raises(StoreBusyError):
        fifteen(stack)
    assert {status for status, _ in fifteen(stack)} == {"created"}
    assert {status for status, _ in fifteen(stack)} == {"duplicate"}
    assert len(stack.items()) == 30


@pytest.mark.parametrize("batch_number", [0, 1], ids=["of the keys", "of the entries"])
@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_statement_of_a_batch_is_not_taken_for_a_lost_race(
    stack: Stack, code: str, batch_number: int
) -> None:
    batch = PartOfABatch(code, lambda number, place: (number, place) == (batch_number, 3))
    with dynamodb_calls.listening(batch.before, batch.after), pytest.raises(RefusedError, match=code):
        fifteen(stack)
    # Nothing of it was acknowledged: posted again, all of it is there.
    assert len({entry_id for _, entry_id in fifteen(stack)}) == 15
    assert {status for status, _ in fifteen(stack)} == {"duplicate"}
    assert len(stack.items()) == 30


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
@pytest.mark.parametrize(
    "code",
    [
        "ValidationException", "ItemCollectionSizeLimitExceededException", "AccessDeniedException",
        "ResourceNotFoundException", "NewlyInventedException",
    ],
)  # fmt: skip
def test_a_refused_change_is_not_taken_for_a_lost_race(stack: Stack, code: str, operation: str) -> None:
    post(stack, api.email(message_id="m-1", recipient=SMITH, occurred_at=SENT))

    def refuse(called: str, _: dict[str, Any]) -> dict[str, Any] | None:
        return {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}} if called == operation else None

    changes: dict[str, Callable[[], Any]] = {
        "PutItem": lambda: post(stack, api.activity(key="k-1", occurred_at=SENT)),
        "UpdateItem": lambda: stack.reconciler().apply([delivery("m-1")]),
    }
    with dynamodb_calls.listening(before=refuse), pytest.raises((RefusedError, ClientError), match=code):
        changes[operation]()
    assert stack.reconciler().apply([delivery("m-1")]) == ["applied"]
    assert [status for status, _ in post(stack, api.activity(key="k-1", occurred_at=SENT))] == ["created"]


def test_the_codes_of_a_lost_race_are_dynamodbs(stack: Stack) -> None:
    """What DynamoDB answers to the second of two posts, in the statements of a batch."""
    codes: set[str] = set()

    def note(operation: str, arguments: dict[str, Any], response: dict[str, Any]) -> None:
        if operation == "BatchExecuteStatement":
            codes.update(each["Error"]["Code"] for each in response["Responses"] if "Error" in each)

    fifteen(stack)
    with dynamodb_calls.listening(after=note):
        assert {status for status, _ in fifteen(stack)} == {"duplicate"}
    assert codes
    assert codes <= LOST_RACES
