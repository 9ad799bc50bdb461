"""The `q` of a record's logs: every term must occur, whatever its case, in some field that the log shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import tzinfo

import msgspec

from daybook.core import timestamps
from daybook.model.responses import ActivityRow, AuditRow, EmailRow, PushRow, Row, SmsRow


def folded(text: str) -> str:
    """The text normalized for comparison: Unicode's NFKC, then case folding."""
    return unicodedata.normalize("NFKC", text).casefold()


def terms(query: str) -> list[str]:
    """The folded terms of a query; white space separates them."""
    return folded(query).split()


def matches(terms: Iterable[str], row: Row, zone: tzinfo) -> bool:
    """Whether each of the folded terms occurs in a field of this row; its times are matched in the zone `zone`."""
    fields = [folded(field) for field in [*_dates(row, zone), *_texts(row)]]
    return all(any(term in field for field in fields) for term in terms)


def _texts(row: Row) -> list[str]:
    match row:
        case EmailRow():
            return [row.recipient, row.subject, row.status]
        case SmsRow():
            return [row.recipient, row.text, row.status, row.reason or ""]
        case PushRow():
            return [row.subject, row.text, row.status or "", row.reason or ""]
        case ActivityRow():
            return [row.name, row.action, row.ip or "", _plain(row.details)]
        case AuditRow():
            people = [row.member_name, row.username, row.source, row.ip or ""]
            changes = [f"{affected.change} {_plain(affected.details)}" for affected in row.affected]
            return [*people, row.action, *row.names, *changes]


def _dates(row: Row, zone: tzinfo) -> list[str]:
    """The date that the log is shown by, in ISO 8601 and as in the US: `01/01/2015 5:10 pm`."""
    moment = row.last_activity_at if isinstance(row, EmailRow | SmsRow) else row.occurred_at
    when = timestamps.from_instant(moment).astimezone(zone)
    half = "am" if when.hour < 12 else "pm"  # noqa: PLR2004
    written = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [written, f"{when:%m/%d/%Y} {when.hour % 12 or 12}:{when:%M} {half}"]


def _plain(details: object) -> str:
    if details is None:
        return ""
    return details if isinstance(details, str) else msgspec.json.encode(details).decode()
