"""Bodies, names and parameters that no client of good will sends: a problem that says where, and nothing is stored."""

import json
from typing import Any

import pytest
from daybook.api.routes import ROUTES

from tests.support import api
from tests.support.functions.events import Context
from tests.support.functions.stored import items

ORG = "/v1/orgs/riverside"
DEEP = "[" * 3000 + "]" * 3000
DEEP_OBJECT = '{"a":' * 990 + "1" + "}" * 990
WIDE = "\U0001f600"

# Each call with a body, and what of it a fault can stand in.
BODIES = [
    ("PUT", ORG, api.PLATFORM, "name"),
    ("PUT", f"{ORG}/settings", api.ADMIN, "name"),
    ("PUT", f"{ORG}/access", api.ADMIN, "group"),
    ("PUT", f"{ORG}/access/groups/g", api.ADMIN, "permissions"),
    ("PUT", f"{ORG}/access/staff/u", api.ADMIN, "permissions"),
    ("PUT", f"{ORG}/holds/family/1", api.ADMIN, "reason"),
    ("POST", f"{ORG}/records/family/1/erase", api.ADMIN, "reason"),
    ("POST", f"{ORG}/exports", api.ADMIN, "query"),
    ("POST", f"{ORG}/blacklist/check", api.SERVICE, "addresses"),
    ("POST", f"{ORG}/blacklist/reset", api.ADMIN, "address"),
    ("POST", f"{ORG}/blacklist/validate", api.ADMIN, "address"),
    # A list of odd addresses is taken, and each of them rejected.
    ("PUT", f"{ORG}/blacklist", api.ADMIN, "address"),
    ("DELETE", f"{ORG}/blacklist/a@x.example", api.ADMIN, "reason"),
    # A list of odd entries is taken, and each of them rejected (below).
    ("POST", f"{ORG}/entries", api.SERVICE, "events"),
    ("POST", f"{ORG}/deliveries", api.SERVICE, "entries"),
]
VALUES = [DEEP, DEEP_OBJECT, "9" * 5000, "1e400", "NaN", "Infinity", "-" + "9" * 40, '"\\ud83d"', "[", "\x00", '""']


def is_a_problem(answer: api.Answer, *statuses: int) -> None:
    assert answer.status in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status != 422 or answer.body["errors"]


def test_every_call_with_a_body_is_tried() -> None:
    # Of the others the body is ignored, as they need none.
    bodiless = {
        "DELETE /v1/orgs/{org}/holds/{type}/{id}",
        "DELETE /v1/orgs/{org}/exports/{id}",
        "POST /v1/orgs/{org}/blacklist/{address}/validate",
    }
    changing = {route for route in ROUTES if route.split()[0] in ("PUT", "POST", "DELETE")} - bodiless
    assert len(BODIES) == len(changing)


@pytest.mark.parametrize(("method", "path", "claims", "field"), BODIES)
def test_a_body_that_cannot_be_read_says_where(method: str, path: str, claims: Any, field: str) -> None:
    for value in VALUES:
        if method == "DELETE" and value == '""':
            # As good as no reason.
            continue
        # Half of a character is U+FFFD in an address to reset, as in those of entries: it is not on the blacklist.
        is_replaced = path.endswith("/reset") and value == '"\\ud83d"'
        answer = api.call(method, path, claims=claims, body=f'{{"{field}": {value}}}')
        is_a_problem(answer, *([404] if is_replaced else [400, 422]))
        # As another field's, and as all of the body.
        is_a_problem(api.call(method, path, claims=claims, body=f'{{"other": {value}}}'), 400, 422)
        is_a_problem(api.call(method, path, claims=claims, body=value), 400, 422)
    assert items() == []


@pytest.mark.parametrize("value", ["9" * 5000, "1e400", DEEP, DEEP_OBJECT])
def test_what_cannot_be_read_in_details_costs_its_own_entry(value: str) -> None:
    entries = [json.dumps(api.activity(details={"a": "VALUE"})).replace('"VALUE"', value), json.dumps(api.activity())]
    answer = api.call("POST", f"{ORG}/entries", claims=api.SERVICE, body=f'{{"entries": [{",".join(entries)}]}}')
    assert answer.status == 207, answer.text
    assert [result["status"] for result in answer.body["results"]] == ["rejected", "created"]
    assert len(api.read("activity").body["entries"]) == 1


@pytest.mark.parametrize("number", ["-" + "9" * 40, "9" * 1000, "1e308", "0." + "0" * 400 + "1"])
def test_a_number_that_can_be_read_is_read_back(number: str) -> None:
    body = json.dumps({"entries": [api.activity(details={"a": "VALUE"})]}).replace('"VALUE"', number)
    answer = api.call("POST", f"{ORG}/entries", claims=api.SERVICE, body=body)
    assert answer.status in (201, 207), answer.text
    shown = api.read("activity")
    assert (shown.status, len(shown.body["entries"])) == (200, 1 if answer.status == 201 else 0)


# In a query string as it comes: half of a character, and what is no UTF-8.
PARAMETERS = [
    ("records/family/1/emails", "q=\ud800", (400,)),
    ("records/family/1/emails", "q=%ED%A0%BD", (400,)),
    ("records/family/1/emails", "\ud800=1", (400,)),
    ("records/family/1/emails", "cursor=\ud800", (400,)),
    ("records/family/1/emails", "cursor=%00", (400,)),
    ("records/family/1/emails", f"cursor={'A' * 4096}", (400,)),
    ("records/family/1/emails", f"cursor={'A' * 4097}", (400,)),
    ("records/family/1/emails", "cursor=", (400,)),
    ("records/family/1/emails", "status=\ud800", (400,)),
    ("records/family/1/emails", "status=", (422,)),
    ("records/family/1/emails", "from=null", (422,)),
    ("records/family/1/timeline", "to=NULL", (422,)),
    ("records/family/1/activity", "to=0.5", (422,)),
    ("messages", "log=email&status=sent&from=1700000000", (422,)),
    ("audit", "from=-1", (422,)),
    ("records/family/1/emails", "limit=0", (422,)),
    ("records/family/1/emails", "limit=-1", (422,)),
    ("records/family/1/emails", "limit=201", (422,)),
    ("records/family/1/emails", "limit=1e9", (422,)),
    ("records/family/1/emails", "limit=NaN", (422,)),
    ("records/family/1/emails", f"limit={'9' * 5000}", (422,)),
    ("records/family/1/emails", "limit=%D9%A3", (422,)),
    ("records/family/1/emails", "from=2026-02-30T00:00:00Z", (422,)),
    ("records/family/1/blacklist", "cursor=AAAA", (400,)),
    ("audit", "staff=\ud800", (400,)),
    ("audit", "staff=", (422,)),
    ("audit", f"staff={WIDE * 257}", (422,)),
    ("audit", "source=\ud800", (400,)),
    ("audit", "source=", (422,)),
    ("audit", "q=\ud800", (400,)),
    ("audit", f"q={'a' * 1001}", (422,)),
    ("blacklist", "address=\ud800@x.example", (400,)),
    ("blacklist", f"address={WIDE * 1001}", (422,)),
    ("messages", "log=email&status=\ud800", (400,)),
]


@pytest.mark.parametrize(("path", "query", "statuses"), PARAMETERS)
def test_a_parameter_that_cannot_be_one(path: str, query: str, statuses: tuple[int, ...]) -> None:
    sent = api.request("GET", f"{ORG}/{path}") | {"rawQueryString": query}
    made = api.function(ROUTES[sent["routeKey"]]).handler(sent, Context())
    is_a_problem(api.Answer(made["statusCode"], json.loads(made["body"]), made["headers"], made["body"]), *statuses)


@pytest.mark.parametrize("query", [f"staff={WIDE * 256}", "staff=%00", f"q={'%00' * 1000}", f"q={'-' * 1000}"])
def test_a_parameter_of_any_text_finds_nothing(query: str) -> None:
    sent = api.request("GET", f"{ORG}/audit") | {"rawQueryString": query}
    made = api.function("query").handler(sent, Context())
    assert (made["statusCode"], json.loads(made["body"])["entries"]) == (200, [])


ODD_ADDRESSES = ["\ud800", "\ud800@x.example", "\0", "\0@x.example", " ", "é" * 1000, WIDE * 1000, "<>", "a@\ud800"]


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_cannot_be_one(address: str, ses: object) -> None:
    named = {"org": "riverside", "address": address}
    for route, statuses in (
        ("GET /v1/orgs/{org}/blacklist/{address}", (404, 422)),
        ("DELETE /v1/orgs/{org}/blacklist/{address}", (404, 422)),
        ("POST /v1/orgs/{org}/blacklist/{address}/validate", (422,)),
    ):
        made = api.function(ROUTES[route]).handler(api.event(route, "/", named, "", None, api.ADMIN), Context())
        is_a_problem(api.Answer(made["statusCode"], json.loads(made["body"]), made["headers"], made["body"]), *statuses)
    for call, name in (("reset", (404, 422)), ("validate", (422,))):
        is_a_problem(api.call("POST", f"{ORG}/blacklist/{call}", body={"address": address}), *name)
    assert items() == []


@pytest.mark.parametrize("name", ["\ud800", "\0", "", "a" * 257, WIDE * 251, "/", " ", "."])
def test_a_name_that_a_path_cannot_hold(name: str) -> None:
    for route in ("PUT /v1/orgs/{org}/access/groups/{group}", "PUT /v1/orgs/{org}/access/staff/{username}"):
        named = {"org": "riverside", "group": name, "username": name}
        sent = api.event(route, "/", named, "", '{"permissions": ["sms_log"]}', api.ADMIN)
        made = api.function("manage").handler(sent, Context())
        is_a_problem(api.Answer(made["statusCode"], json.loads(made["body"]), made["headers"], made["body"]), 422)
    assert items() == []
