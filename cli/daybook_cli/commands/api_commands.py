"""What the commands that call the API within an org have in common: their options, and the forms of their results."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import wraps
from typing import Any, Concatenate

import typer

from daybook_cli.commands.pages import NOTHING_FOUND, show_pages
from daybook_cli.connection.api import Api
from daybook_cli.connection.client import Page
from daybook_cli.options import api_options
from daybook_cli.rendering.escaping import json_line
from daybook_cli.rendering.tables import Column, Row, show_rows
from daybook_cli.runtime import Runtime


@dataclass(frozen=True)
class Session:
    """One command's client of the API, and where and in which form its result goes."""

    runtime: Runtime
    api: Api
    as_json: bool

    def zone(self) -> tzinfo | None:
        """As `Runtime.display_zone`. ApiError."""
        return self.runtime.display_zone(self.api, as_json=self.as_json)

    def show(self, answer: Row, text: Callable[[Row, tzinfo | None], str]) -> None:
        """An answer as text, or as the JSON that it is. `text` gets the zone in which times are shown."""
        self.runtime.echo(json_line(answer) if self.as_json else text(answer, self.zone()))

    def show_list(
        self, answer: Row, rows: Sequence[Row], columns: Sequence[Column], nothing_found: str = NOTHING_FOUND
    ) -> None:
        """A list that does not come by page; as JSON, the answer that its rows are made of."""
        if self.as_json:
            self.runtime.echo(json_line(answer))
            return
        zone, day_zone = self.zone(), self._day_zone(columns)
        show_rows(self.runtime.out, columns, rows, as_json=False, heading=True, zone=zone, day_zone=day_zone)
        if rows:
            self.runtime.echo_left_out(columns)
        else:
            self.runtime.echo_err(nothing_found)

    def show_pages(self, pages: Iterable[Page], columns: Sequence[Column], **options: Any) -> None:
        """As `pages.show_pages`, with its options."""
        zones = (self.zone(), self._day_zone(columns))
        show_pages(self.runtime, pages, columns, *zones, as_json=self.as_json, **options)

    def _day_zone(self, columns: Sequence[Column]) -> tzinfo | None:
        """The org's time zone for a heading of days outside a terminal; None where there are none. ApiError."""
        if self.as_json or self.runtime.out.is_terminal or not any(column.is_day for column in columns):
            return None
        return self.runtime.zone_named(self.api.get_time_zone())


def api_command(command: Callable[Concatenate[Session, ...], None]) -> Callable[..., None]:
    """A command for typer, made of a function whose first parameter is a Session.

    It has the function's parameters and the options of every command that calls the API. Without a token of its own it
    is the admin's of the local stack. Errors of the API are reported as by `Runtime.reporting_errors`.
    """

    @wraps(command)
    def run(context: typer.Context, **values: Any) -> None:
        runtime = context.ensure_object(Runtime)
        api, token, org, role, as_json = (values.pop(name) for name in _CONNECTION)
        options = api_options.connection_options(api, token, org, role)
        with runtime.api(options, default_role="admin") as client:
            command(Session(runtime, client, as_json), **values)

    own = list(inspect.signature(command).parameters.values())[1:]
    run.__signature__ = inspect.Signature([_CONTEXT, *own, *_CONNECTION.values()])  # type: ignore[attr-defined]
    return run


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_CONTEXT = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
_CONNECTION = {
    parameter.name: parameter
    for parameter in (
        _option("api", api_options.Api, None),
        _option("token", api_options.Token, None),
        _option("org", api_options.Org, None),
        _option("role", api_options.Role, None),
        _option("as_json", api_options.Json, False),
    )
}
