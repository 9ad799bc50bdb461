"""Reading the line that staff type; its rules are in `docs/search.md`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import cast
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct

from daybook.core import phone_numbers
from daybook.core.text import normal_forms, visible
from daybook.model import shown_words
from daybook.search.line import dates
from daybook.search.line.dates import Period, TimeOfDay
from daybook.search.line.terms import EVERYTHING, Field, Kind, Line, Term, Understood

_QUOTES = '"“”„‟＂'
_LAST_QUOTE = re.compile(f"[{_QUOTES}](?=[^{_QUOTES}]*$)")
_TOKEN = re.compile(
    rf"""
    (?P<minus> (?<!\S) [-{phone_numbers.DASHES}] (?=\S) )?
    (?: (?P<field> (?ai:username|source|ip|record|action|status) ) : [ ]? )?
    (?: [{_QUOTES}] (?P<phrase> [^{_QUOTES}]* ) [{_QUOTES}] | (?P<word> [^\s{_QUOTES}]+ ) )
    """,
    re.VERBOSE,
)
# Stand for what cannot be part of a date, and for what may be between a date and its time.
_NO_DATE, _PUNCTUATION = "\0", "-"
_OFFSET = re.compile(r"-\d\d:?\d\d", re.ASCII)
_AROUND = "()[]{}<>«»‹›,.;:!?…*•·'’"
# With the asterisks of who means all that begin so; a whole one may have a port, or a zone (RFC 4007: fe80::1%eth0).
_IP = re.compile(
    r"""
    (?: (?P<whole> \d+ (?:\.\d+){3} ) | (?P<bracketed> (?: [0-9a-f]* : ){2} [0-9a-f.:]* (?: % [^\s\]]+ )? ) \] ) : \d+
    | (?P<beginning> [0-9a-f.:]+ (?: % [^\s%*]* )? ) \**
    """,
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_AROUND_IP = "()[]{}<>,;!?\"'"
_AT = re.compile(r"^(?:at|@) ", re.IGNORECASE)
# Smith's is also Smith; it's is not it.
_POSSESSIVE = re.compile("(?!(?:it|he|she|that|let)['’])(.{2,})['’‘ʼ`]s", re.IGNORECASE)
_PHONE_WORD = re.compile(r"[+(]{0,2}\d", re.ASCII)
# Of a number as it is written, at most: +1 (415) 555 - 0101 is four words, and some countries group by two.
_MOST_PHONE_WORDS = 7


class _Token(Struct, frozen=True):
    """A part of the line between blanks or in quotes, from `start` to `end`; `plain` where it may be part of a date."""

    text: str
    start: int
    end: int
    field: Field | None
    quoted: bool
    excluded: bool
    plain: bool


class _Part(Struct, frozen=True):
    """What some tokens beside each other were read as."""

    start: int
    end: int
    meaning: Period | Term | None
    """None is ignored."""
    kind: Kind
    field: Field | None = None


def read(q: str, zone: Callable[[], ZoneInfo]) -> Line:
    """As `parse`; an empty line, for which `zone` is not asked, is for everything."""
    return parse(q, zone()) if q.strip() else EVERYTHING


def parse(q: str, zone: ZoneInfo) -> Line:
    """The query of a line whose dates are in this zone. Any text is a line; nothing is raised."""
    places = [place for place, char in enumerate(q) if visible(char)]
    parts = list(_parts(visible(q), zone))
    periods = [part.meaning for part in parts if isinstance(part.meaning, Period)]
    terms: dict[bool, dict[Term, None]] = {False: {}, True: {}}
    understood: list[Understood] = []
    for part in parts:
        kind = part.kind
        if isinstance(part.meaning, Term):
            known = terms[kind == "excluded"]
            if part.meaning in known:
                kind = "ignored"
            known[part.meaning] = None
        of_date = dates.spans([part.meaning], zone) if isinstance(part.meaning, Period) else ()
        understood.append(
            Understood(
                q[places[part.start] : places[part.end - 1] + 1].strip(),
                kind,
                of_date[0][0] if of_date else UNSET,
                of_date[-1][1] if of_date else UNSET,
                part.field or UNSET,
            )
        )
    spans = dates.spans(periods, zone) if periods else None
    return Line(spans, tuple(terms[False]), tuple(terms[True]), zone, tuple(understood))


def _parts(q: str, zone: ZoneInfo) -> Iterator[_Part]:
    """The parts of a line of visible characters, in its order."""
    tokens = list(_tokens(q))
    words = [_as_date(token) for token in tokens]
    text = " ".join(words)
    index = start = 0
    while index < len(tokens):
        first = tokens[index]
        meaning: Period | Term | None
        kind: Kind = "date"
        if first.plain and (date := dates.period_at(text, start, zone)):
            meaning, end = date
        elif first.plain and (time := dates.time_at(text, start)):
            end = time[1]
            meaning = _time_term(text[start:end], time[0])
        else:
            length = _joined(tokens, index, text, start, zone)
            end = start + len(" ".join(words[index : index + length]))
            meaning, kind = _read(tokens[index : index + length])
        count = text.count(" ", start, end) + 1
        yield _Part(first.start, tokens[index + count - 1].end, meaning, kind, first.field)
        index, start = index + count, end + 1


def _tokens(q: str) -> Iterator[_Token]:
    """The tokens of a line."""
    if sum(map(q.count, _QUOTES)) % 2:
        q = _LAST_QUOTE.sub(",", q)
    for match in _TOKEN.finditer(q):
        minus, field, phrase, word = match.groups()
        text = word or phrase or ""
        if field and not normal_forms(text)[0]:
            text, field, phrase = field, None, None
        plain = not (minus or field or phrase)
        field_name = cast("Field | None", field and field.lower())
        yield _Token(text, *match.span(), field_name, phrase is not None, minus is not None, plain)


def _as_date(token: _Token) -> str:
    """A token as it may be part of a date: one word without a blank."""
    if token.plain:
        return token.text.strip(_AROUND) or _PUNCTUATION
    is_offset = token.excluded and not token.quoted and token.field is None and _OFFSET.fullmatch(f"-{token.text}")
    return f"-{token.text}" if is_offset else _NO_DATE


def _joined(tokens: Sequence[_Token], index: int, text: str, start: int, zone: ZoneInfo) -> int:
    """How many tokens from here on are one term: those of a phone number, or of a status in its words.

    `text` has them as parts of dates, the first one at `start`: where a date or time begins, nothing is joined to it.
    """
    first = tokens[index]
    begins = _PHONE_WORD.match(first.text) or normal_forms(first.text)[0] in _STATUS_BEGINNINGS
    if first.quoted or first.field not in (None, "status") or not begins:
        return 1
    most, place = 1, start
    for token in tokens[index + 1 : index + _MOST_WORDS]:
        place = text.index(" ", place) + 1
        if not token.plain or dates.period_at(text, place, zone) or dates.time_at(text, place):
            break
        most += 1
    for length in range(most, 1, -1):
        joined = " ".join(token.text for token in tokens[index : index + length])
        is_phone_number = first.field is None and phone_numbers.is_number(joined.rstrip(",;"))
        if is_phone_number or normal_forms(joined)[0] in _STATUS_PHRASES:
            return length
    return 1


def _read(tokens: Sequence[_Token]) -> tuple[Term | None, Kind]:
    """The term of a token, or of several that are one."""
    first = tokens[0]
    text = " ".join(token.text for token in tokens)
    forms = normal_forms(text)
    if not forms[0]:
        return None, "ignored"
    is_phrase = first.quoted or len(tokens) > 1
    kind: Kind = "excluded" if first.excluded else "field" if first.field else "phrase" if is_phrase else "word"
    if not is_phrase and not first.excluded and (owner := _POSSESSIVE.fullmatch(text.strip(_AROUND))):
        forms = tuple(dict.fromkeys((*forms, *normal_forms(owner[1]))))
    return Term(forms, first.field, first.quoted, _beginning_of_ip(first)), kind


def _beginning_of_ip(token: _Token) -> str | None:
    """What an address begins with that this token may mean."""
    match = _IP.fullmatch(token.text.strip(_AROUND_IP))
    # A word of letters such as "dead" is a word, unless it is said to be of an address.
    is_meant = token.field == "ip" or (token.field is None and any(map(str.isdigit, token.text)))
    return (match["whole"] or match["bracketed"] or match["beginning"]).lower() if match and is_meant else None


def _time_term(text: str, time: TimeOfDay) -> Term:
    """A time of day, or words that speak of it."""
    forms = [form for spelling in (_AT.sub("", text), *time.spellings) for form in normal_forms(spelling)]
    return Term(tuple(dict.fromkeys(forms)), time=time)


_STATUS_PHRASES = frozenset(form for phrase in shown_words.status_phrases() if " " in (form := normal_forms(phrase)[0]))
_STATUS_BEGINNINGS = frozenset(phrase.split()[0] for phrase in _STATUS_PHRASES)
_MOST_WORDS = max(_MOST_PHONE_WORDS, *(len(phrase.split()) for phrase in _STATUS_PHRASES))
