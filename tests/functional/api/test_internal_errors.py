"""An error that nobody foresaw: the caller gets its id, the log its traceback, and neither gets what was posted."""

import json

import pytest
from daybook.core.errors import NotFoundError
from daybook.entries.ingest import Ingest

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
