"""Which usernames an org's audit log has seen, for a filter to offer. When each was last seen, the log itself says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import inf
from typing import Protocol

from cachetools import LRUCache

from daybook import erasure, items, keys, rows, table
from daybook.table import Change, Insert, Item, Key, Update

# A username may stay for so much longer than its last entry, and is written again once in that time at most. With a
# month it would be written for every fifth entry of a business whose families act in a portal (`docs/performance.md`).
SLACK = timedelta(days=365)
REMEMBERED = 10_000


class Store(Protocol):
    """What of the table is needed here; see `daybook.table.Table`."""

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]: ...

    def write(self, changes: Sequence[Change]) -> list[bool]: ...


class StaffRegister:
    """A warm function remembers what it knows to stand there."""

    def __init__(self, *, table: Store) -> None:
        self._table = table
        self._known: LRUCache[Key, float] = LRUCache(REMEMBERED)

    def note(self, entries: Sequence[Item]) -> int:
        """Put the usernames of these audit entries into their orgs' registers; how many had to be. StoreBusyError."""
        wanted: dict[Key, float] = {}
        for item in entries:
            if rows.text(item, "username") == erasure.MARK:
                continue
            key = keys.staff_seen(items.record_of(item["pk"]["S"])[0]), item["username"]["S"]
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
    expires_at = items.expiry(item)
    return inf if expires_at is None else expires_at


def _change(key: Key, item: Item | None, until: float) -> Change:
    """The change after which the username stays as long as the entry, and for a while."""
    expires_at = None if until == inf else int(until) + SLACK // timedelta(seconds=1)
    if item is None:
        return Insert(table.expiring({"pk": {"S": key[0]}, "sk": {"S": key[1]}}, expires_at))
    put = table.expiring({}, expires_at)
    return Update(key, put, [] if put else ["expires_at"], {"expires_at": item["expires_at"]})
