"""Lists of more than a page, and batches of keys of which DynamoDB reads a part: nothing is missing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.ses_stand_in import Ses
from tests.support.golden import files
from tests.support.golden.scenes import SCENES
from tests.support.golden.stage import Stage, staged

pytestmark = pytest.mark.slow

ACCESS = "/v1/orgs/riverside/access"


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr("daybook.storage.table.PAUSES", (0.0, 0.0, 0.0))
    yield from staged(monkeypatch)


def test_of_more_than_a_thousand_grants_all_are_listed_and_the_last_counts(stage: Stage) -> None:
    names = [f"member-{number:04}" for number in range(1_105)]
    items = [
        {"pk": {"S": "riverside/access"}, "sk": {"S": f"staff/{name}"}, "permissions": {"S": '["sms_log"]'}}
        for name in names
    ]
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        client("dynamodb").batch_write_item(RequestItems={TABLE: puts})
    pages = []

    def note(operation: str, arguments: dict[str, Any]) -> None:
        if operation == "Query":
            pages.append("ExclusiveStartKey" in arguments)

    with dynamodb_calls.listening(before=note):
        assert api.call("GET", ACCESS).body["staff"] == {name: ["sms_log"] for name in names}
    assert True in pages, "it was one page"
    last = {"org": "riverside", "username": names[-1], "name": "Last", "groups": [], "sub": "9"}
    assert api.call("GET", f"{ACCESS}/me", claims=last).body["permissions"] == ["sms_log"]
    assert api.read("sms", claims=last).status == 200


def one_item_a_page(operation: str, arguments: dict[str, Any]) -> None:
    """DynamoDB ends a page after 1 MB, whatever its limit is: here it does so after each item."""
    if operation in ("Query", "Scan"):
        arguments["Limit"] = 1


@pytest.mark.parametrize("name", files.names())
def test_a_list_is_whole_however_short_the_pages_of_dynamodb_are(stage: Stage, name: str) -> None:
    files.put(name)
    with dynamodb_calls.listening(before=one_item_a_page):
        for read in files.reads(name):
            # 201 usernames, all that is asked for at once, are far below 1 MB.
            if not read["request"].endswith("/audit/staff"):
                answered_as_recorded(read)


@pytest.mark.parametrize("name", SCENES)
def test_the_same_is_written_however_short_the_pages_of_dynamodb_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ses: Ses, name: str
) -> None:
    with dynamodb_calls.listening(before=one_item_a_page):
        SCENES[name](stage, monkeypatch, ses)
    written, golden = (files.comparable_items(found) for found in (files.written(name), files.items(name)))
    assert written.keys() == golden.keys()
    # How far a job is, and what it took, does depend on the pages.
    differing = {pk for pk, sk in golden if written[pk, sk] != golden[pk, sk]}
    assert differing <= {"erasing", "retention"}


def answered_as_recorded(read: dict[str, Any]) -> None:
    method, _, path = read["request"].partition(" ")
    more = {key: read[key] for key in ("body", "claims") if key in read}
    answer = api.call(method, path, **more, **read["query"])
    asked = (read["request"], read["query"])
    assert (asked, answer.status, answer.body) == (asked, read["status"], read["answer"])


class PartOfTheKeys:
    """DynamoDB reads about half of a batch of keys, and names the others: up to 16 MB are read at once."""

    def __init__(self) -> None:
        self.left: list[dict[str, Any]] = []
        self.repeated = 0

    def before(self, operation: str, arguments: dict[str, Any]) -> None:
        if operation == "BatchGetItem" and self.left:
            (request,) = arguments["RequestItems"].values()
            assert request["Keys"] == self.left, "what was read is read again"
            self.repeated += 1

    def after(self, operation: str, arguments: dict[str, Any], response: dict[str, Any]) -> None:
        if operation != "BatchGetItem":
            return
        ((table, request),) = arguments["RequestItems"].items()
        keys = request["Keys"]
        self.left = keys[(len(keys) + 1) // 2 :]
        if self.left:
            items = response["Responses"][table]
            read = [item for item in items if {name: item[name] for name in ("pk", "sk")} not in self.left]
            response["Responses"][table] = read
            response["UnprocessedKeys"] = {table: {**request, "Keys": self.left}}


@pytest.mark.parametrize("name", ["messages", "audit_entries", "address_states", "holds", "erasures_under_way"])
def test_what_was_left_of_a_batch_of_keys_is_read(stage: Stage, name: str) -> None:
    files.put(name)
    part = PartOfTheKeys()
    with dynamodb_calls.listening(part.before, part.after):
        for read in files.reads(name):
            answered_as_recorded(read)
    assert part.repeated or name in ("holds", "erasures_under_way"), "no batch was of several keys"


def test_keys_that_are_never_read_are_a_busy_store_and_no_empty_page(stage: Stage) -> None:
    files.put("messages")

    def nothing(operation: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        if operation != "BatchGetItem":
            return None
        return {"Responses": {TABLE: []}, "UnprocessedKeys": arguments["RequestItems"]}

    with dynamodb_calls.listening(before=nothing):
        answer = api.read("emails", sort="recipient")
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.body["code"] == "store_busy"
