"""`daybook retention`: previews what a changed retention policy would delete, and applies the deployed one."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from collections import Counter, defaultdict
from typing import Annotated, Any

import typer

from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.lambda_functions import Function, find_function
from daybook_cli.options import api_options
from daybook_cli.options.values import parse_pairs
from daybook_cli.rendering import list_columns
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import show_rows
from daybook_cli.runtime import Runtime

_RATE = 200
_SEGMENTS = 4
MAX_SEGMENTS = 64
# The durations of a policy, as the retention function calls them.
DURATIONS = ("email", "sms", "push", "activity", "audit", "content", "grace")
# The counts of a month: what the function calls them, and what they are called here.
_COUNTS = {"entries": "entries", "size": "bytes", "objects": "objects", "held": "held"}
_PREVIEW_FIELDS = {
    "began", "done", "durations", "places", "months", "items_read", "read_units", "items_estimated",
}  # fmt: skip

app = typer.Typer(
    help="Apply the deployed retention to what is stored, and see beforehand what that would delete.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
RetentionFunction = Annotated[
    str | None,
    typer.Option("--function", help="Name or ARN of a deployment's retention function. Default: the local stack's."),
]
Segments = Annotated[
    int,
    typer.Option("--segments", min=1, max=MAX_SEGMENTS, help="How many segments of the table are read in parallel."),
]


@app.command()
def preview(
    context: typer.Context,
    *,
    durations: Annotated[
        list[str] | None,
        typer.Option("--duration", help="One that differs from what is deployed, as in audit=P1Y. Repeatable."),
    ] = None,
    segments: Segments = _SEGMENTS,
    function: RetentionFunction = None,
    as_json: api_options.Json = False,
) -> None:
    """Show what of each log and month would go if the policy were applied. It reads the table, and writes nothing."""
    runtime = context.ensure_object(Runtime)
    arguments = {"segments": segments, "durations": _parse_durations(durations or [])}
    stopped = "Stopped before the end. Nothing was written; the next run starts over."
    with runtime.interruptible(stopped), runtime.reporting_errors():
        totals = _preview(runtime, find_function(runtime.directory, runtime.environ, "retention", function), arguments)
    _show_preview(runtime, totals, as_json=as_json)


def _parse_durations(texts: list[str]) -> dict[str, str]:
    durations = parse_pairs(texts, "--duration", example="audit=P1Y")
    if not durations.keys() <= {*DURATIONS}:
        names = ", ".join(DURATIONS)
        raise typer.BadParameter(f"a --duration is one of {names}, and an ISO 8601 duration: audit=P1Y")
    return durations


def _preview(runtime: Runtime, function: Function, arguments: dict[str, Any]) -> dict[str, Any]:
    """The sums of all steps, with the counts of each log and month as `months`."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    totals: dict[str, Any] = {"items_read": 0, "read_units": 0}
    steps = function.steps("preview", arguments, fields=_PREVIEW_FIELDS, resume_from=("began", "places"))
    with runtime.progress() as bar:
        task = bar.add_task("", total=None, text="")
        try:
            for step in steps:
                totals |= {name: totals[name] + step[name] for name in ("items_read", "read_units")}
                totals |= {name: step[name] for name in ("began", "durations")}
                for month in step["months"]:
                    counts[month["log"], month["month"]].update({ours: month[name] for name, ours in _COUNTS.items()})
                # DynamoDB's own count may be some hours old.
                read = totals["items_read"]
                bar.update(task, total=max(step["items_estimated"], read), completed=read, text=f"{read:,} items read")
        except AwsError as error:
            raise AwsError(f"{error} Nothing was written; the next run starts over.") from error
    return totals | {"months": [{"log": log, "month": month, **row} for (log, month), row in sorted(counts.items())]}


def _show_preview(runtime: Runtime, totals: dict[str, Any], *, as_json: bool) -> None:
    rows = totals["months"]
    # An e-mail's content is counted by itself, and is no entry.
    contents = sum(row["entries"] for row in rows if row["log"] == "content")
    sums = {name: sum(row[name] for row in rows) for name in _COUNTS.values()}
    sums |= {"entries": sums["entries"] - contents, "contents": contents}
    if as_json:
        runtime.echo(json_line(totals | sums))
        return
    show_rows(runtime.out, list_columns.RETENTION_PREVIEW, rows, as_json=False, heading=bool(rows))
    runtime.echo_err(
        f"{sums['entries']:,} entries and {contents:,} contents would go, {sums['bytes']:,} bytes; "
        f"{sums['held']:,} are held. {totals['items_read']:,} items read."
    )


@app.command()
def apply(
    context: typer.Context,
    *,
    rate: Annotated[
        int, typer.Option("--rate", min=1, help="Items written a second at most, in all segments together.")
    ] = _RATE,
    segments: Segments = _SEGMENTS,
    function: RetentionFunction = None,
    as_json: api_options.Json = False,
) -> None:
    """Give everything stored the expiry of the deployed policy. Run it again to continue where it stopped."""
    runtime = context.ensure_object(Runtime)
    with runtime.reporting_errors():
        retention_function = find_function(runtime.directory, runtime.environ, "retention", function)
    progress: dict[str, Any] = {"began": None, "done": False, "items_read": 0, "items_restamped": 0, "read_units": 0}
    stopped = "Stopped. The step under way is finished all the same; run it again to continue."
    try:
        with runtime.interruptible(stopped), runtime.reporting_errors():
            _apply(runtime, retention_function, {"rate": rate, "segments": segments}, progress)
    finally:
        text = f"{progress['items_restamped']:,} of {progress['items_read']:,} items restamped"
        runtime.echo(json_line(progress) if as_json else text)


def _apply(runtime: Runtime, function: Function, arguments: dict[str, int], progress: dict[str, Any]) -> None:
    """Apply step by step; `progress` gets how far the run is, with what earlier commands did of it."""
    with runtime.progress() as bar:
        task = bar.add_task("", total=None, text="")
        try:
            for step in function.steps("apply", arguments, fields={*progress, "items_estimated"}):
                progress |= {name: step[name] for name in progress}
                total = max(step["items_estimated"], step["items_read"])
                text = f"{step['items_restamped']:,} of {step['items_read']:,} items restamped"
                bar.update(task, total=total, completed=step["items_read"], text=text)
        except AwsError as error:
            raise AwsError(f"{error} Run it again to continue: what is done stays done.") from error
