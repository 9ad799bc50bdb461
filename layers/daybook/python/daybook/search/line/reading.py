"""Reading the line that staff type; its rules are in `docs/search.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct

from daybook.core import phone_numbers
from daybook.core.text import normal_forms
from daybook.model import shown_words
from daybook.search.line import dates
from daybook.search.line.dates import Period, TimeOfDay
from daybook.search.line.terms import Field, Kind, Line, Term, Understood

_QUOTES = '"“”„‟＂'
_LAST_QUOTE = re.compile(f"[{_QUOTES}](?=[^{_QUOTES}]*$)")
_TOKEN = re.compile(
    rf"""
    (?P<minus> (?<!\S) - (?=\S) )?
    (?: (?P<field> (?ai:username|source|ip|record|action|status) ) : )?
    (?: [{_QUOTES}] (?P<phrase> [^{_QUOTES}]* ) [{_QUOTES}] | (?P<word> [^\s{_QUOTES}]+ ) )
    """,
    re.VERBOSE,
)
# Stands for what cannot be part of a date.
_NO_DATE = "-"
_OFFSET = re.compile(r"-\d\d:?\d\d", re.ASCII)
_AROUND = "()[]{}<>,.;:!?*'’"
_IP = re.compile(r"(?=.*\d)[0-9a-f.:]+\**", re.IGNORECASE | re.ASCII)
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


def parse(q: str, zone: ZoneInfo) -> Line:
    """The query of a line whose dates are in this zone. Any text is a line; nothing is raised."""
    parts = list(_parts(q))
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
                q[part.start : part.end].strip(),
                kind,
                of_date[0][0] if of_date else UNSET,
                of_date[-1][1] if of_date else UNSET,
                part.field or UNSET,
            )
        )
    spans = dates.spans(periods, zone) if periods else None
    return Line(spans, tuple(terms[False]), tuple(terms[True]), zone, tuple(understood))


def _parts(q: str) -> Iterator[_Part]:
    """The parts of a line, in its order."""
    tokens = list(_tokens(q))
    words = [_as_date(token) for token in tokens]
    text = " ".join(words)
    index = start = 0
    while index < len(tokens):
        first = tokens[index]
        meaning: Period | Term | None
        kind: Kind
        if first.plain and (date := dates.period_at(text, start)):
            (meaning, end), kind = date, "date"
        elif first.plain and (time := dates.time_at(text, start)):
            end = time[1]
            meaning, kind = _time_term(text[start:end], time[0]), "date"
        else:
            length = _joined(tokens, index)
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
        text = word or phrase
        if field and not normal_forms(text)[0]:
            text, field, phrase = field, None, None
        plain = not (minus or field or phrase)
        field_name = cast("Field | None", field and field.lower())
        yield _Token(text, *match.span(), field_name, phrase is not None, minus is not None, plain)


def _as_date(token: _Token) -> str:
    """A token as it may be part of a date: one word without a blank."""
    if token.plain:
        return token.text.strip(_AROUND) or _NO_DATE
    is_offset = token.excluded and not token.quoted and token.field is None and _OFFSET.fullmatch(f"-{token.text}")
    return f"-{token.text}" if is_offset else _NO_DATE


def _joined(tokens: Sequence[_Token], index: int) -> int:
    """How many tokens from here on are one term: those of a phone number, or of a status in its words."""
    text = tokens[index].text
    if not (_PHONE_WORD.match(text) or text.lower() in _STATUS_BEGINNINGS):
        return 1
    for length in range(min(_MOST_PHONE_WORDS, len(tokens) - index), 1, -1):
        joined = tokens[index : index + length]
        if not all(token.plain for token in joined):
            continue
        text = " ".join(token.text for token in joined)
        if phone_numbers.is_number(text):
            return length
        if normal_forms(text)[0] in _STATUS_PHRASES:
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
    # 10.1. and 10.1.* do not begin 10.10.0.1.
    ends = text.rstrip("*").endswith((".", ":"))
    if first.field == "ip":
        return Term(normal_forms(text.lower()), "ip", first.quoted or ends), kind
    whole_ip = first.quoted or ends if first.field is None and _IP.fullmatch(text) else None
    return Term(forms, first.field, first.quoted, whole_ip), kind


def _time_term(text: str, time: TimeOfDay) -> Term:
    """A time of day, or the same words in a text."""
    return Term(normal_forms(text), time=time)


_STATUS_PHRASES = frozenset(form for phrase in shown_words.status_phrases() if " " in (form := normal_forms(phrase)[0]))
_STATUS_BEGINNINGS = frozenset(phrase.split()[0] for phrase in _STATUS_PHRASES)
