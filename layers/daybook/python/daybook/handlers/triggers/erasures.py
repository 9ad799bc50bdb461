"""The next steps of running erasures, invoked by the table's stream and by a schedule of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from aws_lambda_powertools import Logger, Metrics

from daybook.aws import cloudwatch
from daybook.core.errors import StoreBusyError
from daybook.erasure.job import ErasureJob
from daybook.erasure.work_list import GivenUpError, WorkList

# For all erasures together, and the last moment to begin one, of the 900 seconds of an invocation.
SECONDS, LAST_BEGIN = 120.0, 600.0


class ErasureSteps:
    """`tick` returns seconds that only grow."""

    def __init__(self, *, job: ErasureJob, logger: Logger, tick: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._logger = logger
        self._tick = tick

    def run(self, erasures: Sequence[tuple[str, str]]) -> dict[str, int]:
        """Continue these erasures, given by org and id, for SECONDS; returns figures.

        A failure is noted on its erasure, which is tried again later: it stops neither the others nor the stream.
        """
        begun, figures = self._tick(), {"erasures_continued": 0, "erasures_failed": 0, "erasures_given_up": 0}
        for org, erasure_id in erasures:
            if self._tick() - begun > LAST_BEGIN:
                break
            figures["erasures_continued"] += 1
            told = {"org": org, "erasure": erasure_id}
            try:
                self._job.step(org, erasure_id, SECONDS / len(erasures))
            except StoreBusyError as error:
                self._logger.warning("erasure put off", extra={**told, "reason": error.detail})
            except GivenUpError:
                self._logger.exception("erasure given up", extra=told)
                figures["erasures_given_up"] += 1
            except Exception:
                self._logger.exception("erasure failed", extra=told)
                figures["erasures_failed"] += 1
        return figures


class ErasureScheduleHandler:
    def __init__(self, *, work_list: WorkList, steps: ErasureSteps, logger: Logger, metrics: Metrics) -> None:
        self._work_list = work_list
        self._steps = steps
        self._logger = logger
        self._metrics = metrics

    def __call__(self) -> None:
        """Continue all erasures that are due. StoreBusyError where they cannot be listed."""
        due = self._work_list.due()
        if due:
            cloudwatch.report(self._logger, self._metrics, "erasures continued", self._steps.run(due))
