"""Answers read requests, and every path without a route of its own."""

from __future__ import annotations

import gc

# Imports create no garbage: collecting it is a tenth of a cold start; what is imported is then never scanned again.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.api.gateway import Gateway  # noqa: E402
from daybook.handlers import query  # noqa: E402

gc.freeze()
gc.enable()


@cache
def gateway() -> Gateway:
    return query.gateway(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway()(event, context)
