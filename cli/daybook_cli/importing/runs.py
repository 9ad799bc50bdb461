"""One run of an import: posting its entries, or a dry run, with progress and a summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from daybook_cli.connection.settings import ConnectionOptions
from daybook_cli.importing.dry_run import DryRunReport
from daybook_cli.importing.files import ImportSource
from daybook_cli.posting.delivery import Outcome, post_all
from daybook_cli.posting.summary import Summary
from daybook_cli.rendering import documents
from daybook_cli.rendering.escaping import json_line
from daybook_cli.runtime import Runtime

_CONCURRENCY = 4
_ATTEMPTS = 8
# Entries whose warnings are told one by one.
_WARNED_TOLD = 20
_DEFAULT_ROWS = 5
# Entries between two updates of a dry run's progress bar.
_UPDATE_EVERY = 100


@dataclass(frozen=True)
class ImportRun:
    """`as_json`: the summary is JSON."""

    runtime: Runtime
    source: ImportSource
    connection: ConnectionOptions
    as_json: bool

    def run(self, *, is_dry: bool, rows: int | None) -> None:
        """`rows` is how many entries a dry run shows. typer.Exit where an entry is rejected, faulty or not sent."""
        if rows is not None and not is_dry:
            raise typer.BadParameter("--rows is for a --dry-run")
        if is_dry:
            self._dry_run(_DEFAULT_ROWS if rows is None else rows)
        else:
            self._import()

    def _import(self) -> None:
        summary = Summary()
        stopped = "Stopped. Run it again to continue: what is there already counts as duplicate."
        try:
            with self.runtime.interruptible(stopped):
                self._post(summary)
        finally:
            self.runtime.echo(json_line(summary.as_dict()) if self.as_json else str(summary))
        if summary.has_rejected:
            raise typer.Exit(1)

    def _post(self, summary: Summary) -> None:
        with (
            self.runtime.api(self.connection, default_role="service", attempts=_ATTEMPTS) as client,
            self.runtime.progress() as bar,
        ):
            task = bar.add_task("", total=self.source.bytes_total, text="")

            def count(outcomes: list[Outcome]) -> None:
                for outcome in outcomes:
                    summary.add([outcome])
                    self._tell(outcome, summary.warned_count)
                bar.update(task, completed=self.source.bytes_read, text=str(summary))

            post_all(client, self.source, count, concurrency=_CONCURRENCY)

    def _tell(self, outcome: Outcome, warned_count: int) -> None:
        """Every rejection, and the first warnings: a column of a large file may be odd in each of its rows."""
        if outcome.status == "rejected" or warned_count <= _WARNED_TOLD:
            for remark in outcome.remarks:
                self.runtime.echo_err(remark)
        elif outcome.warnings and warned_count == _WARNED_TOLD + 1:
            self.runtime.echo_err("Further warnings are only counted; --json lists the first 1,000.")

    def _dry_run(self, rows: int) -> None:
        report = DryRunReport(rows)
        try:
            with self.runtime.interruptible("Stopped before the end."):
                self._check(report)
        finally:
            self._show(report)
        if report.faulty:
            raise typer.Exit(1)

    def _check(self, report: DryRunReport) -> None:
        now = datetime.now(UTC)
        with self.runtime.progress() as bar:
            task = bar.add_task("", total=self.source.bytes_total, text="")
            for count, item in enumerate(self.source):
                fault = report.add(item, now)
                if fault:
                    self.runtime.echo_err(f"{fault.place}: {fault.reason}")
                if count % _UPDATE_EVERY == 0:
                    bar.update(task, completed=self.source.bytes_read, text=str(report))

    def _show(self, report: DryRunReport) -> None:
        if self.as_json:
            self.runtime.echo(json_line(report.as_dict()))
            return
        for sample in report.first:
            documents.print_entry(self.runtime.out, sample.place, sample.entry)
        self.runtime.echo_err(str(report))
