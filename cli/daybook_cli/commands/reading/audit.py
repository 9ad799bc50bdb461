"""`daybook audit`: the org's audit log, searched by a query line and filters."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Literal

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
    order: Annotated[
        Literal["asc", "desc", "name", "last"] | None,
        typer.Option("--order", help="asc or desc, the default. With --who name, the default, or last."),
    ] = None,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    with_ids: paging_options.Ids = False,
    entry: paging_options.Entry = None,
    who: Annotated[bool, typer.Option("--who", help="Instead, list the usernames in the audit log.")] = False,
    kind: Annotated[
        Literal["staff", "customer"] | None, typer.Option("--kind", help="With --who: only staff, or only customers.")
    ] = None,
    q: Annotated[
        str | None, typer.Option("--q", "-q", help="With --who: only names and usernames with words that begin so.")
    ] = None,
) -> None:
    """Search the org's audit log, newest first."""
    filters: dict[str, str | list[str] | None]
    filters = {"q": line, "from": since, "to": until, "staff": staff, "source": source}
    if (who or entry is not None) and any(value is not None and value != [] for value in filters.values()):
        raise typer.BadParameter("--who and --entry take neither a LINE nor a filter")
    if entry is not None and (who or limit or cursor is not None or all_pages or order):
        raise typer.BadParameter("--entry shows a single entry: it takes neither --who nor pages")
    if not who and (kind is not None or q is not None):
        raise typer.BadParameter("--kind and --q go with --who; of entries, give a LINE")
    orders = ("name", "last") if who else ("asc", "desc")
    if order is not None and order not in orders:
        raise typer.BadParameter(f"--order is here {' or '.join(orders)}")
    if entry is not None:
        session.show(session.api.get_audit_entry(entry), documents.audit_entry)
        return
    options = {"q": q, "kind": kind, "order": order} if who else {**filters, "order": order}
    parameters = paging_options.parameters(options, limit, cursor, all_pages=all_pages)
    if who:
        pages = session.api.pages("audit", "staff", parameters=parameters)
        session.show_pages(pages, columns.AUDIT_STAFF, all_pages=all_pages)
    else:
        pages = session.api.pages("audit", parameters=parameters)
        session.show_pages(pages, columns.ORG_AUDIT, all_pages=all_pages, with_ids=with_ids)
