"""The options of every command that calls the API: which API, which org, as whom, and in which form the result is."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated, Literal

import typer

from daybook_cli.connection.settings import ConnectionOptions

Api = Annotated[
    str | None, typer.Option("--api", help="Address of the API. Or DAYBOOK_API. Default: the local stack's.")
]
Token = Annotated[
    str | None, typer.Option("--token", help="Bearer token. Or DAYBOOK_TOKEN. Default: the local stack's.")
]
Org = Annotated[str | None, typer.Option("--org", help="Org. Or DAYBOOK_ORG. Default: the local stack's first.")]
Role = Annotated[
    Literal["admin", "staff", "service", "platform", "other_admin"] | None,
    typer.Option(
        "--as",
        help="Whose token of the local stack to use. Default: service to post, platform for orgs, else admin.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a pipe.")]


def connection_options(api: str | None, token: str | None, org: str | None, role: str | None) -> ConnectionOptions:
    """The options of one command; typer.BadParameter where they contradict each other."""
    if token and role:
        raise typer.BadParameter("--token and --as name two different tokens: give one")
    return ConnectionOptions(api=api, token=token, org=org, role=role)
