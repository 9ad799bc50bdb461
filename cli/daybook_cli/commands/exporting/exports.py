"""`daybook exports`: what one has exported, and getting or cancelling it."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from typing import Annotated

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.default_commands import group_with_default
from daybook_cli.commands.exporting import download, export
from daybook_cli.commands.exporting.following import followed, goes_on
from daybook_cli.options import paging_options
from daybook_cli.rendering import documents, list_columns

app = group_with_default("List your exports, get their files, and cancel them. `daybook exports` is `exports list`.")
ExportId = Annotated[str, typer.Argument(help="The id of the export.", metavar="EXPORT_ID")]


@app.command("list")
@api_command
def list_exports(
    session: Session,
    *,
    limit: paging_options.Limit = None,
    cursor: paging_options.Cursor = None,
    all_pages: paging_options.AllPages = False,
) -> None:
    """List your own exports, newest first."""
    parameters = paging_options.parameters({}, limit, cursor, all_pages=all_pages)
    pages = session.api.pages("exports", parameters=parameters)
    session.show_pages(pages, list_columns.EXPORTS, all_pages=all_pages)


@app.command("show")
@api_command
def show(session: Session, export_id: ExportId) -> None:
    """Show how far an export is, or what has become of it."""
    session.show(session.api.get("exports", export_id), documents.export)


@app.command("fetch")
@api_command
def fetch(session: Session, export_id: ExportId, *, output: export.Output = None) -> None:
    """Wait until an export is done, and get its file."""
    export.check_output(session, output)
    with download.target(output) as file:
        with session.runtime.interruptible(goes_on(export_id)):
            done = followed(session, session.api.get("exports", export_id))
        fetched = download.fetch(session, done, file)
    export.show_fetched(session, fetched, output)


@app.command("cancel")
@api_command
def cancel(session: Session, export_id: ExportId) -> None:
    """Cancel an export, and show it; the file of one that is done is deleted."""
    export.cancel(session, export_id)
    session.show(session.api.get("exports", export_id), documents.export)
