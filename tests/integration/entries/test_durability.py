"""Races, crashes and throttles: one entry, complete, and nothing acknowledged that is not there."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from daybook.core.errors import StoreBusyError
from daybook.storage.models.item import Item
from daybook.storage.store import Change, Insert
from daybook.storage.table import PAUSES, Table

from tests.support import api
from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.service_stack import NOW, Stack, WatchedConnection

KEYED = {"key": "k", "occurred_at": "2026-05-01T00:00:00Z"}
LONG = " ".join(f"{number * 7919 % 1_000_003:x}" for number in range(9000))


def payload(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry).encode()


class Crash(BaseException):
    """The function is gone: nothing after it runs."""


class CrashingTable:
    """Crashes in the middle of the writes: before the item in place `before`, counted over all calls."""

    def __init__(self, table: Table, before: int) -> None:
        self._table = table
        self._left = before

    def insert(self, items: Sequence[Item]) -> list[bool]:
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        made = []
        for change in changes:
            if self._left == 0:
                raise Crash
            self._left -= 1
            made += self._table.write([change])
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def without_ids(items: list[dict[str, Any]]) -> list[set[str]]:
    """The attributes of each item: ids carry chance, so two runs differ in the keys made of them."""
    return sorted((set(item) for item in items), key=sorted)


@pytest.mark.parametrize("entry", [api.activity(**KEYED), api.email(message_id="m")])
def test_two_hundred_concurrent_posts_are_one_entry(stack: Stack, entry: dict[str, Any]) -> None:
    ingest = stack.ingest()
    with ThreadPoolExecutor(16) as pool:
        results = [result for (result,) in pool.map(lambda _: ingest.post("riverside", [payload(entry)]), range(200))]
    assert len({result.id for result in results}) == 1
    assert sorted(result.status for result in results) == ["created"] + ["duplicate"] * 199
    assert len(stack.items()) == 2


LATER = NOW.replace(year=2031)


@pytest.mark.parametrize("entry", [api.activity(**KEYED), api.audit(**KEYED)])
def test_concurrent_posts_of_what_has_expired_and_is_still_there_are_one_new_entry(
    stack: Stack, entry: dict[str, Any]
) -> None:
    (old,) = stack.ingest().post("riverside", [payload(entry)])
    again = stack.ingest(clock=lambda: LATER)
    with ThreadPoolExecutor(16) as pool:
        results = [result for (result,) in pool.map(lambda _: again.post("riverside", [payload(entry)]), range(100))]
    (new,) = {result.id for result in results}
    assert new != old.id
    assert sorted(result.status for result in results) == ["created"] + ["duplicate"] * 99
    assert len(stack.items()) == 3, "the key, and both entries"


def test_a_crash_while_what_has_expired_begins_anew_and_a_retry_leave_it_complete_and_once(stack: Stack) -> None:
    entry = payload(api.audit(affected=[{**api.audit()["affected"][0], "before": LONG[:9000]}], **KEYED))
    # The pointer that is there already, its change, the content and the entry.
    for before in range(4):
        org = f"org{before}"
        (old,) = stack.ingest().post(org, [entry])
        with pytest.raises(Crash):
            stack.ingest(CrashingTable(stack.table, before), lambda: LATER).post(org, [entry])
        results = [stack.ingest(clock=lambda: LATER).post(org, [entry])[0] for _ in range(2)]
        assert [result.status for result in results] == ["created", "duplicate"]
        assert old.id not in {result.id for result in results}
        mine = [item for item in stack.items() if item["pk"]["S"].startswith(f"{org}/")]
        assert len(mine) == 5, "the key, and both entries with their contents"


@pytest.mark.parametrize(
    "entry",
    [
        api.email(message_id="m", body={"text": "Hi"}, **KEYED),
        api.email(message_id="m", body={"text": LONG}),
        api.sms(message_id="m"),
        api.push(message_id="m", **KEYED),
        api.activity(**KEYED),
        api.audit(affected=[{**api.audit()["affected"][0], "before": LONG[:9000]}], **KEYED),
    ],
)
def test_a_crash_before_any_write_and_a_retry_leave_it_complete_and_once(
    stack: Stack, entry: dict[str, Any], table: LocalTable
) -> None:
    (whole,) = stack.ingest().post("hilltop", [payload(entry)])
    complete = stack.items()
    assert whole.status == "created"
    for before in range(len(complete)):
        org = f"org{before}"
        with pytest.raises(Crash):
            stack.ingest(CrashingTable(stack.table, before)).post(org, [payload(entry)])
        statuses = [stack.ingest().post(org, [payload(entry)])[0].status for _ in range(2)]
        assert statuses == ["created", "duplicate"]
        mine = [item for item in stack.items() if org in f"{item['pk']['S']}/{item['sk']['S']}".split("/")]
        assert without_ids(mine) == without_ids(complete)


def test_a_batch_that_crashed_half_way_is_completed_by_the_same_batch(stack: Stack) -> None:
    moment = "2026-05-01T00:00:00Z"
    batch = [payload(api.activity(action=str(place), key=f"k{place}", occurred_at=moment)) for place in range(30)]
    for before in (0, 7, 30, 47):
        with pytest.raises(Crash):
            stack.ingest(CrashingTable(stack.table, before)).post(f"org{before}", batch)
        stack.ingest().post(f"org{before}", batch)
        entries = [item for item in stack.items() if item["pk"]["S"].startswith(f"org{before}/") and "action" in item]
        assert [item["action"]["S"] for item in entries] == [str(place) for place in range(30)]


def test_a_call_that_our_client_sent_twice_is_still_created(stack: Stack) -> None:
    """The answer to the first was lost on the way: DynamoDB then says that the keys are taken, by ourselves."""

    class Stuttering(CrashingTable):
        def insert(self, items: Sequence[Item]) -> list[bool]:
            self._table.insert(items)
            return self._table.insert(items)

    results = stack.ingest(Stuttering(stack.table, -1)).post(
        "riverside", [payload(api.push()), payload(api.activity())]
    )
    assert [result.status for result in results] == ["created", "created"]
    assert len(stack.items()) == 2


def error(code: str) -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "slow down"}).encode()


@pytest.mark.parametrize(
    "answer",
    [
        (400, error("ProvisionedThroughputExceededException")),
        (400, error("ThrottlingException")),
        (400, error("RequestLimitExceeded")),
        (500, error("InternalServerError")),
        (503, b"<html>"),
        ReadTimeoutError(endpoint_url="http://dynamodb"),
    ],
)
@pytest.mark.parametrize("calls_before", [0, 1])
def test_a_store_that_throttles_acknowledges_nothing_and_a_retry_completes(
    stack: Stack, answer: tuple[int, bytes] | Exception, calls_before: int
) -> None:
    entry, left = payload(api.activity(**KEYED)), [calls_before, True]

    def spoil() -> tuple[int, bytes] | None:
        left[0] -= 1
        if not left[1] or left[0] >= 0:
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    stack.connection.spoil = spoil
    with pytest.raises(StoreBusyError):
        stack.ingest().post("riverside", [entry])
    left[1] = False
    assert [stack.ingest().post("riverside", [entry])[0].status for _ in range(2)] == ["created", "duplicate"]
    assert len(stack.items()) == 2


class ThrottlingConnection(WatchedConnection):
    """Answers for DynamoDB that a part of a batch was throttled, so many times."""

    def __init__(self, stack: Stack, times: int) -> None:
        super().__init__(region=stack.local.region, endpoint=stack.local.endpoint)
        self.times = times

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        call = super()._make_api_call
        if self.times == 0 or not operation_name.startswith("Batch"):
            return call(operation_name, operation_kwargs)
        self.times -= 1
        if operation_name == "BatchGetItem":
            ((table, request),) = operation_kwargs["RequestItems"].items()
            answer = call(operation_name, {"RequestItems": {table: request | {"Keys": request["Keys"][:1]}}})
            return answer | {"UnprocessedKeys": {table: request | {"Keys": request["Keys"][1:]}}}
        statements = operation_kwargs["Statements"]
        throttled = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        if len(statements) == 1:
            return {"Responses": [throttled]}
        responses = call(operation_name, {"Statements": statements[::2]})["Responses"]
        return {
            "Responses": [responses[place // 2] if place % 2 == 0 else throttled for place in range(len(statements))]
        }


def throttling(stack: Stack, times: int) -> Table:
    return Table(name=stack.local.name, connection=ThrottlingConnection(stack, times))


def test_statements_and_keys_that_were_throttled_are_tried_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    batch = [payload(api.activity(action=str(place))) for place in range(20)]
    results = stack.ingest(throttling(stack, 3)).post("riverside", batch)
    assert [result.status for result in results] == ["created"] * 20
    assert len(stack.items()) == 20
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in stack.items()[:4]]
    assert set(throttling(stack, 3).get(Item, keys)) == set(keys)
    assert pauses == [*PAUSES, *PAUSES]


def test_after_the_last_try_nothing_is_acknowledged(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    table = throttling(stack, 99)
    with pytest.raises(StoreBusyError):
        stack.ingest(table).post("riverside", [payload(api.activity(**KEYED)), payload(api.push())])
    with pytest.raises(StoreBusyError):
        table.get(Item, [(str(number), "x") for number in range(9)])
    assert pauses == [*PAUSES, *PAUSES]
