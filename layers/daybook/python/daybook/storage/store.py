"""The port of the table: items in DynamoDB's own JSON, the ranges that are read, the changes that are made.

Binary values are read as base64 text, as DynamoDB answers them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from daybook.storage.keys.index_keys import SORT_KEYS

Item = dict[str, dict[str, Any]]


Key = tuple[str, str]


GET_BATCH = 100


class Range(Struct, frozen=True):
    """A span of one partition, in the order of the table or of an index. `low` and `high` are included."""

    pk: str
    low: str
    high: str
    index: str | None = None
    forward: bool = False


class QueryPage(Struct, frozen=True):
    """Items of a range in order; `more` when the range goes on after the last of them."""

    items: list[Item]
    more: bool


class ScanPage(Struct, frozen=True):
    """A page of a part of the table; `after` is where the part goes on, None at its end. `units` are read units."""

    items: list[Item]
    after: Item | None
    units: float


class Size(Struct, frozen=True):
    """The size of the table: `items`, and `size` in bytes. DynamoDB updates both about every six hours."""

    items: int
    size: int


class Insert(Struct, frozen=True):
    """Put the item if its key is free."""

    item: Item


class Update(Struct, frozen=True):
    """Set and remove attributes of an item that exists, and in which all of `seen` is as it was; None for absent."""

    key: Key
    put: Item
    drop: Sequence[str] = ()
    seen: dict[str, dict[str, Any] | None] = {}


class Delete(Struct, frozen=True):
    """Delete an item in which all of `seen` is as it was; None for absent."""

    key: Key
    seen: dict[str, dict[str, Any] | None] = {}


Change = Insert | Update | Delete


class Store(Protocol):
    """The table as its readers and writers see it: `storage.table.Table`, and in tests a table in memory.

    Every method raises StoreBusyError when the store throttles or does not answer: the same call may be made again.
    """

    def insert(self, items: Sequence[Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns."""

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Make each change if its condition holds: True where it did. Durable when this returns.

        No two changes may name one item.
        """

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:
        """The items at those keys that exist; a key may be named once only."""

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        """All items of these partitions, strongly consistent: what a query of each would find, in one call for many."""

    def query(self, span: Range, limit: int, after: Item | None = None) -> QueryPage:
        """Up to `limit` items of a range, behind the exclusive start key `after`.

        Strongly consistent, but in a global index.
        """

    def scan(
        self, part: int, parts: int, names: Sequence[str], after: Item | None = None, limit: int | None = None
    ) -> ScanPage:
        """The next page, up to 1 MB and `limit` items, of one of so many parts of the table.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one part, and in order.
        """

    def size(self) -> Size:
        """How large the table is, as DynamoDB last counted."""


def key_of(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def put_if_unchanged(key: Key, stored: Item | None, put: Item) -> Change:
    """The change that gives an item these attributes, if it still is as it was read: not there (None), or with them."""
    if stored is None:
        return Insert({"pk": {"S": key[0]}, "sk": {"S": key[1]}, **put})
    return Update(key, put, seen={name: stored[name] for name in put})


def start_key(span: Range, sk: str, index_key: str | None = None) -> Item:
    """The exclusive start key of a query: it goes on behind the item with this sort key.

    `index_key` is the item's sort key in the local index of the range; None where the range is of the table itself.
    """
    return {"pk": {"S": span.pk}, "sk": {"S": sk}, SORT_KEYS[span.index]: {"S": index_key or sk}}


def difference(before: Item, after: Item) -> Update | None:
    """The update that makes the one of the other, if nobody has changed it meanwhile; None where they are alike."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    dropped = [name for name in before if name not in after]
    if not changed and not dropped:
        return None
    return Update(
        key_of(before),
        {name: as_written(value) for name, value in changed.items()},
        dropped,
        # PartiQL finds no NULL equal to another.
        {
            name: as_written(before[name]) if name in before else None
            for name in (*changed, *dropped)
            if "NULL" not in before.get(name, {})
        },
    )


def as_written(value: Mapping[str, Any]) -> dict[str, Any]:
    """A value to be written: binary ones are read as base64."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else dict(value)
