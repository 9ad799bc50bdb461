"""The schedule of the retention function: once a day a check of the whole table."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aws_lambda_powertools import Logger, Metrics

from daybook.aws import cloudwatch
from daybook.retention.daily_check import DailyCheck


class RetentionScheduleHandler:
    def __init__(self, *, check: DailyCheck, logger: Logger, metrics: Metrics) -> None:
        self._check = check
        self._logger = logger
        self._metrics = metrics

    def __call__(self, seconds_left: Callable[[], float]) -> None:
        """`seconds_left` says how long the invocation may still run. StoreBusyError."""
        figures = self._check.step(seconds_left)
        if figures is not None:
            cloudwatch.report(self._logger, self._metrics, "retention checked", msgspec.to_builtins(figures))
