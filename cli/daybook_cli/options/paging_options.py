"""The options of the commands that list a log: which part of it, in which order, how many pages."""

# Not `from __future__ import annotations`: typer reads the annotations at run time.

from collections.abc import Mapping
from typing import Annotated, Literal

import typer

_PAGE = 50
_LARGEST_PAGE = 200

From = Annotated[str | None, typer.Option("--from", help="From this time on: RFC 3339, or a day of the org's zone.")]
To = Annotated[str | None, typer.Option("--to", help="Before this time, or to the end of this day.")]
Order = Annotated[Literal["asc", "desc"] | None, typer.Option("--order", help="Default: desc.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, max=_LARGEST_PAGE, help="Entries a page. Default: 50, with --all 200."),
]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Continue from where a page ended.")]
AllPages = Annotated[bool, typer.Option("--all", help="Follow the pages to the end.")]


Entry = Annotated[str | None, typer.Option("--entry", help="Instead, show the entry of this id with all its fields.")]
Ids = Annotated[
    bool, typer.Option("--ids", help="Show the entries' ids in a table, however narrow; a pipe has them always.")
]


def continuation(cursor: str, so_far: str = "There is more") -> str:
    """What standard error says where there is a further page."""
    return f"{so_far}: --cursor {cursor} continues from here, --all shows everything."


def parameters(
    options: Mapping[str, str | list[str] | None], limit: int | None, cursor: str | None, *, all_pages: bool
) -> dict[str, str | list[str]]:
    """The parameters of a list: those of `options` that were given, and which page."""
    given = {"limit": page_limit(limit, all_pages=all_pages), "cursor": cursor}
    return {name: value for name, value in {**options, **given}.items() if value is not None and value != []}


def page_limit(limit: int | None, *, all_pages: bool) -> str:
    """The parameter `limit` of the API."""
    return str(limit or (_LARGEST_PAGE if all_pages else _PAGE))
