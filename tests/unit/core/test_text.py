"""How texts become words: one spelling for all that staff would call the same."""

import unicodedata

import pytest
from daybook.core.text import normal_forms, tokens
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        (" *** ", ""),
        ("Maria  Garcia\n", "maria garcia"),
        ("José Núñez", "jose nunez"),
        ("Małgorzata Sørensen", "malgorzata sorensen"),
        ("Ægir Straße", "aegir strasse"),
        ("'quoted' ' alone", "quoted alone"),
        ("john.doe+x@example.com", "john doe x example com"),
        ("check_in_kiosk", "check in kiosk"),
        ("family/123", "family 123"),
        ("10.0.3.4", "10 0 3 4"),
        ("Ⅳ ½ ①", "iv 1 2 1"),
        ("ＦＵＬＬ－ＷＩＤＴＨ", "full width"),
        ("Party 🎉 (2)", "party 🎉 2"),
        ("👩\u200d👧", "👩 👧"),
        ("\ud800lone", "lone"),
        ("NUL\0NUL", "nul nul"),
    ],
)
def test_a_text_is_its_words_in_one_spelling(text: str, normal: str) -> None:
    assert normal_forms(text) == (normal,)


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("GetBucketACLInfo", ("getbucketaclinfo", "get bucket acl info")),
        ("S3Bucket", ("s3bucket", "s3 bucket")),
        ("McDonald van-Dyke", ("mcdonald van dyke", "mc donald van dyke")),
        ("ÉtéÀParis", ("eteaparis", "ete a paris")),
        ("αΒγ", ("αβγ", "α βγ")),
    ],
)
def test_a_text_with_humps_is_also_split_at_them(text: str, both: tuple[str, str]) -> None:
    assert normal_forms(text) == both


@pytest.mark.parametrize("text", ["get", "GET", "Get", "JOHN SMITH", "Obrien", "A1", "a1b", "Été"])
def test_a_text_without_humps_has_one_spelling(text: str) -> None:
    assert len(normal_forms(text)) == 1


@pytest.mark.parametrize("apostrophe", list("'’‘ʼʻ`´′׳＇"))
def test_a_text_with_an_apostrophe_is_also_split_there(apostrophe: str) -> None:
    assert normal_forms(f"O{apostrophe}Brien") == ("obrien", "o brien")
    assert normal_forms(f"L{apostrophe}École") == ("lecole", "l ecole")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("🎉Party★class★✅Done ©2026", "🎉 party ★ class ★ ✅ done © 2026"),
        ("in\u00advoice \u200eleft\u200f می\u200cخواهم", "invoice left ميخواهم"),
        ("محـمد کی", "محمد كي"),
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("١٢٣ ४५", "123 45"),
        ("Ðặng Sigurður Þór", "dang sigurdur thor"),
        ("Ελλάδα Йога", "ελλαδα иога"),
    ],
)
def test_scripts_are_read_without_what_may_be_left_out(text: str, normal: str) -> None:
    assert normal_forms(text) == (normal,)


@pytest.mark.parametrize(("one", "other"), [("ดี", "ดู"), ("มี", "มา"), ("सुमन", "सेमन"), ("कमल", "कम्ल"), ("ぱぱ", "はは")])
def test_a_mark_that_is_a_vowel_or_another_consonant_counts(one: str, other: str) -> None:
    assert normal_forms(one) != normal_forms(other)


def test_the_tokens_are_the_words_of_both_spellings() -> None:
    assert tokens("GetBucket of José") == {"getbucket", "get", "bucket", "of", "jose"}
    assert tokens("***") == set()


@given(st.text(st.characters()))
def test_a_normal_is_its_own_normal(text: str) -> None:
    for normal in normal_forms(text):
        assert normal_forms(normal)[0] == normal
        assert normal == " ".join(normal.split())


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_how_unicode_composes_a_text_does_not_matter(text: str, form: str) -> None:
    assert normal_forms(unicodedata.normalize(form, text)) == normal_forms(text)  # type: ignore[arg-type]


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_case_does_not_matter(text: str) -> None:
    assert normal_forms(text.upper())[0] == normal_forms(text.lower())[0] == normal_forms(text)[0]


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_takes_a_shorter_way_to_the_same_words(text: str) -> None:
    assert normal_forms(f"{text} é") == tuple(f"{normal} e".strip() for normal in normal_forms(text))
