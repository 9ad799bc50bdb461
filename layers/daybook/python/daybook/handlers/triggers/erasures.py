"""The next steps of erasures under way; the table's stream and the schedule call for them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda_powertools import Logger

from daybook.core.errors import StoreBusyError
from daybook.erasure.job import ErasureJob

# Of the 900 that an invocation may take, for all erasures together.
SECONDS = 120.0


class ErasureSteps:
    def __init__(self, *, job: ErasureJob, logger: Logger) -> None:
        self._job = job
        self._logger = logger

    def run(self, erasures: Sequence[tuple[str, str]]) -> None:
        """Go on with these erasures, by org and id, for SECONDS; one that the store is too busy for is put off."""
        for org, erasure_id in erasures:
            try:
                self._job.step(org, erasure_id, SECONDS / len(erasures))
            except StoreBusyError as error:
                # The stream must not wait for it.
                self._logger.warning("erasure put off", extra={"erasure": erasure_id, "reason": error.detail})

    def run_all(self) -> None:
        """Go on with all that are under way. StoreBusyError where they cannot be listed."""
        self.run(self._job.running())
