"""Whatever stands in a path: the very thing that it names, or 404 or 422, and never an error of ours."""

import json
from typing import Any

import pytest
from daybook.api.routes import DEFAULT, DELETE_EXPORT, GET_ERASURE, GET_EXPORT, GET_OPENAPI, ROUTES
from daybook.model.entries import Record

from tests.support import api
from tests.support.functions.blacklist import HARD, ORG, check, hear, one, reset
from tests.support.functions.events import Context
from tests.support.functions.stored import items

NAMED = {
    "org": "riverside",
    "type": "family",
    "id": "1",
    "entry": "0" * 35,
    "group": "g",
    "username": "u",
    "address": "a@x.example",
}
# Jobs have ids of this deployment's own.
OF_JOBS = (GET_ERASURE, GET_EXPORT, DELETE_EXPORT)
# What names nothing at all. API Gateway unescapes a path, and may hand on any text as a segment.
NO_NAMES = [
    ".", "..", "%2e%2e", "%", "%00", "\0", " ", "a b", "\t", "\n", "1\n", "é", "\U0001f600", "\ud800", "a/b", "?", "#",
    '"', "{id}", "1" * 2049, "\U0001f600" * 1025, "٣" * 17 + "0" * 18, "0" * 35 + "\n",
]  # fmt: skip
# What may be a record's id, but is no entry's and no erasure's.
NO_IDS = ["...", ";", "-", "null", "0" * 34, "0" * 36, "0" * 17 + "w" * 18, "9" * 17 + "v" * 18, "00000000-" + "0" * 26]
PLACES = [
    (route, name)
    for route in ROUTES
    if route not in (DEFAULT, GET_OPENAPI)
    for name in ("type", "id", "entry")
    if f"{{{name}}}" in route
]


def answer(route: str, claims: Any = api.ADMIN, **named: Any) -> tuple[int, str]:
    """Status and code of the route with these path parameters."""
    method, template = route.split(" ")
    parameters = {name: value for name, value in {**NAMED, **named}.items() if f"{{{name}}}" in template}
    body = json.dumps({"reason": "a claim"}) if method in ("PUT", "POST") else None
    sent = api.event(route, template.format(**parameters), parameters, "", body, claims)
    made = api.function(ROUTES[route]).handler(sent, Context())
    return made["statusCode"], json.loads(made["body"]).get("code", "")


def test_there_are_places_to_misspell() -> None:
    assert len(PLACES) > 20


@pytest.mark.parametrize(("route", "name"), PLACES)
def test_no_misspelt_name_finds_anything_or_is_an_error_of_ours(route: str, name: str) -> None:
    is_made_here = name == "entry" or route in OF_JOBS
    for segment in NO_NAMES + (NO_IDS if is_made_here else []):
        assert answer(route, **{name: segment})[0] in ((404,) if is_made_here else (404, 422)), segment
    assert items() == []


@pytest.mark.parametrize("route", [route for route in ROUTES if "{org}" in route])
def test_no_misspelt_org_is_an_error_of_ours(route: str) -> None:
    for segment in NO_NAMES:
        # What only staff may do, or a service with another scope, is 403; an org is made by a right body only.
        assert answer(route, api.PLATFORM, org=segment)[0] in (403, 404, 422), segment
        assert answer(route, org=segment)[0] == 403, segment
    assert items() == []


@pytest.mark.parametrize("record_id", [".", ".."])
@pytest.mark.parametrize("route", [route for route, name in PLACES if name == "id" and route not in OF_JOBS])
def test_a_step_in_a_path_is_no_record(route: str, record_id: str) -> None:
    assert answer(route, id=record_id) == (422, "invalid_request")


def test_an_address_that_a_record_from_before_has_written_to_is_still_known(ses: object) -> None:
    """Until these ids were refused, they were stored: with the cause of a block, for one."""
    hear("dots@x.example", HARD, record=Record("family", "."))
    assert one("dots@x.example").body["status"] == "bounce"
    hear("dots@x.example", HARD, record=Record("family", "2"), message_id="m-2")
    assert reset("dots@x.example").status == 200
    assert check("dots@x.example") == {}
    assert {item["pk"]["S"] for item in items() if item["pk"]["S"].endswith("/.")} == {"riverside/family/."}


def test_nothing_is_looked_up_under_anothers_name() -> None:
    """What is an entry of one record is none of another, however the path is written."""
    (entry,) = api.posted(api.email(record={"type": "family", "id": "8"}, message_id="m", body={"text": "Hello"}))
    for record in ("7", "8/..", "7/../8", "08", "8 ", "8\n"):
        path = f"{ORG}/records/family/{record}/emails/{entry}/content"
        assert api.call("GET", path).status in (404, 422), record
    assert api.read(f"emails/{entry}/content", "family/8").status == 200
