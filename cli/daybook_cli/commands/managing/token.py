"""`daybook token`: whose token commands use, until when it holds, and how a service gets one."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from daybook_cli.connection import oauth
from daybook_cli.connection.settings import ConnectionSettingsError, find_stack, named_token, resolve_token
from daybook_cli.options import api_options
from daybook_cli.rendering import documents
from daybook_cli.rendering.escaping import json_line, one_line
from daybook_cli.runtime import Runtime

SECRET = "DAYBOOK_CLIENT_SECRET"  # noqa: S105


def token(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="Print this token of the local stack, and nothing else: admin, staff, service, platform, other_admin.",
            show_default=False,
        ),
    ] = None,
    *,
    is_bare: Annotated[bool, typer.Option("--bare", help="Print the token itself, and nothing else.")] = False,
    url: Annotated[
        str | None, typer.Option("--url", help="Get a token from this token endpoint, with client credentials.")
    ] = None,
    client_id: Annotated[str | None, typer.Option("--client-id", help=f"Its secret is in {SECRET}.")] = None,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="A scope to ask for, as in daybook/read. Repeatable.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", help="The API's identifier, where the provider asks for it.")
    ] = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Show what the token claims that other commands use, or get one.

    With NAME print a token of the local stack.
    """
    runtime = context.ensure_object(Runtime)
    if name is not None:
        if url or client_id or scopes or audience or api or token or role or as_json:
            raise typer.BadParameter("NAME prints a token of the local stack: it goes without options")
        with runtime.reporting_errors():
            runtime.echo(one_line(named_token(find_stack(runtime.directory, runtime.environ), name)))
        return
    if bool(url) != bool(client_id) or (not url and (scopes or audience)):
        raise typer.BadParameter(
            "a token endpoint needs both --url and --client-id; --scope and --audience go with them"
        )
    if url and (api or token or role):
        raise typer.BadParameter("--url gets a new token: it goes without --api, --token and --as")
    if is_bare and as_json:
        raise typer.BadParameter("give --bare or --json, not both")
    with runtime.reporting_errors():
        if url and client_id:
            parameters = {"scope": " ".join(scopes or []), "audience": audience or ""}
            value = _fetch(runtime, url, client_id, {name: text for name, text in parameters.items() if text})
        else:
            options = api_options.connection_options(api, token, None, role)
            value = resolve_token(options, runtime.environ, find_stack(runtime.directory, runtime.environ), "admin")
        if is_bare:
            runtime.echo(one_line(value))
            return
        claims = oauth.claims_of(value)
        if claims is None:
            raise ConnectionSettingsError(
                "This token is no JWT: it does not say whose it is. `daybook access me` asks the API."
            )
    runtime.echo(json_line(claims) if as_json else documents.claims(claims))
    if _has_expired(claims):
        runtime.echo_err("This token has expired.")


def _fetch(runtime: Runtime, url: str, client_id: str, parameters: dict[str, str]) -> str:
    secret = runtime.environ.get(SECRET)
    if not secret:
        raise ConnectionSettingsError(f"The secret of {client_id} is not known: put it into {SECRET}.")
    return oauth.fetch_token(url, client_id, secret, parameters, runtime.transport)


def _has_expired(claims: dict[str, Any]) -> bool:
    """Whether a token does not hold any longer; one that does not say until when has not expired."""
    expiry = claims.get("exp")
    return isinstance(expiry, int | float) and expiry <= datetime.now(UTC).timestamp()
