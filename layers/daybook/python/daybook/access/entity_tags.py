"""Entity tags, and If-Match: a change is made only where what it was decided upon still stands (RFC 9110)."""

from __future__ import annotations

import hashlib
import re

import msgspec
from msgspec import Struct

from daybook.core.errors import MalformedError, PreconditionFailedError

# https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 and #section-5.6.1: an element of a list may be empty.
_TAG = r'(W/)?("[\x21\x23-\x7e\x80-\U0010ffff]*+")'
_ELEMENT = rf"[ \t]*+(?:{_TAG}[ \t]*+)?+"
_LIST = re.compile(rf"{_ELEMENT}(?:,{_ELEMENT})*+")

# Of a hash in hexadecimal digits: so many tell any two states apart.
DIGITS = 32


class IfMatch(Struct, frozen=True):
    """What the state has to be: one of these strong entity tags, or any where there are None."""

    tags: frozenset[str] | None = None

    def require(self, current: str) -> None:
        """PreconditionFailedError where the state with this entity tag is none of those."""
        if self.tags is not None and current not in self.tags:
            raise PreconditionFailedError("this is no longer as it was with that ETag: read it again, and then change")


def entity_tag(value: object) -> str:
    """The strong entity tag of a value of msgspec's types, whatever the order of its members."""
    digest = hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
    return f'"{digest[:DIGITS]}"'


def parse_if_match(header: str | None) -> IfMatch:
    """The precondition of a request with this header, None where it has none. MalformedError.

    A weak tag matches nothing (RFC 9110, 13.1.1).
    """
    if header is None or header.strip(" \t") == "*":
        return IfMatch()
    tags = re.findall(_TAG, header)
    if not tags or _LIST.fullmatch(header) is None:
        raise MalformedError(
            'If-Match must be the ETag of an answer in its quotes, as in "0f3a", several by commas, or *'
        )
    return IfMatch(frozenset(tag for weak, tag in tags if not weak))
