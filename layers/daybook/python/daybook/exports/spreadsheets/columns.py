"""The columns of each list as a file: those of its page, in the page's order and words, then what machines go by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from daybook.blacklist.address_status import Block
from daybook.exports.export_item import RowsOf
from daybook.exports.spreadsheets import changes, words
from daybook.exports.spreadsheets.changes import Change
from daybook.exports.spreadsheets.local_times import LocalTimes
from daybook.holds.holds import Hold
from daybook.model import page_words
from daybook.model.entries import Affected, Record
from daybook.model.responses import (
    ActivityRow,
    AuditRow,
    EmailRow,
    OrgAuditEntry,
    OrgAuditRow,
    PushRow,
    Row,
    SmsRow,
)

# What a cell holds: a text, a number that may be added up, or nothing.
Value: TypeAlias = str | int | None

# The names of records, of those that have one.
Names: TypeAlias = Mapping[Record, str]

# Between names in one cell: a comma may be part of one.
_SEPARATOR = "; "


class Column(Struct, frozen=True):
    """A column: the title in the first line, and the value in the line of a row.

    `is_own`: its texts are words and times of Daybook's own, which a spreadsheet leaves as they are.
    """

    title: str
    value: Callable[[Any, LocalTimes], Value]
    is_own: bool = False


class FileLayout(Struct, frozen=True):
    """What a file is made of: the type of the list's rows, its columns, and the lines that a row gives.

    `named` is the record of a row whose name its lines tell; None where they tell none that is not in the row.
    """

    row: Any
    columns: Sequence[Column]
    lines: Callable[[Any, Names], Iterator[Any]] = lambda row, _: iter((row,))
    named: Callable[[Any], Record] | None = None


class MessageLine(Struct, frozen=True):
    """A message of the whole org, and what its record is called; None where it has no name."""

    row: EmailRow | SmsRow
    name: str | None


class ChangeLine(Struct, frozen=True):
    """A field that an audit entry changed in a record; without `change` where none is known, or no record.

    `is_first`: the first line of its record, which tells what is not of one field.
    """

    entry: OrgAuditEntry
    affected: Affected | None
    change: Change | None
    is_first: bool


def layout(path: str, rows: RowsOf) -> FileLayout:
    """The layout of the file of a list, whose path is as in the API behind the org: `records/family/101/emails`.

    ValueError where the path is of no list, and for `changes` of a list that is no audit log.
    """
    name = _OF_RECORD.sub("", path)
    if rows == "changes":
        if name != "audit":
            raise ValueError(f"{path} is no audit log: only these have changes")
        return _CHANGES
    found = _OF_ORG.get(name) if name == path else _OF_RECORDS.get(name)
    if found is None:
        raise ValueError(f"{path} is no list")
    return found


_OF_RECORD = re.compile(r"\Arecords/[^/]+/[^/]+/")


def _time(title: str, name: str) -> Column:
    """A column of instants of the rows' field `name`."""
    return Column(title, lambda row, times: times.text(getattr(row, name)), is_own=True)


def _field(title: str, name: str) -> Column:
    """A column of the rows' field `name`, as it is."""
    return Column(title, lambda row, _: getattr(row, name))


def _of(title: str, value: Callable[[Any], Value]) -> Column:
    """A column of what follows from a row."""
    return Column(title, lambda row, _: value(row))


def _own(title: str, value: Callable[[Any], Value]) -> Column:
    """As `_of`, for Daybook's own words."""
    return Column(title, lambda row, _: value(row), is_own=True)


def _unless_erased(title: str, value: Callable[[Any], Value]) -> Column:
    """A column of what is gone where a person was erased from the entry."""
    return Column(title, lambda row, _: words.ERASED if row.erased_at else value(row))


def _path(record: Record | None) -> str:
    return record.path if record else ""


def _what_happened(row: Any) -> str:
    verdict = getattr(row, "verdict", None)
    return verdict.text if verdict else ""


def _what_to_do(row: Any) -> str | None:
    verdict = getattr(row, "verdict", None)
    return verdict.next if verdict else None


def _subject(row: EmailRow) -> str:
    return row.subject or page_words.NO_SUBJECT


def _email_status(row: EmailRow) -> str:
    return page_words.email_status(row.status, row.verdict.code if row.verdict else None)


def _count(count: int, row: EmailRow) -> Value:
    """Nothing where it was opened or clicked, as its status says, and no event was counted."""
    return None if row.status in ("opened", "clicked") and not row.opens + row.clicks else count


def _push_status(row: PushRow) -> str:
    return page_words.PUSH_STATUS[row.status] if row.status else ""


def _affected_names(row: AuditRow | OrgAuditRow) -> str:
    """What the affected records are called; of those without a name, the type and id of ten at most."""
    more = row.affected_count - len(row.names)
    names = _SEPARATOR.join(row.names)
    return f"{names} and {more:,} more" if more > 0 else names


_RECORD = _of("Record ID", lambda row: _path(row.record))
_ENTRY = _field("Entry ID", "id")
_MESSAGE = _field("Message ID", "message_id")
_VERDICT = (_of("What happened", _what_happened), _of("What to do", _what_to_do))
_SENT = (_time("Date/Time sent", "occurred_at"), _time("Latest activity", "last_activity_at"))

_EMAILS = (
    *_SENT,
    _unless_erased("Recipient", lambda row: row.recipient),
    _unless_erased("Subject", _subject),
    _own("Delivery Status", _email_status),
    *_VERDICT,
    _of("Opens", lambda row: _count(row.opens, row)),
    _of("Clicks", lambda row: _count(row.clicks, row)),
    _field("Sender", "sender"),
    _MESSAGE,
    _RECORD,
    _ENTRY,
)
_SMS = (
    *_SENT,
    _unless_erased("Phone number", lambda row: row.recipient),
    _unless_erased("Message", lambda row: row.text),
    _own("Delivery Status", page_words.sms_status),
    *_VERDICT,
    _MESSAGE,
    _RECORD,
    _ENTRY,
)
_PUSHES = (
    _SENT[0],
    _unless_erased("Subject", lambda row: row.subject),
    _unless_erased("Message", lambda row: row.text),
    _own("Delivery Status", _push_status),
    *_VERDICT,
    _MESSAGE,
    _RECORD,
    _ENTRY,
)
_ACTIVITY = (
    _time("Date/Time", "occurred_at"),
    _field("IP Address", "ip"),
    _field("Name", "name"),
    _unless_erased("Action", lambda row: row.action),
    _of("Details", lambda row: changes.details(row.details)),
    _RECORD,
    _ENTRY,
)
_AUDIT = (
    _time("Date/Time", "occurred_at"),
    _field("Member Name", "member_name"),
    _field("Username", "username"),
    _own("Source", lambda row: words.SOURCES[row.source]),
    _field("IP Address", "ip"),
    _unless_erased("Action", lambda row: row.action),
    _of("Affected Records", _affected_names),
    _field("Number of Records", "affected_count"),
    _RECORD,
    _ENTRY,
)


def _message_text(row: EmailRow | SmsRow) -> str:
    return _subject(row) if isinstance(row, EmailRow) else row.text


def _status(row: Row) -> str:
    match row:
        case EmailRow():
            return _email_status(row)
        case SmsRow():
            return page_words.sms_status(row)
        case PushRow():
            return _push_status(row)
    return ""


def _within(name: str, *columns: Column) -> tuple[Column, ...]:
    """The columns of a row in the lines that have it in their field `name`."""

    def within(column: Column) -> Column:
        return Column(column.title, lambda line, times: column.value(getattr(line, name), times), column.is_own)

    return tuple(map(within, columns))


# Of e-mails or of text messages.
_MESSAGES = (
    *_within("row", _SENT[0], _SENT[1]),
    _of("Record", lambda line: line.name or _path(line.row.record)),
    *_within(
        "row",
        _unless_erased("Recipient", lambda row: row.recipient),
        _unless_erased("Message", _message_text),
        _own("Delivery Status", _status),
        *_VERDICT,
        _MESSAGE,
        _RECORD,
        _ENTRY,
    ),
)


def _message_line(row: EmailRow | SmsRow, names: Names) -> Iterator[MessageLine]:
    yield MessageLine(row, names.get(row.record))


def _who(row: Row) -> str:
    match row:
        case EmailRow() | SmsRow():
            return row.recipient
        case ActivityRow():
            return row.name
        case AuditRow():
            return row.member_name
    return ""


def _what(row: Row) -> str:
    match row:
        case EmailRow():
            return _subject(row)
        case SmsRow():
            return row.text
        case PushRow():
            return f"{row.subject}: {row.text}" if row.subject else row.text
    return row.action


_TIMELINE = (
    _time("Date/Time", "occurred_at"),
    _own("Log", lambda row: words.LOGS[row.__struct_config__.tag]),
    _unless_erased("Name/Recipient", _who),
    _unless_erased("What", _what),
    _own("Status", _status),
    *_VERDICT,
    _RECORD,
    _ENTRY,
)


def _why_blocked(block: Block) -> str:
    # Of a notice without words of its own, only its kind is known: "Permanent".
    return block.reason if re.search(r"\s", block.reason) else words.BLOCK_REASONS[block.status]


def _resets(block: Block, times: LocalTimes) -> str:
    """A line for each reset: when, by whom, why."""
    lines = []
    for reset in block.resets:
        who = reset.member_name or reset.username
        lines.append(": ".join(filter(None, (f"{times.text(reset.at)}{who and f' by {who}'}", reset.reason))))
    return "\n".join(lines)


_BLACKLIST = (
    _field("Address", "address"),
    _own("Status", lambda block: words.BLOCK_STATUS[block.status]),
    _time("Since", "since"),
    _of("Why", _why_blocked),
    _of("Records", lambda block: _SEPARATOR.join(record.path for record in block.records)),
    Column("Reset before", _resets),
    _MESSAGE,
)
_HOLDS = (
    _of("Record", lambda hold: hold.record.path),
    _field("Reason", "reason"),
    _time("Placed", "placed_at"),
    _field("By", "placed_by"),
    _own("State", words.hold_status),
    _field("Entries kept", "held"),
    _field("Expired before", "too_late"),
    _of("Failure", lambda hold: hold.failure.reason if hold.failure else ""),
)


def _change_lines(entry: OrgAuditEntry, _: Names) -> Iterator[ChangeLine]:
    """A line for each field of each affected record; one for a record or an entry of which no field is known."""
    for affected in entry.affected or (None,):
        found = _changes(affected) if affected else []
        for index, change in enumerate(found or (None,)):
            yield ChangeLine(entry, affected, change, is_first=index == 0)


def _changes(affected: Affected) -> list[Change]:
    before, after = (UNSET if state is None else state for state in (affected.before, affected.after))
    return changes.changes(before, after)


def _record_name(line: ChangeLine) -> str:
    return (line.affected.name or line.affected.record.path) if line.affected else ""


def _change_name(line: ChangeLine) -> str:
    return words.CHANGES.get(line.affected.change, line.affected.change) if line.affected else ""


def _change_details(line: ChangeLine, times: LocalTimes) -> Value:
    return changes.shown(line.affected.details, times) if line.affected and line.is_first else ""


def _side(title: str, name: Literal["before", "after"]) -> Column:
    return Column(title, lambda line, times: changes.shown(getattr(line.change, name), times) if line.change else "")


_CHANGES = FileLayout(
    OrgAuditEntry,
    (
        *_within("entry", *_AUDIT[:6]),
        _of("Affected Record", _record_name),
        _of("Change", _change_name),
        _of("Field", lambda line: line.change.label if line.change else ""),
        _side("Before", "before"),
        _side("After", "after"),
        Column("Details", _change_details),
        _of("Record ID", lambda line: _path(line.affected and line.affected.record)),
        *_within("entry", _ENTRY),
    ),
    _change_lines,
)
_OF_ORG: Mapping[str, FileLayout] = {
    "audit": FileLayout(OrgAuditRow, _AUDIT),
    "messages": FileLayout(EmailRow | SmsRow, _MESSAGES, _message_line, lambda row: row.record),
    "blacklist": FileLayout(Block, _BLACKLIST),
    "holds": FileLayout(Hold, _HOLDS),
}
_OF_RECORDS: Mapping[str, FileLayout] = {
    "emails": FileLayout(EmailRow, _EMAILS),
    "sms": FileLayout(SmsRow, _SMS),
    "pushes": FileLayout(PushRow, _PUSHES),
    "activity": FileLayout(ActivityRow, _ACTIVITY),
    "audit": FileLayout(AuditRow, _AUDIT),
    "timeline": FileLayout(Row, _TIMELINE),
}
