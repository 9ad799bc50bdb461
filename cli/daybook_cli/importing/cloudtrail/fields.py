"""Fields of records that others wrote: what is missing or of another type reads as empty."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

# Control characters and halves of surrogate pairs, which no request can carry.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MAX_TEXT = 1024
_MAX_NAME = 128
_MAX_ITEMS = 50
_MAX_DEPTH = 6
_MAX_SAFE_INTEGER = 2**53


def object_at(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    """An object; empty for anything else."""
    value = mapping.get(name)
    return value if isinstance(value, dict) else {}


def list_at(mapping: dict[str, Any], name: str) -> list[Any]:
    """A list; empty for anything else."""
    value = mapping.get(name)
    return value if isinstance(value, list) else []


def text_at(mapping: dict[str, Any], name: str) -> str:
    """A text or number as clean text; empty for anything else."""
    value = mapping.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))


def clean(text: str) -> str:
    """The text without control characters and what cannot be seen (category Cf), and without blanks around it."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return _UNUSABLE.sub(" ", visible).strip()


def truncated(text: str, limit: int) -> str:
    """The text in at most `limit` characters; a longer one ends in `…`."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def json_size(value: Any) -> int:
    """Bytes of the value as JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def trimmed(value: Any, depth: int = 0) -> Any:
    """A value as it may stand in an entry's details: long texts, long lists and deep nesting are cut, with a `…`."""
    if isinstance(value, str):
        return truncated(clean(value), _MAX_TEXT)
    if isinstance(value, dict | list) and depth == _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {truncated(clean(name), _MAX_NAME): trimmed(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        more = [f"… {len(value) - _MAX_ITEMS} more"] if len(value) > _MAX_ITEMS else []
        return [trimmed(each, depth + 1) for each in value[:_MAX_ITEMS]] + more
    if _is_unsafe_number(value):
        return truncated(str(value), _MAX_TEXT)
    return value


def _is_unsafe_number(value: Any) -> bool:
    """Whether other readers of JSON would change or refuse this number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not math.isfinite(value) or (isinstance(value, int) and abs(value) > _MAX_SAFE_INTEGER)
