"""`daybook audit`: the org's audit log, by the line that staff type, and by date, staff and source."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Annotated, Literal

import typer

from daybook_cli.connection.api import Page
from daybook_cli.options import api_access
from daybook_cli.rendering import audit_entry, local_time, tables
from daybook_cli.rendering.tables import Column
from daybook_cli.runtime import World

PAGE = 50
LARGEST_PAGE = 200


class Source(StrEnum):
    """What an audit entry may come from."""

    CHECK_IN_KIOSK = "check_in_kiosk"
    CUSTOMER_PORTAL = "customer_portal"
    MOBILE_APP = "mobile_app"
    OFFICE_PORTAL = "office_portal"
    STAFF_PORTAL = "staff_portal"
    SYSTEM = "system"
    TIME_CLOCK_KIOSK = "time_clock_kiosk"


def audit(
    context: typer.Context,
    line: Annotated[
        str | None,
        typer.Argument(help='What to search, as in "01/01/2015 5:10 pm admin deleted Smith".', metavar="LINE"),
    ] = None,
    *,
    since: Annotated[
        str | None, typer.Option("--from", help="From this moment on: RFC 3339, or a date, in UTC.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before this moment.")] = None,
    staff: Annotated[
        list[str] | None, typer.Option("--staff", help="Username of who did it. Repeatable: any of them.")
    ] = None,
    source: Annotated[
        list[Source] | None, typer.Option("--source", help="Where it was done. Repeatable: any of them.")
    ] = None,
    order: Annotated[Literal["asc", "desc"] | None, typer.Option("--order", help="Default: desc.")] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, max=LARGEST_PAGE, help="Rows a page. Default: 50, with --all 200."),
    ] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from where a page ended.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Follow the pages to the end.")] = False,
    entry: Annotated[str | None, typer.Option("--entry", help="Show the entry of this id, whole, instead.")] = None,
    who: Annotated[bool, typer.Option("--who", help="List the usernames in the audit log instead.")] = False,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Search the org's audit log: a table on a terminal, tab-separated lines elsewhere."""
    world = context.ensure_object(World)
    asked: dict[str, str | list[str] | None] = {
        "q": line,
        "from": api_access.read_moment(since),
        "to": api_access.read_moment(until),
        "staff": staff,
        "source": [str(one) for one in source] if source else None,
        "order": order,
    }
    filters = {name: value for name, value in asked.items() if value is not None}
    paging = {"limit": str(limit or (LARGEST_PAGE if everything else PAGE))}
    paging |= {"cursor": cursor} if cursor is not None else {}
    if (who or entry is not None) and filters:
        raise typer.BadParameter("--who and --entry take neither a LINE nor a filter")
    if entry is not None and (who or limit or cursor is not None or everything):
        raise typer.BadParameter("--entry shows a single entry: it takes neither --who nor pages")
    with world.api(api_access.choice(api, token, org, role), default_role="admin") as client:
        zone = world.zone(client, as_json=as_json)
        if entry is not None:
            found = client.read_audit_entry(entry)
            world.say(tables.json_line(found) if as_json else audit_entry.as_text(found, zone))
        elif who:
            pages = client.walk_audit_staff(paging)
            _show(world, pages, tables.STAFF_SEEN, zone, everything=everything, as_json=as_json)
        else:
            pages = client.walk_audit(filters | paging)
            _show(world, pages, tables.ORG_AUDIT, zone, everything=everything, as_json=as_json)


def _show(
    world: World,
    pages: Iterator[Page],
    columns: Sequence[Column],
    zone: tzinfo | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    is_first = True
    for page in pages:
        tables.show(world.out, columns, page.entries, as_json=as_json, heading=is_first, zone=zone)
        is_first = False
        if page.next and not everything:
            searched = _searched(page, zone)
            world.complain(f"{searched}--cursor {page.next} goes on from here, --all shows everything.")
            return


def _searched(page: Page, zone: tzinfo | None) -> str:
    """What a page with a next covers, however few entries are on it."""
    start, end = (local_time.second(bound, zone) for bound in page.searched)
    if start and end:
        return f"Searched from {start} to {end}; there may be more: "
    if start:
        return f"Searched from {start} on; there may be more: "
    return f"Searched up to {end}; there may be more: " if end else "There is more: "
