"""Dates and times as staff write them in a search line: where one stands in a text, and which time it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from daybook.core import local_time, timestamps

YEARS = range(2000, 2101)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = """
    jan(?:uary)? | feb(?:ruary)? | mar(?:ch)? | apr(?:il)? | may | june? | july? | aug(?:ust)? | sept?(?:ember)?
    | oct(?:ober)? | nov(?:ember)? | dec(?:ember)?
"""
_WEEKDAY = """
    mon(?:day)? | tue(?:s(?:day)?)? | wed(?:nesday)? | thu(?:r(?:s(?:day)?)?)? | fri(?:day)? | sat(?:urday)?
    | sun(?:day)?
"""
_DATE = rf"""
    (?: on[ ] )? (?: (?: {_WEEKDAY} ) [.,]*[ ] )?
    (?: (?P<month>\d{{1,2}}) / (?P<day>\d{{1,2}}) / (?P<year>\d{{4}}|\d\d)
      | (?P<dashed_month>\d{{1,2}}) - (?P<dashed_day>\d{{1,2}}) - (?P<dashed_year>\d{{4}})
      | (?P<iso_year>\d{{4}}) (?P<separator>[-/.]) (?P<iso_month>\d{{1,2}}) (?P=separator) (?P<iso_day>\d{{1,2}})
      | (?P<basic_year>\d{{4}}) (?P<basic_month>\d\d) (?P<basic_day>\d\d) (?=t\d{{4}})
      | (?P<named_month> {_MONTH} ) [.,]*[ ]? (?P<named_day>\d{{1,2}}) (?:st|nd|rd|th)?
        (?: ,[ ]? | [ ] ) (?P<named_year>\d{{4}})
      | (?P<day_first_day>\d{{1,2}}) (?:st|nd|rd|th)? (?:[ ]of)? [ ]? (?P<day_first_month> {_MONTH} ) [.,]*[ ]?
        (?P<day_first_year>\d{{4}})
      | (?P<joined_day>\d{{1,2}}) (?P<joint>[-/]) (?P<joined_month> {_MONTH} ) (?P=joint) (?P<joined_year>\d{{4}}|\d\d)
    ) (?: ,?[ ] (?: {_WEEKDAY} ) (?! \w ) )?
"""
_CLOCK = r"""
    (?P<hour12> 0?[1-9]|1[0-2] ) (?: : (?P<minute12>[0-5]\d) (?: : (?P<second12>[0-5]\d) (?: [.,] \d{1,9} )? )? )?
        (?: [ ]? (?P<half>[ap]) \.? m | (?P<short_half>[ap]) )
    | (?P<hour> [01]?\d|2[0-3] ) : (?P<minute>[0-5]\d) (?: : (?P<second>[0-5]\d) (?: [.,] (?P<fraction>\d{1,9}) )? )?
"""
_NOON = "(?: 12 (?: :00 )? [ ] )? (?: (?P<noon>noon) | (?P<midnight>midnight) )"
# A blank before an offset is taken where it is one that people live by, and so hardly an excluded number.
_APART = r"[ ] (?: -0\d :? [03]0 | -1[0-2]:00 | -1000 | [+] (?:0\d|1[0-4]) :? (?:00|30|45) )"
# Names that mailers write behind an offset, in brackets there: `-0600 (CST)`.
_ABBREVIATION = """
    utc | gmt | [ecmp][sd]t | ak[sd]t | hst | bst | cest | cet | eest | eet | msk | ist | jst | kst | sast
    | a[ce][sd]t | awst | nz[sd]t
"""
_ZONE_BEHIND = rf"""
    (?: (?<=\d) [ ] (?: [a-z]+ [ ] ){{1,2}} (?: standard|daylight|summer|mean|universal ) [ ] time
      | (?<=\d) [ ] [a-z]+ [ ] (?: mean|universal ) [ ] time
      | (?<=\d) [ ] (?: {_ABBREVIATION} ) (?= [ ] | $ ) )?
"""
_OFFSET = rf"""
    (?P<offset> z | (?:[ ]? (?:utc|gmt) )? [+-] (?:[01]?\d|2[0-3]) (?: :? [0-5]\d )? | {_APART} | [ ]? (?:utc|gmt) )
    {_ZONE_BEHIND}
"""
# What pages show behind a time that the clock shows twice, in zones whose names have no letters: `1:30 AM GMT+2`.
_NAMED_OFFSET = r"[ ] (?:utc|gmt) (?: [+-] (?:[01]?\d|2[0-3]) (?: :? [0-5]\d )? )?"
_MOMENT = re.compile(
    rf"""
    {_DATE}
    (?: (?: [t,:] | [ ](?:at[ ]|-[ ])? )
        (?: {_NOON} | {_CLOCK}
          | (?<=t) (?P<basic_hour> [01]\d|2[0-3] ) (?P<basic_minute>[0-5]\d) (?P<basic_second>[0-5]\d)? )
        (?: (?<=\d) {_OFFSET} | (?<=[apmnt]) (?P<half_offset> {_NAMED_OFFSET} | {_APART} ) {_ZONE_BEHIND} )?
        (?! [ ][ap]\.?m (?:[ ]|$) ) )?
    (?= [ ] | $ )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# As the C library's `ctime` and the shell's `date` write it: the year comes last.
_YEAR_LAST = re.compile(
    rf"""
    (?: (?: {_WEEKDAY} ) [.,]*[ ] )? (?P<named_month> {_MONTH} ) [ ]? (?P<named_day>\d{{1,2}}) [ ] (?: {_CLOCK} )
    (?P<offset> [ ] [+-] (?:[01]\d|2[0-3]) [0-5]\d | [ ] (?:utc|gmt) )? (?: [ ] (?P<zone> [a-z]{{2,6}} ) )?
    [ ] (?P<named_year>\d{{4}}) (?= [ ] | $ )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TIME_OF_DAY = re.compile(
    rf"(?: (?:at|@) [ ] )? (?: {_NOON} | {_CLOCK} ) (?! [ ][ap]\.?m (?:[ ]|$) ) (?= [ ] | $ )",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_OFFSET_DIGITS = re.compile(r"([+-])(\d\d?):?(\d\d)?")
_DAY, _HOUR, _MINUTE, _SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_NOON_MINUTES = 12 * 60
_HALF_YEAR = timedelta(days=182)
# Names of the IANA data base are CHAST and the like.
_LONGEST_ZONE_NAME = 6
_ALWAYS = timestamps.instant(timestamps.FIRST), timestamps.instant(timestamps.LAST)
_SPELLINGS = ("", "dashed_", "iso_", "basic_", "named_", "day_first_", "joined_")

Spans = tuple[tuple[str, str], ...]


class Period(Struct, frozen=True):
    """A date or time, as the interval [start, end): in UTC if it has an offset, else local and without a zone."""

    start: datetime
    end: datetime


class TimeOfDay(Struct, frozen=True):
    """A time without a date, on the clock of the org's zone: [start, end) from midnight."""

    start: timedelta
    end: timedelta

    @property
    def spellings(self) -> list[str]:
        """The words in which a text may speak of it."""
        minutes = int(self.start.total_seconds()) // 60
        hour, minute, half = minutes // 60, minutes % 60, "am" if minutes < _NOON_MINUTES else "pm"
        if self.end - self.start < _MINUTE:
            return []
        short = hour % 12 or 12
        times = [f"{short}:{minute:02}", f"{short:02}:{minute:02}", *([f"{short}"] if minute == 0 else [])]
        spelt = [f"{time}{gap}{end}" for time in times for gap in ("", " ") for end in (half, f"{half[0]}.m.")]
        # 5:10, and 05:10 before pm, may be that of the other half of the day.
        is_ambiguous = 0 < hour <= _NOON_MINUTES // 60
        return spelt if is_ambiguous else [*spelt, f"{hour}:{minute:02}", f"{hour:02}:{minute:02}"]


def period_at(text: str, start: int, zone: ZoneInfo) -> tuple[Period, int] | None:
    """The date, perhaps with its time, that stands at this place, and where it ends. Words are one blank apart.

    The name of a zone counts where `zone` calls one of its times so.
    """
    if (match := _YEAR_LAST.match(text, start)) and (period := _period(match)):
        named = _in_named_zone(period, match["zone"], zone) if match["zone"] else period
        if named:
            return named, match.end()
    if (match := _MOMENT.match(text, start)) and (period := _period(match)):
        end = match.end()
        name = text[end + 1 : end + 2 + _LONGEST_ZONE_NAME].partition(" ")[0]
        named = _in_named_zone(period, name, zone) if name else None
        return (named, end + 1 + len(name)) if named else (period, end)
    return None


def time_at(text: str, start: int) -> tuple[TimeOfDay, int] | None:
    """The time without a date that stands at this place, and where it ends."""
    match = _TIME_OF_DAY.match(text, start)
    if match is None:
        return None
    time, length = _time(match.groupdict())
    return TimeOfDay(time, time + length), match.end()


def _in_named_zone(period: Period, name: str, zone: ZoneInfo) -> Period | None:
    """The period in the time that a zone calls so, `CST` or `CDT`; None where the zone knows no such name."""
    if period.start.tzinfo is not None or period.end - period.start >= _DAY:
        return None
    # Of the moment itself, which the clock may show twice, and of the other half of the year.
    moments = [period.start, period.start + _HALF_YEAR, period.start - _HALF_YEAR]
    for local in (moment.replace(tzinfo=zone, fold=fold) for moment in moments for fold in (0, 1)):
        offset = local.utcoffset()
        if offset is not None and local.tzname() == name.upper() and name.isalpha():
            return Period(*(moment.replace(tzinfo=UTC) - offset for moment in (period.start, period.end)))
    return None


def spans(periods: Sequence[Period], zone: ZoneInfo) -> Spans:
    """The UTC intervals that are in every period. A local time may be there twice, or never."""
    local = [period for period in periods if period.start.tzinfo is None]
    fixed = [period for period in periods if period.start.tzinfo]
    intervals = [_ALWAYS]
    if local:
        start, end = max(period.start for period in local), min(period.end for period in local)
        intervals = local_time.utc_intervals(zone, start, end)
    for period in fixed:
        first, last = timestamps.instant(period.start), timestamps.instant(period.end)
        intervals = [(max(low, first), min(high, last)) for low, high in intervals]
    return tuple((low, high) for low, high in intervals if low < high)


def _period(match: re.Match[str]) -> Period | None:
    """None where there is no such day, or it is outside YEARS."""
    groups = match.groupdict()
    day = _day(groups)
    if day is None:
        return None
    time, length = _time(groups)
    start = day + time
    if offset := groups["offset"] or groups.get("half_offset"):
        start = start.replace(tzinfo=UTC) - _offset(offset)
    return Period(start, start + length)


def _day(groups: dict[str, str | None]) -> datetime | None:
    spelling = next(prefix for prefix in _SPELLINGS if groups.get(f"{prefix}year"))
    year, month, day = (groups[f"{spelling}{part}"] or "" for part in ("year", "month", "day"))
    number = int(year) + (2000 if len(year) == len("15") else 0)
    month_number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    try:
        return datetime(number, month_number, int(day)) if number in YEARS else None  # noqa: DTZ001 - the zone's clock
    except ValueError:
        return None


def _time(groups: dict[str, str | None]) -> tuple[timedelta, timedelta]:
    """The time behind the date, from midnight, and how long it lasts: as exact as it was typed."""
    half, fraction = groups.get("half") or groups.get("short_half"), groups.get("fraction")
    if groups.get("noon") or groups.get("midnight"):
        return timedelta(hours=12 if groups["noon"] else 0), _MINUTE
    if half:
        hour, minute, second = (groups[name] for name in ("hour12", "minute12", "second12"))
        hours = int(hour or 0) % 12 + (12 if half in "pP" else 0)
    else:
        prefix = "basic_" if groups.get("basic_hour") else ""
        hour, minute, second = (groups[f"{prefix}{name}"] for name in ("hour", "minute", "second"))
        hours = int(hour or 0)
    length = _DAY if not hour else _HOUR if not minute else _MINUTE if not second else _SECOND
    time = timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0))
    if not fraction:
        return time, length
    digits = fraction[:3]
    length = timedelta(milliseconds=10 ** (3 - len(digits)))
    return time + int(digits) * length, length


def _offset(text: str) -> timedelta:
    """`Z`, `UTC`, `-06`, `-0600`, `-06:00` or `GMT-6`: ahead of UTC."""
    digits = _OFFSET_DIGITS.search(text)
    if digits is None:
        return timedelta()
    sign, hours, minutes = digits.groups()
    return timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
