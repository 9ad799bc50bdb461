"""The options of `daybook import csv`, and how their texts are read."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

import codecs
import io
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from daybook_cli.importing.csv_tables import dialects, rows
from daybook_cli.importing.csv_tables.cells import Cells
from daybook_cli.importing.csv_tables.dialects import Asked
from daybook_cli.options import api_access

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
    str | None, typer.Option("--delimiter", help="Between cells: a character, or tab. Default: seen from the header.")
]
Quote = Annotated[
    str | None, typer.Option("--quote", help="Around cells: a character, or none. Default: seen from the file.")
]
Escape = Annotated[
    str | None, typer.Option("--escape", help="Before a character that stands for itself, as in \\. Default: none.")
]


def read_zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise typer.BadParameter(f"{name!r} is no time zone of the IANA database, as America/Chicago is") from error


def read_plan(log: str | None, renamed: list[str], constants: list[str], ignored: list[str], cells: Cells) -> rows.Plan:
    try:
        return rows.plan(
            log, _read_columns(renamed), frozenset(ignored), api_access.read_pairs(constants, "--set"), cells
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _read_columns(texts: list[str]) -> dict[str, str]:
    """The headings and fields in `Date=occurred_at`; a heading may hold a `=`, a field does not."""
    parts = [text.rpartition("=") for text in texts]
    columns = {heading.strip(): name for heading, _, name in parts if heading.strip()}
    if len(columns) != len(texts):
        raise typer.BadParameter('a --map is a heading and a field, each heading once, as in "Date=occurred_at"')
    return columns


def read_dialect(encoding: str, delimiter: str | None, quote: str | None, escape: str | None) -> Asked:
    delimiter = "\t" if delimiter in {"tab", "\\t"} else delimiter
    said = [each for each in (delimiter, quote, escape) if each is not None and each != dialects.NO_QUOTES]
    if any(len(each) != 1 or each in "\r\n\0" for each in said) or len(set(said)) != len(said):
        raise typer.BadParameter("--delimiter, --quote and --escape are a character each, and not the same")
    return Asked(_read_encoding(encoding), delimiter, quote, escape)


def _read_encoding(name: str) -> str:
    try:
        # Knows codecs of texts from others, as rot13.
        io.TextIOWrapper(io.BytesIO(), name)
        known = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise typer.BadParameter(f"{name!r} is no encoding of texts that is known here, as cp1252 is") from error
    # A byte order mark is no part of the first heading.
    return Asked.encoding if known == "utf-8" else known
