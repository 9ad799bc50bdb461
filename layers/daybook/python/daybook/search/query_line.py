"""The line that staff type to search the audit log; its rules are in `docs/search.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from msgspec import Struct

from daybook.core import local_time, timestamps
from daybook.core.text import normal_forms
from daybook.search.entry_texts import Texts

Field = Literal["username", "source", "ip", "record", "action"]
YEARS = range(2000, 2101)
_QUOTES = '"“”„‟＂'
_LAST_QUOTE = re.compile(f"[{_QUOTES}](?=[^{_QUOTES}]*$)")
_TOKEN = re.compile(
    rf"""
    (?P<minus> (?<!\S) - (?=\S) )?
    (?: (?P<field> (?ai:username|source|ip|record|action) ) : )?
    (?: [{_QUOTES}] (?P<phrase> [^{_QUOTES}]* ) [{_QUOTES}] | (?P<word> [^\s{_QUOTES}]+ ) )
    """,
    re.VERBOSE,
)
_MOMENT = re.compile(
    r"""
    (?: (?P<month>\d{1,2}) / (?P<day>\d{1,2}) / (?P<year>\d{4}|\d\d)
      | (?P<iso_year>\d{4}) - (?P<iso_month>\d\d) - (?P<iso_day>\d\d) )
    (?: (?: [t,] | [ ](?:at[ ])? )
        (?: (?P<hour12> 0?[1-9]|1[0-2] ) (?: : (?P<minute12>[0-5]\d) (?: : (?P<second12>[0-5]\d) )? )?
            [ ]? (?P<half>[ap]) \.? m
          | (?P<hour> [01]?\d|2[0-3] ) : (?P<minute>[0-5]\d)
            (?: : (?P<second>[0-5]\d) (?: [.,] (?P<fraction>\d{1,9}) )? )?
            (?P<offset> z | [+-] (?:[01]\d|2[0-3]) (?: :? [0-5]\d )? )?
            (?! [ ][ap]\.?m (?:[ ]|$) ) ) )?
    (?= [ ] | $ )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NO_DATE = "-"
_AROUND = "()[]{}<>,.;:!?*'’"
_DAY, _HOUR, _MINUTE, _SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_ALWAYS = timestamps.instant(timestamps.FIRST), timestamps.instant(timestamps.LAST)


class Term(Struct, frozen=True):
    """A word or phrase to find. It occurs in a text that has one of its normalized `forms`, from a word's beginning."""

    forms: tuple[str, ...]
    field: Field | None = None
    """None: the member's name, the username, the action or an affected record's name."""
    whole: bool = False
    """It has to end where a word ends, too."""


class Line(Struct, frozen=True):
    """The query of a line. `spans` are UTC intervals [from, to): None is any time, () no time at all."""

    spans: tuple[tuple[str, str], ...] | None
    required: tuple[Term, ...]
    excluded: tuple[Term, ...]


# What an empty line asks for.
EVERYTHING = Line(None, (), ())


class _Token(Struct, frozen=True):
    """A part of the line between blanks or in quotes; `plain` where it may be part of a date."""

    text: str
    field: Field | None
    quoted: bool
    excluded: bool
    plain: bool


class _Period(Struct, frozen=True):
    """A date or time, as the interval [start, end): in UTC if it has an offset, else local and without a zone."""

    start: datetime
    end: datetime


def parse(q: str, zone: ZoneInfo) -> Line:
    """The query of a line whose dates are in this zone. Any text is a line; nothing is raised."""
    parts = list(_with_periods(list(_tokens(q))))
    periods = [part for part in parts if isinstance(part, _Period)]
    tokens = [part for part in parts if isinstance(part, _Token)]
    required = dict.fromkeys(_term(token) for token in tokens if not token.excluded)
    excluded = dict.fromkeys(_term(token) for token in tokens if token.excluded)
    return Line(_spans(periods, zone) if periods else None, tuple(required), tuple(excluded))


def matches(line: Line, moment: str, texts: Texts) -> bool:
    """Whether an entry of that instant has every required term, and none that is excluded."""
    if line.spans is not None and not any(start <= moment < end for start, end in line.spans):
        return False
    haystacks: dict[Field | None, str] = {}

    def occurs(term: Term) -> bool:
        if term.field not in haystacks:
            haystacks[term.field] = _haystack(_texts_of(texts, term.field))
        return _occurs(term, haystacks[term.field])

    return all(map(occurs, line.required)) and not any(map(occurs, line.excluded))


def _texts_of(texts: Texts, field: Field | None) -> Iterable[str]:
    if field is None:
        return [texts.member_name, texts.username, texts.action, *texts.names]
    if field == "record":
        return [*texts.names, *texts.records]
    text: str = getattr(texts, field)
    return [text.lower() if field == "ip" else text]


def _haystack(texts: Iterable[str]) -> str:
    """Every normalized form of every text on a line of its own, each word between blanks."""
    return "".join(f"\n {normal} " for text in texts for normal in normal_forms(text))


def _occurs(term: Term, haystack: str) -> bool:
    before = "\n " if term.field == "ip" else " "
    behind = " " if term.whole else ""
    return any(f"{before}{form}{behind}" in haystack for form in term.forms)


def _tokens(q: str) -> Iterator[_Token]:
    """The tokens of a line that have a letter or digit."""
    if sum(map(q.count, _QUOTES)) % 2:
        q = _LAST_QUOTE.sub(",", q)
    for match in _TOKEN.finditer(q):
        minus, field, phrase, word = match.groups()
        text = word or phrase
        if not normal_forms(text)[0]:
            if not field:
                continue
            text, field, phrase = field, None, None
        plain = not (minus or field or phrase)
        field_name = cast("Field | None", field and field.lower())
        yield _Token(text, field=field_name, quoted=phrase is not None, excluded=minus is not None, plain=plain)


def _term(token: _Token) -> Term:
    if token.field == "ip":
        # 10.1. and 10.1.* do not begin 10.10.0.1.
        is_whole = token.text.rstrip("*").endswith((".", ":"))
        return Term(normal_forms(token.text.lower()), "ip", token.quoted or is_whole)
    return Term(normal_forms(token.text), token.field, token.quoted)


def _with_periods(tokens: Sequence[_Token]) -> Iterator[_Token | _Period]:
    """The tokens, with a period in place of those that are a date and the time right behind it."""
    words = [token.text.strip(_AROUND) if token.plain else _NO_DATE for token in tokens]
    text = " ".join(words)
    index = start = 0
    while index < len(tokens):
        match = _MOMENT.match(text, start)
        period = _period(match) if match else None
        if match and period:
            yield period
            index += match[0].count(" ") + 1
            start = match.end() + 1
        else:
            yield tokens[index]
            start += len(words[index]) + 1
            index += 1


def _period(match: re.Match[str]) -> _Period | None:
    """None where there is no such day, or it is outside YEARS."""
    day = _day(match)
    if day is None:
        return None
    time, length = _time(match)
    start = day + time
    if match["offset"]:
        start = start.replace(tzinfo=UTC) - _offset(match["offset"])
    return _Period(start, start + length)


def _day(match: re.Match[str]) -> datetime | None:
    year, month, day = match.group("iso_year", "iso_month", "iso_day")
    if not year:
        year, month, day = match.group("year", "month", "day")
    number = int(year) + (2000 if len(year) == len("15") else 0)
    try:
        return datetime(number, int(month), int(day)) if number in YEARS else None  # noqa: DTZ001 - the zone's clock
    except ValueError:
        return None


def _time(match: re.Match[str]) -> tuple[timedelta, timedelta]:
    """The time behind the date, from midnight, and how long it lasts: as exact as it was typed."""
    if match["half"]:
        hour, minute, second = match.group("hour12", "minute12", "second12")
        hours, fraction = int(hour) % 12 + (12 if match["half"] in "pP" else 0), None
    else:
        hour, minute, second, fraction = match.group("hour", "minute", "second", "fraction")
        hours = int(hour or 0)
    length = _DAY if not hour else _HOUR if not minute else _MINUTE if not second else _SECOND
    time = timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0))
    if not fraction:
        return time, length
    digits = fraction[:3]
    length = timedelta(milliseconds=10 ** (3 - len(digits)))
    return time + int(digits) * length, length


def _offset(text: str) -> timedelta:
    """`Z`, `-06`, `-0600` or `-06:00`: ahead of UTC."""
    if text in "zZ":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _spans(periods: Sequence[_Period], zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """The UTC intervals that are in every period. A local time may be there twice, or never."""
    local = [period for period in periods if period.start.tzinfo is None]
    fixed = [period for period in periods if period.start.tzinfo]
    spans = [_ALWAYS]
    if local:
        start, end = max(period.start for period in local), min(period.end for period in local)
        spans = local_time.utc_intervals(zone, start, end)
    for period in fixed:
        first, last = timestamps.instant(period.start), timestamps.instant(period.end)
        spans = [(max(low, first), min(high, last)) for low, high in spans]
    return tuple((low, high) for low, high in spans if low < high)
