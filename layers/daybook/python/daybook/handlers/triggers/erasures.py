"""The next steps of running erasures, invoked by the table's stream and by the schedule."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda_powertools import Logger

from daybook.core.errors import StoreBusyError
from daybook.erasure.job import ErasureJob

# For all erasures together, of the 900 seconds of an invocation.
SECONDS = 120.0


class ErasuresFailedError(Exception):
    """Some erasures failed, for reasons that are in the log; the others were continued."""


class ErasureSteps:
    def __init__(self, *, job: ErasureJob, logger: Logger) -> None:
        self._job = job
        self._logger = logger

    def run(self, erasures: Sequence[tuple[str, str]]) -> int:
        """Continue these erasures, given by org and id, for SECONDS; returns how many failed.

        One that meets a busy store is left for later, and is no failure.
        """
        failed = 0
        for org, erasure_id in erasures:
            try:
                self._job.step(org, erasure_id, SECONDS / len(erasures))
            except StoreBusyError as error:
                # The stream must not wait for it.
                self._logger.warning("erasure put off", extra={"erasure": erasure_id, "reason": error.detail})
            except Exception:
                # Nor must the erasures of others.
                self._logger.exception("erasure failed", extra={"erasure": erasure_id})
                failed += 1
        return failed

    def run_all(self) -> int:
        """Continue all running erasures; returns how many failed. StoreBusyError where they cannot be listed."""
        return self.run(self._job.running())
