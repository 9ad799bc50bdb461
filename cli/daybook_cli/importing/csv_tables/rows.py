"""Rows of a table to entries: which column gives which field, and what all rows have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any

from daybook_cli.importing import derived_keys
from daybook_cli.importing.csv_tables import csv_files
from daybook_cli.importing.csv_tables.cells import Cells, Path, path_of
from daybook_cli.importing.csv_tables.csv_files import Row
from daybook_cli.importing.csv_tables.dialects import Asked
from daybook_cli.importing.derived_keys import DerivedKeys
from daybook_cli.importing.entry_fields import LOGS
from daybook_cli.importing.files import UnmappableError
from daybook_cli.posting.json_files import Fault
from daybook_cli.posting.sending import Item, make_item

_LOG = ("log",)
_AFFECTED = "affected"
_MOST_NAMED = 10


@dataclass(frozen=True)
class Plan:
    """What the caller says of a table: columns by other names, columns to leave out, and fields without a column."""

    log: str | None
    renamed: Mapping[str, Path]
    ignored: frozenset[str]
    constants: Mapping[Path, Any]
    cells: Cells

    def knows(self, heading: str) -> bool:
        return heading in self.ignored or self.path_of(heading) is not None

    def path_of(self, heading: str) -> Path | None:
        return self.renamed.get(heading) or path_of(heading, self.log)


def plan(
    log: str | None, renamed: Mapping[str, str], ignored: frozenset[str], constants: Mapping[str, str], cells: Cells
) -> Plan:
    """ValueError where a field is none, a constant cannot be read, or one thing is said twice."""
    if log is not None and "log" in constants:
        raise ValueError("the log is given twice")
    if both := ignored & renamed.keys():
        raise ValueError(f"to be renamed and ignored: {_listed(both)}")
    texts = {"log": log, **constants} if log is not None else constants
    log = texts.get("log")
    if log is not None and log not in LOGS:
        raise ValueError(f"log: must be one of {', '.join(LOGS)}")
    values = {}
    for name, text in texts.items():
        path = _known(name, log)
        try:
            values[path] = cells.reader(path, log)(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return Plan(log, {column: _known(name, log) for column, name in renamed.items()}, ignored, values, cells)


def _known(name: str, log: str | None) -> Path:
    path = path_of(name, log)
    if path is None:
        raise ValueError(f"{'an entry' if log is None else f'an entry of the log {log}'} has no field {name!r}")
    return path


@dataclass(frozen=True)
class Column:
    """One with neither heading nor path must be empty; one with a heading alone is left out."""

    heading: str
    path: Path | None
    read: Callable[[str], Any] | None


@dataclass(frozen=True)
class Header:
    columns: Sequence[Column]
    has_affected: bool


def header(cells: Sequence[str], of: Plan) -> Header:
    """Make sense of a first row; UnmappableError where that cannot be done without losing or guessing something."""
    headings = [cell.strip().strip("\ufeff") for cell in cells]
    paths = [None if heading in of.ignored else of.path_of(heading) for heading in headings]
    unknown = [
        heading
        for heading, path in zip(headings, paths, strict=True)
        if heading and path is None and heading not in of.ignored
    ]
    if not any(paths):
        raise UnmappableError("no heading here is a field: the first row must be a header, or --map must name fields")
    if unknown:
        raise UnmappableError(f"no fields: {_listed(unknown)}. Give each its field with --map, or --ignore it")
    if missing := of.renamed.keys() - set(headings):
        raise UnmappableError(f"there is no column {_listed(missing)}, which --map names")
    _check_once([path for path in paths if path is not None] + list(of.constants))
    if _LOG not in paths and _LOG not in of.constants:
        raise UnmappableError("which log? There is no column log: give --log")
    columns = [
        Column(heading, path, of.cells.reader(path, of.log) if path else None)
        for heading, path in zip(headings, paths, strict=True)
    ]
    return Header(columns, any(path is not None and path[0] == _AFFECTED for path in paths))


def _check_once(paths: Sequence[Path]) -> None:
    ordered = sorted(paths)
    for path, after in pairwise(ordered):
        if after[: len(path)] == path:
            raise UnmappableError(f"two columns or constants give {'.'.join(path)}: leave one out with --ignore")


def _listed(names: frozenset[str] | set[str] | Sequence[str]) -> str:
    first = ", ".join(repr(name) for name in sorted(set(names))[:_MOST_NAMED])
    return first + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")


def read(file: IO[bytes], name: str, of: Plan, asked: Asked) -> Iterator[Item | Fault]:
    """The entries of a CSV file, each with a key; a header that makes no sense is the only fault of its file."""
    found = csv_files.read(file, name, asked, of.knows)
    first = next(found)
    if isinstance(first, Fault):
        yield Fault(first.place, f"{first.reason}. Nothing of this file is read")
        return
    try:
        head = header(first.cells, of)
    except UnmappableError as error:
        yield Fault(first.place, f"{error}. Nothing of this file is read")
        return
    keys = DerivedKeys()
    for each in found:
        yield each if isinstance(each, Fault) else _item(each, head, of, keys)


def _item(row: Row, head: Header, of: Plan, keys: DerivedKeys) -> Item | Fault:
    try:
        return make_item(row.place, _keyed(entry(row.cells, head, of), keys))
    except UnmappableError as error:
        return Fault(row.place, str(error))


def _keyed(built: dict[str, Any], keys: DerivedKeys) -> dict[str, Any]:
    if not derived_keys.is_missing(built):
        return built
    if "occurred_at" not in built:
        raise UnmappableError("occurred_at: required, so that a second import is seen as one")
    return keys.add(built)


def entry(cells: Sequence[str], head: Header, of: Plan) -> dict[str, Any]:
    """The entry of one row; UnmappableError names each cell that cannot be read.

    Constants of an affected record are for the rows that name one, if there are columns for it.
    """
    values, faults = _values(_fitted(cells, head), head, of)
    if faults:
        raise UnmappableError("; ".join(faults))
    has_affected = not head.has_affected or any(path[0] == _AFFECTED for path in values)
    constants = {path: value for path, value in of.constants.items() if has_affected or path[0] != _AFFECTED}
    built = _nested(constants | values)
    if isinstance(built.get(_AFFECTED), dict):
        built[_AFFECTED] = [built[_AFFECTED]]
    return built


def _fitted(cells: Sequence[str], head: Header) -> Sequence[str]:
    width = len(head.columns)
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        raise UnmappableError(f"{len(cells)} cells, and there are {width} headings")
    return cells[:width]


def _values(cells: Sequence[str], head: Header, of: Plan) -> tuple[dict[Path, Any], list[str]]:
    values: dict[Path, Any] = {}
    faults = []
    for place, (cell, column) in enumerate(zip(cells, head.columns, strict=True), start=1):
        if of.cells.is_empty(cell):
            continue
        if column.path and column.read:
            try:
                values[column.path] = column.read(cell)
            except ValueError as error:
                faults.append(f"{column.heading}: {error}")
        elif not column.heading:
            faults.append(f"cell {place} has no heading")
    return values, faults


def _nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for path, value in values.items():
        inside = built
        for name in path[:-1]:
            inside = inside.setdefault(name, {})
        inside[path[-1]] = value
    return built
