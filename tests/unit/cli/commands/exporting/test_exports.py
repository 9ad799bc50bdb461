from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import run
from tests.unit.cli.commands.exporting.test_export import ANSWERS, DONE, FILE, RUNNING, Interrupted, exporting

LISTED = {key: value for key, value in DONE.items() if key != "url"}


def test_all_pages_of_ones_exports(folder: Path) -> None:
    first = {"entries": [LISTED | {"query": {"q": "smith", "staff": ["jlee", "anna"]}}], "next": "c"}
    api = Answers({"exports": [first, {"entries": [RUNNING], "next": None}]})
    result = run(folder, api, "exports", "--all")
    assert result.stdout.splitlines() == [
        "id\tlist\tquery\tformat\tstatus\trows\trequested\treason",
        "x-1\taudit\tq=smith, staff=jlee,anna\tcsv\tdone\t1\t2026-11-01 06:30 UTC\t",
        "x-1\taudit\t\tcsv\trunning\t0\t2026-11-01 06:30 UTC\t",
    ]
    assert [dict(request.url.params) for request in api.requests] == [{"limit": "200"}, {"limit": "200", "cursor": "c"}]


def test_a_page_says_how_to_continue(folder: Path) -> None:
    result = run(folder, Answers({"exports": {"entries": [LISTED], "next": "c"}}), "exports", "--limit", "1")
    assert result.stderr == "There is more: --cursor c continues from here, --all shows everything.\n"


def test_nobody_has_exported_anything(folder: Path) -> None:
    result = run(folder, Answers({"exports": {"entries": [], "next": None}}), "exports")
    assert (result.exit_code, result.stderr) == (0, "Nothing found.\n")


def test_one_of_them(folder: Path) -> None:
    reached = {"from": "2026-03-02T03:00:00.000Z", "to": "2026-11-01T06:30:12.345Z"}
    result = run(folder, Answers({"exports/x-1": LISTED | {"range": reached}}), "exports", "show", "x-1")
    assert result.stdout.splitlines() == [
        "Export: x-1", "List: audit", "Format: csv", "Status: done", "Rows: 1", "From: 2026-03-02 03:00:00 UTC",
        "To: 2026-11-01 06:30:12 UTC", f"Bytes: {len(FILE)}", "Requested: 2026-11-01 06:30 UTC", "By: maria",
        "Completed: 2026-11-01 06:31 UTC", "File until: 2026-11-08 06:31 UTC",
    ]  # fmt: skip


def test_its_file_is_fetched_when_it_is_done(folder: Path) -> None:
    api = exporting(RUNNING, DONE, DONE)
    result = run(folder, api, "exports", "fetch", "x-1")
    assert (result.exit_code, result.stdout_bytes, result.stderr) == (0, FILE, "1 row.\n")
    assert api.calls == [*["GET exports/x-1"] * 3, "GET /x"]


def test_its_file_and_the_export_as_json(folder: Path) -> None:
    output = folder / "audit.csv"
    result = run(folder, exporting(DONE, DONE), "exports", "fetch", "x-1", "--json", "-o", str(output))
    assert json.loads(result.stdout) == DONE
    assert output.read_bytes() == FILE


def test_an_export_of_somebody_else_has_no_file(folder: Path) -> None:
    api = Answers({})
    result = run(folder, api, "exports", "fetch", "x-2", "-o", str(folder / "audit.csv"))
    assert result.exit_code == 1
    assert result.stderr.startswith("The API answered 404")
    assert not (folder / "audit.csv").exists()


def test_ctrl_c_ends_the_waiting_only(folder: Path) -> None:
    api = Interrupted(ANSWERS | {"exports/x-1": RUNNING}, "GET exports/x-1")
    result = run(folder, api, "exports", "fetch", "x-1")
    assert result.exit_code == 130
    assert result.stderr == "The export goes on: `daybook exports fetch x-1` gets its file.\n"
    assert api.calls == ["GET exports/x-1"]


def test_it_is_cancelled(folder: Path) -> None:
    api = Answers({"exports/x-1": [httpx.Response(204), RUNNING | {"status": "failed", "reason": "cancelled"}]})
    result = run(folder, api, "exports", "cancel", "x-1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert {"Status: failed", "Failure: cancelled"} <= {*result.stdout.splitlines()}
    assert api.calls == ["DELETE exports/x-1", "GET exports/x-1"]
