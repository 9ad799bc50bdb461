"""Reading fields of records that others wrote: whatever is missing or of another type reads as empty."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# Control characters and halves of surrogate pairs, which no request can carry.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LONGEST_TEXT = 1024
_LONGEST_NAME = 128
_MOST_ITEMS = 50
_DEEPEST = 6
_SAFE_INTEGER = 2**53


def mapping_at(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    value = mapping.get(name)
    return value if isinstance(value, dict) else {}


def list_at(mapping: dict[str, Any], name: str) -> list[Any]:
    value = mapping.get(name)
    return value if isinstance(value, list) else []


def text_at(mapping: dict[str, Any], name: str) -> str:
    """A text or number as clean text; empty for anything else."""
    value = mapping.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))


def clean(text: str) -> str:
    return _UNUSABLE.sub(" ", text).strip()


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def size_of(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def trimmed(value: Any, depth: int = 0) -> Any:
    """A value as it may stand in an entry's details: long texts and lists cut, deep nesting written as text."""
    if isinstance(value, str):
        return cut(clean(value), _LONGEST_TEXT)
    if isinstance(value, dict | list) and depth == _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {cut(clean(name), _LONGEST_NAME): trimmed(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        more = [f"… {len(value) - _MOST_ITEMS} more"] if len(value) > _MOST_ITEMS else []
        return [trimmed(each, depth + 1) for each in value[:_MOST_ITEMS]] + more
    if _is_odd_number(value):
        return cut(str(value), _LONGEST_TEXT)
    return value


def _is_odd_number(value: Any) -> bool:
    """A number that other readers of JSON would change or refuse."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not math.isfinite(value) or (isinstance(value, int) and abs(value) > _SAFE_INTEGER)
