"""Handles deletes by TTL, runs erasures, checks the table daily; on demand, applies or previews a policy."""

from __future__ import annotations

import gc

# Imports create no garbage: collecting it is a tenth of a cold start; what is imported is then never scanned again.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import retention  # noqa: E402
from daybook.handlers.retention import RetentionTriggers  # noqa: E402

gc.freeze()
gc.enable()


@cache
def triggers() -> RetentionTriggers:
    return retention.triggers(os.environ)


def handler(event: dict[str, Any], context: object) -> Any:
    return triggers()(event, context)
