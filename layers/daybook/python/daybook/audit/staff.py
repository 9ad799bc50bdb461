"""The staff in an org's audit log, each with the time of their last entry: the options of a filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import inf

from cachetools import LRUCache
from msgspec import Struct

from daybook.core.paging import Cursor, Cursors, Limit, in_order
from daybook.core.timestamps import Instant
from daybook.core.usernames import fold
from daybook.model.entries import PLACEHOLDER
from daybook.search.by_time import EntriesByTime
from daybook.search.plan import Bounds
from daybook.storage import values
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.orgs import StaffItem
from daybook.storage.query_pages import read_from
from daybook.storage.store import Change, Delete, Insert, Range, Store, Update, assign, start_key, unchanged
from daybook.storage.values import Values

# A username is kept for so much longer than its last entry, and is written again once in that time at most. With a
# month it would be written for every fifth entry of a business whose families act in a portal (`docs/performance.md`).
SLACK = timedelta(days=365)
CACHED_USERNAMES = 10_000
PARALLEL = 8


class StaffQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class StaffMember(Struct, frozen=True):
    """`last_at` is when the last entry of theirs occurred that can still be seen."""

    username: str
    last_at: Instant


class StaffPage(Struct, frozen=True):
    """One page, by username, which may be short.

    `next` and `prev` are the cursors of the following one and the one before, null where there is none.
    """

    staff: list[StaffMember]
    next: str | None
    prev: str | None


class StaffQueries:
    def __init__(
        self, *, table: Store, by_time: EntriesByTime, cursors: Cursors, clock: Callable[[], datetime]
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._cursors = cursors
        self._clock = clock

    def page(self, org: str, query: StaffQuery) -> StaffPage:
        """One page. InvalidCursorError, StoreBusyError."""
        span = Range(org_keys.staff(org), *org_keys.ALL_USERNAMES, forward=True)
        bound_to = [org, "audit staff"]
        start = self._cursors.start(query.cursor, bound_to)
        key = None if start is None else start_key(span, start.at[0])
        span, after = read_from(span, start, key)
        items = self._table.query_values(span, query.limit + 1, after).items
        of_page = items[: query.limit]
        usernames = self._usernames(in_order(of_page, start))
        with ThreadPoolExecutor(PARALLEL) as pool:
            times = list(pool.map(lambda username: self._last_at(org, username), usernames))
        staff = [StaffMember(username, at) for username, at in zip(usernames, times, strict=True) if at is not None]
        more = len(items) > query.limit
        links = self._cursors.links(start, [of_page[-1]["sk"]] if more else None, bound_to)
        return StaffPage(staff, links.next, links.prev)

    def _usernames(self, items: Sequence[Values]) -> list[str]:
        """The usernames of these items, each person once.

        Earlier versions registered a username in each spelling: such an item is left out where there is a newer one.
        """
        newer = {
            values.key_of(item): (item["pk"], fold(item["sk"])) for item in items if fold(item["sk"]) != item["sk"]
        }
        existing = self._table.get_values(list({*newer.values()})) if newer else {}
        return [item.get("username") or item["sk"] for item in items if newer.get(values.key_of(item)) not in existing]

    def _last_at(self, org: str, username: str) -> str | None:
        """The instant of the last entry that has not expired; None where there is none any more."""
        now = self._clock()
        for at, item in self._by_time.find(org, Bounds(staff=frozenset({username}), chunk=1)):
            if item is not None and values.is_visible(item, now):
                return index_keys.instant_of(at)
        return None


class StaffRegister:
    """The usernames that have entries, by org. A warm function caches those that it knows to be registered."""

    def __init__(self, *, table: Store) -> None:
        self._table = table
        # Until when each is registered, in epoch seconds.
        self._registered: LRUCache[Key, float] = LRUCache(CACHED_USERNAMES)

    def add(self, entries: Sequence[AuditItem]) -> int:
        """Register the usernames of these audit entries; the number of items written. StoreBusyError."""
        usernames = _usernames(entries)
        unregistered = _expiries(entries)
        written = 0
        while unregistered := {key: end for key, end in unregistered.items() if not self._is_registered(key, end)}:
            items = self._table.get(StaffItem, list(unregistered))
            self._registered.update({key: _expiry(item) for key, item in items.items()})
            changes = [
                _change(key, items.get(key), usernames[key], end)
                for key, end in unregistered.items()
                if not self._is_registered(key, end)
            ]
            written += sum(self._table.write(changes))
        return written

    def remove(self, usernames: Collection[tuple[str, str]]) -> None:
        """Take these usernames, given with their orgs, out of the register. StoreBusyError."""
        keys = {
            (org_keys.staff(org), spelling) for org, username in usernames for spelling in (username, fold(username))
        }
        self._table.write([Delete(key) for key in sorted(keys)])
        for key in keys:
            self._registered.pop(key, None)

    def _is_registered(self, key: Key, end: float) -> bool:
        """Whether the username is known to be kept at least as long as that."""
        return self._registered.get(key, -1) >= end


def _key(entry: AuditItem) -> Key:
    """The key of the item of its username."""
    return org_keys.staff(org_keys.org_of(entry.pk)), fold(entry.username)


def _usernames(entries: Sequence[AuditItem]) -> dict[Key, str]:
    """By the key of each username's item, the username as the last of these entries has it."""
    return {_key(entry): entry.username for entry in sorted(entries, key=lambda entry: entry.at)}


def _expiries(entries: Sequence[AuditItem]) -> dict[Key, float]:
    """The key of each username's item, and when the last of these entries of theirs expires."""
    expiries: dict[Key, float] = {}
    for entry in entries:
        if entry.username != PLACEHOLDER:
            expiries[_key(entry)] = max(expiries.get(_key(entry), 0), _expiry(entry))
    return expiries


def _expiry(item: Item) -> float:
    """Epoch second at which it expires; infinity for never."""
    return inf if item.expires_at is None else item.expires_at


def _change(key: Key, item: StaffItem | None, username: str, end: float) -> Change:
    """The change that keeps the username, spelled so, until SLACK after `end`."""
    expires_at = None if end == inf else int(end) + SLACK // timedelta(seconds=1)
    shown = None if username == key[1] else username
    if item is None:
        return Insert(StaffItem(*key, expires_at=expires_at, username=shown))
    actions = [assign(StaffItem.expires_at, expires_at)]
    if item.username != shown:
        actions.append(assign(StaffItem.username, shown))
    return Update(key, actions, unchanged(item, StaffItem.expires_at))
