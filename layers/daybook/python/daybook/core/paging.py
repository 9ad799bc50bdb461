"""Pages of lists: their limits of entries and bytes, and sealed cursors that say where a page ended."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

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
# Of any length: what was not given out is an invalid cursor, whatever is wrong with it.
Cursor = Annotated[str, Meta(description="the `next` or `prev` of another page")]
TAG_BYTES = 16

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_INVALID = (
    "the cursor is not one that this list, with these parameters, gave out: begin at the first page, or send the "
    "parameters of the page that it came with"
)


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


class Start(Struct, frozen=True):
    """Where a page of a list begins to be read.

    `at` is a position of that list. Read onward, the page has what is behind it; read `backward`, what is before it.
    What stands at the position itself is on the page only where it is `included`.
    """

    at: tuple[str, ...]
    backward: bool = False
    included: bool = False

    @property
    def opposite(self) -> Start:
        """The start of the page on the other side, which has nothing in common with this one."""
        return Start(self.at, not self.backward, not self.included)


# What a cursor names before its position, by whether it is read backward, and whether the position is included.
_MARKS = {(False, False): ">", (False, True): ">=", (True, False): "<", (True, True): "<="}
_READINGS = {mark: reading for reading, mark in _MARKS.items()}


class Links(Struct, frozen=True):
    """The cursors of the pages behind and before a page; None where there is none."""

    next: str | None
    prev: str | None


NO_LINKS = Links(None, None)


def in_order(rows: Sequence[T], start: Start | None) -> list[T]:
    """The rows of a page in the order of its list, from that in which they were read."""
    return list(reversed(rows) if start is not None and start.backward else rows)


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

    def start(self, cursor: str | None, bound_to: Sequence[str]) -> Start | None:
        """Where the page of a cursor begins; None for the first page of the list, which has none. As `open`."""
        if cursor is None:
            return None
        mark, *at = self.open(cursor, bound_to) or [""]
        if mark not in _READINGS:
            raise InvalidCursorError(_INVALID)
        return Start(tuple(at), *_READINGS[mark])

    def links(self, start: Start | None, end: Sequence[str] | None, bound_to: Sequence[str]) -> Links:
        """The links of a page that was read from `start`, None for the list's beginning, to the position `end`.

        `end` is that of the last row that was read, and None where the list ended. A page has another before it
        wherever it was reached by a cursor and not read to the beginning of the list. That one may be empty by now.
        """
        backward = start is not None and start.backward
        onward = None if end is None else self._link(Start(tuple(end), backward), bound_to)
        back = None if start is None else self._link(start.opposite, bound_to)
        return Links(back, onward) if backward else Links(onward, back)

    def _link(self, start: Start, bound_to: Sequence[str]) -> str:
        return self.seal([_MARKS[start.backward, start.included], *start.at], bound_to)

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
