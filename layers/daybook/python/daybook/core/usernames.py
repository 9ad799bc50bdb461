"""Usernames: a person has one, in any letter case."""

from __future__ import annotations

from functools import lru_cache

from daybook.core.addresses import INVISIBLE, trimmed

_NOT_SEEN = str.maketrans(dict.fromkeys(character for character in INVISIBLE if not character.isspace()))


def fold(username: str) -> str:
    """The username in lower case: two that differ in letter case alone are one person's.

    A non-ASCII character never becomes an ASCII one, as a Kelvin sign would become a k: nobody is another by a
    look-alike. The result has as many characters, and its own fold is the same.
    """
    return username.lower() if username.isascii() else "".join(map(_folded, username))


def visible(username: str) -> str:
    """The username without blanks around it, and without characters that nobody sees: what looks alike is one."""
    return trimmed(username.translate(_NOT_SEEN))


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    # Greek writes the lower case of its sigma in another way at the end of a word.
    lower = "σ" if character == "ς" else character.lower()
    return lower if len(lower) == 1 and lower.isascii() == character.isascii() else character
