"""`daybook retention`: what a changed policy would take of what is stored, and giving it to what is stored."""

# Not `from __future__ import annotations`: typer reads the annotations when it runs.

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from daybook_cli.connection import lambda_functions
from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.lambda_functions import Function
from daybook_cli.options import api_access
from daybook_cli.rendering import tables
from daybook_cli.runtime import INTERRUPTED, World

RATE = 200
SEGMENTS = 4
MOST_SEGMENTS = 64
# Of a policy, as the function calls them.
DURATIONS = ("email", "sms", "push", "activity", "audit", "content", "grace")
# What is told of a month, and what it is called here.
COUNTS = {"entries": "entries", "size": "bytes", "objects": "objects", "held": "held"}

retention_app = typer.Typer(
    help="Give what is stored the retention that was deployed, and see before what that would take.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
RetentionFunction = Annotated[
    str | None,
    typer.Option("--function", help="Name or ARN of a deployment's retention function. Default: the local stack's."),
]
Segments = Annotated[
    int,
    typer.Option("--segments", min=1, max=MOST_SEGMENTS, help="How many parts of the table are read side by side."),
]


@retention_app.command()
def preview(
    context: typer.Context,
    *,
    durations: Annotated[
        list[str] | None,
        typer.Option("--duration", help="One that differs from what is deployed, as in audit=P1Y. Repeatable."),
    ] = None,
    segments: Segments = SEGMENTS,
    function: RetentionFunction = None,
    as_json: api_access.Json = False,
) -> None:
    """Show what of each log and month would go if the policy were applied. It reads the table, and writes nothing."""
    world = context.ensure_object(World)
    asked = {"segments": segments, "durations": _durations(durations or [])}
    try:
        with world.reporting():
            found = _read(world, lambda_functions.find(world, "retention", function), asked)
    except KeyboardInterrupt:
        world.complain("Stopped before the end. Nothing was written; the next run begins anew.")
        raise typer.Exit(INTERRUPTED) from None
    _show(world, found, as_json=as_json)


def _durations(texts: list[str]) -> dict[str, str]:
    pairs = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(pairs) != len(texts) or not pairs.keys() <= {*DURATIONS}:
        names = ", ".join(DURATIONS)
        raise typer.BadParameter(f"a --duration is one of {names}, each once, and an ISO 8601 duration: audit=P1Y")
    return pairs


def _read(world: World, function: Function, asked: dict[str, Any]) -> dict[str, Any]:
    """What all steps found together."""
    months: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    found: dict[str, Any] = {"items_read": 0, "read_units": 0}
    with world.progress() as bar:
        task = bar.add_task("", total=None, said="")
        try:
            for step in _steps(function, asked):
                found |= {name: found[name] + step[name] for name in ("items_read", "read_units")}
                found |= {name: step[name] for name in ("began", "durations")}
                for month in step["months"]:
                    counts = {name: month[told] for told, name in COUNTS.items()}
                    months[month["log"], month["month"]].update(counts)
                # DynamoDB's own count is of some hours ago.
                read = found["items_read"]
                bar.update(task, total=max(step["items_estimated"], read), completed=read, said=f"{read:,} items read")
        except AwsError as error:
            raise AwsError(f"{error} Nothing was written; the next run begins anew.") from error
    return found | {"months": [{"log": log, "month": month, **row} for (log, month), row in sorted(months.items())]}


def _steps(function: Function, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    told = {"began", "done", "durations", "places", "months", "items_read", "read_units", "items_estimated"}
    while True:
        step = function.call({"preview": asked}, told)
        yield step
        if step["done"]:
            return
        asked |= {"began": step["began"], "places": step["places"]}


def _show(world: World, found: dict[str, Any], *, as_json: bool) -> None:
    rows = found["months"]
    # What is kept apart from e-mails goes besides, and is no entry.
    contents = sum(row["entries"] for row in rows if row["log"] == "content")
    sums = {name: sum(row[name] for row in rows) for name in COUNTS.values()}
    sums |= {"entries": sums["entries"] - contents, "contents": contents}
    if as_json:
        world.say(tables.json_line(found | sums))
        return
    tables.show(world.out, tables.RETENTION, rows, as_json=False, heading=bool(rows))
    said = f"{sums['entries']:,} entries and {contents:,} contents would go, {sums['bytes']:,} bytes"
    world.complain(f"{said}; {sums['held']:,} are held. {found['items_read']:,} items read.")


@retention_app.command()
def apply(
    context: typer.Context,
    *,
    rate: Annotated[
        int, typer.Option("--rate", min=1, help="Items a second that are written at most, in all segments together.")
    ] = RATE,
    segments: Segments = SEGMENTS,
    function: RetentionFunction = None,
    as_json: api_access.Json = False,
) -> None:
    """Give all that is stored the time that it has by the deployed policy. Run it again to go on where it stopped."""
    world = context.ensure_object(World)
    with world.reporting():
        called = lambda_functions.find(world, "retention", function)
    done: dict[str, Any] = {"began": None, "done": False, "items_read": 0, "items_restamped": 0, "read_units": 0}
    try:
        with world.reporting():
            _restamp(world, called, {"rate": rate, "segments": segments}, done)
    except KeyboardInterrupt:
        world.complain("Stopped. The step under way is finished all the same; run it again to go on.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        read, restamped = done["items_read"], done["items_restamped"]
        world.say(tables.json_line(done) if as_json else f"{restamped:,} of {read:,} items restamped")


def _restamp(world: World, function: Function, asked: dict[str, int], done: dict[str, Any]) -> None:
    """Go on until the run is over; `done` is how far it is, with what earlier calls did of it."""
    told = {*done, "items_estimated"}
    with world.progress() as bar:
        task = bar.add_task("", total=None, said="")
        try:
            while not done["done"]:
                step = function.call({"apply": asked}, told)
                done |= {name: step[name] for name in done}
                total = max(step["items_estimated"], step["items_read"])
                said = f"{step['items_restamped']:,} of {step['items_read']:,} items restamped"
                bar.update(task, total=total, completed=step["items_read"], said=said)
        except AwsError as error:
            raise AwsError(f"{error} Run it again to go on: what is done stays done.") from error
