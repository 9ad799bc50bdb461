"""Batches of which a part may fail: records are processed together, and one that fails costs no other.

Together they are fewer writes, since several records may change one item. So a batch is taken apart only when it has
failed, and only as far as it takes to find what fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from aws_lambda_powertools import Logger

from daybook.core.errors import StoreBusyError

# As many as a batch of the feedback queue has. Where so many fail, it is not the records.
MAX_FAILURES = 25
R = TypeVar("R")


class RecordsFailedError(Exception):
    """Some records of a batch failed, for reasons that are in the log; the others are done."""


def process(
    records: Sequence[R],
    action: Callable[[Sequence[R]], None],
    on_failure: Callable[[R, Exception], None],
    logger: Logger,
) -> list[R]:
    """Process the records together; where that raises, their halves, down to single records. `action` may be repeated.

    Gives the records that fail alone, in order; `on_failure` was called with each and what it raised. After
    MAX_FAILURES of them in a half, what is behind that half is given as well, untried. StoreBusyError is raised: the
    records cannot help it.
    """
    if not records:
        return []
    try:
        action(records)
    except StoreBusyError:
        raise
    except Exception as error:
        if len(records) == 1:
            on_failure(records[0], error)
            return list(records)
        middle = len(records) // 2
        failed = process(records[:middle], action, on_failure, logger)
        if len(failed) >= MAX_FAILURES:
            return [*failed, *records[middle:]]
        failed += process(records[middle:], action, on_failure, logger)
        if not failed:
            logger.warning("records failed only together", exc_info=error)
        return failed
    return []
