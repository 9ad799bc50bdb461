from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli.answers import Answers, listed
from tests.support.cli.api_stand_in import run

BLOCK: dict[str, Any] = {
    "address": "ann@x.example", "status": "bounce", "since": "2026-11-01T06:30:12.345Z", "reason": "no such user",
    "records": [{"type": "family", "id": "1"}, {"type": "staff", "id": "2"}],
    "resets": [{"at": "2026-01-05T11:44:00.000Z", "username": "maria", "member_name": "Maria", "reason": "She asked"}],
}  # fmt: skip


def outcomes(*statuses: str) -> dict[str, Any]:
    return {"results": [{"index": index, "status": status} for index, status in enumerate(statuses)]}


@pytest.mark.parametrize("command", [["blacklist"], ["blacklist", "list"]])
def test_the_list_can_be_narrowed(folder: Path, command: list[str]) -> None:
    api = Answers({"blacklist": listed(BLOCK)})
    result = run(folder, api, *command, "-q", "ann", "--status", "bounce", "--status", "manual", "--limit", "7")
    assert result.stdout.splitlines() == [
        "address\tstatus\tsince\treason\trecords\tresets",
        "ann@x.example\tbounce\t2026-11-01 06:30 UTC\tno such user\tfamily/1, staff/2\t1",
    ]
    sent = api.requests[0].url.params.multi_items()
    assert sent == [("q", "ann"), ("status", "bounce"), ("status", "manual"), ("limit", "7")]


def test_the_list_of_a_record_is_its_own(folder: Path) -> None:
    api = Answers({"records/family/1/blacklist": listed(BLOCK)})
    assert run(folder, api, "blacklist", "--record", "family/1").exit_code == 0
    assert api.calls == ["GET records/family/1/blacklist"]


def test_one_address_is_asked_for_in_the_query_where_any_spelling_stays_as_it_is(folder: Path) -> None:
    api = Answers({"blacklist": listed(BLOCK)})
    result = run(folder, api, "blacklist", "show", "a+b/c%d@x.example")
    assert dict(api.requests[0].url.params) == {"address": "a+b/c%d@x.example"}
    assert "Reset: 2026-01-05 11:44 UTC by Maria (maria): She asked" in result.stdout.splitlines()
    assert json.loads(run(folder, api, "blacklist", "show", "x", "--json").stdout) == BLOCK


def test_an_address_that_is_not_there_is_a_sentence_and_status_1(folder: Path) -> None:
    result = run(folder, Answers({"blacklist": listed()}), "blacklist", "show", "ann@x.example")
    search = "`daybook audit 'reset blacklist ann@x.example'` finds who reset it, if somebody did."
    sentence = f"ann@x.example is not blacklisted. {search}"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{sentence}\n")


def test_addresses_are_checked_a_hundred_at_a_time(folder: Path) -> None:
    api = Answers(
        {"blacklist/check": [{"blocked": {"a0@x.example": "bounce"}}, {"blocked": {"a100@x.example": "manual"}}]}
    )
    result = run(folder, api, "blacklist", "check", *(f"a{number}@x.example" for number in range(101)))
    assert [len(body["addresses"]) for body in api.bodies] == [100, 1]
    lines = result.stdout.splitlines()
    assert (lines[0], len(lines)) == ("address\tstatus", 102)
    assert (lines[1], lines[2], lines[101]) == (
        "a0@x.example\tbounce",
        "a1@x.example\tnot blacklisted",
        "a100@x.example\tmanual",
    )


def test_a_reset_names_address_and_reason(folder: Path) -> None:
    api = Answers({"blacklist/reset": {"address": "ann@x.example", "reset_at": "2026-11-01T06:30:12.345Z"}})
    result = run(folder, api, "blacklist", "reset", "ann@x.example", "--reason", "She asked")
    assert result.stdout == "ann@x.example has been off the blacklist since 2026-11-01 06:30 UTC.\n"
    assert run(folder, api, "blacklist", "reset", "ann@x.example").exit_code == 0
    assert api.bodies == [{"address": "ann@x.example", "reason": "She asked"}, {"address": "ann@x.example"}]


def test_a_validation_shows_what_is_known(folder: Path) -> None:
    api = Answers({"blacklist/validate": httpx.Response(202, json=BLOCK | {"status": "validate"})})
    result = run(folder, api, "blacklist", "validate", "ann@x.example")
    assert "Status: validate" in result.stdout.splitlines()
    assert (api.calls, api.bodies) == (["POST blacklist/validate"], [{"address": "ann@x.example"}])


def test_addresses_are_blocked_by_hand(folder: Path) -> None:
    api = Answers({"blacklist": outcomes("created", "unchanged")})
    result = run(
        folder, api, "blacklist", "block", "ann@x.example", "Bob <bob@x.example>", "--reason", "She called",
        "--since", "2026-07-01", "--status", "complaint",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    fields = {"status": "complaint", "since": "2026-07-01T00:00:00-05:00", "reason": "She called"}
    assert api.calls == ["PUT blacklist"]
    assert api.bodies == [
        {"addresses": [{"address": "ann@x.example"} | fields, {"address": "Bob <bob@x.example>"} | fields]}
    ]
    assert result.stdout.splitlines() == [
        "place\taddress\toutcome\tstatus\terror",
        "ann@x.example\tann@x.example\tcreated\t\t",
        "Bob <bob@x.example>\tBob <bob@x.example>\tunchanged\t\t",
    ]
    assert result.stderr == "1 created, 0 updated, 1 unchanged, 0 rejected\n"


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_names_no_place_of_an_address_that_is_typed(folder: Path, width: int) -> None:
    terminal = io.StringIO()
    api = Answers({"blacklist": outcomes("created")})
    run(folder, api, "blacklist", "block", "ann@x.example", terminal=terminal, width=width)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert shown.split()[:4] == ["address", "outcome", "status", "error"]
    assert shown.count("ann@x.example") == 1


def test_without_options_a_block_by_hand_is_from_now_on(folder: Path) -> None:
    api = Answers({"blacklist": outcomes("created")})
    assert run(folder, api, "blacklist", "block", "ann@x.example").exit_code == 0
    assert api.bodies == [{"addresses": [{"address": "ann@x.example", "status": "manual"}]}]


def test_a_list_is_brought_a_hundred_at_a_time_and_a_faulty_row_costs_only_itself(folder: Path) -> None:
    rows = [f"a{number}@x.example,bounce,2026-11-01,Old system" for number in range(150)]
    rows.insert(3, "a@x.example,bounce,2026-11-01,Old system,too,many")
    file = folder / "suppressed.csv"
    file.write_text("Address,Status,Since,Reason\n" + "\n".join(rows))
    error = {"code": "invalid_address", "detail": "x", "errors": [{"field": "address", "message": "no address"}]}
    first = outcomes(*["created"] * 98, "rejected")
    first["results"][98]["error"] = error
    api = Answers({"blacklist": [httpx.Response(207, json=first), outcomes(*["unchanged"] * 51)]})
    result = run(folder, api, "blacklist", "block", "--file", str(file))
    assert result.exit_code == 1
    assert [len(body["addresses"]) for body in api.bodies] == [99, 51]
    expected = {
        "address": "a0@x.example",
        "status": "bounce",
        "since": "2026-11-01T00:00:00-05:00",
        "reason": "Old system",
    }
    assert api.bodies[0]["addresses"][0] == expected
    assert result.stderr == "98 created, 0 updated, 51 unchanged, 2 rejected\n"
    lines = result.stdout.splitlines()
    assert lines[4] == "suppressed.csv:5\t\trejected\t\t6 cells below 4 headings"
    assert lines[100] == "suppressed.csv:101\ta98@x.example\trejected\t\taddress: no address"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.jsonl", b'{"address": "a@x.example"}\n{"address": "b@x.example", "since": "2026-11-01T00:00:00Z"}\n'),
        (
            "list.jsonl",
            b'{"addresses": [{"address": "a@x.example"}, {"address": "b@x.example", "since": "2026-11-01T00:00:00Z"}]}',
        ),
        ("list.csv", b"address;since\na@x.example;\nb@x.example;2026-11-01T00:00:00Z\n"),
        ("list.csv.gz", b"\xef\xbb\xbfsince,address\n,a@x.example\n2026-11-01T00:00:00Z,b@x.example\n"),
    ],
)
def test_a_list_is_csv_or_json_and_by_hand_where_it_does_not_say(folder: Path, name: str, content: bytes) -> None:
    file = folder / name
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    api = Answers({"blacklist": outcomes("created", "created")})
    result = run(folder, api, "blacklist", "block", "--file", str(file), "--json")
    assert result.exit_code == 0, result.output
    assert api.bodies[0]["addresses"] == [
        {"address": "a@x.example", "status": "manual"},
        {"address": "b@x.example", "status": "manual", "since": "2026-11-01T00:00:00Z"},
    ]
    assert [json.loads(line)["address"] for line in result.stdout.splitlines()] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "list.csv",
            "email,status\n",
            "the headings are email, status: they must be of address, status, since, reason",
        ),
        ("list.csv", "address,address\n", "each once, and address is needed"),
        ("list.csv", "", "the file is empty"),
        ("list.csv", "address,status\n,bounce\n", "list.csv:2\t\trejected\t\tthere is no address"),
        ("list.jsonl", '"ann@x.example"\n', "not an object with an address"),
        ("list.jsonl", '{"status": "bounce"}\n', "there is no address"),
        ("list.jsonl", "nope\n", "not JSON"),
    ],
)
def test_what_is_no_address_is_said_with_its_line_and_not_sent(
    folder: Path, name: str, content: str, reason: str
) -> None:
    (folder / name).write_text(content)
    api = Answers({"blacklist": outcomes()})
    result = run(folder, api, "blacklist", "block", "--file", str(folder / name))
    assert (result.exit_code, api.requests) == (1, [])
    assert reason in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["block"],
        ["block", "a@x.example", "--file", "list.csv"],
        ["block", "--file", "list.csv", "--reason", "x"],
        ["block", "--file", "nowhere.csv"],
        ["check"],
        ["reset"],
        ["show"],
        ["validate"],
        ["--record", "family/1", "--q", "x"],
        ["--record", "family"],
    ],
)
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    (folder / "list.csv").write_text("address\n")
    api = Answers({})
    words = [str(folder / word) if word.endswith(".csv") else word for word in arguments]
    assert run(folder, api, "blacklist", *words).exit_code == 2
    assert api.requests == []


def test_nothing_of_an_address_is_obeyed(folder: Path) -> None:
    hostile = BLOCK | dict.fromkeys(("address", "reason", "status"), "\x1b[31m[bold]x[/]\u202e")
    for command in (["list"], ["show", "x"]):
        terminal = io.StringIO()
        run(folder, Answers({"blacklist": listed(hostile)}), "blacklist", *command, terminal=terminal, width=200)
        assert "\x1b[31m" not in terminal.getvalue()
        assert "\u202e" not in terminal.getvalue()
        assert "[bold]x[/]" in terminal.getvalue()
