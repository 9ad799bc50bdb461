from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook_cli.demo import demo_entries, demo_feedback
from daybook_cli.demo.demo_entries import Demonstration

from tests.support.cli.simulated_feedback import events_in

TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def demonstrations(days: int = 0) -> list[Demonstration]:
    today = TODAY + timedelta(days=days)
    return [demo_entries.demonstration(org, today, demo_entries.SEED) for org in ("riverside", "hilltop")]


def sms_lines(shown: list[Demonstration]) -> list[dict[str, Any]]:
    return [line for each in shown for line in demo_feedback.sms_log_lines(each)]


@pytest.mark.parametrize("days", [0, 1, 9, 40, 200])
def test_the_demonstration_has_something_of_every_outcome(days: int) -> None:
    shown = demonstrations(days)
    events = [event for each in shown for event in demo_feedback.email_events(each)]
    events_read = [event.event for record in events for event in events_in(record)]
    assert {what.type for what in events_read} == {
        "send",
        "delivery",
        "delivery_delay",
        "open",
        "click",
        "bounce",
        "complaint",
        "reject",
    }
    assert {(what.kind, what.subtype) for what in events_read if what.type == "bounce"} == {
        ("Permanent", "General"),
        ("Permanent", "UnsubscribedRecipient"),
        ("Transient", "General"),
        ("Transient", "MailboxFull"),
        ("Transient", "ContentRejected"),
    }
    assert {what.bot for what in events_read if what.type == "open"} == {True, False}
    assert {what.code for what in events_read if what.type == "bounce"} >= {"5.1.1", "5.7.1", "4.2.2", "5.4.4"}
    lines = sms_lines(shown)
    assert {line["status"] for line in lines} == {"SUCCESS", "FAILURE"}
    assert {line["delivery"]["providerResponse"] for line in lines} >= set(demo_feedback.SMS_FAILURES.values())
    # What is reported takes its time at each start.
    assert 150 <= len(events) + len(lines) <= 400
    assert all(what.at < (TODAY + timedelta(days=days)).isoformat() for what in events_read)


@pytest.mark.parametrize("days", [0, 9, 200])
def test_some_texts_wait_for_longer_than_three_days(days: int) -> None:
    for shown in demonstrations(days):
        reported = {line["notification"]["messageId"] for line in demo_feedback.sms_log_lines(shown)}
        silent = [
            shown.now - datetime.fromisoformat(entry["occurred_at"])
            for entry in shown.entries
            if entry["log"] == "sms" and "status" not in entry and entry["message_id"] not in reported
        ]
        assert max(silent) > timedelta(days=3)


@pytest.mark.parametrize("days", [0, 9, 200])
def test_some_pushes_fail_after_they_were_posted(days: int) -> None:
    for shown in demonstrations(days):
        pushes = {entry.get("message_id"): entry for entry in shown.entries if entry["log"] == "push"}
        failures = demo_feedback.push_failures(shown)
        assert 0 < len(failures) <= 100
        for failure in failures:
            push = pushes[failure["message_id"]]
            assert "status" not in push, "a posted status would stand"
            assert push["occurred_at"] < failure["at"] < shown.now.isoformat()


def test_the_demonstrations_feedback_is_the_same_every_time() -> None:
    first, second = demonstrations(), demonstrations()
    for one, other in zip(first, second, strict=True):
        assert list(demo_feedback.email_events(one)) == list(demo_feedback.email_events(other))
        assert list(demo_feedback.sms_log_lines(one)) == list(demo_feedback.sms_log_lines(other))
        assert demo_feedback.push_failures(one) == demo_feedback.push_failures(other)
