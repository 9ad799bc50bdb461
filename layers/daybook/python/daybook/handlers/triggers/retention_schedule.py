"""The schedule of the retention function: erasures that broke off, and once a day a check of the whole table."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aws_lambda_powertools import Logger

from daybook.handlers.triggers.erasures import ErasureSteps
from daybook.retention.daily_check import DailyCheck


class RetentionScheduleHandler:
    def __init__(self, *, erasures: ErasureSteps, check: DailyCheck, logger: Logger) -> None:
        self._erasures = erasures
        self._check = check
        self._logger = logger

    def __call__(self, seconds_left: Callable[[], float]) -> None:
        """`seconds_left` says how long the invocation may still run. StoreBusyError."""
        self._erasures.run_all()
        figures = self._check.step(seconds_left)
        if figures is not None:
            self._logger.info("retention checked", extra=msgspec.to_builtins(figures))
