from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest
from daybook_cli.posting.batches import MAX_BYTES

from tests.support.cli.api_stand_in import StandIn, run, write_stack

ENTRY = {"log": "activity", "record": {"type": "family", "id": "1"}, "name": "Ann", "action": "signed in"}
SHAPES = {
    "one": (json.dumps(ENTRY, indent=2), 1),
    "list": (json.dumps([ENTRY, ENTRY]), 2),
    "body": (json.dumps({"entries": [ENTRY, ENTRY, ENTRY]}), 3),
    "lines": (f"{json.dumps(ENTRY)}\n{json.dumps(ENTRY)}\n", 2),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_entries_are_read_from_standard_input_or_a_file(tmp_path: Path, shape: str) -> None:
    write_stack(tmp_path)
    text, count = SHAPES[shape]
    (tmp_path / "entries.json").write_text(text)
    transport = StandIn()
    for result in (
        run(tmp_path, transport, "post", stdin=text),
        run(tmp_path, transport, "post", "-", stdin=text),
        run(tmp_path, transport, "post", str(tmp_path / "entries.json")),
    ):
        assert result.exit_code == 0, result.output
        assert result.stdout.count("created") == count
    assert transport.entries == [ENTRY] * count * 3
    assert {request.headers["authorization"] for request in transport.requests} == {"Bearer token-of-service"}


def test_results_come_as_json_lines(tmp_path: Path) -> None:
    write_stack(tmp_path)
    text = "\n".join([json.dumps(ENTRY | {"key": "a"}), json.dumps(ENTRY | {"key": "a"}), '{"no": "log"}', "nonsense"])
    result = run(tmp_path, StandIn(), "post", "--json", stdin=text)
    assert result.exit_code == 1
    lines = sorted((json.loads(line) for line in result.stdout.splitlines()), key=lambda line: line["place"])
    assert [line["status"] for line in lines] == ["created", "duplicate", "rejected", "rejected"]
    assert lines[2]["error"]["errors"] == [{"field": "log", "message": "required"}]
    assert lines[3]["place"] == "standard input:4"
    assert "1 created, 1 duplicate, 2 rejected" in result.stderr


def test_what_was_not_kept_as_given_is_told_with_its_place_and_counted(tmp_path: Path) -> None:
    write_stack(tmp_path)
    halved = ENTRY | {"name": "\ufffd Ann", "details": "\ufffd"}
    result = run(tmp_path, StandIn(), "post", stdin=json.dumps([ENTRY, halved, {"no": "log"}]))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "standard input:1 record 2: warning: name: half of a character",
        "standard input:1 record 2: warning: details: half of a character",
        "2 created, 0 duplicate, 1 rejected, 1 with warnings",
    ]
    as_json = run(tmp_path, StandIn(), "post", "--json", stdin=json.dumps([ENTRY, halved]))
    assert as_json.exit_code == 0
    first, second = (json.loads(line) for line in as_json.stdout.splitlines())
    assert "warnings" not in first
    assert [warning["field"] for warning in second["warnings"]] == ["name", "details"]


@pytest.mark.parametrize("odd", [None, "text", {"field": "name"}, [1, None], []])
def test_odd_warnings_are_none(tmp_path: Path, odd: object) -> None:
    write_stack(tmp_path)
    answer = httpx.Response(201, json={"results": [{"index": 0, "status": "created", "id": "1", "warnings": odd}]})
    result = run(tmp_path, StandIn(answer), "post", stdin=json.dumps(ENTRY))
    assert (result.exit_code, result.stderr) == (0, "1 created, 0 duplicate, 0 rejected\n")


def test_a_hundred_entries_are_a_batch(tmp_path: Path) -> None:
    write_stack(tmp_path)
    transport = StandIn()
    run(tmp_path, transport, "post", stdin=json.dumps([ENTRY] * 250))
    assert [len(batch) for batch in transport.batches] == [100, 100, 50]


def test_a_batch_is_never_larger_than_a_request_may_be(tmp_path: Path) -> None:
    write_stack(tmp_path)
    transport = StandIn()
    large = ENTRY | {"details": "x" * 400_000}
    assert run(tmp_path, transport, "post", stdin=json.dumps([large] * 5)).exit_code == 0
    assert [len(batch) for batch in transport.batches] == [2, 2, 1]
    assert all(len(request.content) <= MAX_BYTES for request in transport.requests)


def test_an_entry_larger_than_a_request_is_rejected_here(tmp_path: Path) -> None:
    write_stack(tmp_path)
    transport = StandIn()
    result = run(tmp_path, transport, "post", stdin=json.dumps([ENTRY, ENTRY | {"details": "x" * MAX_BYTES}]))
    assert result.exit_code == 1
    assert "of a whole request" in result.stdout
    assert transport.entries == [ENTRY]


def test_one_entry_from_options(tmp_path: Path) -> None:
    write_stack(tmp_path)
    transport = StandIn()
    fields = ("--field", "name=Ann", "--field", "action=signed in = yes")
    result = run(tmp_path, transport, "post", "--log", "activity", "--record", "family/1", *fields)
    assert result.exit_code == 0, result.output
    assert transport.entries == [ENTRY | {"action": "signed in = yes"}]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log", "letters"],
        ["--log", "activity", "--record", "family"],
        ["--log", "activity", "--record", "/1"],
        ["--log", "activity", "--field", "name"],
        ["--log", "activity", "--field", "a=1", "--field", "a=2"],
        ["--record", "family/1"],
        ["--as", "nobody"],
        ["--as", "admin", "--token", "x"],
        ["no-such-file.json"],
        ["."],
    ],
)
def test_wrong_usage_is_status_2(tmp_path: Path, arguments: list[str]) -> None:
    write_stack(tmp_path)
    transport = StandIn()
    result = run(tmp_path, transport, "post", *arguments, stdin="{}")
    assert result.exit_code == 2, result.output
    assert transport.requests == []


def test_no_stack_is_a_sentence(tmp_path: Path) -> None:
    result = run(tmp_path, StandIn(), "post", stdin="{}")
    assert result.exit_code == 1
    assert "make run" in result.stderr


def test_a_problem_of_the_whole_request_is_told(tmp_path: Path) -> None:
    write_stack(tmp_path)
    problem = {"detail": "too many", "errors": [{"field": "entries", "message": "at most 100"}]}
    result = run(tmp_path, StandIn(httpx.Response(422, json=problem)), "post", stdin=json.dumps(ENTRY))
    assert result.exit_code == 1
    assert "422: too many" in result.stderr
    assert "  entries: at most 100" in result.stderr


def test_an_answer_that_forgets_an_entry_is_not_taken_for_success(tmp_path: Path) -> None:
    write_stack(tmp_path)
    short = httpx.Response(201, json={"results": [{"index": 0, "status": "created", "id": "x"}]})
    result = run(tmp_path, StandIn(short), "post", stdin=json.dumps([ENTRY, ENTRY]))
    assert result.exit_code == 1
    assert "did not say what became of it" in result.stdout


def test_a_terminal_gets_a_table(tmp_path: Path) -> None:
    write_stack(tmp_path)
    terminal = io.StringIO()
    run(tmp_path, StandIn(), "post", stdin=json.dumps([ENTRY, {"no": "log"}]), terminal=terminal)
    assert "log: required" in terminal.getvalue()
    assert "─" in terminal.getvalue()
