"""The rows of a table as entries, each with a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from daybook_cli.importing import derived_keys
from daybook_cli.importing.csv_tables import csv_files, sms_statuses
from daybook_cli.importing.csv_tables.cells import FieldPath
from daybook_cli.importing.csv_tables.columns import AFFECTED, Header, TableOptions, read_header
from daybook_cli.importing.csv_tables.csv_files import Row
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.importing.derived_keys import DerivedKeys
from daybook_cli.importing.files import UnmappableError
from daybook_cli.posting.batches import Item, make_item
from daybook_cli.posting.json_files import Fault


def read_items(file: IO[bytes], name: str, options: TableOptions, dialect: DialectOptions) -> Iterator[Item | Fault]:
    """The entries of a CSV file, each with a key. A header that cannot be used is the only fault of its file.

    `name` is what places call the file.
    """
    rows = csv_files.read_rows(file, name, dialect, options.is_heading)
    first = next(rows)
    if isinstance(first, Fault):
        yield Fault(first.place, f"{first.reason}. Nothing of this file is read")
        return
    try:
        header = read_header(first.cells, options)
    except UnmappableError as error:
        yield Fault(first.place, f"{error}. Nothing of this file is read")
        return
    keys = DerivedKeys()
    for row in rows:
        yield row if isinstance(row, Fault) else _item(row, header, options, keys)


def _item(row: Row, header: Header, options: TableOptions, keys: DerivedKeys) -> Item | Fault:
    try:
        return make_item(row.place, _with_key(_entry(row.cells, header, options), keys))
    except UnmappableError as error:
        return Fault(row.place, str(error))


def _with_key(entry: dict[str, Any], keys: DerivedKeys) -> dict[str, Any]:
    if not derived_keys.lacks_key(entry):
        return entry
    if "occurred_at" not in entry:
        raise UnmappableError("occurred_at: required, so that a second import is seen as one")
    return keys.with_key(entry)


def _entry(cells: Sequence[str], header: Header, options: TableOptions) -> dict[str, Any]:
    """The entry of one row; UnmappableError names each cell that cannot be parsed.

    Constants of an affected record are for the rows that name one, if there are columns for it.
    """
    values = _values(_fit(cells, header), header, options)
    names_affected = not header.has_affected or any(path[0] == AFFECTED for path in values)
    constants = {path: value for path, value in options.constants.items() if names_affected or path[0] != AFFECTED}
    entry = sms_statuses.translated(_nested(constants | values))
    if isinstance(entry.get(AFFECTED), dict):
        entry[AFFECTED] = [entry[AFFECTED]]
    return entry


def _fit(cells: Sequence[str], header: Header) -> Sequence[str]:
    """As many cells as there are headings; further ones may only be empty."""
    width = len(header.columns)
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        raise UnmappableError(f"{len(cells)} cells, and there are {width} headings")
    return cells[:width]


def _values(cells: Sequence[str], header: Header, options: TableOptions) -> dict[FieldPath, Any]:
    values: dict[FieldPath, Any] = {}
    faults = []
    for number, (cell, column) in enumerate(zip(cells, header.columns, strict=True), start=1):
        if options.cells.is_empty(cell):
            continue
        if column.path and column.parse:
            try:
                values[column.path] = column.parse(cell)
            except ValueError as error:
                faults.append(f"{column.heading}: {error}")
        elif not column.heading:
            faults.append(f"cell {number} has no heading")
    if faults:
        raise UnmappableError("; ".join(faults))
    return values


def _nested(values: Mapping[FieldPath, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for path, value in values.items():
        inside = entry
        for name in path[:-1]:
            inside = inside.setdefault(name, {})
        inside[path[-1]] = value
    return entry
