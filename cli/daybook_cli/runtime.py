"""What the commands touch outside their process: environment, folder, network, clock and terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from daybook_cli.connection.api import Api, OrgsApi
from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.problems import ApiError
from daybook_cli.connection.settings import (
    ConnectionOptions,
    ConnectionSettingsError,
    find_stack,
    resolve,
    resolve_endpoint,
)
from daybook_cli.rendering import escaping, tables

# The exit status after Ctrl-C.
INTERRUPTED = 130


@dataclass(frozen=True)
class Runtime:
    """The object of typer's context; tests hand in their own. `sleep` waits between requests."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    directory: Path = field(default_factory=Path.cwd)
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], object] | None = None
    out: Console = field(default_factory=Console)
    err: Console = field(default_factory=lambda: Console(stderr=True))

    @contextmanager
    def api(self, options: ConnectionOptions, *, default_role: str, attempts: int = 3) -> Iterator[Api]:
        """A client of the API that the options mean. Its errors are reported as by `reporting_errors`."""
        with self.reporting_errors():
            connection = resolve(options, self.environ, find_stack(self.directory, self.environ), default_role)
            api = Api(connection, transport=self.transport, sleep=self.sleep, attempts=attempts)
            try:
                yield api
            finally:
                api.close()

    @contextmanager
    def orgs_api(self, options: ConnectionOptions, *, default_role: str) -> Iterator[OrgsApi]:
        """A client for the calls about orgs. Its errors are reported as by `reporting_errors`."""
        with self.reporting_errors():
            endpoint = resolve_endpoint(options, self.environ, find_stack(self.directory, self.environ), default_role)
            api = OrgsApi(endpoint, transport=self.transport, sleep=self.sleep)
            try:
                yield api
            finally:
                api.close()

    @contextmanager
    def reporting_errors(self) -> Iterator[None]:
        """Turn an error of the API, of AWS or of the settings into its sentence on standard error and exit status 1."""
        try:
            yield
        except (ApiError, AwsError, ConnectionSettingsError) as error:
            self.echo_err(str(error))
            for field_error in getattr(error, "errors", []):
                told = f"{field_error.get('field') or 'the body'}: {field_error.get('message')}"
                # The sentence has the first already.
                if told not in str(error):
                    self.echo_err(f"  {told}")
            raise typer.Exit(1) from error

    @contextmanager
    def interruptible(self, sentence: str) -> Iterator[None]:
        """Turn Ctrl-C into this sentence on standard error and exit status 130."""
        try:
            yield
        except KeyboardInterrupt:
            self.echo_err(sentence)
            raise typer.Exit(INTERRUPTED) from None

    def display_zone(self, api: Api, *, as_json: bool) -> tzinfo | None:
        """The org's time zone, for a terminal; None elsewhere, where timestamps stay in UTC. ApiError."""
        if as_json or not self.out.is_terminal:
            return None
        return self.zone_named(api.get_time_zone())

    def zone_named(self, name: str) -> tzinfo:
        """The time zone of an org, by its IANA name; UTC, and a sentence about it, where this machine has no such."""
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.echo_err(f"The org's time zone {name} is not known on this machine: times are in UTC.")
            return UTC

    def echo(self, line: str) -> None:
        """A line of the result, to standard output. The caller has escaped it."""
        tables.print_line(self.out, line)

    def echo_err(self, sentence: str) -> None:
        """A line beside the result, to standard error, escaped."""
        # Through rich, so that a progress bar moves out of its way.
        self.err.print(Text(escaping.one_line(sentence)), soft_wrap=True)

    def echo_left_out(self, columns: Sequence[tables.Column], *, with_ids: bool = False) -> None:
        """Name the columns of a table for which this terminal is too narrow, to standard error."""
        if sentence := tables.left_out(self.out, columns, with_ids=with_ids):
            self.echo_err(sentence)

    def progress(self) -> Progress:
        """A bar on a terminal, nothing elsewhere. A task's field `text` stands beside its bar."""
        text = TextColumn("{task.fields[text]}", markup=False)
        columns = (BarColumn(), TaskProgressColumn(), text, TimeElapsedColumn())
        return Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal)
