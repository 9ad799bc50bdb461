from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.answers import Answers, listed
from tests.support.cli.api_stand_in import run

COUNTS = [
    {"day": "2026-11-01", "class": "reached", "count": 1200},
    {"day": "2026-11-02", "class": "bounced", "count": 3},
    {"day": "2026-11-02", "class": "reached", "count": 40},
]


@pytest.mark.parametrize("command", [["messages"], ["messages", "list"]])
def test_options_become_parameters(folder: Path, command: list[str]) -> None:
    api = Answers({"messages": listed()})
    result = run(
        folder, api, *command, "--log", "sms", "--status", "delivered", "--status", "failed", "--recipient",
        "+1 415 555 0100", "--from", "2026-11-01", "--to", "2026-11-03", "--limit", "7", "--cursor", "c",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert api.requests[0].url.params.multi_items() == [
        ("log", "sms"), ("status", "delivered"), ("status", "failed"), ("recipient", "+1 415 555 0100"),
        ("from", "2026-11-01"), ("to", "2026-11-03"), ("limit", "7"), ("cursor", "c"),
    ]  # fmt: skip


def test_without_options_it_lists_e_mails_of_any_status(folder: Path) -> None:
    api = Answers({"messages": listed()})
    run(folder, api, "messages")
    assert api.requests[0].url.params.multi_items() == [("log", "email"), ("limit", "50")]


def test_counts_are_a_row_a_day_and_a_column_a_class(folder: Path) -> None:
    api = Answers({"messages/counts": {"counts": COUNTS}})
    result = run(folder, api, "messages", "counts", "--from", "2026-11-01", "--to", "2026-11-02")
    assert result.stdout.splitlines() == [
        "day\twaiting\treached\tbounced\tcomplained\trejected\tfailed\tsuppressed",
        "2026-11-02\t0\t40\t3\t0\t0\t0\t0",
        "2026-11-01\t0\t1200\t0\t0\t0\t0\t0",
    ]
    assert result.stderr == ""
    assert api.requests[0].url.params.multi_items() == [("log", "email"), ("from", "2026-11-01"), ("to", "2026-11-02")]


def test_a_terminal_gets_the_classes_that_there_are_and_their_sums(folder: Path) -> None:
    terminal = io.StringIO()
    run(folder, Answers({"messages/counts": {"counts": COUNTS}}), "messages", "counts", terminal=terminal, width=80)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    rows = [line.split() for line in shown.splitlines()]
    assert rows[:3] == [["day"], ["(America/"], ["Chicago)", "reached", "bounced"]]
    assert rows[4:] == [["2026-11-02", "40", "3"], ["2026-11-01", "1200", "0"], ["all", "1240", "3"]]


def test_counts_that_did_not_get_to_the_end_say_how_far_they_are(folder: Path) -> None:
    answer = {"counts": COUNTS, "range": {"from": "2026-11-01T05:00:00.000Z", "to": "2026-11-03T06:00:00.000Z"}}
    api = Answers({"messages/counts": answer})
    result = run(folder, api, "messages", "counts", terminal=io.StringIO())
    assert "Counted from 2026-11-01 00:00 CDT on; there are too many messages" in result.stderr
    as_json = run(folder, api, "messages", "counts", "--json")
    assert (json.loads(as_json.stdout), as_json.stderr) == (answer, "")


def test_counts_of_sms_have_their_classes(folder: Path) -> None:
    counts: list[dict[str, Any]] = [{"day": "2026-11-01", "class": "not_delivered", "count": 2}]
    api = Answers({"messages/counts": {"counts": counts}})
    assert run(folder, api, "messages", "counts", "--log", "sms").stdout.splitlines() == [
        "day\tdelivery\tdelivered\tnot delivered",
        "2026-11-01\t0\t0\t2",
    ]


def test_no_messages_are_said(folder: Path) -> None:
    result = run(folder, Answers({"messages/counts": {"counts": []}}), "messages", "counts")
    assert result.stderr == "Nothing found.\n"


@pytest.mark.parametrize("arguments", [["--log", "push"], ["counts", "--status", "sent"], ["counts", "--limit", "1"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    assert run(folder, Answers({}), "messages", *arguments).exit_code == 2
