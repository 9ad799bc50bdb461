"""Texts as cells of a spreadsheet, which shows them as they are, and computes and converts none of them.

A spreadsheet that opens a CSV reads each cell as if it were typed, in quotes or not. It computes what begins like a
formula, and makes numbers and dates of what looks like one: `+14155550123` loses its plus, `00123` its zeros.
Such a cell gets an invisible character in front, U+200B (zero width space). It is then a text, and reads as before.

Why no library: defusedcsv puts an apostrophe in front, which is seen where a CSV is opened, and changes `|`. It lets
numbers and dates be converted, and formulas behind a blank be computed. A tab in front is cut off by some readers.
"""

from __future__ import annotations

import re

# Makes a cell a text. Readers that are no spreadsheets take off one of it.
GUARD = "\u200b"

# Excel's limit of a cell, in UTF-16 code units. It puts what is beyond into the next cells and lines.
MAX_UNITS = 32_767

# What readers may cut off in front or skip: white space, and characters that nobody sees.
_UNSEEN = r"\s\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
# As typed, in full width, and the small forms and the minus sign that some readers take for the same.
_OPERATORS = r"=+\-@＝＋－＠﹦﹢﹣﹫−"
# A text that begins with GUARD gets another, so that taking one off gives the text.
_COMPUTED = re.compile(rf"[\t\r\n{GUARD}]|[{_UNSEEN}]*+[{_OPERATORS}]")

# Words that may stand in a number or date: also in languages that a spreadsheet may be set to.
_WORDS = frozenset({
    "jan", "january", "januar", "januari", "janvier", "janv", "janeiro", "enero", "ene", "gennaio", "gen",
    "feb", "february", "februar", "februari", "février", "févr", "fév", "fevereiro", "fev", "febrero", "febbraio",
    "mar", "march", "märz", "mär", "mrz", "mars", "março", "marzo", "maart", "mrt",
    "apr", "april", "avril", "avr", "abril", "abr", "aprile",
    "may", "mai", "mayo", "maio", "maggio", "mag", "mei",
    "jun", "june", "juni", "juin", "junio", "junho", "giugno", "giu",
    "jul", "july", "juli", "juillet", "juil", "julio", "julho", "luglio", "lug",
    "aug", "august", "août", "aout", "agosto", "ago", "augustus",
    "sep", "sept", "september", "septembre", "septiembre", "setiembre", "setembro", "set", "settembre",
    "oct", "october", "oktober", "okt", "octobre", "octubre", "outubro", "out", "ottobre", "ott",
    "nov", "november", "novembre", "noviembre", "novembro",
    "dec", "december", "dezember", "dez", "décembre", "déc", "diciembre", "dic", "dezembro", "dicembre",
    "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "thu", "thur", "thurs", "thursday",
    "fri", "friday", "sat", "saturday", "sun", "sunday",
    "am", "pm", "a", "p", "t", "z", "utc", "gmt", "de", "年", "月", "日", "時", "时", "分", "秒", "년", "월", "일",
    "e", "d", "usd", "eur", "gbp", "cad", "aud", "nzd", "chf", "kr", "r", "rs",
})  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
# An IP address is no number, but where its dots part thousands.
_IP_ADDRESS = re.compile(r"(?!\d+(?:\.\d{3}){3}\Z)\d{1,3}(?:\.\d{1,3}){3}\Z", re.ASCII)
# Truth values in these languages, and errors, which a spreadsheet computes with.
_VALUES = frozenset({
    "true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso", "verdadeiro", "vero", "waar", "onwaar",
    "#n/a", "#ref!", "#div/0!", "#name?", "#null!", "#num!", "#value!", "#spill!", "#calc!",
})  # fmt: skip
_BLANKS = re.compile(rf"[{_UNSEEN}]")

# Most texts are of ASCII, and begin with a word that no number, date or value begins with: names and actions do.
_FIRST_WORD = re.compile(r"[a-z]+", re.IGNORECASE | re.ASCII)
_FIRST_WORDS = _WORDS | _VALUES

# What readers end or break a text at, or cannot hold; half of a surrogate pair cannot be written at all.
_UNREADABLE = re.compile("\r\n?|[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_PICTURES = 0x2400
_DELETE = "\x7f"


def cell(text: str) -> str:
    """The text as a spreadsheet shows it unchanged: with GUARD in front where it would else be computed or converted.

    Line ends are LF. Control characters are shown as their pictures, such as U+2400 for NUL; what no text may hold,
    such as half of a surrogate pair, is U+FFFD. What is longer than MAX_UNITS is cut, and ends in words that say so.
    """
    if not text.isprintable():
        text = _UNREADABLE.sub(_readable, text)
    elif text.isascii() and (first := _FIRST_WORD.match(text)) and first[0].lower() not in _FIRST_WORDS:
        return _cut(text)
    if _COMPUTED.match(text) or _is_converted(text):
        text = GUARD + text
    return _cut(text)


def _is_converted(text: str) -> bool:
    """Whether a spreadsheet may take the text for a number, a date, a truth value or an error."""
    seen = text if text.isascii() else _BLANKS.sub("", text)
    if seen.strip().casefold() in _VALUES:
        return True
    if not _DIGIT.search(text) or _IP_ADDRESS.match(text):
        return False
    return all(word[0].casefold() in _WORDS for word in _WORD.finditer(text))


def _readable(match: re.Match[str]) -> str:
    character = match[0][0]
    if character == "\r":
        return "\n"
    if character < " ":
        return chr(_PICTURES + ord(character))
    return "\u2421" if character == _DELETE else "\ufffd"


def _cut(text: str) -> str:
    if 2 * len(text) <= MAX_UNITS:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_UNITS:
        return text
    said = f"… [cut: {len(text):,} characters in all]"
    # Half of a pair at the end is left out.
    return units[: 2 * (MAX_UNITS - len(said))].decode("utf-16-le", "ignore") + said
