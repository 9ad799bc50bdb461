"""Writes exports: each message of their queue begins one, or continues it."""

from __future__ import annotations

import gc

# Imports create no garbage: collecting it is a tenth of a cold start; what is imported is then never scanned again.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import export  # noqa: E402
from daybook.handlers.triggers.export_queue import ExportQueueHandler  # noqa: E402

gc.freeze()
gc.enable()


@cache
def queue_handler() -> ExportQueueHandler:
    return export.queue_handler(os.environ)


def handler(event: dict[str, Any], context: object) -> None:
    queue_handler()(event, context)
