"""Usernames in any letter case are one person's, and look-alikes are not."""

import sys

import pytest
from daybook.core.text import normal_forms
from daybook.core.usernames import fold
from hypothesis import given
from hypothesis import strategies as st

# Every character that has another one in another case.
CASED = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if len({character, character.lower(), character.upper(), character.casefold()}) > 1
]
ASCII = st.characters(max_codepoint=127)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("Jo.Smith@Riverside.Example", "jo.smith@riverside.example"),
        ("RIVERSIDE\\Ben", "riverside\\bEN"),
        ("ÅSA", "åsa"),
        ("ЖАННА", "жанна"),
        ("ΝΊΚΟΣ", "νίκος"),
        ("\u1e9e", "ß"),
        ("𐐀", "𐐨"),
    ],
)
def test_letter_case_does_not_tell_people_apart(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("look_alike", "other"),
    [
        ("\u212aen", "ken"),
        ("\u017fam", "sam"),
        ("\ufb01ona", "fiona"),
        ("\u0130da", "ida"),
        ("\u0131da", "ida"),
        ("аda", "ada"),
        ("weiß", "weiss"),
        ("jose\u0301", "jose"),
        ("ada ", "ada"),
        ("ａda", "ada"),
    ],
)
def test_look_alikes_are_other_people(look_alike: str, other: str) -> None:
    assert fold(look_alike) != fold(other)
    assert fold(look_alike) != fold(other.upper())


def test_no_character_becomes_an_ascii_one_or_several_and_each_fold_is_its_own() -> None:
    assert len(CASED) > 2_800
    for character in CASED:
        folded = fold(character)
        assert len(folded) == 1
        assert folded.isascii() == character.isascii(), hex(ord(character))
        assert fold(folded) == folded, hex(ord(character))


def test_a_character_grows_by_a_byte_at_most() -> None:
    grown = {character for character in CASED if len(_encoded(fold(character))) > len(_encoded(character))}
    assert grown == {"\u023a", "\u023e"}
    assert {len(_encoded(fold(character))) - len(_encoded(character)) for character in grown} == {1}


def test_the_search_index_has_the_words_of_a_username_in_any_case() -> None:
    """Otherwise a search by words and staff would not find what the filter by staff does."""
    for character in CASED:
        assert normal_forms(fold(character))[0] == normal_forms(character)[0], hex(ord(character))


@given(st.text(ASCII))
def test_ascii_is_folded_as_by_python(username: str) -> None:
    assert fold(username) == username.lower() == fold(username.upper()) == fold(username.swapcase())


@given(st.text(), st.text())
def test_the_parts_of_a_username_are_folded_one_by_one(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
    assert fold(fold(one)) == fold(one)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
