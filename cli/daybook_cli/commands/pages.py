"""Lists that come by page, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from daybook_cli.connection.client import Page
from daybook_cli.options import paging_options
from daybook_cli.rendering import local_time
from daybook_cli.rendering.escaping import json_line, one_line
from daybook_cli.rendering.tables import Column, show_rows
from daybook_cli.runtime import Runtime

NOTHING_FOUND = "Nothing found."


def show_pages(
    runtime: Runtime,
    pages: Iterable[Page],
    columns: Sequence[Column],
    zone: tzinfo | None,
    day_zone: tzinfo | None = None,
    *,
    as_json: bool,
    all_pages: bool,
    with_ids: bool = False,
    nothing_found: str = NOTHING_FOUND,
) -> None:
    """The first page of a list or, with `all_pages`, all of them. Standard error says how to continue.

    As JSON, a single page is the answer as it came, and all pages are a line for each of their items. `with_ids`: a
    table has the entries' ids at any width. `nothing_found` is said where the list is empty.
    """
    is_first, is_empty = True, True
    is_hinted = as_json
    for page in pages:
        if as_json:
            for document in page.items if all_pages else [page.answer]:
                runtime.echo(json_line(document))
        else:
            zones = {"zone": zone, "day_zone": day_zone}
            show_rows(runtime.out, columns, page.items, as_json=False, heading=is_first, with_ids=with_ids, **zones)
        if page.items and not is_hinted:
            runtime.echo_left_out(columns, with_ids=with_ids)
            is_hinted = True
        if is_first and not as_json:
            _say_what_was_ignored(runtime, page)
        is_first, is_empty = False, is_empty and not page.items
        if page.next_cursor and not all_pages:
            runtime.echo_err(_continuation(page, zone))
            return
    if is_empty and not as_json:
        runtime.echo_err(nothing_found)


def _say_what_was_ignored(runtime: Runtime, page: Page) -> None:
    understood = page.answer.get("understood")
    parts = [part for part in understood if isinstance(part, dict)] if isinstance(understood, list) else []
    ignored = [str(part.get("text")) for part in parts if part.get("kind") == "ignored"]
    if ignored:
        runtime.echo_err(f"Not searched for: {one_line(' '.join(ignored))}")


def _continuation(page: Page, zone: tzinfo | None) -> str:
    """How to continue, and what time a page with a cursor covers, however few entries are on it."""
    cursor = page.next_cursor or ""
    start, end = (local_time.to_second(bound, zone) for bound in page.searched)
    if start and end:
        return paging_options.continuation(cursor, f"Searched from {start} to {end}; there may be more")
    if start:
        return paging_options.continuation(cursor, f"Searched from {start} on; there may be more")
    if end:
        return paging_options.continuation(cursor, f"Searched up to {end}; there may be more")
    return paging_options.continuation(cursor)
