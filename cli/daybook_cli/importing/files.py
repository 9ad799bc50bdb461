"""Many files as one stream of entries to post."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from daybook_cli.posting import json_files
from daybook_cli.posting.batches import Item, make_item
from daybook_cli.posting.json_files import Fault, Place, Unwrap, Value


class UnmappableError(Exception):
    """A value that no entry can be made of; the message says why."""


# Reads one open file; the name is what places call it.
Reader = Callable[[IO[bytes], str], Iterator[Item | Fault]]


def files_under(paths: Sequence[Path], patterns: Sequence[str]) -> list[Path]:
    """The files named, and those that match a pattern in the folders named, in the order of their names."""
    files: list[Path] = []
    for path in paths:
        matches = {match for pattern in patterns for match in path.rglob(pattern)} if path.is_dir() else {path}
        files += sorted(match for match in matches if not match.is_dir())
    return files


class ImportSource:
    """The items of files, read one after another. `bytes_read` of `bytes_total` have been read, as stored on disk."""

    def __init__(self, paths: Sequence[Path], read: Reader) -> None:
        self._paths = paths
        self._read = read
        self.bytes_total = sum(path.stat().st_size for path in paths)
        self.bytes_read = 0

    def __iter__(self) -> Iterator[Item | Fault]:
        bytes_before = 0
        for path in self._paths:
            try:
                with path.open("rb") as file:
                    for item in self._read(file, str(path)):
                        self.bytes_read = bytes_before + file.tell()
                        yield item
            except OSError as error:
                yield Fault(Place(str(path), 1), f"the file cannot be opened: {error}")
            bytes_before += path.stat().st_size
        self.bytes_read = self.bytes_total


def json_reader(unwrap: Unwrap, to_entry: Callable[[Any], dict[str, Any]]) -> Reader:
    """A reader of JSON files. `to_entry` makes an entry of each value; it may raise UnmappableError."""

    def read(file: IO[bytes], name: str) -> Iterator[Item | Fault]:
        for parsed in json_files.read_values(file, name, unwrap):
            yield parsed if isinstance(parsed, Fault) else item_of(parsed, to_entry)

    return read


def item_of(parsed: Value, to_entry: Callable[[Any], dict[str, Any]]) -> Item | Fault:
    """The item of one value; a fault where `to_entry` raises UnmappableError."""
    try:
        return make_item(parsed.place, to_entry(parsed.value))
    except UnmappableError as error:
        return Fault(parsed.place, str(error))
