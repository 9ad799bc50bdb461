"""`daybook import`: many files as one stream of entries, with a count of what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from daybook_cli.posting import json_files
from daybook_cli.posting.json_files import Fault, Found, Place, Unwrap
from daybook_cli.posting.sending import Item, Outcome, make_item

STATUSES = ("created", "duplicate", "rejected")
# Of what was rejected, and why, so much is repeated in the JSON summary; standard error gets all, as it comes.
KEPT = 1000


class UnmappableError(Exception):
    """A value that no entry can be made of; the message says why."""


def files_under(paths: Sequence[Path], patterns: Sequence[str]) -> list[Path]:
    """The files named, and those of these patterns in the folders named, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        matching = {each for pattern in patterns for each in path.rglob(pattern)} if path.is_dir() else {path}
        found += sorted(each for each in matching if not each.is_dir())
    return found


Reader = Callable[[IO[bytes], str], Iterator[Item | Fault]]


class Files:
    """The items of many files, read one after another; `done` of `total` bytes have been read."""

    def __init__(self, paths: Sequence[Path], read: Reader) -> None:
        self._paths = paths
        self._read = read
        self.total = sum(path.stat().st_size for path in paths)
        self.done = 0

    def __iter__(self) -> Iterator[Item | Fault]:
        finished = 0
        for path in self._paths:
            try:
                with path.open("rb") as file:
                    for found in self._read(file, str(path)):
                        self.done = finished + file.tell()
                        yield found
            except OSError as error:
                yield Fault(Place(str(path), 1), f"the file cannot be opened: {error}")
            finished += path.stat().st_size
        self.done = self.total


def json_reader(unwrap: Unwrap, to_entry: Callable[[Any], dict[str, Any]]) -> Reader:
    """Reads files of JSON whose every value becomes an entry."""

    def read(file: IO[bytes], name: str) -> Iterator[Item | Fault]:
        for found in json_files.read(file, name, unwrap):
            yield found if isinstance(found, Fault) else converted(found, to_entry)

    return read


def converted(found: Found, to_entry: Callable[[Any], dict[str, Any]]) -> Item | Fault:
    try:
        return make_item(found.place, to_entry(found.value))
    except UnmappableError as error:
        return Fault(found.place, str(error))


@dataclass
class Tally:
    """How many entries were created, were there already, or were rejected and why."""

    counts: Counter[str] = field(default_factory=Counter)
    rejections: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        self.counts.update(outcome.status for outcome in outcomes)
        room = KEPT - len(self.rejections)
        self.rejections += [outcome for outcome in outcomes if outcome.status == "rejected"][:room]

    @property
    def has_rejected(self) -> bool:
        return self.counts["rejected"] > 0

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[status]:,} {status}" for status in STATUSES)

    def as_dict(self) -> dict[str, Any]:
        rejections = [{"place": str(each.place), "reason": each.reason} for each in self.rejections]
        return {**{status: self.counts[status] for status in STATUSES}, "rejections": rejections}
