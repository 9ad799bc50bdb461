"""The messages of a whole org by their statuses, newest first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.core.paging import NO_LINKS, READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.entries.record_log import LOGS, STATUS_LIST, has_status, stored_statuses
from daybook.model import delivery_status
from daybook.model.entries import Record
from daybook.model.responses import EmailRow, SmsRow
from daybook.storage import values
from daybook.storage.items import entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts

STATUSES = {log.kind: log.statuses for log in LOGS.values() if log.statuses}


class MessagesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    log: Literal["email", "sms"]
    status: Annotated[list[str], Meta(min_length=1, description=f"{STATUS_LIST}; each is one of the log's own")]
    limit: Limit = 50
    cursor: Cursor | None = None
    start: Annotated[Bound | None, Meta(description=f"on the message's own date; {FROM}")] = msgspec.field(
        default=None, name="from"
    )
    end: To = msgspec.field(default=None, name="to")


class MessagePage(Struct, frozen=True):
    """One page; `next` and `prev` are the cursors of the following one and the one before, null where there is none."""

    entries: list[EmailRow | SmsRow]
    next: str | None
    prev: str | None


class OrgMessages:
    """Pages of an org's messages. `zone` gives the time zone of an org; `clock` returns an aware datetime."""

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

    def page(self, org: str, query: MessagesQuery, record_types: Sequence[str]) -> MessagePage:
        """One page, of records of these types only. InvalidRequestError, InvalidCursorError, StoreBusyError."""
        _check(query)
        dates = date_bounds.read(query.start, query.end, partial(self._zone, org))
        bound_to = _binding(org, query, dates, record_types)
        start = self._cursors.start(query.cursor, bound_to)
        spans = _spans(org, query, dates, start)
        shown: list[Shown] = []
        links, now = NO_LINKS, self._clock()
        if all(span.low <= span.high for span in spans):
            shown, end = self._read(spans, query, record_types, now)
            links = self._cursors.links(start, end, bound_to)
        rows = self._verdicts.of_page(org, in_order(shown, start), now)
        messages = [row for row in rows if isinstance(row, EmailRow | SmsRow)]
        return MessagePage(messages, links.next, links.prev)

    def _read(
        self, spans: Sequence[Range], query: MessagesQuery, record_types: Sequence[str], now: datetime
    ) -> tuple[list[Shown], list[str] | None]:
        """The messages of a page in the order in which they are read, and where it ended; None at the list's end."""
        chunk = min(query.limit + 1, GET_BATCH)
        streams = [self._stream(span, chunk) for span in spans]
        items = heapq.merge(*streams, key=lambda item: item["at"], reverse=not spans[0].forward)
        shown: list[Shown] = []
        last, left = "", READ_BUDGET
        while batch := list(islice(items, chunk)):
            for key, message in self._messages(batch, query, record_types, now):
                if len(shown) == query.limit:
                    return shown, [last]
                shown.append(message)
                last = key["at"]
            left -= len(batch)
            if len(batch) == chunk and left <= 0:
                return shown, [batch[-1]["at"]]
        return shown, None

    def _stream(self, span: Range, chunk: int) -> Iterator[Values]:
        for page in query_value_pages(self._table, span, chunk):
            yield from page.items

    def _messages(
        self, index_items: list[Values], query: MessagesQuery, record_types: Sequence[str], now: datetime
    ) -> Iterator[tuple[Values, Shown]]:
        """The messages of these index items, read from the table, since the index is eventually consistent."""
        keys = [item for item in index_items if _record(item).type in record_types]
        items = self._table.get_values([values.key_of(item) for item in keys], consistent=False)
        for key in keys:
            item = items.get(values.key_of(key))
            if item is None or not values.is_visible(item, now):
                continue
            row = entry_rows.row(item, _record(key), now)
            if isinstance(row, EmailRow | SmsRow) and has_status(row, query.status):
                yield key, Shown(row, item.get("outcome"))


def _record(item: Values) -> Record:
    return record_keys.split_partition(item["pk"])[1]


def _check(query: MessagesQuery) -> None:
    if not set(query.status) <= set(STATUSES[query.log]):
        fault = FieldError("status", f"must be one of {', '.join(STATUSES[query.log])}")
        raise InvalidRequestError([fault])


def _spans(org: str, query: MessagesQuery, dates: DateBounds, start: Start | None) -> list[Range]:
    """The ranges that a page reads, one for each class of status, all between the same bounds.

    A page begins at the position of its start, an `at`, which no two entries share.
    """
    low, high = (bound or of_all for bound, of_all in zip(dates.instants, index_keys.ALL, strict=True))
    forward = start is not None and start.backward
    if start is not None:
        (at,) = start.at
        if forward:
            low = at if start.included else index_keys.above(at)
        else:
            high = at if start.included else index_keys.below(at)
    classes = {delivery_status.status_class(status) for status in stored_statuses(query.log, query.status)}
    return [
        Range(index_keys.org_status(org, query.log, name), low, high, BY_ORG_STATUS, forward)
        for name in sorted(classes)
    ]


def _binding(org: str, query: MessagesQuery, dates: DateBounds, record_types: Sequence[str]) -> list[str]:
    bounds = [bound or "" for bound in dates.instants]
    return [org, "messages", query.log, ",".join(sorted({*query.status})), *bounds, ",".join(sorted(record_types))]
