"""What is wrong with a request is told in words that say what to do."""

import json
from typing import Any

import pytest

from tests.support import api

ORG = "/v1/orgs/riverside"
TIME = "must be a time with an offset, such as 2026-01-05T17:10:00-06:00"
BOUND = "must be a day such as 2026-11-05, or a time with an offset such as 2026-11-05T15:00:00Z"


def faults(answer: api.Answer) -> list[tuple[str, str]]:
    assert (answer.status, answer.body["code"]) == (422, "invalid_request"), answer.text
    return [(fault["field"], fault["message"]) for fault in answer.body["errors"]]


@pytest.mark.parametrize(
    ("path", "query", "field", "says"),
    [
        ("/audit", "lmit=5", "lmit", "unknown parameter: did you mean limit? allowed are q, from, to, "),
        ("/audit", "colour=red", "colour", "unknown parameter: allowed are q, from, to, "),
        ("/audit", "limit=0", "limit", "must be at least 1"),
        ("/audit", "limit=201", "limit", "must be at most 200"),
        ("/audit", "limit=ten", "limit", "must be a whole number from 1 to 200"),
        ("/audit", "limit=1.5", "limit", "must be a whole number from 1 to 200"),
        ("/audit", "order=up", "order", "must be one of "),
        ("/audit", "source=fax", "source[0]", "must be one of office_portal, staff_portal, "),
        ("/audit", "from=yesterday", "from", BOUND),
        ("/audit", "from=2026-01-01T00:00:00", "from", BOUND),
        ("/audit", "limit=1&limit=2", "limit", "given more than once: give it once"),
        ("/audit", f"q={'a' * 1001}", "q", "must have at most 1,000 characters: shorten it"),
        ("/records/family/1/emails", "sort=colour", "sort", "must be one of date, recipient, status"),
        ("/records/a%20b/1/audit", "", "type", "not a type of record: a letter, then up to 63 letters"),
        ("/records/family/a%20b/audit", "", "id", "not an id: 1 to 128 letters, digits or"),
        ("/messages", "log=fax&status=sent", "log", "must be one of email, sms"),
        ("/messages", "status=sent", "log", "required"),
    ],
)
def test_a_parameter(path: str, query: str, field: str, says: str) -> None:
    event = api.request("GET", f"{ORG}{path}")
    event["pathParameters"] = {name: value.replace("%20", " ") for name, value in event["pathParameters"].items()}
    ((found, message),) = faults(api.sent(event | {"rawQueryString": query}))
    assert found == field
    assert message.startswith(says)


@pytest.mark.parametrize("path", ["/audit", "/records/family/900/activity", "/records/family/900/timeline"])
def test_bounds_the_wrong_way_round_name_both(path: str) -> None:
    answer = api.call("GET", f"{ORG}{path}", from_="2026-02-01T00:00:00Z", to="2026-01-01T00:00:00Z")
    assert [field for field, _ in faults(answer)] == ["from", "to"]
    assert all(message.endswith(": swap them") for _, message in faults(answer))
    assert "swap them" in answer.body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "says"),
    [
        ("PUT", "/access/groups/desk", {"permissions": ["everything"]}, "permissions[0]", "must be one of family_"),
        ("PUT", "/access", {"group": "desk", "permissions": "holds"}, "permissions", "must be a list, not a text"),
        ("PUT", "/access", {"grup": "desk", "permissions": []}, "grup", "unknown field: did you mean group?"),
        ("PUT", "/holds/family/1", {"reason": ""}, "reason", "must have at least 1 character"),
        ("PUT", "/holds/family/1", {}, "reason", "required"),
        ("PUT", "/holds/family/1", [], "", "must be an object, not a list"),
        ("PUT", "/settings", {"timeZone": "UTC"}, "timeZone", "unknown field: did you mean time_zone?"),
        ("POST", "/blacklist/check", {"addresses": ["a"] * 101}, "addresses", "must have at most 100 items: spread"),
        ("POST", "/blacklist/check", {"addresses": [7]}, "addresses[0]", "must be a text, not a whole number"),
        ("POST", "/entries", {"entries": []}, "entries", "must have at least 1 item"),
        ("POST", "/entries", {"entries": [1] * 101}, "entries", "must have at most 100 items: spread"),
        ("POST", "/entries", {"entry": []}, "entry", "unknown field: did you mean entries? allowed are entries"),
        ("POST", "/deliveries", {"events": {}}, "events", "must be a list, not an object"),
    ],
)  # fmt: skip
def test_a_body(method: str, path: str, body: Any, field: str, says: str) -> None:
    claims = api.SERVICE if path in ("/entries", "/deliveries") else api.ADMIN
    ((found, message),) = faults(api.call(method, f"{ORG}{path}", claims=claims, body=body))
    assert found == field
    assert message.startswith(says)


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"type": "lost"}, "type", "must be one of sent, delayed, delivered, opened"),
        ({"log": "fax"}, "log", "must be one of email, sms, push"),
        ({"at": "now"}, "at", TIME),
        ({"messageId": "m"}, "messageId", "unknown field: did you mean message_id?"),
        ({"bot": "yes"}, "bot", "must be true or false, not a text"),
        ({"recipient": "a" * 1001}, "recipient", "must have at most 1,000 characters: shorten it"),
    ],
)
def test_a_delivery_event(fields: dict[str, Any], field: str, says: str) -> None:
    (result,) = api.deliver(api.delivery(**fields)).body["results"]
    assert result["error"]["code"] == "invalid_delivery"
    (error,) = result["error"]["errors"]
    assert error["field"] == field
    assert error["message"].startswith(says)


def test_a_body_that_is_no_json_is_told_where() -> None:
    answer = api.call("PUT", f"{ORG}/holds/family/1", body='{"reason": "x",}')
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert "byte" in answer.body["detail"]
    assert "regex" not in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("body", "says"),
    [("", "empty: send a JSON object"), (" \n", "empty"), ("\ufeff{}", "byte order mark: send JSON in UTF-8 without")],
)
def test_a_body_without_json_is_told_what_to_send(body: str, says: str) -> None:
    answer = api.call("PUT", f"{ORG}/holds/family/1", body=body)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert says in answer.body["detail"]


def test_a_cursor_of_another_list_is_told_what_to_do() -> None:
    answer = api.call("GET", f"{ORG}/audit", cursor="x" * 40)
    assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")
    assert "begin at the first page" in answer.body["detail"]
