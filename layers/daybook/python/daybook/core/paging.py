"""Cursors: where a page ended, sealed together with the list that it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from daybook.core.errors import InvalidCursorError

MAX_LIMIT = 200


BUDGET = 5_000


Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]


Order = Literal["desc", "asc"]


Cursor = Annotated[str, Meta(min_length=1, max_length=4096, description="the `next` of the page before")]


SEAL_BYTES = 16


_NOT_OURS = "the cursor is not one that this list, with these parameters, gave out"


class Cursors:
    """Seals positions with a secret of the deployment. A position holds only what its page showed, never a key."""

    def __init__(self, *, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, position: Sequence[str], bound_to: Sequence[str]) -> str:
        payload = msgspec.json.encode(position)
        return base64.urlsafe_b64encode(self._tag(payload, bound_to) + payload).decode().rstrip("=")

    def verify(self, cursor: str, bound_to: Sequence[str]) -> list[str]:
        """The position in a cursor. InvalidCursorError for a changed one, or one of another list."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidCursorError(_NOT_OURS) from error
        tag, payload = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        if not hmac.compare_digest(tag, self._tag(payload, bound_to)):
            raise InvalidCursorError(_NOT_OURS)
        position = msgspec.json.decode(payload, type=list[str])
        # The last character of base64 has bits to spare; changing those is a change too.
        if self.sign(position, bound_to) != cursor:
            raise InvalidCursorError(_NOT_OURS)
        return position

    def _tag(self, payload: bytes, bound_to: Sequence[str]) -> bytes:
        message = msgspec.json.encode(bound_to) + b"\n" + payload
        return hmac.new(self._secret, message, hashlib.sha256).digest()[:SEAL_BYTES]
