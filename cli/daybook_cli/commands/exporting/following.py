"""Waiting for an export: its progress, and what is said where it comes to no file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, tzinfo

from daybook_cli.commands.api_commands import Session
from daybook_cli.connection.problems import ApiError
from daybook_cli.rendering.tables import Row

# Seconds between two looks at an export: a small one is soon done, and a large one need not be asked for so often.
_FIRST_PAUSE, _MAX_PAUSE, _GROWTH = 0.5, 5.0, 1.25


def followed(session: Session, export: Row) -> Row:
    """The export when it no longer runs; a bar shows the rows, and the date that they have reached. ApiError."""
    export_id = str(export.get("id"))
    runtime = session.runtime
    sleep = runtime.sleep or time.sleep
    zone = runtime.zone_named(session.api.get_time_zone()) if runtime.err.is_terminal else None
    with runtime.progress() as bar:
        task = bar.add_task("", total=None, text=progress_text(export, zone))
        for pause in _pauses():
            if export.get("status") != "running":
                break
            sleep(pause)
            try:
                export = session.api.get("exports", export_id)
            except ApiError as error:
                raise ApiError(f"{error}. {goes_on(export_id)}", error.errors, error.status) from error
            bar.update(task, text=progress_text(export, zone), refresh=True)
    return export


def goes_on(export_id: str) -> str:
    """What is said where nobody waits for an export any more."""
    return f"The export goes on: `daybook exports fetch {export_id}` gets its file."


def raise_without_file(export: Row) -> None:
    """ApiError where an export that no longer runs has no file."""
    match export.get("status"):
        case "done":
            return
        case "failed":
            raise ApiError(f"The export has failed: {export.get('reason') or 'no reason was given'}.")
        case "expired":
            raise ApiError("The file of this export is no longer there. Export the list again.")
    raise ApiError(f"The API answered with an export that is {export.get('status')!r}: is the address right?")


def progress_text(export: Row, zone: tzinfo | None) -> str:
    """As `12,345 rows, back to 2026-03-02`; where the list begins with the oldest, `up to`."""
    text = counted(export)
    query, reached = export.get("query"), export.get("range")
    is_oldest_first = isinstance(query, dict) and query.get("order") == "asc"
    bound = reached.get("to" if is_oldest_first else "from") if isinstance(reached, dict) else None
    if bound is None:
        return text
    return f"{text}, {'up' if is_oldest_first else 'back'} to {_day(bound, zone)}"


def counted(export: Row) -> str:
    """As `1 row` and `12,345 rows`; where the rows are changes, the entries that they are of. Empty where unknown."""
    rows = export.get("rows")
    if not isinstance(rows, int):
        return ""
    one, many = ("entry", "entries") if export.get("rows_of") == "changes" else ("row", "rows")
    return f"{rows:,} {one if rows == 1 else many}"


def _day(timestamp: object, zone: tzinfo | None) -> str:
    """The day of a timestamp; what is not a timestamp stays as it is."""
    try:
        return datetime.fromisoformat(str(timestamp)).astimezone(zone).date().isoformat()
    except (ValueError, OverflowError):
        return str(timestamp)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * _GROWTH, _MAX_PAUSE)
