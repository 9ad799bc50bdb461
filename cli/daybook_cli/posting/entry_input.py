"""The entries of `daybook post`: from a file or standard input, or a single one from options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

from daybook_cli.posting import json_files
from daybook_cli.posting.batches import Item, make_item
from daybook_cli.posting.json_files import Fault, Place


def unwrap_entries(value: Any) -> Iterable[Any] | None:
    """The entries of a list or of a request body; None for a single entry."""
    if isinstance(value, dict) and isinstance(value.get("entries"), list):
        value = value["entries"]
    return value if isinstance(value, list) else None


def read_items(file: IO[bytes], name: str) -> Iterator[Item | Fault]:
    """The entries of a file, plain or gzipped; `name` is what places call it."""
    for parsed in json_files.read_values(file, name, unwrap_entries):
        yield parsed if isinstance(parsed, Fault) else make_item(parsed.place, parsed.value)


def item_from_options(log: str, record: tuple[str, str] | None, fields: dict[str, str]) -> Item | Fault:
    """The entry of `--log`, `--record` and `--field`."""
    entry: dict[str, Any] = {"log": log, **fields}
    if record:
        entry["record"] = {"type": record[0], "id": record[1]}
    return make_item(Place("options", 1), entry)
