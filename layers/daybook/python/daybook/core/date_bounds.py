"""The bounds `from` and `to` of a list, which is of the entries from the one on and before the other."""

from __future__ import annotations

from datetime import datetime

from daybook.core import timestamps
from daybook.core.errors import FieldError, InvalidRequestError


def check(start: datetime | None, end: datetime | None) -> None:
    """InvalidRequestError, which names both, where `from` is after `to`. Equal ones are a list without entries."""
    if start is None or end is None or start <= end:
        return
    first, last = timestamps.instant(start), timestamps.instant(end)
    faults = [
        FieldError("from", f"{first} is after `to`, which is {last}"),
        FieldError("to", f"{last} is before `from`, which is {first}"),
    ]
    raise InvalidRequestError("`from` is after `to`: swap them", faults)
