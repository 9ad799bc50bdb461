"""The hashes in the table's keys."""

from daybook.core import keyed_hash
from hypothesis import example, given
from hypothesis import strategies as st

KEY = "0123456789abcdef"


def test_it_is_the_first_half_of_hmac_sha256_in_hex() -> None:
    # printf %s jane@x.example | openssl dgst -sha256 -hmac 0123456789abcdef
    assert keyed_hash.keyed(KEY)("jane@x.example") == "269eaaaae5c703d93425697f6b44f343"


def test_another_key_makes_other_hashes() -> None:
    assert keyed_hash.keyed(KEY)("jane@x.example") != keyed_hash.keyed(KEY + "0")("jane@x.example")


@example(text="\ud800")
@given(text=st.text(st.characters(codec=None)))
def test_any_text_has_a_hash_that_fits_into_a_key(text: str) -> None:
    hashed = keyed_hash.keyed(KEY)(text)
    assert len(hashed) == 32
    assert set(hashed) <= set("0123456789abcdef")
    assert hashed == keyed_hash.keyed(KEY)(text)
