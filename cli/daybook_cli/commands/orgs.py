"""`daybook orgs`: the orgs of a deployment, which are made before anything is posted to them."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Any

import typer

from daybook_cli.options import api_options, paging_options
from daybook_cli.options.values import parse_pairs
from daybook_cli.rendering import columns, documents
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import show_rows
from daybook_cli.runtime import Runtime

_ROLE = "platform"

app = typer.Typer(
    help="List the orgs of a deployment, show one, make or change one.", no_args_is_help=True, rich_markup_mode=None
)
OrgId = Annotated[str, typer.Argument(help="The org's id, as it stands in tokens and paths.", metavar="ORG")]


@app.command("list")
def list_orgs(
    context: typer.Context,
    *,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
    api: api_options.Api = None,
    token: api_options.Token = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """List the orgs: a table on a terminal, tab-separated lines elsewhere."""
    runtime = context.ensure_object(Runtime)
    parameters = {"limit": paging_options.page_limit(limit, all_pages=all_pages)}
    parameters |= {"cursor": cursor} if cursor is not None else {}
    is_first = True
    with runtime.orgs_api(api_options.connection_options(api, token, None, role), default_role=_ROLE) as client:
        for page in client.pages(parameters):
            show_rows(runtime.out, columns.ORGS, page.items, as_json=as_json, heading=is_first)
            is_first = False
            if page.next_cursor and not all_pages:
                runtime.echo_err(paging_options.continuation(page.next_cursor))
                break


@app.command()
def show(
    context: typer.Context,
    org: OrgId,
    *,
    api: api_options.Api = None,
    token: api_options.Token = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Show an org: its name, its time zone, and the links to its records."""
    runtime = context.ensure_object(Runtime)
    with runtime.orgs_api(api_options.connection_options(api, token, None, role), default_role=_ROLE) as client:
        _show(runtime, client.get(org), as_json=as_json)


@app.command()
def put(
    context: typer.Context,
    org: OrgId,
    *,
    name: Annotated[str, typer.Option("--name", help="Its name, as people know it.")],
    time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone",
            help="An IANA name, as in America/Chicago. Default: as it is, and UTC where the org is new.",
        ),
    ] = None,
    record_urls: Annotated[
        list[str] | None,
        typer.Option(
            "--record-url",
            help="Where a portal shows the records of a type, as in family=https://portal.example/families/{id}. "
            "Repeatable; those given take the place of all that there were. Default: as they are.",
        ),
    ] = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Make an org, or change it, and show it. What is not given stays as it is."""
    runtime = context.ensure_object(Runtime)
    settings: dict[str, object] = {"name": name}
    if time_zone is not None:
        settings["time_zone"] = time_zone
    if record_urls:
        example = "family=https://portal.example/families/{id}"
        settings["record_url"] = parse_pairs(record_urls, "--record-url", example=example)
    with runtime.orgs_api(api_options.connection_options(api, token, None, role), default_role=_ROLE) as client:
        _show(runtime, client.put(org, settings), as_json=as_json)


def _show(runtime: Runtime, org: dict[str, Any], *, as_json: bool) -> None:
    runtime.echo(json_line(org) if as_json else documents.org(org))
