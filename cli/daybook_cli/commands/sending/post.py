"""`daybook post`: entries from a file, from standard input or from options."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from daybook_cli.options import api_options
from daybook_cli.options.values import parse_pairs, parse_record
from daybook_cli.posting import entry_input
from daybook_cli.posting.batches import Item
from daybook_cli.posting.delivery import Outcome, post_all
from daybook_cli.posting.json_files import Fault
from daybook_cli.posting.summary import Summary
from daybook_cli.rendering import list_columns
from daybook_cli.rendering.tables import show_rows
from daybook_cli.runtime import Runtime


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
    api: api_options.Api = None,
    token: api_options.Token = None,
    org: api_options.Org = None,
    role: api_options.Role = None,
    as_json: api_options.Json = False,
) -> None:
    """Post entries from a file, standard input or options, and show the outcome of each."""
    runtime = context.ensure_object(Runtime)
    if log and file:
        raise typer.BadParameter("give a FILE or --log, not both")
    if not log and (record or fields):
        raise typer.BadParameter("--record and --field describe a single entry: give --log, too")
    items = _item_from_options(log, record, fields or []) if log else _items_from_file(context, file)
    summary = Summary()

    def show(outcomes: list[Outcome]) -> None:
        rows = [outcome.as_dict() for outcome in outcomes]
        show_rows(runtime.out, list_columns.OUTCOMES, rows, as_json=as_json, heading=not summary.counts)
        summary.add(outcomes)
        for outcome in outcomes:
            # Of one that was rejected, the row says why.
            for remark in outcome.remarks if outcome.status != "rejected" else ():
                runtime.echo_err(remark)

    with runtime.api(api_options.connection_options(api, token, org, role), default_role="service") as client:
        post_all(client, items, show)
    runtime.echo_err(str(summary))
    if summary.has_rejected:
        raise typer.Exit(1)


def _item_from_options(log: str, record: str | None, fields: list[str]) -> Iterator[Item | Fault]:
    type_and_id = parse_record(record) if record else None
    return iter([entry_input.item_from_options(log, type_and_id, parse_pairs(fields, "--field"))])


def _items_from_file(context: typer.Context, file: Path | None) -> Iterator[Item | Fault]:
    if file and str(file) != "-":
        try:
            return entry_input.read_items(context.with_resource(file.open("rb")), str(file))
        except OSError as error:
            raise typer.BadParameter(f"{file} cannot be opened: {error.strerror}") from error
    if sys.stdin.isatty():
        raise typer.BadParameter("give a FILE, --log, or entries on standard input")
    return entry_input.read_items(sys.stdin.buffer, "standard input")
