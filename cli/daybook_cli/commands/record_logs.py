"""`daybook log` and `daybook content`: the logs of one record, and the content of one of its e-mails."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Literal

import typer

from daybook_cli.options import api_options, paging_options
from daybook_cli.options.values import Record, parse_record
from daybook_cli.rendering import columns, documents
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import show_rows
from daybook_cli.runtime import Runtime


def log(
    context: typer.Context,
    record: Record,
    log: Annotated[Literal["emails", "sms", "pushes", "activity", "audit"], typer.Argument(help="Which log of it.")],
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
    q: Annotated[
        str | None, typer.Option("--q", help="The search line: words, dates, phone numbers; docs/search.md.")
    ] = None,
    since: paging_options.From = None,
    until: paging_options.To = None,
    status: Annotated[
        str | None, typer.Option("--status", help="One or more, as in bounced,delivered; for emails and sms.")
    ] = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Show a log of one record: a table on a terminal, tab-separated lines elsewhere."""
    runtime = context.ensure_object(Runtime)
    if all_pages and cursor is None and log in ("emails", "sms"):
        # By last activity, an entry that is opened meanwhile would be missed or met twice. A cursor has its own sort.
        sort = sort or "sent"
    options = {
        "sort": sort,
        "order": order,
        "q": q,
        "from": since,
        "to": until,
        "status": status,
        "limit": paging_options.page_limit(limit, all_pages=all_pages),
        "cursor": cursor,
    }
    parameters = {name: value for name, value in options.items() if value is not None}
    type_and_id = parse_record(record)
    is_first = True
    with runtime.api(api_options.connection_options(api, token, org, role), default_role="admin") as client:
        zone = runtime.display_zone(client, as_json=as_json)
        for page in client.log_pages(type_and_id, log, parameters):
            log_columns = columns.RECORD_LOGS[log]
            show_rows(runtime.out, log_columns, page.items, as_json=as_json, heading=is_first, zone=zone)
            is_first = False
            if page.next_cursor and not all_pages:
                runtime.echo_err(paging_options.continuation(page.next_cursor))
                break


def content(
    context: typer.Context,
    record: Record,
    entry: Annotated[str, typer.Argument(help="Id of the e-mail's entry.", metavar="ENTRY_ID")],
    *,
    html: Annotated[bool, typer.Option("--html", help="The HTML, where there is a text as well.")] = False,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Show an e-mail's content. Each access is itself an audit entry."""
    runtime = context.ensure_object(Runtime)
    type_and_id = parse_record(record)
    with runtime.api(api_options.connection_options(api, token, org, role), default_role="admin") as client:
        email = client.get_content(type_and_id, entry)
    runtime.echo(json_line(email) if as_json else documents.email_content(email, prefer_html=html))
