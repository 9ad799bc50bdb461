"""Whether an entry is found by a search line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from daybook.core import timestamps
from daybook.core.addresses import ip_spellings
from daybook.core.text import normal_forms
from daybook.search.line.dates import TimeOfDay
from daybook.search.line.terms import Field, Line, Term


class Texts(Struct, frozen=True, kw_only=True):
    """The texts of an entry in which a line is looked for.

    `names` are what a row calls the affected records, `records` their types and ids, written `family/123`. `statuses`
    are the wordings of the entry's status, `words` all else that is shown.
    """

    words: Sequence[str]
    username: str = ""
    action: str = ""
    source: str = ""
    ip: str = ""
    names: Sequence[str] = ()
    records: Sequence[str] = ()
    statuses: Sequence[str] = ()


def matches(line: Line, moment: str, texts: Texts) -> bool:
    """Whether an entry of that instant has every required term, and none that is excluded."""
    if line.spans is not None and not any(start <= moment < end for start, end in line.spans):
        return False
    if not line.required and not line.excluded:
        return True
    entry = _Entry(line, moment, texts)
    return all(map(entry.has, line.required)) and not any(map(entry.has, line.excluded))


def occurs_in(term: Term, text: str) -> bool:
    """Whether this text has the words of a term."""
    behind = " " if term.whole else ""
    haystack = _haystack([text])
    return any(f" {form}{behind}" in haystack for form in term.forms)


class _Entry:
    """An entry whose texts are normalized when they are first asked for."""

    def __init__(self, line: Line, moment: str, texts: Texts) -> None:
        self._line = line
        self._moment = moment
        self._texts = texts
        self._haystacks: dict[Field | None, str] = {}

    def has(self, term: Term) -> bool:
        if term.field == "ip":
            return self._begins_ip(term)
        if term.field is not None:
            return self._occurs(term, term.field)
        return (
            self._occurs(term, None)
            or self._occurs(term, "source")
            or self._occurs(term, "status")
            or self._begins_ip(term)
            or (term.time is not None and self._is_of(term.time))
        )

    def _begins_ip(self, term: Term) -> bool:
        begins = term.ip
        return begins is not None and any(
            ip.startswith(begins) and (not term.whole or ip[len(begins) :][:1] in ("", ".", ":", "%"))
            for ip in ip_spellings(self._texts.ip)
        )

    def _occurs(self, term: Term, field: Field | None) -> bool:
        if field not in self._haystacks:
            self._haystacks[field] = _haystack(self._of(field))
        # "delivered" is not the end of "not delivered".
        before = "\n " if field == "status" else " "
        behind = " " if term.whole else ""
        haystack = self._haystacks[field]
        return any(f"{before}{form}{behind}" in haystack for form in term.forms)

    def _of(self, field: Field | None) -> Sequence[str]:
        texts = self._texts
        by_field: dict[Field | None, Sequence[str]] = {
            None: [*texts.words, *texts.names],
            "username": [texts.username],
            "action": [texts.action],
            "source": [texts.source],
            "record": [*texts.names, *texts.records],
            "status": texts.statuses,
        }
        return by_field[field]

    def _is_of(self, time: TimeOfDay) -> bool:
        local = timestamps.from_instant(self._moment).astimezone(self._line.zone)
        since_midnight = timedelta(
            hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return time.start <= since_midnight < time.end


def _haystack(texts: Sequence[str]) -> str:
    """Every normalized form of every text on a line of its own, each word between blanks."""
    return "".join(f"\n {normal} " for text in texts for normal in normal_forms(text))
