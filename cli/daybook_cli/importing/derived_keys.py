"""Keys for entries that have none, so that a second import of the same file stores nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from daybook_cli.importing.files import UnmappableError

_BYTES_REMEMBERED = 8


class DerivedKeys:
    """The keys of one file: a hash of the entry, and for one that is there several times, its number among its equals.

    Neither the file's name nor the place in it count, so that files which overlap agree on what they share.
    """

    def __init__(self) -> None:
        # Part of the hash is enough to remember: two entries that share it would only be numbered together.
        self._seen: set[int] = set()
        self._again: Counter[int] = Counter()

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry with a key; UnmappableError where it is nested too deeply to be hashed."""
        try:
            canonical = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
        except (ValueError, RecursionError) as error:
            raise UnmappableError(f"cannot be written as JSON: {error}") from error
        digest = hashlib.sha256(canonical)
        number = self._number(int.from_bytes(digest.digest()[:_BYTES_REMEMBERED]))
        return entry | {"key": f"sha256-{digest.hexdigest()}" + (f"-{number}" if number > 1 else "")}

    def _number(self, part: int) -> int:
        if part not in self._seen:
            self._seen.add(part)
            return 1
        self._again[part] += 1
        return self._again[part] + 1


def is_missing(entry: dict[str, Any]) -> bool:
    """Whether nothing tells the API that an entry was sent before."""
    return entry.get("key") is None and entry.get("message_id") is None
