"""Terms of the search index: those of an audit entry, and those that a query looks up.

The first letter of a term is its origin: `w` a word that is searched by default, `r` a word of an affected
record's type or id, `i` an IP address, `s` a source. An entry whose texts match a query (`daybook.search.query_line`)
always has the terms that the query looks up; the reverse is not promised.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from daybook.core.text import normals, tokens
from daybook.search.entry_texts import Texts
from daybook.search.query_line import Term

# Terms of a query that are looked up, the longest ones: the shorter a word, the more entries have it.
LOOKED_UP = 4


class Word(Struct, frozen=True):
    """A term of the index, or the beginning of some."""

    text: str
    prefix: bool = False


# One of them has to hold, and one holds where all its words do.
Choice = tuple[tuple[Word, ...], ...]


def terms(texts: Texts) -> frozenset[str]:
    """The index terms of an entry with these texts."""
    terms = {f"s{texts.source}"}
    for text in (texts.member_name, texts.username, texts.action, *texts.names):
        terms.update(f"w{word}" for word in tokens(text))
    for record in texts.records:
        terms.update(f"r{word}" for word in tokens(record))
    if texts.ip:
        terms.add(f"i{normals(texts.ip)[0]}")
    return frozenset(terms)


def choices(wanted: Sequence[Term], staff: Collection[str], sources: Collection[str]) -> list[Choice]:
    """What to look up, in order: staff, terms, sources; no staff or no sources are any."""
    found: list[Choice] = []
    if staff:
        found.append(tuple(_spelt("w", normals(username)[0], prefix=False) for username in sorted(staff)))
    known = [term for term in wanted if term.field != "source"]
    known.sort(key=lambda term: max(map(len, term.spellings)), reverse=True)
    found += [_alternatives(term) for term in known[:LOOKED_UP]]
    if sources:
        found.append(tuple((Word(f"s{source}"),) for source in sorted(sources)))
    return found


def _alternatives(term: Term) -> Choice:
    if term.field == "ip":
        return tuple((Word(f"i{spelling}", prefix=True),) for spelling in term.spellings)
    kinds = "rw" if term.field == "record" else "w"
    return tuple(_spelt(kind, spelling, prefix=not term.whole) for spelling in term.spellings for kind in kinds)


def _spelt(kind: str, spelling: str, *, prefix: bool) -> tuple[Word, ...]:
    """Every word of it; the last may be the beginning of one."""
    words = [f"{kind}{word}" for word in spelling.split()]
    return tuple(Word(word, prefix and place == len(words) - 1) for place, word in enumerate(words))
