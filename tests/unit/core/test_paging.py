"""A cursor is verified only unchanged, and for the list that it was signed for."""

import pytest
from daybook.core.errors import InvalidCursorError
from daybook.core.paging import Cursors
from hypothesis import given
from hypothesis import strategies as st

CURSORS = Cursors(secret="secret")
words = st.lists(st.text(), max_size=5)


@given(words, words)
def test_a_cursor_gives_back_its_position(position: list[str], bound_to: list[str]) -> None:
    assert CURSORS.verify(CURSORS.sign(position, bound_to), bound_to) == position


@given(words, words, words)
def test_a_cursor_of_another_list_is_refused(position: list[str], bound_to: list[str], other: list[str]) -> None:
    if bound_to != other:
        with pytest.raises(InvalidCursorError):
            CURSORS.verify(CURSORS.sign(position, bound_to), other)


def test_every_change_of_one_character_is_refused() -> None:
    cursor = CURSORS.sign(["202605010000000001k80jufie33rv6keb5", "smith@mail.example"], ["riverside"])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. é"
    for place in range(len(cursor)):
        for letter in alphabet:
            changed = cursor[:place] + letter + cursor[place + 1 :]
            if changed != cursor:
                with pytest.raises(InvalidCursorError):
                    CURSORS.verify(changed, ["riverside"])


@given(st.text())
def test_garble_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        CURSORS.verify(text, [])


def test_another_deployments_cursor_is_refused() -> None:
    with pytest.raises(InvalidCursorError):
        CURSORS.verify(Cursors(secret="other").sign(["a"], []), [])
