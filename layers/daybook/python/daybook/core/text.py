"""Text normalization for search: the same for indexed texts and for queries."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

# NFKD decomposes neither strokes nor these ligatures, but who looks for Søren types Soren.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
APOSTROPHES = frozenset("'’‘ʼʻ")
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)} | {ord("'"): None}
_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL_CASE = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")
_CASE_BY_CATEGORY = {"Lu": "A", "Lt": "A", "Ll": "a", "Nd": "0", "Nl": "0", "No": "0"}


# Usernames, actions and the commoner names recur.
@lru_cache(maxsize=4096)
def normal_forms(text: str) -> tuple[str, ...]:
    """The text as lower-case words joined by single blanks; then, where it has camel case, also split there.

    `GetBucketACLInfo` gives "getbucketaclinfo" and "get bucket acl info". A text without words gives "".
    """
    if not text.isascii():
        return _unicode_forms(text)
    words = " ".join(text.translate(_ASCII).split())
    if not _CAMEL_CASE.search(text):
        return (words,)
    return words, " ".join(_CAMEL_BOUNDARY.sub(" ", text).translate(_ASCII).split())


def tokens(text: str) -> set[str]:
    """Every word of every normal form."""
    return {word for form in normal_forms(text) for word in form.split()}


def _unicode_forms(text: str) -> tuple[str, ...]:
    """As `normal_forms`, by Unicode: NFKD without nonspacing marks, then case-folded."""
    unmarked = _without_marks(text)
    cases = "".join(map(_case, unmarked))
    if not _CAMEL_CASE.search(cases):
        return (_words(unmarked),)
    bounds = [0, *(boundary.start() for boundary in _CAMEL_BOUNDARY.finditer(cases)), len(unmarked)]
    return _words(unmarked), _words(" ".join(unmarked[start:end] for start, end in pairwise(bounds)))


def _words(unmarked: str) -> str:
    return " ".join("".join(map(_folded, unmarked)).split())


def _without_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char in APOSTROPHES:
        return ""
    category = unicodedata.category(char)
    if category[0] not in "LMN" and category != "So":
        return " "
    return _without_marks(char.casefold()).translate(LETTERS)


@lru_cache(maxsize=4096)
def _case(char: str) -> str:
    """An ASCII character of the same case: "A", "a", "0" for a digit, or a blank."""
    return _CASE_BY_CATEGORY.get(unicodedata.category(char), " ")
