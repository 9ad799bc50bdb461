"""Writes entries: POST /entries."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from daybook import bootstrap
from daybook.gateway import Gateway


@cache
def gateway() -> Gateway:
    return bootstrap.ingest_gateway(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway()(event, context)
