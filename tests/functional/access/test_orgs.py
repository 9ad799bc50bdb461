"""Orgs are made before they are used; what was not made is unknown to everybody, and nothing is written of it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from daybook.api.routes import DEFAULT, GET_OPENAPI, GET_ORGS, PUT_ORG, ROUTES
from daybook.handlers import wiring
from daybook.storage.keys import org_keys

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.stored import items

MADE: dict[str, Any] = {
    "name": "Northside Tennis",
    "time_zone": "Europe/Berlin",
    "record_url": {"family": "https://p.example/f/{id}"},
}
NEW = {"name": "Northside Tennis", "time_zone": "UTC", "record_url": {}}
ADMIN = {**api.ADMIN, "org": "northside"}


def put(org: str = "northside", claims: Any = api.PLATFORM, **body: Any) -> api.Answer:
    return api.call("PUT", f"/v1/orgs/{org}", claims=claims, body=body)


def get(path: str, claims: Any = api.PLATFORM, **query: Any) -> api.Answer:
    return api.call("GET", f"/v1/orgs{path}", claims=claims, **query)


def changes(org: str = "northside") -> list[dict[str, Any]]:
    """Those of the org's settings, oldest first."""
    claims = {**api.ADMIN, "org": org}
    return api.walk("audit", f"settings/{org}", org=org, claims=claims, order="asc")


def test_an_org_is_made_and_found_by_itself_and_in_the_list() -> None:
    answer = put(**MADE)
    assert (answer.status, answer.body) == (200, {"org": "northside", **MADE})
    assert get("/northside").body == {"org": "northside", **MADE}
    assert [org["org"] for org in get("").body["entries"]] == ["hilltop", "northside", "riverside"]
    assert get("").body["next"] is None
    (entry,) = changes()
    assert (entry["username"], entry["action"], entry["names"]) == ("platform", "created org", ["Northside Tennis"])
    assert entry["affected"][0]["after"] == MADE


def test_what_is_left_out_is_utc_and_no_links_and_later_stays_as_it_is() -> None:
    assert put(name="Northside Tennis").body == {"org": "northside", **NEW}
    put(**MADE)
    assert put(name="Northside").body == {"org": "northside", **MADE, "name": "Northside"}
    assert put(name="Northside", record_url={}).body["record_url"] == {}
    assert len(changes()) == 4


def test_the_same_again_changes_nothing_and_is_no_audit_entry() -> None:
    put(**MADE)
    before = items()
    assert put(**MADE).body == {"org": "northside", **MADE}
    assert items() == before


def test_staff_with_access_change_the_settings_and_every_caller_reads_them() -> None:
    put(**MADE)
    path, front = "/v1/orgs/northside/settings", {**api.STAFF, "org": "northside"}
    zone = {"time_zone": "America/Chicago"}
    assert api.call("PUT", path, claims=ADMIN, body=zone).body == {**MADE, **zone}
    assert api.call("PUT", path, claims=ADMIN, body={}).body == {**MADE, **zone}
    for claims in (front, api.SERVICE, api.OTHER_ADMIN):
        assert api.call("PUT", path, claims=claims, body={"name": "Ours"}).status == 403
    for claims in (front, ADMIN, api.SERVICE):
        assert api.call("GET", path, claims=claims).body == {**MADE, **zone}
    made, changed = changes()
    assert (changed["action"], changed["username"]) == ("changed settings", "ada")
    assert (changed["affected"][0]["before"], changed["affected"][0]["after"]) == (MADE, {**MADE, **zone})
    assert made["affected"][0]["change"] == "created"


def test_a_caller_is_told_who_they_are() -> None:
    put("eastside", **MADE)
    base, ada = "/v1/orgs/eastside/access", {**api.ADMIN, "org": "eastside"}
    granted = api.call("PUT", f"{base}/groups/desk", claims=ada, body={"permissions": ["erase", "sms_log"]})
    assert granted.status == 200
    ben = {**api.STAFF, "org": "eastside", "groups": ["desk", "Site admin"]}
    assert api.call("GET", f"{base}/me", claims=ben).body == {
        "name": "Ben Front",
        "username": "ben",
        "groups": ["Site admin", "desk"],
        "org": "Northside Tennis",
        "permissions": ["erase", "sms_log"],
    }


def test_a_service_is_told_its_client_id_and_the_name_of_the_org() -> None:
    """It has scopes in place of groups and permissions."""
    assert api.call("GET", "/v1/orgs/riverside/access/me", claims=api.SERVICE).body == {
        "name": "portal",
        "username": "portal",
        "groups": [],
        "org": api.call("GET", "/v1/orgs/riverside", claims=api.SERVICE).body["name"],
        "permissions": [],
    }


@pytest.mark.parametrize("groups", [["\ud83d", "desk"], "half \udc00 of it"])
def test_groups_with_half_of_a_character_are_none(groups: Any) -> None:
    claims = {**api.STAFF, "groups": groups}
    assert api.call("GET", "/v1/orgs/riverside/access/me", claims=claims).body["groups"] == []


UNKNOWN = ("northsid", "Riverside", "riverside2", "nobody@mail.example", "message", "a%2Fb", "x" * 65, "..", "ö")


@pytest.mark.parametrize("org", UNKNOWN)
def test_every_route_of_an_org_that_was_not_made_is_unknown_org_and_nothing_is_written(
    org: str, caplog: pytest.LogCaptureFixture
) -> None:
    for route in ROUTES.keys() - {DEFAULT, GET_OPENAPI, GET_ORGS, PUT_ORG}:
        method, path = route.split(" ")
        for name, value in {"org": org, "type": "family", "id": "1", "entry": "0" * 35}.items():
            path = path.replace(f"{{{name}}}", value)
        bodies = {"entries": {"entries": [api.push()]}, "deliveries": {"events": [api.delivery()]}}
        body = bodies.get(path.rpartition("/")[2], {})
        answer = api.call(method, path, claims=api.PLATFORM, body=None if method == "GET" else body)
        assert (answer.status, answer.body["code"]) == (404, "unknown_org"), route
        assert org[:64] in answer.body["detail"]
    assert items() == []
    orgs = {line.org for line in caplog.records}  # type: ignore[attr-defined]
    assert orgs == {None}, "it may be anything, an address too"


@pytest.mark.parametrize("claims", [{**api.ADMIN, "org": "northsid"}, {**api.STAFF, "org": "Riverside"}])
def test_staff_of_an_org_that_was_not_made_are_told_so(claims: dict[str, Any]) -> None:
    for path in ("access/me", "records/family/1/emails", "audit", "settings"):
        answer = api.call("GET", f"/v1/orgs/{claims['org']}/{path}", claims=claims)
        assert (answer.status, answer.body["code"]) == (404, "unknown_org")


def test_another_org_is_forbidden_whether_it_was_made_or_not() -> None:
    answers = [get(f"/{org}/audit", claims=api.ADMIN) for org in ("hilltop", "northside", "nobody@mail.example")]
    assert {answer.status for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("org", ["message", "event", "blacklist", "a b", ".hidden", "x" * 65, "nobody@mail.example"])
def test_what_no_org_may_be_called_is_refused_and_the_message_says_what_may_be(org: str) -> None:
    answer = put(org, name="Any")
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "org")
    assert "1 to 64 letters, digits or ._-" in answer.body["errors"][0]["message"]
    assert items() == []


def urls(url: str, record_type: str = "family") -> dict[str, Any]:
    return {"name": "Any", "record_url": {record_type: url}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "Two\nlines"}, "name"),
        ({"name": "Bell\u0007"}, "name"),
        ({"name": "x" * 257}, "name"),
        ({"name": None}, "name"),
        ({"name": "Any", "zone": "UTC"}, "zone"),
        ({"name": "Any", "record_url": "https://p.example/{id}"}, "record_url"),
        (urls("javascript:alert({id})"), "record_url.family"),
        (urls("data:text/html,{id}"), "record_url.family"),
        (urls("//p.example/{id}"), "record_url.family"),
        (urls("https:///{id}"), "record_url.family"),
        (urls("https://p.example/families"), "record_url.family"),
        (urls("https://{id}.example/"), "record_url.family"),
        (urls("https://p.example/{id}/{name}"), "record_url.family"),
        (urls('https://p.example/{id}" onclick="x'), "record_url.family"),
        (urls("https://[p.example/{id}"), "record_url.family"),
        (urls("https://portal.example@p.example/{id}"), "record_url.family"),
        (urls("https://kim:secret@p.example/{id}"), "record_url.family"),
        (urls("https://p.example:99999/{id}"), "record_url.family"),
        (urls("https://p.example:port/{id}"), "record_url.family"),
        (urls("https://p.example:0/{id}"), "record_url.family"),
        (urls("https://p.example/{id}" + "x" * 2048), "record_url.family"),
        (urls("https://p.example/{id}", "a family"), "record_url"),
        ({"name": "Any", "record_url": {f"kind{n}": "https://p.example/{id}" for n in range(21)}}, "record_url"),
    ],
)
def test_wrong_settings_are_refused_and_the_field_is_named(body: dict[str, Any], field: str) -> None:
    answer = api.call("PUT", "/v1/orgs/northside", claims=api.PLATFORM, body=json.dumps(body))
    assert answer.status == 422, answer.text
    assert answer.body["errors"][0]["field"] == field, answer.text
    assert items() == []


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080/f?id={id}#top", "https://p.example/gyms/families/{id}/log", "https://p.example/@{id}"],
)
def test_links_to_records_are_of_the_web(url: str) -> None:
    assert put(**urls(url)).body["record_url"] == {"family": url}


@pytest.mark.parametrize(
    "zone",
    [
        "", "Mars/Olympus", "../etc/passwd", "America", "x" * 65, "\u0000", None, "localtime", "right/Europe/Berlin",
        "posix/UTC", "Factory", "asia/kathmandu",
    ],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused(zone: Any) -> None:
    answer = api.call("PUT", "/v1/orgs/riverside/settings", body=json.dumps({"time_zone": zone}))
    assert answer.status == 422, answer.text


def test_the_list_is_read_page_by_page() -> None:
    names = [f"club-{number:03}" for number in range(5)]
    for name in names:
        put(name, name=name)
    found, cursor = [], None
    while True:
        page = get("", limit=2, **({"cursor": cursor} if cursor else {})).body
        found += [org["org"] for org in page["entries"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [*names, "hilltop", "riverside"]
    assert get("", limit=201).status == 422
    assert get("", cursor="x").body["code"] == "invalid_cursor"


@pytest.mark.parametrize("claims", [api.ADMIN, api.STAFF, {**api.ADMIN, "org": "northside"}])
def test_orgs_are_for_services_alone(claims: dict[str, Any]) -> None:
    assert [get("", claims).status, get("/riverside", claims).status, put("riverside", claims).status] == [403] * 3


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The functions are made anew, with a timer that a test sets."""
    timer = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(wiring, "time", SimpleNamespace(monotonic=lambda: timer.now))
    for name in ("ingest", "query"):
        api.factory(name).cache_clear()
    yield timer
    for name in ("ingest", "query"):
        api.factory(name).cache_clear()


def test_an_org_that_was_found_is_not_read_again_for_a_minute_and_a_missing_one_each_time(seconds: Any) -> None:
    reads: list[Any] = []

    def note(operation: str, arguments: dict[str, Any]) -> None:
        keys = arguments.get("RequestItems", {}).get(TABLE, {}).get("Keys", [])
        reads.extend(each for each in keys if each["pk"] == {"S": org_keys.ORGS})

    with dynamodb_calls.listening(before=note):
        for _ in range(3):
            api.posted(api.push())
            seconds.now += 19.9
        assert len(reads) == 1, "once on a cold function, not at all on a warm one"
        seconds.now += 0.4
        api.posted(api.push())
        assert len(reads) == 2
        assert [api.post(api.push(), org="northside").status for _ in range(2)] == [404, 404]
        assert len(reads) == 4
    put(name="Northside Tennis")
    assert api.post(api.push(), org="northside").status == 201, "at once"
