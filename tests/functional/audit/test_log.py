"""The audit log of the whole org: its list, and one entry of it."""

import itertools
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions import stored
from tests.support.functions.events import Context

BASE = "/v1/orgs/riverside/audit"
SOURCES = ["office_portal", "customer_portal", "system"]
USERNAMES = ["ada", "ben", "cleo@mail.example", "D'Arcy/x"]
EXPIRED = 1_700_000_000


@pytest.fixture(autouse=True)
def cold() -> None:
    api.function("query").gateway.cache_clear()


def audit(claims: Any = api.ADMIN, **query: Any) -> api.Answer:
    return api.call("GET", BASE, claims=claims, **query)


def walk(**query: Any) -> list[dict[str, Any]]:
    rows = []
    while True:
        answer = audit(**query)
        assert answer.status == 200, answer.text
        rows += answer.body["entries"]
        if answer.body["next"] is None:
            return rows
        query["cursor"] = answer.body["next"]


def audit_with(**query: Any) -> list[dict[str, Any]]:
    """All of a list whose parameters may be repeated."""
    rows = []
    while True:
        path_query = urlencode(query, doseq=True)
        event = api.event("GET /v1/orgs/{org}/audit", BASE, {"org": "riverside"}, path_query, None, api.ADMIN)
        body = json.loads(api.function("query").handler(event, Context())["body"])
        rows += body["entries"]
        if body["next"] is None:
            return rows
        query["cursor"] = body["next"]


def one(entry_id: str, org: str = "riverside", claims: Any = api.ADMIN) -> api.Answer:
    return api.call("GET", f"/v1/orgs/{org}/audit/{entry_id}", claims=claims)


def fill(count: int = 48) -> list[str]:
    """Entries of all staff and sources, two a moment, every tenth of no record; their ids, newest first."""
    entries = [
        api.audit(
            username=USERNAMES[number % 4],
            source=SOURCES[number // 2 % 3],
            affected=[] if number % 10 == 0 else api.audit()["affected"],
            occurred_at=f"2026-11-18T{number // 2:02}:00:00.000Z",
        )
        for number in range(count)
    ]
    assert api.post(api.audit(action="theirs"), org="hilltop").status == 201
    return [result["id"] for result in reversed(api.post(*entries).body["results"])]


def expire(entry_id: str) -> None:
    """As time does, though TTL has not taken it yet."""
    for item in client("dynamodb").scan(TableName=TABLE)["Items"]:
        if item["sk"]["S"].startswith("audit/") and item["sk"]["S"].endswith(entry_id[-18:]):
            item["expires_at"] = {"N": str(EXPIRED)}
            client("dynamodb").put_item(TableName=TABLE, Item=item)


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("order", ["desc", "asc"])
def test_the_whole_log_is_merged_in_order_through_any_limit(limit: int, order: str) -> None:
    expected = fill()
    assert [row["id"] for row in walk(limit=limit, order=order)] == (expected if order == "desc" else expected[::-1])


@pytest.mark.parametrize("limit", [3, 50])
def test_any_number_of_staff_and_sources_together(limit: int) -> None:
    fill(24)
    everything = walk()
    for count in range(4):
        for staff, source in itertools.product(itertools.combinations(USERNAMES, count), [SOURCES[:1], SOURCES[1:]]):
            found = audit_with(staff=staff, source=source, limit=limit)
            assert [row["id"] for row in found] == [
                row["id"] for row in everything if row["source"] in source and (not staff or row["username"] in staff)
            ]


@pytest.mark.parametrize("path", [BASE, "/v1/orgs/riverside/records/family/1/audit"])
def test_two_days_in_a_line_find_nothing_and_are_both_understood(path: str) -> None:
    days = ["2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z"]
    first, second = api.posted(*[api.audit(occurred_at=day) for day in days])
    found = {}
    for line in ("1/2/2026", "1/5/2026", "1/2/2026 1/5/2026", "1/5/2026 1/5/2026 9 am"):
        answer = api.call("GET", path, q=line).body
        assert {part["kind"] for part in answer["understood"]} == {"date"}
        found[line] = [row["id"] for row in answer["entries"]], [part["from"] for part in answer["understood"]]
    assert found == {
        "1/2/2026": ([first], ["2026-01-02T00:00:00.000Z"]),
        "1/5/2026": ([second], ["2026-01-05T00:00:00.000Z"]),
        "1/2/2026 1/5/2026": ([], ["2026-01-02T00:00:00.000Z", "2026-01-05T00:00:00.000Z"]),
        "1/5/2026 1/5/2026 9 am": ([second], ["2026-01-05T00:00:00.000Z", "2026-01-05T09:00:00.000Z"]),
    }


def test_sources_by_commas_are_those_repeated_and_a_username_may_have_a_comma() -> None:
    fill(24)
    api.posted(api.audit(username="Front, Ben", source="support"))
    several = [row["id"] for row in walk(source=list(SOURCES[:2]))]
    assert several
    assert [row["id"] for row in walk(source=" , ".join(SOURCES[:2]))] == several
    assert [row["id"] for row in walk(source=[SOURCES[0].replace("_", " ").title() + ",support", SOURCES[1]])] == [
        row["id"] for row in walk() if row["source"] in {*SOURCES[:2], "support"}
    ]
    assert [row["username"] for row in walk(staff="front, ben")] == ["Front, Ben"]
    assert walk(staff=f"{USERNAMES[0]},{USERNAMES[1]}") == []
    wrong = audit(source="system,fax")
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "source[1]")
    by_commas = audit(source=",".join(SOURCES[:2]), limit=1).body["next"]
    assert audit(source=list(SOURCES[:2]), limit=1, cursor=by_commas).status == 200


def test_a_row_shows_what_the_contract_names() -> None:
    affected = [
        {"record": {"type": "family", "id": "1"}, "change": "deleted", "name": "Smith"},
        {"record": {"type": "student", "id": "2"}, "change": "updated", "name": "Sam", "before": 1, "after": 2},
        {"record": {"type": "student", "id": "3"}, "change": "updated"},
    ]
    (result,) = api.post(api.audit(ip="203.0.113.9", occurred_at="2026-11-18T09:00:00Z", affected=affected)).body[
        "results"
    ]
    (row,) = walk()
    expected = {
        "log": "audit",
        "id": result["id"],
        "record": {"type": "family", "id": "1"},
        "occurred_at": "2026-11-18T09:00:00.000Z",
        "expires_at": "2028-11-18T09:00:00.000Z",
        "member_name": "Ada Admin",
        "username": "ada",
        "source": "office_portal",
        "ip": "203.0.113.9",
        "action": "deleted enrolment",
        "affected_count": 3,
        "names": ["Smith", "Sam", "student/3"],
    }
    assert row == expected
    whole = one(result["id"])
    assert (whole.status, whole.body) == (200, expected | {"affected": affected})


def test_an_entry_of_no_record_has_none() -> None:
    (result,) = api.post(api.audit(affected=[], action="signed in")).body["results"]
    (row,) = walk()
    assert (row["record"], row["affected_count"], row["names"]) == (None, 0, [])
    assert one(result["id"]).body == row | {"affected": []}


@pytest.mark.parametrize("size", [2_000, 16_000])
def test_what_is_kept_apart_is_shown_whole(size: int) -> None:
    affected = [
        {"record": {"type": "family", "id": str(number)}, "change": "updated", "before": {"note": "x" * size}}
        for number in range(3)
    ]
    (result,) = api.post(api.audit(affected=affected)).body["results"]
    assert one(result["id"]).body["affected"] == affected


def test_an_entry_without_what_is_not_shown_of_it_is_shown() -> None:
    (entry_id,) = api.posted(api.audit())
    (item,) = stored.items()
    key = {name: item[name] for name in ("pk", "sk")}
    client("dynamodb").update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE org_staff")
    assert one(entry_id).status == 200


def test_from_is_included_and_to_is_not() -> None:
    fill()
    found = walk(from_="2026-11-18T03:00:00Z", to="2026-11-18T05:00:00Z", limit=3)
    assert [row["occurred_at"][11:13] for row in found] == ["04", "04", "03", "03"]
    answer = audit(from_="2026-11-18T05:00:00Z", to="2026-11-18T05:00:00Z")
    assert (answer.body["entries"], answer.body["next"]) == ([], None)


def test_an_empty_log_has_an_answer_to_everything() -> None:
    nothing: dict[str, Any] = {
        "entries": [],
        "range": {"from": None, "to": None},
        "next": None,
        "prev": None,
        "understood": [],
    }
    assert audit().body == nothing
    smith = {"text": "Smith", "kind": "word"}
    searched = audit(q="Smith", staff="ada", source="system", order="asc").body
    assert searched == nothing | {"understood": [smith]}
    assert api.call("GET", f"{BASE}/staff").body == {"entries": [], "next": None, "prev": None}
    assert one("0" * 35).status == 404


def test_a_date_is_read_in_the_time_zone_of_the_org() -> None:
    ids = fill()
    assert [row["id"] for row in walk(q="11/18/2026 5 pm")] == ids[12:14]
    api.call("PUT", "/v1/orgs/riverside/settings", body={"time_zone": "America/Chicago"})
    found = audit(q="11/18/2026 5 pm")
    assert [row["id"] for row in found.body["entries"]] == ids[:2]
    assert found.body["range"] == {"from": "2026-11-18T23:00:00.000Z", "to": "2026-11-19T00:00:00.000Z"}
    assert walk(q="11/18/2026 5 pm -username:ada -username:cleo", limit=1) == found.body["entries"][:1]


@pytest.mark.parametrize("q", ["11/18/2026", "11/18/2026 5 pm", "-11/17/2026 11/18/2026"])
def test_a_cursor_is_of_the_days_that_were_meant(q: str) -> None:
    fill()
    cursor = audit(q=q, limit=1).body["next"]
    assert audit(q=q, limit=1, cursor=cursor).status == 200
    api.call("PUT", "/v1/orgs/riverside/settings", body={"time_zone": "Pacific/Auckland"})
    refused = audit(q=q, limit=1, cursor=cursor)
    assert (refused.status, refused.body["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "q",
    [
        "03/08/2026 2:30 am", "11/01/2026 1:30 am", "31/12/2025", "2025-02-29", "🤸", '"', "a " * 500, "x" * 1000,
        "(.*)[a-z]+\\", "\0", "source:", "record:a/b", "-", "***",
    ],
)  # fmt: skip
def test_any_line_has_an_answer(q: str) -> None:
    api.call("PUT", "/v1/orgs/riverside/settings", body={"time_zone": "America/Chicago"})
    assert audit(q=q).status == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"q": "x" * 1001}, "q"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"order": "up"}, "order"),
        ({"from_": "2026-11-18T09:00:00"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"source": "fax"}, "source[0]"),
        ({"staff": ""}, "staff[0]"),
        ({"staff": "x" * 257}, "staff[0]"),
        ({"sort": "date"}, "sort"),
    ],
)
def test_a_wrong_parameter_is_named(query: dict[str, Any], field: str) -> None:
    answer = audit(**query)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field), answer.text


@pytest.mark.parametrize("query", ["limit=1&limit=2", "q=a&q=a", "source=system&source=fax"])
def test_only_staff_and_source_may_be_repeated(query: str) -> None:
    event = api.event("GET /v1/orgs/{org}/audit", BASE, {"org": "riverside"}, query, None, api.ADMIN)
    assert api.function("query").handler(event, Context())["statusCode"] == 422


def test_a_cursor_belongs_to_its_list() -> None:
    fill(5)
    cursor = audit(limit=1).body["next"]
    assert audit(limit=2, cursor=cursor).status == 200
    for answer in (
        audit(cursor=cursor, order="asc"),
        audit(cursor=cursor, staff="ada"),
        audit(cursor=cursor[:-3]),
        api.call("GET", f"{BASE}/staff", cursor=cursor),
        api.call("GET", "/v1/orgs/hilltop/audit", claims=api.OTHER_ADMIN, cursor=cursor),
    ):
        assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")


def test_what_has_expired_is_nowhere_though_ttl_has_not_taken_it() -> None:
    ids = fill(6)
    expire(ids[0])
    assert [row["id"] for row in walk()] == ids[1:]
    assert one(ids[0]).status == 404
    assert one(ids[1]).status == 200


@pytest.mark.parametrize("entry_id", ["x", "0" * 35, "0" * 34, "2026" * 9, "20261118090000000" + "v" * 18])
def test_an_id_that_is_none_is_not_found(entry_id: str) -> None:
    api.post(api.audit())
    answer = one(entry_id)
    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_an_entry_of_another_org_or_another_log_is_not_found() -> None:
    theirs = api.post(api.audit(), org="hilltop").body["results"][0]["id"]
    push = api.post(api.push()).body["results"][0]["id"]
    assert one(theirs).status == 404
    assert one(theirs, "hilltop", api.OTHER_ADMIN).status == 200
    assert one(push).status == 404


def test_a_service_with_the_scope_reads_it() -> None:
    ids = fill(2)
    assert audit(claims=api.SERVICE).status == 200
    assert one(ids[0], claims=api.SERVICE).status == 200
