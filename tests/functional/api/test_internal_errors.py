"""An error that nobody foresaw: the caller gets its id, the log its traceback, and neither gets what was posted."""

import json
import random
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from daybook.access import callers
from daybook.access.grants import Grants
from daybook.access.orgs import Orgs
from daybook.api import gateway
from daybook.aws import clients, cloudwatch
from daybook.core.errors import NotFoundError
from daybook.entries.ingest import Ingest
from daybook.entries.record_log import RecordLogs
from daybook.storage.table import RefusedError, Table

from tests.support import api
from tests.support.functions.events import Context
from tests.support.functions.log_lines import NamedFunctions

SECRET = "jane@x.example"
POST = "POST /v1/orgs/{org}/entries"


class UnknownError(NotFoundError):
    """One that has no status."""


def failing(*_: object, **__: object) -> None:
    known: dict[str, str] = {}
    try:
        known[SECRET]
    except KeyError as error:
        raise ValueError(f"{SECRET} is wrong") from error


def unknown(*_: object, **__: object) -> None:
    raise UnknownError(SECRET)


def refused(*_: object, **__: object) -> None:
    raise RefusedError(f"{SECRET} is over 400 KB")


def denied(*_: object, **__: object) -> None:
    error = {"Code": "AccessDenied", "Message": f"{SECRET} is forbidden"}
    raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject")  # type: ignore[typeddict-item]


def without_key(*_: object, **__: object) -> None:
    error = {"Code": "KMS.DisabledException", "Message": f"{SECRET} is disabled"}
    raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, "PutObject")  # type: ignore[typeddict-item]


def is_named_and_logged(named: NamedFunctions, kind: str) -> None:
    """The answer is a problem document with the request's id, under which the log has the error, and no text of it."""
    assert (named.answer["statusCode"], json.loads(named.answer["body"])["code"]) == (500, "internal_error")
    assert named.answer["headers"]["content-type"] == "application/problem+json"
    assert "request-1" in json.loads(named.answer["body"])["detail"]
    lines = named.lines()
    (failed,) = [line for line in lines if line["level"] == "ERROR"]
    assert (failed["exception_name"], failed["correlation_id"]) == (kind, "request-1")
    assert SECRET not in json.dumps([*lines, named.answer])


READ = api.request("GET", "/v1/orgs/riverside/records/family/1/emails", claims=api.STAFF)
# Whatever fails on the way of a request, from the first to the last thing that the function does.
PLACES: dict[str, tuple[object, str, Any]] = {
    "the first line of the log": (cloudwatch, "begin_invocation", failing),
    "the body": (gateway, "_body", failing),
    "the caller": (callers, "caller_of", failing),
    "the tenancy": (callers, "admit", failing),
    "the orgs": (Orgs, "require", failing),
    "the grants": (Grants, "with_permissions", failing),
    "the permission": (callers, "require", failing),
    "the query": (gateway, "read_query", failing),
    "the route": (RecordLogs, "page", failing),
    "the store": (Table, "query_values", refused),
    "the serialization": (gateway, "json", failing),
    "the last line of the log": (cloudwatch, "report", failing),
}


@pytest.mark.parametrize(("owner", "name", "failure"), PLACES.values(), ids=PLACES)
def test_wherever_a_request_fails_it_is_a_problem_that_names_it(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, failure: Any
) -> None:
    """Nothing of it is left to API Gateway, which would make a bare 502 of an error of the function."""
    api.call("PUT", "/v1/orgs/riverside/access", body={"group": "front_desk", "permissions": ["family_email_log"]})
    monkeypatch.setattr(owner, name, failure)
    named.invoke("query", READ, Context())
    is_named_and_logged(named, "RefusedError" if failure is refused else "ValueError")


@pytest.mark.parametrize("failure", [denied, without_key])
def test_what_s3_forbids_is_a_problem_and_no_busy_store(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch, failure: Any
) -> None:
    large = random.Random(1).randbytes(20_000).hex()
    body = json.dumps({"entries": [api.email(body={"text": large}, recipient=SECRET)]})
    (entry,) = api.posted(api.email(body={"text": large}, recipient=SECRET))
    s3 = SimpleNamespace(put_object=failure, get_object=failure)
    monkeypatch.setattr(clients, "client", lambda *_, **__: s3)
    named.invoke("ingest", api.event(POST, "/", {"org": "riverside"}, "", body, api.SERVICE), Context())
    is_named_and_logged(named, "ClientError")
    path = f"/v1/orgs/riverside/records/family/1/emails/{entry}/content"
    named.invoke("query", api.request("GET", path), Context())
    is_named_and_logged(named, "ClientError")


def test_an_event_that_lacks_what_api_gateway_sends_is_answered_all_the_same(named: NamedFunctions) -> None:
    without_id = {**READ, "requestContext": {"http": None}}
    for event, status in ((without_id, 401), ({**without_id, "requestContext": None}, 401), ({}, 500)):
        named.invoke("query", event, Context("invocation-2"))
        assert named.answer["statusCode"] == status
        assert named.answer["headers"]["content-type"] == "application/problem+json"
        (*_, answered) = named.lines()
        assert (answered["message"], answered["correlation_id"]) == ("answered", "invocation-2")


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": None}, {"jwt": {"claims": None}}, {"jwt": {"claims": {}}}])
def test_a_request_without_verified_claims_is_401(authorizer: Any) -> None:
    sent = {**READ, "requestContext": {**READ["requestContext"], "authorizer": authorizer}}
    assert api.function("query").handler(sent, Context())["statusCode"] == 401


@pytest.mark.parametrize("body", ["a", "eyJ=", "\ud83d", "e\0yJ9", "%%%%"])
def test_a_body_that_is_said_to_be_base64_and_is_not_is_400(body: str) -> None:
    sent = api.event(POST, "/", {"org": "riverside"}, "", body, api.SERVICE) | {"isBase64Encoded": True}
    answer = api.function("ingest").handler(sent, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed")


@pytest.mark.parametrize(("route", "kinds"), [(failing, ["KeyError", "ValueError"]), (unknown, ["UnknownError"])])
def test_an_unforeseen_error_is_a_problem_that_names_the_request(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch, route: object, kinds: list[str]
) -> None:
    monkeypatch.setattr(Ingest, "post", route)
    body = json.dumps({"entries": [api.email(recipient=SECRET)]})
    sent = api.event(POST, "/", {"org": "riverside"}, "", body, api.SERVICE)
    named.invoke("ingest", sent, Context())
    assert named.answer["statusCode"] == 500
    assert named.answer["headers"] == {"content-type": "application/problem+json", "cache-control": "no-store"}
    assert json.loads(named.answer["body"]) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal_error",
        "detail": "the request failed; its id in the log is request-1",
    }
    failed, answered = named.lines()
    assert (failed["message"], failed["level"], failed["exception_name"]) == ("request failed", "ERROR", kinds[-1])
    assert (answered["message"], answered["status"]) == ("answered", 500)
    assert {line["correlation_id"] for line in (failed, answered)} == {"request-1"}
    assert {line["function_request_id"] for line in (failed, answered)} == {Context().aws_request_id}
    # The frames from the edge to where it was raised, of the error and of the one before it, and no message.
    assert [kind for kind in kinds if f"{kind}\n" in failed["exception"]] == kinds
    assert "in _answer" in failed["exception"]
    assert f"in {route.__name__}" in failed["exception"]  # type: ignore[attr-defined]
    assert SECRET not in json.dumps([failed, answered, named.answer])
