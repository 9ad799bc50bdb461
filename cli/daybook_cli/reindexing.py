"""`daybook reindex`: has the index function make an org's search index anew, a month a call."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from daybook_cli import aws, options, rendering
from daybook_cli.aws import AwsError, Site
from daybook_cli.connection import ConnectionSettingsError, find_stack
from daybook_cli.world import World

INTERRUPTED = 130
# A function runs for 15 minutes at most. To ask again while it does would do the same month twice.
PATIENCE = 930
_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Month:
    """One that is done; `name` as in 2026-11."""

    name: str
    entries: int


@dataclass(frozen=True)
class IndexFunction:
    """`name` is the function's name or ARN."""

    site: Site
    name: str

    def reindex(self, org: str) -> Iterator[Month]:
        """Each month of a run when it is done; the function knows where the last run stopped. AwsError."""
        while True:
            progress = self._call({"reindex": org})
            if progress["done"]:
                return
            yield Month(progress["month"], progress["entries"])

    def _call(self, event: dict[str, Any]) -> dict[str, Any]:
        function = aws.client(self.site, "lambda", patience=PATIENCE)
        with aws.told():
            answer = function.invoke(FunctionName=self.name, Payload=json.dumps(event).encode())
            text = answer["Payload"].read()
        if "FunctionError" in answer:
            raise AwsError(f"The function failed: {_said(text)}.")
        progress = _read(text)
        if progress is None:
            raise AwsError(f"{self.name} is not the index function: it answered {text[:100]!r}.")
        return progress


def _read(text: bytes) -> dict[str, Any] | None:
    """What the index function answers; None where it is something else."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.keys() >= {"done", "month", "entries"} else None


def _said(text: bytes) -> str:
    """What Lambda says of a failure: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""
    try:
        error = json.loads(text)
    except ValueError:
        error = None
    if not isinstance(error, dict) or "errorMessage" not in error:
        return text.decode(errors="replace")
    return ": ".join(str(error[name]) for name in ("errorType", "errorMessage") if error.get(name))


def reindex(
    context: typer.Context,
    org: Annotated[str, typer.Argument(help="The org whose search index is to be made anew.", metavar="ORG")],
    *,
    function: Annotated[
        str | None,
        typer.Option("--function", help="Name or ARN of a deployment's index function. Default: the local stack's."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make an org's search index anew from its audit log, while both are in use. Run it again to go on with one."""
    world = context.ensure_object(World)
    if not _ORG.fullmatch(org):
        raise typer.BadParameter(f"{org!r} cannot be an org")
    with world.reporting():
        called = _function(world, function)
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


def _function(world: World, function: str | None) -> IndexFunction:
    if function:
        return IndexFunction(Site.of_arn(function) if function.startswith("arn:") else Site(), function)
    stack = find_stack(world.directory)
    if "index_function" not in stack:
        raise ConnectionSettingsError(
            "No local stack was found here. Start one with `make run`, or give --function of a deployment."
        )
    return IndexFunction(Site.of_stack(stack), str(stack["index_function"]))


def _run(world: World, function: IndexFunction, org: str, months: list[Month]) -> None:
    """Do the months, and say of each that it is done."""
    with world.progress() as bar:
        task = bar.add_task("", total=None, said="the first month")
        try:
            for month in function.reindex(org):
                months.append(month)
                world.complain(f"{month.name}: {month.entries:,} entries")
                bar.update(task, said=f"the month after {month.name}")
        except AwsError as error:
            raise AwsError(f"{error} Run it again to go on: what is done stays done.") from error


def _report(world: World, org: str, months: list[Month], *, is_done: bool, as_json: bool) -> None:
    entries = sum(month.entries for month in months)
    if as_json:
        told = [{"month": month.name, "entries": month.entries} for month in months]
        world.say(rendering.json_line({"org": org, "done": is_done, "entries": entries, "months": told}))
    else:
        world.say(f"{entries:,} entries of {len(months):,} months indexed")
