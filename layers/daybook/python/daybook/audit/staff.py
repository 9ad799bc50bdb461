"""The usernames in an org's audit log, each with the time of its last entry: what a filter has to offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import inf

from cachetools import LRUCache
from msgspec import Struct

from daybook.core.paging import Cursor, Cursors, Limit
from daybook.core.timestamps import Instant
from daybook.model.entries import PLACEHOLDER
from daybook.search.by_time import EntriesByTime
from daybook.search.plan import Bounds
from daybook.storage import attributes, entry_items, keys
from daybook.storage.store import Change, Insert, Item, Key, Range, Store, Update, position, with_expiry

# A username may stay for so much longer than its last entry, and is written again once in that time at most. With a
# month it would be written for every fifth entry of a business whose families act in a portal (`docs/performance.md`).
SLACK = timedelta(days=365)


REMEMBERED = 10_000


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


class StaffQueries:
    def __init__(self, *, table: Store, merged: EntriesByTime, cursors: Cursors, clock: Callable[[], datetime]) -> None:
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
            (last,) = self._cursors.verify(query.cursor, bound_to)
            after = position(span, last, last)
        found = self._table.query(span, query.limit + 1, after)
        usernames = [attributes.text(item, "sk") for item in found.items]
        shown = usernames[: query.limit]
        with ThreadPoolExecutor(PARALLEL) as pool:
            times = list(pool.map(lambda username: self._last_at(org, username), shown))
        staff = [StaffMember(username, at) for username, at in zip(shown, times, strict=True) if at is not None]
        return StaffPage(staff, self._cursors.sign([shown[-1]], bound_to) if len(usernames) > query.limit else None)

    def _last_at(self, org: str, username: str) -> str | None:
        """The instant of the last entry that has not expired; None where there is none any more."""
        now = self._clock()
        for at, item in self._merged.find(org, Bounds(staff=frozenset({username}), chunk=1)):
            if item is not None and attributes.is_visible(item, now):
                return keys.instant_of(at)
        return None


class StaffRegister:
    """A warm function remembers what it knows to stand there."""

    def __init__(self, *, table: Store) -> None:
        self._table = table
        self._known: LRUCache[Key, float] = LRUCache(REMEMBERED)

    def note(self, entries: Sequence[Item]) -> int:
        """Put the usernames of these audit entries into their orgs' registers; how many had to be. StoreBusyError."""
        wanted: dict[Key, float] = {}
        for item in entries:
            if attributes.text(item, "username") == PLACEHOLDER:
                continue
            key = keys.staff_seen(keys.org_of(item["pk"]["S"])), item["username"]["S"]
            wanted[key] = max(wanted.get(key, 0), _until(item))
        noted = 0
        while wanted := {key: until for key, until in wanted.items() if self._known.get(key, -1) < until}:
            found = self._table.get(list(wanted))
            self._known.update({key: _until(item) for key, item in found.items()})
            changes = [
                _change(key, found.get(key), until) for key, until in wanted.items() if self._known.get(key, -1) < until
            ]
            noted += sum(self._table.write(changes))
        return noted


def _until(item: Item) -> float:
    """Epoch second at which it expires."""
    expires_at = entry_items.expiry(item)
    return inf if expires_at is None else expires_at


def _change(key: Key, item: Item | None, until: float) -> Change:
    """The change after which the username stays as long as the entry, and for a while."""
    expires_at = None if until == inf else int(until) + SLACK // timedelta(seconds=1)
    if item is None:
        return Insert(with_expiry({"pk": {"S": key[0]}, "sk": {"S": key[1]}}, expires_at))
    put = with_expiry({}, expires_at)
    return Update(key, put, [] if put else ["expires_at"], {"expires_at": item["expires_at"]})
