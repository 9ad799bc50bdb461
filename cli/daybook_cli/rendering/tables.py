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


@dataclass(frozen=True)
class Column:
    """`is_timestamp`: a timestamp of the API, shown to the minute. `min_width`: left out on a narrower terminal."""

    title: str
    value: Callable[[Row], object]
    wraps: bool = True
    is_timestamp: bool = False
    is_number: bool = False
    min_width: int = 0

    def cell(self, row: Row, zone: tzinfo | None) -> str:
        """The text of one cell, escaped."""
        value = self.value(row)
        return one_line(local_time.to_minute(value, zone) if self.is_timestamp else value)


def show_rows(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    as_json: bool,
    heading: bool,
    zone: tzinfo | None = None,
) -> None:
    """Print rows in the form that suits the console.

    Timestamps are in `zone`; without one, and in JSON, they are in UTC.
    """
    if as_json:
        lines = [json_line(row) for row in rows]
    elif console.is_terminal:
        if rows or heading:
            console.print(_table([column for column in columns if column.min_width <= console.width], rows, zone))
        return
    else:
        lines = ["\t".join(column.title for column in columns)] if heading else []
        lines += ["\t".join(column.cell(row, zone) for column in columns) for row in rows]
    for line in lines:
        print_line(console, line)


def print_line(console: Console, text: str) -> None:
    """Print text that is escaped already, as it is: neither wrapped nor read as markup."""
    print(text, file=console.file)


def _table(columns: Sequence[Column], rows: Sequence[Row], zone: tzinfo | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        side: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(column.title, justify=side, no_wrap=not column.wraps, overflow="fold")
    for row in rows:
        table.add_row(*(Text(column.cell(row, zone)) for column in columns))
    return table
