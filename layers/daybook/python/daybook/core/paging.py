"""Pages of lists: their limits, and signed cursors that say where a page ended."""

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

# Items that one request reads at most, however few of them match its filters: the page ends there, with a cursor.
READ_BUDGET = 5_000

Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]
Order = Literal["desc", "asc"]
Cursor = Annotated[str, Meta(min_length=1, max_length=4096, description="the `next` of the page before")]
SIGNATURE_BYTES = 16
_INVALID = "the cursor is not one that this list, with these parameters, gave out"


class Cursors:
    """Signs positions with a secret of the deployment (HMAC-SHA256, RFC 2104; cut to 128 bits).

    A cursor is signed but not encrypted: a position holds only what its page showed, never a key of the table.
    """

    def __init__(self, *, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, position: Sequence[str], bound_to: Sequence[str]) -> str:
        """A cursor for this position, as unpadded base64url (RFC 4648). `bound_to` names the list and its filters."""
        payload = msgspec.json.encode(position)
        return base64.urlsafe_b64encode(self._signature(payload, bound_to) + payload).decode().rstrip("=")

    def verify(self, cursor: str, bound_to: Sequence[str]) -> list[str]:
        """The position in a cursor. InvalidCursorError where it was changed, or is of another list."""
        try:
            signed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidCursorError(_INVALID) from error
        signature, payload = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload, bound_to)):
            raise InvalidCursorError(_INVALID)
        position = msgspec.json.decode(payload, type=list[str])
        # The last character of base64 has unused bits; changing those is a change too.
        if self.sign(position, bound_to) != cursor:
            raise InvalidCursorError(_INVALID)
        return position

    def _signature(self, payload: bytes, bound_to: Sequence[str]) -> bytes:
        message = msgspec.json.encode(bound_to) + b"\n" + payload
        return hmac.new(self._secret, message, hashlib.sha256).digest()[:SIGNATURE_BYTES]
