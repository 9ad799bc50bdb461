"""Lists of addresses for the blacklist: CSV with a header, or JSON, an object a line; plain or gzipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import IO, Any

from daybook_cli.importing.csv_tables import csv_files
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.posting import json_files
from daybook_cli.posting.json_files import Fault

FIELDS = ("address", "status", "since", "reason")
MANUAL = "manual"
_CSV = (".csv", ".tsv")


@dataclass(frozen=True)
class ListedAddress:
    """An address as `PUT /blacklist` takes it; `place` is the line of the file, or the address itself."""

    place: str
    fields: dict[str, Any]

    def in_zone(self, zone: tzinfo) -> ListedAddress:
        """With the start of the day in this zone, where `since` is a day."""
        since = self.fields.get("since")
        try:
            day = date.fromisoformat(since) if isinstance(since, str) else None
        except ValueError:
            day = None
        if day is None:
            return self
        return ListedAddress(self.place, self.fields | {"since": datetime.combine(day, time(), zone).isoformat()})


def read_addresses(path: Path) -> Iterator[ListedAddress | Fault]:
    """Every address of a file, in order; what is none is a fault. OSError where it cannot be opened."""
    is_csv = any(suffix.lower() in _CSV for suffix in path.suffixes)
    with path.open("rb") as file:
        yield from _csv_addresses(file, path.name) if is_csv else _json_addresses(file, path.name)


def _csv_addresses(file: IO[bytes], name: str) -> Iterator[ListedAddress | Fault]:
    rows = csv_files.read_rows(file, name, DialectOptions(), lambda heading: heading.lower() in FIELDS)
    header = next(rows)
    if isinstance(header, Fault):
        yield header
        return
    headings = [cell.strip().lower() for cell in header.cells]
    fault = _heading_fault(headings)
    if fault:
        yield Fault(header.place, fault)
        return
    for row in rows:
        if isinstance(row, Fault):
            yield row
        elif len(row.cells) > len(headings):
            yield Fault(row.place, f"{len(row.cells)} cells below {len(headings)} headings")
        else:
            cells = (cell.strip() for cell in row.cells)
            yield _listed(row.place, {field: cell for field, cell in zip(headings, cells, strict=False) if cell})


def _heading_fault(headings: Iterable[str]) -> str | None:
    """Why a table with these headings cannot be read; None where it can."""
    headings = list(headings)
    unknown = [heading for heading in headings if heading not in FIELDS]
    if "address" not in headings or unknown or len({*headings}) != len(headings):
        needed = f"they must be of {', '.join(FIELDS)}, each once, and address is needed"
        return f"the headings are {', '.join(headings)}: {needed}"
    return None


def _json_addresses(file: IO[bytes], name: str) -> Iterator[ListedAddress | Fault]:
    for parsed in json_files.read_values(file, name, _unwrapped):
        if isinstance(parsed, Fault):
            yield parsed
        elif not isinstance(parsed.value, dict):
            yield Fault(parsed.place, "not an object with an address")
        else:
            yield _listed(parsed.place, parsed.value)


def _unwrapped(value: Any) -> Iterable[Any] | None:
    """The addresses in a list or in the body of a request."""
    if isinstance(value, dict):
        inside = value.get("addresses")
        return inside if isinstance(inside, list) else None
    return value if isinstance(value, list) else None


def _listed(place: json_files.Place, fields: dict[str, Any]) -> ListedAddress | Fault:
    if "address" not in fields:
        return Fault(place, "there is no address")
    return ListedAddress(str(place), {"status": MANUAL, **fields})
