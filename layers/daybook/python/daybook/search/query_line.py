"""The line that staff type to search the audit log; its rules are in `docs/search.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from msgspec import Struct

from daybook.core import local_time, timestamps
from daybook.core.text import normals
from daybook.search.entry_texts import Texts

Field = Literal["username", "source", "ip", "record", "action"]
YEARS = range(2000, 2101)
_QUOTES = '"“”„‟＂'
_LAST_QUOTE = re.compile(f"[{_QUOTES}](?=[^{_QUOTES}]*$)")

_PIECE = re.compile(
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
    """A search term: it occurs in a text where one of its spellings does, from the beginning of a word."""

    spellings: tuple[str, ...]
    field: Field | None = None
    """None: the member's name, the username, the action or an affected record's name."""
    whole: bool = False
    """It has to end where a word ends, too."""


class Line(Struct, frozen=True):
    """What a line asks for. `spans` are UTC intervals [from, to): None is any time, () no time at all."""

    spans: tuple[tuple[str, str], ...] | None
    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


# What an empty line asks for.
EVERYTHING = Line(None, (), ())


class _Piece(Struct, frozen=True):
    """A part of the line between blanks or in quotes; `plain` where it may be of a date."""

    text: str
    field: Field | None
    quoted: bool
    excluded: bool
    plain: bool


class _Period(Struct, frozen=True):
    """[start, end): in UTC where the line says an offset, else as the zone's clock shows it, without a zone."""

    start: datetime
    end: datetime


def parse(q: str, zone: ZoneInfo) -> Line:
    """Any text is a line; nothing is raised."""
    parts = list(_with_periods(list(_pieces(q))))
    periods = [part for part in parts if isinstance(part, _Period)]
    pieces = [part for part in parts if isinstance(part, _Piece)]
    wanted = dict.fromkeys(_term(piece) for piece in pieces if not piece.excluded)
    unwanted = dict.fromkeys(_term(piece) for piece in pieces if piece.excluded)
    return Line(_spans(periods, zone) if periods else None, tuple(wanted), tuple(unwanted))


def matches(line: Line, moment: str, texts: Texts) -> bool:
    """Whether an entry of that instant holds all that is asked for and nothing that is excluded."""
    if line.spans is not None and not any(start <= moment < end for start, end in line.spans):
        return False
    pages: dict[Field | None, str] = {}

    def found(term: Term) -> bool:
        if term.field not in pages:
            pages[term.field] = _page(_searched(texts, term.field))
        return _stands(term, pages[term.field])

    return all(map(found, line.wanted)) and not any(map(found, line.unwanted))


def _searched(texts: Texts, field: Field | None) -> Iterable[str]:
    if field is None:
        return [texts.member_name, texts.username, texts.action, *texts.names]
    if field == "record":
        return [*texts.names, *texts.records]
    text: str = getattr(texts, field)
    return [text.lower() if field == "ip" else text]


def _page(texts: Iterable[str]) -> str:
    """Every normal of every text on a line of its own, each word between blanks."""
    return "".join(f"\n {normal} " for text in texts for normal in normals(text))


def _stands(term: Term, page: str) -> bool:
    before = "\n " if term.field == "ip" else " "
    behind = " " if term.whole else ""
    return any(f"{before}{spelling}{behind}" in page for spelling in term.spellings)


def _pieces(q: str) -> Iterator[_Piece]:
    """The parts of a line that have a letter or digit in them."""
    if sum(map(q.count, _QUOTES)) % 2:
        q = _LAST_QUOTE.sub(",", q)
    for found in _PIECE.finditer(q):
        minus, field, phrase, word = found.groups()
        text = word or phrase
        if not normals(text)[0]:
            if not field:
                continue
            text, field, phrase = field, None, None
        plain = not (minus or field or phrase)
        named = cast("Field | None", field and field.lower())
        yield _Piece(text, field=named, quoted=phrase is not None, excluded=minus is not None, plain=plain)


def _term(piece: _Piece) -> Term:
    if piece.field == "ip":
        # 10.1. and 10.1.* do not begin 10.10.0.1.
        ends = piece.text.rstrip("*").endswith((".", ":"))
        return Term(normals(piece.text.lower()), "ip", piece.quoted or ends)
    return Term(normals(piece.text), piece.field, piece.quoted)


def _with_periods(pieces: Sequence[_Piece]) -> Iterator[_Piece | _Period]:
    """The pieces, with a period in place of those that are a date and the time right behind it."""
    words = [piece.text.strip(_AROUND) if piece.plain else _NO_DATE for piece in pieces]
    text = " ".join(words)
    place = start = 0
    while place < len(pieces):
        found = _MOMENT.match(text, start)
        period = _period(found) if found else None
        if found and period:
            yield period
            place += found[0].count(" ") + 1
            start = found.end() + 1
        else:
            yield pieces[place]
            start += len(words[place]) + 1
            place += 1


def _period(found: re.Match[str]) -> _Period | None:
    """None where there is no such day, or it is outside YEARS."""
    day = _day(found)
    if day is None:
        return None
    time, length = _time(found)
    start = day + time
    if found["offset"]:
        start = start.replace(tzinfo=UTC) - _offset(found["offset"])
    return _Period(start, start + length)


def _day(found: re.Match[str]) -> datetime | None:
    year, month, day = found.group("iso_year", "iso_month", "iso_day")
    if not year:
        year, month, day = found.group("year", "month", "day")
    number = int(year) + (2000 if len(year) == len("15") else 0)
    try:
        return datetime(number, int(month), int(day)) if number in YEARS else None  # noqa: DTZ001 - the zone's clock
    except ValueError:
        return None


def _time(found: re.Match[str]) -> tuple[timedelta, timedelta]:
    """The time behind the date, from midnight, and how long it lasts: as exact as it was typed."""
    if found["half"]:
        hour, minute, second = found.group("hour12", "minute12", "second12")
        hours, fraction = int(hour) % 12 + (12 if found["half"] in "pP" else 0), None
    else:
        hour, minute, second, fraction = found.group("hour", "minute", "second", "fraction")
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
    """Where all of them hold. Those on the zone's clock are met on the clock, which may show a time twice or never."""
    on_the_clock = [period for period in periods if period.start.tzinfo is None]
    fixed = [period for period in periods if period.start.tzinfo]
    spans = [_ALWAYS]
    if on_the_clock:
        start, end = max(period.start for period in on_the_clock), min(period.end for period in on_the_clock)
        spans = local_time.spans(zone, start, end)
    for period in fixed:
        first, last = timestamps.instant(period.start), timestamps.instant(period.end)
        spans = [(max(low, first), min(high, last)) for low, high in spans]
    return tuple((low, high) for low, high in spans if low < high)
