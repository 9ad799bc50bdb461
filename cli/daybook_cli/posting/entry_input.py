"""`daybook post`: entries from a file, from standard input or from options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

from daybook_cli.posting import json_files
from daybook_cli.posting.json_files import Fault, Place
from daybook_cli.posting.sending import Item, make_item


def entries_inside(value: Any) -> Iterable[Any] | None:
    """The entries of a list or of a whole request body; None for a single one."""
    if isinstance(value, dict) and isinstance(value.get("entries"), list):
        value = value["entries"]
    return value if isinstance(value, list) else None


def read_items(file: IO[bytes], name: str) -> Iterator[Item | Fault]:
    for found in json_files.read(file, name, entries_inside):
        yield found if isinstance(found, Fault) else make_item(found.place, found.value)


def from_options(log: str, record: tuple[str, str] | None, fields: dict[str, str]) -> Item | Fault:
    """A single entry as `--log`, `--record` and `--field` give it."""
    entry: dict[str, Any] = {"log": log, **fields}
    if record:
        entry["record"] = {"type": record[0], "id": record[1]}
    return make_item(Place("options", 1), entry)
