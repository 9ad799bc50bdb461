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
    """Format an aware datetime as an instant, truncated to milliseconds.

    A time that in UTC is before year 1 or after 9999 becomes the first or last instant of the calendar.
    """
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = FIRST if moment.year == 1 else LAST
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, truncated like `instant`."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_instant(text: str) -> datetime:
    """Parse an instant into an aware datetime. ValueError where it is none."""
    return datetime.fromisoformat(text)


def epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, as DynamoDB's TTL takes them; rounded up, so that nothing expires early."""
    return -((EPOCH - moment) // timedelta(seconds=1))


def from_epoch_seconds(value: int) -> str:
    """The instant that is so many seconds after 1970."""
    return instant(EPOCH + timedelta(seconds=value))
