"""The command line `daybook`: one function a command, each a page of wiring."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from daybook_cli.commands import audit, feedback, imports, reindex, retention
from daybook_cli.importing.files import Tally
from daybook_cli.options import api_access
from daybook_cli.posting import entry_input
from daybook_cli.posting.json_files import Fault
from daybook_cli.posting.sending import Item, Outcome, deliver
from daybook_cli.rendering import tables
from daybook_cli.runtime import World

PAGE = 50
LARGEST_PAGE = 200

app = typer.Typer(
    help="Post entries to a Daybook API, read a record's logs, import what other systems have recorded. "
    "Play a provider that reports on messages, and look after what it sent that could not be taken in.",
    no_args_is_help=True,
    add_completion=False,
    # Its markup would read what a caller typed; its tracebacks would show tokens.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(imports.import_app, name="import")
app.command("audit")(audit.audit)
app.command("simulate")(feedback.simulate)
app.add_typer(feedback.dead_letters_app, name="dead-letters")
app.command("reindex")(reindex.reindex)
app.add_typer(retention.retention_app, name="retention")


@app.command()
def post(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="JSON: one entry, a list, a request body, or one entry a line. Default, and -: standard input."
        ),
    ] = None,
    *,
    log: Annotated[
        Literal["email", "sms", "push", "activity", "audit"] | None,
        typer.Option("--log", help="Post a single entry, made from these options, to this log."),
    ] = None,
    record: Annotated[str | None, typer.Option("--record", help="Its record, as in family/123.")] = None,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help='Another field of it, as in action="signed in". Repeatable.')
    ] = None,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Post entries from a file, standard input or options, and say what became of each."""
    world = context.ensure_object(World)
    if log and file:
        raise typer.BadParameter("give a FILE or --log, not both")
    if not log and (record or fields):
        raise typer.BadParameter("--record and --field describe a single entry: give --log, too")
    items = _one_item(log, record, fields or []) if log else _items(context, file)
    tally = Tally()

    def take(outcomes: list[Outcome]) -> None:
        rows = [each.as_dict() for each in outcomes]
        tables.show(world.out, tables.OUTCOMES, rows, as_json=as_json, heading=not tally.counts)
        tally.add(outcomes)

    with world.api(api_access.choice(api, token, org, role), default_role="service") as client:
        deliver(client, items, take)
    world.complain(str(tally))
    if tally.has_rejected:
        raise typer.Exit(1)


def _one_item(log: str, record: str | None, fields: list[str]) -> Iterator[Item | Fault]:
    of = api_access.read_record(record) if record else None
    return iter([entry_input.from_options(log, of, api_access.read_pairs(fields, "--field"))])


def _items(context: typer.Context, file: Path | None) -> Iterator[Item | Fault]:
    if file and str(file) != "-":
        try:
            return entry_input.read_items(context.with_resource(file.open("rb")), str(file))
        except OSError as error:
            raise typer.BadParameter(f"{file} cannot be opened: {error.strerror}") from error
    if sys.stdin.isatty():
        raise typer.BadParameter("give a FILE, --log, or entries on standard input")
    return entry_input.read_items(sys.stdin.buffer, "standard input")


@app.command("log")
def read_log(
    context: typer.Context,
    record: api_access.Record,
    log: Annotated[Literal["emails", "sms", "pushes", "activity", "audit"], typer.Argument(help="Which log of it.")],
    *,
    sort: Annotated[
        Literal["date", "recipient", "status"] | None,
        typer.Option("--sort", help="What to sort by; recipient and status for emails and sms. Default: date."),
    ] = None,
    order: Annotated[Literal["asc", "desc"] | None, typer.Option("--order", help="Default: desc.")] = None,
    q: Annotated[str | None, typer.Option("--q", help="Terms that must all occur.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="From this moment on: RFC 3339, or a date, in UTC.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before this moment.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="One or more, as in bounced,delivered; for emails and sms.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, max=LARGEST_PAGE, help="Entries a page. Default: 50, with --all 200."),
    ] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from where a page ended.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Follow the pages to the end.")] = False,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Show a log of one record: a table on a terminal, tab-separated lines elsewhere."""
    world = context.ensure_object(World)
    asked = {
        "sort": sort,
        "order": order,
        "q": q,
        "from": api_access.read_moment(since),
        "to": api_access.read_moment(until),
        "status": status,
        "limit": str(limit or (LARGEST_PAGE if everything else PAGE)),
        "cursor": cursor,
    }
    parameters = {name: value for name, value in asked.items() if value is not None}
    of = api_access.read_record(record)
    is_first = True
    with world.api(api_access.choice(api, token, org, role), default_role="admin") as client:
        zone = world.zone(client, as_json=as_json)
        for page in client.walk(of, log, parameters):
            columns, rows = tables.COLUMNS[log], page.entries
            tables.show(world.out, columns, rows, as_json=as_json, heading=is_first, zone=zone)
            is_first = False
            if page.next and not everything:
                world.complain(f"There is more: --cursor {page.next} goes on from here, --all shows everything.")
                break


@app.command()
def content(
    context: typer.Context,
    record: api_access.Record,
    entry: Annotated[str, typer.Argument(help="Id of the e-mail's entry.", metavar="ENTRY_ID")],
    *,
    html: Annotated[bool, typer.Option("--html", help="The HTML, where there is a text as well.")] = False,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Show an e-mail's content. Each look is itself an audit entry."""
    world = context.ensure_object(World)
    of = api_access.read_record(record)
    with world.api(api_access.choice(api, token, org, role), default_role="admin") as client:
        found = client.read_content(of, entry)
    world.say(tables.json_line(found) if as_json else tables.content(found, prefer_html=html))


def main() -> None:
    app()
