"""Wrong requests as a developer sends them: `detail` alone says what to do, as many clients show nothing else."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import api

ORG = "/v1/orgs/riverside"
BOUND = "must be a day such as 2026-11-05, or a time with an offset such as 2026-11-05T15:00:00Z"
TIME = "must be a time with an offset, such as 2026-01-05T17:10:00-06:00"
SOURCES = "office_portal, staff_portal, customer_portal, mobile_app, check_in_kiosk, time_clock_kiosk, system, support"
NO_TIME_OF_DAY = "is no time of day: they go from 00:00:00 to 23:59:59"


@pytest.mark.parametrize(
    ("path", "query", "detail"),
    [
        ("/audit", "limit=5.5", "limit: must be a whole number from 1 to 200"),
        ("/audit", "limit=", "limit: must be a whole number from 1 to 200"),
        ("/audit", "limit=99999999999", "limit: must be a whole number from 1 to 200"),
        ("/audit", "limit=500", "limit: must be at most 200"),
        ("/holds", "limit=x", "limit: must be a whole number from 1 to 200"),
        ("/audit", "limit=0&order=up", "limit: must be at least 1 (and 1 more in `errors`)"),
        ("/audit", "limit=0&limit=1&order=up", "limit: given more than once: give it once (and 1 more in `errors`)"),
        ("/audit", "from=2026-02-30", f"from: {BOUND}; there is no day 2026-02-30"),
        ("/audit", "from=2026-01-05T17:10Z", f"from: {BOUND}; the seconds are missing"),
        ("/audit", "to=2026-01-05T17:10:00", f"to: {BOUND}; the offset is missing"),
        ("/audit", "to=2026-01-05T25:10:00Z", f"to: {BOUND}; 25:10:00 {NO_TIME_OF_DAY}"),
        ("/audit", "from=1/5/2026&to=now", f"from: {BOUND} (and 1 more in `errors`)"),
        ("/audit", "limit=0&from=2026-02-30&to=1/5/2026", "limit: must be at least 1 (and 2 more in `errors`)"),
        ("/holds", "=1", "a parameter without a name: unknown parameter: allowed are limit, cursor"),
        (
            "/holds",
            "limit=5&=&=",
            "a parameter without a name: given more than once: give it once (and 1 more in `errors`)",
        ),
        ("/audit", "staff=", "staff[0]: must have at least 1 character, or be left out"),
        ("/audit", "source=fax", f"source[0]: must be one of {SOURCES}"),
        ("/audit", "q=a&q=b", "q: given more than once: give it once"),
        (
            "/audit",
            "from=2026-02-02&to=2026-02-01",
            "from: 2026-02-02 is after `to`, which is 2026-02-01: swap them (and 1 more in `errors`)",
        ),
        (
            "/records/family/1/sms",
            "status=",
            (
                "status: unknown: an empty text; "
                "it is one of delivery, delivered, not_delivered, rejected, failed, undelivered"
            ),
        ),
        (
            "/records/family/1/activity",
            "status=sent",
            "status: unknown parameter: allowed are limit, cursor, sort, order, q, from, to",
        ),
        ("/records/family/1/sms", "sort=opened", "sort: must be one of date, recipient, status, sent"),
        ("/blacklist", "address=a@x.example&status=bounce", "status: goes without address"),
    ],
)
def test_a_query(path: str, query: str, detail: str) -> None:
    answer = api.sent(api.request("GET", f"{ORG}{path}") | {"rawQueryString": query})
    assert (answer.status, answer.body["detail"]) == (422, detail)
    first = answer.body["errors"][0]
    assert detail.startswith(f"{first['field']}: {first['message']}")


@pytest.mark.parametrize("cursor", ["", "x", "x" * 5000, "\u00e9", "null"])
@pytest.mark.parametrize("path", ["/audit", "/records/family/1/emails", "/holds", "/blacklist", "/messages?log=email"])
def test_a_cursor_that_was_not_given_out(path: str, cursor: str) -> None:
    path, _, query = path.partition("?")
    answer = api.sent(
        api.request("GET", f"{ORG}{path}") | {"rawQueryString": f"{query}&{urlencode({'cursor': cursor})}"}
    )
    assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("PUT", "/settings", {"name": 7, "zone": 1}, "zone: unknown field: did you mean time_zone? allowed are name, "),
        ("PUT", "/settings", {"name": " ", "time_zone": "Central"}, "name: blank, or with characters that cannot be"),
        ("PUT", "/settings", {"record_url": {"family": 5}}, "record_url.family: must be a text, not a whole number"),
        ("PUT", "/access", {"permissions": []}, "group: give either `group` or `staff`; here are none"),
        ("PUT", "/access/groups/a b", {"permissions": []}, "group: a path takes names of letters, digits and -._~@:+ "),
        ("PUT", "/access/groups/a", {"permissions": None}, "permissions: must be a list, not null"),
        ("PUT", "/holds/family/1", {"reason": 5, "reasons": 6}, "reasons: unknown field: did you mean reason? allowed"),
        ("PUT", "/holds/family/1", [], "the body: must be an object, not a list"),
        ("PUT", "/holds/family/1", '{"reason": 1e999}', "reason: has a number that is out of range: send it as a text"),
        ("POST", "/records/family/1/erase", {"reason": ""}, "reason: must have at least 1 character"),
        ("POST", "/blacklist/check", {"addresses": [5, "a", None]}, "addresses[0]: must be a text, not a whole number"),
        ("POST", "/blacklist/reset", {"email": "a@x.example"}, "email: unknown field: allowed are address, reason"),
        ("POST", "/blacklist/validate", {"address": "a..b@x.example"}, "address: An email address cannot have two per"),
        ("POST", "/entries", {"entries": {}}, "entries: must be a list, not an object"),
        ("POST", "/entries", {"entries": [{}], "dry": 1}, "dry: unknown field: allowed are entries"),
        ("POST", "/deliveries", {"events": []}, "events: must have at least 1 item"),
    ],
)  # fmt: skip
def test_a_body(method: str, path: str, body: Any, detail: str) -> None:
    claims = api.SERVICE if path in ("/entries", "/deliveries") else api.ADMIN
    answer = api.call(method, f"{ORG}{path}", claims=claims, body=body)
    assert answer.status == 422
    assert answer.body["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"reason": NaN}', "it has no NaN and no Infinity: send null (byte 11)"),
        ('{"reason": -Infinity}', "it has no NaN and no Infinity: send null (byte 12)"),
        ("{'reason': 'x'}", "names and texts stand in double quotes (byte 1)"),
        ('{"reason": "a\nb"}', "in a text, a line break or tab is an escape such as \\n (byte 13)"),
        ('{"reason": "a', "it ends before it is complete"),
        ("reason=x", "invalid character (byte 0)"),
        ('{"reason": "x",}', "trailing comma in object (byte 15)"),
        ('{"reason": "x"} {}', "trailing characters (byte 17)"),
        ('{"reason": -}', "invalid character (byte 12)"),
    ],
)
def test_a_body_that_is_no_json(body: str, detail: str) -> None:
    answer = api.call("PUT", f"{ORG}/holds/family/1", body=body)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert answer.body["detail"] == f"the body is not JSON: {detail}"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("q=%ff", "it has %FF; write each byte of a text in UTF-8 so, as in %C3%A9 for é"),
        ("q=caf%E9&limit=5", "it has %E9; write each byte of a text in UTF-8 so, as in %C3%A9 for é"),
        ("q=%C3%A9%20%C3", "it has %C3; write each byte of a text in UTF-8 so, as in %C3%A9 for é"),
        ("q=\ud83d", "it has half of a character; send both halves"),
    ],
)
def test_a_query_that_is_not_utf_8(query: str, detail: str) -> None:
    answer = api.sent(api.request("GET", f"{ORG}/audit") | {"rawQueryString": query})
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert answer.body["detail"] == f"the query string is not UTF-8: {detail}"


def test_a_body_that_is_not_utf_8() -> None:
    body = base64.b64encode(b'{"reason": "caf\xe9"}').decode()
    answer = api.sent(api.request("PUT", f"{ORG}/holds/family/1") | {"body": body, "isBase64Encoded": True})
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert answer.body["detail"] == "the body is not UTF-8: it has 0xE9 (byte 15); send JSON in UTF-8"


@pytest.mark.parametrize(
    ("entry", "detail"),
    [
        (api.activity(occurred_at="2026-01-05T17:10Z"), f"occurred_at: {TIME}; the seconds are missing"),
        (api.activity(occurred_at="2026-02-30T17:10:00Z"), f"occurred_at: {TIME}; there is no day 2026-02-30"),
        (api.activity(occurred_at="2026-01-05T25:00:00Z"), f"occurred_at: {TIME}; 25:00:00 {NO_TIME_OF_DAY}"),
        (api.activity(occurred_at="2026-01-05"), f"occurred_at: {TIME}; the time of day is missing"),
        (api.activity(occurred_at="1/5/2026 5:10 pm"), f"occurred_at: {TIME}"),
        (api.activity(occurred_at=1767633000), f"occurred_at: {TIME}"),
        (
            api.email(record="family/1", recipient=5, subject=None),
            (
                "record: must be an object, not a text; recipient: must be a text, not a whole number; "
                "subject: must be a text, not null"
            ),
        ),
        (
            api.activity(name="", ip=5, details=[1]),
            (
                "name: must have at least 1 character; ip: must be a text, not a whole number; "
                "details: must be a text or an object, not a list"
            ),
        ),
        ({"log": "audit"}, "member_name: required; username: required; source: required; action: required"),
        ({}, "log: required"),
        (5, "entry: must be an object, not a whole number"),
        ({"log": None}, "log: must be a text, not null"),
        ({"log": ["email"]}, "log: must be a text, not a list"),
        ({"log": {"email": 1}}, "log: must be a text, not an object"),
        ({"log": 5}, "log: must be a text, not a whole number"),
        ({"log": True}, "log: must be a text, not true or false"),
        ({"log": 1.5}, "log: must be a text, not a number"),
    ],
)
def test_an_entry(entry: Any, detail: str) -> None:
    (result,) = api.post(entry).body["results"]
    assert result["error"]["detail"] == detail


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ({}, "log: required; message_id: required; type: required; at: required"),
        (
            api.delivery(at="2026-01-05T17:10Z", bot="no"),
            f"at: {TIME}; the seconds are missing; bot: must be true or false",
        ),
        (api.delivery(log="sms", type="opened"), "type: must be one of sent, delayed, delivered, rejected, failed, "),
    ],
)
def test_a_delivery_event(event: Any, detail: str) -> None:
    (result,) = api.deliver(event).body["results"]
    assert result["error"]["detail"].startswith(detail)
