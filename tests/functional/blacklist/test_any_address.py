"""The calls that take an address of any spelling, and what a path says of one that it cannot hold."""

import json
from datetime import datetime
from typing import Any

import pytest
from daybook_cli.feedback.ses_events import Mail, ses_event

from tests.support import api
from tests.support.functions import triggers
from tests.support.functions.blacklist import (
    COMPLAINT,
    HARD,
    JANE,
    ORG,
    READER,
    audit,
    check,
    hear,
    one,
    queued,
    reset,
    validate,
)
from tests.support.functions.events import Context
from tests.support.functions.ses_stand_in import Ses

pytestmark = pytest.mark.usefixtures("ses")

SENT_AT = datetime.fromisoformat("2026-11-19T08:30:00Z")
# What RFC 5322 allows in an address, and a path does not hold: API Gateway unescapes it before it routes.
UNUSUAL = ["o/neil@post.example", "100%@post.example", "a%2fb@post.example", "/x@post.example", "what?#@post.example"]


def post(call: str, body: Any, **how: Any) -> api.Answer:
    return api.call("POST", f"{ORG}/blacklist/{call}", body=body, **how)


def listed(address: str | None = None, **how: Any) -> api.Answer:
    query: dict[str, Any] = {} if address is None else {"address": address}
    return api.call("GET", f"{ORG}/blacklist", **query, **how)


def reset_any(address: str, **fields: Any) -> api.Answer:
    return post("reset", {"address": address, **fields})


def validate_any(address: str) -> api.Answer:
    return post("validate", {"address": address})


def bounce(address: str, message_id: str) -> None:
    """Post an e-mail to the address, and let SES say that it bounced."""
    api.posted(api.email(recipient=address, message_id=message_id, occurred_at=SENT_AT.isoformat()))
    triggers.feedback(json.dumps(ses_event("bounce", Mail(message_id, (address,), SENT_AT), SENT_AT)))


@pytest.mark.parametrize("address", UNUSUAL)
def test_an_address_of_any_spelling_is_looked_at_verified_and_reset_under_its_own_name(address: str, ses: Ses) -> None:
    bounce(address, "m-1")
    bounce(JANE, "m-2")
    assert [entry["address"] for entry in listed().body["entries"]] == sorted([address, JANE])
    found = listed(address)
    assert [entry["address"] for entry in found.body["entries"]] == [address]
    assert (found.status, found.body["next"]) == (200, None)
    asked = validate_any(address)
    assert (asked.status, asked.body["address"], asked.body["status"]) == (202, address, "validate")
    assert [json.loads(body)["validation"]["address"] for body in queued()] == [address]
    assert check(address, JANE) == {address: "validate", JANE: "bounce"}
    ses.suppressed = {address, JANE}
    taken_off = reset_any(address, reason="she has a new provider")
    assert (taken_off.status, taken_off.body["address"]) == (200, address)
    assert (check(address, JANE), ses.suppressed) == ({JANE: "bounce"}, {JANE})
    assert listed(address).body == {"entries": [], "next": None, "prev": None}
    assert audit("family/1")[0]["affected"][0]["details"]["reason"] == "she has a new provider"
    assert reset_any(address).status == 404


@pytest.mark.parametrize(
    "spelling",
    [
        "Kim <K.Lee@Post.example>",
        "k.lee@POST.example",
        '"Lee, Kim" <k.lee@post.example>',
        "'k.lee@post.example'",
        "mailto:K.Lee@post.example",
        "rfc822;k.lee@post.example",
        "k.lee@post.example.",
        '"k.lee"@post.example',
    ],
)
def test_any_spelling_of_an_address_finds_it(spelling: str) -> None:
    hear("k.lee@post.example", HARD)
    assert [entry["address"] for entry in listed(spelling).body["entries"]] == ["k.lee@post.example"]
    assert one(spelling).body["address"] == "k.lee@post.example"
    assert check(spelling) == {spelling: "bounce"}
    assert validate_any(spelling).body["address"] == "k.lee@post.example"
    assert reset_any(spelling).body["address"] == "k.lee@post.example"


def test_a_quoted_blank_is_part_of_the_name() -> None:
    hear('"kim lee"@post.example', HARD)
    hear("kimlee@post.example", COMPLAINT)
    assert listed('"kim lee"@post.example').body["entries"][0]["status"] == "bounce"
    assert reset_any('"kim lee"@post.example').body["address"] == '"kim lee"@post.example'
    assert check("kimlee@post.example") == {"kimlee@post.example": "complaint"}


@pytest.mark.parametrize(
    ("sent", "another"),
    [
        ("kim school@post.example", "kimschool@post.example"),
        (" kim@post.example", "kim@post.example"),
        ("kim@post.example ", "kim@post.example"),
        ("Kim <kim school@post.example>", "kimschool@post.example"),
        ("kim@post.example, lee@post.example", "kim@post.example"),
        ("Lee, Kim <kim@post.example>", "kim@post.example"),
        ("<kim@post.example> <lee@post.example>", "kim@post.example"),
        ("kim@post.example (Kim)", "kim@post.example"),
    ],
)
def test_what_names_no_one_mailbox_finds_nobody_elses(sent: str, another: str) -> None:
    hear(another, HARD)
    answer = listed(sent)
    assert (answer.status, answer.body["errors"][0]["field"], "%2B" in answer.text) == (422, "address", True)
    # What is no address is nobody's: it is looked up as it is, or refused.
    assert {call(sent).status for call in (reset_any, one, reset)} <= {404, 422}
    assert {call(sent).status for call in (validate_any, validate)} == {422}
    assert check(another) == {another: "bounce"}
    assert queued() == []


def test_a_plus_in_a_query_string_is_a_blank() -> None:
    hear("kim+school@post.example", HARD)
    # As `urlencode` writes it: %2B.
    assert listed("kim+school@post.example").body["entries"][0]["address"] == "kim+school@post.example"


@pytest.mark.parametrize("others", [{"cursor": "x"}, {"status": "bounce"}, {"cursor": "x", "status": "invalid"}])
def test_an_address_goes_without_cursor_and_status(others: dict[str, str]) -> None:
    hear(JANE, HARD)
    answer = listed(JANE, **others)
    assert (answer.status, {error["field"] for error in answer.body["errors"]}) == (422, set(others))
    assert listed(JANE, limit=1).status == 200


@pytest.mark.parametrize("address", ["", "a" * 1001])
def test_an_address_has_1_to_1000_characters(address: str) -> None:
    answers = [listed(address), reset_any(address), validate_any(address)]
    assert [(answer.status, answer.body["errors"][0]["field"]) for answer in answers] == [(422, "address")] * 3


@pytest.mark.parametrize("address", ["\0", "\ud800@post.example", "é" * 1000, "\U0001f600" * 1000, "nobody", "@", "."])
def test_what_nobody_could_be_written_to_at_is_not_on_it(address: str) -> None:
    # `urlencode` cannot write half a surrogate pair.
    if address.isprintable():
        assert listed(address).body == {"entries": [], "next": None, "prev": None}
    assert reset_any(address).status in (400, 404, 422)
    assert validate_any(address).status in (400, 422)
    assert check(JANE) == {}


@pytest.mark.parametrize(
    "body", [{}, {"address": 1}, {"address": JANE, "more": 1}, {"address": [JANE]}, {"address": None}]
)
def test_another_body_is_refused(body: Any) -> None:
    hear(JANE, HARD)
    assert [post("reset", body).status, post("validate", body).status] == [422, 422]
    assert check(JANE) == {JANE: "bounce"}


@pytest.mark.parametrize("body", [None, "", "{"])
def test_no_body_is_malformed(body: Any) -> None:
    assert [post("reset", body).status, post("validate", body).status] == [400, 400]


def test_the_address_is_given_once() -> None:
    event = api.request("GET", f"{ORG}/blacklist")
    event["rawQueryString"] = "address=a%40x.example&address=b%40x.example"
    answer = api.function("query").handler(event, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["errors"][0]["message"]) == (
        422,
        "given more than once: give it once",
    )


@pytest.mark.parametrize(
    "address", ["100%25@post.example", "a%2fb@post.example", "%@post.example", "50%41@post.example"]
)
def test_a_path_with_a_percent_sign_names_the_call_to_use(address: str) -> None:
    hear(address, HARD)
    calls = [(one, "GET /blacklist?address="), (reset, "POST /blacklist/reset"), (validate, "POST /blacklist/validate")]
    for call, to_use in calls:
        answer = call(address)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")
        assert to_use in answer.body["errors"][0]["message"]
    assert check(address) == {address: "bounce"}
    assert queued() == []


@pytest.mark.parametrize(
    ("method", "path", "field", "calls"),
    [
        ("GET", "blacklist/o/neil@post.example", "address", ["GET /blacklist?address="]),
        ("DELETE", "blacklist/o/neil@post.example", "address", ["POST /blacklist/reset"]),
        ("POST", "blacklist/o/neil@post.example/validate", "address", ["POST /blacklist/validate"]),
        ("DELETE", "blacklist//x@post.example", "address", ["POST /blacklist/reset"]),
        ("DELETE", "blacklist/x@post.example/", "address", ["POST /blacklist/reset"]),
        ("PUT", "access/groups/Front/Desk", "group", ["PUT /access", '"group"']),
        ("PUT", "access/groups//front-desk", "group", ["PUT /access", '"group"']),
        ("PUT", "access/staff/CORP/jane", "username", ["PUT /access", '"staff"']),
    ],
)
def test_a_path_with_a_slash_in_the_name_reaches_no_route_and_names_the_call_to_use(
    method: str, path: str, field: str, calls: list[str]
) -> None:
    answer = api.call(method, f"{ORG}/{path}", body={"permissions": ["audit_log"]})
    assert (answer.status, answer.body["code"], answer.body["errors"][0]["field"]) == (422, "invalid_request", field)
    assert all(call in answer.body["errors"][0]["message"] for call in calls)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "blacklist/", 404),
        ("GET", "access/groups", 404),
        ("PUT", "access/groups/", 404),
        ("GET", "access/a/b/c", 404),
        ("GET", "records/family/1/blacklist/x", 404),
        ("PUT", "blacklist/x@post.example", 405),
        ("GET", "blacklist/x@post.example/validate", 405),
        ("GET", "access/groups/front_desk", 405),
    ],
)
def test_other_paths_are_404_or_405_as_before(method: str, path: str, status: int) -> None:
    assert api.call(method, f"{ORG}/{path}").status == status


def test_they_need_what_the_calls_with_a_path_need() -> None:
    hear(JANE, HARD)
    for claims in (api.STAFF, READER, api.OTHER_ADMIN):
        assert [post(call, {"address": JANE}, claims=claims).status for call in ("reset", "validate")] == [403, 403]
    assert listed(JANE, claims=api.STAFF).status == 403
    assert listed(JANE, claims=READER).body["entries"][0]["address"] == JANE
    assert check(JANE) == {JANE: "bounce"}


HALF = "j\ud83d@fam.example"
REPLACED = "j\ufffd@fam.example"


def test_half_of_a_character_is_found_as_it_was_posted_and_costs_no_other_its_answer() -> None:
    api.post(api.email(recipient=HALF, status="bounced"), api.email(recipient="ann@fam.example", status="bounced"))
    asked = {"addresses": [HALF, "a" * 1001, "ann@fam.example", "bob@fam.example"]}
    answer = api.call("POST", f"{ORG}/blacklist/check", claims=api.SERVICE, body=asked)
    assert answer.body == {"blocked": {REPLACED: "bounce", "ann@fam.example": "bounce"}}
    assert api.call("POST", f"{ORG}/blacklist/reset", body={"address": HALF}).body["address"] == REPLACED
    assert check(HALF, "ann@fam.example") == {"ann@fam.example": "bounce"}
