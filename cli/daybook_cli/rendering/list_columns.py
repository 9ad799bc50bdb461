"""The columns of the lists that are no logs: records, orgs, the blacklist, grants, holds, and what operators see."""

from __future__ import annotations

from daybook_cli.connection.problems import rejection_reason
from daybook_cli.rendering import cells
from daybook_cli.rendering.cells import field, joined, number, timestamp
from daybook_cli.rendering.tables import Column, Row


def _rejection(row: Row) -> str:
    return rejection_reason(row.get("error"))


def _reset_count(row: Row) -> object:
    resets = row.get("resets")
    return len(resets) if isinstance(resets, list) else resets


def _records(row: Row) -> str:
    records = row.get("records")
    return ", ".join(cells.record_name(record) for record in records) if isinstance(records, list) else ""


RECORDS = (
    Column("record", cells.record_name, wraps=False),
    Column("name", field("name")),
)
ORGS = (
    Column("org", field("org"), wraps=False),
    Column("name", field("name")),
    Column("time zone", field("time_zone"), wraps=False),
    Column("links to", joined("record_url")),
)
BLACKLIST = (
    Column("address", field("address")),
    Column("status", field("status"), wraps=False),
    timestamp("since", "since"),
    Column("reason", field("reason"), min_width=100),
    Column("records", _records, min_width=120),
    Column("resets", _reset_count, wraps=False, is_number=True, min_width=120),
)
CHECKED = (
    Column("address", field("address")),
    Column("status", field("status"), wraps=False),
)
_OUTCOME = (
    Column("outcome", field("status"), wraps=False),
    Column("status", field("blocked"), wraps=False),
    Column("error", _rejection),
)
BLOCKED = (Column("place", field("place")), Column("address", field("address"), min_width=100), *_OUTCOME)
BLOCKED_BY_HAND = (Column("address", field("address")), *_OUTCOME)
GRANTS = (
    Column("kind", field("kind"), wraps=False),
    Column("name", field("name")),
    Column("permissions", joined("permissions")),
)
HOLDS = (
    Column("record", cells.record, wraps=False),
    Column("status", field("status"), wraps=False),
    timestamp("placed", "placed_at"),
    Column("by", field("placed_by")),
    Column("reason", field("reason")),
    number("held", min_width=100),
    number("too_late", "too late", min_width=100),
)
EXPORTS = (
    Column("id", field("id"), wraps=False),
    Column("list", field("list")),
    Column("query", cells.query, min_width=120),
    Column("format", field("format"), wraps=False, min_width=160),
    Column("status", field("status"), wraps=False),
    number("rows"),
    timestamp("requested", "requested_at", min_width=100),
    Column("reason", field("reason"), min_width=160),
)
DEAD_LETTERS = (
    Column("id", field("id"), wraps=False),
    timestamp("when", "sent_at"),
    Column("reason", field("reason")),
    Column("text", field("text"), min_width=100),
)
RETENTION_PREVIEW = (
    Column("log", field("log"), wraps=False),
    Column("month", field("month"), wraps=False),
    number("entries"),
    number("bytes"),
    number("objects"),
    number("held"),
)
OUTCOMES = (
    Column("place", field("place")),
    Column("status", field("status"), wraps=False),
    Column("id", field("id"), wraps=False),
    Column("error", _rejection),
)
