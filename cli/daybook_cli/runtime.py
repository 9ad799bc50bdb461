"""What the commands touch outside their process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
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

from daybook_cli.connection.api import Api, ApiError
from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.settings import Choice, ConnectionSettingsError, find_stack, resolve
from daybook_cli.rendering import tables

# The exit status after Ctrl-C.
INTERRUPTED = 130


@dataclass(frozen=True)
class World:
    """Environment, folder, network, clock and terminal; tests hand in their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    directory: Path = field(default_factory=Path.cwd)
    transport: httpx.BaseTransport | None = None
    pause: Callable[[float], object] | None = None
    out: Console = field(default_factory=Console)
    err: Console = field(default_factory=lambda: Console(stderr=True))

    @contextmanager
    def api(self, choice: Choice, *, default_role: str, attempts: int = 3) -> Iterator[Api]:
        """The API that the options mean; where it fails, a sentence and exit status 1."""
        with self.reporting():
            connection = resolve(choice, self.environ, find_stack(self.directory), default_role)
            api = Api(connection, transport=self.transport, pause=self.pause, attempts=attempts)
            try:
                yield api
            finally:
                api.close()

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """What goes wrong outside this process: a sentence and exit status 1."""
        try:
            yield
        except (ApiError, AwsError, ConnectionSettingsError) as error:
            self.complain(str(error))
            for fault in getattr(error, "errors", []):
                self.complain(f"  {fault.get('field') or 'request'}: {fault.get('message')}")
            raise typer.Exit(1) from error

    def zone(self, client: Api, *, as_json: bool) -> tzinfo | None:
        """The org's time zone, for a terminal; None where times stay in UTC, as the API answers them. ApiError."""
        if as_json or not self.out.is_terminal:
            return None
        name = client.read_time_zone()
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.complain(f"The org's time zone {name} is not known on this machine: times are in UTC.")
            return UTC

    def say(self, line: str) -> None:
        """One line of the answer itself, to standard output."""
        tables.print_line(self.out, line)

    def complain(self, sentence: str) -> None:
        """One line beside the answer, to standard error."""
        # Through rich, so that a progress bar moves out of its way.
        self.err.print(Text(tables.in_line(sentence)), soft_wrap=True)

    def progress(self) -> Progress:
        """A bar on a terminal, nothing elsewhere; `said` is the text beside it."""
        said = TextColumn("{task.fields[said]}", markup=False)
        columns = (BarColumn(), TaskProgressColumn(), said, TimeElapsedColumn())
        return Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal)
