"""Phone numbers in texts, and the ways in which their digits are written together, so that any punctuation finds them.

The library is imported inside the functions: few texts need it, and it slows a cold start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
import re
from collections.abc import Sequence

_POSSIBLE = re.compile(r"\d{7}|\d[ ().\-/]{1,3}\d", re.ASCII)
# All dashes but the ASCII one, and the minus sign.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
# With a country code behind + or 00; ten, eleven or seven digits as in North America; nine digits in threes; with a
# trunk prefix, as in much of the world. None is a date.
_NUMBER = re.compile(
    r"""
    (?<![\w.+-])
    (?! \d{1,2} ([./-]) \d{1,2} \1 \d{4} (?!\d) )
    (?: (?: \+ | 00 (?=[1-9][\d ().\-]{7}) ) \(? \d [\d().\-/\ ]{5,22} \d
      | (?: 1 [ .\-]? )? \(? [2-9]\d\d \)? [ .\-/]{0,3} \d{3} [ .\-]{0,3} \d{4}
      | (?: 0 [1-9] \d{0,4} [ \-./]{1,3} | \( 0 [1-9] \d{0,4} \) [ \-./]{0,3} ) \d [\d\ \-./]{3,12} \d
      | 0 [1-9] \d{7,9}
      | \d{3} [ .\-] \d{3} [ .\-] \d{3}
      | \d{3} [.\-] \d{4} (?! [ .\-]? \d ) )
    (?!\w)
    """,
    re.VERBOSE | re.ASCII,
)
_NORTH_AMERICAN = re.compile(r"(1?)(\d{3})(\d{3})(\d{4})", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
# Written for who dials from within the country: +44 (0)20.
_TRUNK_IN_BRACKETS = re.compile(r"\(0\)", re.ASCII)
# The longest number within a country, with its trunk prefix: 0 and ten digits.
MOST_DIGITS_AT_HOME = 11


def is_number(text: str) -> bool:
    """Whether this text is one phone number, in any punctuation."""
    number = _plain(text)
    if _NUMBER.fullmatch(number) is None:
        return False
    if number.startswith("+"):
        import phonenumbers

        try:
            return bool(phonenumbers.is_possible_number(phonenumbers.parse(number, None)))
        except phonenumbers.NumberParseException:
            return False
    return len("".join(_GROUP.findall(number))) <= MOST_DIGITS_AT_HOME


def respelled(text: str) -> list[str]:
    """The text with its phone numbers written in other ways; an empty list where it has none.

    `(415) 555-0101` gives `4155550101` and `415 5550101`, so that the digits are found from each group on.
    """
    plain = text if text.isascii() else text.translate(_DASHES)
    if not _POSSIBLE.search(plain):
        return []
    numbers = [(match, _spellings(_plain(match[0]))) for match in _NUMBER.finditer(plain)]
    count = max((len(spellings) for _, spellings in numbers), default=0)
    texts = []
    for number in range(count):
        parts, end = [], 0
        for match, spellings in numbers:
            parts += [plain[end : match.start()], spellings[min(number, len(spellings) - 1)]]
            end = match.end()
        texts.append(" ".join([*parts, plain[end:]]))
    return texts


def _plain(number: str) -> str:
    """With + for 00, and no trunk prefix behind a country code."""
    plain = number.translate(_DASHES)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    return _TRUNK_IN_BRACKETS.sub(" ", plain) if plain.startswith("+") else plain


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
