"""`daybook import jsonl`: entries in the shape of the API, which get a key where they can have one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from daybook_cli.importing import derived_keys, files
from daybook_cli.importing.derived_keys import DerivedKeys
from daybook_cli.importing.files import UnmappableError
from daybook_cli.posting import json_files
from daybook_cli.posting.entry_input import entries_inside
from daybook_cli.posting.json_files import Fault
from daybook_cli.posting.sending import Item


class EntryLines:
    """A reader of such files; `unrepeatable` counts the entries that a second import would store again."""

    def __init__(self) -> None:
        self.unrepeatable = 0

    def read(self, file: IO[bytes], name: str) -> Iterator[Item | Fault]:
        keys = DerivedKeys()
        for found in json_files.read(file, name, entries_inside):
            yield (
                found if isinstance(found, Fault) else files.converted(found, lambda value: self._keyed(value, keys))
            )

    def _keyed(self, value: Any, keys: DerivedKeys) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UnmappableError("not an entry: not a JSON object")
        if not derived_keys.is_missing(value):
            return value
        if value.get("occurred_at") is None:
            self.unrepeatable += 1
            return value
        return keys.add(value)
