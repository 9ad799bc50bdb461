"""Half of a surrogate pair becomes U+FFFD, and nothing else is touched."""

import json
from typing import Any

import pytest
from daybook.model.posted import surrogates
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

ESCAPES = [
    "\\ud83d",
    "\\uDE00",
    "\\uD83D\\ude00",
    "\\ud7ff",
    "\\ue000",
    "\\\\",
    '\\"',
    "\\n",
    "\\u005c",
    "u",
    "d83d",
    "ü",
]


def characters(text: str) -> str:
    """The text with its pairs joined, and U+FFFD for what is left of them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@pytest.mark.parametrize(
    ("escaped", "replaced"),
    [
        (r"cut \ud83d", r"cut \ufffd"),
        (r"\uDE00 cut", r"\ufffd cut"),
        (r"\ud83d\ude00", r"\ud83d\ude00"),
        (r"\ud83d\ud83d\ude00", r"\ufffd\ud83d\ude00"),
        (r"\ude00\ud83d", r"\ufffd\ufffd"),
        (r"\ud83d\n\ude00", r"\ufffd\n\ufffd"),
        (r"\\ud83d", r"\\ud83d"),
        (r"\\\ud83d", r"\\\ufffd"),
        (r"\ud83", r"\ud83"),
        (r"\ud83d\ude0", r"\ufffd\ude0"),
        (r"\uD7FF \ue000", r"\uD7FF \ue000"),
    ],
)
def test_escapes(escaped: str, replaced: str) -> None:
    assert surrogates.replace_escapes(escaped.encode()) == replaced.encode()


@given(st.lists(st.sampled_from(ESCAPES), max_size=12))
def test_any_escapes_side_by_side(parts: list[str]) -> None:
    text = '"' + "".join(parts) + '"'
    assert json.loads(surrogates.replace_escapes(text.encode())) == characters(json.loads(text))


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_can_be_written_and_is_what_it_was_but_for_surrogates(text: str) -> None:
    replaced = surrogates.replace(text)
    replaced.encode()
    pairs = zip(text, replaced, strict=True)
    assert all(one == other or (other == "\ufffd" and "\ud800" <= one <= "\udfff") for one, other in pairs)


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"name": "a\ud83d", "action": "b"}, ["name"]),
        ({"name": "a\ufffd", "action": "b\0"}, []),
        ({"body": {"text": "\ude00", "html": "\U0001f600"}}, ["body.text"]),
        ({"details": {"a": [{"b": "\ud83d"}]}}, ["details"]),
        ({"details": {"\ud83d": 1}}, ["details"]),
        ({"details": {"\ufffd": 1} | {"\ud83d": 1}}, ["details"]),
        (
            {"affected": [{"name": "a"}, {"name": "\ud83d", "before": {"\ud83d": 1}, "after": ["\ude00"]}]},
            ["affected[1].name", "affected[1].before", "affected[1].after"],
        ),
    ],
)
def test_the_fields_are_named(entry: dict[str, Any], fields: list[str]) -> None:
    data = json.dumps(entry).encode()
    forms = surrogates.replace_escapes(data), surrogates.mark_escapes(data)
    assert surrogates.replaced_fields(*map(Raw, forms)) == fields


def test_a_member_that_is_given_again_is_not_kept() -> None:
    data = rb'{"name": "\ud83d", "name": "whole"}'
    forms = surrogates.replace_escapes(data), surrogates.mark_escapes(data)
    assert surrogates.replaced_fields(*map(Raw, forms)) == []
