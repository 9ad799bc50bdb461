from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.simulated_feedback import received_bodies, send

REASON = {"reason": {"DataType": "String", "StringValue": "mail is missing."}}


def command(folder: Path, queues: tuple[str, str], *arguments: str, origin: bool = False) -> Result:
    where = ["--dead-letters", queues[0], *(["--queue", queues[1]] if origin else [])]
    return run(folder, StandIn(), "dead-letters", *arguments, *where)


def test_the_commands(tmp_path: Path, queues: tuple[str, str]) -> None:
    body = '{"eventType":"Bounce","x":"' + "y" * 200 + '\x1b[2J"}'.replace("\x1b", "\\u001b")
    sent = send(queues[0], body, REASON)
    listed = command(tmp_path, queues, "list")
    assert listed.exit_code == 0, listed.output
    assert listed.stdout.splitlines()[0].split("\t") == ["id", "when", "reason", "text"]
    assert listed.stdout.splitlines()[1].split("\t")[::2] == [sent, "mail is missing."]
    assert listed.stdout.splitlines()[1].endswith(body[:100])
    (row,) = map(json.loads, command(tmp_path, queues, "list", "--json").stdout.splitlines())
    assert row.keys() == {"id", "sent_at", "reason", "text"}

    shown = command(tmp_path, queues, "show", sent)
    assert "Reason: mail is missing.\n" in shown.stdout
    assert shown.stdout.endswith(f"\n\n{body}\n")
    whole = json.loads(command(tmp_path, queues, "show", sent, "--json").stdout)
    assert (whole["text"], whole["attributes"]) == (body, {"reason": "mail is missing."})

    redriven = command(tmp_path, queues, "redrive", sent, origin=True)
    assert (redriven.exit_code, redriven.stdout) == (0, f"{sent}\n"), redriven.output
    assert received_bodies(queues[1]) == [body]
    assert command(tmp_path, queues, "list", "--json").stdout == ""


def test_ids_that_are_not_there_are_named(tmp_path: Path, queues: tuple[str, str]) -> None:
    for arguments in (["show", "none"], ["redrive", "none"]):
        result = command(tmp_path, queues, *arguments, origin=arguments[0] == "redrive")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "There is no dead letter none." in result.stderr


@pytest.mark.parametrize("arguments", [[], ["some", "--all"]])
def test_a_redrive_names_letters_or_means_all(tmp_path: Path, queues: tuple[str, str], arguments: list[str]) -> None:
    assert command(tmp_path, queues, "redrive", *arguments, origin=True).exit_code == 2


@pytest.mark.parametrize("arguments", [["list"], ["show", "x"], ["redrive", "--all"]])
def test_without_a_stack_or_a_deployment_there_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    result = run(tmp_path, StandIn(), "dead-letters", *arguments)
    assert result.exit_code == 1
    assert "No local stack was found here" in result.stderr
