"""Names in texts: one folding of both, with the positions in the original text.

Search folds as well (`core.text`), and the letters are the same. But it drops what is between words;
here a match must be found again in the original text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from daybook.core.text import APOSTROPHES, LETTERS

# Characters. A shorter name is redacted where it is the whole value, but not within a longer text.
MIN_NAME_IN_TEXT = 3

# Words. The surname of a longer name is not looked for in front of the others.
MOST_WORDS_TO_INVERT = 5

# With a plural, as in "the Smiths"; the longest first.
PLURALS = ("es", "s", "")

# Of word processors, and of languages that have others.
_QUOTATION_MARKS = frozenset("“”„‟«»″〝〞")
_ZERO_WIDTH_SPACE = "\u200b"
_IOTA_SUBSCRIPT = "\u0345"

# Unicode's variation selectors, and its grapheme joiner: nonspacing marks that cannot be seen.
_INVISIBLE_MARKS = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters of scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, hiragana, Chinese characters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]"
)
# Canonical combining classes of marks that are vowels or tones of a script, make another letter or join two letters.
_KANA_VOICING, _VIRAMA, _VOWELS = 8, 9, range(84, 133)


class Names:
    """Names to look for, whatever their case, accents, apostrophes and blanks, as `fold` has them."""

    def __init__(self, names: Iterable[str], placeholder: str) -> None:
        """`placeholder` is what replaces a name; one that would be found in it is not looked for in texts."""
        self._placeholder = placeholder
        folded = {fold(spelling) or spelling for name in names for spelling in (name, _without_subscripts(name))}
        folded |= {inverted for name in folded for inverted in _inverted(name.strip(" "))}
        self._whole = folded | {name.strip(" ") for name in folded} - {""}
        kept = fold(placeholder).strip("[]")
        # Composed, to count Korean letters and Japanese kana as one each.
        self._in_texts = frozenset(
            name
            for name in self._whole
            if name.strip(" ") == name
            and len(unicodedata.normalize("NFC", name)) >= MIN_NAME_IN_TEXT
            and name.strip("[]") != kept
        )
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._in_texts:
            lengths[name[:MIN_NAME_IN_TEXT]].add(len(name))
        # By beginning, the lengths of names. Of two with the same beginning, the longer one is to be replaced whole.
        self._lengths = {beginning: sorted(each, reverse=True) for beginning, each in lengths.items()}

    def __contains__(self, text: str) -> bool:
        """Whether the text is one of the names, and nothing else but blanks around it."""
        folded = fold(text) or text
        return folded in self._whole or folded.strip(" ") in self._whole

    def redact(self, text: str) -> str:
        """The text with the placeholder for each of the names in it; what is between them stays as it is."""
        folded, positions = _folded(text)
        if (folded or text) in self._whole:
            return self._placeholder
        pieces, end = [], 0
        for first, behind in self._find(folded):
            start = positions[first]
            pieces += [text[end:start], self._placeholder]
            end = _with_marks(text, positions[behind - 1] + 1)
        return "".join([*pieces, text[end:]]) if pieces else text

    def _find(self, folded: str) -> Iterator[tuple[int, int]]:
        """The start of each match in a folded text, and the position behind it."""
        stripped = folded.strip(" ")
        if stripped in self._whole:
            start = folded.index(stripped)
            yield start, start + len(stripped)
            return
        behind = 0
        for start in range(len(folded) - MIN_NAME_IN_TEXT + 1):
            lengths = self._lengths.get(folded[start : start + MIN_NAME_IN_TEXT])
            if lengths is None or start < behind or not _begins_word(folded, start):
                continue
            end = self._end(folded, start, lengths)
            if end is not None:
                yield start, end
                behind = end

    def _end(self, folded: str, start: int, lengths: Sequence[int]) -> int | None:
        for length in lengths:
            end = start + length
            if folded[start:end] in self._in_texts:
                for plural in PLURALS:
                    if folded.startswith(plural, end) and _ends_word(folded, end + len(plural)):
                        return end + len(plural)
        return None


def _inverted(folded: str) -> Iterator[str]:
    """A folded name with the surname in front, `smith, jane`, whichever its words are; or in its place behind."""
    surname, comma, others = map(str.strip, folded.partition(","))
    if comma:
        if surname and others:
            yield f"{others} {surname}"
            yield from _behind_surname(surname, others)
        return
    words = folded.split(" ")
    for number in range(1, len(words) if len(words) <= MOST_WORDS_TO_INVERT else 0):
        yield from _behind_surname(" ".join(words[number:]), " ".join(words[:number]))


def _behind_surname(surname: str, others: str) -> Iterator[str]:
    yield from (f"{surname}, {others}", f"{surname},{others}", f"{surname} , {others}")


def fold(text: str) -> str:
    """The text in one spelling for all that are written alike: its fold is the same, whatever Unicode's normal form.

    Lower case, without accents and invisible characters; ligatures and wide letters are plain ones, and ß is ss.
    Every apostrophe is "'", every dash "-", every quotation mark '"'; any run of blanks is one blank.
    """
    return _folded(text)[0]


def _without_subscripts(name: str) -> str:
    """Greek's iota below a letter, which upper case writes behind it, is also left out."""
    return name if name.isascii() else unicodedata.normalize("NFD", name).replace(_IOTA_SUBSCRIPT, "")


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the position in the text of that which it comes from."""
    if text.isascii():
        plain = text.translate(_ASCII)
        if "  " not in plain:
            return plain, range(len(plain))
    characters: list[str] = []
    positions: list[int] = []
    for position, character in enumerate(text):
        for each in _letters(character):
            if each != " " or characters[-1:] != [" "]:
                characters.append(each)
                positions.append(position)
    return "".join(characters), positions


@lru_cache(maxsize=4096)
def _letters(character: str) -> str:
    """The folded form of one character, which may be several characters or none.

    A composed character has the form of its parts, and one that has an upper case the form of that.
    """
    if character in APOSTROPHES:
        return "'"
    if character.isspace() or character == _ZERO_WIDTH_SPACE:
        return " "
    if unicodedata.category(character) == "Pd":
        return "-"
    if character in _QUOTATION_MARKS:
        return '"'
    parts = unicodedata.normalize("NFKD", character.casefold())
    if parts != character and not _is_sign_behind_word(character):
        return "".join(map(_letters, parts))
    return "" if _is_invisible(character) or _is_accent(character) else character.translate(LETTERS)


def _is_accent(character: str) -> bool:
    """Whether this is a mark that may be left out when the letter is written: accents, and points of Hebrew, Arabic."""
    combining = unicodedata.combining(character)
    is_part_of_letter = combining in (0, _KANA_VOICING, _VIRAMA) or combining in _VOWELS
    return unicodedata.category(character) == "Mn" and not is_part_of_letter


def _is_sign_behind_word(character: str) -> bool:
    """Whether this is a sign such as ™: its letters are none of the word in front of it."""
    is_raised = unicodedata.decomposition(character).startswith("<super>")
    return is_raised and unicodedata.category(character) == "So"


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or _INVISIBLE_MARKS.match(character) is not None


_ASCII = {code: _letters(chr(code)) for code in range(128)}


def _with_marks(text: str, end: int) -> int:
    """The position behind the marks of the letter that ends at this position, which no folded text has."""
    while end < len(text) and unicodedata.category(text[end]) == "Mn" and not _letters(text[end]):
        end += 1
    return end


def _begins_word(folded: str, at: int) -> bool:
    return at == 0 or not _is_in_word(folded[at - 1]) or _is_unspaced(folded, at)


def _ends_word(folded: str, at: int) -> bool:
    return at == len(folded) or not _is_in_word(folded[at]) or _is_unspaced(folded, at)


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


def _is_unspaced(folded: str, at: int) -> bool:
    """Whether a word may end and another begin at this position without a blank: in scripts that have none."""
    if unicodedata.category(folded[at])[0] == "M":
        return False
    return _UNSPACED.match(folded, at - 1) is not None or _UNSPACED.match(folded, at) is not None
