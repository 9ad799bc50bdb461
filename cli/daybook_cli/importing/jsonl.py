"""`daybook import jsonl`: entries in the shape of the API, which get a key where they have a time and no key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from daybook_cli.importing import derived_keys
from daybook_cli.importing.derived_keys import DerivedKeys
from daybook_cli.importing.files import UnmappableError, json_reader
from daybook_cli.posting.batches import Item
from daybook_cli.posting.entry_input import unwrap_entries
from daybook_cli.posting.json_files import Fault


class JsonlReader:
    """Reads such files; `without_key` counts the entries that another import stores again."""

    def __init__(self) -> None:
        self.without_key = 0

    def read(self, file: IO[bytes], name: str) -> Iterator[Item | Fault]:
        """The entries of one file; keys are numbered within it."""
        keys = DerivedKeys()
        return json_reader(unwrap_entries, lambda entry: self._with_key(entry, keys))(file, name)

    def _with_key(self, entry: Any, keys: DerivedKeys) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise UnmappableError("not an entry: not a JSON object")
        if not derived_keys.lacks_key(entry):
            return entry
        if entry.get("occurred_at") is None:
            self.without_key += 1
            return entry
        return keys.with_key(entry)
