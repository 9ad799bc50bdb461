"""`daybook retention` against a stand-in for Lambda that speaks HTTP, as botocore does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daybook.model import retention_policy
from daybook.retention import apply_policy, preview, table_scan
from daybook_cli.commands.operating import retention
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.connection.lambda_functions import Function
from msgspec.structs import fields
from rich.console import Console
from typer.testing import Result

from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.lambda_stand_in import Lambda, in_stack

INVOKED = "/2015-03-31/functions/daybook-retention/invocations"
BEGAN = "2026-11-22T12:00:00.000Z"
BUSY = {"errorType": "StoreBusyError", "errorMessage": "the store is throttling writes"}
DURATIONS = {"audit": "P1Y", "grace": "P7D"}
START = {"after": None, "is_done": False}


@pytest.fixture
def function(aws_environment: None, tmp_path: Path) -> Iterator[Lambda]:
    with in_stack(tmp_path, "retention") as lambda_function:
        yield lambda_function


def call(folder: Path, *arguments: str, **more: Any) -> Result:
    return run(folder, StandIn(), "retention", *arguments, **more)


def applied(read: int, restamped: int, *, done: bool = False, estimated: int = 2000) -> dict[str, Any]:
    return {
        "began": BEGAN,
        "done": done,
        "items_read": read,
        "items_restamped": restamped,
        "read_units": read / 100,
        "items_estimated": estimated,
    }


def month(log: str, name: str, entries: int = 0, size: int = 0, objects: int = 0, held: int = 0) -> dict[str, Any]:
    return {"log": log, "month": name, "entries": entries, "size": size, "objects": objects, "held": held}


def previewed(read: int, *months: dict[str, Any], done: bool = False, places: Any = (START,)) -> dict[str, Any]:
    return {
        "began": BEGAN,
        "done": done,
        "durations": DURATIONS,
        "places": list(places),
        "months": list(months),
        "items_read": read,
        "read_units": read / 100,
        "items_estimated": 2000,
    }


def test_the_function_is_called_until_all_is_applied(tmp_path: Path, function: Lambda) -> None:
    function.answers = [applied(700, 30), applied(1500, 1234), applied(2100, 1300, done=True)]
    result = call(tmp_path, "apply", "--rate", "50", "--segments", "8")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "1,300 of 2,100 items restamped\n", ""), (
        result.output
    )
    assert function.invocations == [(INVOKED, {"apply": {"rate": 50, "segments": 8}})] * 3


def test_for_a_pipe_what_was_applied_is_one_object(tmp_path: Path, function: Lambda) -> None:
    function.answers = [applied(2000, 3, done=True)]
    result = call(tmp_path, "apply", "--json")
    assert json.loads(result.stdout) == {
        "began": BEGAN, "done": True, "items_read": 2000, "items_restamped": 3, "read_units": 20.0,
    }  # fmt: skip
    assert function.invocations == [(INVOKED, {"apply": {"rate": 200, "segments": 4}})]


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, function: Lambda) -> None:
    function.answers = [applied(1000, 7), applied(3000, 9, done=True)]
    screen = io.StringIO()
    call(tmp_path, "apply", err=Console(file=screen, force_terminal=True, width=120))
    assert "100%" in screen.getvalue()
    assert "9 of 3,000 items restamped" in screen.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_an_apply_that_fails_tells_how_to_go_on(tmp_path: Path, function: Lambda, as_json: bool) -> None:
    function.answers = [applied(700, 30), BUSY]
    result = call(tmp_path, "apply", *(["--json"] if as_json else []))
    assert result.exit_code == 1
    sentence = "The function failed: StoreBusyError: the store is throttling writes. Run it again to continue"
    assert sentence in result.stderr
    if as_json:
        assert json.loads(result.stdout) | {"done": False, "items_restamped": 30} == json.loads(result.stdout)
    else:
        assert result.stdout == "30 of 700 items restamped\n"
    assert len(function.invocations) == 2


@pytest.mark.parametrize(
    ("command", "sentence"), [("apply", "run it again to continue"), ("preview", "Nothing was written")]
)
def test_who_is_interrupted_is_told_how_to_go_on(
    tmp_path: Path, function: Lambda, monkeypatch: pytest.MonkeyPatch, command: str, sentence: str
) -> None:
    def interrupted(*_: object) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Function, "invoke", interrupted)
    result = call(tmp_path, command)
    assert result.exit_code == 130
    assert sentence in result.stderr


def test_a_preview_goes_on_where_it_stopped_and_adds_the_months_up(tmp_path: Path, function: Lambda) -> None:
    behind = [{"after": ["a", "b"], "is_done": False}, {"after": None, "is_done": True}]
    function.answers = [
        previewed(
            700, month("content", "2025-02", 3, 300, 2, 1), month("audit", "2025-02", 1000, 90_000), places=behind
        ),
        previewed(900, month("audit", "2025-01", 5, 500), month("audit", "2025-02", 234, 10_000, 0, 6), done=True),
    ]
    result = call(tmp_path, "preview", "--segments", "2", "--duration", "audit=P1Y", "--duration", "sms=")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "log\tmonth\tentries\tbytes\tobjects\theld",
        "audit\t2025-01\t5\t500\t0\t0",
        "audit\t2025-02\t1234\t100000\t0\t6",
        "content\t2025-02\t3\t300\t2\t1",
    ]
    assert result.stderr == ("1,239 entries and 3 contents would go, 100,800 bytes; 7 are held. 1,600 items read.\n")
    first = {"segments": 2, "durations": {"audit": "P1Y", "sms": ""}}
    assert function.invocations == [
        (INVOKED, {"preview": first}),
        (INVOKED, {"preview": first | {"began": BEGAN, "places": behind}}),
    ]


def test_for_a_pipe_a_preview_is_one_object(tmp_path: Path, function: Lambda) -> None:
    function.answers = [
        previewed(700, month("audit", "2025-01", 5, 500), month("content", "2025-01", 2, 50), done=True)
    ]
    preview_read = json.loads(call(tmp_path, "preview", "--json").stdout)
    none = {"objects": 0, "held": 0}
    assert preview_read == {
        "began": BEGAN,
        "durations": DURATIONS,
        "items_read": 700,
        "read_units": 7.0,
        "entries": 5,
        "contents": 2,
        "bytes": 550,
        **none,
        "months": [
            {"log": "audit", "month": "2025-01", "entries": 5, "bytes": 500, **none},
            {"log": "content", "month": "2025-01", "entries": 2, "bytes": 50, **none},
        ],
    }


def test_a_terminal_gets_a_table(tmp_path: Path, function: Lambda) -> None:
    function.answers = [previewed(700, month("audit", "2025-01", 5, 500), done=True)]
    screen = io.StringIO()
    call(tmp_path, "preview", terminal=screen)
    (row,) = [line.split() for line in screen.getvalue().splitlines() if "2025" in line]
    assert row == ["audit", "2025-01", "5", "500", "0", "0"]


def test_a_preview_of_nothing_says_so(tmp_path: Path, function: Lambda) -> None:
    function.answers = [previewed(700, done=True)]
    result = call(tmp_path, "preview")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 entries and 0 contents would go, 0 bytes; 0 are held. 700 items read.\n"


def test_a_preview_that_fails_shows_no_part_of_it(tmp_path: Path, function: Lambda) -> None:
    function.answers = [previewed(700, month("audit", "2025-01", 5, 500)), BUSY]
    result = call(tmp_path, "preview", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "StoreBusyError: the store is throttling writes. Nothing was written" in result.stderr


@pytest.mark.parametrize("command", ["apply", "preview"])
@pytest.mark.parametrize("text", [b"null", b"[]", b'{"done":true,"month":null,"entries":0}', b"<html>"])
def test_a_function_that_is_another_one_is_not_asked_again(
    tmp_path: Path, function: Lambda, command: str, text: bytes
) -> None:
    function.answers = [text]
    result = call(tmp_path, command)
    assert result.exit_code == 1
    assert "daybook-retention is not the retention function" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "--rate", "0"),
        ("apply", "--rate", "-5"),
        ("apply", "--rate", "many"),
        ("apply", "--segments", "0"),
        ("apply", "--segments", "65"),
        ("preview", "--segments", "0"),
        ("preview", "--segments", "65"),
        ("preview", "--duration", "audit"),
        ("preview", "--duration", "letters=P1Y"),
        ("preview", "--duration", "audit=P1Y", "--duration", "audit=P2Y"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_asked_for(
    tmp_path: Path, function: Lambda, arguments: tuple[str, ...]
) -> None:
    result = call(tmp_path, *arguments)
    assert result.exit_code == 2
    assert arguments[1] in result.stderr
    assert function.invocations == []


@pytest.mark.parametrize("command", ["apply", "preview"])
def test_without_a_stack_or_a_deployment_there_is_a_sentence(tmp_path: Path, command: str) -> None:
    result = call(tmp_path, command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No local stack was found here" in result.stderr


def test_a_deployments_function_is_called_where_its_arn_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:lambda:eu-central-1:111122223333:function:daybook-retention"
    called_functions: list[Function] = []

    def called(self: Function, *_: object) -> dict[str, Any]:
        called_functions.append(self)
        return applied(1, 1, done=True)

    monkeypatch.setattr(Function, "invoke", called)
    assert call(tmp_path, "apply", "--function", arn).exit_code == 0
    assert called_functions == [Function("retention", AwsTarget("eu-central-1"), arn)]


def test_the_command_and_the_function_mean_the_same() -> None:
    """The command line does not import what runs in Lambda."""
    assert retention.DURATIONS == retention_policy.DURATIONS
    assert retention.MAX_SEGMENTS == table_scan.MOST_SEGMENTS
    assert applied(1, 1).keys() == {field.name for field in fields(apply_policy.ApplyProgress)}
    assert previewed(1).keys() == {field.name for field in fields(preview.PreviewStep)}
    assert month("audit", "2026-01").keys() == {field.name for field in fields(preview.MonthTotals)}
