"""Reading the logs of a record: filtered pages in the order of an index, with cursors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, entry_ids, timestamps
from daybook.core.errors import FieldError, InvalidCursorError, InvalidRequestError
from daybook.core.paging import READ_BUDGET, Cursor, Cursors, Limit, Order
from daybook.model.entries import RECORD_TYPES, EmailStatus, Moment, Record, SmsStatus
from daybook.model.responses import EmailRow, Row, SmsRow
from daybook.search import row_texts
from daybook.search.line import matching, reading
from daybook.search.line.terms import EVERYTHING, Line, Parts, SearchLine
from daybook.storage import thin_copies, values
from daybook.storage.items import entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ACTIVITY, BY_RECIPIENT, BY_STATUS, SORT_KEYS
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, StartKey, Store, start_key
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts

# Items that a filtered page reads at a time. It ends, short and with a `next`, after `core.paging.READ_BUDGET` in all.
CHUNK = 500
KEYS_ONLY = frozenset({BY_RECIPIENT, BY_STATUS})


class PlainQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the logs that only grow: pushes, activity, audit."""

    limit: Limit = 50
    cursor: Cursor | None = None
    sort: Literal["date"] = "date"
    order: Order = "desc"
    q: SearchLine = ""
    start: Annotated[Moment | None, Meta(description="on the date the log is shown by; included")] = msgspec.field(
        default=None, name="from"
    )
    end: Annotated[Moment | None, Meta(description="not included")] = msgspec.field(default=None, name="to")

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset()


class MessageQuery(PlainQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the e-mail and SMS logs; `date` is that of the last activity."""

    sort: Literal["date", "recipient", "status"] = "date"  # type: ignore[assignment]
    status: Annotated[list[str], Meta(description="one or more, comma-separated")] = []

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(self.status)


class Log(Struct, frozen=True):
    """One log of a record as callers name it, and what it holds."""

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
        Log("sms", "sms", get_args(SmsStatus)),
        Log("pushes", "push"),
        Log("activity", "activity"),
        Log("audit", "audit"),
    )
}


class Page(Struct, frozen=True):
    """One page; `next` is the cursor of the following one, None at the end."""

    entries: list[Row]
    next: str | None
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
        line = reading.parse(query.q, self._zone(org)) if query.q.strip() else EVERYTHING
        understood = list(line.understood)
        if line.spans == ():
            return Page([], None, understood)
        span = _span(record_keys.partition(org, record), log, query, line)
        bound_to = _binding(org, record, log, query)
        after = self._after(span, log, query, bound_to)
        now, is_match, budget = self._clock(), _filter(query, line), READ_BUDGET
        chunk = _chunk(span, query, filtered=is_match is not None)
        shown: list[Shown] = []
        last: Values | None = None
        for page in query_value_pages(self._table, span, chunk, after):
            for item in thin_copies.values_with_texts(self._table, self._full_items(span, page.items)):
                if not values.is_visible(item, now):
                    continue
                row = entry_rows.row(item, record, now)
                if is_match and not is_match(row):
                    continue
                if len(shown) == query.limit:
                    next_ = self._next(span, last, bound_to)
                    return Page(self._verdicts.of_page(org, shown, now), next_, understood)
                shown.append(Shown(row, item.get("outcome")))
                last = item
            budget -= len(page.items)
            if page.more and budget <= 0:
                next_ = self._next(span, page.items[-1], bound_to)
                return Page(self._verdicts.of_page(org, shown, now), next_, understood)
        return Page(self._verdicts.of_page(org, shown, now), None, understood)

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

    def _next(self, span: Range, item: Values | None, bound_to: list[str]) -> str | None:
        if item is None:
            return None
        _, moment, suffix = record_keys.split_entry(item["sk"])
        sort_value = _SORT_VALUES[span.index](item)
        return self._cursors.seal([entry_ids.entry_id(moment, suffix), sort_value], bound_to)

    def _after(self, span: Range, log: Log, query: PlainQuery, bound_to: list[str]) -> StartKey | None:
        if query.cursor is None:
            return None
        entry_id, sort_value = self._cursors.open(query.cursor, bound_to)
        parts = entry_ids.split(entry_id)
        if parts is None:
            raise InvalidCursorError("the cursor names no entry")
        sk = record_keys.entry(log.kind, *parts)
        return start_key(span, sk, _RANGE_KEYS[span.index](log.kind, sort_value, *parts))


def _filter(query: PlainQuery, line: Line) -> Callable[[Row], bool] | None:
    """The filter of a row beyond the range that is read; None where there is none."""
    statuses = query.statuses
    # By date, the range itself has these bounds.
    start, end = (
        None if bound is None or query.sort == "date" else timestamps.instant(bound)
        for bound in (query.start, query.end)
    )
    if not (statuses or start or end) and line.asks_for_nothing:
        return None

    def is_match(row: Row) -> bool:
        if statuses and isinstance(row, EmailRow | SmsRow) and row.status not in statuses:
            return False
        moment = row_texts.shown_at(row)
        in_time = (start is None or start <= moment) and (end is None or moment < end)
        return in_time and (line.asks_for_nothing or matching.matches(line, moment, row_texts.texts(row)))

    return is_match


def _check(log: Log, query: PlainQuery) -> None:
    date_bounds.check(query.start, query.end)
    unknown = sorted(query.statuses - set(log.statuses))
    if unknown:
        fault = FieldError("status", f"unknown: {', '.join(unknown)}; it is one of {', '.join(log.statuses)}")
        raise InvalidRequestError("a parameter is wrong", [fault])


def _span(pk: str, log: Log, query: PlainQuery, line: Line) -> Range:
    """The range that a list reads: narrowed by `from`, `to` and the line's dates in the order of dates.

    In the order of statuses, it is narrowed by these.
    """
    forward, kind = query.order == "asc", log.kind
    if query.sort == "date":
        bounds = record_keys.log_bounds(kind, *line.within(query.start, query.end))
        return Range(pk, *bounds, BY_ACTIVITY if log.statuses else None, forward)
    if query.sort == "recipient":
        return Range(pk, *record_keys.log_bounds(kind), BY_RECIPIENT, forward)
    bounds = index_keys.status_bounds(kind, query.statuses) if query.statuses else record_keys.log_bounds(kind)
    return Range(pk, *bounds, BY_STATUS, forward)


def _chunk(span: Range, query: PlainQuery, *, filtered: bool) -> int:
    """How many items to read at a time; one more than the page's limit tells whether there is a next page."""
    if not filtered:
        return query.limit + 1
    return GET_BATCH if span.index in KEYS_ONLY else CHUNK


def _binding(org: str, record: Record, log: Log, query: PlainQuery) -> list[str]:
    """What a cursor is valid for: all parameters of a list but the size of its pages."""
    bounds = [timestamps.instant(bound) if bound else "" for bound in (query.start, query.end)]
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
