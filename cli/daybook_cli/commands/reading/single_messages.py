"""`daybook content` and `daybook events`: what stands in one message, and what providers said of it."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeAlias

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.connection.client import objects
from daybook_cli.connection.problems import ApiError
from daybook_cli.options.values import EntryId, Record, parse_record
from daybook_cli.rendering import columns, documents

Log: TypeAlias = Literal["email", "sms"]


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
    log: Annotated[Log, typer.Option("--log", help="Which log it stands in.")] = "email",
) -> None:
    """Show what became of an e-mail or SMS, step by step, oldest first."""
    try:
        answer = _events(session, record, log, entry)
    except ApiError as error:
        other: Log = "sms" if log == "email" else "email"
        if error.status == HTTPStatus.NOT_FOUND and _is_there(session, record, other, entry):
            raise ApiError(f"It stands in another log: --log {other} shows its events.") from error
        raise
    session.show_list(answer, objects(answer, "events"), columns.EVENTS, "No delivery events.")


def _events(session: Session, record: str, log: Log, entry: str) -> dict[str, Any]:
    log_path = {"email": "emails", "sms": "sms"}[log]
    return session.api.get("records", *parse_record(record), log_path, entry, "events")


def _is_there(session: Session, record: str, log: Log, entry: str) -> bool:
    """Whether this log shows such an entry to this token."""
    try:
        _events(session, record, log, entry)
    except ApiError as error:
        if error.status is None:
            raise
        return False
    return True
