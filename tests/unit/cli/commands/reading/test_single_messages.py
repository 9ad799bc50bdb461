"""`daybook events`; `daybook content` is in `test_record_logs`."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.support.cli.answers import Answers
from tests.support.cli.api_stand_in import run

COMPLAINT = "as forwarded@x.example; abuse; one of the recipients, not known which; not known who complained"
EVENTS = {
    "events": [
        {"type": "send", "occurred_at": "2026-11-01T06:30:12.345Z"},
        {"type": "open", "occurred_at": "2026-11-01T06:31:00.000Z", "bot": True, "user_agent": "Scanner", "ip": "::1"},
        {
            "type": "complaint", "occurred_at": "2026-11-01T06:32:00.000Z", "kind": "abuse", "of": "message",
            "uncertain": True, "recipient": "forwarded@x.example",
        },
    ]
}  # fmt: skip


def test_events_come_with_what_the_provider_says(folder: Path) -> None:
    api = Answers({"records/family/1/emails/e-1/events": EVENTS})
    assert run(folder, api, "events", "family/1", "e-1").stdout.splitlines() == [
        "when\twhat\tdetails",
        "2026-11-01 06:30 UTC\tsend\t",
        "2026-11-01 06:31 UTC\topen, by a machine\tScanner; ::1",
        f"2026-11-01 06:32 UTC\tcomplaint\t{COMPLAINT}",
    ]


def test_an_sms_is_in_its_own_log(folder: Path) -> None:
    api = Answers({"records/family/1/sms/s-1/events": {"events": []}})
    result = run(folder, api, "events", "family/1", "s-1", "--log", "sms")
    assert (result.exit_code, result.stderr) == (0, "No delivery events.\n")


@pytest.mark.parametrize(("log", "other", "path"), [("email", "sms", "sms"), ("sms", "email", "emails")])
def test_a_message_of_the_other_log_is_said_to_be_there(folder: Path, log: str, other: str, path: str) -> None:
    api = Answers({f"records/family/1/{path}/x/events": {"events": []}})
    result = run(folder, api, "events", "family/1", "x", "--log", log)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"It stands in another log: --log {other} shows its events.\n"


def test_what_is_not_there_is_a_sentence(folder: Path) -> None:
    refusal = httpx.Response(404, json={"detail": "this record has no such message"})
    result = run(folder, Answers({"records/family/1/emails/x/events": refusal}), "events", "family/1", "x")
    assert (result.exit_code, result.stderr) == (1, "The API answered 404: this record has no such message\n")


@pytest.mark.parametrize("arguments", [[], ["family/1"], ["family", "x"], ["family/1", "x", "--log", "push"]])
def test_wrong_usage_is_status_2(folder: Path, arguments: list[str]) -> None:
    assert run(folder, Answers({}), "events", *arguments).exit_code == 2
