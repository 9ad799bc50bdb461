"""`daybook import csv`, `daybook import jsonl`, and the dry run of all three."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.cloudtrail_records import record

SHEET = """When,Who,User,What,Family
3/1/2026 5:10 PM,"Nguyen, Sam",sam,changed the phone number,101
3/1/2026 5:11 PM,Ann,ann,signed in,
3/8/2026 2:30 AM,Ann,ann,signed in,
"""
OPTIONS = (
    *("--log", "audit", "--set", "source=office_portal", "--time-zone", "America/Chicago"),
    *("--map", "When=occurred_at", "--map", "Who=member_name", "--map", "User=username", "--map", "What=action"),
    *("--map", "Family=affected.id", "--set", "affected.type=family", "--set", "affected.change=updated"),
)
SIGNED_IN = {"log": "activity", "record": {"type": "family", "id": "1"}, "name": "Ann", "action": "signed in"}
AT = {"occurred_at": "2026-03-01T10:00:00Z"}


class Unreachable(httpx.BaseTransport):
    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        raise AssertionError("a dry run called the API")


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def lines(*entries: Any) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def test_a_second_import_of_a_table_creates_nothing(folder: Path) -> None:
    path = written(folder, "sheet.csv", SHEET)
    transport = StandIn()
    first = run(folder, transport, "import", "csv", path, *OPTIONS)
    assert first.exit_code == 1
    assert first.stdout == "2 created, 0 duplicate, 1 rejected\n"
    assert first.stderr.startswith(f"{path}:4: When: '3/8/2026 2:30 AM' never was in America/Chicago")
    assert transport.entries[0]["affected"] == [{"record": {"type": "family", "id": "101"}, "change": "updated"}]
    assert run(folder, transport, "import", "csv", path, *OPTIONS).stdout == "0 created, 2 duplicate, 1 rejected\n"


def test_warnings_of_rows_name_their_line(folder: Path) -> None:
    head = "occurred_at,name,action,record.type,record.id\n"
    rows = "2026-03-01T10:00:00Z,Ann,signed in,family,1\n2026-03-01T10:00:00Z,\ufffd,signed in,family,2\n"
    path = written(folder, "a.csv", head + rows)
    result = run(folder, StandIn(), "import", "csv", path, "--log", "activity")
    assert (result.exit_code, result.stdout) == (0, "2 created, 0 duplicate, 0 rejected, 1 with warnings\n")
    assert f"{path}:3: warning: name: half of a character" in result.stderr
    result = run(folder, StandIn(), "import", "csv", path, "--log", "activity", "--json")
    assert json.loads(result.stdout)["warned"] == 1


def test_the_first_warnings_are_told_and_all_counted(folder: Path) -> None:
    head = "occurred_at,name,action,record.type,record.id\n"
    rows = [f"2026-03-01T10:00:00Z,\ufffd,signed in,family,{number}\n" for number in range(25)]
    path = written(folder, "a.csv", head + "".join(rows))
    result = run(folder, StandIn(), "import", "csv", path, "--log", "activity")
    assert (result.exit_code, result.stdout) == (0, "25 created, 0 duplicate, 0 rejected, 25 with warnings\n")
    assert [line.split(": ")[0] for line in result.stderr.splitlines() if "warning:" in line] == [
        f"{path}:{line}" for line in range(2, 22)
    ]
    assert result.stderr.count("Further warnings are only counted") == 1


def test_rows_that_are_equal_are_stored_as_often_as_they_stand_there(folder: Path) -> None:
    row = "2026-03-01T10:00:00Z,Ann,signed in,family,1\n"
    path = written(folder, "a.csv", "occurred_at,name,action,record.type,record.id\n" + row * 3)
    transport = StandIn()
    assert run(folder, transport, "import", "csv", path, "--log", "activity").stdout.startswith("3 created, 0 dup")
    assert run(folder, transport, "import", "csv", path, "--log", "activity").stdout.startswith("0 created, 3 dup")
    longer = written(folder, "b.csv", "occurred_at,name,action,record.type,record.id\n" + row * 4)
    assert run(folder, transport, "import", "csv", longer, "--log", "activity").stdout.startswith("1 created, 3 dup")


def test_a_folder_stands_for_its_tables(folder: Path) -> None:
    (folder / "exports").mkdir()
    head = "occurred_at,name,action,record.type,record.id\n"
    written(folder, "exports/a.csv", head + "2026-03-01T10:00:00Z,Ann,signed in,family,1\n")
    written(folder, "exports/b.tsv", head.replace(",", "\t") + "2026-03-01T10:00:01Z\tAnn\tx\tfamily\t1\n")
    written(folder, "exports/notes.txt", "not for import")
    result = run(folder, StandIn(), "import", "csv", str(folder / "exports"), "--log", "activity")
    assert (result.exit_code, result.stdout) == (0, "2 created, 0 duplicate, 0 rejected\n")


def test_a_file_that_is_no_table_does_not_hide_the_others(folder: Path) -> None:
    head, row = "occurred_at,name,action,record.type,record.id\n", "2026-03-01T10:00:00Z,Ann,x,family,1\n"
    bare, empty = written(folder, "bare.csv", row), written(folder, "empty.csv", "")
    result = run(
        folder, StandIn(), "import", "csv", bare, empty, written(folder, "a.csv", head + row), "--log=activity"
    )
    assert result.exit_code == 1
    assert result.stdout == "1 created, 0 duplicate, 2 rejected\n"
    assert f"{bare}:1: no heading here is a field" in result.stderr
    assert f"{empty}:1: the file is empty" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--map", "nothing"],
        ["--map", "=action"],
        ["--map", "x=action", "--map", "x=name"],
        ["--map", "x=colour"],
        ["--set", "colour=red"],
        ["--set", "source"],
        ["--time-zone", "America/Nowhere"],
        ["--time-zone", "../etc/passwd"],
        ["--time-zone", "localtime"],
        ["--time-zone", "right/Europe/Berlin"],
        ["--time-zone", "Factory"],
        ["--encoding", "klingon"],
        ["--encoding", "rot13"],
        ["--delimiter", ";;"],
        ["--quote", ";", "--delimiter", ";"],
        ["--log", "audits"],
        ["--rows", "3"],
        ["--dry-run", "--rows", "-1"],
    ],
)
def test_wrong_usage_is_status_2(folder: Path, wrong: list[str]) -> None:
    path = written(folder, "sheet.csv", SHEET)
    assert run(folder, Unreachable(), "import", "csv", path, "--log", "audit", *wrong).exit_code == 2


def test_a_heading_may_hold_an_equals_sign(folder: Path) -> None:
    path = written(folder, "a.csv", "occurred_at,a=b,action,record.type,record.id\n2026-03-01T10:00Z,Ann,x,family,1\n")
    transport = StandIn()
    assert run(folder, transport, "import", "csv", path, "--log", "activity", "--map", "a=b=name").exit_code == 0
    assert transport.entries[0]["name"] == "Ann"


def test_lines_get_a_key_where_they_have_a_time_and_nothing_else_to_know_them_by(folder: Path) -> None:
    sent = {"log": "sms", "message_id": "m1", **AT}
    entries = [SIGNED_IN | AT, SIGNED_IN | AT, SIGNED_IN | AT | {"key": "mine"}, sent]
    path = written(folder, "entries.jsonl", lines(*entries))
    transport = StandIn()
    result = run(folder, transport, "import", "jsonl", path)
    assert (result.stdout, result.stderr) == ("4 created, 0 duplicate, 0 rejected\n", "")
    keys = [entry.get("key") for entry in transport.entries]
    assert keys[1:] == [f"{keys[0]}-2", "mine", None]
    assert run(folder, transport, "import", "jsonl", path).stdout == "1 created, 3 duplicate, 0 rejected\n"


def test_lines_without_a_time_are_sent_as_they_are_and_told_of(folder: Path) -> None:
    path = written(folder, "entries.jsonl", lines(SIGNED_IN, SIGNED_IN | AT))
    transport = StandIn()
    result = run(folder, transport, "import", "jsonl", path)
    assert result.exit_code == 0
    assert transport.entries[0] == SIGNED_IN
    assert "1 without key, message_id and occurred_at" in result.stderr
    assert run(folder, transport, "import", "jsonl", path).stdout == "1 created, 1 duplicate, 0 rejected\n"


def test_every_shape_that_can_be_posted_can_be_imported(folder: Path) -> None:
    body = written(folder, "body.json", json.dumps({"entries": [SIGNED_IN | AT]}, indent=2))
    plain = written(folder, "list.json", json.dumps([SIGNED_IN | AT, "nonsense"]))
    result = run(folder, StandIn(), "import", "jsonl", body, plain)
    assert result.stdout == "1 created, 1 duplicate, 1 rejected\n"
    assert f"{plain}:1 record 2: not an entry: not a JSON object" in result.stderr


@pytest.mark.parametrize("depth", [*range(900, 1000, 7), 100_000])
def test_an_entry_that_is_nested_deeply_does_not_hide_the_next(folder: Path, depth: int) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    deep = json.dumps(SIGNED_IN | AT | {"details": "?", "action": ""}).replace('"?"', nested, 1)
    path = written(folder, "entries.jsonl", f"{deep}\n{lines(SIGNED_IN | AT)}")
    look = run(folder, Unreachable(), "import", "jsonl", path, "--dry-run")
    assert look.stderr.endswith("1 fine, 1 faulty; nothing was sent\n")
    transport = StandIn()
    run(folder, transport, "import", "jsonl", path)
    assert transport.entries[-1]["name"] == "Ann"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_heading(folder: Path, encoding: str) -> None:
    text = '\ufeff"occurred_at",name,action,record.type,record.id\n2026-03-01T10:00Z,Ann,x,family,1\n'
    path = written(folder, "a.csv", text)
    assert run(folder, StandIn(), "import", "csv", path, "--log", "activity", "--encoding", encoding).exit_code == 0


def test_a_dry_run_needs_no_stack_and_shows_what_would_be_stored(tmp_path: Path) -> None:
    path = written(tmp_path, "sheet.csv", SHEET)
    result = run(tmp_path, Unreachable(), "import", "csv", path, *OPTIONS, "--dry-run")
    assert result.exit_code == 1
    first, second = map(json.loads, result.stdout.splitlines())
    assert first.pop("key").startswith("sha256-")
    assert first == {
        "log": "audit",
        "source": "office_portal",
        "occurred_at": "2026-03-01T23:10:00.000Z",
        "member_name": "Nguyen, Sam",
        "username": "sam",
        "action": "changed the phone number",
        "affected": [{"record": {"type": "family", "id": "101"}, "change": "updated"}],
    }
    assert "affected" not in second
    fault, count = result.stderr.splitlines()
    assert fault.startswith(f"{path}:4: When: ")
    assert count == "2 fine, 1 faulty; nothing was sent"


def test_an_import_sends_what_its_dry_run_showed(folder: Path) -> None:
    path = written(folder, "sheet.csv", SHEET)
    transport = StandIn()
    run(folder, transport, "import", "csv", path, *OPTIONS)
    shown = run(folder, Unreachable(), "import", "csv", path, *OPTIONS, "--dry-run")
    assert [json.loads(line) for line in shown.stdout.splitlines()] == transport.entries


def test_a_dry_run_shows_as_many_rows_as_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "entries.jsonl", lines(*[SIGNED_IN | AT] * 20))
    for rows, shown in ((["--rows", "0"], 0), ([], 5), (["--rows", "7"], 7), (["--rows", "70"], 20)):
        result = run(tmp_path, Unreachable(), "import", "jsonl", path, "--dry-run", *rows)
        assert (result.exit_code, len(result.stdout.splitlines())) == (0, shown)
        assert result.stderr == "20 fine, 0 faulty; nothing was sent\n"


def test_a_dry_run_finds_what_the_api_would_refuse(tmp_path: Path) -> None:
    old, odd = (
        SIGNED_IN | {"occurred_at": "1999-01-01T00:00:00Z"},
        SIGNED_IN | AT | {"ip": "somewhere", "name": "", "nme": "x"},
    )
    path = written(tmp_path, "entries.jsonl", lines(old, odd, SIGNED_IN | AT))
    result = run(tmp_path, Unreachable(), "import", "jsonl", path, "--dry-run", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["fine"], report["faulty"]) == (1, 2)
    assert report["first"][0]["place"] == f"{path}:3"
    assert report["faults"] == [
        {"place": f"{path}:1", "reason": "occurred_at: absurdly long ago: before 2000-01-01"},
        {"place": f"{path}:2", "reason": "nme: unknown field; name: empty"},
    ]


def test_cloudtrail_records_can_be_looked_at_first(tmp_path: Path) -> None:
    path = written(tmp_path, "trail.jsonl", lines(record(1), {"digestStartTime": "x"}))
    result = run(tmp_path, Unreachable(), "import", "cloudtrail", path, "--dry-run")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["action"] == "s3:GetBucketPolicy"
    assert result.stderr.endswith("1 fine, 1 faulty; nothing was sent\n")
    assert run(tmp_path, Unreachable(), "import", "cloudtrail", path, "--rows", "1").exit_code == 2


def test_a_terminal_gets_entries_laid_out_and_no_escape_sequence_of_theirs(tmp_path: Path) -> None:
    path = written(tmp_path, "entries.jsonl", lines(SIGNED_IN | AT | {"name": "\x1b[31m[red]\u202e"}))
    terminal = io.StringIO()
    run(tmp_path, Unreachable(), "import", "jsonl", path, "--dry-run", terminal=terminal)
    shown = terminal.getvalue()
    assert f"{path}:1" in shown
    assert "\\u001b[31m[red]\\u202e" in shown
    assert "\x1b[31m[red]" not in shown
    assert shown.count("\n") > 8


def test_a_dry_run_repeats_only_the_first_thousand_faults(tmp_path: Path) -> None:
    path = written(tmp_path, "entries.jsonl", "x\n" * 1500)
    result = run(tmp_path, Unreachable(), "import", "jsonl", path, "--dry-run", "--json")
    assert json.loads(result.stdout)["faulty"] == 1500
    assert len(json.loads(result.stdout)["faults"]) == 1000
    assert len(result.stderr.splitlines()) == 1500
