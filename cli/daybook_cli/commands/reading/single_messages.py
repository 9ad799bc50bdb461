"""`daybook content` and `daybook events`: what stands in one message, and what providers said of it."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Literal

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.connection.client import objects
from daybook_cli.options.values import EntryId, Record, parse_record
from daybook_cli.rendering import columns, documents


@api_command
def content(
    session: Session,
    record: Record,
    entry: EntryId,
    *,
    html: Annotated[bool, typer.Option("--html", help="The HTML, where there is a text as well.")] = False,
) -> None:
    """Show an e-mail's content. Each access is itself an audit entry."""
    email = session.api.get("records", *parse_record(record), "emails", entry, "content")
    session.show(email, lambda answer, _: documents.email_content(answer, prefer_html=html))


@api_command
def events(
    session: Session,
    record: Record,
    entry: EntryId,
    *,
    log: Annotated[Literal["email", "sms"], typer.Option("--log", help="Which log it stands in.")] = "email",
) -> None:
    """Show what became of an e-mail or SMS, step by step, oldest first."""
    log_path = {"email": "emails", "sms": "sms"}[log]
    answer = session.api.get("records", *parse_record(record), log_path, entry, "events")
    session.show_list(answer, objects(answer, "events"), columns.EVENTS)
