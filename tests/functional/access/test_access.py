"""Grants: who may see what, who may change that, and that every change leaves a trace."""

import itertools
import json
from typing import Any

import pytest
from cachetools import TTLCache
from daybook.access import callers
from daybook.access.grants import CACHE_SECONDS

from tests.support import api

BASE = "/v1/orgs/riverside/access"
FRONT = {**api.STAFF, "groups": "[front_desk]"}


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions stay warm from test to test, but what they remember of grants is another test's."""
    for name in ("query", "manage"):
        api.factory(name).cache_clear()


def grant(kind: str, name: str, *permissions: str, claims: Any = api.ADMIN, org: str = "riverside") -> api.Answer:
    body = {"permissions": list(permissions)}
    return api.call("PUT", f"/v1/orgs/{org}/access/{kind}/{name}", claims=claims, body=body)


def me(claims: Any) -> list[str]:
    found: list[str] = api.call("GET", f"{BASE}/me", claims=claims).body["permissions"]
    return found


def forget() -> None:
    """As half a minute does."""
    for name in ("query", "manage"):
        api.function(name).gateway()._grants._cache.clear()


def test_admin_has_everything_and_nobody_else_anything() -> None:
    assert me(api.ADMIN) == sorted(callers.PERMISSIONS)
    assert me(FRONT) == []
    assert me(api.SERVICE) == []


def test_the_union_of_groups_and_staff_counts() -> None:
    grant("groups", "front_desk", "sms_log", "push_log")
    grant("groups", "coaches", "activity_log")
    grant("staff", "ben", "audit_log", "sms_log")
    both = {**FRONT, "groups": "[front_desk coaches]"}
    assert me(both) == ["activity_log", "audit_log", "push_log", "sms_log"]
    assert me({**FRONT, "username": "eve"}) == ["push_log", "sms_log"]
    assert me({**FRONT, "groups": "[]"}) == ["audit_log", "sms_log"]
    everything = api.call("GET", BASE).body
    assert everything == {
        "groups": {"front_desk": ["push_log", "sms_log"], "coaches": ["activity_log"]},
        "staff": {"ben": ["audit_log", "sms_log"]},
    }


def test_an_empty_list_removes_the_grant() -> None:
    grant("groups", "front_desk", "sms_log")
    assert grant("groups", "front_desk").body == {"permissions": []}
    assert api.call("GET", BASE).body == {"groups": {}, "staff": {}}
    assert grant("groups", "nobody_had_any").status == 200


def test_a_grant_shows_and_its_end_bites_on_a_warm_function_within_half_a_minute() -> None:
    assert CACHE_SECONDS <= 30
    api.post(api.sms())
    assert api.read("sms", claims=FRONT).status == 403
    grant("staff", "ben", "sms_log")
    assert api.read("sms", claims=FRONT).status == 403, "remembered"
    forget()
    assert api.read("sms", claims=FRONT).status == 200
    grant("staff", "ben")
    forget()
    assert api.read("sms", claims=FRONT).status == 403


def test_what_is_remembered_is_remembered_for_thirty_seconds() -> None:
    now = [100.0]
    cache: TTLCache[str, int] = TTLCache(10, CACHE_SECONDS, lambda: now[0])
    cache["riverside"] = 1
    now[0] += 29.9
    assert "riverside" in cache
    now[0] += 0.2
    assert "riverside" not in cache


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


def test_who_may_change_grants() -> None:
    assert grant("groups", "x", "sms_log", claims=FRONT).status == 403
    assert api.call("GET", BASE, claims=FRONT).status == 403
    assert grant("groups", "x", "sms_log", claims=api.OTHER_ADMIN).status == 403
    assert grant("groups", "x", "sms_log", claims={**api.SERVICE, "scope": "daybook/read"}).status == 403
    assert grant("groups", "x", "sms_log", claims=api.SERVICE).status == 200
    grant("staff", "ben", "access")
    forget()
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


def test_a_group_has_no_blank_in_its_name() -> None:
    assert grant("groups", "front desk", "sms_log").status == 422
    assert grant("staff", "Ben O'Front", "sms_log").status == 200
    assert me({**FRONT, "username": "Ben O'Front", "groups": "[]"}) == ["sms_log"]


LOG_PERMISSIONS = {
    ("emails", "family"): "family_email_log",
    ("emails", "staff"): "staff_email_log",
    ("sms", "family"): "sms_log",
    ("sms", "staff"): "staff_sms_log",
    ("pushes", "family"): "push_log",
    ("activity", "family"): "activity_log",
    ("activity", "student"): "activity_log",
    ("activity", "staff"): "activity_log",
    ("audit", "family"): "audit_log",
    ("audit", "staff"): "audit_log",
    ("audit", "enrolment"): "audit_log",
}
ORG_PERMISSIONS = {
    "audit": "audit_log",
    "audit/staff": "audit_log",
    f"audit/{'0' * 35}": "audit_log",
    "holds": "holds",
}


def test_every_combination_gets_what_the_table_says() -> None:
    """11 groups with one permission each, 11 logs and record types, with and without a grant to the staff member."""
    permissions = sorted(callers.PERMISSIONS)
    for permission in permissions:
        grant("groups", f"only_{permission}", permission)
    tried = 0
    for permission, extra in itertools.product(permissions, [None, "audit_log"]):
        grant("staff", "ben", *([extra] if extra else []))
        forget()
        claims = {**FRONT, "groups": f"[only_{permission}]"}
        for (log, record_type), needed in LOG_PERMISSIONS.items():
            status = api.read(log, f"{record_type}/1", claims=claims).status
            assert status == (200 if needed in (permission, extra) else 403), (permission, extra, log, record_type)
            tried += 1
        for path, needed in ORG_PERMISSIONS.items():
            status = api.call("GET", f"/v1/orgs/riverside/{path}", claims=claims).status
            assert (status == 403) == (needed not in (permission, extra)), (permission, extra, path)
            assert status in (200, 403) or (status, path) == (404, f"audit/{'0' * 35}")
            tried += 1
    assert tried >= 200


def test_a_time_zone_is_read_and_changed() -> None:
    path = "/v1/orgs/riverside/settings"
    assert api.call("GET", path, claims=FRONT).body == {"time_zone": "UTC"}
    assert api.call("PUT", path, body={"time_zone": "America/Chicago"}).body == {"time_zone": "America/Chicago"}
    assert api.call("PUT", path, body={"time_zone": "Europe/Berlin"}).status == 200
    assert api.call("GET", path, claims=FRONT).body == {"time_zone": "Europe/Berlin"}
    assert api.call("PUT", path, claims=FRONT, body={"time_zone": "UTC"}).status == 403
    newest = api.walk("audit", "settings/riverside")[0]["affected"][0]
    assert (newest["before"], newest["after"]) == ({"time_zone": "America/Chicago"}, {"time_zone": "Europe/Berlin"})


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America", "x" * 65, "\u0000", None])
def test_what_is_no_time_zone_is_refused(zone: Any) -> None:
    answer = api.call("PUT", "/v1/orgs/riverside/settings", body=json.dumps({"time_zone": zone}))
    assert answer.status == 422, answer.text
