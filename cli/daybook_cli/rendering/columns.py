"""The columns of each list that the command line shows."""

from __future__ import annotations

from collections.abc import Callable

from daybook_cli.connection.problems import rejection_reason
from daybook_cli.rendering.tables import Column, Row

# Of the records that an audit entry affected, so many are named in a table.
_MAX_NAMES = 5


def actor(row: Row) -> str:
    """Who did what an audit entry says: name and username."""
    return f"{row.get('member_name') or ''} ({row.get('username') or ''})"


def _field(name: str) -> Callable[[Row], object]:
    return lambda row: row.get(name)


def _timestamp(title: str, name: str) -> Column:
    return Column(title, _field(name), wraps=False, is_timestamp=True)


def _number(name: str) -> Column:
    return Column(name, _field(name), wraps=False, is_number=True)


def _verdict(row: Row) -> str:
    """What became of a message, as the API says it."""
    verdict = row.get("verdict")
    return str(verdict.get("text") or "") if isinstance(verdict, dict) else ""


def _affected_names(row: Row) -> str:
    names = row.get("names")
    if not isinstance(names, list):
        return ""
    more = [f"{len(names) - _MAX_NAMES} more"] if len(names) > _MAX_NAMES else []
    return ", ".join([str(name) for name in names[:_MAX_NAMES]] + more)


def _changes(row: Row) -> str:
    affected = row.get("affected")
    changes = [each.get("change") for each in affected if isinstance(each, dict)] if isinstance(affected, list) else []
    return ", ".join(str(change) for change in changes if change)


def _linked_types(row: Row) -> str:
    urls = row.get("record_url")
    return ", ".join(str(record_type) for record_type in urls) if isinstance(urls, dict) else ""


def _rejection(row: Row) -> str:
    return rejection_reason(row.get("error"))


RECORD_LOGS: dict[str, tuple[Column, ...]] = {
    "emails": (
        _timestamp("last activity", "last_activity_at"),
        Column("recipient", _field("recipient")),
        Column("subject", _field("subject")),
        Column("status", _field("status"), wraps=False),
        Column("what happened", _verdict),
        Column("opens", _field("opens"), wraps=False, min_width=120),
        Column("clicks", _field("clicks"), wraps=False, min_width=120),
        Column("id", _field("id"), wraps=False),
    ),
    "sms": (
        _timestamp("last activity", "last_activity_at"),
        Column("recipient", _field("recipient"), wraps=False),
        Column("text", _field("text")),
        Column("status", _field("status"), wraps=False),
        Column("what happened", _verdict),
    ),
    "pushes": (
        _timestamp("date", "occurred_at"),
        Column("subject", _field("subject")),
        Column("text", _field("text")),
        Column("what happened", _verdict),
    ),
    "activity": (
        _timestamp("date", "occurred_at"),
        Column("name", _field("name")),
        Column("action", _field("action")),
        Column("ip", _field("ip"), wraps=False),
    ),
    "audit": (
        _timestamp("date", "occurred_at"),
        Column("who", actor),
        Column("source", _field("source"), wraps=False),
        Column("action", _field("action")),
        Column("change", _changes),
        Column("affected", _affected_names),
        Column("ip", _field("ip"), wraps=False),
    ),
}
ORG_AUDIT = (
    _timestamp("date", "occurred_at"),
    Column("who", actor),
    Column("source", _field("source"), wraps=False),
    Column("action", _field("action")),
    Column("affected", _affected_names),
    Column("records", _field("affected_count"), wraps=False),
    Column("id", _field("id"), wraps=False, min_width=140),
)
AUDIT_STAFF = (
    Column("username", _field("username")),
    Column("name", _field("member_name")),
    Column("last entry", _field("last_day"), wraps=False),
)
ORGS = (
    Column("org", _field("org"), wraps=False),
    Column("name", _field("name")),
    Column("time zone", _field("time_zone"), wraps=False),
    Column("links to", _linked_types),
)
DEAD_LETTERS = (
    Column("id", _field("id"), wraps=False),
    _timestamp("when", "sent_at"),
    Column("reason", _field("reason")),
    Column("text", _field("text")),
)
RETENTION_PREVIEW = (
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
    Column("error", _rejection),
)
