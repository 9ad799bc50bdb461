"""The port of the table: items in DynamoDB's own JSON, the ranges that are read, the changes that are made.

Binary values are read as base64 text, as DynamoDB answers them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS

# By the attribute's name its value in DynamoDB's JSON, as in {"S": text}.
Item = dict[str, dict[str, Any]]

# Partition key and sort key.
Key = tuple[str, str]

# As many keys as one BatchGetItem takes.
GET_BATCH = 100


class Range(Struct, frozen=True):
    """Some sort keys of one partition, of the table or of an index: from `low` to `high`, both included.

    `pk` is the index's own partition where that is global (`keys.index_keys`). `forward` is in ascending order.
    """

    pk: str
    low: str
    high: str
    index: str | None = None
    forward: bool = False


class QueryPage(Struct, frozen=True):
    """Items of a range in order; `more` where the range goes on after the last of them."""

    items: list[Item]
    more: bool


class ScanPage(Struct, frozen=True):
    """A page of a segment of the table; `after` is the key that the next page is behind, None at the segment's end.

    `units` are the read capacity units that it cost.
    """

    items: list[Item]
    after: Item | None
    units: float


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
        self, segment: int, segments: int, names: Sequence[str], after: Item | None = None, limit: int | None = None
    ) -> ScanPage:
        """The next page, up to 1 MB and `limit` items, of a segment of the table, from 0 to `segments` - 1.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one segment, and in order.
        """

    def item_count(self) -> int:
        """How many items the table has, as DynamoDB last counted: it does about every six hours."""


def key_of(item: Item) -> Key:
    """The key of an item that has been read."""
    return item["pk"]["S"], item["sk"]["S"]


def key_attributes(key: Key) -> Item:
    """The attributes that an item with this key begins with."""
    pk, sk = key
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put_if_unchanged(key: Key, stored: Item | None, put: Item) -> Change:
    """The change that gives an item these attributes, if it still is as it was read: not there (None), or with them."""
    if stored is None:
        return Insert(key_attributes(key) | put)
    return Update(key, put, seen={name: stored[name] for name in put})


def start_key(span: Range, sk: str, index_key: str | None = None, *, pk: str | None = None) -> Item:
    """The exclusive start key of a query: it goes on behind the item with this sort key.

    `index_key` is the item's sort key in the index of the range, None where the range is of the table itself. `pk` is
    the item's partition where the index is global.
    """
    key = key_attributes((pk or span.pk, sk)) | {SORT_KEYS[span.index]: {"S": index_key or sk}}
    return key if span.index not in GLOBAL_PARTITION_KEYS else key | {GLOBAL_PARTITION_KEYS[span.index]: {"S": span.pk}}


def difference(before: Item, after: Item) -> Update | None:
    """The update that makes `before` like `after`; None where they are alike.

    It fails where somebody else has changed one of these attributes meanwhile.
    """
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
    """A value that was read, as it is written: binary ones are read as base64."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else dict(value)
