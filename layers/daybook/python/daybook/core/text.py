"""Text normalization for search: the same for indexed texts and for queries."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from daybook.core import phone_numbers

# NFKD decomposes neither strokes nor these ligatures, but who looks for Søren types Soren. Persian keyboards write two
# letters otherwise than Arabic ones.
LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe",
        "ی": "ي", "ک": "ك",
    }
)  # fmt: skip
# Also what stands for one: prime, acute and grave accents, half rings, reversed quote, saltillo, and those of Armenian,
# Hebrew and N'Ko.
APOSTROPHES = frozenset("'’‘ʼʻ`´′ʹʽʾʿ‛Ꞌꞌ՚׳ߴߵ")
_TO_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
# What NFKD makes of an acute accent without a letter.
_LONE_ACCENT = " \u0301"
# Of Latin, Greek, Cyrillic, Hebrew and Arabic, where words are also written without. Elsewhere a mark is a vowel.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_ARABIC_STRETCH = "\u0640"
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
    info". Where it has an apostrophe, it is also split there: `O'Brien` gives "obrien" and "o brien". Where it has
    phone numbers, their digits are also written together. A text without words gives "".
    """
    if not text.isascii():
        return _unicode_forms(text)
    plain = text.replace("`", "'")
    forms = [plain]
    if _CAMEL_CASE.search(plain):
        forms.append(_CAMEL_BOUNDARY.sub(" ", plain))
    forms += _other_readings(plain)
    return tuple(dict.fromkeys(" ".join(form.translate(_ASCII).split()) for form in forms))


def tokens(text: str) -> set[str]:
    """Every word of every normal form."""
    return {word for form in normal_forms(text) for word in form.split()}


def visible(text: str) -> str:
    """The text without characters that are not seen, such as marks of direction and soft hyphens (category Cf)."""
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def _other_readings(text: str) -> list[str]:
    split = [text.replace("'", " ")] if "'" in text else []
    return split + phone_numbers.respelled(text)


def _unicode_forms(text: str) -> tuple[str, ...]:
    """As `normal_forms`, by Unicode: NFKD without accents and what is not seen, then case-folded."""
    unmarked = _without_marks(text)
    cases = "".join(map(_case, unmarked))
    forms = [unmarked]
    if _CAMEL_CASE.search(cases):
        bounds = [0, *(boundary.start() for boundary in _CAMEL_BOUNDARY.finditer(cases)), len(unmarked)]
        forms.append(" ".join(unmarked[start:end] for start, end in pairwise(bounds)))
    return tuple(dict.fromkeys(map(_words, forms + _other_readings(unmarked))))


def _words(unmarked: str) -> str:
    return " ".join("".join(map(_folded, unmarked)).split())


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).replace(_LONE_ACCENT, "'").translate(_TO_APOSTROPHE)
    return "".join(map(_unmarked, decomposed))


@lru_cache(maxsize=4096)
def _unmarked(char: str) -> str:
    category = unicodedata.category(char)
    is_mark = category == "Cf" or char == _ARABIC_STRETCH or (category == "Mn" and _ACCENT.match(char) is not None)
    return "" if is_mark else char


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char == "'":
        return ""
    category = unicodedata.category(char)
    if category == "So":
        return f" {char} "
    if category[0] not in "LMN":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    folded = _without_marks(char.casefold()).translate(LETTERS)
    if _WITHOUT_BLANKS.match(char):
        return f" {folded} "
    return f" {folded}" if _FIRST_OF_SYLLABLE.match(char) else folded


@lru_cache(maxsize=4096)
def _case(char: str) -> str:
    """An ASCII character of the same case: "A", "a", "0" for a digit, or a blank."""
    return _CASE_BY_CATEGORY.get(unicodedata.category(char), " ")
