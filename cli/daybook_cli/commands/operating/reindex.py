"""`daybook reindex`: has the index function rebuild an org's search index, a month an invocation, and its register."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import re
from dataclasses import dataclass
from typing import Annotated

import typer

from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.lambda_functions import Function, find_function
from daybook_cli.options import api_options
from daybook_cli.rendering.escaping import json_line
from daybook_cli.runtime import Runtime

_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Month:
    """One that is indexed; `name` as in 2026-11."""

    name: str
    entries: int


def reindex(
    context: typer.Context,
    org: Annotated[str, typer.Argument(help="The org whose search index is to be rebuilt.", metavar="ORG")],
    *,
    function: Annotated[
        str | None,
        typer.Option("--function", help="Name or ARN of a deployment's index function. Default: the local stack's."),
    ] = None,
    as_json: api_options.Json = False,
) -> None:
    """Rebuild an org's search index and its register of records, while both are in use. Run it again to continue."""
    runtime = context.ensure_object(Runtime)
    if not _ORG.fullmatch(org):
        raise typer.BadParameter(f"{org!r} cannot be an org")
    with runtime.reporting_errors():
        index_function = find_function(runtime.directory, runtime.environ, "index", function)
    months: list[Month] = []
    records: list[int] = []
    is_done = False
    stopped = "Stopped. The month under way is finished all the same; run it again to continue."
    try:
        with runtime.interruptible(stopped), runtime.reporting_errors():
            _run(runtime, index_function, org, months, records)
        is_done = True
    finally:
        _report(runtime, org, months, sum(records), is_done=is_done, as_json=as_json)


def _run(runtime: Runtime, function: Function, org: str, months: list[Month], records: list[int]) -> None:
    """Index month after month; each goes into `months` when it is done. The function knows where the last run ended.

    Then come the steps of the register; how many records each has written goes into `records`.
    """
    with runtime.progress() as bar:
        task = bar.add_task("", total=None, text="the first month")
        try:
            for step in function.steps("reindex", org, fields={"done", "month", "entries", "records"}):
                records.append(step["records"])
                if step["month"] is None:
                    bar.update(task, text="the register of records")
                elif not step["done"]:
                    month = Month(step["month"], step["entries"])
                    months.append(month)
                    runtime.echo_err(f"{month.name}: {month.entries:,} entries")
                    bar.update(task, text=f"the month after {month.name}")
        except AwsError as error:
            raise AwsError(f"{error} Run it again to continue: what is done stays done.") from error


def _report(runtime: Runtime, org: str, months: list[Month], records: int, *, is_done: bool, as_json: bool) -> None:
    entries = sum(month.entries for month in months)
    if as_json:
        rows = [{"month": month.name, "entries": month.entries} for month in months]
        runtime.echo(json_line({"org": org, "done": is_done, "entries": entries, "months": rows, "records": records}))
    else:
        runtime.echo(f"{entries:,} entries of {len(months):,} months indexed, {records:,} records registered anew")
