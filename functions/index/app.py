"""Indexes entries for search from the table's stream; on demand, rebuilds the search index of an org."""

from __future__ import annotations

import gc

# Imports create no garbage: collecting it is a tenth of a cold start; what is imported is then never scanned again.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.handlers import index  # noqa: E402
from daybook.handlers.index import IndexTriggers  # noqa: E402

gc.freeze()
gc.enable()


@cache
def triggers() -> IndexTriggers:
    return index.triggers(os.environ)


def handler(event: dict[str, Any], context: object) -> Any:
    return triggers()(event, context)
