"""Times as spreadsheets and databases write them. An ambiguous one is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from daybook_cli.connection.timestamps import format_timestamp

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ABBREVIATED = 3

_TIME = (
    r"(?:(?:T|,? | at )(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<am_pm>[ap])\.?m\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?))?)?"
)
_WEEKDAY = r"(?:(?P<weekday>[a-z]{3,9}),? )?"
_ISO = r"(?P<year>\d{4})(?P<separator>[-/])(?P<month>\d\d?)(?P=separator)(?P<day>\d\d?)"
_AMERICAN = r"(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{4})"
_DAY_FIRST = r"(?P<day>\d\d?)(?P<separator>[-/.])(?P<month>\d\d?)(?P=separator)(?P<year>\d{4})"
_MONTH_NAME_FIRST = _WEEKDAY + r"(?P<month>[a-z]{3,9})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>\d{4})"
_MONTH_NAME_SECOND = (
    _WEEKDAY + r"(?P<day>\d\d?)(?P<separator>[ -])(?P<month>[a-z]{3,9})\.?(?P=separator)(?P<year>\d{4})"
)


def _with_time(*dates: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(date + _TIME, re.ASCII | re.IGNORECASE) for date in dates)


# By whether the day comes before the month.
_FORMATS = {
    False: _with_time(_ISO, _AMERICAN, _MONTH_NAME_FIRST, _MONTH_NAME_SECOND),
    True: _with_time(_ISO, _DAY_FIRST, _MONTH_NAME_FIRST, _MONTH_NAME_SECOND),
}
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TWO_DIGIT_YEAR = re.compile(r"\d\d?([-/.])\d\d?\1\d\d?(?!\d).*", re.ASCII)


def parse_time(text: str, zone: ZoneInfo | None, *, day_first: bool = False) -> str:
    """A time as the API writes it, in UTC with milliseconds; `zone` is for those without an offset.

    A date alone is its start. `03/01/2026` is March 1, with `day_first` January 3. ValueError says what is wrong.
    """
    # Without its non-breaking spaces: the one before PM is how browsers write a time.
    plain = " ".join(text.split())
    match = next((match for pattern in _FORMATS[day_first] if (match := pattern.fullmatch(plain))), None)
    if match is None:
        raise ValueError(_why_unknown(plain))
    try:
        return format_timestamp(_moment(match, zone))
    except OverflowError as error:
        raise ValueError(f"{plain!r} is beyond the calendar") from error


def _why_unknown(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return f"{text!r} is a number, and it does not say of what: write a date and time"
    if _TWO_DIGIT_YEAR.fullmatch(text):
        return f"{text!r} can be read in several ways: write four digits of the year"
    return f"{text!r} is no time that is known here, as 2026-03-01T10:00:00Z or 3/1/2026 5:10 PM are"


def _moment(match: re.Match[str], zone: ZoneInfo | None) -> datetime:
    local = _local_time(match)
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
    problem = "never was" if before < after else "was twice"
    raise ValueError(f"{match[0]!r} {problem} in {zone.key}, where the clocks were changed: write it with its offset")


def _local_time(match: re.Match[str]) -> datetime:
    year, month, day = int(match["year"]), _month(match["month"]), int(match["day"])
    try:
        local = datetime(year, month, day, _hour(match), int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001
    except ValueError as error:
        raise ValueError(f"{match[0]!r} is no date and time: {error}") from error
    weekday = match.groupdict().get("weekday")
    if weekday and _index_of(weekday, _WEEKDAYS) != local.weekday():
        raise ValueError(f"{match[0]!r} is another day of the week")
    return local + timedelta(microseconds=int((match["fraction"] or "0")[:6].ljust(6, "0")))


def _hour(match: re.Match[str]) -> int:
    hour, am_pm = int(match["hour"] or 0), match["am_pm"]
    if am_pm is None:
        if match["hour"] and not match["minute"]:
            raise ValueError("an hour alone needs am or pm")
        return hour
    if not 1 <= hour <= 12:  # noqa: PLR2004
        raise ValueError("with am or pm the hour is 1 to 12")
    return hour % 12 + (12 if am_pm in "Pp" else 0)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _index_of(text, _MONTHS) + 1


def _index_of(text: str, names: tuple[str, ...]) -> int:
    """The index of a name, in full or by its first three letters."""
    lower = text.lower()
    for index, name in enumerate(names):
        if lower in (name, name[:_ABBREVIATED]):
            return index
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
