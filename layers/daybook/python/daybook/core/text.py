"""Text normalization for search: the same for indexed texts and for queries."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from daybook.core import phone_numbers

# NFKD decomposes neither strokes nor these ligatures, but who looks for Søren types Soren.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
APOSTROPHES = frozenset("'’‘ʼʻ")
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)} | {ord("'"): None}
_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL_CASE = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")
# Scripts that write no blanks between words: there, each character is a word. Of Hangul, whose blanks part phrases, it
# is each syllable, which NFKD writes as letters of which the first is among these.
_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
_FIRST_OF_SYLLABLE = re.compile("[\u1100-\u115f]")
_CASE_BY_CATEGORY = {"Lu": "A", "Lt": "A", "Ll": "a", "Nd": "0", "Nl": "0", "No": "0"}


# Usernames, actions and the commoner names recur.
@lru_cache(maxsize=4096)
def normal_forms(text: str) -> tuple[str, ...]:
    """The text as lower-case words joined by single blanks; then its other readings.

    Where it has camel case, it is also split there: `GetBucketACLInfo` gives "getbucketaclinfo" and "get bucket acl
    info". Where it has phone numbers, their digits are also written together. A text without words gives "".
    """
    if not text.isascii():
        return _unicode_forms(text)
    forms = [_ascii_words(text)]
    if _CAMEL_CASE.search(text):
        forms.append(_ascii_words(_CAMEL_BOUNDARY.sub(" ", text)))
    return tuple(dict.fromkeys(forms + [_ascii_words(respelled) for respelled in phone_numbers.respelled(text)]))


def _ascii_words(text: str) -> str:
    return " ".join(text.translate(_ASCII).split())


def tokens(text: str) -> set[str]:
    """Every word of every normal form."""
    return {word for form in normal_forms(text) for word in form.split()}


def _unicode_forms(text: str) -> tuple[str, ...]:
    """As `normal_forms`, by Unicode: NFKD without nonspacing marks, then case-folded."""
    unmarked = _without_marks(text)
    cases = "".join(map(_case, unmarked))
    forms = [unmarked]
    if _CAMEL_CASE.search(cases):
        bounds = [0, *(boundary.start() for boundary in _CAMEL_BOUNDARY.finditer(cases)), len(unmarked)]
        forms.append(" ".join(unmarked[start:end] for start, end in pairwise(bounds)))
    return tuple(dict.fromkeys(map(_words, forms + phone_numbers.respelled(unmarked))))


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
    folded = _without_marks(char.casefold()).translate(LETTERS)
    if _WITHOUT_BLANKS.match(char):
        return f" {folded} "
    return f" {folded}" if _FIRST_OF_SYLLABLE.match(char) else folded


@lru_cache(maxsize=4096)
def _case(char: str) -> str:
    """An ASCII character of the same case: "A", "a", "0" for a digit, or a blank."""
    return _CASE_BY_CATEGORY.get(unicodedata.category(char), " ")
