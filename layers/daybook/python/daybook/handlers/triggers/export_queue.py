"""Messages of the queue of exports: each begins or continues one."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics

from daybook.aws import cloudwatch
from daybook.core.errors import StoreBusyError
from daybook.exports.messages import Message
from daybook.exports.running.job import ExportJob, Run

MILLISECONDS = 1000

# Seconds of an invocation for one export: then it goes on behind the others that wait, so that long ones of one org
# do not keep all others waiting.
TURN_SECONDS = 180.0


class ExportQueueHandler:
    def __init__(self, *, job: ExportJob, logger: Logger, metrics: Metrics) -> None:
        self._job = job
        self._logger = logger
        self._metrics = metrics

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        """Continue the export of each message. What it raises makes SQS deliver the messages again."""
        for record in event["Records"]:
            started = time.perf_counter()

            def seconds_left(ends: float = started + TURN_SECONDS) -> float:
                of_invocation: float = context.get_remaining_time_in_millis() / MILLISECONDS
                return min(of_invocation, ends - time.perf_counter())

            message = msgspec.json.decode(record["body"], type=Message)
            cloudwatch.begin_invocation(self._logger, context, message.id)
            run = self._job.run(message, seconds_left)
            self._report(message, run, round((time.perf_counter() - started) * MILLISECONDS, 1))

    def _report(self, message: Message, run: Run, milliseconds: float) -> None:
        told = {"org": message.org, "export": message.id}
        if isinstance(run.error, StoreBusyError):
            self._logger.warning("export put off", extra={**told, "reason": run.error.detail})
        elif run.error is not None:
            self._logger.error("export failed", exc_info=run.error, extra=told)
        figures = {
            **told,
            "outcome": run.outcome,
            "rows_exported": run.rows,
            "exports_done": int(run.outcome == "done"),
            "exports_given_up": int(run.outcome == "failed"),
            "milliseconds": milliseconds,
        }
        cloudwatch.report(self._logger, self._metrics, "export continued", figures)
