"""`daybook dead-letters`: what providers sent and could not be processed."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import time
from typing import Annotated

import typer

from daybook_cli.commands.pages import NOTHING_FOUND
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.connection.settings import ConnectionSettingsError, find_stack, stack_value
from daybook_cli.feedback.dead_letters import DeadLetter, DeadLetterQueue
from daybook_cli.options import api_options
from daybook_cli.rendering import documents, list_columns
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import show_rows
from daybook_cli.runtime import Runtime

app = typer.Typer(help="What providers sent that could not be processed.", no_args_is_help=True, rich_markup_mode=None)
DeadLettersUrl = Annotated[
    str | None,
    typer.Option("--dead-letters", help="URL of a deployment's dead-letter queue. Default: the local stack's."),
]


@app.command("list")
def list_letters(
    context: typer.Context, *, dead_letters: DeadLettersUrl = None, as_json: api_options.Json = False
) -> None:
    """List them, oldest first, with the reason and the beginning of each."""
    runtime = context.ensure_object(Runtime)
    with runtime.reporting_errors():
        letters = _queue(runtime, dead_letters, None).read_all()
    rows = [letter.as_row() for letter in letters]
    show_rows(runtime.out, list_columns.DEAD_LETTERS, rows, as_json=as_json, heading=True)
    if not rows and not as_json:
        runtime.echo_err(NOTHING_FOUND)


@app.command()
def show(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="Its id in the list.", metavar="ID")],
    *,
    dead_letters: DeadLettersUrl = None,
    as_json: api_options.Json = False,
) -> None:
    """Show one of them: its whole text and attributes."""
    runtime = context.ensure_object(Runtime)
    with runtime.reporting_errors():
        letters = _queue(runtime, dead_letters, None).read_all()
        letter = next((letter for letter in letters if letter.id == message), None)
        if letter is None:
            raise ConnectionSettingsError(f"There is no dead letter {message}.")
    fields = letter.as_dict()
    runtime.echo(json_line(fields) if as_json else documents.dead_letter(fields))


@app.command()
def redrive(
    context: typer.Context,
    messages: Annotated[list[str] | None, typer.Argument(help="Their ids in the list.", metavar="ID")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are there now.")] = False,
    dead_letters: DeadLettersUrl = None,
    queue: Annotated[
        str | None,
        typer.Option("--queue", help="URL of the queue that they go back to. Default: the local stack's."),
    ] = None,
) -> None:
    """Send them back to the queue, to be processed again. One that fails again comes back with a new id."""
    runtime = context.ensure_object(Runtime)
    if bool(messages) == everything:
        raise typer.BadParameter("give the IDs of dead letters, or --all")

    def print_id(letter: DeadLetter) -> None:
        runtime.echo(letter.id)

    with runtime.reporting_errors():
        ids = None if everything else set(messages or ())
        missing = _queue(runtime, dead_letters, queue).redrive(ids, print_id)
    for message in sorted(missing):
        runtime.echo_err(f"There is no dead letter {message}.")
    if missing:
        raise typer.Exit(1)


def _queue(runtime: Runtime, url: str | None, source: str | None) -> DeadLetterQueue:
    sleep = runtime.sleep or time.sleep
    if url:
        return DeadLetterQueue(AwsTarget.of_queue(url), url, source, sleep)
    stack = find_stack(runtime.directory, runtime.environ)
    url = stack_value(stack, "dead_letters", "--dead-letters of a test deployment")
    return DeadLetterQueue(AwsTarget.of_stack(stack), url, source or stack.get("feedback_queue"), sleep)
