"""Which texts name one mailbox, so that nobody's is taken for another's."""

import sys
import unicodedata

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


@pytest.mark.parametrize(
    "text",
    [
        *(" kim@post.example", "kim@post.example ", "kim@post.example (Kim)", "a b", "<>", "(Kim) ", "Kim <>"),
        *("Lee, Kim <kim@post.example>", "kim@post.example, lee@post.example", "<kim@a.example> <lee@a.example>"),
    ],
)
def test_a_part_none_or_several_name_no_one_mailbox(text: str) -> None:
    assert not addresses.names_one_mailbox(text)


@given(st.text('ab@.<>()," \\;:+%/[]', max_size=12))
@example("a, b <c@d>")
@example("a@b <c@d>")
def test_what_names_one_is_found_under_its_own_name(text: str) -> None:
    mailbox = addresses.normalize(text)
    if addresses.names_one_mailbox(text):
        assert mailbox == text or text.endswith(f"<{mailbox}>")
    else:
        assert {" ", "<"} & set(text)


def test_of_several_mailboxes_none_is_taken() -> None:
    for text in ("Lee, Kim <kim@post.example>", "kim@post.example, lee@post.example", "a@b.example <kim@post.example>"):
        assert addresses.normalize(text) == text.lower()


@given(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]))
@example("\u212a")
@example("\u0130")
def test_no_other_character_becomes_an_ascii_mailbox(character: str) -> None:
    assert not addresses.normalize(f"{character}im@post.example").isascii()


def test_composed_and_decomposed_letters_are_one() -> None:
    for spelling in (
        "jos\u00e9@fam.example",
        "jose\u0301@fam.example",
        "JOSE\u0301@FAM.example",
        "JOS\u00c9@fam.example",
    ):
        assert addresses.normalize(spelling) == "jos\u00e9@fam.example"
    # A capital without a composed form has a small one with it.
    assert addresses.normalize("J\u030c@fam.example") == addresses.normalize("\u01f0@fam.example")


def test_no_character_of_unicode_becomes_ascii_in_a_local_part() -> None:
    """Also not beside others, with which it might be composed."""
    becoming = []
    for code_point in range(0x80, sys.maxunicode + 1):
        character = chr(code_point)
        if not 0xD800 <= code_point <= 0xDFFF and addresses.normalize(f"k{character}k").isascii():
            becoming.append(character)
    assert becoming == []
    # What would do so by Unicode alone.
    for character in ("\u212a", "\u037e", "\u1fef"):
        assert unicodedata.normalize("NFC", character).isascii()
        assert addresses.normalize(f"{character}@Post.example") == f"{character}@post.example"


@given(st.text(max_size=8))
@example("\u212a\u0327")
@example("\u0130\u0323")
def test_a_mailbox_is_its_own_normal_form(local: str) -> None:
    text = f"{local.replace('<', '').replace(' ', '')}@post.example"
    mailbox = addresses.normalize(text)
    assert addresses.normalize(mailbox) == mailbox
    for form in ("NFC", "NFD"):
        if not any(character in local for character in "\u212a\u037e\u1fef"):
            assert addresses.normalize(unicodedata.normalize(form, text)) == mailbox


SPELLINGS = [
    "jane@x.example", " jane@x.example\r\n", "JANE@X.example", "\u200bjane@x.example\ufeff", "<jane@x.example>",
    "<<jane@x.example>>", "<jane@x.example", "jane@x.example>", "'jane@x.example'", '"jane@x.example"',
    "`jane@x.example'", "\u2018jane@x.example\u2019", "[jane@x.example]", "<'jane@x.example'>",
    # Names, quoted or not, and comments.
    "Doe, Jane <jane@x.example>", '"Doe, Jane" <jane@x.example>', "Doe, Jane\r\n <jane@x.example>",
    "'Doe, Jane' <'jane@x.example'>", '"jane@x.example" <jane@x.example>', "'jane@x.example' <jane@x.example>",
    '"Doe, \\"J\\" Jane" <jane@x.example>', "Jane O'Neil <jane@x.example>", "Doe (Office) <jane@x.example>",
    '"other <john@x.example>" <jane@x.example>', "=?utf-8?q?Doe=2C_Jane?= <jane@x.example>", "<jane@x.example> Jane",
    "jane@x.example (Jane Doe)", "jane@x.example(Jane)", "(Jane) jane@x.example", "Jane [mailto:jane@x.example]",
    "Jane Doe [jane@x.example]", "<jane@x.example> (expanded from <all@x.example>)",
    # Types of addresses.
    "rfc822;jane@x.example", "RFC822; jane@x.example", "rfc822;<jane@x.example>", "rfc822; Doe, Jane <jane@x.example>",
    'rfc822;"jane@x.example"', "rfc822;'jane@x.example'", "utf-8;jane@x.example", "utf-8; jan\\x{65}@x.example",
    "X-Local; jane@x.example", "smtp:jane@x.example", "SMTP:JANE@X.EXAMPLE", "mailto:jane@x.example",
    "MAILTO: jane@x.example", "mailto:jane%40x.example", "mailto:jane@x.example?subject=Hi", "<mailto:jane@x.example>",
    "to: jane@x.example", "recipients: jane@x.example;",
    # Dots, punctuation, routes.
    "jane@x.example.", "<jane@x.example.>", "jane@x.example..", "rfc822;jane@x.example.", "jane@x.example;",
    "jane@x.example,", "<jane@x.example>:", "jane@x.example:", "@relay.example:jane@x.example",
    "<@relay.example,@hub.example:jane@x.example>", "jane @ x.example", "jane@x\u3002example\u3002",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_mailbox_in_what_mail_servers_write(spelling: str) -> None:
    assert addresses.mailbox(spelling) == "jane@x.example"


@pytest.mark.parametrize(
    ("spelling", "mailbox"),
    [
        ("Mama <mama.@docomo.example>", "mama.@docomo.example"),
        ("rfc822;a..b@docomo.example", "a..b@docomo.example"),
        ("'o'neil@x.example'", "o'neil@x.example"),
        ("o'neil@x.example", "o'neil@x.example"),
        ("'neil@x.example", "'neil@x.example"),
        ("100%25@x.example", "100%25@x.example"),
        ("jane?x@x.example", "jane?x@x.example"),
        ('"jane doe"@x.example', '"jane doe"@x.example'),
        ('Jane <"jane doe"@x.example>', '"jane doe"@x.example'),
        ('"a<john@x.example>d"@x.example', '"a<john@x.example>d"@x.example'),
        ('"john@x.example"@y.example', '"john@x.example"@y.example'),
        ("jane@[192.0.2.1]", "jane@[192.0.2.1]"),
        ("<jane@[192.0.2.1]>", "jane@[192.0.2.1]"),
        ("jane@gmail", "jane@gmail"),
        ("utf-8;jos\\x{E9}@b\u00fccher.example", "jos\u00e9@xn--bcher-kva.example"),
        ("utf-8;x\\x{D800}@x.example", "x\\x{d800}@x.example"),
        ("Jos\u00e9 <JOSE\u0301@B\u00dcCHER.example>", "jos\u00e9@xn--bcher-kva.example"),
        # Two addresses, or none.
        ("<jane@x.example> <john@x.example>", "<jane@x.example> <john@x.example>"),
        ("jane@x.example, john@x.example", "jane@x.example, john@x.example"),
        ("Jane and john@x.example", "jane and john@x.example"),
        ("", ""),
        (" \t", ""),
        ("<>", "<>"),
        ("rfc822;", "rfc822;"),
        ("Postmaster", "postmaster"),
    ],
)
def test_what_belongs_to_the_address_stays(spelling: str, mailbox: str) -> None:
    assert addresses.mailbox(spelling) == mailbox


@given(st.text("ab@.<>()\"' \\;:[]%", max_size=14))
def test_any_spelling_has_a_mailbox_of_its_own(text: str) -> None:
    mailbox = addresses.mailbox(text)
    assert addresses.mailbox(mailbox) == mailbox
    # It is made of nothing but the spelling.
    assert len(mailbox) <= len(text)


@pytest.mark.parametrize(
    ("mailbox", "bare"),
    [
        ('"mama."@docomo.example', "mama.@docomo.example"),
        ('"jane doe"@x.example', '"jane doe"@x.example'),
        ('"a\\b"@x.example', '"a\\b"@x.example'),
        ("jane@x.example", "jane@x.example"),
    ],
)
def test_quotes_that_change_nothing(mailbox: str, bare: str) -> None:
    assert addresses.normalize(mailbox) == addresses.mailbox(mailbox) == bare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@x.example, Bob@x.example", {"ann@x.example", "bob@x.example"}),
        ("Ann <ann@x.example>; Bob <bob@x.example>", {"ann@x.example", "bob@x.example"}),
        ("ann@x.example/bob@x.example", {"ann@x.example", "bob@x.example"}),
        ("bob@x.example <ann@x.example>", set()),
        ("ann bob@x.example", set()),
        ('"ann@home, bob"@x.example', set()),
        ("ann@x.example, ANN@x.example", set()),
        ("unknown", set()),
    ],
)
def test_the_mailboxes_in_a_text_of_several(text: str, expected: set[str]) -> None:
    assert addresses.mailboxes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mama.@docomo.example", True),
        ("jane@gmail", True),
        ('"jane doe"@x.example', True),
        ("jane@[203.0.113.7]", True),
        ("jane doe@x.example", False),
        ("jane@@x.example", False),
        ("@x.example", False),
        ("jane@", False),
        ("unknown", False),
        ("a@x.example,b@x.example", False),
    ],
)
def test_what_mail_could_be_sent_to(text: str, expected: bool) -> None:
    assert addresses.is_mailbox(text) is expected
