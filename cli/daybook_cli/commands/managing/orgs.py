"""`daybook orgs`: the orgs of a deployment, which are made before anything is posted to them."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Any

import typer

from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.commands.pages import show_pages
from daybook_cli.options import api_options, org_options, paging_options
from daybook_cli.rendering import documents, list_columns
from daybook_cli.rendering.escaping import json_line
from daybook_cli.runtime import Runtime

_ROLE = "platform"

app = group_with_default(
    "List the orgs of a deployment, show one, make or change one. `daybook orgs` is `daybook orgs list`."
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
    """List the orgs."""
    runtime = context.ensure_object(Runtime)
    parameters = paging_options.parameters({}, limit, cursor, all_pages=all_pages)
    with runtime.orgs_api(api_options.connection_options(api, token, None, role), default_role=_ROLE) as client:
        pages = client.pages(parameters)
        show_pages(runtime, pages, list_columns.ORGS, None, as_json=as_json, all_pages=all_pages)


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
    time_zone: org_options.TimeZone = None,
    record_urls: org_options.RecordUrls = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Make an org, or change it, and show it. What is not given stays as it is."""
    runtime = context.ensure_object(Runtime)
    settings = org_options.settings(name, time_zone, record_urls)
    with runtime.orgs_api(api_options.connection_options(api, token, None, role), default_role=_ROLE) as client:
        _show(runtime, client.put(org, settings), as_json=as_json)


def _show(runtime: Runtime, org: dict[str, Any], *, as_json: bool) -> None:
    runtime.echo(json_line(org) if as_json else documents.org(org))
