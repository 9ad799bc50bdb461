"""Attempts of a job that fails: growing pauses, a day of them, and an end also where no attempt comes back."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from daybook.core import timestamps
from daybook.model import job_retry
from daybook.model.job_retry import GIVEN_UP_AFTER, KILLED, LEASE, LONGEST_PAUSE, Retry

START = datetime(2026, 11, 29, 3, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def attempted(end: Callable[[Retry, datetime], Retry]) -> list[tuple[datetime, Retry]]:
    """When each attempt began, and what was stored of it at last, until the job was given up."""
    made: list[tuple[datetime, Retry]] = []
    stored, now = Retry(), START
    while not stored.is_given_up:
        if timestamps.instant(now) >= stored.due_at:
            begun = stored.begun(now)
            stored = begun if begun.is_given_up else end(begun, now)
            made.append((now, stored))
        now += MINUTE
        assert now < START + timedelta(days=3)
    return made


def test_a_job_that_fails_is_tried_with_growing_pauses_for_a_day() -> None:
    made = attempted(lambda begun, now: begun.failed(now, "it cannot be read"))
    begun = [at for at, _ in made]
    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert begun[-1] - begun[0] == GIVEN_UP_AFTER
    assert pauses[0] == MINUTE
    assert all(later >= earlier for earlier, later in itertools.pairwise(pauses[:5]))
    assert 10 < len(pauses) < 25
    assert max(pauses) <= LONGEST_PAUSE
    assert [stored.failures for _, stored in made] == list(range(1, len(made) + 1))
    assert {stored.failed_at for _, stored in made} == {timestamps.instant(START)}
    assert {stored.reason for _, stored in made} == {"it cannot be read"}


def test_a_job_of_which_no_attempt_comes_back_is_given_up_as_well() -> None:
    made = attempted(lambda begun, _: begun)
    pauses = [later[0] - earlier[0] for earlier, later in itertools.pairwise(made)]
    assert min(pauses) >= LEASE
    assert GIVEN_UP_AFTER <= made[-1][0] - made[0][0] < GIVEN_UP_AFTER + 2 * LONGEST_PAUSE
    assert [stored.failures for _, stored in made] == list(range(len(made)))
    assert made[-1][1].reason == KILLED


@pytest.mark.parametrize("minutes", [0, 7, 15])
def test_an_attempt_that_is_noted_is_let_alone_as_long_as_it_may_take(minutes: int) -> None:
    begun = Retry().begun(START)
    assert timestamps.instant(START + minutes * MINUTE) < begun.due_at
    assert begun.as_seen(START + minutes * MINUTE) == begun


def test_an_attempt_that_was_killed_is_seen_to_have_failed() -> None:
    seen = Retry().begun(START).as_seen(START + LEASE)
    assert (seen.failures, seen.reason, seen.is_under_way) == (1, KILLED, False)


def test_the_reason_is_that_of_the_last_attempt_that_is_over() -> None:
    again = Retry().begun(START).failed(START, "busy").begun(START + MINUTE)
    assert (again.reason, again.failures, again.is_under_way) == ("busy", 1, True)
    assert again.begun(START + timedelta(hours=1)).reason == KILLED


def test_what_is_stored_of_a_job_is_read_back() -> None:
    failed = Retry().begun(START).failed(START, "busy")
    assert job_retry.retry_of(msgspec.json.encode(failed).decode()) == failed
    assert job_retry.retry_of(None) == Retry()
