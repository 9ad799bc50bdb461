"""Text that others wrote, made safe to print: no control character or escape sequence of theirs reaches a terminal."""

from __future__ import annotations

import json
import re

# C0, C1, the marks that reorder text, line and paragraph separators, halves of surrogate pairs.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(f"[{_UNSAFE}]")
_UNSAFE_IN_TEXT = re.compile(f"(?![\n\t])[{_UNSAFE}]")
_BREAKS = re.compile(r"\s*[\r\n\t]\s*")


def one_line(value: object) -> str:
    """A value as one line: line breaks and tabs become a space, other control characters `\\u001b`. None is empty."""
    return _UNSAFE_IN_LINE.sub(_escape, _BREAKS.sub(" ", "" if value is None else str(value)))


def multiline(value: object) -> str:
    """A value as text with its line breaks and tabs; other control characters become `\\u001b`."""
    return _UNSAFE_IN_TEXT.sub(_escape, str(value).replace("\r\n", "\n"))


def json_line(value: object) -> str:
    """A value as one line of JSON."""
    return _UNSAFE_IN_LINE.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    # As JSON writes it, so that a line of JSON stays one.
    return f"\\u{ord(match[0]):04x}"
