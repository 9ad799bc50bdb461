"""How texts become words, the same for what is searched and for what staff type."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

# Unicode takes neither a stroke nor a ligature off, but who looks for Søren types Soren.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


_APOSTROPHES = frozenset("'’‘ʼʻ")


_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)} | {ord("'"): None}


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_HUMPED = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")


_SHAPES = {"Lu": "A", "Lt": "A", "Ll": "a", "Nd": "0", "Nl": "0", "No": "0"}


# Usernames, actions and the commoner names come again and again.
@lru_cache(maxsize=4096)
def normals(text: str) -> tuple[str, ...]:
    """The text as words in one spelling, joined by single blanks; then, where that differs, also split at humps.

    `GetBucketACLInfo` is "getbucketaclinfo" and "get bucket acl info". Where there is no word, it is "".
    """
    if not text.isascii():
        return _of_unicode(text)
    plain = " ".join(text.translate(_ASCII).split())
    if not _HUMPED.search(text):
        return (plain,)
    return plain, " ".join(_HUMP.sub(" ", text).translate(_ASCII).split())


def tokens(text: str) -> set[str]:
    """Every word of every normal."""
    return {word for normal in normals(text) for word in normal.split()}


def _of_unicode(text: str) -> tuple[str, ...]:
    """Read in order to be compared: Unicode's NFKD without marks, each character in its casefold."""
    bare = _without_marks(text)
    shape = "".join(map(_shape, bare))
    if not _HUMPED.search(shape):
        return (_joined(bare),)
    edges = [0, *(hump.start() for hump in _HUMP.finditer(shape)), len(bare)]
    return _joined(bare), _joined(" ".join(bare[start:end] for start, end in pairwise(edges)))


def _joined(bare: str) -> str:
    return " ".join("".join(map(_spelt, bare)).split())


def _without_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")


@lru_cache(maxsize=4096)
def _spelt(char: str) -> str:
    if char in _APOSTROPHES:
        return ""
    category = unicodedata.category(char)
    if category[0] not in "LMN" and category != "So":
        return " "
    return _without_marks(char.casefold()).translate(_LETTERS)


@lru_cache(maxsize=4096)
def _shape(char: str) -> str:
    """What of a character makes a hump, in ASCII."""
    return _SHAPES.get(unicodedata.category(char), " ")
