"""`daybook reindex` against a stand-in for Lambda that speaks HTTP, as botocore does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.connection import aws
from daybook_cli.connection.lambda_functions import Function
from rich.console import Console
from typer.testing import Result

from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.lambda_stand_in import Answer, Lambda, in_stack

ARN = "arn:aws:lambda:eu-central-1:111122223333:function:daybook-index"


def done(records: int = 0) -> dict[str, Any]:
    return {"done": True, "month": None, "entries": 0, "records": records}


def registered(records: int) -> dict[str, Any]:
    return {"done": False, "month": None, "entries": 0, "records": records}


def did(month: str, entries: int) -> dict[str, Any]:
    return {"done": False, "month": month, "entries": entries, "records": 0}


@pytest.fixture
def function(aws_environment: None, tmp_path: Path) -> Iterator[Lambda]:
    with in_stack(tmp_path, "index") as lambda_function:
        yield lambda_function


def command(folder: Path, *arguments: str, **more: Any) -> Result:
    return run(folder, StandIn(), "reindex", *arguments, **more)


def test_the_function_is_called_until_it_is_done(tmp_path: Path, function: Lambda) -> None:
    function.answers = [did("2026-09", 1200), did("2026-11", 34), registered(3), done(2)]
    result = command(tmp_path, "riverside")
    assert (result.exit_code, result.stdout) == (0, "1,234 entries of 2 months indexed, 5 records registered anew\n"), (
        result.output
    )
    assert result.stderr.splitlines() == ["2026-09: 1,200 entries", "2026-11: 34 entries"]
    assert function.invocations == [("/2015-03-31/functions/daybook-index/invocations", {"reindex": "riverside"})] * 4


def test_for_a_pipe_there_is_one_object(tmp_path: Path, function: Lambda) -> None:
    function.answers = [did("2026-11", 34), done()]
    result = command(tmp_path, "riverside", "--json")
    months = [{"month": "2026-11", "entries": 34}]
    assert json.loads(result.stdout) == {
        "org": "riverside",
        "done": True,
        "entries": 34,
        "months": months,
        "records": 0,
    }


def test_an_org_without_entries_has_nothing_to_index(tmp_path: Path, function: Lambda) -> None:
    function.answers = [done()]
    result = command(tmp_path, "nobody")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "0 entries of 0 months indexed, 0 records registered anew\n",
        "",
    )


def test_a_terminal_shows_each_month_as_it_is_done(tmp_path: Path, function: Lambda) -> None:
    function.answers = [did("2026-09", 1200), done()]
    screen = io.StringIO()
    command(tmp_path, "riverside", err=Console(file=screen, force_terminal=True, width=120))
    assert "2026-09: 1,200 entries\n" in screen.getvalue()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (
            {"errorType": "StoreBusyError", "errorMessage": "the store is throttling writes", "stackTrace": []},
            "The function failed: StoreBusyError: the store is throttling writes.",
        ),
        ({"errorMessage": "Task timed out after 900.00 seconds"}, "Task timed out after 900.00 seconds."),
        (b"errorMessage \x1b[2J", r"The function failed: errorMessage \u001b[2J."),
        (b'["errorMessage"]', 'The function failed: ["errorMessage"].'),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_function_that_fails_is_a_sentence_that_tells_how_to_go_on(
    tmp_path: Path, function: Lambda, failure: Answer, sentence: str, as_json: bool
) -> None:
    function.answers = [did("2026-09", 1200), failure]
    result = command(tmp_path, "riverside", *(["--json"] if as_json else []))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "2026-09: 1,200 entries"
    assert f"{sentence} Run it again to continue" in result.stderr
    if as_json:
        assert json.loads(result.stdout) == {
            "org": "riverside",
            "done": False,
            "entries": 1200,
            "months": [{"month": "2026-09", "entries": 1200}],
            "records": 0,
        }
    else:
        assert result.stdout == "1,200 entries of 1 months indexed, 0 records registered anew\n"
    assert len(function.invocations) == 2


@pytest.mark.parametrize("text", [b"null", b"[]", b'"x"', b'{"statusCode":404}', b"<html>", b""])
def test_a_function_that_is_another_one_is_not_asked_again(tmp_path: Path, function: Lambda, text: bytes) -> None:
    function.answers = [text]
    result = command(tmp_path, "riverside")
    assert result.exit_code == 1
    assert "daybook-index is not the index function" in result.stderr


def test_an_answer_that_does_not_come_is_not_asked_for_a_second_time(tmp_path: Path, function: Lambda) -> None:
    """Or two would do the same month at once."""
    function.answers = [None]
    result = command(tmp_path, "riverside")
    assert (result.exit_code, len(function.invocations)) == (1, 1)
    assert "AWS: " in result.stderr
    assert "Run it again to continue" in result.stderr


def test_who_is_interrupted_is_told_how_to_go_on(
    tmp_path: Path, function: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[dict[str, Any]]:
        yield did("2026-09", 7)
        raise KeyboardInterrupt

    monkeypatch.setattr(Function, "steps", interrupted)
    result = command(tmp_path, "riverside")
    assert (result.exit_code, result.stdout) == (130, "7 entries of 1 months indexed, 0 records registered anew\n")
    assert "run it again to continue" in result.stderr


@pytest.mark.parametrize("org", ["", "a/b", "-x", "river side", "x" * 65, "rivérside", "riverside\n"])
def test_what_cannot_be_an_org_is_not_asked_for(tmp_path: Path, function: Lambda, org: str) -> None:
    assert command(tmp_path, "--", org).exit_code == 2
    assert function.invocations == []


def test_without_a_stack_or_a_deployment_there_is_a_sentence(tmp_path: Path) -> None:
    result = command(tmp_path, "riverside")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No local stack was found here" in result.stderr


@pytest.mark.parametrize(("name", "region"), [(ARN, "eu-central-1"), ("daybook-index", None)])
def test_a_deployments_function_is_called_where_its_arn_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, region: str | None
) -> None:
    called_functions: list[Function] = []

    def call(self: Function, event: dict[str, Any], _: object) -> dict[str, Any]:
        called_functions.append(self)
        return done()

    monkeypatch.setattr(Function, "invoke", call)
    assert command(tmp_path, "riverside", "--function", name).exit_code == 0
    assert called_functions == [Function("index", aws.AwsTarget(region), name)]
