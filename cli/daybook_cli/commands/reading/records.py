"""`daybook records`: whom there is something recorded of."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.connection.client import objects
from daybook_cli.options.values import Record, parse_record
from daybook_cli.rendering import documents, list_columns

app = group_with_default("Find records, and show one. `daybook records smith` is `daybook records find smith`.")


@app.command("find")
@api_command
def find(
    session: Session,
    q: Annotated[
        str, typer.Argument(help="A name or its beginning, an id, an e-mail address or a phone number.", metavar="Q")
    ],
    *,
    record_type: Annotated[str | None, typer.Option("--type", help="Only records of this type, as in family.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many at most. Default: 10.")] = None,
) -> None:
    """Find families, students and staff by name, id, e-mail address or phone number."""
    options = {"q": q, "type": record_type, "limit": None if limit is None else str(limit)}
    answer = session.api.get(
        "records", parameters={name: value for name, value in options.items() if value is not None}
    )
    session.show_list(answer, objects(answer, "entries"), list_columns.RECORDS)
    if answer.get("more"):
        session.runtime.echo_err("There are more: another word of the name, or --limit, shows them.")


@app.command("show")
@api_command
def show(session: Session, record: Record) -> None:
    """Show a record's name, its link, and when something was last written to each of its logs."""
    answer = session.api.get("records", *parse_record(record))
    session.show(answer, documents.record)
