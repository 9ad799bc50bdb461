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


@pytest.mark.parametrize(
    ("options", "has_hint"),
    [
        (["--recipient", "+1 (415) 555-0100"], True),
        (["--recipient", "415.555.0100"], True),
        (["--recipient", "ann@x.example"], False),
        (["--recipient", "+1 415 555 0100", "--log", "sms"], False),
        ([], False),
    ],
)
def test_a_number_among_e_mails_is_told_where_it_is_found(folder: Path, options: list[str], has_hint: bool) -> None:
    result = run(folder, Answers({"messages": listed()}), "messages", *options)
    hint = " A phone number is a recipient of SMS: --log sms." if has_hint else ""
    assert (result.exit_code, result.stderr) == (0, f"Nothing found.{hint}\n")


def test_without_options_it_lists_e_mails_of_any_status(folder: Path) -> None:
    api = Answers({"messages": listed()})
    run(folder, api, "messages")
    assert api.requests[0].url.params.multi_items() == [("log", "email"), ("limit", "50")]


def test_counts_are_a_row_a_day_and_a_column_a_class(folder: Path) -> None:
    api = Answers({"messages/counts": {"counts": COUNTS}})
    result = run(folder, api, "messages", "counts", "--from", "2026-11-01", "--to", "2026-11-02")
    assert result.stdout.splitlines() == [
        "day (America/Chicago)\twaiting\treached\tbounced\tcomplained\trejected\tfailed\tsuppressed",
        "2026-11-02\t0\t40\t3\t0\t0\t0\t0",
        "2026-11-01\t0\t1200\t0\t0\t0\t0\t0",
    ]
    assert result.stderr == ""
    assert api.requests[0].url.params.multi_items() == [("log", "email"), ("from", "2026-11-01"), ("to", "2026-11-02")]


def test_a_day_without_messages_between_others_is_a_row_of_zeros(folder: Path) -> None:
    counts = [{"day": day, "class": "delivered", "count": 1} for day in ("2026-10-31", "2026-11-02")]
    result = run(folder, Answers({"messages/counts": {"counts": counts}}), "messages", "counts", "--log", "sms")
    assert result.stdout.splitlines()[1:] == ["2026-11-02\t0\t1\t0", "2026-11-01\t0\t0\t0", "2026-10-31\t0\t1\t0"]


@pytest.mark.parametrize(
    ("options", "heading"),
    [
        ([], "The last 31 days"),
        (["--to", "2026-11-02"], "31 days up to the end of --to"),
        (["--from", "2026-11-01"], ""),
    ],
)
def test_a_terminal_names_the_days_that_are_counted_unless_told(folder: Path, options: list[str], heading: str) -> None:
    terminal = io.StringIO()
    api = Answers({"messages/counts": {"counts": COUNTS}})
    run(folder, api, "messages", "counts", *options, terminal=terminal)
    assert terminal.getvalue().partition("\n")[0].startswith(heading or "\x1b")


def test_the_zone_is_on_one_line_where_there_is_room(folder: Path) -> None:
    terminal = io.StringIO()
    run(folder, Answers({"messages/counts": {"counts": COUNTS}}), "messages", "counts", terminal=terminal, width=100)
    assert "(America/Chicago)" in terminal.getvalue()


def test_a_terminal_gets_all_classes_and_their_sums(folder: Path) -> None:
    terminal = io.StringIO()
    run(folder, Answers({"messages/counts": {"counts": COUNTS}}), "messages", "counts", terminal=terminal, width=80)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    rows = [line.split() for line in shown.splitlines()]
    classes = ["waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed"]
    assert rows[1:4] == [["day"], ["(America/"], ["Chicago)", *classes]]
    assert rows[5:] == [
        ["2026-11-02", "0", "40", "3", "0", "0", "0", "0"],
        ["2026-11-01", "0", "1200", "0", "0", "0", "0", "0"],
        ["all", "0", "1240", "3", "0", "0", "0", "0"],
    ]


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
        "day (America/Chicago)\tdelivery\tdelivered\tnot delivered",
        "2026-11-01\t0\t0\t2",
    ]


def test_no_messages_are_said(folder: Path) -> None:
    result = run(folder, Answers({"messages/counts": {"counts": []}}), "messages", "counts")
    assert result.stderr == "Nothing found.\n"


@pytest.mark.parametrize("arguments", [["--log", "push"], ["counts", "--status", "sent"], ["counts", "--limit", "1"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    assert run(folder, Answers({}), "messages", *arguments).exit_code == 2
