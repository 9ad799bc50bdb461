from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.answers import Answers, listed
from tests.support.cli.api_stand_in import run

HOLD: dict[str, Any] = {
    "record": {"type": "family", "id": "7"}, "reason": "Letter", "placed_at": "2026-11-01T06:30:12.345Z",
    "placed_by": "maria", "status": "placing", "held": 3, "too_late": 2, "too_late_entries": ["a", "b"],
}  # fmt: skip


@pytest.mark.parametrize("command", [["holds"], ["holds", "list"]])
def test_holds_are_listed(folder: Path, command: list[str]) -> None:
    api = Answers({"holds": listed(HOLD, following="c")})
    result = run(folder, api, *command, "--limit", "1")
    assert result.stdout.splitlines() == [
        "record\tstatus\tplaced\tby\treason\theld\ttoo late",
        "family/7\tplacing\t2026-11-01 06:30 UTC\tmaria\tLetter\t3\t2",
    ]
    assert "--cursor c" in result.stderr
    assert dict(api.requests[0].url.params) == {"limit": "1"}


def test_a_hold_is_placed_with_its_reason_and_lifted(folder: Path) -> None:
    failed = HOLD | {"failure": {"reason": "the table throttles", "since": "x", "attempts": 1}}
    api = Answers({"holds/family/a b": [failed, HOLD | {"status": "lifting"}]})
    placed = run(folder, api, "holds", "place", "family/a b", "--reason", "Letter")
    assert placed.stdout.splitlines() == [
        "Record: family/7",
        "Status: placing",
        "Placed: 2026-11-01 06:30 UTC",
        "By: maria",
        "Reason: Letter",
        "Held: 3",
        "Expired before: 2",
        "Failure: the table throttles",
    ]
    assert "Status: lifting" in run(folder, api, "holds", "lift", "family/a b").stdout
    assert api.calls == ["PUT holds/family/a%20b", "DELETE holds/family/a%20b"]
    assert api.bodies == [{"reason": "Letter"}, None]


@pytest.mark.parametrize("arguments", [["place", "family/1"], ["place", "--reason", "x"], ["lift"], ["lift", "family"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    api = Answers({})
    assert run(folder, api, "holds", *arguments).exit_code == 2
    assert api.requests == []
