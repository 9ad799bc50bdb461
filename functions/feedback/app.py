"""Applies providers' delivery events: from the feedback queue, SNS, EventBridge or CloudWatch Logs."""

from __future__ import annotations

import gc

# Imports create no garbage: collecting it is a tenth of a cold start; what is imported is then never scanned again.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import feedback  # noqa: E402
from daybook.handlers.triggers.feedback_batch import FeedbackHandler  # noqa: E402

gc.freeze()
gc.enable()


@cache
def batch_handler() -> FeedbackHandler:
    return feedback.batch_handler(os.environ)


def handler(event: dict[str, Any], context: object) -> Any:
    return batch_handler()(event, context)
