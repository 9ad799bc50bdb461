"""Names in texts: found however they are written, and nothing but them is replaced."""

import sys
import time
import unicodedata
from collections.abc import Callable

import pytest
from daybook.core.text import normal_forms
from daybook.erasure.names import MIN_NAME_IN_TEXT, Names, fold
from daybook.model.entries import PLACEHOLDER
from hypothesis import assume, given
from hypothesis import strategies as st

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
    "case-folded": str.casefold,
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "plain": lambda text: unicodedata.normalize("NFKC", text),
    "plain and decomposed": lambda text: unicodedata.normalize("NFKD", text),
    "decomposed upper case": lambda text: unicodedata.normalize("NFD", text.upper()),
    "without accents": lambda text: "".join(
        each for each in unicodedata.normalize("NFD", text) if unicodedata.combining(each) not in range(202, 241)
    ),
}


def redacted(text: str, *names: str) -> str:
    return Names(names, PLACEHOLDER).redact(text)


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        # Case that changes the number of letters.
        ("Großmann", "GROSSMANN, Großmann, GROẞMANN", "*, *, *"),
        ("ılgın", "ILGIN and İlgin", "* and *"),
        ("Ste\ufb03e", "Steffie; ste\ufb00ie", "*; *"),
        # Accents, composed, decomposed or left out, on either side.
        ("Zoë Núñez", "Zoe Nunez: ZOE\u0308 NUN\u0303EZ!", "*: *!"),
        ("Zoe Nunez", "Zoë Núñez; Zoë", "*; Zoë"),
        ("Renée", "(Rene\u0301e\u0301)", "(*)"),
        ("Đặng", "Dang, d\u0323\u0306ang, Đa\u0306\u0323ng", "*, *, *"),
        ("Æsa Łukasz Ørsted", "aesa lukasz orsted", "*"),
        # Dashes and quotation marks of word processors.
        ("Anna-Lena Sülz", "Anna\u2010Lena Sülz, ANNA\u2011LENA SULZ; Anna\u2013Lena Sülz", "*, *; *"),
        ("Eva\u2011Maria", "Eva-Maria and Eva\u2014Maria", "* and *"),
        ('Bob "Buzz" Lee', "Bob “Buzz” Lee, Bob «Buzz» Lee", "*, *"),
        ("Jane Smith", "Smith , Jane; Smith,Jane; Smith, Jane", "*; *; *"),
        ("Ῥαψῳδός", "ΡΑΨΩΙΔΟΣ ραψωδος ΡΑΨῼΔΌΣ", "* * *"),
        ("Þórður Guðni", "Thordur Gudni", "*"),
        # Apostrophes and quotes.
        ("O'Shea", "O’Shea O`Shea O´Shea OʼShea O＇SHEA Oʻshea", "* * * * * *"),
        ("D’Angelo", "d'angelo's", "*'s"),
        # Blanks.
        ("Ana  Lima", "Ana Lima, Ana\u00a0Lima, Ana \t\n Lima, Ana\u2003\u3000Lima", "*, *, *, *"),
        (" Ana\u202fLima ", "x Ana Lima  x", "x *  x"),
        # The surname in front, on either side.
        ("Jane Smith", "Smith, Jane rang; SMITH,JANE; Smith, Janet; smith jane", "* rang; *; Smith, Janet; smith jane"),
        ("Øhrström,  Åsa", "Asa Ohrstrom, Øhrström,Åsa and Ohrstrom, Asa's", "*, * and *'s"),
        ("Maria van der Berg", "van der Berg, Maria; Berg, Maria van der; Berg, Maria", "*; *; Berg, Maria"),
        ("Nguyễn， Thị Minh", "Thi Minh Nguyen; Nguyen, Thi Minh", "*; *"),
        (", Jane", "Jane; x, Jane", "Jane; x, Jane"),
        # Width, and what nobody sees.
        ("Ｍｉｒａ", "Mira ｍｉｒａ, Mi\u00adra, Mi\u200dra", "* *, *, *"),
        # What stays: other words, and what is written about the name.
        ("Ann", "Annual fee, Joann, Ann_1, Änn", "Annual fee, Joann, Ann_1, *"),
        ("Smith", "the Smiths’ Smithes, Smith™ Smithy \u2068Smith\u2069", "the *’ *, *™ Smithy \u2068*\u2069"),
        ("Wei", "Weiß Weise Weis", "Weiß Weise *"),
        ("Li", "Li, Lí", "Li, Lí"),
        # Marks that are vowels are no accents.
        ("कमल", "कमल कुमुल कमला", "* कुमुल कमला"),
        ("שרה", "שָׂרָה", "*"),
        ("أحمد", "احمد أَحْمَد", "* *"),
        # Scripts without blanks; kana with another voicing is another name.
        ("王小明", "客户王小明已删除", "客户*已删除"),
        ("สมชาย", "ลบสมชายแล้ว", "ลบ*แล้ว"),
        ("ガルシア", "ｶﾞﾙｼｱさん、カルシア", "*さん、カルシア"),
        ("김하늘", "김하늘, 김하늘이 김하", "*, 김하늘이 김하"),
        ("김하", "김하", "*"),
        ("김하", "김하 님", "김하 님"),
    ],
)
def test_a_name_is_replaced_however_it_is_written_and_nothing_else(name: str, text: str, left: str) -> None:
    assert redacted(text, name) == left.replace("*", PLACEHOLDER)


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("LÌ", True), ("  li ", True), ("Li Na", False), ("", False), ("\u0301", False), ("l i", False)],
)
def test_a_short_name_is_known_where_it_is_the_whole_value(text: str, is_name: bool) -> None:
    assert (text in Names(["Lí"], PLACEHOLDER)) is is_name
    assert (PLACEHOLDER in redacted(text, "Lí")) is is_name


def test_of_two_names_the_longer_is_replaced() -> None:
    assert redacted("Ana Lima and Ana", "Ana", "Ana Lima", "Lima") == f"{PLACEHOLDER} and {PLACEHOLDER}"


def test_the_placeholder_is_no_name() -> None:
    assert redacted("[erased], Era", "erased", "[Erased]", "Era") == f"[erased], {PLACEHOLDER}"


def test_every_letter_of_unicode_is_known_in_every_spelling() -> None:
    letters = [char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char)[0] == "L"]
    assert len(letters) > 100_000
    different = 0
    for letter in letters:
        name = f"ma{letter}na"
        forms = {spell(name) for spell in SPELLINGS.values()}
        if len(forms) <= 2:
            # As it is and in upper case only, as nearly all Chinese characters are.
            continue
        different += 1
        names = Names([name], PLACEHOLDER)
        for form in forms:
            assert names.redact(f"so {form}, é") == f"so {PLACEHOLDER}, é", (name, form)
    assert different > 3000


@pytest.mark.parametrize(
    "of_two", [(first, second) for first in ("ø", "Ǽ", "ﬁ", "ẞ", "ế") for second in ("İ", "ŉ", "ø̈")]
)
def test_who_searches_without_accents_finds_what_an_erasure_finds(of_two: tuple[str, str]) -> None:
    name = "".join(of_two)
    assert normal_forms(fold(name))[0] == normal_forms(name)[0].replace(" ", "")


letters = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Mn", "Mc"])
words = st.text(letters, min_size=MIN_NAME_IN_TEXT, max_size=12).filter(
    lambda word: unicodedata.category(word[0])[0] == "L" and len(unicodedata.normalize("NFC", fold(word))) >= 3
)
blanks = st.text(st.sampled_from(" \t\n\u00a0\u2003\u3000\u202f"), min_size=1, max_size=3)
around = st.text(st.characters(codec="utf-8", exclude_categories=["Mn", "Mc", "Me", "Cf"]), max_size=12)


@given(st.lists(words, min_size=1, max_size=3), st.sampled_from(sorted(SPELLINGS)), blanks, around, around)
def test_a_name_of_any_letters_is_gone_from_the_middle_of_a_text(
    parts: list[str], spelling: str, blank: str, before: str, after: str
) -> None:
    names = Names([" ".join(parts)], PLACEHOLDER)
    assume(fold(" ".join(parts)) not in fold(f"{before}.|.{after}"))
    text = SPELLINGS[spelling](blank.join(parts))
    assert names.redact(f"{before}. {text}, {after}") == f"{before}. {PLACEHOLDER}, {after}"
    assert text in names


@given(st.lists(words, min_size=1, max_size=4), st.text())
def test_a_text_without_the_names_stays_byte_for_byte(names: list[str], text: str) -> None:
    assume(not any(fold(name) in fold(text) for name in names))
    assert redacted(text, *names) == text


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_fold_is_its_own_fold(text: str, form: str) -> None:
    assert fold(fold(text)) == fold(text)
    composed = unicodedata.normalize("NFC", text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(composed)


def test_a_long_text_takes_time_in_proportion_and_as_long_for_many_names() -> None:
    """Each name of its own would take thirty times as long for thirty times the names."""
    text = " ".join(f"Doerfler{number % 97} ringt" for number in range(1000))
    took = []
    for count in (50, 1500):
        names = Names([f"Dörfler{number:04} Jane" for number in range(count)], PLACEHOLDER)
        best = []
        for _ in range(5):
            started = time.process_time()
            assert names.redact(text) == text
            best.append(time.process_time() - started)
        took.append(min(best))
    assert took[1] < 8 * took[0]
