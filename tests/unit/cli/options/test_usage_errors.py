"""What is said of a wrong command has no words of the libraries below."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli.api_stand_in import StandIn, run

LOG = ["log", "family/1", "emails"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*LOG, "--limit", "x"], "Invalid value for '--limit': it must be a whole number, as in 50."),
        ([*LOG, "--limit", "201"], "Invalid value for '--limit': it must be 200 at most."),
        ([*LOG, "--limit", "0"], "Invalid value for '--limit': it must be 1 at least."),
        ([*LOG, "--sort", "size"], "'size' is not one of 'date', 'recipient', 'status', 'sent'."),
        (["log", "family/1", "letters"], "Invalid value for 'LOG': 'letters' is not one of 'emails',"),
        (["audit", "admin", "deleted"], "deleted is too much here. What belongs together goes in quotes"),
        (["audit", "a", "b", "c"], "b c is too much here."),
        (["audit", "--staff"], "--staff needs a value behind it."),
        (["holds", "place", "family/1", "--reason"], "--reason needs a value behind it."),
        (["log", "family"], "Missing argument 'LOG'."),
        (["holds", "lisst"], "No such command 'lisst'. Did you mean 'list', 'lift'?"),
        (["records", "find", "a", "b"], "b is too much here."),
        (["lgo"], "No such command 'lgo'. Did you mean 'log'?"),
    ],
)
def test_a_wrong_command_is_told_in_plain_words(folder: Path, arguments: list[str], sentence: str) -> None:
    result = run(folder, StandIn(), *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Value error" not in result.stderr
    assert "Input should" not in result.stderr
