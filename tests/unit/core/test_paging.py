"""A cursor opens only unchanged, and for the list that it was sealed for; it shows nothing of its position."""

import base64
import hashlib
import hmac

import msgspec
import pytest
from daybook.core.errors import InvalidCursorError
from daybook.core.keyed_hash import keyed
from daybook.core.paging import TAG_BYTES, Cursors, Start, in_order
from hypothesis import given
from hypothesis import strategies as st

CURSORS = Cursors(secret="secret")
words = st.lists(st.text(), max_size=5)
# A list may be named by a path, in which there can be half a surrogate pair.
any_words = st.lists(st.text(st.characters(exclude_categories=())), max_size=5)
POSITION, LIST = ["202605010000000001k80jufie33rv6keb5", "smith@mail.example"], ["riverside", "family", "emails"]
CURSOR = CURSORS.seal(POSITION, LIST)


def raw(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def is_refused(cursor: str, bound_to: list[str] = LIST, by: Cursors = CURSORS) -> None:
    with pytest.raises(InvalidCursorError):
        by.open(cursor, bound_to)


@given(words, any_words)
def test_a_cursor_gives_back_its_position(position: list[str], bound_to: list[str]) -> None:
    assert CURSORS.open(CURSORS.seal(position, bound_to), bound_to) == position


@given(words, any_words, any_words)
def test_a_cursor_of_another_list_is_refused(position: list[str], bound_to: list[str], other: list[str]) -> None:
    if bound_to != other:
        is_refused(CURSORS.seal(position, bound_to), other)


@pytest.mark.parametrize(
    "other",
    [
        ["hilltop", "family", "emails"],
        ["riverside", "family"],
        ["riverside", "family", "emails", ""],
        ["riverside", "familyemails"],
        ["family", "riverside", "emails"],
        [],
    ],
)
def test_a_cursor_is_bound_to_each_word_of_its_list(other: list[str]) -> None:
    is_refused(CURSOR, other)


def test_every_change_of_one_character_is_refused() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. é\n\ud800"
    for place in range(len(CURSOR)):
        for letter in alphabet:
            changed = CURSOR[:place] + letter + CURSOR[place + 1 :]
            if changed != CURSOR:
                is_refused(changed)


def test_every_flipped_bit_is_refused() -> None:
    sealed = raw(CURSOR)
    for place in range(len(sealed)):
        for bit in range(8):
            is_refused(text(sealed[:place] + bytes([sealed[place] ^ 1 << bit]) + sealed[place + 1 :]))


def test_what_is_cut_off_or_added_is_refused() -> None:
    sealed = raw(CURSOR)
    for length in range(len(sealed)):
        is_refused(text(sealed[:length]))
        is_refused(text(sealed[length + 1 :]))
    for length in range(len(CURSOR)):
        is_refused(CURSOR[:length])
    for added in ("=", "==", "A", "AA", "AAAA", "\n", " ", "\x00"):
        is_refused(CURSOR + added)
        is_refused(added + CURSOR)


def test_parts_of_two_cursors_are_no_cursor() -> None:
    other = raw(CURSORS.seal(["202605010000000001k80jufie33rv6keb5", "jones@mail.example"], LIST))
    is_refused(text(raw(CURSOR)[:TAG_BYTES] + other[TAG_BYTES:]))


@given(st.text(st.characters(exclude_categories=()), max_size=4096))
def test_garble_is_refused(garble: str) -> None:
    is_refused(garble)


@given(st.binary(max_size=3072))
def test_random_bytes_are_refused(sealed: bytes) -> None:
    is_refused(text(sealed))


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 4096])
def test_as_many_of_one_character_are_refused(length: int) -> None:
    for letter in "A=_~":
        is_refused(letter * length)


def test_another_deployments_cursor_is_refused() -> None:
    is_refused(CURSOR, by=Cursors(secret="other"))


def test_the_same_place_has_the_same_cursor() -> None:
    assert Cursors(secret="secret").seal(POSITION, LIST) == CURSOR


@given(words, any_words)
def test_of_a_position_only_its_length_shows(position: list[str], bound_to: list[str]) -> None:
    plaintext = msgspec.json.encode([*position, "smith@mail.example"])
    sealed = raw(CURSORS.seal([*position, "smith@mail.example"], bound_to))
    assert len(sealed) == TAG_BYTES + len(plaintext)
    assert not [start for start in range(len(plaintext) - 4) if plaintext[start : start + 5] in sealed]


def test_positions_that_begin_alike_have_nothing_in_common() -> None:
    cursors = [CURSORS.seal([f"smith@mail.example {number:03}"], LIST) for number in range(200)]
    for place in range(4, len(cursors[0]) - 1):
        # Of 200 random characters of an alphabet of 64, about 60 are different ones.
        assert len({cursor[place] for cursor in cursors}) > 40


def test_no_hash_of_the_table_is_a_key_of_the_cursors() -> None:
    """Whoever can choose what is hashed, and read the hash in a key of the table, does not learn a key."""
    hashed = keyed("secret")
    labels = ("daybook cursors: tag", "daybook cursors: encryption")
    keys = [CURSORS._tag_key, CURSORS._encryption_key]
    assert len({*keys}) == 2
    for label, key in zip(labels, keys, strict=True):
        assert key == hmac.digest(b"secret", label.encode(), hashlib.sha512)
        assert bytes.fromhex(hashed(label)) not in key


STARTS = st.builds(Start, st.lists(st.text(), max_size=3).map(tuple), st.booleans(), st.booleans())


@given(STARTS, words, any_words)
def test_a_pages_links_begin_at_its_two_ends(start: Start, end: list[str], bound_to: list[str]) -> None:
    links = CURSORS.links(start, end, bound_to)
    onward, back = (links.prev, links.next) if start.backward else (links.next, links.prev)
    assert CURSORS.start(onward, bound_to) == Start(tuple(end), start.backward)
    assert CURSORS.start(back, bound_to) == start.opposite
    assert start.opposite.opposite == start
    ended = CURSORS.links(start, None, bound_to)
    assert (ended.prev if start.backward else ended.next) is None


def test_the_first_page_has_nothing_before_it() -> None:
    assert CURSORS.start(None, LIST) is None
    assert CURSORS.links(None, POSITION, LIST).prev is None
    assert CURSORS.links(None, None, LIST).next is None


def test_rows_that_were_read_backwards_are_turned_round() -> None:
    assert in_order([1, 2], None) == in_order([1, 2], Start(("x",))) == [1, 2]
    assert in_order([1, 2], Start(("x",), backward=True)) == [2, 1]


@pytest.mark.parametrize("position", [POSITION, [], ["", "x"], ["=", "x"]])
def test_a_position_without_a_direction_is_where_no_page_begins(position: list[str]) -> None:
    with pytest.raises(InvalidCursorError):
        CURSORS.start(CURSORS.seal(position, LIST), LIST)
