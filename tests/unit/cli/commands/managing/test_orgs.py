"""`daybook orgs` makes, changes and shows orgs; every other command says so where there is no such org."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest

from tests.support.cli.api_stand_in import TOKENS, StandIn, run

LINK = "https://portal.example/families/{id}"
ENTRY = '{"log": "activity", "record": {"type": "family", "id": "1"}, "key": "k"}'


def test_an_org_is_made_with_what_is_given(folder: Path) -> None:
    api = StandIn()
    done = run(
        folder, api, "orgs", "put", "lakeside", "--name", "Lakeside Swimming", "--time-zone", "America/Denver",
        "--record-url", f"family={LINK}", "--record-url", "staff=https://hr.example/?id={id}&a=b",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (request,) = api.requests
    assert (request.method, request.url.path) == ("PUT", "/v1/orgs/lakeside")
    assert json.loads(request.content) == {
        "name": "Lakeside Swimming",
        "time_zone": "America/Denver",
        "record_url": {"family": LINK, "staff": "https://hr.example/?id={id}&a=b"},
    }
    assert done.stdout.splitlines() == [
        "Org: lakeside",
        "Name: Lakeside Swimming",
        "Time zone: America/Denver",
        f"Link to family: {LINK}",
        "Link to staff: https://hr.example/?id={id}&a=b",
    ]


def test_what_is_not_given_is_not_sent_so_that_it_stays_as_it_is(folder: Path) -> None:
    api = StandIn(time_zone="America/Chicago")
    done = run(folder, api, "orgs", "put", "riverside", "--name", "Riverside", "--json")
    assert json.loads(api.requests[0].content) == {"name": "Riverside"}
    shown = {"org": "riverside", "name": "Riverside", "time_zone": "America/Chicago", "record_url": {}}
    assert json.loads(done.stdout) == shown


@pytest.mark.parametrize("command", [["list"], ["show", "riverside"], ["put", "riverside", "--name", "Riverside"]])
def test_the_token_is_that_of_the_platform_unless_another_is_given(folder: Path, command: list[str]) -> None:
    api = StandIn()
    for more in ([], ["--as", "service"], ["--token", "given"]):
        assert run(folder, api, "orgs", *command, *more).exit_code == 0
    given = run(folder, api, "orgs", *command, environ={"DAYBOOK_TOKEN": "from-environment"})
    assert given.exit_code == 0
    tokens = [request.headers["authorization"].removeprefix("Bearer ") for request in api.requests]
    assert tokens == [TOKENS["platform"], TOKENS["service"], "given", "from-environment"]


def test_orgs_need_no_org_to_be_known(tmp_path: Path) -> None:
    environ = {"DAYBOOK_API": "http://daybook.test", "DAYBOOK_TOKEN": "x"}
    assert run(tmp_path, StandIn(), "orgs", "list", environ=environ).exit_code == 0
    made = run(tmp_path, StandIn(), "orgs", "put", "first", "--name", "The first", environ=environ)
    assert made.exit_code == 0, made.output


def test_an_orgs_id_stands_in_the_path_as_it_is(folder: Path) -> None:
    api = StandIn()
    assert run(folder, api, "orgs", "put", "a?b c", "--name", "x").exit_code == 0
    assert api.requests[0].url.raw_path == b"/v1/orgs/a%3Fb%20c"


def test_the_list_is_lines_json_or_a_table(folder: Path) -> None:
    api = StandIn()
    run(folder, api, "orgs", "put", "riverside", "--name", "Riverside\x1b[31m", "--record-url", f"family={LINK}")
    lines = run(folder, api, "orgs", "list").stdout.splitlines()
    assert lines == [
        "org\tname\ttime zone\tlinks to",
        "hilltop\tHilltop\tUTC\t",
        "riverside\tRiverside\\u001b[31m\tUTC\tfamily",
    ]
    rows = [json.loads(line) for line in run(folder, api, "orgs", "list", "--json", "--all").stdout.splitlines()]
    assert json.loads(run(folder, api, "orgs", "list", "--json").stdout) == {"entries": rows, "next": None}
    assert [(row["org"], row["record_url"]) for row in rows] == [("hilltop", {}), ("riverside", {"family": LINK})]
    terminal = io.StringIO()
    run(folder, api, "orgs", "list", terminal=terminal)
    assert "time zone" in terminal.getvalue()
    assert "hilltop" in terminal.getvalue()


def test_the_list_comes_page_by_page(folder: Path) -> None:
    api = StandIn()
    first = run(folder, api, "orgs", "list", "--limit", "1")
    assert [line.split("\t")[0] for line in first.stdout.splitlines()] == ["org", "hilltop"]
    assert "There is more: --cursor 1 continues from here" in first.stderr
    second = run(folder, api, "orgs", "list", "--limit", "1", "--cursor", "1")
    assert [line.split("\t")[0] for line in second.stdout.splitlines()] == ["org", "riverside"]
    assert second.stderr == ""
    whole = run(folder, api, "orgs", "list", "--limit", "1", "--all")
    assert [line.split("\t")[0] for line in whole.stdout.splitlines()] == ["org", "hilltop", "riverside"]


def test_an_org_is_shown(folder: Path) -> None:
    api = StandIn(time_zone="Europe/London")
    assert run(folder, api, "orgs", "show", "hilltop").stdout.splitlines() == [
        "Org: hilltop",
        "Name: Hilltop",
        "Time zone: Europe/London",
    ]


@pytest.mark.parametrize(
    "arguments",
    [["put", "x"], ["put", "x", "--name", "X", "--record-url", LINK], ["put", "--name", "X"], ["show"]],
)
def test_a_command_that_is_wrong_sends_nothing(folder: Path, arguments: list[str]) -> None:
    api = StandIn()
    assert run(folder, api, "orgs", *arguments).exit_code == 2
    assert api.requests == []


@pytest.mark.parametrize(
    ("faults", "detail", "shown"),
    [
        ([("time_zone", "not a zone")], "time_zone: not a zone", []),
        (
            [("time_zone", "not a zone"), ("", "odd")],
            "time_zone: not a zone (and 1 more in `errors`)",
            ["  the body: odd"],
        ),
    ],
)
def test_what_the_api_refuses_is_shown_by_field(
    folder: Path, faults: list[tuple[str, str]], detail: str, shown: list[str]
) -> None:
    errors = [{"field": field, "message": message} for field, message in faults]
    refusal = httpx.Response(422, json={"detail": detail, "code": "invalid_request", "errors": errors})
    done = run(folder, StandIn(refusal), "orgs", "put", "x", "--name", "X", "--time-zone", "localtime")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [f"The API answered 422: {detail}", *shown]


@pytest.mark.parametrize(
    "arguments",
    [
        ["log", "family/1", "emails"],
        ["log", "family/1", "emails", "--json"],
        ["content", "family/1", "e-1"],
        ["audit"],
        ["audit", "--who"],
        ["audit", "--entry", "e-1"],
        ["post", "--log", "activity", "--record", "family/1"],
        ["import", "jsonl", "entries.jsonl"],
    ],
)
def test_every_command_says_what_to_do_where_there_is_no_such_org(folder: Path, arguments: list[str]) -> None:
    (folder / "entries.jsonl").write_text(ENTRY)
    api = StandIn()
    arguments = [str(folder / word) if word.endswith(".jsonl") else word for word in arguments]
    terminal = io.StringIO() if arguments[0] != "content" else None
    done = run(folder, api, *arguments, "--org", "riversid", terminal=terminal)
    assert done.exit_code == 1
    sentence = "The API answered 404: there is no org riversid; `daybook orgs put ORG --name NAME` makes one"
    assert sentence in done.stderr.splitlines()
    assert api.entries == []


def test_an_import_into_no_org_stops_at_once_and_reports_nothing_as_rejected(folder: Path) -> None:
    file = folder / "entries.jsonl"
    file.write_text("\n".join(ENTRY.replace('"k"', f'"k-{number}"') for number in range(5_000)))
    api = StandIn()
    done = run(folder, api, "import", "jsonl", str(file), "--org", "riversid", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"created": 0, "duplicate": 0, "rejected": 0, "rejections": []}
    # Four batches are under way at once; of fifty, most are never sent.
    assert len(api.requests) < 10
    assert done.stderr.count("there is no org riversid") == 1
    made = run(folder, api, "orgs", "put", "riversid", "--name", "Meant")
    assert made.exit_code == 0
    again = run(folder, api, "import", "jsonl", str(file), "--org", "riversid", "--json")
    assert json.loads(again.stdout)["created"] == 5_000
