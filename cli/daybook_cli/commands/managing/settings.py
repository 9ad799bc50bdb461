"""`daybook settings`: what an org is called, when its days begin, and where its records are shown."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.options import org_options
from daybook_cli.rendering import documents

app = group_with_default("Show and change the settings of the org. `daybook settings` is `daybook settings show`.")


@app.command("show")
@api_command
def show(session: Session) -> None:
    """Show the org's name, its time zone, and the links to its records."""
    session.show(session.api.get("settings"), lambda settings, _: documents.org(settings))


@app.command("set")
@api_command
def change(
    session: Session,
    *,
    name: Annotated[str | None, typer.Option("--name", help="The org's name, as people know it.")] = None,
    time_zone: org_options.TimeZone = None,
    record_urls: org_options.RecordUrls = None,
) -> None:
    """Change settings, and show them. What is not given stays as it is."""
    settings = org_options.settings(name, time_zone, record_urls)
    if not settings:
        raise typer.BadParameter("give what to change: --name, --time-zone or --record-url")
    session.show(session.api.send("PUT", "settings", body=settings), lambda answer, _: documents.org(answer))
