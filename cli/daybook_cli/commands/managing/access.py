"""`daybook access`: what groups and staff members may see and do."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.rendering import documents, list_columns
from daybook_cli.rendering.tables import Row

app = group_with_default(
    "Show and change what groups and staff may see and do. `daybook access` is `daybook access list`."
)
Permissions = Annotated[
    list[str] | None,
    typer.Argument(help="All that they are to have from now on, as in sms_log.", metavar="PERMISSION"),
]
Nothing = Annotated[bool, typer.Option("--none", help="Take back all that was granted.")]


@app.command("list")
@api_command
def list_grants(session: Session) -> None:
    """List what was granted, to groups and to single staff members."""
    answer = session.api.get("access")
    rows = [*_grants(answer, "groups", "group"), *_grants(answer, "staff", "staff")]
    session.show_list(answer, rows, list_columns.GRANTS)


@app.command("me")
@api_command
def me(session: Session) -> None:
    """Show whose token it is, and what it may."""
    session.show(session.api.get("access", "me"), lambda answer, _: documents.own_access(answer))


@app.command("group")
@api_command
def group(
    session: Session,
    name: Annotated[str, typer.Argument(help="Its whole name, as it stands in tokens.", metavar="GROUP")],
    permissions: Permissions = None,
    *,
    nothing: Nothing = False,
) -> None:
    """Grant permissions to a group, in the place of those that it had."""
    _grant(session, "group", name, permissions or [], nothing=nothing)


@app.command("staff")
@api_command
def staff(
    session: Session,
    username: Annotated[str, typer.Argument(help="In any letter case.", metavar="USERNAME")],
    permissions: Permissions = None,
    *,
    nothing: Nothing = False,
) -> None:
    """Grant permissions to a staff member, in the place of those that they had. Those of their groups count as well."""
    _grant(session, "staff", username, permissions or [], nothing=nothing)


def _grant(session: Session, kind: str, name: str, permissions: list[str], *, nothing: bool) -> None:
    if bool(permissions) == nothing:
        raise typer.BadParameter("give the permissions that they are to have, or --none")
    # In the body a name may have any spelling.
    answer = session.api.send("PUT", "access", body={kind: name, "permissions": permissions})
    session.show_list(answer, [{"kind": kind, "name": name, **answer}], list_columns.GRANTS)


def _grants(answer: Row, field: str, kind: str) -> list[Row]:
    granted = answer.get(field)
    names = granted.items() if isinstance(granted, dict) else ()
    return [{"kind": kind, "name": name, "permissions": permissions} for name, permissions in names]
