"""The next steps of running erasures, invoked by the table's stream and by the schedule."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda_powertools import Logger

from daybook.core.errors import StoreBusyError
from daybook.erasure.job import ErasureJob

# For all erasures together, of the 900 seconds of an invocation.
SECONDS = 120.0


class ErasureSteps:
    def __init__(self, *, job: ErasureJob, logger: Logger) -> None:
        self._job = job
        self._logger = logger

    def run(self, erasures: Sequence[tuple[str, str]]) -> None:
        """Continue these erasures, given by org and id, for SECONDS; one that meets a busy store is left for later."""
        for org, erasure_id in erasures:
            try:
                self._job.step(org, erasure_id, SECONDS / len(erasures))
            except StoreBusyError as error:
                # The stream must not wait for it.
                self._logger.warning("erasure put off", extra={"erasure": erasure_id, "reason": error.detail})

    def run_all(self) -> None:
        """Continue all running erasures. StoreBusyError where they cannot be listed."""
        self.run(self._job.running())
