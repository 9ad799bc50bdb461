"""The terms of an audit entry in the search index, and those that are looked up for a query.

A letter before each says where it comes from: `w` a word of what is searched by default, `r` of an affected record's
type or id, `i` an IP address, `s` a source. Where a line matches an entry's texts, the clauses of the same query
match the entry's terms; the reverse is not promised.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from daybook.core.addresses import ip_spellings
from daybook.core.text import normal_forms, tokens
from daybook.core.usernames import fold
from daybook.model.entries import SOURCES
from daybook.search import entry_texts
from daybook.search.index.segments import Document
from daybook.search.line.matching import Texts, occurs_in
from daybook.search.line.terms import Term
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import AuditItem

# Of a query's terms the longest few are looked up: the shorter a word, the more entries have it.
MAX_TERMS = 4


class IndexTerm(Struct, frozen=True):
    """A term of the index, or the prefix of some."""

    text: str
    prefix: bool = False


# Alternatives, of which an entry has to match one; it matches one by having all its terms.
Clause = tuple[tuple[IndexTerm, ...], ...]


def document(item: AuditItem) -> Document:
    """An audit entry as a document of the index."""
    index_terms = terms(entry_texts.texts(item.attribute_values))
    return Document(item.at, record_keys.path_of(item.pk), index_terms, item.expires_at)


def terms(texts: Texts) -> frozenset[str]:
    """The terms by which an entry of these texts is found."""
    index_terms = {f"s{texts.source}"}
    for text in (*texts.words, *texts.names):
        index_terms.update(f"w{word}" for word in tokens(text))
    for record in texts.records:
        index_terms.update(f"r{word}" for word in tokens(record))
    if texts.ip:
        index_terms.update(f"i{normal_forms(ip)[0]}" for ip in ip_spellings(texts.ip))
    return frozenset(index_terms)


def clauses(required: Sequence[Term], staff: Collection[str], sources: Collection[str]) -> list[Clause]:
    """What to look up, in order: the staff, the longest terms, the sources. No staff or sources are any."""
    conjunction: list[Clause] = []
    if staff:
        usernames = sorted({fold(username) for username in staff})
        conjunction.append(tuple(_words("w", normal_forms(username)[0], prefix=False) for username in usernames))
    terms = sorted(required, key=lambda term: max(map(len, term.forms)), reverse=True)
    conjunction += [_clause(term) for term in terms[:MAX_TERMS]]
    if sources:
        conjunction.append(tuple((IndexTerm(f"s{source}"),) for source in sorted(sources)))
    return conjunction


def _clause(term: Term) -> Clause:
    if term.field == "ip":
        return _beginning_of_ip(term.ip or term.forms[0])
    kinds = "rw" if term.field == "record" else "w"
    alternatives = [_words(kind, form, prefix=not term.whole) for form in term.forms for kind in kinds]
    if term.field is None:
        alternatives += [(IndexTerm(f"s{source}"),) for source in SOURCES if occurs_in(term, source)]
    if term.ip is not None:
        alternatives += _beginning_of_ip(term.ip)
    return tuple(alternatives)


def _beginning_of_ip(text: str) -> Clause:
    return ((IndexTerm(f"i{normal_forms(text)[0]}", prefix=True),),)


def _words(kind: str, form: str, *, prefix: bool) -> tuple[IndexTerm, ...]:
    """Every word of a normalized form; the last may be a prefix."""
    words = [f"{kind}{word}" for word in form.split()]
    return tuple(IndexTerm(word, prefix and number == len(words)) for number, word in enumerate(words, 1))
