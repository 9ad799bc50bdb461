"""The messages of a whole org, of any statuses or to one recipient, newest first."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from daybook.core import date_bounds, phone_numbers
from daybook.core.date_bounds import FROM, Bound, DateBounds, To
from daybook.core.errors import FieldError, InvalidRequestError
from daybook.core.paging import NO_LINKS, READ_BUDGET, Cursor, Cursors, Limit, Start, in_order
from daybook.entries.record_log import LOGS, STATUS_LIST, has_status, stored_statuses
from daybook.model import delivery_status
from daybook.model.entries import Record
from daybook.model.responses import EmailRow, SmsRow
from daybook.storage import values
from daybook.storage.items import entry_items, entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_ORG_STATUS, BY_RECIPIENT
from daybook.storage.query_pages import query_value_pages
from daybook.storage.store import GET_BATCH, Range, Store
from daybook.storage.values import Values
from daybook.verdicts.rows import Shown, Verdicts

STATUSES = {log.kind: log.statuses for log in LOGS.values() if log.statuses}

_AT = itemgetter("at")
_FOR_PLUS = FieldError("recipient", "has a blank (in a query string a + is a blank: write %2B)")
_BLANK_IN_MAILBOX = re.compile(r"[\w.+-]+ [\w.-]+@[^\s@]+", re.ASCII)

Recipient = Annotated[str, Meta(min_length=1, max_length=1000)]
# By an org, a mailbox or number, and types of records: those of them whose messages went to it.
RecordsOf = Callable[[str, str, Sequence[str]], list[Record]]


class MessagesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    log: Literal["email", "sms"]
    status: Annotated[list[str], Meta(description=f"{STATUS_LIST}; each is one of the log's own. Without it, any")] = []
    recipient: Annotated[
        Recipient | None,
        Meta(description="to this address, in any spelling; or to this number, with its country's code"),
    ] = None
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
    """Pages of an org's messages.

    `records_of` gives the records of a recipient, `zone` the time zone of an org; `clock` returns an aware datetime.
    """

    def __init__(
        self,
        *,
        table: Store,
        verdicts: Verdicts,
        records_of: RecordsOf,
        zone: Callable[[str], ZoneInfo],
        cursors: Cursors,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._verdicts = verdicts
        self._records_of = records_of
        self._zone = zone
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: MessagesQuery, record_types: Sequence[str]) -> MessagePage:
        """One page, of records of these types only. InvalidRequestError, InvalidCursorError, StoreBusyError."""
        _check(query)
        dates = date_bounds.read(query.start, query.end, partial(self._zone, org))
        bound_to = _binding(org, query, dates, record_types)
        start = self._cursors.start(query.cursor, bound_to)
        spans = self._spans(org, query, record_types, _bounds(dates, start))
        shown: list[Shown] = []
        links, now = NO_LINKS, self._clock()
        if spans and all(span.low <= span.high for span in spans):
            shown, end = self._read(spans, query, record_types, now)
            links = self._cursors.links(start, end, bound_to)
        rows = self._verdicts.of_page(org, in_order(shown, start), now)
        messages = [row for row in rows if isinstance(row, EmailRow | SmsRow)]
        return MessagePage(messages, links.next, links.prev)

    def _spans(
        self, org: str, query: MessagesQuery, record_types: Sequence[str], bounds: tuple[str, str, bool]
    ) -> list[Range]:
        """The ranges that a page reads: one for each class of status or, of a recipient, for each record."""
        low, high, forward = bounds
        if query.recipient is None:
            statuses = stored_statuses(query.log, query.status or STATUSES[query.log])
            classes = {delivery_status.status_class(status) for status in statuses}
            return [
                Range(index_keys.org_status(org, query.log, name), low, high, BY_ORG_STATUS, forward)
                for name in sorted(classes)
            ]
        recipient = entry_items.canonical_recipient(query.log, query.recipient)
        records = self._records_of(org, recipient, record_types)
        if not records and _BLANK_IN_MAILBOX.fullmatch(recipient):
            raise InvalidRequestError([_FOR_PLUS])
        first, last = (index_keys.recipient_at(query.log, recipient, at) for at in (low, high))
        return [Range(record_keys.partition(org, record), first, last, BY_RECIPIENT, forward) for record in records]

    def _read(
        self, spans: Sequence[Range], query: MessagesQuery, record_types: Sequence[str], now: datetime
    ) -> tuple[list[Shown], list[str] | None]:
        """The messages of a page in the order in which they are read, and where it ended; None at the list's end."""
        chunk = min(query.limit + 1, GET_BATCH)
        streams = [self._stream(span, chunk) for span in spans]
        merged = heapq.merge(*streams, key=_AT, reverse=not spans[0].forward)
        # A message whose class changes between two of these reads is in both ranges.
        items = (next(same) for _, same in groupby(merged, _AT))
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
            # The index by recipient has it in its own key.
            yield from (
                item if "at" in item else {**item, "at": index_keys.at_of(item["recipient_key"])} for item in page.items
            )

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
    # Whatever is stored: a text that cannot be a number may be that of an odd recipient.
    number = query.recipient if query.log == "sms" else None
    if number is not None and number.startswith(" ") and phone_numbers.error_of_spelling(f"+{number.strip()}") is None:
        raise InvalidRequestError([_FOR_PLUS])
    if number is not None and (problem := phone_numbers.error_of_spelling(number)) is not None:
        raise InvalidRequestError([FieldError("recipient", problem)])


def _bounds(dates: DateBounds, start: Start | None) -> tuple[str, str, bool]:
    """The bounds of `at` between which a page reads, and whether it reads forward.

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
    return low, high, forward


def _binding(org: str, query: MessagesQuery, dates: DateBounds, record_types: Sequence[str]) -> list[str]:
    bounds = [bound or "" for bound in dates.instants]
    statuses = ",".join(sorted({*query.status}))
    recipient = [] if query.recipient is None else [entry_items.canonical_recipient(query.log, query.recipient)]
    return [org, "messages", query.log, statuses, *bounds, ",".join(sorted(record_types)), *recipient]
