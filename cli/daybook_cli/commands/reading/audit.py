"""`daybook audit`: the org's audit log, searched by a query line and filters."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.options import paging_options
from daybook_cli.rendering import columns, documents


@api_command
def audit(
    session: Session,
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
        list[str] | None,
        typer.Option("--source", help='Where it was done, as in "Office Portal". Repeatable: any of them.'),
    ] = None,
    order: paging_options.Order = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    with_ids: paging_options.Ids = False,
    entry: Annotated[
        str | None, typer.Option("--entry", help="Instead, show the entry of this id with all its fields.")
    ] = None,
    who: Annotated[bool, typer.Option("--who", help="Instead, list the usernames in the audit log.")] = False,
) -> None:
    """Search the org's audit log, newest first."""
    filters: dict[str, str | list[str] | None]
    filters = {"q": line, "from": since, "to": until, "staff": staff, "source": source, "order": order}
    if (who or entry is not None) and any(value is not None and value != [] for value in filters.values()):
        raise typer.BadParameter("--who and --entry take neither a LINE nor a filter")
    if entry is not None and (who or limit or cursor is not None or all_pages):
        raise typer.BadParameter("--entry shows a single entry: it takes neither --who nor pages")
    if entry is not None:
        session.show(session.api.get_audit_entry(entry), documents.audit_entry)
        return
    parameters = paging_options.parameters(filters, limit, cursor, all_pages=all_pages)
    if who:
        pages = session.api.pages("audit", "staff", parameters=parameters)
        session.show_pages(pages, columns.AUDIT_STAFF, all_pages=all_pages)
    else:
        pages = session.api.pages("audit", parameters=parameters)
        session.show_pages(pages, columns.ORG_AUDIT, all_pages=all_pages, with_ids=with_ids)
