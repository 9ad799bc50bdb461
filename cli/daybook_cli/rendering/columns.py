"""The columns of the logs: of a record, of the org, and of single messages."""

from __future__ import annotations

from daybook_cli.rendering import cells
from daybook_cli.rendering.cells import entry_id, field, timestamp
from daybook_cli.rendering.tables import Column, Row

# Widths of terminals, in characters: below them, columns that matter less are left out.
_NARROW, _MEDIUM, _WIDE, _SPACIOUS = 50, 60, 100, 120


def _who(row: Row) -> object:
    """Of an entry of any log: whom it was sent to, or who did it."""
    return cells.actor(row) if row.get("log") == "audit" else row.get("recipient") or row.get("name")


def _what(row: Row) -> object:
    """Of an entry of any log: what was sent, or what was done."""
    if row.get("log") == "push":
        return ": ".join(str(row[part]) for part in ("subject", "text") if row.get(part))
    return next((row[name] for name in ("action", "subject", "text") if row.get(name)), None)


RECORD_LOGS: dict[str, tuple[Column, ...]] = {
    "emails": (
        timestamp("last activity", "last_activity_at"),
        Column("recipient", field("recipient"), yields_to_id=True),
        Column("subject", field("subject"), min_width=_MEDIUM),
        Column("status", field("status"), wraps=False, min_width=_NARROW),
        Column("what happened", cells.verdict, min_width=_SPACIOUS),
        cells.number("opens", min_width=160),
        cells.number("clicks", min_width=160),
        entry_id(),
    ),
    "sms": (
        timestamp("last activity", "last_activity_at"),
        Column("recipient", field("recipient"), wraps=False, yields_to_id=True),
        Column("text", field("text"), min_width=_MEDIUM),
        Column("status", field("status"), wraps=False, min_width=_NARROW),
        Column("what happened", cells.verdict, min_width=_WIDE),
        entry_id(),
    ),
    "pushes": (
        timestamp("date", "occurred_at"),
        Column("subject", field("subject")),
        Column("text", field("text"), min_width=_MEDIUM),
        Column("what happened", cells.verdict, min_width=_MEDIUM),
        entry_id(),
    ),
    "activity": (
        timestamp("date", "occurred_at"),
        Column("name", field("name")),
        Column("action", field("action")),
        Column("ip", field("ip"), wraps=False, min_width=_MEDIUM),
        entry_id(),
    ),
    "audit": (
        timestamp("date", "occurred_at"),
        Column("who", cells.actor),
        Column("source", field("source"), wraps=False, min_width=_WIDE),
        Column("action", field("action")),
        Column("change", cells.changes, min_width=_WIDE),
        Column("affected", cells.affected_names, min_width=_MEDIUM),
        Column("ip", field("ip"), wraps=False, min_width=_SPACIOUS),
        entry_id(),
    ),
}
TIMELINE = (
    timestamp("date", "occurred_at"),
    Column("log", field("log"), wraps=False),
    Column("who", _who, min_width=_MEDIUM),
    Column("what", _what),
    Column("status", field("status"), wraps=False, min_width=_MEDIUM),
    entry_id(),
)
MESSAGES: dict[str, tuple[Column, ...]] = {
    log: (
        timestamp("date", "occurred_at"),
        Column("record", cells.record, min_width=_MEDIUM),
        Column("recipient", field("recipient"), yields_to_id=True),
        Column(text, field(text), min_width=_SPACIOUS),
        Column("status", field("status"), wraps=False, min_width=_NARROW),
        Column("what happened", cells.verdict, min_width=_WIDE),
        entry_id(),
    )
    for log, text in {"email": "subject", "sms": "text"}.items()
}
EVENTS = (
    timestamp("when", "occurred_at"),
    Column("what", lambda row: f"{row.get('type')}, by a machine" if row.get("bot") else row.get("type")),
    Column("details", cells.event_details),
)
ORG_AUDIT = (
    timestamp("date", "occurred_at"),
    Column("who", cells.actor),
    Column("source", field("source"), wraps=False, min_width=_WIDE),
    Column("action", field("action")),
    Column("affected", cells.affected_names, min_width=_MEDIUM),
    Column("records", field("affected_count"), wraps=False, min_width=_WIDE),
    Column("ip", field("ip"), wraps=False, min_width=_SPACIOUS),
    entry_id(),
)
AUDIT_STAFF = (
    Column("username", field("username")),
    Column("name", field("member_name")),
    Column("last entry", field("last_day"), wraps=False, is_day=True),
)
