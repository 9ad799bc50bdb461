"""Parsing the values of options and arguments; typer.BadParameter where one cannot be used."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import re
from datetime import datetime
from typing import Annotated

import typer

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Record = Annotated[str, typer.Argument(help="The record, as in family/123.", metavar="RECORD")]

EntryId = Annotated[str, typer.Argument(help="Id of the entry: --ids of its list shows it.", metavar="ENTRY_ID")]


def parse_record(text: str) -> tuple[str, str]:
    """The type and id in `family/123`."""
    record_type, _, record_id = text.partition("/")
    if not (record_type and record_id):
        raise typer.BadParameter("a record is a type and an id, as in family/123")
    return record_type, record_id


def parse_timestamp(text: str) -> datetime:
    """A timestamp with an offset; a date alone is its start in UTC."""
    try:
        timestamp = datetime.fromisoformat(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time, as in 2026-03-01T10:00:00Z") from error
    if timestamp.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset, as the Z in 2026-03-01T10:00:00Z")
    return timestamp


def parse_pairs(texts: list[str], option: str, *, example: str = 'action="signed in"') -> dict[str, str]:
    """The values by name in `action=signed in`, each name once."""
    pairs = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(pairs) != len(texts):
        raise typer.BadParameter(f"a {option} is a name and a value, each name once, as in {example}")
    return pairs
