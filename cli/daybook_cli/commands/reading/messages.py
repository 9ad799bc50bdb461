"""`daybook messages`: the messages of the whole org, and how many there were."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.commands.pages import NOTHING_FOUND
from daybook_cli.connection.client import objects
from daybook_cli.options import paging_options
from daybook_cli.rendering import cells, columns, local_time
from daybook_cli.rendering.tables import Column, Row

# What becomes of messages, as the API counts it.
CLASSES = {
    "email": ("waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed"),
    "sms": ("delivery", "delivered", "not_delivered"),
}
# Digits in the usual punctuation; a mailbox has an @.
_PHONE_NUMBER = re.compile(r"\s*\+?[\d\s().\-/]*\d[\d\s().\-/]*")

app = group_with_default(
    "List the messages of the whole org, and count them. `daybook messages` is `daybook messages list`."
)
Log = Annotated[Literal["email", "sms"], typer.Option("--log", help="Which messages.")]


@app.command("list")
@api_command
def list_messages(
    session: Session,
    *,
    log: Log = "email",
    status: Annotated[
        list[str] | None, typer.Option("--status", help="As in bounced. Repeatable: any of them.")
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option(
            "--recipient",
            help="Only messages to this address. With --log sms a phone number, with its country's code.",
        ),
    ] = None,
    since: paging_options.From = None,
    until: paging_options.To = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    with_ids: paging_options.Ids = False,
) -> None:
    """List e-mails or SMS of the whole org, newest first."""
    options: dict[str, str | list[str] | None]
    options = {"log": log, "status": status, "recipient": recipient, "from": since, "to": until}
    parameters = paging_options.parameters(options, limit, cursor, all_pages=all_pages)
    pages = session.api.pages("messages", parameters=parameters)
    nothing_found = NOTHING_FOUND
    if log == "email" and _PHONE_NUMBER.fullmatch(recipient or ""):
        nothing_found += " A phone number is a recipient of SMS: --log sms."
    session.show_pages(
        pages, columns.MESSAGES[log], all_pages=all_pages, with_ids=with_ids, nothing_found=nothing_found
    )


@app.command("counts")
@api_command
def counts(
    session: Session,
    *,
    log: Log = "email",
    since: paging_options.From = None,
    until: paging_options.To = None,
) -> None:
    """Count e-mails or SMS by day and by what became of them: 31 days at most."""
    parameters = {name: value for name, value in {"log": log, "from": since, "to": until}.items() if value is not None}
    answer = session.api.get("messages", "counts", parameters=parameters)
    counted = objects(answer, "counts")
    classes = CLASSES[log]
    rows = _days(counted, classes)
    if session.runtime.out.is_terminal and not session.as_json:
        if rows and since is None:
            session.runtime.echo("31 days up to the end of --to" if until else "The last 31 days")
        if len(rows) > 1:
            rows.append({"day": "all", **{name: sum(row[name] for row in rows) for name in classes}})
    session.show_list(answer, rows, _count_columns(classes))
    searched = answer.get("range")
    if isinstance(searched, dict) and searched.get("from") and not session.as_json:
        start = local_time.to_minute(searched["from"], session.zone())
        session.runtime.echo_err(f"Counted from {start} on; there are too many messages to count further back.")


def _days(counted: Sequence[Row], classes: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each day from the last with messages back to the first, with the number of messages of each class."""
    days: dict[date, dict[str, Any]] = {}
    for row in counted:
        day = days.setdefault(date.fromisoformat(str(row.get("day"))), dict.fromkeys(classes, 0))
        day[str(row.get("class"))] = row.get("count")
    if not days:
        return []
    last = max(days)
    shown = [last - timedelta(days=back) for back in range((last - min(days)).days + 1)]
    return [{"day": day.isoformat(), **days.get(day, dict.fromkeys(classes, 0))} for day in shown]


def _count_columns(classes: Sequence[str]) -> list[Column]:
    titles = {name: name.replace("_", " ") for name in classes}
    day = Column("day", cells.field("day"), wraps=False, is_day=True)
    return [day, *(cells.number(name, titles[name]) for name in classes)]
