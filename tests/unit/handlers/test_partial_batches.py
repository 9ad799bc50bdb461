"""Batches of which a part fails: what is done, what is given back, and in how many attempts."""

import io
import json
import math
from collections.abc import Sequence

import pytest
from daybook.aws import cloudwatch
from daybook.core.errors import StoreBusyError
from daybook.handlers.triggers import partial_batches
from daybook.handlers.triggers.partial_batches import MAX_FAILURES
from hypothesis import given
from hypothesis import strategies as st

from tests.support.properties import examples

LOGGER = cloudwatch.logger()


class Batch:
    """Records are numbers; those in `poison` fail, and those in `together` where they are not alone."""

    def __init__(self, poison: set[int], together: frozenset[int] = frozenset()) -> None:
        self.poison = poison
        self.together = together
        self.done: list[int] = []
        self.told: list[tuple[int, str]] = []
        self.attempts = 0

    def process(self, records: Sequence[int]) -> list[int]:
        return partial_batches.process(records, self._act, self._tell, LOGGER)

    def _tell(self, record: int, error: Exception) -> None:
        self.told.append((record, str(error)))

    def _act(self, records: Sequence[int]) -> None:
        self.attempts += 1
        if failing := sorted(self.poison & set(records)):
            raise ValueError(str(failing[0]))
        if len(records) > 1 and self.together <= set(records) and self.together:
            raise ValueError("together")
        self.done += records


@examples(100)
@given(st.integers(0, 200), st.sets(st.integers(0, 199), max_size=MAX_FAILURES - 1))
def test_all_but_what_fails_is_done_once_and_what_fails_is_given_in_order(count: int, poison: set[int]) -> None:
    batch, failing = Batch(poison), sorted(number for number in poison if number < count)
    assert batch.process(range(count)) == failing
    assert batch.done == [number for number in range(count) if number not in poison]
    assert batch.told == [(number, str(number)) for number in failing]


def test_a_batch_that_is_done_takes_one_attempt_and_one_failure_two_for_each_halving() -> None:
    whole, empty, one = Batch(set()), Batch(set()), Batch({700})
    assert (whole.process(range(10_000)), whole.attempts) == ([], 1)
    assert (empty.process([]), empty.attempts) == ([], 0)
    one.process(range(10_000))
    assert one.attempts <= 1 + 2 * math.ceil(math.log2(10_000))


def test_where_everything_fails_the_rest_is_not_tried() -> None:
    batch = Batch(set(range(10_000)))
    assert batch.process(range(10_000)) == list(range(10_000))
    assert MAX_FAILURES <= len(batch.told) <= 4 * MAX_FAILURES
    # A batch of the feedback queue is tried to its end.
    batch = Batch(set(range(25)))
    assert batch.process(range(25)) == list(range(25))
    assert len(batch.told) == 25


def test_a_busy_store_is_no_fault_of_a_record() -> None:
    def busy(_: Sequence[int]) -> None:
        raise StoreBusyError("throttled")

    with pytest.raises(StoreBusyError):
        partial_batches.process([1, 2], busy, lambda *_: pytest.fail("told"), LOGGER)


def test_what_fails_only_together_is_done_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(LOGGER.registered_handler, "stream", stream)
    batch = Batch(set(), frozenset({0, 9}))
    assert batch.process(range(10)) == []
    assert (batch.done, batch.told) == (list(range(10)), [])
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["message"], line["exception_name"]) == ("records failed only together", "ValueError")
