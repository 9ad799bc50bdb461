"""Kinds of attribute beyond pynamodb's: optional ones with a type that says so, integers, base64, epoch seconds.

Values that are JSON are text here: a condition on one is on the very text that was read.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from pynamodb.attributes import Attribute, TTLAttribute
from pynamodb.constants import BINARY, BOOLEAN, NUMBER, STRING


def json_text(value: object) -> str:
    """The JSON of a value of msgspec's types, as an attribute holds it."""
    return msgspec.json.encode(value).decode()


class OptionalText(Attribute[str | None]):
    attr_type = STRING
    null = True


class OptionalFlag(Attribute[bool | None]):
    attr_type = BOOLEAN
    null = True


class _Integer:
    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class Number(_Integer, Attribute[int]):
    """An integer."""


class OptionalNumber(_Integer, Attribute[int | None]):
    """An integer."""

    null = True


class Expiry(OptionalNumber, TTLAttribute):
    """TTL's attribute, in epoch seconds, as the retention policy counts."""

    def _normalize(self, value: Any) -> Any:
        return value


class _Bytes:
    """`aws.lean_parser` and Lambda's stream records have bytes as base64 text."""

    attr_type = BINARY

    def deserialize(self, value: bytes | str) -> bytes:
        return base64.b64decode(value) if isinstance(value, str) else value


class Binary(_Bytes, Attribute[bytes]):
    """Bytes."""


class OptionalBinary(_Bytes, Attribute[bytes | None]):
    """Bytes."""

    null = True
