from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import run

SETTINGS = {"name": "Riverside", "time_zone": "America/Chicago", "record_url": {"family": "https://x.example/{id}"}}


@pytest.mark.parametrize("command", [["settings"], ["settings", "show"]])
def test_settings_are_shown(folder: Path, command: list[str]) -> None:
    result = run(folder, Answers({"settings": SETTINGS}), *command)
    assert result.stdout.splitlines() == [
        "Name: Riverside",
        "Time zone: America/Chicago",
        "Link to family: https://x.example/{id}",
    ]


def test_only_what_is_given_is_changed(folder: Path) -> None:
    api = Answers({"settings": SETTINGS})
    done = run(folder, api, "settings", "set", "--time-zone", "America/Denver", "--json")
    assert json.loads(done.stdout) == SETTINGS
    link = "family=https://x.example/{id}"
    assert run(folder, api, "settings", "set", "--name", "River", "--record-url", link).exit_code == 0
    assert api.calls == ["PUT settings", "PUT settings"]
    assert api.bodies == [
        {"time_zone": "America/Denver"},
        {"name": "River", "record_url": {"family": "https://x.example/{id}"}},
    ]


@pytest.mark.parametrize("arguments", [[], ["--record-url", "https://x.example/{id}"], ["--zone", "UTC"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    api = Answers({"settings": SETTINGS})
    assert run(folder, api, "settings", "set", *arguments).exit_code == 2
    assert api.requests == []
