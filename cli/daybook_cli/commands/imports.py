"""`daybook import`: what other systems have recorded, as entries."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from daybook_cli.connection.api import Api
from daybook_cli.connection.settings import Choice
from daybook_cli.importing.cloudtrail import mapping
from daybook_cli.importing.csv_tables.cells import Cells
from daybook_cli.importing.csv_tables.dialects import Asked
from daybook_cli.importing.csv_tables.rows import read as read_table
from daybook_cli.importing.dry_run import Findings
from daybook_cli.importing.files import Files, Tally, files_under, json_reader
from daybook_cli.importing.jsonl import EntryLines
from daybook_cli.options import api_access, csv_table
from daybook_cli.posting.sending import Outcome, deliver
from daybook_cli.rendering import tables
from daybook_cli.runtime import INTERRUPTED, World

IN_FLIGHT = 4
ATTEMPTS = 8
ROWS = 5
# Entries between two movements of a dry run's bar.
PER_MOVEMENT = 100
JSON_FILES = ("*.json*",)
CSV_FILES = ("*.csv*", "*.tsv*")

import_app = typer.Typer(
    help="Import what other systems have recorded as entries.", no_args_is_help=True, rich_markup_mode=None
)
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Send nothing: show the first entries, and say what is wrong with others.")
]
Rows = Annotated[int | None, typer.Option("--rows", min=0, help="How many entries a dry run shows. Default: 5.")]


@import_app.command()
def cloudtrail(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="CloudTrail records, plain or gzipped; or folders of them.", exists=True)
    ],
    *,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Import CloudTrail records as audit entries. Run it again at any time: nothing is stored twice."""
    world = context.ensure_object(World)
    source = Files(files_under(files, JSON_FILES), json_reader(mapping.records_inside, mapping.to_entry))
    asked = api_access.choice(api, token, org, role)
    _import_or_try(world, source, asked, is_dry=is_dry, rows=rows, as_json=as_json)


@import_app.command()
def jsonl(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="Entries as the API takes them, one a line, plain or gzipped; or folders.", exists=True),
    ],
    *,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Import entries as the API takes them. What has a key, a message_id or a time is not stored twice."""
    world = context.ensure_object(World)
    lines = EntryLines()
    source = Files(files_under(files, JSON_FILES), lines.read)
    asked = api_access.choice(api, token, org, role)
    try:
        _import_or_try(world, source, asked, is_dry=is_dry, rows=rows, as_json=as_json)
    finally:
        if lines.unrepeatable:
            world.complain(
                f"{lines.unrepeatable:,} without key, message_id and occurred_at: "
                "their time is that of the import, and another import stores them again."
            )


@import_app.command()
def csv(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="Tables with a header, plain or gzipped; or folders of them.", exists=True)
    ],
    *,
    log: csv_table.Log = None,
    renamed: csv_table.Map = None,
    constants: csv_table.Set = None,
    ignored: csv_table.Ignore = None,
    time_zone: csv_table.TimeZone = None,
    day_first: csv_table.DayFirst = False,
    nulls: csv_table.Null = None,
    encoding: csv_table.Encoding = Asked.encoding,
    delimiter: csv_table.Delimiter = None,
    quote: csv_table.Quote = None,
    escape: csv_table.Escape = None,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_access.Api = None,
    token: api_access.Token = None,
    org: api_access.Org = None,
    role: api_access.Role = None,
    as_json: api_access.Json = False,
) -> None:
    """Import tables with a header, an entry a row. Run it again at any time: nothing is stored twice."""
    world = context.ensure_object(World)
    cells = Cells(csv_table.read_zone(time_zone), day_first=day_first, nulls=frozenset(nulls or []))
    plan = csv_table.read_plan(log, renamed or [], constants or [], ignored or [], cells)
    dialect = csv_table.read_dialect(encoding, delimiter, quote, escape)
    source = Files(files_under(files, CSV_FILES), lambda file, name: read_table(file, name, plan, dialect))
    asked = api_access.choice(api, token, org, role)
    _import_or_try(world, source, asked, is_dry=is_dry, rows=rows, as_json=as_json)


def _import_or_try(
    world: World, source: Files, asked: Choice, *, is_dry: bool, rows: int | None, as_json: bool
) -> None:
    if rows is not None and not is_dry:
        raise typer.BadParameter("--rows is for a --dry-run")
    if is_dry:
        _try_out(world, source, ROWS if rows is None else rows, as_json=as_json)
    else:
        _import(world, source, asked, as_json=as_json)


def _import(world: World, source: Files, asked: Choice, *, as_json: bool) -> None:
    tally = Tally()
    try:
        with world.api(asked, default_role="service", attempts=ATTEMPTS) as client:
            _send(world, client, source, tally)
    except KeyboardInterrupt:
        world.complain("Stopped. Run it again to go on: what is there already counts as duplicate.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        world.say(tables.json_line(tally.as_dict()) if as_json else str(tally))
    if tally.has_rejected:
        raise typer.Exit(1)


def _send(world: World, client: Api, source: Files, tally: Tally) -> None:
    with world.progress() as bar:
        task = bar.add_task("", total=source.total, said="")

        def take(outcomes: list[Outcome]) -> None:
            tally.add(outcomes)
            for each in outcomes:
                if each.status == "rejected":
                    world.complain(f"{each.place}: {each.reason}")
            bar.update(task, completed=source.done, said=str(tally))

        deliver(client, source, take, in_flight=IN_FLIGHT)


def _try_out(world: World, source: Files, rows: int, *, as_json: bool) -> None:
    findings = Findings(rows)
    try:
        _look(world, source, findings)
    except KeyboardInterrupt:
        world.complain("Stopped before the end.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        _report(world, findings, as_json=as_json)
    if findings.faulty:
        raise typer.Exit(1)


def _look(world: World, source: Files, findings: Findings) -> None:
    now = datetime.now(UTC)
    with world.progress() as bar:
        task = bar.add_task("", total=source.total, said="")
        for count, each in enumerate(source):
            fault = findings.add(each, now)
            if fault:
                world.complain(f"{fault.place}: {fault.reason}")
            if count % PER_MOVEMENT == 0:
                bar.update(task, completed=source.done, said=str(findings))


def _report(world: World, findings: Findings, *, as_json: bool) -> None:
    if as_json:
        world.say(tables.json_line(findings.as_dict()))
        return
    for each in findings.first:
        tables.show_entry(world.out, each.place, each.entry)
    world.complain(str(findings))
