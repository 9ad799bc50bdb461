"""Keyed hashes: pseudonyms for addresses, phone numbers and idempotency keys in the table's keys."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeAlias

# 128 bits: among a billion addresses the chance that any two share a hash is about 1 in 10**21.
BYTES = 16
KeyedHash: TypeAlias = Callable[[str], str]


def keyed(key: str) -> KeyedHash:
    """A function that gives the HMAC-SHA256 (RFC 2104) of a text: its first BYTES, as 32 hexadecimal digits.

    Without the key, nobody can find an address by hashing candidates.
    """
    secret = key.encode()

    def keyed_hash(text: str) -> str:
        # A lone surrogate is not valid UTF-8, but a path may contain one.
        return hmac.digest(secret, text.encode(errors="surrogatepass"), "sha256")[:BYTES].hex()

    return keyed_hash
