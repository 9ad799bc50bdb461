"""Phone numbers: as recipients, and in texts, where their digits are also written together.

So any punctuation finds them. The library is imported inside the functions: few texts need it, and it slows a cold
start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_POSSIBLE = re.compile(r"\d{7}|\d[ ().\-/]{1,3}\d", re.ASCII)
# All dashes but the ASCII one, the minus sign, and those of East Asian widths.
DASHES = "‐‑‒–—―−﹘﹣－"
_TO_DASH = str.maketrans(dict.fromkeys(DASHES, "-"))
# With a country code behind + or 00; ten, eleven or seven digits as in North America; nine digits in threes; with a
# trunk prefix, as in much of the world. None is a date.
_NUMBER = re.compile(
    r"""
    (?<![\w.+-]) (?<!\d[:,])
    (?! \d{1,2} ([./-]) \d{1,2} \1 \d{4} (?!\d) )
    (?: \(? (?: \+ | 00 (?: (?=[1-9][\d ().\-]{7}) | [ ] (?=[1-9][\d ().\-]{9}) ) ) \(? \d [\d().\-/\ ]{5,22} \d
      | (?: 1 [ .\-]? )? \(? [2-9]\d\d \)? [ .\-/]{0,3} \d{3} [ .\-]{0,3} \d{4}
      | (?: 0 [1-9] \d{0,4} [ \-./]{1,3} | \( 0 [1-9] \d{0,4} \) [ \-./]{0,3} ) \d [\d\ \-./]{3,12} \d
      | 0 [1-9] \d{1,3} [ ]? \( \d{2,4} \) [ \-]? \d{4}
      | 0 [1-9] \d{7,9}
      | \d{3} [ .\-] \d{3} [ .\-] \d{3}
      | \d{3} [.\-] \d{4} (?! [ .\-]? \d ) )
    (?!\w)
    """,
    re.VERBOSE | re.ASCII,
)
_NORTH_AMERICAN = re.compile(r"(1?)(\d{3})(\d{3})(\d{4})", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"[,;|]|/(?!\d{1,4}$)|\band\b|\bor\b|(?<=\d)\s*(?=\+)")
# Digits of the shortest number that is written out in full.
_FEWEST_DIGITS = 7
# A bracket that is around the country's code: (+44) 20.
_AROUND_CODE = re.compile(r"^\((?=\+|00)")
# Written for who dials from within the country: +44 (0)20.
_TRUNK_IN_BRACKETS = re.compile(r"\(0\)", re.ASCII)
# Digits that are nothing else: what has fewer may be a year, a house or an hour. E.164 has 15 at most.
_DIGITS_ALONE = re.compile(r"\+?[\d ().\-/]+", re.ASCII)
_FEWEST_ALONE, _MOST_DIGITS = 8, 15


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
    return len("".join(_GROUP.findall(number))) <= _MOST_DIGITS


def may_be_number(text: str) -> bool:
    """Whether this text is one phone number, also one that is written as in a country without trunk prefixes."""
    number = text.translate(_TO_DASH)
    return is_number(text) or (
        _DIGITS_ALONE.fullmatch(number) is not None and _FEWEST_ALONE <= len(_DIGIT.findall(number)) <= _MOST_DIGITS
    )


def error_of_spelling(text: str) -> str | None:
    """Why a text that is meant as one phone number, in any punctuation, is none with a country code; else None."""
    number = text.strip()
    is_meant = may_be_number(number) or (number.startswith("+") and _DIGITS_ALONE.fullmatch(number) is not None)
    return error(e164(number) or number) if is_meant else None


def is_written_out(text: str) -> bool:
    """Whether the text has as many digits as a phone number has at least."""
    return len(_DIGIT.findall(text)) >= _FEWEST_DIGITS


def error(number: str) -> str | None:
    """Why this is not an E.164 number (`+14155550123`) of a length possible in its country, or None if it is."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return _error_without_code(number)
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        within = e164(number) if _LETTER.search(number) else ""
        problem = "not a possible number: too short or too long for its country"
        return f"with words beside the number: events find it by {within}" if within else problem
    written = _formatted(parsed)
    if written == number:
        return None
    advice = f": write {written}" if phonenumbers.is_valid_number(parsed) else ", and no number that its country has"
    return f"not written as a + and digits only{advice}"


def _error_without_code(number: str) -> str:
    """Why a text in which the library finds no country's code is not an E.164 number."""
    if not is_written_out(number) or "@" in number:
        return "not a phone number such as +14155550123"
    if "+" in number:
        return "not a phone number: no country's code follows its +"
    meant = _in_use(_plain(number.strip()))
    if meant:
        return f"not written as a + and digits only: write + for 00, as in {meant}"
    return "without a country code: write a + and the code before it, as in +14155550123"


def e164(text: str) -> str:
    """The number as E.164, whatever its punctuation and the words around; "" where it is none with a country code.

    With 00 for + it has to be a number that its country has: a number at home may begin so, too.
    """
    import phonenumbers

    # The library reads the letters of words as digits.
    for spelling in dict.fromkeys((text, _without_words(text))):
        with suppress(phonenumbers.NumberParseException):
            parsed = phonenumbers.parse(spelling, None)
            if phonenumbers.is_possible_number(parsed):
                return _formatted(parsed)
    return _in_use(_plain(text.strip()))


def digits_at_home(text: str) -> str:
    """The digits of a number as within its country, without a trunk prefix; "" where there are none.

    `+44 20 7946 0958`, `020 7946 0958` and `(0)20-79460958` give `2079460958`. Eleven digits lose a 1 in front: it is
    the prefix of North America, and of Chinese and German mobile numbers nobody can tell.
    """
    import phonenumbers

    number = _plain(_without_words(text.strip()))
    digits = "".join(_GROUP.findall(number))
    if number.startswith("+"):
        with suppress(phonenumbers.NumberParseException):
            digits = str(phonenumbers.national_significant_number(phonenumbers.parse(number, None)))
    # Italian numbers keep their zero behind the country's code.
    digits = digits.lstrip("0")
    match = _NORTH_AMERICAN.fullmatch(digits)
    return digits[1:] if match and match[1] else digits


def names_several(text: str) -> bool:
    """Whether the text holds more than one phone number."""
    return sum(map(is_written_out, _BETWEEN.split(text))) > 1


def respelled(text: str) -> list[str]:
    """The text with its phone numbers written in other ways; an empty list where it has none.

    `(415) 555-0101` gives `4155550101` and `415 5550101`, so that the digits are found from each group on.
    """
    plain = text if text.isascii() else text.translate(_TO_DASH)
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


def _without_words(text: str) -> str:
    """The one number of a text that has words, too, as in `+14155550101 (mom)`; else the text."""
    if not _LETTER.search(text) or names_several(text):
        return text
    numbers = [match[0] for match in _NUMBER.finditer(text) if match[0].lstrip("(").startswith("+")]
    return numbers[0] if len(numbers) == 1 else text


def _plain(number: str) -> str:
    """With + for 00, and no trunk prefix behind a country code."""
    plain = _AROUND_CODE.sub("", number.translate(_TO_DASH))
    if plain.startswith("00"):
        plain = f"+{plain[2:].lstrip()}"
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
    """The digits as they are grouped; those of `+14155550101` as its country groups them.

    So are those of `+33 06 12 34 56 78`, whose trunk prefix does not belong behind a country's code.
    """
    groups = _GROUP.findall(number)
    if len(groups) > 1 and not (number.startswith("+") and groups[1].startswith("0")):
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


def _in_use(number: str) -> str:
    """The number as E.164; "" where no country has such a number."""
    import phonenumbers

    with suppress(phonenumbers.NumberParseException):
        parsed = phonenumbers.parse(number, None)
        if phonenumbers.is_valid_number(parsed):
            return _formatted(parsed)
    return ""


def _formatted(number: PhoneNumber) -> str:
    import phonenumbers

    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
