"""The usernames in an org's audit log, each with the time of its last entry: what a filter has to offer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from daybook import keys, rows, table
from daybook.audit_reading import Bounds, Merged
from daybook.cursors import Cursors
from daybook.logs import Cursor, Limit
from daybook.rows import Instant
from daybook.table import Found, Item, Range

PARALLEL = 8


class StaffQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class StaffMember(Struct, frozen=True):
    """`last_at` is when the last entry of theirs occurred that can still be seen."""

    username: str
    last_at: Instant


class StaffPage(Struct, frozen=True):
    """One page, by username; `next` is the cursor of the following one, null at the end. It may be short."""

    staff: list[StaffMember]
    next: str | None


class Store(Protocol):
    """What of the table is needed here; see `daybook.table.Table`."""

    def query(self, span: Range, limit: int, after: Item | None = None) -> Found: ...


class StaffSeen:
    def __init__(self, *, table: Store, merged: Merged, cursors: Cursors, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._merged = merged
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: StaffQuery) -> StaffPage:
        """InvalidCursorError, StoreBusyError."""
        span = Range(keys.staff_seen(org), *keys.USERNAMES, forward=True)
        bound_to = [org, "audit staff"]
        after = None
        if query.cursor is not None:
            (last,) = self._cursors.open(query.cursor, bound_to)
            after = table.position(span, last, last)
        found = self._table.query(span, query.limit + 1, after)
        usernames = [rows.text(item, "sk") for item in found.items]
        shown = usernames[: query.limit]
        with ThreadPoolExecutor(PARALLEL) as pool:
            times = list(pool.map(lambda username: self._last_at(org, username), shown))
        staff = [StaffMember(username, at) for username, at in zip(shown, times, strict=True) if at is not None]
        return StaffPage(staff, self._cursors.seal([shown[-1]], bound_to) if len(usernames) > query.limit else None)

    def _last_at(self, org: str, username: str) -> str | None:
        """The instant of the last entry that has not expired; None where there is none any more."""
        now = self._clock()
        for at, item in self._merged.find(org, Bounds(staff=frozenset({username}), chunk=1)):
            if item is not None and rows.is_visible(item, now):
                return keys.instant_of(at)
        return None
