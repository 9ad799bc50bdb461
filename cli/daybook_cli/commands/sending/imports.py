"""`daybook import`: the records of other systems as entries."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from pathlib import Path
from typing import Annotated

import typer

from daybook_cli.importing.cloudtrail.mapping import to_entry, unwrap_records
from daybook_cli.importing.csv_tables.cells import CellFormat
from daybook_cli.importing.csv_tables.dialects import DialectOptions
from daybook_cli.importing.csv_tables.rows import read_items
from daybook_cli.importing.files import ImportSource, files_under, json_reader
from daybook_cli.importing.jsonl import JsonlReader
from daybook_cli.importing.runs import ImportRun
from daybook_cli.options import api_options, csv_options
from daybook_cli.runtime import Runtime

JSON_FILES = ("*.json*",)
CSV_FILES = ("*.csv*", "*.tsv*")

app = typer.Typer(
    help="Import what other systems have recorded as entries.", no_args_is_help=True, rich_markup_mode=None
)
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Send nothing: show the first entries, and say what is wrong with others.")
]
Rows = Annotated[int | None, typer.Option("--rows", min=0, help="How many entries a dry run shows. Default: 5.")]


@app.command()
def cloudtrail(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="CloudTrail records, plain or gzipped; or folders of them.", exists=True)
    ],
    *,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Import CloudTrail records as audit entries. Run it again at any time: nothing is stored twice."""
    source = ImportSource(files_under(files, JSON_FILES), json_reader(unwrap_records, to_entry))
    connection = api_options.connection_options(api, token, org, role)
    ImportRun(context.ensure_object(Runtime), source, connection, as_json=as_json).run(is_dry=is_dry, rows=rows)


@app.command()
def jsonl(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="Entries as the API takes them, one a line, plain or gzipped; or folders.", exists=True),
    ],
    *,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Import entries as the API takes them. What has a key, a message_id or a time is not stored twice."""
    runtime = context.ensure_object(Runtime)
    reader = JsonlReader()
    source = ImportSource(files_under(files, JSON_FILES), reader.read)
    connection = api_options.connection_options(api, token, org, role)
    try:
        ImportRun(runtime, source, connection, as_json=as_json).run(is_dry=is_dry, rows=rows)
    finally:
        if reader.without_key:
            runtime.echo_err(
                f"{reader.without_key:,} without key, message_id and occurred_at: "
                "their time is that of the import, and another import stores them again."
            )


@app.command()
def csv(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="Tables with a header, plain or gzipped; or folders of them.", exists=True)
    ],
    *,
    log: csv_options.Log = None,
    renamed: csv_options.Map = None,
    constants: csv_options.Set = None,
    ignored: csv_options.Ignore = None,
    time_zone: csv_options.TimeZone = None,
    day_first: csv_options.DayFirst = False,
    nulls: csv_options.Null = None,
    encoding: csv_options.Encoding = DialectOptions.encoding,
    delimiter: csv_options.Delimiter = None,
    quote: csv_options.Quote = None,
    escape: csv_options.Escape = None,
    is_dry: DryRun = False,
    rows: Rows = None,
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Import tables with a header, an entry a row. Run it again at any time: nothing is stored twice."""
    cells = CellFormat(csv_options.parse_zone(time_zone), day_first=day_first, nulls=frozenset(nulls or []))
    table = csv_options.parse_table_options(log, renamed or [], constants or [], ignored or [], cells)
    dialect = csv_options.parse_dialect(encoding, delimiter, quote, escape)
    source = ImportSource(files_under(files, CSV_FILES), lambda file, name: read_items(file, name, table, dialect))
    connection = api_options.connection_options(api, token, org, role)
    ImportRun(context.ensure_object(Runtime), source, connection, as_json=as_json).run(is_dry=is_dry, rows=rows)
