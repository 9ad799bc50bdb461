from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.support.cli.api_stand_in import StandIn, run

CHICAGO = ZoneInfo("America/Chicago")
ROW: dict[str, Any] = {
    "log": "audit", "id": "0abc", "record": {"type": "family", "id": "7"}, "occurred_at": "2026-11-01T06:30:12.345Z",
    "member_name": "Maria Delgado", "username": "maria", "source": "office_portal", "action": "deleted invoice",
    "affected_count": 2, "names": ["Ann Smith", "Ben Smith"], "ip": "::1",
}  # fmt: skip
ENTRY: dict[str, Any] = ROW | {
    "expires_at": "2028-11-01T06:30:12.000Z",
    "affected": [
        {"record": {"type": "family", "id": "7"}, "change": "updated", "name": "Ann Smith", "before": {"due": "5"}},
        {
            "record": {"type": "invoice", "id": "9"},
            "change": "deleted",
            "details": "a duplicate",
            "url": "https://x.example/9",
        },
    ],
}


def page(*rows: dict[str, Any], following: str | None = None, **searched: str | None) -> dict[str, Any]:
    return {"entries": list(rows), "next": following, "range": {"from": None, "to": None} | searched}


def shown(terminal: io.StringIO) -> str:
    """What a terminal shows, without its styles."""
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())


def test_a_line_and_filters_become_parameters(folder: Path) -> None:
    transport = StandIn()
    result = run(
        folder, transport, "audit", "01/01/2015 5:10 pm admin deleted Smith", "--from", "2026-01-01", "--to",
        "2026-02-01T00:00:00+01:00", "--staff", "maria", "--staff", "tom", "--source", "Office Portal", "--source",
        "mobile_app", "--order", "asc", "--limit", "7", "--cursor", "0", "--org", "hilltop", "--as", "other_admin",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (request,) = transport.requests
    assert request.url.params.multi_items() == [
        ("q", "01/01/2015 5:10 pm admin deleted Smith"), ("from", "2026-01-01"),
        ("to", "2026-02-01T00:00:00+01:00"), ("staff", "maria"), ("staff", "tom"), ("source", "Office Portal"),
        ("source", "mobile_app"), ("order", "asc"), ("limit", "7"), ("cursor", "0"),
    ]  # fmt: skip
    assert request.url.path == "/v1/orgs/hilltop/audit"
    assert request.headers["authorization"] == "Bearer token-of-other_admin"


def test_without_a_line_it_lists_the_first_page(folder: Path) -> None:
    transport = StandIn(pages=[page(ROW)])
    result = run(folder, transport, "audit")
    row = ("2026-11-01 06:30 UTC", "Maria Delgado (maria)", "office_portal", "deleted invoice", "Ann Smith, Ben Smith",
           "2", "::1", "0abc")  # fmt: skip
    assert result.stdout.splitlines() == [
        "date\twho\tsource\taction\taffected\trecords\tip\tid",
        "\t".join(row),
    ]
    assert result.stderr == ""
    assert transport.requests[0].url.params.multi_items() == [("limit", "50")]


def test_json_is_what_the_api_answers(folder: Path) -> None:
    transport = StandIn(pages=[page(ROW, ROW)], time_zone="America/Chicago")
    result = run(folder, transport, "audit", "--json", terminal=(terminal := io.StringIO()))
    assert result.exit_code == 0, result.output
    assert json.loads(terminal.getvalue()) == page(ROW, ROW)
    assert len(transport.requests) == 1


def test_a_terminal_shows_times_of_the_org_and_asks_for_its_zone_once(folder: Path) -> None:
    later = ROW | {"occurred_at": "2026-11-01T07:30:59.999Z"}
    transport = StandIn(pages=[page(later, following="1"), page(ROW)], time_zone="America/Chicago")
    run(folder, transport, "audit", "--all", terminal=(terminal := io.StringIO()))
    assert re.findall(r"\d{4}-\S+ \S+ \S+", shown(terminal)) == ["2026-11-01 01:30 CST", "2026-11-01 01:30 CDT"]
    paths = [request.url.path.rpartition("/")[2] for request in transport.requests]
    assert paths == ["settings", "audit", "audit"]


def test_a_log_of_a_record_is_shown_in_the_time_of_the_org_too(folder: Path) -> None:
    entry = {"occurred_at": "2026-07-01T03:00:00.000Z", "name": "Ann", "action": "signed in"}
    arguments = ("log", "family/1", "activity")
    transport = StandIn(pages=[page(entry)], time_zone="America/Chicago")
    run(folder, transport, *arguments, terminal=(terminal := io.StringIO()))
    assert "2026-06-30 22:00 CDT" in shown(terminal)
    assert "2026-07-01 03:00 UTC\tAnn" in run(folder, transport, *arguments).stdout
    assert json.loads(run(folder, transport, *arguments, "--json").stdout) == page(entry)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "\x1b[31m"])
def test_a_zone_that_is_not_known_here_is_said_and_times_are_in_utc(folder: Path, name: str) -> None:
    transport = StandIn(pages=[page(ROW)], time_zone=name)
    result = run(folder, transport, "audit", terminal=(terminal := io.StringIO()))
    assert result.exit_code == 0, result.output
    assert "2026-11-01 06:30 UTC" in shown(terminal)
    assert "is not known on this machine" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(("width", "has_id"), [(139, False), (140, True)])
def test_an_id_is_shown_where_there_is_room(folder: Path, width: int, has_id: bool) -> None:
    terminal = io.StringIO()
    run(folder, StandIn(pages=[page(ROW)]), "audit", terminal=terminal, width=width)
    assert ("0abc" in shown(terminal)) is has_id
    assert "deleted invoice" in shown(terminal)


@pytest.mark.parametrize(("width", "has_ip"), [(119, False), (120, True)])
def test_an_ip_address_is_shown_where_there_is_room(folder: Path, width: int, has_ip: bool) -> None:
    terminal = io.StringIO()
    run(folder, StandIn(pages=[page(ROW)]), "audit", terminal=terminal, width=width)
    assert ("::1" in shown(terminal)) is has_ip


@pytest.mark.parametrize(
    ("searched", "sentence"),
    [
        ({"from": "2026-11-01T06:30:12.345Z"}, "Searched from 2026-11-01 06:30:12 UTC on; there may be more: "),
        ({"to": "2026-11-01T06:30:12.345Z"}, "Searched up to 2026-11-01 06:30:12 UTC; there may be more: "),
        (
            {"from": "2026-10-01T00:00:00.000Z", "to": "2026-11-01T06:30:12.345Z"},
            "Searched from 2026-10-01 00:00:00 UTC to 2026-11-01 06:30:12 UTC; there may be more: ",
        ),
    ],
)
def test_a_search_that_stops_early_says_what_it_has_searched(
    folder: Path, searched: dict[str, str | None], sentence: str
) -> None:
    first = page(following="1", **searched)
    result = run(folder, StandIn(pages=[first, page(ROW)]), "audit", "smith", "--json")
    assert json.loads(result.stdout) == first
    assert result.stderr == f"{sentence}--cursor 1 continues from here, --all shows everything.\n"


def test_a_terminal_says_in_the_time_of_the_org_what_was_searched(folder: Path) -> None:
    transport = StandIn(
        pages=[page(following="1", **{"from": "2026-11-01T06:30:12.345Z"})], time_zone="America/Chicago"
    )
    result = run(folder, transport, "audit", "smith", terminal=io.StringIO())
    assert result.stderr.startswith("Searched from 2026-11-01 01:30:12 CDT on; there may be more: --cursor 1 ")


def test_a_short_page_is_not_the_end_of_all(folder: Path) -> None:
    transport = StandIn(pages=[page(following="1"), page(ROW, following="2"), page(following="3"), page(ROW)])
    result = run(folder, transport, "audit", "smith", "--all")
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == ""
    sent = [request.url.params.multi_items() for request in transport.requests]
    common = [("q", "smith"), ("limit", "200")]
    assert sent == [common, *([*common, ("cursor", cursor)] for cursor in "123")]


def test_an_entry_is_shown_whole(folder: Path) -> None:
    transport = StandIn(pages=[ENTRY], time_zone="America/Chicago")
    result = run(folder, transport, "audit", "--entry", "0abc")
    assert result.stdout.splitlines() == [
        "When: 2026-11-01 06:30:12 UTC",
        "Who: Maria Delgado (maria)",
        "Source: office_portal",
        "IP: ::1",
        "Action: deleted invoice",
        "Expires: 2028-11-01 06:30:12 UTC",
        "",
        "family/7 (Ann Smith): updated",
        "  before: {",
        '    "due": "5"',
        "  }",
        "",
        "invoice/9: deleted",
        "  link: https://x.example/9",
        "  details: a duplicate",
    ]
    assert transport.requests[0].url.path == "/v1/orgs/riverside/audit/0abc"
    run(folder, transport, "audit", "--entry", "0abc", terminal=(terminal := io.StringIO()))
    assert terminal.getvalue().startswith("When: 2026-11-01 01:30:12 CDT\n")
    assert json.loads(run(folder, transport, "audit", "--entry", "0abc", "--json").stdout) == ENTRY


HOSTILE = "\x1b[31m[bold]x[/]\x07\u202e"


@pytest.mark.parametrize("arguments", [(), ("--entry", "0abc"), ("--who",)])
def test_nothing_of_an_entry_is_obeyed(folder: Path, arguments: tuple[str, ...]) -> None:
    change = {"record": {"type": HOSTILE, "id": "1"}, "change": HOSTILE, "name": HOSTILE, "after": {HOSTILE: HOSTILE}}
    hostile = ROW | dict.fromkeys(("member_name", "username", "action", "last_day", "ip"), HOSTILE)
    hostile |= {"affected": [change, change | {"after": HOSTILE}], "names": [HOSTILE]}
    answer = hostile | {"entries": [hostile], "next": None}
    result = run(folder, StandIn(pages=[answer]), "audit", *arguments)
    assert result.exit_code == 0, result.output
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.stdout.replace("\t", "")) == []
    assert "[bold]x[/]" in result.stdout


@pytest.mark.parametrize("entry", ["staff", "", "../settings"])
def test_what_is_no_id_of_an_entry_is_not_shown_as_one(folder: Path, entry: str) -> None:
    result = run(folder, StandIn(pages=[{"entries": [], "next": None}]), "audit", "--entry", entry)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is not the id of an audit entry" in result.stderr


def test_a_line_may_begin_with_what_it_excludes(folder: Path) -> None:
    transport = StandIn()
    assert run(folder, transport, "audit", "--", "-anna smith").exit_code == 0
    assert transport.requests[0].url.params["q"] == "-anna smith"


def test_an_entry_of_odd_types_is_shown_somehow(folder: Path) -> None:
    for affected in (None, 3, [3, {}, {"record": 4, "details": [], "name": 7}]):
        odd: dict[str, Any] = {"id": "x", "affected": affected, "occurred_at": 7, "expires_at": {}}
        assert run(folder, StandIn(pages=[odd]), "audit", "--entry", "x").exit_code == 0


def test_staff_are_listed_with_the_day_of_their_last_entry(folder: Path) -> None:
    pages: list[dict[str, Any]] = [
        {"entries": [{"username": "maria", "member_name": "Maria Lopez", "last_day": "2026-11-01"}], "next": "1"},
        {"entries": [{"username": "tom", "member_name": "Tom", "last_day": "2026-10-01"}], "next": None},
    ]
    transport = StandIn(pages=pages)
    first = run(folder, transport, "audit", "--who")
    assert first.stdout == "username\tname\tlast entry (UTC)\nmaria\tMaria Lopez\t2026-11-01\n"
    assert first.stderr == "There is more: --cursor 1 continues from here, --all shows everything.\n"
    assert transport.requests[1].url.path == "/v1/orgs/riverside/audit/staff"
    everything = run(folder, transport, "audit", "--who", "--all", "--json")
    assert [json.loads(line)["username"] for line in everything.stdout.splitlines()] == ["maria", "tom"]


def test_staff_can_be_searched_and_ordered(folder: Path) -> None:
    transport = StandIn()
    result = run(folder, transport, "audit", "--who", "--kind", "staff", "--order", "last", "-q", "mar", "--limit", "7")
    assert result.exit_code == 0, result.output
    assert transport.requests[-1].url.params.multi_items() == [
        ("q", "mar"), ("kind", "staff"), ("order", "last"), ("limit", "7"),
    ]  # fmt: skip


def test_the_zone_of_days_is_on_one_line(folder: Path) -> None:
    member = {"username": "maria", "member_name": "Maria", "last_day": "2026-11-01"}
    transport = StandIn(pages=[{"entries": [member], "next": None}], time_zone="America/Chicago")
    run(folder, transport, "audit", "--who", terminal=(terminal := io.StringIO()), width=80)
    assert "(America/Chicago)" in shown(terminal)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--order", "newest"],
        ["--order", "last"],
        ["--who", "--order", "asc"],
        ["--kind", "staff"],
        ["-q", "maria"],
        ["--who", "--kind", "nobody"],
        ["--entry", "x", "--order", "asc"],
        ["--limit", "201"],
        ["smith", "jones"],
        ["smith", "--who"],
        ["--staff", "maria", "--entry", "x"],
        ["--who", "--entry", "x"],
        ["--entry", "x", "--all"],
        ["--entry", "x", "--cursor", "0"],
    ],
)
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    transport = StandIn()
    assert run(folder, transport, "audit", *arguments).exit_code == 2
    assert transport.requests == []


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "--who"], ["audit", "--entry", "x"]])
def test_a_refusal_is_a_sentence(folder: Path, arguments: list[str]) -> None:
    refusal = httpx.Response(403, json={"detail": "this needs the permission audit_log"})
    result = run(folder, StandIn(refusal), *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "403: this needs the permission audit_log" in result.stderr
