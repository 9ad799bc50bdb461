"""Keyed hashes: what stands in the table's keys for an address, a phone number or a caller's own key."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeAlias

# 128 bits: in a billion addresses of one key the chance that any two share a hash is about 1 in 10**21.
BYTES = 16


KeyedHash: TypeAlias = Callable[[str], str]


def keyed(key: str) -> KeyedHash:
    """HMAC-SHA256 (RFC 2104) with this key, its first BYTES in hex. Without the key nobody can try addresses out."""
    secret = key.encode()

    def digest(text: str) -> str:
        # Half a surrogate pair is no UTF-8, but it may stand in a path.
        return hmac.digest(secret, text.encode(errors="surrogatepass"), "sha256")[:BYTES].hex()

    return digest
