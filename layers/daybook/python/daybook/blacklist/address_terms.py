"""The search line of the blacklist: terms, each of which begins an address or a word of it, letter case aside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from daybook.core import addresses

# What surrounds an address in a text from which it was copied.
_AROUND = "<>()[]\"',;"

# What an internationalized domain begins with, or a part of it (RFC 5890, 2.3.2.1).
_ACE = "xn--"


def read(line: str) -> tuple[str, ...]:
    """The terms of a line; none where it is blank."""
    terms = (addresses.folded(term.strip(_AROUND)) for term in line.split())
    return tuple(term for term in terms if term)


def match(terms: Sequence[str], mailbox: str) -> bool:
    """Whether each term begins the mailbox or a word of it. A word is of letters and digits."""
    return all(_begins_word(term, mailbox) for term in terms) or (
        _ACE in mailbox and all(_begins_word(term, _readable(mailbox)) for term in terms)
    )


def _begins_word(term: str, text: str) -> bool:
    place = text.find(term)
    while place > 0 and term[0].isalnum() and text[place - 1].isalnum():
        place = text.find(term, place + 1)
    return place >= 0


def _readable(mailbox: str) -> str:
    """The mailbox with the letters of its domain, as people write it."""
    import idna  # noqa: PLC0415 - few addresses need it, and it slows a cold start

    local, _, domain = mailbox.rpartition("@")
    with suppress(idna.IDNAError):
        return f"{local}@{idna.decode(domain)}"
    return mailbox
