"""Which texts name one mailbox, so that nobody's is taken for another's."""

import pytest
from daybook.core import addresses
from hypothesis import example, given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("spelling", "mailbox"),
    [
        ("Kim.Lee@Post.example", "kim.lee@post.example"),
        ("Kim Lee <Kim.Lee@Post.example>", "kim.lee@post.example"),
        ("<kim@post.example>", "kim@post.example"),
        ('"Lee, Kim" <kim@post.example>', "kim@post.example"),
        ('"kim lee"@post.example', '"kim lee"@post.example'),
        ("o/neil@post.example", "o/neil@post.example"),
        ("100%@post.example", "100%@post.example"),
        ("kim+school@post.example", "kim+school@post.example"),
        ("\u212aIM@Post.example", "\u212aim@post.example"),
        ("Mi\u212ae <mi\u212aE@Post.example>", "mi\u212ae@post.example"),
        ("kim@\u212aiosk.example", "kim@kiosk.example"),
        ("\u212a", "\u212a"),
        ("ODYSSEU\u03a3@Post.example", "odysseu\u03c2@post.example"),
    ],
)
def test_an_address_names_its_mailbox(spelling: str, mailbox: str) -> None:
    assert addresses.names_one_mailbox(spelling)
    assert addresses.normalize(spelling) == mailbox


@pytest.mark.parametrize("text", [" kim@post.example", "kim@post.example ", "kim@post.example (Kim)", "a b"])
def test_what_normalize_would_take_a_part_of_names_none(text: str) -> None:
    assert not addresses.names_one_mailbox(text)


@given(st.text('ab@.<>()," \\;:+%/[]', max_size=12))
@example("a, b <c@d>")
@example("a@b <c@d>")
def test_what_names_one_is_found_under_its_own_name(text: str) -> None:
    mailbox = addresses.normalize(text)
    if addresses.names_one_mailbox(text):
        assert mailbox == text or text.endswith(f"<{mailbox}>")
    else:
        assert mailbox != text


@given(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]))
@example("\u212a")
@example("\u0130")
def test_no_other_character_becomes_an_ascii_mailbox(character: str) -> None:
    assert not addresses.normalize(f"{character}im@post.example").isascii()
