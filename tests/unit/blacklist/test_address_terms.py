"""What a search line of the blacklist finds, against a plain search of every beginning of a word."""

import re

import pytest
from daybook.blacklist import address_terms
from hypothesis import given
from hypothesis import strategies as st

from tests.support.properties import examples, met, reaching

terms = st.text(alphabet="aab1.@", min_size=1, max_size=2)
mailboxes = st.text(alphabet="ab1.@é", min_size=4, max_size=8)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("smith gmail", ("smith", "gmail")),
        ("  SMITH\t", ("smith",)),
        ("Jane <Jane@X.example>,", ("jane", "jane@x.example")),
        ("", ()),
        (' <> "" ', ()),
        ("\u212a", ("\u212a",)),
    ],
)
def test_a_line_is_terms(line: str, expected: tuple[str, ...]) -> None:
    assert address_terms.read(line) == expected


@reaching(found=0.1, within=0.03)
@examples(400)
@given(term=terms, mailbox=mailboxes)
def test_a_term_is_found_at_each_beginning_of_a_word_and_nowhere_else(term: str, mailbox: str) -> None:
    beginnings = [0, *(place.start() for place in re.finditer(r"[^\W_](?<![^\W_][^\W_])|[\W_]", mailbox))]
    expected = any(mailbox.startswith(term, place) for place in beginnings)
    assert address_terms.match((term,), mailbox) is expected
    met("found", expected)
    met("within", term in mailbox and not expected)


@pytest.mark.parametrize("mailbox", ["j@xn--.example", "j@xn--a.example", "xn--@x.example"])
def test_a_domain_that_cannot_be_read_is_compared_as_it_is(mailbox: str) -> None:
    assert address_terms.match(("xn",), mailbox)
    assert not address_terms.match(("b\u00fc",), mailbox)
