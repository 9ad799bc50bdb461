"""The table in memory: quick enough for thousands of examples, and able to break off at any write.

DynamoDB Local is what it must agree with; the same properties are tested there with fewer examples.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from daybook.table import Change, Delete, Found, Insert, Item, Key, Range, Update


class CrashError(Exception):
    """The function has died here."""


class MemoryTable:
    """`crash_after` counts down with every item written; at zero the next one is not.

    `meanwhile` happens, once, before the read or write that has that number from now on: what another function does
    at the same time.
    """

    def __init__(self) -> None:
        self.stored: dict[Key, Item] = {}
        self.writes = 0
        self.crash_after: int | None = None
        self.meanwhile: tuple[int, Callable[[], object]] | None = None

    def insert(self, items: Sequence[Item]) -> list[bool]:
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        return [self._change(change) for change in changes]

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:  # noqa: ARG002 - always is
        self._let_others()
        assert len(set(keys)) == len(keys), "DynamoDB refuses a key that is named twice"
        return {key: dict(self.stored[key]) for key in keys if key in self.stored}

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        self._let_others()
        return [dict(item) for (pk, _), item in sorted(self.stored.items()) if pk in pks]

    def query(self, span: Range, limit: int, after: Item | None = None) -> Found:
        self._let_others()
        assert span.index is None
        keys = sorted(key for key in self.stored if key[0] == span.pk and span.low <= key[1] <= span.high)
        if after:
            keys = [key for key in keys if key[1] > after["sk"]["S"]]
        return Found([dict(self.stored[key]) for key in keys[:limit]], len(keys) > limit)

    def _let_others(self) -> None:
        if self.meanwhile is not None:
            left, act = self.meanwhile
            self.meanwhile = (left - 1, act) if left else None
            if not left:
                act()

    def _change(self, change: Change) -> bool:
        self._let_others()
        if self.crash_after is not None:
            if self.crash_after == 0:
                self.crash_after = None
                raise CrashError
            self.crash_after -= 1
        match change:
            case Insert():
                key = change.item["pk"]["S"], change.item["sk"]["S"]
                done = key not in self.stored
                if done:
                    self.stored[key] = _as_read(change.item)
            case Update():
                done = change.key in self.stored and self._is_as_seen(change.key, change.seen)
                if done:
                    kept = {name: value for name, value in self.stored[change.key].items() if name not in change.drop}
                    self.stored[change.key] = kept | _as_read(change.put)
            case Delete():
                done = change.key in self.stored and self._is_as_seen(change.key, change.seen)
                if done:
                    del self.stored[change.key]
        self.writes += done
        return done

    def _is_as_seen(self, key: Key, seen: dict[str, dict[str, Any] | None]) -> bool:
        item = self.stored[key]
        return all(
            item.get(name) == (None if value is None else _as_read({name: value})[name]) for name, value in seen.items()
        )


def _as_read(item: Item) -> Item:
    """Binary values are base64 text in what DynamoDB answers, and `daybook.table` leaves them so."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if isinstance(value.get("B"), bytes) else value
        for name, value in item.items()
    }
