"""The bounds `from` and `to` of a list, which is of the entries from the one on and before the other.

Each is a time with an offset, or a day of the org's zone: `from` begins with the day, `to` ends with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import local_time, timestamps
from daybook.core.errors import FieldError, InvalidRequestError

_FORMATS = [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
_MAX_LENGTH = 64

Bound = Annotated[
    str, Meta(max_length=_MAX_LENGTH, extra_json_schema={"anyOf": _FORMATS}, examples=["2026-11-05T15:00:00-06:00"])
]
FROM = "included; a date alone is that day in the org's zone"
TO = "not included; a date alone is that day in the org's zone, as a whole"
To = Annotated[Bound | None, Meta(description=TO)]

NAMES = ("from", "to")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXPECTED = "must be a day such as 2026-11-05, or a time with an offset such as 2026-11-05T15:00:00Z"
_BLANK = " (in a query string a + is a blank: write %2B)"

Zone = Callable[[], ZoneInfo]


class DateBounds(Struct, frozen=True):
    """Aware datetimes, `start` included and `end` not; None is without a bound."""

    start: datetime | None
    end: datetime | None

    @property
    def instants(self) -> tuple[str | None, str | None]:
        start, end = (None if bound is None else timestamps.instant(bound) for bound in (self.start, self.end))
        return start, end


def read(start: str | None, end: str | None, zone: Zone) -> DateBounds:
    """The bounds that these parameters mean; `zone` gives the org's, and is called for days only.

    InvalidRequestError, which names each that is none, or both where `from` is after `to`. Equal times, and the days of
    a skipped date, are a list without entries.
    """
    given = {name: text for name, text in (("from", start), ("to", end)) if text is not None}
    if found := faults(given):
        raise InvalidRequestError(found)
    bounds = {name: _moment(text, zone, of_end=name == "to") for name, text in given.items()}
    if start is not None and end is not None and _is_after(start, end, bounds):
        reversed_bounds = [
            FieldError("from", f"{start} is after `to`, which is {end}: swap them"),
            FieldError("to", f"{end} is before `from`, which is {start}: swap them"),
        ]
        raise InvalidRequestError(reversed_bounds)
    return DateBounds(bounds.get("from"), bounds.get("to"))


def faults(given: Mapping[str, object]) -> list[FieldError]:
    """What is wrong with the bounds among these parameters, each by itself; what is no text is none."""
    bounds = {name: given[name] for name in NAMES if name in given}
    return [
        FieldError(name, _told(text)) for name, text in bounds.items() if isinstance(text, str) and not _is_bound(text)
    ]


def _is_bound(text: str) -> bool:
    """Whether it is a day, or a time with an offset."""
    try:
        _day(text) or _time(text)
    except ValueError:
        return False
    return True


def _moment(text: str, zone: Zone, *, of_end: bool) -> datetime:
    """The moment of a time, or of a day's beginning or end."""
    day = _day(text)
    if day is None:
        return _time(text)
    beginning, end = local_time.day(zone(), day)
    return end if of_end else beginning


def _day(text: str) -> date | None:
    """None for what has another form. ValueError where there is no such day."""
    return date.fromisoformat(text) if _DAY.fullmatch(text) else None


def _time(text: str) -> datetime:
    """ValueError where it is no time with an offset."""
    # Its ValidationError is a ValueError.
    moment: datetime = msgspec.convert(text, Annotated[datetime, Meta(tz=True)])
    return moment


def _told(text: str) -> str:
    lacking = timestamps.lacking(text)
    return _EXPECTED + (f"; {lacking}" if lacking else "") + (_BLANK if " " in text else "")


def _is_after(start: str, end: str, bounds: Mapping[str, datetime]) -> bool:
    """Whether `from` is after `to`. A day begins at the moment at which the day before ends, and is after that."""
    if _DAY.fullmatch(start) and _DAY.fullmatch(end):
        return start > end
    return bounds["from"] > bounds["to"]
