"""The options of `daybook import csv`, and how their values are parsed."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import codecs
import io
from importlib import resources
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from daybook_cli.importing.csv_tables import dialects
from daybook_cli.importing.csv_tables.cells import CellFormat
from daybook_cli.importing.csv_tables.columns import TableOptions, table_options
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.options.values import parse_pairs

Log = Annotated[
    Literal["email", "sms", "push", "activity", "audit"] | None,
    typer.Option("--log", help="The log of all rows, where there is no column of that name."),
]
Map = Annotated[
    list[str] | None, typer.Option("--map", help='The field of a column, as in "Date=occurred_at". Repeatable.')
]
Set = Annotated[list[str] | None, typer.Option("--set", help="A field of all rows, as in source=system. Repeatable.")]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", help="A column to leave out. Repeatable.")]
TimeZone = Annotated[str | None, typer.Option("--time-zone", help="Of times without an offset, as in America/Chicago.")]
DayFirst = Annotated[bool, typer.Option("--day-first", help="3/1/2026 is January 3. Without it, it is March 1.")]
Null = Annotated[
    list[str] | None, typer.Option("--null", help="A text that stands for an empty cell, as in NULL. Repeatable.")
]
Encoding = Annotated[str, typer.Option("--encoding", help="As in cp1252 or utf-16.")]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="Between cells: a character, or tab. Default: detected from the header."),
]
Quote = Annotated[
    str | None, typer.Option("--quote", help="Around cells: a character, or none. Default: detected from the file.")
]
Escape = Annotated[
    str | None, typer.Option("--escape", help="Before a character that stands for itself, as in \\. Default: none.")
]


def parse_zone(name: str | None) -> ZoneInfo | None:
    """The time zone of this IANA name; typer.BadParameter where there is none."""
    if name is None:
        return None
    # ZoneInfo takes other files of this machine, too: `localtime`, or `right/UTC`, which counts leap seconds.
    if name not in resources.files("tzdata").joinpath("zones").read_text("utf-8").splitlines() or name == "Factory":
        raise typer.BadParameter(f"{name!r} is no time zone of the IANA database, as America/Chicago is")
    return ZoneInfo(name)


def parse_table_options(
    log: str | None, renamed: list[str], constants: list[str], ignored: list[str], cells: CellFormat
) -> TableOptions:
    """`renamed`, `constants` and `ignored` are the values of --map, --set and --ignore. typer.BadParameter."""
    try:
        return table_options(log, _parse_headings(renamed), frozenset(ignored), parse_pairs(constants, "--set"), cells)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _parse_headings(texts: list[str]) -> dict[str, str]:
    """The fields by heading in `Date=occurred_at`; a heading may hold a `=`, a field does not."""
    parts = [text.rpartition("=") for text in texts]
    fields = {heading.strip(): field for heading, _, field in parts if heading.strip()}
    if len(fields) != len(texts):
        raise typer.BadParameter('a --map is a heading and a field, each heading once, as in "Date=occurred_at"')
    return fields


def parse_dialect(encoding: str, delimiter: str | None, quote: str | None, escape: str | None) -> DialectOptions:
    """The options of that name; typer.BadParameter where one is not a character, or two are the same."""
    delimiter = "\t" if delimiter in {"tab", "\\t"} else delimiter
    characters = [each for each in (delimiter, quote, escape) if each is not None and each != dialects.NO_QUOTES]
    if any(len(each) != 1 or each in "\r\n\0" for each in characters) or len(set(characters)) != len(characters):
        raise typer.BadParameter("--delimiter, --quote and --escape are a character each, and not the same")
    return DialectOptions(_parse_encoding(encoding), delimiter, quote, escape)


def _parse_encoding(name: str) -> str:
    try:
        # Refuses codecs that are not of text, as rot13.
        io.TextIOWrapper(io.BytesIO(), name)
        codec = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(f"{name!r} is no encoding of texts that is known here, as cp1252 is") from error
    # A byte order mark is no part of the first heading.
    return DialectOptions.encoding if codec == "utf-8" else codec
