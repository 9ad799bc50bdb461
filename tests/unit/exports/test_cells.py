"""Cells of a spreadsheet: what would be computed or converted is protected, and nothing else is changed."""

import pytest
from daybook.exports.cells import GUARD, MAX_UNITS, cell
from hypothesis import given
from hypothesis import strategies as st

OPERATORS = "=+-@＝＋－＠﹦﹢﹣﹫−"
UNSEEN = "\ufeff\u200b\u2060\u200e\u202e\u00ad \u00a0\u3000"


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("front", ["", *UNSEEN, " \ufeff ", "\t", "\n"])
def test_what_begins_like_a_formula_is_protected(operator: str, front: str) -> None:
    text = f"{front}{operator}SUM(A1)"

    assert cell(text) == GUARD + text


@pytest.mark.parametrize(
    "text",
    [
        "+14155550123", "00123", "123", "12345678901234567890", "1E5", "1e-5", "1.5", "1,234.50", "1 234", "-5",
        "(5)", "5%",
        "$5", "5 €", "EUR 5", "3/4", "1 1/2", "1-2", "MAR1", "Mar-1", "1 mar 2026", "March 1, 2026",
        "Sunday, March 1, 2026",
        "1. März 2026", "5 février", "1 de mayo de 2026", "2026年11月22日", "2026-11-22", "2026-11-22T10:00:00Z",
        "10:30",
        "10:30 PM", "5pm", "１２", "٣", " 5 ", "\t5", "2026-11-22 17:10:03 -06:00", "10.100.100.100", "TRUE", "falsch",
        " true\u00a0", "#N/A", "#DIV/0!", "\tSmith", "\nSmith", "\u200bSmith",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_converts_is_protected(text: str) -> None:
    assert cell(text) == GUARD + text


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Smith", "O'Neil, Thomas", "Room 5", "5th of March", "Junior 2", "Mary 5", "Invoice November 2026",
        "family/101",
        "family/00123", "10.0.194.107", "2001:db8::1", "jane@x.example", "say \"so\"", "a\tb", "a\nb", "🎉", "שלום",
        "True story",
        "Amount=1", "Smith -5", "https://x.example/?a=1", "|x", "'=x", "20261122231003000jjjjjjjjjjjjjjjjjj",
    ],
)  # fmt: skip
def test_other_texts_are_as_they_were(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\r=1", f"{GUARD}\n=1"),
        ("a\x00b", "a␀b"),
        ("\x1b[31m", "␛[31m"),
        ("\x7f", "␡"),
        ("a\x85b\x9f", "a\ufffdb\ufffd"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("\ude00", "\ufffd"),
        ("\uffff\ufdd0", "\ufffd\ufffd"),
        ("\x00=1", f"{GUARD}␀=1"),
        ("\x00=x", "␀=x"),
    ],
)
def test_what_readers_cannot_hold_is_replaced(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_it_is_cut_at_what_a_cell_holds_and_says_so() -> None:
    whole, longer, emojis = "x" * MAX_UNITS, "x" * (MAX_UNITS + 1), "🎉" * (MAX_UNITS // 2 + 1)

    assert cell(whole) == whole
    assert cell(longer).endswith("x… [cut: 32,768 characters in all]")
    assert units(cell(longer)) == MAX_UNITS
    assert cell(emojis).endswith("🎉… [cut: 16,384 characters in all]")
    assert MAX_UNITS - 1 <= units(cell(emojis)) <= MAX_UNITS
    assert units(cell("1" * MAX_UNITS)) <= MAX_UNITS


@given(st.text(st.characters() | st.sampled_from([*OPERATORS, *UNSEEN, *"0123\t\r\n\x00\ud800aE/"])))
def test_it_can_be_written_and_taken_back(text: str) -> None:
    made = cell(text)

    assert made.encode().decode() == made
    assert "\r" not in made
    assert cell(made.removeprefix(GUARD)) == made
    assert len(made.removeprefix(GUARD)) <= len(text)


@given(st.text(st.sampled_from([*OPERATORS, *UNSEEN, *"0123456789\t./:"]), min_size=1))
def test_no_text_of_these_is_left_to_be_computed_or_converted(text: str) -> None:
    seen = text.strip(UNSEEN + "\t")

    if seen and (seen[0] in OPERATORS or any(map(str.isdigit, seen))) and not is_address(text):
        assert cell(text) == GUARD + text


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def is_address(text: str) -> bool:
    """Whether it is an IP address of four numbers, which are not all thousands."""
    parts = text.split(".")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts)
