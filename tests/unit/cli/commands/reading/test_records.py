from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.cli.answers import Answers, listed
from tests.support.cli.api_stand_in import run

SMITH = {"type": "family", "id": "101", "name": "Ann Smith"}
JONES = {"type": "staff", "id": "9"}


@pytest.mark.parametrize("command", [["records"], ["records", "find"]])
def test_a_search_shows_what_was_found(folder: Path, command: list[str]) -> None:
    api = Answers({"records": listed(SMITH, JONES, more=False)})
    result = run(folder, api, *command, "ann smi", "--type", "family", "--limit", "50")
    assert (result.stdout, result.stderr) == ("record\tname\nfamily/101\tAnn Smith\nstaff/9\t\n", "")
    assert dict(api.requests[0].url.params) == {"q": "ann smi", "type": "family", "limit": "50"}


def test_it_is_said_where_more_are_found(folder: Path) -> None:
    api = Answers({"records": listed(SMITH, more=True)})
    result = run(folder, api, "records", "smith")
    assert result.stderr == "There are more: another word of the name, or --limit, shows them.\n"
    assert dict(api.requests[0].url.params) == {"q": "smith"}
    assert json.loads(run(folder, api, "records", "smith", "--json").stdout) == listed(SMITH, more=True)


def test_what_begins_with_a_minus_or_is_a_command_can_be_searched(folder: Path) -> None:
    api = Answers({"records": listed()})
    for query in ("show", "find"):
        assert run(folder, api, "records", "find", query).exit_code == 0
    assert run(folder, api, "records", "--", "-5").exit_code == 0
    assert [request.url.params["q"] for request in api.requests] == ["show", "find", "-5"]


def test_nothing_found_is_said(folder: Path) -> None:
    result = run(folder, Answers({"records": listed()}), "records", "nobody")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "record\tname\n", "Nothing found.\n")


def test_a_record_is_shown_with_what_is_known_of_it(folder: Path) -> None:
    head = SMITH | {
        "url": "https://portal.example/101",
        "logs": [{"log": "emails", "last_at": "2026-11-01T06:30:12.345Z"}, {"log": "sms", "last_at": None}],
        "blacklisted": 1,
        "on_hold": False,
    }
    api = Answers({"records/family/101": head})
    result = run(folder, api, "records", "show", "family/101")
    assert result.stdout.splitlines() == [
        "Record: family/101",
        "Name: Ann Smith",
        "Link: https://portal.example/101",
        "Blacklisted addresses: 1",
        "On hold: no",
        "Last in emails: 2026-11-01 06:30 UTC",
        "Last in sms: nothing",
    ]
    assert json.loads(run(folder, api, "records", "show", "family/101", "--json").stdout) == head


def test_a_record_of_which_nothing_is_known_has_no_entries(folder: Path) -> None:
    head = JONES | {"logs": [{"log": "emails", "last_at": None}], "blacklisted": 0, "on_hold": False}
    api = Answers({"records/staff/9": head})
    result = run(folder, api, "records", "show", "staff/9")
    assert (result.exit_code, result.stdout) == (0, "Record: staff/9\nNo entries.\n")
    assert json.loads(run(folder, api, "records", "show", "staff/9", "--json").stdout) == head


def test_a_record_that_is_not_known_is_a_sentence(folder: Path) -> None:
    refusal = httpx.Response(404, json={"detail": "nothing is known of family/7", "code": "unknown_record"})
    result = run(folder, Answers({"records/family/7": refusal}), "records", "show", "family/7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The API answered 404: nothing is known of family/7\n"


@pytest.mark.parametrize("arguments", [[], ["find"], ["show"], ["show", "family"], ["a", "b"], ["x", "--limit", "0"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    api = Answers({})
    assert run(folder, api, "records", *arguments).exit_code == 2
    assert api.requests == []
