"""The command line `daybook`: the commands put together."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import os
import signal
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from daybook_cli.commands.exporting import export, exports
from daybook_cli.commands.managing import access, blacklist, erase, holds, orgs, settings, token
from daybook_cli.commands.operating import dead_letters, reindex, retention
from daybook_cli.commands.reading import audit, messages, record_logs, records, single_messages
from daybook_cli.commands.sending import imports, post, simulate
from daybook_cli.options.usage_errors import plain_usage_errors


class _Daybook(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        # typer would list groups behind single commands.
        return sorted(self.commands)

    def invoke(self, ctx: Any) -> Any:
        with plain_usage_errors():
            try:
                return super().invoke(ctx)
            except BrokenPipeError:
                # typer would exit with status 1.
                _end_as_sigpipe_does()
            except OSError as error:
                raise typer.Exit(_report(error)) from error


app = typer.Typer(
    cls=_Daybook,
    help="Find records and read their logs, search the audit log, export any list as a file. "
    "Manage the blacklist, access, settings and holds. "
    "Post entries to a Daybook API, and import what other systems have recorded. "
    "Simulate what providers report of messages, and redrive what could not be processed.",
    no_args_is_help=True,
    add_completion=False,
    # Its markup would read what a user typed; its tracebacks would show tokens.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(records.app, name="records")
app.command("log")(record_logs.log)
app.command("timeline")(record_logs.timeline)
app.command("content")(single_messages.content)
app.command("events")(single_messages.events)
app.add_typer(messages.app, name="messages")
app.command("audit")(audit.audit)
app.command("export")(export.export)
app.add_typer(exports.app, name="exports")
app.add_typer(blacklist.app, name="blacklist")
app.add_typer(holds.app, name="holds")
app.add_typer(erase.app, name="erase")
app.add_typer(access.app, name="access")
app.add_typer(settings.app, name="settings")
app.add_typer(orgs.app, name="orgs")
app.command("token")(token.token)
app.command("post")(post.post)
app.add_typer(imports.app, name="import")
app.command("simulate")(simulate.simulate)
app.add_typer(dead_letters.app, name="dead-letters")
app.command("reindex")(reindex.reindex)
app.add_typer(retention.app, name="retention")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"daybook {version('daybook')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """See `app`."""


def main() -> None:
    status: int | str | None = 0
    try:
        app()
    except SystemExit as end:
        status = end.code
    sys.exit(_flushed(status))


def _flushed(status: int | str | None) -> int | str | None:
    """The exit status when all is written: what Python finds at its end, it would report as an error of its own."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _end_as_sigpipe_does()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return status or _report(error)
    return status


def _report(error: OSError) -> int:
    """Say why the output cannot be written, or a file not be read; the exit status."""
    file = f"{error.filename}: " if error.filename else ""
    print(f"The command stopped: {file}{error.strerror or error}.", file=sys.stderr)
    return 1


def _end_as_sigpipe_does() -> None:
    """End this process as a reader that has gone ends `cat`: silently."""
    # Not the default for the whole run: a connection that the API closes would end it, too.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
