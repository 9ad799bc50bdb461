"""The port of the table: items in DynamoDB's own JSON, the ranges that are read, the changes that are made.

Binary values are read as base64 text, as DynamoDB answers them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.models import item as models
from daybook.storage.models.item import Key as Key  # noqa: PLC0414 - exported

M = TypeVar("M", bound=models.Item)
P = TypeVar("P")

# By the attribute's name its value in DynamoDB's JSON, as in {"S": text}.
Item = dict[str, dict[str, Any]]

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


# An item that is only shown: its attributes' values by name, numbers as text (`values_of`).
Values = dict[str, Any]


class QueryPage(Struct, frozen=True):
    """Items of a range in order; `more` where the range goes on after the last of them."""

    items: list[Item]
    more: bool


class Page(Struct, Generic[P], frozen=True):
    """Items of a range in order; `more` where the range goes on after the last of them."""

    items: list[P]
    more: bool


# The key attributes of an item in the table and in an index, by name: a query goes on behind it.
StartKey = Mapping[str, str]


class ScannedPage(Struct, frozen=True):
    """A page of a segment of the table; `after` is the key that the next page is behind, None at the segment's end.

    `units` are the read capacity units that it cost.
    """

    items: list[models.Item]
    after: Key | None
    units: float


class ScanPage(Struct, frozen=True):
    """A page of a segment of the table; `after` is the key that the next page is behind, None at the segment's end.

    `units` are the read capacity units that it cost.
    """

    items: list[Item]
    after: Item | None
    units: float


class Insert(Struct, frozen=True):
    """Put the item if its key is free."""

    item: Any


class Update(Struct, frozen=True):
    """Change an item that exists, and for which the condition holds. There is one action at least."""

    key: Key
    actions: Sequence[Action]
    condition: Condition | None = None


class Delete(Struct, frozen=True):
    """Delete an item if the condition holds for it; where there is none, it is done."""

    key: Key
    condition: Condition | None = None


class RawUpdate(Struct, frozen=True):
    """Set and remove attributes of an item that exists, and in which all of `seen` is as it was; None for absent."""

    key: Key
    put: Item
    drop: Sequence[str] = ()
    seen: dict[str, dict[str, Any] | None] = {}


class RawDelete(Struct, frozen=True):
    """Delete an item in which all of `seen` is as it was; None for absent."""

    key: Key
    seen: dict[str, dict[str, Any] | None] = {}


Change = Insert | Update | Delete | RawUpdate | RawDelete


class Store(Protocol):
    """The table as its readers and writers see it: `storage.table.Table`, and in tests a table in memory.

    Every method raises StoreBusyError when the store throttles or does not answer: the same call may be made again.
    """

    def insert(self, items: Sequence[Item | models.Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns."""

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Make each change if its condition holds: True where it did. Durable when this returns.

        No two changes may name one item.
        """

    def get_items(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        """The items at those keys that exist; a key may be named once only.

        `kind` is that of all of them: a model, or one that others derive from (`models.kinds.read`).
        """

    def get_item(self, kind: type[M], key: Key) -> M | None:
        """The item at that key, strongly consistent; None where there is none."""

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:
        """As `get_items`, for items that are only shown."""

    def partition_items(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        """All items of these partitions, strongly consistent: what a query of each would find, in one call for many."""

    def query_items(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        """Up to `limit` items of a range, behind the exclusive start key `after`.

        Strongly consistent, but in a global index.
        """

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        """As `query_items`, for items that are only shown."""

    def scan_items(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScannedPage:
        """The next page, up to 1 MB and `limit` items, of a segment of the table, from 0 to `segments` - 1.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one segment, and in order.
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


def values_of(attributes: models.AttributeMap) -> Values:
    """The values of an item as DynamoDB sends it."""
    return {name: value for name, tagged in attributes.items() for value in tagged.values()}


def changed(key: Key, before: models.Item, after: models.Item) -> Update | None:
    """The update that gives an item all that differs in `after`; None where nothing does.

    It fails where somebody else has changed one of these attributes meanwhile.
    """
    actions: list[Action] = []
    condition: Condition | None = None
    for name, attribute in before.get_attributes().items():
        value, wanted = before.attribute_values.get(name), after.attribute_values.get(name)
        if value == wanted:
            continue
        actions.append(attribute.remove() if wanted is None else attribute.set(wanted))
        condition &= attribute.does_not_exist() if value is None else attribute == value
    return Update(key, actions, condition) if actions else None


def applied(item: M, change: Update) -> M:
    """The item as the update leaves it. `item` itself is not changed."""
    attributes = item.serialize()
    for action in change.actions:
        name, *values = (operand.values[0] for operand in action.values)
        if values:
            attributes[name[0]] = values[0]
        else:
            attributes.pop(name[0], None)
    return type(item).from_raw_data(attributes)


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
    return RawUpdate(key, put, seen={name: stored[name] for name in put})


def start_key(span: Range, sk: str, index_key: str | None = None, *, pk: str | None = None) -> Item:
    """The exclusive start key of a query: it goes on behind the item with this sort key.

    `index_key` is the item's sort key in the index of the range, None where the range is of the table itself. `pk` is
    the item's partition where the index is global.
    """
    key = key_attributes((pk or span.pk, sk)) | {SORT_KEYS[span.index]: {"S": index_key or sk}}
    return key if span.index not in GLOBAL_PARTITION_KEYS else key | {GLOBAL_PARTITION_KEYS[span.index]: {"S": span.pk}}


def difference(before: Item, after: Item) -> RawUpdate | None:
    """The update that makes `before` like `after`; None where they are alike.

    It fails where somebody else has changed one of these attributes meanwhile.
    """
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    dropped = [name for name in before if name not in after]
    if not changed and not dropped:
        return None
    return RawUpdate(
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
    return {"B": base64.b64decode(value["B"])} if isinstance(value.get("B"), str) else dict(value)
