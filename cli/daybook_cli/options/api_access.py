"""Options that several commands have, and how their texts are read."""

import re
from datetime import datetime
from typing import Annotated, Literal

import typer

from daybook_cli.connection.settings import Choice

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Record = Annotated[str, typer.Argument(help="The record, as in family/123.", metavar="RECORD")]
Api = Annotated[
    str | None, typer.Option("--api", help="Address of the API. Or DAYBOOK_API. Default: the local stack's.")
]
Token = Annotated[
    str | None, typer.Option("--token", help="Bearer token. Or DAYBOOK_TOKEN. Default: the local stack's.")
]
Org = Annotated[str | None, typer.Option("--org", help="Org. Or DAYBOOK_ORG. Default: the local stack's first.")]
Role = Annotated[
    Literal["admin", "staff", "service", "other_admin"] | None,
    typer.Option("--as", help="Whose token of the local stack to use. Default: service to write, admin to read."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a pipe.")]


def choice(api: str | None, token: str | None, org: str | None, role: str | None) -> Choice:
    if token and role:
        raise typer.BadParameter("--token and --as name two different tokens: give one")
    return Choice(api=api, token=token, org=org, role=role)


def read_record(text: str) -> tuple[str, str]:
    """The type and id in `family/123`."""
    record_type, _, record_id = text.partition("/")
    if not (record_type and record_id):
        raise typer.BadParameter("a record is a type and an id, as in family/123")
    return record_type, record_id


def read_moment(text: str | None) -> str | None:
    """A moment as the API takes it; a date alone is its start in UTC."""
    return f"{text}T00:00:00Z" if text and _DATE.fullmatch(text) else text


def read_instant(text: str) -> datetime:
    """A moment with an offset; a date alone is its start in UTC."""
    try:
        moment = datetime.fromisoformat(read_moment(text) or "")
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment, as in 2026-03-01T10:00:00Z") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset, as the Z in 2026-03-01T10:00:00Z")
    return moment


def read_pairs(texts: list[str], option: str) -> dict[str, str]:
    """The names and values in `action=signed in`."""
    pairs = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(pairs) != len(texts):
        raise typer.BadParameter(f'a {option} is a name and a value, each name once, as in action="signed in"')
    return pairs
