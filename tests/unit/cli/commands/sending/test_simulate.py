from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.connection.settings import STACK_FILE

from tests.support.aws.clients import REGION
from tests.support.cli.api_stand_in import StandIn, run
from tests.support.cli.simulated_feedback import SMS_LOG_GROUP, events_in, logged_records, published_records

INSTANT = "2026-03-01T10:00:00.125Z"


def simulate(folder: Path, *arguments: str) -> Any:
    return run(folder, StandIn(), "simulate", *arguments)


def test_the_command_publishes_to_a_deployments_topic(tmp_path: Path, provider_side: dict[str, str]) -> None:
    where = ["--topic", provider_side["topic"], "--recipient", "a@b.example", "--recipient", "c@d.example"]
    result = simulate(tmp_path, "bounce", "m-1", *where, "--at", "2026-03-01T11:00:00.125+01:00")
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    assert result.stderr == f"bounce of m-1 at {INSTANT}: published\n"
    (record,) = published_records(provider_side["queue"])
    assert [(event.recipient, event.event.at) for event in events_in(record)] == [
        ("a@b.example", INSTANT),
        ("c@d.example", INSTANT),
    ]


def test_the_command_takes_the_header_of_an_email(tmp_path: Path, provider_side: dict[str, str]) -> None:
    where = ["--topic", provider_side["topic"], "--recipient", "a@b.example"]
    result = simulate(tmp_path, "open", "<m-1@eu-west-1.amazonses.com>", *where, "--at", INSTANT)
    assert result.stderr == f"open of m-1 at {INSTANT}: published\n"
    (record,) = published_records(provider_side["queue"])
    assert [event.message_id for event in events_in(record)] == ["m-1"]


def test_the_command_writes_to_a_deployments_log_group(tmp_path: Path, provider_side: dict[str, str]) -> None:
    result = simulate(tmp_path, "sms-failed", "s-1", "--log-group", SMS_LOG_GROUP, "--recipient", "+14155550123")
    assert result.exit_code == 0, result.output
    (line,) = logged_records(f"{SMS_LOG_GROUP}/Failure")
    assert (line["notification"]["messageId"], line["delivery"]["destination"]) == ("s-1", "+14155550123")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["open", "m"], "No local stack was found here. Start one with `make run`, or give --topic"),
        (["sms-failed", "m", "--recipient", "+1"], "or give --log-group of a test deployment"),
        (["open", "m", "--topic", "feedback", "--recipient", "a"], "'feedback' is not an ARN with a region."),
        (["open", "m", "--topic", "arn:aws:sns:us-east-1:1:t"], "To whom m went is not known here: give --recipient."),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    result = simulate(tmp_path, *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["sneeze", "m"], ["open", "m", "--at", "yesterday"], ["open", "m", "--at", "2026-01-01T00:00:00"]],
)
def test_a_wrong_command_is_refused_as_such(tmp_path: Path, arguments: list[str]) -> None:
    assert simulate(tmp_path, *arguments).exit_code == 2


def test_a_stack_of_before_is_none(tmp_path: Path) -> None:
    (tmp_path / STACK_FILE).parent.mkdir()
    (tmp_path / STACK_FILE).write_text(json.dumps({"aws": "http://127.0.0.1:1", "region": REGION}))
    assert "No local stack was found here" in simulate(tmp_path, "open", "m").stderr
