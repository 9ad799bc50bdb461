"""Pages of lists: their limits of entries and bytes, and sealed cursors that say where a page ended."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from daybook.core.errors import InvalidCursorError

MAX_LIMIT = 200

# Items that one request reads at most, however few of them match its filters: the page ends there, with a cursor.
READ_BUDGET = 5_000

# A function answers so many bytes at most, as Lambda's error says, and API Gateway makes a 502 of more:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_ANSWER_BYTES = 6_291_556

# What the entries of a page may take of it, counted as `answer_bytes` does: the rest is for cursor and headers.
MAX_PAGE_BYTES = 5 * 1024 * 1024

Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]
Order = Literal["desc", "asc"]
Cursor = Annotated[str, Meta(min_length=1, max_length=4096, description="the `next` of the page before")]
TAG_BYTES = 16
_encoder = msgspec.json.Encoder()
_INVALID = "the cursor is not one that this list, with these parameters, gave out"


def fitting(rows: Sequence[object]) -> int:
    """How many of these rows, the first ones, a page may have: no more than MAX_PAGE_BYTES, but one at least.

    No row alone is too large: it is of one item of the table, which has 400 KB at most. A byte of it becomes seven at
    most: a control character, escaped twice.
    """
    left = MAX_PAGE_BYTES
    for number, row in enumerate(rows):
        left -= answer_bytes(_encoder.encode(row)) + 1
        if left < 0:
            return max(number, 1)
    return len(rows)


def fits(value: object) -> bool:
    """Whether a value that does not come by page is no larger than the entries of one may be."""
    return answer_bytes(_encoder.encode(value)) <= MAX_PAGE_BYTES


def answer_bytes(body: bytes) -> int:
    """How many bytes a JSON body takes in the answer of a function.

    The answer is JSON that holds the body as a string: each quote and backslash is escaped once more. All else stays
    as it is, since Lambda's runtime for Python 3.13 leaves UTF-8 unescaped:
    https://github.com/aws/aws-lambda-python-runtime-interface-client (`lambda_runtime_marshaller.py`).
    """
    return len(body) + body.count(b'"') + body.count(b"\\")


class Cursors:
    """Seals positions, so that whoever holds a cursor can neither read nor change it, nor use it for another list.

    This is authenticated encryption with a synthetic IV, the construction of RFC 5297 with other primitives:

        tag = HMAC-SHA256(tag key, list || position), its first 128 bits
        cursor = base64url(tag || position XOR SHAKE-256(encryption key || tag))

    A position may be a username, an address, or the path of a record that is not shown. So it must not be read. Only
    its length shows. The same position of the same list always gives the same cursor; no other gives the same key
    stream, as long as no two tags are equal.

    Both keys are HMAC-SHA512 of a label, keyed with `secret`. The hashes in the table's keys are HMAC-SHA256 with the
    same secret (`core.keyed_hash`): none of them, whatever was hashed, is one of these keys.
    """

    def __init__(self, *, secret: str) -> None:
        self._tag_key = _derived(secret, "daybook cursors: tag")
        self._encryption_key = _derived(secret, "daybook cursors: encryption")

    def seal(self, position: Sequence[str], bound_to: Sequence[str]) -> str:
        """A cursor for this position, as unpadded base64url (RFC 4648).

        `bound_to` names the list, its filters, and the permissions that decide what is in it.
        """
        plaintext = msgspec.json.encode(position)
        tag = self._tag(plaintext, bound_to)
        return base64.urlsafe_b64encode(tag + self._crypt(plaintext, tag)).decode().rstrip("=")

    def open(self, cursor: str, bound_to: Sequence[str]) -> list[str]:
        """The position in a cursor. InvalidCursorError where it was changed, or is of another list or deployment."""
        try:
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError as error:
            raise InvalidCursorError(_INVALID) from error
        tag, ciphertext = sealed[:TAG_BYTES], sealed[TAG_BYTES:]
        plaintext = self._crypt(ciphertext, tag)
        # Decoding skips characters of no alphabet, and ignores unused bits of the last one: those are changes, too.
        is_canonical = base64.urlsafe_b64encode(sealed).decode().rstrip("=") == cursor
        if not (hmac.compare_digest(tag, self._tag(plaintext, bound_to)) and is_canonical):
            raise InvalidCursorError(_INVALID)
        return msgspec.json.decode(plaintext, type=list[str])

    def _tag(self, plaintext: bytes, bound_to: Sequence[str]) -> bytes:
        # JSON on one line: where the list ends and the position begins is unambiguous. Its escapes are ASCII, so that a
        # path with a lone surrogate, which is not UTF-8, is a list like any other.
        message = json.dumps(list(bound_to)).encode() + b"\n" + plaintext
        return hmac.digest(self._tag_key, message, "sha256")[:TAG_BYTES]

    def _crypt(self, text: bytes, tag: bytes) -> bytes:
        """Encrypt a plaintext, or decrypt a ciphertext: XOR with the key stream of the tag."""
        stream = hashlib.shake_256(self._encryption_key + tag).digest(len(text))
        return bytes(left ^ right for left, right in zip(text, stream, strict=True))


def _derived(secret: str, label: str) -> bytes:
    return hmac.digest(secret.encode(), label.encode(), "sha512")
