"""Phone numbers in texts, and the ways in which their digits are written together, so that any punctuation finds them.

The library is imported inside the function: few texts need it, and it slows a cold start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
import re
from collections.abc import Sequence

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
# The longest number there is has fifteen digits (ITU-T E.164).
MOST_DIGITS = 15


def is_number(text: str) -> bool:
    """Whether this text is one phone number, in any punctuation."""
    return _NUMBER.fullmatch(text) is not None and len("".join(_GROUP.findall(text))) <= MOST_DIGITS


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
