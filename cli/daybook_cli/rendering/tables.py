"""Rows on standard output: a table on a terminal, tab-separated lines elsewhere, JSON lines on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from daybook_cli.rendering import local_time
from daybook_cli.rendering.escaping import json_line, one_line

Row = dict[str, Any]

# What an entry's id and the space before it take of a line.
_ID_WIDTH = 36
# What is enough of a line beside the id for all columns that matter, and about what a column gives that yields to it.
_ENOUGH, _YIELDED_WIDTH = 60, 25
# A column that a terminal of this width leaves out is one that few look for: nobody is told of it.
_USUAL_WIDTH = 120
# Wider than any table: the width at which nothing is folded.
_UNBOUNDED = 100_000


@dataclass(frozen=True)
class Column:
    """`is_timestamp`: a timestamp of the API, shown to the minute. `is_day`: a day of the org's zone.

    `min_width`: left out on a narrower terminal. `is_id`: an entry's id, which may be asked for at any width. Where it
    takes too much of the line, columns that `yields_to_id` are left out for others that say more.
    """

    title: str
    value: Callable[[Row], object]
    wraps: bool = True
    is_timestamp: bool = False
    is_day: bool = False
    is_number: bool = False
    is_id: bool = False
    yields_to_id: bool = False
    min_width: int = 0

    def cell(self, row: Row, zone: tzinfo | None) -> str:
        """The text of one cell, escaped."""
        value = self.value(row)
        return one_line(local_time.to_minute(value, zone) if self.is_timestamp else value)

    def heading(self, zone: tzinfo | None, *, may_break: bool) -> str:
        """The title in a table; of times and days with the zone that they are in, on lines of its own.

        `may_break`: the zone's name takes no more room than the cells, where its parts allow.
        """
        if not (self.is_timestamp or self.is_day):
            return self.title
        width = len("2026-11-01 01:30 CST") if self.is_timestamp else len("2026-11-01")
        return "\n".join([self.title, *local_time.zone_lines(zone, width if may_break else None)])

    def heading_in_line(self, day_zone: tzinfo | None) -> str:
        """The title elsewhere: of days with their zone, which they do not tell as timestamps do."""
        return f"{self.title} ({day_zone})" if self.is_day and day_zone else self.title


def show_rows(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    as_json: bool,
    heading: bool,
    zone: tzinfo | None = None,
    day_zone: tzinfo | None = None,
    with_ids: bool = False,
) -> None:
    """Print rows in the form that suits the console; without rows, and not in a table, only the heading.

    Timestamps are in `zone`; without one, and in JSON, they are in UTC. Days are in `day_zone`, which headings name
    where there is no table. `with_ids`: in a table of any width.
    """
    if as_json:
        lines = [json_line(row) for row in rows]
    elif console.is_terminal:
        if rows:
            console.print(_table(console, _fitting(columns, console.width, with_ids=with_ids), rows, zone))
        return
    else:
        lines = ["\t".join(column.heading_in_line(day_zone) for column in columns)] if heading else []
        lines += ["\t".join(column.cell(row, zone) for column in columns) for row in rows]
    for line in lines:
        print_line(console, line)


def print_line(console: Console, text: str) -> None:
    """Print text that is escaped already, as it is: neither wrapped nor read as markup."""
    print(text, file=console.file)


def left_out(console: Console, columns: Sequence[Column], *, with_ids: bool = False) -> str | None:
    """A sentence that names the columns for which a terminal has no room, or None where nothing is missed.

    Ids are not named, as `--ids` asks for them.
    """
    if not console.is_terminal:
        return None
    fitting = _fitting(columns, console.width, with_ids=with_ids)
    missed = [
        column.title
        for column in columns
        if column not in fitting and not column.is_id and column.min_width <= _USUAL_WIDTH
    ]
    return f"Columns left out for the width: {', '.join(missed)}. --json has all." if missed else None


def _fitting(columns: Sequence[Column], width: int, *, with_ids: bool) -> list[Column]:
    """The columns for which a terminal has room, most of them by their `min_width`."""
    if not with_ids:
        return [column for column in columns if column.min_width <= width]
    room = width - _ID_WIDTH
    if room < _ENOUGH and any(column.yields_to_id for column in columns):
        columns = [column for column in columns if not column.yields_to_id]
        room += _YIELDED_WIDTH
    return [column for column in columns if column.min_width <= room or column.is_id]


def _table(console: Console, columns: Sequence[Column], rows: Sequence[Row], zone: tzinfo | None) -> Table:
    """The table whose headings break where it would not fit otherwise."""
    table = _made(columns, rows, zone, may_break=False)
    unbounded = console.options.update(max_width=_UNBOUNDED)
    if console.measure(table, options=unbounded).maximum <= console.width:
        return table
    return _made(columns, rows, zone, may_break=True)


def _made(columns: Sequence[Column], rows: Sequence[Row], zone: tzinfo | None, *, may_break: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        side: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(
            column.heading(zone, may_break=may_break), justify=side, no_wrap=not column.wraps, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(column.cell(row, zone)) for column in columns))
    return table
