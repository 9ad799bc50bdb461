"""`daybook holds`: records whose entries are kept beyond their time."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.options import paging_options
from daybook_cli.options.values import Record, parse_record
from daybook_cli.rendering import documents, list_columns

app = group_with_default("List holds, place one on a record, and lift it. `daybook holds` is `daybook holds list`.")


@app.command("list")
@api_command
def list_holds(
    session: Session,
    *,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
) -> None:
    """List the records that are on hold."""
    parameters = paging_options.parameters({}, limit, cursor, all_pages=all_pages)
    session.show_pages(session.api.pages("holds", parameters=parameters), list_columns.HOLDS, all_pages=all_pages)


@app.command("place")
@api_command
def place(
    session: Session,
    record: Record,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log and the list of holds.")],
) -> None:
    """Keep everything of a record from expiring, until the hold is lifted."""
    answer = session.api.send("PUT", "holds", *parse_record(record), body={"reason": reason})
    session.show(answer, documents.hold)


@app.command("lift")
@api_command
def lift(session: Session, record: Record) -> None:
    """Let what is recorded of a record expire again at its time."""
    session.show(session.api.send("DELETE", "holds", *parse_record(record)), documents.hold)
