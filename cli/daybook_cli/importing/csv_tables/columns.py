"""Which column of a table gives which field: the options of an import, applied to the header of each file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from daybook_cli.importing.csv_tables.cells import CellFormat, FieldPath, field_path
from daybook_cli.importing.entry_fields import LOGS
from daybook_cli.importing.files import UnmappableError

AFFECTED = "affected"
_LOG = ("log",)
_MAX_LISTED = 10


@dataclass(frozen=True)
class TableOptions:
    """`renamed`: fields by heading. `ignored`: headings to leave out. `constants`: fields without a column."""

    log: str | None
    renamed: Mapping[str, FieldPath]
    ignored: frozenset[str]
    constants: Mapping[FieldPath, Any]
    cells: CellFormat

    def is_heading(self, text: str) -> bool:
        """Whether a header may hold this text: it is a field, or it is ignored."""
        return text in self.ignored or self.path_of(text) is not None

    def path_of(self, heading: str) -> FieldPath | None:
        """The field that a heading stands for; None where it stands for none."""
        return self.renamed.get(heading) or field_path(heading, self.log)


def table_options(
    log: str | None,
    renamed: Mapping[str, str],
    ignored: frozenset[str],
    constants: Mapping[str, str],
    cells: CellFormat,
) -> TableOptions:
    """The options with fields as paths; ValueError for an unknown field, an unreadable constant or a contradiction.

    `renamed` are names of fields by heading, `constants` texts by names of fields.
    """
    if log is not None and "log" in constants:
        raise ValueError("the log is given twice")
    if both := ignored & renamed.keys():
        raise ValueError(f"to be renamed and ignored: {_quoted(both)}")
    texts = {"log": log, **constants} if log is not None else constants
    log = texts.get("log")
    if log is not None and log not in LOGS:
        raise ValueError(f"log: must be one of {', '.join(LOGS)}")
    values = {}
    for name, text in texts.items():
        path = _known_path(name, log)
        try:
            values[path] = cells.parser(path, log)(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return TableOptions(
        log, {heading: _known_path(name, log) for heading, name in renamed.items()}, ignored, values, cells
    )


def _known_path(name: str, log: str | None) -> FieldPath:
    path = field_path(name, log)
    if path is None:
        raise ValueError(f"{'an entry' if log is None else f'an entry of the log {log}'} has no field {name!r}")
    return path


@dataclass(frozen=True)
class Column:
    """One without a path is ignored; one without a heading, too, must be empty in every row."""

    heading: str
    path: FieldPath | None
    parse: Callable[[str], Any] | None


@dataclass(frozen=True)
class Header:
    """The columns in the order of the cells."""

    columns: Sequence[Column]

    @cached_property
    def has_affected(self) -> bool:
        """Whether a column gives something of an affected record."""
        return any(column.path is not None and column.path[0] == AFFECTED for column in self.columns)


def read_header(cells: Sequence[str], options: TableOptions) -> Header:
    """The columns of a file's first row; UnmappableError where a value would be lost or a meaning guessed."""
    headings = [cell.strip().strip("\ufeff") for cell in cells]
    paths = [None if heading in options.ignored else options.path_of(heading) for heading in headings]
    _check_headings(headings, paths, options)
    _check_unique([path for path in paths if path is not None] + list(options.constants))
    if _LOG not in paths and _LOG not in options.constants:
        raise UnmappableError("which log? There is no column log: give --log")
    return Header([
        Column(heading, path, options.cells.parser(path, options.log) if path else None)
        for heading, path in zip(headings, paths, strict=True)
    ])  # fmt: skip


def _check_headings(headings: Sequence[str], paths: Sequence[FieldPath | None], options: TableOptions) -> None:
    if not any(paths):
        raise UnmappableError("no heading here is a field: the first row must be a header, or --map must name fields")
    columns = zip(headings, paths, strict=True)
    unknown = [heading for heading, path in columns if heading and path is None and heading not in options.ignored]
    if unknown:
        raise UnmappableError(f"no fields: {_quoted(unknown)}. Give each its field with --map, or --ignore it")
    if missing := options.renamed.keys() - set(headings):
        raise UnmappableError(f"there is no column {_quoted(missing)}, which --map names")


def _check_unique(paths: Sequence[FieldPath]) -> None:
    for path, following in pairwise(sorted(paths)):
        if following[: len(path)] == path:
            raise UnmappableError(f"two columns or constants give {'.'.join(path)}: leave one out with --ignore")


def _quoted(names: Collection[str]) -> str:
    listed = ", ".join(repr(name) for name in sorted(set(names))[:_MAX_LISTED])
    return listed + (f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else "")
