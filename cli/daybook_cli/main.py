"""The command line `daybook`: the commands put together."""

import typer

from daybook_cli.commands import audit, dead_letters, imports, orgs, post, record_logs, reindex, retention, simulate

app = typer.Typer(
    help="Post entries to a Daybook API, read a record's logs, import what other systems have recorded. "
    "Make orgs. Simulate what providers report of messages, and redrive what could not be processed.",
    no_args_is_help=True,
    add_completion=False,
    # Its markup would read what a user typed; its tracebacks would show tokens.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("post")(post.post)
app.command("log")(record_logs.log)
app.command("content")(record_logs.content)
app.command("audit")(audit.audit)
app.add_typer(imports.app, name="import")
app.add_typer(orgs.app, name="orgs")
app.command("simulate")(simulate.simulate)
app.add_typer(dead_letters.app, name="dead-letters")
app.command("reindex")(reindex.reindex)
app.add_typer(retention.app, name="retention")


def main() -> None:
    app()
