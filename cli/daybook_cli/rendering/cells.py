"""What stands in the cells of a list: parts of the API's rows, and columns of the usual kinds."""

from __future__ import annotations

from collections.abc import Callable

from daybook_cli.rendering.tables import Column, Row

# Of the records that an audit entry affected, so many are named in a table.
_MAX_NAMES = 5
# A line has room for an entry's id besides everything else.
ID_WIDTH = 140


def field(name: str) -> Callable[[Row], object]:
    """The value of one field."""
    return lambda row: row.get(name)


def timestamp(title: str, name: str, min_width: int = 0) -> Column:
    """A column of timestamps of the API."""
    return Column(title, field(name), wraps=False, is_timestamp=True, min_width=min_width)


def number(name: str, title: str | None = None, min_width: int = 0) -> Column:
    """A column of numbers."""
    return Column(title or name, field(name), wraps=False, is_number=True, min_width=min_width)


def entry_id() -> Column:
    """The column of the entries' ids."""
    return Column("id", field("id"), wraps=False, is_id=True, min_width=ID_WIDTH)


def record_name(record: object) -> str:
    """A record as the command line takes it, as `family/123`; empty where there is none."""
    return f"{record.get('type')}/{record.get('id')}" if isinstance(record, dict) and record else ""


def record(row: Row) -> str:
    """The record of a row."""
    return record_name(row.get("record"))


def actor(row: Row) -> str:
    """Who did what an audit entry says: name and username."""
    return f"{row.get('member_name') or ''} ({row.get('username') or ''})"


def verdict(row: Row) -> str:
    """What became of a message, as the API says it."""
    verdict = row.get("verdict")
    return str(verdict.get("text") or "") if isinstance(verdict, dict) else ""


def affected_names(row: Row) -> str:
    """The records that an audit entry affected: the first five of them, and how many more there are."""
    names = row.get("names")
    if not isinstance(names, list):
        return ""
    more = [f"{len(names) - _MAX_NAMES} more"] if len(names) > _MAX_NAMES else []
    return ", ".join([str(name) for name in names[:_MAX_NAMES]] + more)


def changes(row: Row) -> str:
    """What an audit entry did to its records, as `created`."""
    affected = row.get("affected")
    each_change = (
        [each.get("change") for each in affected if isinstance(each, dict)] if isinstance(affected, list) else []
    )
    return ", ".join(str(change) for change in each_change if change)


def query(row: Row) -> str:
    """What a list was asked by, as `q=admin deleted Smith, from=2026-11-01`."""
    query = row.get("query")
    values = query.items() if isinstance(query, dict) else ()
    return ", ".join(f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in values)


def event_details(row: Row) -> str:
    """What the provider says of an event beside its type: bounce class and code, diagnostic, link, program."""
    bounce = " ".join(str(row[name]) for name in ("kind", "subtype", "code", "action") if row.get(name))
    parts = [bounce, *(row.get(name) for name in ("diagnostic", "link", "user_agent", "ip"))]
    if row.get("recipient"):
        parts.insert(0, f"as {row['recipient']}")
    if row.get("of") == "message":
        parts.append("one of the recipients, not known which")
    if row.get("uncertain"):
        parts.append("not known who complained")
    return "; ".join(str(part) for part in parts if part)


def joined(name: str) -> Callable[[Row], object]:
    """The items of a list, or the names in an object, in one cell."""

    def value(row: Row) -> str:
        items = row.get(name)
        return ", ".join(str(item) for item in items) if isinstance(items, list | dict) else ""

    return value
