"""Phone numbers: as recipients, and in texts, where their digits are also written together.

So any punctuation finds them. The library is imported inside the functions: few texts need it, and it slows a cold
start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_POSSIBLE = re.compile(r"\d{7}|\d[ ().\-/]{1,3}\d", re.ASCII)
# With a country code; ten or seven digits as in North America; with a trunk prefix, as in much of the world.
_NUMBER = re.compile(
    r"""
    (?<![\w.:+-])
    (?: \+ \(? \d [\d().\-/\ ]{5,22} \d
      | (?: 1 [ .\-]? )? \(? \d{3} \)? [ .\-/]{0,2} \d{3} [ .\-] \d{4}
      | 1? [2-9] \d{2} [2-9] \d{6}
      | \d{3} [.\-] \d{4}
      | 0 [1-9] \d{7,9}
      | \(? 0\d{1,4} \)? [ \-/] \d [\d\ \-]{4,12} \d )
    (?!\w)
    """,
    re.VERBOSE | re.ASCII,
)
_NORTH_AMERICAN = re.compile(r"(1?)(\d{3})(\d{3})(\d{4})", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"[,;|]|/(?!\d{1,4}$)|\band\b|\bor\b|(?<=\d)\s*(?=\+)")
# Digits of the shortest number that is written out in full.
_FEWEST_DIGITS = 7
# The longest number there is has fifteen digits (ITU-T E.164).
MOST_DIGITS = 15


def is_number(text: str) -> bool:
    """Whether this text is one phone number, in any punctuation."""
    return _NUMBER.fullmatch(text) is not None and len("".join(_GROUP.findall(text))) <= MOST_DIGITS


def is_written_out(text: str) -> bool:
    """Whether the text has as many digits as a phone number has at least."""
    return len(_DIGIT.findall(text)) >= _FEWEST_DIGITS


def error(number: str) -> str | None:
    """Why this is not an E.164 number (`+14155550123`) of a length possible in its country, or None if it is."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        if not is_written_out(number) or "@" in number:
            return "not a phone number such as +14155550123"
        if "+" in number:
            return "not a phone number: no country's code follows its +"
        return "without a country code: write a + and the code before it, as in +14155550123"
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return "not a possible number: too short or too long for its country"
    written = _formatted(parsed)
    return None if written == number else f"not written as a + and digits only: write {written}"


def e164(text: str) -> str:
    """The number as E.164, whatever its punctuation; "" where it is none with a country code."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return ""
    return _formatted(parsed) if phonenumbers.is_possible_number(parsed) else ""


def names_several(text: str) -> bool:
    """Whether the text holds more than one phone number."""
    return sum(map(is_written_out, _BETWEEN.split(text))) > 1


def respelled(text: str) -> list[str]:
    """The text with its phone numbers written in other ways; an empty list where it has none.

    `(415) 555-0101` gives `4155550101` and `415 5550101`, so that the digits are found from each group on.
    """
    if not _POSSIBLE.search(text):
        return []
    numbers = [(match, _spellings(match[0])) for match in _NUMBER.finditer(text)]
    count = max((len(spellings) for _, spellings in numbers), default=0)
    texts = []
    for number in range(count):
        parts, end = [], 0
        for match, spellings in numbers:
            parts += [text[end : match.start()], spellings[min(number, len(spellings) - 1)]]
            end = match.end()
        texts.append(" ".join([*parts, text[end:]]))
    return texts


def _spellings(number: str) -> list[str]:
    groups = _groups(number)
    joined = [" ".join([*groups[:count], "".join(groups[count:])]) for count in range(len(groups))]
    if number.startswith("+") or groups[0] == "1":
        # Without the country code.
        return [" ".join(groups), *joined, "".join(groups[1:])]
    trunk = ["".join(groups).removeprefix("0")] if groups[0].startswith("0") else []
    return [" ".join(groups), *joined, *trunk]


def _groups(number: str) -> Sequence[str]:
    """The digits as they are grouped; those of `+14155550101` as its country groups them."""
    groups = _GROUP.findall(number)
    if len(groups) > 1:
        return groups
    if not number.startswith("+"):
        match = _NORTH_AMERICAN.fullmatch(number)
        return [group for group in match.groups() if group] if match else groups
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return groups
    return _GROUP.findall(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _formatted(number: PhoneNumber) -> str:
    import phonenumbers

    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
