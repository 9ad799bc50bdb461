"""Which lists can be exported, by which permissions they are read, and an order for each that does not move.

An e-mail or SMS moves in the order of its last activity, and in that of its status. Read by the date of sending, each
is met once. What a list selects by the last activity is then selected of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw, Struct

from daybook.access.callers import Caller, Permission
from daybook.core.errors import FieldError
from daybook.entries.record_log import LOGS, permissions_of
from daybook.exports.listing import Query
from daybook.model.entries import canonical_type
from daybook.model.responses import EmailRow, SmsRow
from daybook.search import row_texts
from daybook.search.line import matching, reading
from daybook.search.line.terms import Line

# Lists of the org that take one permission, called as they are.
ORG_LISTS = ("audit", "blacklist", "holds")
MESSAGES, TIMELINE, AUDIT = "messages", "timeline", "audit"
RECORD_LISTS = (*LOGS, TIMELINE)
KNOWN = (
    f"{', '.join((*ORG_LISTS, MESSAGES))}, or of a record as in records/family/101/emails: {', '.join(RECORD_LISTS)}"
)

# Parameters of a page, which an export has none of.
PAGING = ("limit", "cursor")
MOVING = frozenset({"date", "status"})

_MessageRow = EmailRow | SmsRow
_message = msgspec.json.Decoder(_MessageRow)


class Walk(Struct, frozen=True):
    """How a list is read to its end: with these parameters, and which of its rows are meant; None for all."""

    query: dict[str, list[str]]
    is_match: Callable[[Raw], bool] | None


def of_record(path: str) -> tuple[str, str, str] | None:
    """The record's type and id, and the list of the record that this path names; None where it is no such path."""
    match path.split("/"):
        case ["records", record_type, record_id, name] if name in RECORD_LISTS and record_type and record_id:
            return canonical_type(record_type), record_id, name
    return None


def is_audit(path: str) -> bool:
    """Whether the rows of this list are audit entries."""
    record = of_record(path)
    return path == AUDIT or (record is not None and record[2] == AUDIT)


def faults(path: str, query: Query) -> list[FieldError]:
    """What is wrong with the list and its parameters, as far as the list itself would not say it."""
    found = [] if path in (*ORG_LISTS, MESSAGES) or of_record(path) else [FieldError("list", f"must be one of {KNOWN}")]
    return found + [
        FieldError(f"query.{name}", "an export has all rows of the list: leave this out")
        for name in PAGING
        if name in query
    ]


def permissions(path: str, query: Query, caller: Caller) -> tuple[Permission, ...]:
    """Those permissions of the caller that decide what the list holds for them; of a service none, which reads all."""
    return tuple(sorted(caller.permissions.intersection(_deciding(path, query))))


def _deciding(path: str, query: Query) -> Sequence[str]:
    record = of_record(path)
    if record is None:
        if path != MESSAGES:
            return [f"{path}_log" if path == AUDIT else path]
        kinds = query.get("log", [])
        return [permission for log in LOGS.values() if log.kind in kinds for permission in log.permissions.values()]
    record_type, _, name = record
    by_log = permissions_of(record_type)
    if name != TIMELINE:
        return [LOGS[name].permission(record_type)]
    asked = {kind.strip() for value in query.get("log", []) for kind in value.split(",")}
    return [permission for log, permission in by_log.items() if not asked or LOGS[log].kind in asked]


def is_ascending(query: Query) -> bool:
    """Whether the list is asked for with its oldest rows first."""
    return query.get("order", [""])[-1] == "asc"


def is_by_time(path: str, query: Query) -> bool:
    """Whether the rows of the list come in the order of time."""
    return path in (AUDIT, MESSAGES) or (of_record(path) is not None and query.get("sort", [""])[-1] != "recipient")


def walk(path: str, query: Query, start: str | None, end: str | None, zone: ZoneInfo) -> Walk:
    """How to read the list; `start` and `end` are the instants of its parameters `from` and `to`."""
    bounds = {"from": start, "to": end}
    walked = {name: values for name, values in query.items() if name not in bounds}
    given = {name: [bound] for name, bound in bounds.items() if bound is not None}
    record, sort = of_record(path), query.get("sort", ["date"])[-1]
    if record is None or not LOGS.get(record[2]) or not LOGS[record[2]].statuses or sort not in MOVING:
        return Walk(walked | given, None)
    # No message was active before it was sent.
    walked = walked | {"sort": ["sent"]} | {name: bound for name, bound in given.items() if name == "to"}
    line = reading.read(query.get("q", [""])[-1], lambda: zone)
    # The list would look for its dates and times of day among those of sending.
    walked.pop("q", None)
    if line.asks_for_nothing and not given:
        return Walk(walked, None)
    return Walk(walked, _by_activity(line, start, end))


def _by_activity(line: Line, start: str | None, end: str | None) -> Callable[[Raw], bool]:
    def is_match(row: Raw) -> bool:
        message = _message.decode(row)
        moment = row_texts.shown_at(message)
        if (start is not None and moment < start) or (end is not None and moment >= end):
            return False
        verdict = message.verdict.code if message.verdict else None
        return matching.matches(line, moment, row_texts.texts(message, verdict))

    return is_match
