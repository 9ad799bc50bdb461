"""What is shown: tables on a terminal, tab-separated text elsewhere, JSON lines on request.

Entries are written by strangers: nothing of them reaches a terminal as a control character, an escape sequence or
markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from daybook_cli.posting.sending import reason
from daybook_cli.rendering import local_time

Row = dict[str, Any]

# Of the records that an audit entry affected, so many are named in a table.
MOST_NAMES = 5

# C0, C1, the marks that reorder text, line and paragraph separators, halves of surrogate pairs.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE_IN_LINE = re.compile(f"[{_UNSAFE}]")
_UNSAFE_IN_TEXT = re.compile(f"(?![\n\t])[{_UNSAFE}]")
_BREAKS = re.compile(r"\s*[\r\n\t]\s*")


def _escaped(match: re.Match[str]) -> str:
    # The form in which JSON and most languages write it, so that JSON lines stay JSON.
    return f"\\u{ord(match[0]):04x}"


def in_line(value: object) -> str:
    """A value as one safe line; breaks and tabs become a space, other control characters visible."""
    return _UNSAFE_IN_LINE.sub(_escaped, _BREAKS.sub(" ", "" if value is None else str(value)))


def in_text(value: object) -> str:
    """A longer text, made safe, with its line breaks."""
    return _UNSAFE_IN_TEXT.sub(_escaped, str(value).replace("\r\n", "\n"))


def json_line(value: object) -> str:
    return _UNSAFE_IN_LINE.sub(_escaped, json.dumps(value, ensure_ascii=False))


@dataclass(frozen=True)
class Column:
    """`is_moment`: an instant as the API writes it, shown to the minute. `room`: left out on a narrower terminal."""

    title: str
    value: Callable[[Row], object]
    wraps: bool = True
    is_moment: bool = False
    is_number: bool = False
    room: int = 0

    def text(self, row: Row, zone: tzinfo | None) -> str:
        value = self.value(row)
        return in_line(local_time.minute(value, zone) if self.is_moment else value)


def _field(name: str) -> Callable[[Row], object]:
    return lambda row: row.get(name)


def _moment(title: str, name: str) -> Column:
    return Column(title, _field(name), wraps=False, is_moment=True)


def _number(name: str) -> Column:
    return Column(name, _field(name), wraps=False, is_number=True)


def _status(row: Row) -> str:
    bounce = row.get("bounce")
    notes = [bounce.get("type") if isinstance(bounce, dict) else None, row.get("reason")]
    notes.append("stale" if row.get("stale") else None)
    said = ", ".join(str(note) for note in notes if note)
    return f"{row.get('status') or ''} ({said})" if said else str(row.get("status") or "")


def who(row: Row) -> str:
    """Who did what an audit entry says."""
    return f"{row.get('member_name') or ''} ({row.get('username') or ''})"


def _affected(row: Row) -> str:
    names = row.get("names")
    if not isinstance(names, list):
        return ""
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return ", ".join([str(name) for name in names[:MOST_NAMES]] + more)


def _change(row: Row) -> str:
    changes = row.get("affected")
    found = [each.get("change") for each in changes if isinstance(each, dict)] if isinstance(changes, list) else []
    return ", ".join(str(change) for change in found if change)


def _error(row: Row) -> str:
    return reason(row.get("error"))


COLUMNS: dict[str, tuple[Column, ...]] = {
    "emails": (
        _moment("last activity", "last_activity_at"),
        Column("recipient", _field("recipient")),
        Column("subject", _field("subject")),
        Column("status", _status),
        Column("opens", _field("opens"), wraps=False),
        Column("clicks", _field("clicks"), wraps=False),
        Column("id", _field("id"), wraps=False),
    ),
    "sms": (
        _moment("last activity", "last_activity_at"),
        Column("recipient", _field("recipient"), wraps=False),
        Column("text", _field("text")),
        Column("status", _status),
    ),
    "pushes": (
        _moment("date", "occurred_at"),
        Column("subject", _field("subject")),
        Column("text", _field("text")),
    ),
    "activity": (
        _moment("date", "occurred_at"),
        Column("name", _field("name")),
        Column("action", _field("action")),
        Column("ip", _field("ip"), wraps=False),
    ),
    "audit": (
        _moment("date", "occurred_at"),
        Column("who", who),
        Column("source", _field("source"), wraps=False),
        Column("action", _field("action")),
        Column("change", _change),
        Column("affected", _affected),
        Column("ip", _field("ip"), wraps=False),
    ),
}
ORG_AUDIT = (
    _moment("date", "occurred_at"),
    Column("who", who),
    Column("source", _field("source"), wraps=False),
    Column("action", _field("action")),
    Column("affected", _affected),
    Column("records", _field("affected_count"), wraps=False),
    Column("id", _field("id"), wraps=False, room=140),
)
STAFF_SEEN = (Column("username", _field("username")), _moment("last entry", "last_at"))
DEAD_LETTERS = (
    Column("id", _field("id"), wraps=False),
    _moment("when", "sent_at"),
    Column("reason", _field("reason")),
    Column("text", _field("text")),
)
RETENTION = (
    Column("log", _field("log"), wraps=False),
    Column("month", _field("month"), wraps=False),
    _number("entries"),
    _number("bytes"),
    _number("objects"),
    _number("held"),
)
OUTCOMES = (
    Column("place", _field("place")),
    Column("status", _field("status"), wraps=False),
    Column("id", _field("id"), wraps=False),
    Column("error", _error),
)


def show(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    as_json: bool,
    heading: bool,
    zone: tzinfo | None = None,
) -> None:
    """JSON lines if asked for; else a table on a terminal, and one line a row with tabs between for a pipe.

    `zone` is for moments, except in JSON; without one they are in UTC.
    """
    if as_json:
        lines = [json_line(row) for row in rows]
    elif console.is_terminal:
        if rows or heading:
            console.print(_table([column for column in columns if column.room <= console.width], rows, zone))
        return
    else:
        lines = ["\t".join(column.title for column in columns)] if heading else []
        lines += ["\t".join(column.text(row, zone) for column in columns) for row in rows]
    for line in lines:
        print_line(console, line)


def content(found: Row, *, prefer_html: bool) -> str:
    """An e-mail as a text to read."""
    wanted = ("html", "text") if prefer_html else ("text", "html")
    body = next((found[part] for part in wanted if found.get(part)), "")
    return f"Subject: {in_line(found.get('subject'))}\n\n{in_text(body)}"


def dead_letter(found: Row) -> str:
    """A message of the dead-letter queue as a text to read."""
    fields = {"Sent": found["sent_at"], "Received": f"{found['receives']} times", "Reason": found["reason"]}
    head = [f"{name}: {in_line(value)}" for name, value in (fields | found["attributes"]).items() if name != "reason"]
    return "\n".join([*head, "", in_text(found["text"])])


def show_entry(console: Console, place: object, entry: Row) -> None:
    """An entry as it would be posted: laid out on a terminal, a JSON line elsewhere."""
    if not console.is_terminal:
        print_line(console, json_line(entry))
        return
    console.print(Text(in_line(place), style="bold"), soft_wrap=True)
    text = Text(in_text(json.dumps(entry, ensure_ascii=False, indent=2)))
    JSONHighlighter().highlight(text)
    console.print(text, soft_wrap=True)


def print_line(console: Console, text: str) -> None:
    """Text that is safe already, as it is: not wrapped, not read as markup."""
    print(text, file=console.file)


def _table(columns: Sequence[Column], rows: Sequence[Row], zone: tzinfo | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        side: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(column.title, justify=side, no_wrap=not column.wraps, overflow="fold")
    for row in rows:
        table.add_row(*(Text(column.text(row, zone)) for column in columns))
    return table
