"""Grants: who may see what, who may change that, and that every change leaves a trace."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from daybook.access import callers
from daybook.core import paging
from daybook.handlers import wiring

from tests.support import api

BASE = "/v1/orgs/riverside/access"
FRONT = {**api.STAFF, "groups": ["front_desk"]}


class Timer:
    """Seconds that only grow, as fast as a test says."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def timer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Timer]:
    """Of functions that are made anew: what they remember of grants is another test's."""
    made = Timer()
    monkeypatch.setattr(wiring, "time", SimpleNamespace(monotonic=made.monotonic))
    _make_anew()
    yield made
    _make_anew()


def _make_anew() -> None:
    for name in ("query", "manage"):
        api.factory(name).cache_clear()


def grant(kind: str, name: str, *permissions: str, claims: Any = api.ADMIN, org: str = "riverside") -> api.Answer:
    body = {"permissions": list(permissions)}
    return api.call("PUT", f"/v1/orgs/{org}/access/{kind}/{name}", claims=claims, body=body)


def me(claims: Any) -> list[str]:
    found: list[str] = api.call("GET", f"{BASE}/me", claims=claims).body["permissions"]
    return found


def test_the_permissions_are_those_of_the_contract() -> None:
    assert me(api.ADMIN) == [
        "access", "activity_log", "audit_log", "blacklist", "erase", "export", "family_email_log", "holds",
        "push_log", "sms_log", "staff_email_log", "staff_sms_log",
    ]  # fmt: skip


def test_admin_has_everything_and_nobody_else_anything() -> None:
    assert me(api.ADMIN) == sorted(callers.PERMISSIONS)
    assert me(FRONT) == []
    assert me(api.SERVICE) == []


def test_the_union_of_groups_and_staff_counts() -> None:
    grant("groups", "front_desk", "sms_log", "push_log")
    grant("groups", "coaches", "activity_log")
    grant("staff", "ben", "audit_log", "sms_log")
    both = {**FRONT, "groups": ["front_desk", "coaches"]}
    assert me(both) == ["activity_log", "audit_log", "push_log", "sms_log"]
    assert me({**FRONT, "username": "eve"}) == ["push_log", "sms_log"]
    assert me({**FRONT, "groups": []}) == ["audit_log", "sms_log"]
    everything = api.call("GET", BASE).body
    assert everything == {
        "groups": {"front_desk": ["push_log", "sms_log"], "coaches": ["activity_log"]},
        "staff": {"ben": ["audit_log", "sms_log"]},
    }


def test_a_change_of_a_grant_names_whose_it_was() -> None:
    grant("staff", "ben", "sms_log", "audit_log")
    (first,) = api.walk("audit", "staff_access/ben")
    assert first["affected"][0]["name"] == "ben"
    assert first["affected"][0]["after"] == ["audit_log", "sms_log"], "in one order"


def test_an_empty_list_removes_the_grant() -> None:
    grant("groups", "front_desk", "sms_log")
    assert grant("groups", "front_desk").body == {"permissions": []}
    assert api.call("GET", BASE).body == {"groups": {}, "staff": {}}
    assert grant("groups", "nobody_had_any").status == 200


def test_a_grant_and_its_end_show_on_a_warm_function_after_half_a_minute(timer: Timer) -> None:
    """The contract allows a minute."""
    assert api.read("sms", claims=FRONT).status == 403
    for permissions, before, after in ((["sms_log"], 403, 200), ([], 200, 403)):
        grant("staff", "ben", *permissions)
        timer.seconds += 29.9
        assert api.read("sms", claims=FRONT).status == before, "remembered"
        timer.seconds += 0.2
        assert api.read("sms", claims=FRONT).status == after


def test_what_a_read_finds_remembered_is_not_remembered_for_longer(timer: Timer) -> None:
    assert api.read("sms", claims=FRONT).status == 403
    grant("staff", "ben", "sms_log")
    for _ in range(3):
        timer.seconds += 9
        assert api.read("sms", claims=FRONT).status == 403
    timer.seconds += 9
    assert api.read("sms", claims=FRONT).status == 200


def test_a_change_takes_the_permission_as_of_half_a_minute_ago(timer: Timer) -> None:
    grant("staff", "ben", "access")
    assert grant("groups", "x", "sms_log", claims=FRONT).status == 200
    grant("staff", "ben")
    timer.seconds += 30.1
    assert grant("groups", "x", claims=FRONT).status == 403


def test_every_change_is_an_audit_entry_with_before_and_after() -> None:
    grant("groups", "front_desk", "sms_log")
    grant("groups", "front_desk", "sms_log")
    grant("groups", "front_desk", "push_log")
    first, second = api.walk("audit", "group_access/front_desk", order="asc")
    assert (first["username"], first["action"]) == ("ada", "changed permissions")
    assert (first["affected"][0].get("before"), first["affected"][0]["after"]) == ([], ["sms_log"])
    assert (second["affected"][0]["before"], second["affected"][0]["after"]) == (["sms_log"], ["push_log"])


def test_admin_cannot_be_locked_out() -> None:
    answer = grant("groups", "admin", "sms_log")
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    grant("staff", "ada")
    assert me(api.ADMIN) == sorted(callers.PERMISSIONS)


def test_no_more_is_granted_than_one_answer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert grant("groups", "first", "sms_log").status == 200
    size = paging.answer_bytes(api.call("GET", BASE).text.encode())
    monkeypatch.setattr(paging, "MAX_PAGE_BYTES", size + 40)
    before = api.call("GET", BASE).body
    answer = grant("groups", "x" * 40, "sms_log")
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert grant("staff", "y" * 40, "sms_log").status == 409
    assert api.call("GET", BASE).body == before
    assert api.walk("audit", f"group_access/{'x' * 40}") == []
    assert grant("groups", "x", "sms_log").status == 200
    monkeypatch.setattr(paging, "MAX_PAGE_BYTES", 1)
    assert grant("groups", "first").status == 200


def test_who_may_change_grants(timer: Timer) -> None:
    assert grant("groups", "x", "sms_log", claims=FRONT).status == 403
    assert api.call("GET", BASE, claims=FRONT).status == 403
    assert grant("groups", "x", "sms_log", claims=api.OTHER_ADMIN).status == 403
    assert grant("groups", "x", "sms_log", claims={**api.SERVICE, "scope": "daybook/read"}).status == 403
    assert grant("groups", "x", "sms_log", claims=api.SERVICE).status == 403
    assert grant("groups", "x", "sms_log", claims=api.PLATFORM).status == 200
    grant("staff", "ben", "access")
    timer.seconds += 31
    assert api.call("GET", BASE, claims=FRONT).status == 200
    assert grant("groups", "y", "sms_log", claims=FRONT).status == 200


def test_an_orgs_grants_are_its_own() -> None:
    grant("groups", "front_desk", "sms_log", claims=api.OTHER_ADMIN, org="hilltop")
    assert api.call("GET", BASE).body == {"groups": {}, "staff": {}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"permissions": ["everything"]}, "permissions[0]"),
        ({"permissions": "sms_log"}, "permissions"),
        ({}, "permissions"),
        ({"permissions": [], "more": 1}, "more"),
    ],
)
def test_a_wrong_grant_is_refused(body: dict[str, Any], field: str) -> None:
    answer = api.call("PUT", f"{BASE}/groups/front_desk", body=body)
    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == field, answer.text
