"""`daybook log` and `daybook timeline`: one log of a record, and all of them merged."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Literal

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.options import paging_options
from daybook_cli.options.values import Record, parse_record
from daybook_cli.rendering import columns, documents

Line = Annotated[
    str | None, typer.Option("--q", "-q", help="The search line: words, dates, phone numbers; docs/search.md.")
]


@api_command
def log(
    session: Session,
    record: Record,
    log: Annotated[
        Literal["emails", "sms", "pushes", "activity", "audit"], typer.Argument(help="Which log of it.", metavar="LOG")
    ],
    *,
    sort: Annotated[
        Literal["date", "recipient", "status", "sent"] | None,
        typer.Option(
            "--sort",
            help="What to sort by; recipient, status and sent for emails and sms. "
            "Default: date; of emails and sms with --all sent.",
        ),
    ] = None,
    order: paging_options.Order = None,
    q: Line = None,
    since: paging_options.From = None,
    until: paging_options.To = None,
    status: Annotated[
        str | None, typer.Option("--status", help="One or more, as in bounced,delivered; for emails and sms.")
    ] = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    with_ids: paging_options.Ids = False,
    entry: paging_options.Entry = None,
) -> None:
    """Show a log of one record."""
    if entry is not None:
        given = (sort, order, q, since, until, status, limit, cursor, all_pages or None, with_ids or None)
        if any(option is not None for option in given):
            raise typer.BadParameter("--entry shows a single entry: it goes with no other option of the list")
        if log == "audit":
            raise typer.BadParameter(f"an audit entry stands in the org's log: daybook audit --entry {entry}")
        session.show(session.api.get("records", *parse_record(record), log, entry), documents.entry)
        return
    if all_pages and cursor is None and log in ("emails", "sms"):
        # By last activity, an entry that is opened meanwhile would be missed or met twice. A cursor has its own sort.
        sort = sort or "sent"
    options = {"sort": sort, "order": order, "q": q, "from": since, "to": until, "status": status}
    parameters = paging_options.parameters(options, limit, cursor, all_pages=all_pages)
    pages = session.api.pages("records", *parse_record(record), log, parameters=parameters)
    session.show_pages(pages, columns.RECORD_LOGS[log], all_pages=all_pages, with_ids=with_ids)


@api_command
def timeline(
    session: Session,
    record: Record,
    *,
    logs: Annotated[
        list[str] | None,
        typer.Option("--log", help="Only this log, as in email. Repeatable: any of them."),
    ] = None,
    q: Line = None,
    since: paging_options.From = None,
    until: paging_options.To = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    with_ids: paging_options.Ids = False,
) -> None:
    """Show all the logs of one record that the token may see, newest first."""
    options: dict[str, str | list[str] | None] = {"log": logs, "q": q, "from": since, "to": until}
    parameters = paging_options.parameters(options, limit, cursor, all_pages=all_pages)
    pages = session.api.pages("records", *parse_record(record), "timeline", parameters=parameters)
    session.show_pages(pages, columns.TIMELINE, all_pages=all_pages, with_ids=with_ids)
