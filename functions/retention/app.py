"""Hears from the table's stream what TTL has taken; looks daily for what it left; applies a changed policy."""

from __future__ import annotations

import gc

# Loading makes no garbage: looking for it is a tenth of a cold start, and then of every request for what stays.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import retention  # noqa: E402
from daybook.handlers.retention import Removals  # noqa: E402

gc.freeze()
gc.enable()


@cache
def removals() -> Removals:
    return retention.removals(os.environ)


def handler(event: dict[str, Any], context: Any) -> Any:
    return removals()(event, context)
