"""`daybook export`: any list as a file, however long."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from daybook_cli.commands.api_commands import Session, api_command
from daybook_cli.commands.exporting import download, lists
from daybook_cli.commands.exporting.following import counted, followed, goes_on
from daybook_cli.connection.problems import ApiError, objects_in
from daybook_cli.options import paging_options
from daybook_cli.rendering import documents
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import Row
from daybook_cli.runtime import INTERRUPTED

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The file. Default: standard output.", metavar="FILE"),
]


@api_command
def export(
    session: Session,
    name: Annotated[
        str,
        typer.Argument(help="audit, messages, blacklist, holds, or of a record as family/123/emails.", metavar="LIST"),
    ],
    line: Annotated[
        str | None,
        typer.Argument(help='What to search, as in "admin deleted Smith". Default: all of the list.', metavar="LINE"),
    ] = None,
    *,
    since: paging_options.From = None,
    until: paging_options.To = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="As in bounced. Repeatable: any of them.")
    ] = None,
    staff: Annotated[
        list[str] | None, typer.Option("--staff", help="Of audit: username of who did it. Repeatable: any of them.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help='Of audit: where it was done, as in "Office Portal". Repeatable: any of them.'),
    ] = None,
    log: Annotated[
        list[str] | None,
        typer.Option(
            "--log", help="Of messages: email, the default, or sms. Of a timeline: only this. Repeatable there."
        ),
    ] = None,
    recipient: Annotated[
        str | None, typer.Option("--recipient", help="Of messages: only those to this address or phone number.")
    ] = None,
    address: Annotated[str | None, typer.Option("--address", help="Of the blacklist: only this address.")] = None,
    sort: Annotated[
        Literal["date", "recipient", "status", "sent"] | None,
        typer.Option(
            "--sort", help="Of emails and sms. By date and status, which change, rows come by sent. Default: sent."
        ),
    ] = None,
    order: paging_options.Order = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet. The default.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="JSON lines: the rows of the API, one a line.")] = False,
    changes: Annotated[
        bool,
        typer.Option("--changes", help="Of audit: a row for each field that was changed, with before and after."),
    ] = False,
    output: Output = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Start it, and show it; its file is for later.")] = False,
) -> None:
    """Export a list, or what is found in it, as CSV or JSON lines."""
    path = lists.path_of(name)
    given: dict[str, str | list[str] | None]
    given = {"q": line, "from": since, "to": until, "status": status, "staff": staff, "source": source, "log": log}
    query = lists.query_of(path, given | {"recipient": recipient, "address": address, "sort": sort, "order": order})
    _check_form(path, csv=csv, jsonl=jsonl, changes=changes)
    body: dict[str, object] = {"list": path, "query": query, "format": "jsonl" if jsonl else "csv"}
    if changes:
        body["rows"] = "changes"
    if no_wait:
        if output is not None:
            raise typer.BadParameter("--no-wait gets no file: `daybook exports fetch` takes --output")
        session.show(_started(session, body), documents.export)
        return
    check_output(session, output)
    # Before it is started: nobody waits for an hour for a file that cannot be written.
    with download.target(output) as file:
        _say_what_is_ignored(session, path, query)
        fetched = download.fetch(session, _until_done(session, _started(session, body)), file)
    show_fetched(session, fetched, output)


def _check_form(path: str, *, csv: bool, jsonl: bool, changes: bool) -> None:
    """typer.BadParameter where the options of the file's form do not go together."""
    if csv and jsonl:
        raise typer.BadParameter("--csv and --jsonl are two formats: give one")
    if changes and jsonl:
        raise typer.BadParameter("--changes is a form of CSV: it does not go with --jsonl")
    if changes and not lists.is_audit(path):
        raise typer.BadParameter("--changes is for audit entries: audit, or of a record as family/123/audit")


def check_output(session: Session, output: Path | None) -> None:
    """typer.BadParameter where standard output is not to get the file, but `output` was not given."""
    if output is not None:
        return
    if session.as_json:
        raise typer.BadParameter("--json shows the export itself, beside its file: give --output. JSON lines: --jsonl")
    if session.runtime.out.is_terminal:
        raise typer.BadParameter("the file goes to --output FILE, or into a file with > FILE")


def show_fetched(session: Session, export: Row, output: Path | None) -> None:
    """Say how many rows the file has, once it is written; and the export as JSON where it was asked for."""
    if export.get("rows") == 0:
        session.runtime.echo_err("Nothing found: the file has no rows.")
    else:
        session.runtime.echo_err(f"{counted(export)}{f' in {output}' if output else ''}.")
    if session.as_json:
        session.runtime.echo(json_line(export))


def cancel(session: Session, export_id: str) -> None:
    """Cancel an export. ApiError."""
    session.api.send("DELETE", "exports", export_id)


def _started(session: Session, body: dict[str, object]) -> Row:
    """The export that was asked for. ApiError."""
    unknown = "Whether the export was started is not known: `daybook exports` lists yours."
    with session.runtime.interruptible(unknown):
        # A second request would be a second export.
        return session.api.send("POST", "exports", body=body, idempotent=False)


def _until_done(session: Session, export: Row) -> Row:
    """As `followed`. Ctrl-C cancels the export."""
    try:
        return followed(session, export)
    except KeyboardInterrupt:
        _cancel_interrupted(session, str(export.get("id")))
        raise typer.Exit(INTERRUPTED) from None


def _cancel_interrupted(session: Session, export_id: str) -> None:
    with session.runtime.interruptible(f"The export may go on: `daybook exports cancel {export_id}` ends it."):
        try:
            cancel(session, export_id)
        except ApiError as error:
            session.runtime.echo_err(f"It was not cancelled. {error}. {goes_on(export_id)}")
        else:
            session.runtime.echo_err("The export was cancelled.")


def _say_what_is_ignored(session: Session, path: str, query: lists.Query) -> None:
    """Which part of the search line asks for nothing. ApiError, as of the list itself."""
    if "q" not in query:
        return
    page: dict[str, Any] = session.api.get(*path.split("/"), parameters=query | {"limit": "1"})
    ignored = [str(part.get("text")) for part in objects_in(page.get("understood")) if part.get("kind") == "ignored"]
    if ignored:
        session.runtime.echo_err(f"Not searched for: {' '.join(ignored)}")
