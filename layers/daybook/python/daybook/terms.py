"""The `q` of a record's logs: every term must occur, whatever its case, in some field that the log shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import msgspec

from daybook import times
from daybook.rows import ActivityRow, AuditRow, EmailRow, PushRow, Row, SmsRow


def folded(text: str) -> str:
    """One spelling for all that look the same but for case (Unicode's NFKC, then case folding)."""
    return unicodedata.normalize("NFKC", text).casefold()


def split(query: str) -> list[str]:
    return folded(query).split()


def occur(wanted: Iterable[str], row: Row) -> bool:
    """Whether each of the folded terms occurs in a field of this row."""
    fields = [folded(field) for field in _shown(row)]
    return all(any(term in field for field in fields) for term in wanted)


def _shown(row: Row) -> list[str]:
    match row:
        case EmailRow():
            return [*_dates(row.last_activity_at), row.recipient, row.subject, row.status]
        case SmsRow():
            return [*_dates(row.last_activity_at), row.recipient, row.text, row.status, row.reason or ""]
        case PushRow():
            return [*_dates(row.occurred_at), row.subject, row.text, row.status or "", row.reason or ""]
        case ActivityRow():
            return [*_dates(row.occurred_at), row.name, row.action, row.ip or "", _plain(row.details)]
        case AuditRow():
            people = [row.member_name, row.username, row.source, row.ip or ""]
            changes = [f"{affected.change} {_plain(affected.details)}" for affected in row.affected]
            return [*_dates(row.occurred_at), *people, row.action, *row.names, *changes]


def _dates(moment: str) -> list[str]:
    """A date as the API writes it and as American staff read it, in UTC: `01/01/2015 5:10 pm`."""
    when = times.from_instant(moment)
    return [moment, f"{when:%m/%d/%Y} {when.hour % 12 or 12}:{when:%M} {'am' if when.hour < 12 else 'pm'}"]  # noqa: PLR2004


def _plain(details: object) -> str:
    if details is None:
        return ""
    return details if isinstance(details, str) else msgspec.json.encode(details).decode()
