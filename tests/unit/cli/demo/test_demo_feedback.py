from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from daybook_cli.demo import demo_entries, demo_feedback

from tests.support.cli.simulated_feedback import events_in


@pytest.mark.parametrize("days", [0, 1, 200])
def test_the_demonstration_has_something_of_every_outcome(days: int) -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)
    demonstrations = [demo_entries.demonstration(org, today, demo_entries.SEED) for org in ("riverside", "hilltop")]
    events = [
        event for each in demonstrations for event in demo_feedback.email_events(each.entries, each.final_statuses)
    ]
    lines = [line for each in demonstrations for line in demo_feedback.sms_log_lines(each.entries)]
    events_read = [event.event for record in events for event in events_in(record)]
    assert {what.type for what in events_read} >= {
        "send",
        "delivery",
        "delivery_delay",
        "open",
        "click",
        "bounce",
        "complaint",
    }
    assert {what.kind for what in events_read if what.type == "bounce"} == {"Permanent", "Transient"}
    assert {line["status"] for line in lines} == {"SUCCESS", "FAILURE"}
    assert 200 <= len(events) + len(lines) <= 400
    assert all(what.at < today.isoformat() for what in events_read)


def test_the_demonstrations_feedback_is_the_same_every_time() -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC)
    first, second = (demo_entries.demonstration("riverside", today, demo_entries.SEED) for _ in range(2))
    assert list(demo_feedback.email_events(first.entries, first.final_statuses)) == list(
        demo_feedback.email_events(second.entries, second.final_statuses)
    )
    assert list(demo_feedback.sms_log_lines(first.entries)) == list(demo_feedback.sms_log_lines(second.entries))
