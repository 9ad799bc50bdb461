from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import run

GRANTS = {"groups": {"Front desk": ["sms_log", "push_log"]}, "staff": {"jane": ["audit_log"]}}


@pytest.mark.parametrize("command", [["access"], ["access", "list"]])
def test_grants_are_rows_of_groups_and_staff(folder: Path, command: list[str]) -> None:
    result = run(folder, Answers({"access": GRANTS}), *command)
    assert result.stdout.splitlines() == [
        "kind\tname\tpermissions",
        "group\tFront desk\tsms_log, push_log",
        "staff\tjane\taudit_log",
    ]


def test_no_grants_are_said(folder: Path) -> None:
    result = run(folder, Answers({"access": {"groups": {}, "staff": {}}}), "access")
    assert (result.exit_code, result.stderr) == (0, "Nothing found.\n")


@pytest.mark.parametrize("name", ["Front desk", "DOMAIN\\jane", "Site/admin", "."])
@pytest.mark.parametrize("kind", ["group", "staff"])
def test_a_grant_names_whom_it_is_for_in_the_body(folder: Path, kind: str, name: str) -> None:
    api = Answers({"access": {"permissions": ["sms_log", "push_log"]}})
    result = run(folder, api, "access", kind, name, "sms_log", "push_log")
    assert result.exit_code == 0, result.output
    assert (api.calls, api.bodies) == (["PUT access"], [{kind: name, "permissions": ["sms_log", "push_log"]}])
    assert result.stdout.splitlines()[1] == f"{kind}\t{name}\tsms_log, push_log"


def test_all_is_taken_back_only_where_that_is_said(folder: Path) -> None:
    api = Answers({"access": {"permissions": []}})
    assert run(folder, api, "access", "group", "Front desk").exit_code == 2
    assert run(folder, api, "access", "group", "Front desk", "sms_log", "--none").exit_code == 2
    assert api.requests == []
    assert run(folder, api, "access", "group", "Front desk", "--none").exit_code == 0
    assert api.bodies == [{"group": "Front desk", "permissions": []}]


def test_a_permission_that_there_is_not_is_told_by_the_api(folder: Path) -> None:
    faults = [{"field": "permissions[0]", "message": "must be one of sms_log, push_log"}]
    refusal = httpx.Response(422, json={"detail": "the body is wrong", "errors": faults})
    result = run(folder, Answers({"access": refusal}), "access", "group", "x", "smslog")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "The API answered 422: the body is wrong",
        "  permissions[0]: must be one of sms_log, push_log",
    ]


def test_one_sees_who_one_is(folder: Path) -> None:
    answer = {"name": "Fran", "username": "front", "groups": [], "org": "Riverside", "permissions": ["sms_log"]}
    api = Answers({"access/me": answer})
    result = run(folder, api, "access", "me", "--as", "staff")
    assert result.stdout.splitlines() == [
        "Name: Fran",
        "Username: front",
        "Org: Riverside",
        "Groups: none",
        "Permissions: sms_log",
    ]
    assert api.requests[0].headers["authorization"] == "Bearer token-of-staff"
    assert json.loads(run(folder, api, "access", "me", "--json").stdout) == answer
