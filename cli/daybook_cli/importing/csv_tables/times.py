"""Times as spreadsheets and databases spell them. What could mean two moments is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = 3

_TIME = (
    r"(?:(?:T|,? | at )(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?))?)?"
)
_WEEKDAY = r"(?:(?P<weekday>[a-z]{3,9}),? )?"
_YEAR_FIRST = r"(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
_AMERICAN = r"(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{4})"
_DAY_FIRST = r"(?P<day>\d\d?)(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<year>\d{4})"
_MONTH_NAMED = _WEEKDAY + r"(?P<month>[a-z]{3,9})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>\d{4})"
_NAME_BETWEEN = _WEEKDAY + r"(?P<day>\d\d?)(?P<mark>[ -])(?P<month>[a-z]{3,9})\.?(?P=mark)(?P<year>\d{4})"


def _compiled(*dates: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(date + _TIME, re.ASCII | re.IGNORECASE) for date in dates)


_SPELLINGS = {
    False: _compiled(_YEAR_FIRST, _AMERICAN, _MONTH_NAMED, _NAME_BETWEEN),
    True: _compiled(_YEAR_FIRST, _DAY_FIRST, _MONTH_NAMED, _NAME_BETWEEN),
}
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d\d?([-/.])\d\d?\1\d\d?(?!\d).*", re.ASCII)


def instant(text: str, zone: ZoneInfo | None, *, day_first: bool = False) -> str:
    """A time in UTC with milliseconds, as Daybook writes it; `zone` is for those without an offset.

    A date alone is its start. `03/01/2026` is March 1, with `day_first` January 3. ValueError says what is wrong.
    """
    # Without its non-breaking spaces: the one before PM is how browsers write a time.
    plain = " ".join(text.split())
    match = next((found for spelling in _SPELLINGS[day_first] if (found := spelling.fullmatch(plain))), None)
    if match is None:
        raise ValueError(_why_none(plain))
    try:
        moment = _placed(match, zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{plain!r} is beyond the calendar") from error
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def _why_none(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return f"{text!r} is a number, and it does not say of what: write a date and time"
    if _SHORT_YEAR.fullmatch(text):
        return f"{text!r} can be read in several ways: write four digits of the year"
    return f"{text!r} is no time that is known here, as 2026-03-01T10:00:00Z or 3/1/2026 5:10 PM are"


def _placed(match: re.Match[str], zone: ZoneInfo | None) -> datetime:
    local = _local(match)
    if match["zone"]:
        return local.replace(tzinfo=_offset(match["zone"]))
    if zone is None:
        raise ValueError(f"{match[0]!r} has no offset: name its time zone (--time-zone America/Chicago)")
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None or match["hour"] is None:
        # Of a day, `fold=0` is the first moment even where midnight is left out or comes twice.
        return first
    # PEP 495: in a gap the offset of `fold=0` is the smaller one, in a repeated hour the greater one.
    why = "never was" if before < after else "was twice"
    raise ValueError(f"{match[0]!r} {why} in {zone.key}, where the clocks were changed: write it with its offset")


def _local(match: re.Match[str]) -> datetime:
    year, month, day = int(match["year"]), _month(match["month"]), int(match["day"])
    try:
        local = datetime(year, month, day, _hour(match), int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001
    except ValueError as error:
        raise ValueError(f"{match[0]!r} is no date and time: {error}") from error
    weekday = match.groupdict().get("weekday")
    if weekday and _position(weekday, _WEEKDAYS) != local.weekday():
        raise ValueError(f"{match[0]!r} is another day of the week")
    return local + timedelta(microseconds=int((match["fraction"] or "0")[:6].ljust(6, "0")))


def _hour(match: re.Match[str]) -> int:
    hour, half = int(match["hour"] or 0), match["half"]
    if half is None:
        if match["hour"] and not match["minute"]:
            raise ValueError("an hour alone needs am or pm")
        return hour
    if not 1 <= hour <= 12:  # noqa: PLR2004
        raise ValueError("with am or pm the hour is 1 to 12")
    return hour % 12 + (12 if half in "Pp" else 0)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _position(text, _MONTHS) + 1


def _position(text: str, names: tuple[str, ...]) -> int:
    """Where a name stands among others, in full or by its first three letters."""
    said = text.lower()
    for place, name in enumerate(names):
        if said == name or said == name[:_SHORT]:
            return place
    raise ValueError(f"{text!r} is neither a month nor a day of the week")


def _offset(text: str) -> tzinfo:
    digits = re.sub(r"[^0-9]", "", text)
    if not digits:
        return UTC
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004
        raise ValueError(f"{text!r} is no offset")
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if "-" in text else size)
