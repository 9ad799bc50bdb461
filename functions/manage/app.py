"""What staff change: the blacklist."""

from __future__ import annotations

import gc

# Loading makes no garbage: looking for it is a tenth of a cold start, and then of every request for what stays.
gc.disable()

import os  # noqa: E402
from functools import cache  # noqa: E402
from typing import Any  # noqa: E402

from daybook.api.gateway import Gateway  # noqa: E402
from daybook.handlers import manage  # noqa: E402

gc.freeze()
gc.enable()


@cache
def gateway() -> Gateway:
    return manage.gateway(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return gateway()(event, context)
