"""Instants as Daybook writes them: RFC 3339 in UTC, milliseconds, `Z`; 24 characters, so text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

Instant = Annotated[
    str, Meta(description="RFC 3339 in UTC, milliseconds, Z", extra_json_schema={"format": "date-time"})
]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


FIRST = datetime(1, 1, 1, tzinfo=UTC)


LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def instant(moment: datetime) -> str:
    """Write an aware moment; what is below a millisecond is cut, not rounded. The calendar ends at year 1 and 9999."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = FIRST if moment.year == 1 else LAST
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, cut like `instant`."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded up: DynamoDB's TTL knows no less, and nothing may go early."""
    return -((EPOCH - moment) // timedelta(seconds=1))


def from_epoch_seconds(value: int) -> str:
    return instant(EPOCH + timedelta(seconds=value))
