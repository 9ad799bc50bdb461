"""`daybook audit`: the org's audit log, searched by a query line and filters."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Annotated

import typer

from daybook_cli.connection.client import Page
from daybook_cli.options import api_options, paging_options
from daybook_cli.rendering import columns, documents, local_time
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import Column, show_rows
from daybook_cli.runtime import Runtime


class Source(StrEnum):
    """The `source` of an audit entry."""

    CHECK_IN_KIOSK = "check_in_kiosk"
    CUSTOMER_PORTAL = "customer_portal"
    MOBILE_APP = "mobile_app"
    OFFICE_PORTAL = "office_portal"
    STAFF_PORTAL = "staff_portal"
    SUPPORT = "support"
    SYSTEM = "system"
    TIME_CLOCK_KIOSK = "time_clock_kiosk"


def audit(
    context: typer.Context,
    line: Annotated[
        str | None,
        typer.Argument(help='What to search, as in "01/01/2015 5:10 pm admin deleted Smith".', metavar="LINE"),
    ] = None,
    *,
    since: paging_options.From = None,
    until: paging_options.To = None,
    staff: Annotated[
        list[str] | None, typer.Option("--staff", help="Username of who did it. Repeatable: any of them.")
    ] = None,
    source: Annotated[
        list[Source] | None, typer.Option("--source", help="Where it was done. Repeatable: any of them.")
    ] = None,
    order: paging_options.Order = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    entry: Annotated[
        str | None, typer.Option("--entry", help="Instead, show the entry of this id with all its fields.")
    ] = None,
    who: Annotated[bool, typer.Option("--who", help="Instead, list the usernames in the audit log.")] = False,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Search the org's audit log: a table on a terminal, tab-separated lines elsewhere."""
    runtime = context.ensure_object(Runtime)
    options: dict[str, str | list[str] | None] = {
        "q": line,
        "from": since,
        "to": until,
        "staff": staff,
        "source": [str(each) for each in source] if source else None,
        "order": order,
    }
    filters = {name: value for name, value in options.items() if value is not None}
    paging = {"limit": paging_options.page_limit(limit, all_pages=all_pages)}
    paging |= {"cursor": cursor} if cursor is not None else {}
    if (who or entry is not None) and filters:
        raise typer.BadParameter("--who and --entry take neither a LINE nor a filter")
    if entry is not None and (who or limit or cursor is not None or all_pages):
        raise typer.BadParameter("--entry shows a single entry: it takes neither --who nor pages")
    with runtime.api(api_options.connection_options(api, token, org, role), default_role="admin") as client:
        zone = runtime.display_zone(client, as_json=as_json)
        if entry is not None:
            fields = client.get_audit_entry(entry)
            runtime.echo(json_line(fields) if as_json else documents.audit_entry(fields, zone))
        elif who:
            pages = client.audit_staff_pages(paging)
            _show_pages(runtime, pages, columns.AUDIT_STAFF, zone, all_pages=all_pages, as_json=as_json)
        else:
            pages = client.audit_pages(filters | paging)
            _show_pages(runtime, pages, columns.ORG_AUDIT, zone, all_pages=all_pages, as_json=as_json)


def _show_pages(
    runtime: Runtime,
    pages: Iterator[Page],
    page_columns: Sequence[Column],
    zone: tzinfo | None,
    *,
    all_pages: bool,
    as_json: bool,
) -> None:
    is_first = True
    for page in pages:
        show_rows(runtime.out, page_columns, page.items, as_json=as_json, heading=is_first, zone=zone)
        is_first = False
        if page.next_cursor and not all_pages:
            searched = _searched_range(page, zone)
            runtime.echo_err(f"{searched}--cursor {page.next_cursor} continues from here, --all shows everything.")
            return


def _searched_range(page: Page, zone: tzinfo | None) -> str:
    """What time a page with a cursor covers, however few entries are on it."""
    start, end = (local_time.to_second(bound, zone) for bound in page.searched)
    if start and end:
        return f"Searched from {start} to {end}; there may be more: "
    if start:
        return f"Searched from {start} on; there may be more: "
    return f"Searched up to {end}; there may be more: " if end else "There is more: "
