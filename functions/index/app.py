"""Hears from the table's stream of new audit entries; and, when told to, makes the search index of an org anew."""

from __future__ import annotations

import gc

# Loading makes no garbage: looking for it is a tenth of a cold start, and then of every request for what stays.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import index  # noqa: E402
from daybook.handlers.index import Indexer  # noqa: E402

gc.freeze()
gc.enable()


@cache
def indexer() -> Indexer:
    return index.indexer(os.environ)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    return indexer()(event, context)
