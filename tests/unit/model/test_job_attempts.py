"""Attempts of a job that fails: growing pauses, a day of them, and an end also where no attempt comes back."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.model import job_attempts
from daybook.model.job_attempts import BROKE_OFF, LONGEST_ATTEMPT, PAUSES, Attempts

START = datetime(2026, 11, 29, 3, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_job_that_has_not_failed_is_due() -> None:
    assert job_attempts.is_due(None, START)


def attempted(end: Callable[[Attempts, datetime], Attempts]) -> list[tuple[datetime, Attempts]]:
    """When each attempt began, and what was stored of it at last, until the job was given up."""
    made: list[tuple[datetime, Attempts]] = []
    stored, now = None, START
    while stored is None or stored.next_at is not None:
        if not job_attempts.is_due(stored, now):
            now += MINUTE
            continue
        begun = job_attempts.begin(stored, now)
        stored = begun if begun.next_at is None else end(begun, now)
        made.append((now, stored))
        assert len(made) < 50
    return made


def test_a_job_that_fails_is_tried_with_growing_pauses_for_a_day() -> None:
    made = attempted(lambda begun, now: job_attempts.fail(begun, now, "it cannot be read"))
    begun = [at for at, _ in made]
    assert [later - earlier for earlier, later in itertools.pairwise(begun)] == list(PAUSES)
    assert sorted(PAUSES) == list(PAUSES)
    assert begun[-1] - begun[0] == timedelta(days=1)
    assert [stored.count for _, stored in made] == list(range(1, len(PAUSES) + 2))
    assert {stored.since for _, stored in made} == {timestamps.instant(START)}
    assert {stored.reason for _, stored in made} == {"it cannot be read"}


def test_a_job_of_which_no_attempt_comes_back_is_given_up_as_well() -> None:
    made = attempted(lambda begun, _: begun)
    begun = [at for at, _ in made]
    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert pauses == [LONGEST_ATTEMPT + pause for pause in (*PAUSES, PAUSES[-1])]
    # With the last one nothing more is begun.
    assert [stored.count for _, stored in made] == [*range(1, len(PAUSES) + 2), len(PAUSES) + 1]
    assert [stored.reason for _, stored in made] == [None, *[BROKE_OFF] * (len(PAUSES) + 1)]
    assert not made[-1][1].is_under_way


@pytest.mark.parametrize("minutes", [0, 14, 19])
def test_an_attempt_that_is_noted_is_let_alone_as_long_as_it_may_take(minutes: int) -> None:
    assert not job_attempts.is_due(job_attempts.begin(None, START), START + minutes * MINUTE)


def test_a_job_that_was_given_up_is_never_due() -> None:
    given_up = attempted(lambda begun, now: job_attempts.fail(begun, now, "x"))[-1][1]
    assert not job_attempts.is_due(given_up, START + timedelta(days=400))


def test_the_reason_is_that_of_the_last_attempt_that_is_over() -> None:
    failed = job_attempts.fail(job_attempts.begin(None, START), START, "busy")
    assert (failed.reason, failed.is_under_way) == ("busy", False)
    again = job_attempts.begin(failed, START + PAUSES[0])
    assert (again.reason, again.is_under_way) == ("busy", True)
    assert job_attempts.begin(again, START + timedelta(days=1)).reason == BROKE_OFF


def test_the_reason_of_an_error_quotes_nothing_that_is_stored() -> None:
    assert job_attempts.reason_of(StoreBusyError("too many at once")) == "too many at once"
    reason = job_attempts.reason_of(ValueError("smith@mail.example"))
    assert "ValueError" in reason
    assert "smith" not in reason
