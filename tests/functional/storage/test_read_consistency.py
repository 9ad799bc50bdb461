"""What is read of DynamoDB is strongly consistent, but for what is not on purpose: "readable after `created`"."""

from collections import defaultdict
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from daybook.api.routes import ROUTES
from daybook.storage.keys import register_keys

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import TTL, Context, change
from tests.support.functions.ses_stand_in import Ses
from tests.support.golden import files
from tests.support.golden.scenes import SCENES
from tests.support.golden.stage import Stage, forget_functions, staged

READS = {"Query", "BatchGetItem", "GetItem", "Scan", "ExecuteStatement"}
OTHERS = {"PutItem", "UpdateItem", "DeleteItem", "BatchExecuteStatement", "DescribeTable"}
GLOBAL_INDEXES = ("by_staff", "by_source", "by_org_status")

# Strongly consistent reads of a global index are impossible: DynamoDB refuses them. What is found there is checked.
STAFF, SOURCE, STATUS = (f"Query of {index}" for index in GLOBAL_INDEXES)

# At half the price. What is missing, being too new, is read again, strongly consistent.
BLOCKS, AUDIT_ENTRIES = "BatchGetItem of search blocks", "BatchGetItem of audit"

# As these. What is older than the index that named it is read again.
EMAILS, SMS, USERNAMES = "BatchGetItem of email", "BatchGetItem of sms", "BatchGetItem of usernames"

# The register follows the entries by the stream, and what heads a page is shown beside lists that are consistent.
REGISTER, REGISTERED = "Query of the register of records", "BatchGetItem of registered records"
HEADS = {REGISTERED, "Query of the table", "Query of by_activity"}

# A job through the whole table may see an item as it was a moment ago: each write has a condition, and what is written
# meanwhile is written by the new rules.
SCAN = "Scan of the table"

# By route or trigger, what it reads that is not strongly consistent. All others read nothing so.
EVENTUAL = {
    "GET /v1/orgs/{org}/records/{type}/{id}/emails": {EMAILS},
    "GET /v1/orgs/{org}/records/{type}/{id}/sms": {SMS},
    "GET /v1/orgs/{org}/records": {REGISTER, REGISTERED},
    "GET /v1/orgs/{org}/records/{type}/{id}": HEADS,
    "GET /v1/orgs/{org}/messages": {STATUS, EMAILS, SMS},
    # A report of many days needs no message of the last second.
    "GET /v1/orgs/{org}/messages/counts": {STATUS},
    "GET /v1/orgs/{org}/audit": {STAFF, SOURCE, BLOCKS, AUDIT_ENTRIES},
    "GET /v1/orgs/{org}/audit/staff": {USERNAMES},
    "GET /v1/orgs/{org}/audit/{entry}": {SOURCE},
    # Whether another org blocks the address; what is found is read again.
    "DELETE /v1/orgs/{org}/blacklist/{address}": {STATUS},
    "POST /v1/orgs/{org}/blacklist/reset": {STATUS},
    # What an export reads is what its list reads.
    "POST /v1/orgs/{org}/exports": {STAFF, SOURCE},
    "export": {STAFF},
    "feedback": {STATUS},
    # Merging segments: their blocks. Whether a record is known; what is new of one is read again.
    "index": {BLOCKS, REGISTERED},
    # What only the old segments know, since the indexes may be behind, is added from these.
    "reindex": {SOURCE, BLOCKS, SCAN, REGISTERED},
    # Which acts are by a person who is erased; and segments from which documents are taken.
    "retention": {STAFF, BLOCKS},
    "check": {SCAN},
    "apply": {SCAN},
    "preview": {SCAN},
}
TRIGGERS = {"export", "feedback", "index", "reindex", "retention", "check", "apply", "preview"}


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield from staged(monkeypatch)


class Calls:
    """Which reads the functions make, by route or trigger."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: str | None = None
        self.eventual: dict[str, set[str]] = defaultdict(set)
        self.labels: set[str] = set()
        made = api.function

        def function(name: str) -> Any:
            module = made(name)

            def handler(event: dict[str, Any], context: Any) -> Any:
                known = [event.get("routeKey"), *(trigger for trigger in TRIGGERS if trigger in event), name]
                self.asked = next(label for label in known if label)
                self.labels.add(self.asked)
                try:
                    return module.handler(event, context)
                finally:
                    self.asked = None

            return SimpleNamespace(**{**vars(module), "handler": handler})

        monkeypatch.setattr(api, "function", function)

    def note(self, operation: str, arguments: dict[str, Any]) -> None:
        assert operation in READS | OTHERS, f"is {operation} a read?"
        if self.asked is None or operation in OTHERS:
            return
        self.eventual[self.asked].update(
            f"{operation} of {what}" for what, is_consistent in reads(operation, arguments) if not is_consistent
        )


def reads(operation: str, arguments: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """What a call reads, and whether strongly consistent, which it is only where it says so."""
    if operation == "BatchGetItem":
        for request in arguments["RequestItems"].values():
            for key in request["Keys"]:
                yield kind(key), request.get("ConsistentRead", False)
    else:
        yield arguments.get("IndexName") or queried(arguments), arguments.get("ConsistentRead", False)


def queried(arguments: dict[str, Any]) -> str:
    """What of the table a query or scan reads."""
    values = arguments.get("ExpressionAttributeValues", {}).values()
    of_register = any(register_keys.kind_of(value.get("S", "")) is not None for value in values)
    return "the register of records" if of_register else "the table"


def kind(key: dict[str, dict[str, str]]) -> str:
    if "/-search/" in key["pk"]["S"]:
        return "search blocks"
    if register_keys.kind_of(key["pk"]["S"]) is not None:
        return "registered records"
    if key["pk"]["S"].endswith("/staff"):
        return "usernames"
    return key["sk"]["S"].partition("/")[0]


@pytest.mark.slow
def test_every_route_and_trigger_reads_strongly_consistent_but_on_purpose(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ses: Ses
) -> None:
    calls = Calls(monkeypatch)
    with dynamodb_calls.listening(before=calls.note):
        for scene in SCENES.values():
            forget_functions()
            stage.known = {}
            stage.at("2026-11-22T12:00:00Z")
            with monkeypatch.context() as patch:
                scene(stage, patch, ses)
            files.clear()
        forget_functions()
        for name in files.names():
            files.put(name)
            for read in files.reads(name):
                method, _, path = read["request"].partition(" ")
                more = {key: read[key] for key in ("body", "claims") if key in read}
                api.call(method, path, **more, **read["query"])
            files.clear()
        # Large segments, of which documents are taken, and which are replaced.
        files.put("search_segments")
        api.function("retention").handler({"Records": expired("search_segments")}, Context())
        files.clear()
        files.put("search_segments")
        for _ in range(3):
            api.function("index").handler({"reindex": "riverside"}, Context())
        api.call("GET", "/v1/openapi.json", claims=None)
        api.call("GET", "/v1/orgs", claims=api.PLATFORM)
        api.call("GET", "/v1/nothing")
        for call in ("validate", "reset"):
            body = {"address": "o/neil@mail.example"}
            assert api.call("POST", f"/v1/orgs/riverside/blacklist/{call}", body=body).status in (200, 202)
        api.function("retention").handler({"preview": {"segments": 1, "durations": {}}}, Context())
    assert calls.labels == set(ROUTES) | TRIGGERS, "a route or trigger of which it is not known what it reads"
    assert {label: found for label, found in calls.eventual.items() if found} == EVENTUAL


def is_eventual(operation: str, arguments: dict[str, Any]) -> bool:
    return operation == "BatchGetItem" and not any(consistent for _, consistent in reads(operation, arguments))


@pytest.mark.parametrize("name", ["messages", "audit_entries", "search_segments"])
def test_what_an_eventually_consistent_read_lacks_is_read_again(stage: Stage, name: str) -> None:
    files.put(name)
    lacking = 0

    def lag(operation: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal lacking
        lacking += is_eventual(operation, arguments)
        return {"Responses": {TABLE: []}, "UnprocessedKeys": {}} if is_eventual(operation, arguments) else None

    with dynamodb_calls.listening(before=lag):
        answers_as_recorded(name)
    assert lacking


def test_what_is_older_than_the_index_that_named_it_is_read_again(stage: Stage) -> None:
    files.put("messages")
    old = {"status": {"S": "queued"}, "status_key": {"S": "email/queued/x/y"}, "recipient_key": {"S": "email/x y/z"}}

    def lag(operation: str, arguments: dict[str, Any], response: dict[str, Any]) -> None:
        if is_eventual(operation, arguments):
            for item in response["Responses"][TABLE]:
                item.update({name: value for name, value in old.items() if name in item})

    with dynamodb_calls.listening(after=lag):
        answers_as_recorded("messages")


def answers_as_recorded(name: str) -> None:
    """All but an org's messages: these are read by an index that is eventually consistent itself."""
    for read in files.reads(name):
        method, _, path = read["request"].partition(" ")
        if not path.endswith("/messages"):
            answer = api.call(method, path, **read["query"])
            assert (read["request"], read["query"], answer.body) == (read["request"], read["query"], read["answer"])


def expired(name: str) -> list[dict[str, Any]]:
    """What the stream says once TTL has deleted a few audit entries of a golden file."""
    entries = [item for item in files.items(name) if "org_source" in item]
    return [change(item, userIdentity=TTL) for item in entries[::5]]
