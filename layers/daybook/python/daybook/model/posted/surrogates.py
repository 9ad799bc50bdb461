"""Lone surrogates, each half of a pair that stands for one character: U+FFFD takes their place.

A client that cuts a text between the halves sends one alone. JSON allows its escape (RFC 8259, 8.2), but it is no
character: UTF-8 has no bytes for it (RFC 3629, 3), so no store and no queue takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

REPLACEMENT = "\ufffd"

# As long as the escapes that they replace, so that a text keeps its size.
_REPLACEMENT_ESCAPE, _MARK_ESCAPE = rb"\ufffd", rb"\u0000"

# Every escape, so that the second half of an escaped backslash begins none.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")

# Fields of any JSON, which are named as a whole.
_ANY_JSON = frozenset({"details", "before", "after"})


def replace(text: str) -> str:
    """The text with U+FFFD for each surrogate."""
    return text if text.isascii() else _SURROGATE.sub(REPLACEMENT, text)


def replace_escapes(data: bytes) -> bytes:
    """The JSON with the escape of U+FFFD for that of each lone surrogate; all else stays, valid or not."""
    return _with_escape(data, _REPLACEMENT_ESCAPE)


def mark_escapes(data: bytes) -> bytes:
    """As `replace_escapes`, with another character: the two differ where a surrogate was, and nowhere else."""
    return _with_escape(data, _MARK_ESCAPE)


def _with_escape(data: bytes, escape: bytes) -> bytes:
    if b"\\ud" not in data and b"\\uD" not in data:
        return data
    return _ESCAPE.sub(lambda match: escape if match["lone"] else match[0], data)


def replaced_fields(replaced: Raw, marked: Raw) -> list[str]:
    """The paths of the fields by which an entry in the two forms differs, as errors name them.

    DecodeError where it is not JSON that can be read, RecursionError where it is nested too deeply.
    """
    if replaced == marked:
        return []
    return list(_differences(msgspec.json.decode(replaced), msgspec.json.decode(marked), ""))


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name, value in one.items():
            field = f"{path}.{name}" if path else name
            if name in _ANY_JSON and value != other.get(name):
                yield field
            elif name not in _ANY_JSON and name in other:
                yield from _differences(value, other[name], field)
    elif isinstance(one, list) and isinstance(other, list):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(*pair, f"{path}[{index}]")
    elif one != other:
        yield path
