"""Keys for entries that have none, so that another import of the same file stores nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from daybook_cli.importing.files import UnmappableError

_REMEMBERED_BYTES = 8


class DerivedKeys:
    """The keys of one file: a hash of the entry and, from its second occurrence in the file on, `-2` and so on.

    Neither the file's name nor the place in it count, so that files which overlap agree on what they share.
    """

    def __init__(self) -> None:
        # Part of the hash is enough to remember: two entries that share it would only be numbered together.
        self._seen: set[int] = set()
        self._repeated: Counter[int] = Counter()

    def with_key(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry with its key; UnmappableError where it is nested too deeply to be hashed."""
        try:
            canonical = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
        except (ValueError, RecursionError) as error:
            raise UnmappableError(f"cannot be written as JSON: {error}") from error
        digest = hashlib.sha256(canonical)
        occurrence = self._count(int.from_bytes(digest.digest()[:_REMEMBERED_BYTES]))
        return entry | {"key": f"sha256-{digest.hexdigest()}" + (f"-{occurrence}" if occurrence > 1 else "")}

    def _count(self, digest_part: int) -> int:
        if digest_part not in self._seen:
            self._seen.add(digest_part)
            return 1
        self._repeated[digest_part] += 1
        return self._repeated[digest_part] + 1


def lacks_key(entry: dict[str, Any]) -> bool:
    """Whether the API could not tell that an entry was posted before."""
    return entry.get("key") is None and entry.get("message_id") is None
