"""Phone numbers in texts: found in any punctuation, and nothing else taken for one."""

import pytest
from daybook.core import phone_numbers
from daybook.search.line import matching, reading
from daybook.search.line.matching import Texts
from daybook.search.line.terms import UTC

NOON = "2026-06-15T12:00:00.000Z"
SPELLINGS = [
    "+14155550101", "14155550101", "4155550101", "(415) 555-0101", "(415)555-0101", "415-555-0101", "415.555.0101",
    "415 555 0101", "+1 415 555 0101", "+1 (415) 555-0101", "+1-415-555-0101", "1-415-555-0101", "1 (415) 555-0101",
    "1.415.555.0101", "415/555-0101",
]  # fmt: skip


def finds(q: str, text: str) -> bool:
    return matching.matches(reading.parse(q, UTC), NOON, Texts(words=[text]))


@pytest.mark.parametrize("stored", SPELLINGS)
@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_number_is_found_however_it_is_written(stored: str, typed: str) -> None:
    assert finds(typed, stored)
    assert finds(f"changed {typed} now", f"Now changed the number to {stored}, thanks.")
    assert not finds(typed, stored.replace("0101", "0102"))
    assert not finds(f"-{typed}" if " " not in typed else f'-"{typed}"', stored)


@pytest.mark.parametrize("stored", SPELLINGS)
@pytest.mark.parametrize("typed", ["555-0101", "5550101", "0101", "555-01", "415 555", "415-5550101", "415-555"])
def test_it_is_found_by_a_part_that_begins_with_a_group(stored: str, typed: str) -> None:
    assert finds(typed, stored)


@pytest.mark.parametrize("typed", ["550101", "101", "155-50101", "555-0102", "415 556", "5551-0101"])
def test_it_is_not_found_by_what_begins_within_a_group(typed: str) -> None:
    assert not any(finds(typed, stored) for stored in SPELLINGS)


@pytest.mark.parametrize(
    "typed", ["020 7946 0958", "02079460958", "+44 20 7946 0958", "+442079460958", "(020) 7946-0958", "2079460958"]
)
def test_a_number_of_another_country_is_found_with_its_trunk_prefix_or_code(typed: str) -> None:
    assert finds(typed, "+442079460958")
    assert finds(typed, "call +44 20 7946 0958 today")


@pytest.mark.parametrize(
    ("stored", "spellings"),
    [
        ("+442079460958", ["+44 (0)20 7946 0958", "+44(0)2079460958", "0044 20 7946 0958", "020-7946-0958",
                           "020.7946.0958", "00 44 20 7946 0958", "(0044) 20 7946 0958", "(+44) 20 7946 0958",
                           "+44 020 7946 0958"]),
        ("+33612345678", ["06.12.34.56.78", "06/12/34/56/78", "0033612345678", "+33 (0)6 12 34 56 78", "0612345678",
                          "+33 06 12 34 56 78"]),
        ("+4930901820", ["+49 (0)30 901820", "+49 (030) 901820", "0049 30 901820", "030 / 901820", "030/901820"]),
        ("+4915123456780", ["0151 23456780", "(0151) 23456780", "0151/23456780", "0151 2345 6780",
                            "+49 (0)151 23456780"]),
        ("+8613912345678", ["0086 139 1234 5678", "0139 1234 5678"]),
        ("+43316123456780", ["0316 123456780", "(0316) 123 456 780"]),
        ("+819012345678", ["090-1234-5678", "(090)1234-5678", "090(1234)5678", "０９０-１２３４-５６７８",
                           "+81 90-1234-5678"]),
        ("+390612345678", ["+39 06 1234 5678", "0039 06 1234 5678", "06 1234 5678"]),
        ("+34612345678", ["612 345 678", "612-345-678", "0034612345678", "0034 612 345 678"]),
        ("+919876543210", ["098765 43210", "00919876543210", "+91 98765 43210"]),
        ("+14155550101", ["001 415 555 0101", "415–555–0101", "415‑555‑0101", "415 - 555 - 0101"]),
    ],
)  # fmt: skip
def test_a_number_is_found_as_its_country_writes_it(stored: str, spellings: list[str]) -> None:
    for spelling in spellings:
        assert finds(spelling, stored), spelling
        assert finds(stored, f"call {spelling} now"), spelling
        assert not finds(spelling, stored[:-1] + "9"), spelling


@pytest.mark.parametrize(
    "text",
    [
        "", "no. 64", "2026-11-20", "11/20/2026 17:10", "17:10:32", "203.0.113.64", "$1,234,567.00", "1795194632",
        "123456789012", "AB-77-1234", "e4155550101", "x_415-555-0101", "12 34 56",
        "2001:db8::4155", "01/05/2026", "01-05-2026", "01.05.2026",
        "8:00 20261120", "Class 5:00 2026-11-20 10:30", "Pay $1,00 2026 1500", "id 00 12345678",
        "Invoice 0123 (45) 678", "Room 01 (2) 345", "09 (11) 2026", "05(06)2015", "05 (12) 2015",
    ],
)  # fmt: skip
def test_other_numbers_are_none(text: str) -> None:
    assert phone_numbers.respelled(text) == []
    assert not phone_numbers.is_number(text)


def test_of_several_numbers_each_is_found() -> None:
    text = "from 415-555-0101 to +442079460958 and (312) 555-0199"
    assert finds("+14155550101", "tel:+14155550101")
    for typed in ("4155550101", "02079460958", "442079460958", "3125550199", "555-0199"):
        assert finds(typed, text)
    assert not finds("41555501014420", text)


def test_a_number_behind_a_time_is_its_own() -> None:
    for typed in ("555-0101", "(415) 555-0101", "5550101"):
        assert finds(typed, "Call at 8:00 4155550101"), typed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(+14155550101) Mom", "+14155550101"), ("Apt 4 (+14155550101)", "+14155550101"),
        ("mom (+44 20 7946 0958)", "+442079460958"), ("mom: +1 (415) 555-0101", "+14155550101"),
    ],
)  # fmt: skip
def test_the_number_among_words_is_that_of_its_country(text: str, number: str) -> None:
    assert phone_numbers.e164(text) == number
    assert phone_numbers.digits_at_home(text) == phone_numbers.digits_at_home(number)


def test_a_number_that_no_country_has_is_its_digits() -> None:
    assert phone_numbers.respelled("+999999999999999") == [" 999999999999999 ", " 999999999999999 ", "  "]
    assert finds("+99999999", "+999999999999999")


def test_numbers_beside_a_phone_number_stay_words_of_their_own() -> None:
    line = reading.parse("64 (415) 555-0101 7", UTC)
    assert [term.forms[0] for term in line.required] == ["64", "415 555 0101", "7"]


def test_a_long_text_of_digits_is_read_in_no_time() -> None:
    for text in ("1" * 100_000, "415-" * 25_000, "+1 " * 30_000, "(" * 100_000, "0 1 " * 25_000):
        assert len(phone_numbers.respelled(text)) < 100
