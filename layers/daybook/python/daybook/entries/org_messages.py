"""The messages of a whole org by their status, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.core.paging import NO_LINKS, READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.model import delivery_status
from daybook.model.entries import EmailStatus, Record, SmsStatus
from daybook.model.responses import EmailRow, SmsRow
from daybook.storage import values
from daybook.storage.items import entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts

STATUSES: dict[str, tuple[str, ...]] = {"email": get_args(EmailStatus), "sms": get_args(SmsStatus)}


class MessagesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    log: Literal["email", "sms"]
    status: Annotated[EmailStatus | SmsStatus, Meta(description="one of the log's own")]
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
        span = _span(org, query, dates, start)
        shown: list[Shown] = []
        links, now = NO_LINKS, self._clock()
        if span.low <= span.high:
            shown, end = self._read(span, query, record_types, now)
            links = self._cursors.links(start, end, bound_to)
        rows = self._verdicts.of_page(org, in_order(shown, start), now)
        messages = [row for row in rows if isinstance(row, EmailRow | SmsRow)]
        return MessagePage(messages, links.next, links.prev)

    def _read(
        self, span: Range, query: MessagesQuery, record_types: Sequence[str], now: datetime
    ) -> tuple[list[Shown], list[str] | None]:
        """The messages of a page in the order in which they are read, and where it ended; None at the list's end."""
        shown: list[Shown] = []
        last, left = "", READ_BUDGET
        for page in query_value_pages(self._table, span, min(query.limit + 1, GET_BATCH)):
            for key, message in self._messages(page.items, query, record_types, now):
                if len(shown) == query.limit:
                    return shown, [last]
                shown.append(message)
                last = key["at"]
            left -= len(page.items)
            if page.more and left <= 0:
                return shown, [page.items[-1]["at"]]
        return shown, None

    def _messages(
        self, index_items: list[Values], query: MessagesQuery, record_types: Sequence[str], now: datetime
    ) -> Iterator[tuple[Values, Shown]]:
        """The messages of these index items, read from the table, since the index is eventually consistent."""
        keys = [item for item in index_items if _record(item).type in record_types]
        items = self._table.get_values([values.key_of(item) for item in keys], consistent=False)
        for key in keys:
            item = items.get(values.key_of(key))
            if item is None or item["status"] != query.status or not values.is_visible(item, now):
                continue
            yield key, Shown(entry_rows.row(item, _record(key), now), item.get("outcome"))


def _record(item: Values) -> Record:
    return record_keys.split_partition(item["pk"])[1]


def _check(query: MessagesQuery) -> None:
    if query.status not in STATUSES[query.log]:
        fault = FieldError("status", f"it is one of {', '.join(STATUSES[query.log])}")
        raise InvalidRequestError("a parameter is wrong", [fault])


def _span(org: str, query: MessagesQuery, dates: DateBounds, start: Start | None) -> Range:
    """The range that a page reads: from the position where it begins, an `at`, which no two entries share."""
    low, high = (bound or of_all for bound, of_all in zip(dates.instants, index_keys.ALL, strict=True))
    forward = start is not None and start.backward
    if start is not None:
        (at,) = start.at
        if forward:
            low = at if start.included else index_keys.above(at)
        else:
            high = at if start.included else index_keys.below(at)
    partition = index_keys.org_status(org, query.log, delivery_status.status_class(query.status))
    return Range(partition, low, high, BY_ORG_STATUS, forward)


def _binding(org: str, query: MessagesQuery, dates: DateBounds, record_types: Sequence[str]) -> list[str]:
    bounds = [bound or "" for bound in dates.instants]
    return [org, "messages", query.log, query.status, *bounds, ",".join(sorted(record_types))]
