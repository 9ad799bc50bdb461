"""Entries of tagged e-mails, whichever event tells of them first."""

from datetime import timedelta

import pytest
from daybook.core import timestamps
from daybook.model.retention_policy import Policy
from msgspec.structs import replace

from tests.support.memory.feedback_world import NOW, SEND, World

PERIOD, GRACE = timedelta(days=30), timedelta(days=7)


@pytest.mark.parametrize(("days", "is_over"), [(29, False), (31, True)])
def test_an_entry_whose_time_is_over_does_not_come_back_by_a_late_event(
    monkeypatch: pytest.MonkeyPatch, days: int, is_over: bool
) -> None:
    """A click may come weeks after its e-mail. What the sending itself tells is kept for the grace, as an import is."""
    world = World()
    policy = Policy({"email": PERIOD, "sms": None, "push": None, "content": GRACE}, GRACE)
    monkeypatch.setattr(world.ingest, "_policy", policy)
    send = replace(SEND, sent_at=timestamps.instant(NOW - timedelta(days=days)))
    world.ingest.log_sends([send], is_late=True)
    assert bool(world.entries()) is not is_over
    world.ingest.log_sends([send])
    assert len(world.entries()) == 1
