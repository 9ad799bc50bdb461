"""A username is one person's in any letter case: in the audit log's filter, its search and its list of staff."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from daybook.core.usernames import fold

from tests.support import api
from tests.support.functions.events import Context
from tests.support.functions.stored import items, store_under_spellings
from tests.support.functions.triggers import indexed

AUDIT = "/v1/orgs/riverside/audit"
JANE = ["jane.doe@mail.example", "Jane.Doe@mail.example", "JANE.DOE@MAIL.EXAMPLE"]
ASA = ["åsa", "Åsa", "ÅSA"]
LOOK_ALIKES = ["ken", "\u212aen", "KEN"]


@pytest.fixture(autouse=True)
def cold() -> None:
    """An index function that has not registered another test's usernames."""
    api.factory("index").cache_clear()


def post(*usernames: str, first_day: int = 1) -> list[str]:
    """One entry of each, a day after the other; their ids."""
    moments = (f"2026-11-{day:02}T09:00:00Z" for day in range(first_day, 31))
    return api.posted(
        *(api.audit(username=username, occurred_at=at) for username, at in zip(usernames, moments, strict=False))
    )


def post_before(*usernames: str, first_day: int = 1) -> list[str]:
    """As `post`, stored as earlier versions did: under each spelling by itself."""
    ids = post(*usernames, first_day=first_day)
    store_under_spellings(ids)
    return ids


def registered() -> dict[str, str | None]:
    """By the key of each username's item, its spelling."""
    of_org = [item for item in items() if item["pk"]["S"] == "riverside/staff"]
    return {item["sk"]["S"]: item.get("username", {}).get("S") for item in of_org}


def found(*staff: str, limit: int = 2, **query: Any) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        asked = urlencode({"staff": staff, "limit": limit, **query, **cursor}, doseq=True)
        event = api.event("GET /v1/orgs/{org}/audit", AUDIT, {"org": "riverside"}, asked, None, api.ADMIN)
        body = json.loads(api.function("query").handler(event, Context())["body"])
        ids += [row["id"] for row in body["entries"]]
        if body["next"] is None:
            return ids
        cursor = {"cursor": body["next"]}


def listed(limit: int = 50) -> list[tuple[str, str]]:
    """Username and day of each line, of all pages."""
    lines: list[tuple[str, str]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = api.call("GET", f"{AUDIT}/staff", **query).body
        lines += [(member["username"], member["last_day"]) for member in page["entries"]]
        if page["next"] is None:
            return lines
        query["cursor"] = page["next"]


@pytest.mark.parametrize("spellings", [JANE, ASA])
@pytest.mark.parametrize("line", ["", "deleted smith"])
def test_the_filter_finds_entries_of_every_spelling_by_every_spelling(spellings: list[str], line: str) -> None:
    ids = post(*spellings, "ben", *spellings)
    indexed()
    expected = [ids[number] for number in (6, 5, 4, 2, 1, 0)]
    for asked in [*spellings, spellings[0].title()]:
        assert found(asked, q=line) == expected
        assert found(asked, q=line, order="asc", source="office_portal") == expected[::-1]
    assert found(*spellings, "BEN", q=line) == ids[::-1]
    assert found("Ben", q=line) == [ids[3]]
    assert found(spellings[0] + "x", q=line) == []


@pytest.mark.parametrize("line", ["", "deleted"])
def test_a_look_alike_is_somebody_else(line: str) -> None:
    ids = post(*LOOK_ALIKES)
    indexed()
    assert found("Ken", q=line) == [ids[2], ids[0]]
    assert found("\u212aEN", q=line) == [ids[1]]
    assert [username for username, _ in listed()] == ["KEN", "\u212aen"]


@pytest.mark.parametrize("spellings", [JANE, ASA])
@pytest.mark.parametrize("line", ["", "deleted"])
def test_entries_of_earlier_versions_are_found_by_their_own_spelling_with_those_of_today(
    spellings: list[str], line: str
) -> None:
    folded, mixed, upper = spellings
    old = post_before(mixed, upper, folded)
    new = post(upper, mixed, first_day=10)
    indexed()
    of_index = [*new[::-1], *old[::-1]]
    assert found(mixed, q=line) == (of_index if line else [new[1], new[0], old[2], old[0]])
    assert found(folded, q=line) == (of_index if line else [new[1], new[0], old[2]])
    assert found(*spellings, q=line) == of_index


def test_a_cursor_goes_on_in_any_letter_case() -> None:
    ids = post(*JANE)
    first = api.call("GET", AUDIT, staff=JANE[0], limit=1).body
    second = api.call("GET", AUDIT, staff=JANE[2], limit=2, cursor=first["next"])
    assert [row["id"] for row in second.body["entries"]] == [ids[1], ids[0]]
    other = api.call("GET", AUDIT, staff="ben", limit=2, cursor=first["next"])
    assert (other.status, other.body["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_list_of_staff_has_one_line_for_each_person(limit: int) -> None:
    post(*JANE, *ASA, "ben")
    indexed()
    assert listed(limit) == [("ben", "2026-11-07"), (JANE[2], "2026-11-03"), ("ÅSA", "2026-11-06")]
    assert registered() == {"ben": None, JANE[0]: JANE[2], "åsa": "ÅSA"}
    post(JANE[0], "Ben", first_day=20)
    indexed()
    assert [day for _, day in listed(limit)] == ["2026-11-21", "2026-11-20", "2026-11-06"]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_usernames_that_earlier_versions_registered_are_listed_once_they_act_again(limit: int) -> None:
    post_before(JANE[1], "ÅSA", "Eve", "ben")
    assert listed(limit) == []
    post(JANE[2], "BEN", first_day=10)
    indexed()
    usernames = [username for username, _ in listed(limit)]
    assert sorted(map(fold, usernames)) == sorted(fold(name) for name in (JANE[0], "åsa", "eve", "ben"))
    assert dict(listed(limit))["Eve"] == "2026-11-03"


def test_reindexing_registers_one_username_for_each_person() -> None:
    post_before(JANE[1], JANE[1], "Eve", "ÅSA")
    while not api.function("index").handler({"reindex": "riverside"}, Context())["done"]:
        pass
    assert {JANE[0]: JANE[1], "eve": "Eve", "åsa": "ÅSA"}.items() <= registered().items()
    assert listed() == [("Eve", "2026-11-03"), (JANE[1], "2026-11-02"), ("ÅSA", "2026-11-04")]


@pytest.fixture
def asked() -> Iterator[None]:
    api.factory("query").cache_clear()
    yield
    api.factory("query").cache_clear()


@pytest.mark.usefixtures("asked")
def test_grants_filter_and_list_agree_on_who_is_who() -> None:
    """One person puts, acts, is asked for and listed in four spellings."""
    body = {"staff": "jane.DOE", "permissions": ["audit_log"]}
    assert api.call("PUT", "/v1/orgs/riverside/access", body=body).status == 200
    ids = post("Jane.Doe", "JANE.DOE")
    indexed()
    who = {**api.STAFF, "username": "JAne.doe", "groups": []}
    rows = api.call("GET", AUDIT, claims=who, staff="jane.doe", q="deleted").body["entries"]
    assert [row["id"] for row in rows] == ids[::-1]
    assert [username for username, _ in listed() if fold(username) == "jane.doe"] == ["JANE.DOE"]


@pytest.mark.parametrize("asked", ["jdoe", "J\u200bDoe", " jdoe "])
def test_a_username_is_the_same_with_what_nobody_sees(asked: str) -> None:
    ids = post(" jdoe", "J\u200bdoe", "JDOE", "j doe")
    indexed()
    assert sorted(found(asked)) == sorted(ids[:3])
    assert {fold(username or key) for key, username in registered().items()} == {"jdoe", "j doe"}
