"""The terms by which the search index knows an audit entry, and those that it is asked for on behalf of a search.

A letter before each says where it comes from: `w` a word of what is searched by default, `r` of an affected record's
type or id, `i` an address of the internet, `s` a source. Whatever `daybook.grammar` finds in an entry's texts, the
choices made of the same search hold of the entry's terms; the reverse is not promised.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from daybook.core.text import normal_forms, tokens
from daybook.search.entry_texts import Texts
from daybook.search.query_line import Term

# Of a search's terms the longest few are looked up: the shorter a word, the more entries have it.
LOOKED_UP = 4


class Word(Struct, frozen=True):
    """A term of the index, or the beginning of some."""

    text: str
    prefix: bool = False


# One of them has to hold, and one holds where all its words do.
Choice = tuple[tuple[Word, ...], ...]


def terms(texts: Texts) -> frozenset[str]:
    """What an entry of these texts is to be found by."""
    found = {f"s{texts.source}"}
    for text in (texts.member_name, texts.username, texts.action, *texts.names):
        found.update(f"w{word}" for word in tokens(text))
    for record in texts.records:
        found.update(f"r{word}" for word in tokens(record))
    if texts.ip:
        found.add(f"i{normal_forms(texts.ip)[0]}")
    return frozenset(found)


def choices(wanted: Sequence[Term], staff: Collection[str], sources: Collection[str]) -> list[Choice]:
    """What to look up, in order: whose entries, the terms, and where they came from; no staff or sources for any."""
    found: list[Choice] = []
    if staff:
        found.append(tuple(_spelt("w", normal_forms(username)[0], prefix=False) for username in sorted(staff)))
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
