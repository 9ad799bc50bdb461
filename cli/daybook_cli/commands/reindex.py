"""`daybook reindex`: has the index function make an org's search index anew, a month a call."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from daybook_cli.connection import lambda_functions
from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.lambda_functions import Function
from daybook_cli.options import api_access
from daybook_cli.rendering import tables
from daybook_cli.runtime import INTERRUPTED, World

_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Month:
    """One that is done; `name` as in 2026-11."""

    name: str
    entries: int


def months_of(function: Function, org: str) -> Iterator[Month]:
    """Each month of a run when it is done; the function knows where the last run stopped. AwsError."""
    while True:
        progress = function.call({"reindex": org}, {"done", "month", "entries"})
        if progress["done"]:
            return
        yield Month(progress["month"], progress["entries"])


def reindex(
    context: typer.Context,
    org: Annotated[str, typer.Argument(help="The org whose search index is to be made anew.", metavar="ORG")],
    *,
    function: Annotated[
        str | None,
        typer.Option("--function", help="Name or ARN of a deployment's index function. Default: the local stack's."),
    ] = None,
    as_json: api_access.Json = False,
) -> None:
    """Make an org's search index anew from its audit log, while both are in use. Run it again to go on with one."""
    world = context.ensure_object(World)
    if not _ORG.fullmatch(org):
        raise typer.BadParameter(f"{org!r} cannot be an org")
    with world.reporting():
        called = lambda_functions.find(world, "index", function)
    months: list[Month] = []
    is_done = False
    try:
        with world.reporting():
            _run(world, called, org, months)
        is_done = True
    except KeyboardInterrupt:
        world.complain("Stopped. The month under way is finished all the same; run it again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        _report(world, org, months, is_done=is_done, as_json=as_json)


def _run(world: World, function: Function, org: str, months: list[Month]) -> None:
    """Do the months, and say of each that it is done."""
    with world.progress() as bar:
        task = bar.add_task("", total=None, said="the first month")
        try:
            for month in months_of(function, org):
                months.append(month)
                world.complain(f"{month.name}: {month.entries:,} entries")
                bar.update(task, said=f"the month after {month.name}")
        except AwsError as error:
            raise AwsError(f"{error} Run it again to go on: what is done stays done.") from error


def _report(world: World, org: str, months: list[Month], *, is_done: bool, as_json: bool) -> None:
    entries = sum(month.entries for month in months)
    if as_json:
        told = [{"month": month.name, "entries": month.entries} for month in months]
        world.say(tables.json_line({"org": org, "done": is_done, "entries": entries, "months": told}))
    else:
        world.say(f"{entries:,} entries of {len(months):,} months indexed")
