"""Reading the logs of a record: filtered pages in the order of an index, with cursors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache, partial
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, entry_ids
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.errors import FieldError, InvalidCursorError, InvalidRequestError, NotFoundError
from daybook.core.paging import NO_LINKS, READ_BUDGET, Cursor, Cursors, Limit, Order, Start, in_order
from daybook.model.entries import RECORD_TYPES, EmailStatus, Record, SmsReason, SmsStatus
from daybook.model.responses import EmailRow, Row, SmsRow
from daybook.search import row_texts
from daybook.search.line import matching, reading
from daybook.search.line.terms import Line, Parts, SearchLine
from daybook.storage import thin_copies, values
from daybook.storage.items import entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ACTIVITY, BY_RECIPIENT, BY_STATUS, SORT_KEYS
from daybook.storage.query_pages import query_value_pages, read_from
from daybook.storage.store import GET_BATCH, Range, StartKey, Store, start_key
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts, bounce_code

# Items that a filtered page reads at a time. It ends, short and with a `next`, after `core.paging.READ_BUDGET` in all.
CHUNK = 500
KEYS_ONLY = frozenset({BY_RECIPIENT, BY_STATUS})

STATUS_LIST = "one or more, any of which it may have: repeated, or comma-separated"

MessageSort = Annotated[
    Literal["date", "recipient", "status", "sent"],
    Meta(description="`date` is the last activity, by which an entry moves; `sent` is its own date, which stays"),
]


class PlainQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the logs that only grow: pushes, activity, audit."""

    limit: Limit = 50
    cursor: Cursor | None = None
    sort: Literal["date"] = "date"
    order: Order = "desc"
    q: SearchLine = ""
    start: Annotated[Bound | None, Meta(description=f"on the date the log is shown by; {FROM}")] = msgspec.field(
        default=None, name="from"
    )
    end: To = msgspec.field(default=None, name="to")

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset()


class MessageQuery(PlainQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the e-mail and SMS logs."""

    sort: MessageSort = "date"  # type: ignore[assignment]
    status: Annotated[list[str], Meta(description=STATUS_LIST)] = []

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(self.status)


Filter = Callable[[Shown], bool]

# Why a text message has the status `not_delivered`.
REASONS: tuple[str, ...] = get_args(SmsReason)


class Log(Struct, frozen=True):
    """One log of a record as callers name it, and what it holds.

    `statuses` are those that its messages are found by; of text messages also the reasons of `not_delivered`.
    """

    name: str
    kind: str
    statuses: tuple[str, ...] = ()

    @property
    def record_types(self) -> tuple[str, ...] | None:
        """The record types that have this log; None for any."""
        return RECORD_TYPES[self.kind]

    @property
    def query(self) -> type[PlainQuery]:
        return MessageQuery if self.statuses else PlainQuery

    @property
    def permissions(self) -> dict[str, str]:
        """The permission for each type of record that has this log; empty where any may have it."""
        return {kind: self.permission(kind) for kind in self.record_types or ()}

    def permission(self, record_type: str) -> str:
        """The permission that reading this log of such a record takes."""
        staff = record_type == "staff"
        match self.kind:
            case "email":
                return "staff_email_log" if staff else "family_email_log"
            case "sms":
                return "staff_sms_log" if staff else "sms_log"
            case _:
                return f"{self.kind}_log"


LOGS = {
    log.name: log
    for log in (
        Log("emails", "email", get_args(EmailStatus)),
        Log("sms", "sms", (*get_args(SmsStatus), *REASONS)),
        Log("pushes", "push"),
        Log("activity", "activity"),
        Log("audit", "audit"),
    )
}


def permissions_of(record_type: str) -> dict[str, str]:
    """The logs that records of this type have, by name, each with the permission that reading it takes."""
    return {
        log.name: log.permission(record_type)
        for log in LOGS.values()
        if log.record_types is None or record_type in log.record_types
    }


class Page(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, None where there is none."""

    entries: list[Row]
    next: str | None
    prev: str | None
    understood: Parts


class RecordLogs:
    """Pages of a record's logs. `zone` gives the time zone of an org; `clock` returns an aware datetime."""

    def __init__(
        self,
        *,
        table: Store,
        verdicts: Verdicts,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._verdicts = verdicts
        self._zone = zone
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, record: Record, log: Log, query: PlainQuery) -> Page:
        """One page of a record's log. InvalidRequestError, InvalidCursorError, StoreBusyError."""
        _check(log, query)
        zone = cache(partial(self._zone, org))
        dates = date_bounds.read(query.start, query.end, zone)
        line = reading.read(query.q, zone)
        bound_to = _binding(org, record, log, query, dates, line)
        start = self._cursors.start(query.cursor, bound_to)
        span = _span(record_keys.partition(org, record), log, query, dates, line)
        shown: list[Shown] = []
        links, now = NO_LINKS, self._clock()
        if line.spans != () and span.low <= span.high:
            key = None if start is None else _start_key(span, log, start)
            place = read_from(span, start, key)
            shown, end = self._read(*place, record, query, _filter(query, dates, line), now)
            links = self._cursors.links(start, end, bound_to)
        rows = self._verdicts.of_page(org, in_order(shown, start), now)
        return Page(rows, links.next, links.prev, list(line.understood))

    def entry(self, org: str, record: Record, log: Log, entry_id: str) -> Row:
        """One entry as a page shows it, of a log other than the audit log.

        NotFoundError where this log of the record has no such entry. StoreBusyError.
        """
        parts, now = entry_ids.split(entry_id), self._clock()
        item = None
        if parts is not None:
            key = record_keys.partition(org, record), record_keys.entry(log.kind, *parts)
            item = self._table.get_values([key]).get(key)
        if item is None or not values.is_visible(item, now):
            raise NotFoundError("this record has no such entry")
        (row,) = self._verdicts.of_page(org, [Shown(entry_rows.row(item, record, now), item.get("outcome"))], now)
        return row

    def _read(
        self,
        span: Range,
        after: StartKey | None,
        record: Record,
        query: PlainQuery,
        is_match: Filter | None,
        now: datetime,
    ) -> tuple[list[Shown], list[str] | None]:
        """The rows of a page in the order in which the range is read, and where it ended; None at the range's end."""
        shown: list[Shown] = []
        left = READ_BUDGET
        last: Values = {}
        for page in query_value_pages(self._table, span, _chunk(span, query, filtered=is_match is not None), after):
            for item in thin_copies.values_with_texts(self._table, self._full_items(span, page.items)):
                if not values.is_visible(item, now):
                    continue
                found = Shown(entry_rows.row(item, record, now), item.get("outcome"))
                if is_match and not is_match(found):
                    continue
                if len(shown) == query.limit:
                    return shown, _position(span, last)
                shown.append(found)
                last = item
            left -= len(page.items)
            if page.more and left <= 0:
                return shown, _position(span, page.items[-1])
        return shown, None

    def _full_items(self, span: Range, index_items: list[Values]) -> list[Values]:
        """The full items of those of an index that projects keys only.

        They are read eventually consistent, at half the price, and again where that is behind the index.
        """
        if span.index not in KEYS_ONLY:
            return index_items
        range_key = SORT_KEYS[span.index]
        range_keys = {values.key_of(item): item[range_key] for item in index_items}
        items = self._table.get_values(list(range_keys), consistent=False)
        stale = [key for key, value in range_keys.items() if key not in items or items[key][range_key] != value]
        if stale:
            items |= self._table.get_values(stale)
        return [items[key] | {range_key: value} for key, value in range_keys.items() if key in items]


def _position(span: Range, item: Values) -> list[str]:
    """The position of an item: the id of its entry, and the value that the index sorts by."""
    _, moment, suffix = record_keys.split_entry(item["sk"])
    return [entry_ids.entry_id(moment, suffix), _SORT_VALUES[span.index](item)]


def _start_key(span: Range, log: Log, start: Start) -> StartKey:
    entry_id, sort_value = start.at
    parts = entry_ids.split(entry_id)
    if parts is None:
        raise InvalidCursorError("the cursor names no entry")
    sk = record_keys.entry(log.kind, *parts)
    return start_key(span, sk, _RANGE_KEYS[span.index](log.kind, sort_value, *parts))


def _filter(query: PlainQuery, dates: DateBounds, line: Line) -> Filter | None:
    """The filter of a row beyond the range that is read; None where there is none."""
    statuses = query.statuses
    is_by_sending = isinstance(query, MessageQuery) and query.sort == "sent"
    # In the order of a date, the range itself has these bounds.
    start, end = (None, None) if query.sort in ("date", "sent") else dates.instants
    if not (statuses or start or end) and line.asks_for_nothing:
        return None

    def is_match(shown: Shown) -> bool:
        row = shown.row
        if isinstance(row, EmailRow | SmsRow) and not has_status(row, statuses):
            return False
        # A walk by `sent` meets each entry once: activity moves none into its bounds, or out of them.
        moment = row.occurred_at if is_by_sending else row_texts.shown_at(row)
        in_time = (start is None or start <= moment) and (end is None or moment < end)
        return in_time and (
            line.asks_for_nothing or matching.matches(line, moment, row_texts.texts(row, bounce_code(shown)))
        )

    return is_match


def has_status(row: EmailRow | SmsRow, wanted: Collection[str]) -> bool:
    """Whether the message has one of these statuses or reasons; none are any."""
    return not wanted or row.status in wanted or (isinstance(row, SmsRow) and row.reason in wanted)


def stored_statuses(log_kind: str, wanted: Collection[str]) -> set[str]:
    """The statuses of the messages that `has_status` may hold for: the reasons of text messages are of one status."""
    return {"not_delivered" if log_kind == "sms" and name in REASONS else name for name in wanted}


def _check(log: Log, query: PlainQuery) -> None:
    unknown = sorted(query.statuses - set(log.statuses))
    if unknown:
        given = ", ".join(unknown) or "an empty text"
        fault = FieldError("status", f"unknown: {given}; it is one of {', '.join(log.statuses)}")
        raise InvalidRequestError([fault])


def _span(pk: str, log: Log, query: PlainQuery, dates: DateBounds, line: Line) -> Range:
    """The range that a list reads, in its order.

    By date and by `sent` it is narrowed by `from`, `to` and the line's dates, which are of what it is sorted by. By
    status it is narrowed by the statuses.
    """
    forward, kind = query.order == "asc", log.kind
    start, end = line.within(dates.start, dates.end)
    if query.sort == "date":
        return Range(pk, *record_keys.log_bounds(kind, start, end), BY_ACTIVITY if log.statuses else None, forward)
    if query.sort == "sent":
        return Range(pk, *record_keys.log_bounds(kind, start, end), None, forward)
    if query.sort == "recipient":
        return Range(pk, *record_keys.log_bounds(kind), BY_RECIPIENT, forward)
    statuses = stored_statuses(kind, query.statuses)
    bounds = index_keys.status_bounds(kind, statuses) if statuses else record_keys.log_bounds(kind)
    return Range(pk, *bounds, BY_STATUS, forward)


def _chunk(span: Range, query: PlainQuery, *, filtered: bool) -> int:
    """How many items to read at a time; one more than the page's limit tells whether there is a next page."""
    if not filtered:
        return query.limit + 1
    return GET_BATCH if span.index in KEYS_ONLY else CHUNK


def _binding(org: str, record: Record, log: Log, query: PlainQuery, dates: DateBounds, line: Line) -> list[str]:
    """What a cursor is valid for: all parameters of a list but the size of its pages.

    Dates count as they are meant in the org's zone, which may change.
    """
    bounds = [bound or "" for bound in (*dates.instants, *line.within(None, None))]
    statuses = ",".join(sorted(query.statuses))
    return [org, record.type, record.id, log.name, query.sort, query.order, query.q, *bounds, statuses]


# The value of its last entry that a cursor holds beside the entry's id; and the index key made of both.
_SORT_VALUES: dict[str | None, Callable[[Values], str]] = {
    None: lambda _: "",
    BY_ACTIVITY: entry_rows.last_activity,
    BY_RECIPIENT: lambda item: index_keys.recipient_of(item["recipient_key"]),
    BY_STATUS: lambda item: index_keys.status_of(item["status_key"]),
}

_RANGE_KEYS: dict[str | None, Callable[[str, str, str, str], str]] = {
    None: lambda kind, _, moment, suffix: record_keys.entry(kind, moment, suffix),
    BY_ACTIVITY: lambda kind, value, _, suffix: index_keys.activity_key(kind, value, suffix),
    BY_RECIPIENT: index_keys.recipient_key,
    BY_STATUS: index_keys.status_key,
}
