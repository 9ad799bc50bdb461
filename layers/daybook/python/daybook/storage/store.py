"""The port of the table: ranges that are read, and changes, with pynamodb's models and expressions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct
from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from daybook.storage.keys.index_keys import SORT_KEYS
from daybook.storage.models.item import Item, Key
from daybook.storage.values import Values

M = TypeVar("M", bound=Item)
P = TypeVar("P")

# As many keys as one BatchGetItem takes.
GET_BATCH = 100

# The exclusive start key of a query: the key attributes, in the table and in the index, of an item, by name.
StartKey: TypeAlias = Mapping[str, str]


class Range(Struct, frozen=True):
    """Some sort keys of one partition, of the table or of an index: from `low` to `high`, both included.

    `pk` is the index's own partition where that is global (`keys.index_keys`). `forward` is in ascending order.
    `consistent` reads have no effect on a global index; others cost half.
    """

    pk: str
    low: str
    high: str
    index: str | None = None
    forward: bool = False
    consistent: bool = True


class Page(Struct, Generic[P], frozen=True):
    """Items of a range in order, models or values; `more` where the range goes on after the last of them."""

    items: list[P]
    more: bool


class Count(Struct, frozen=True):
    """What one request counted of a range: the items that match, and all that it read.

    `after` is the exclusive start key of the next one, None at the range's end.
    """

    matching: int
    read: int
    after: StartKey | None


class ScanPage(Struct, frozen=True):
    """A page of a segment of the table; `after` is the key that the next page is behind, None at the segment's end.

    `units` are the read capacity units that it cost.
    """

    items: list[Item]
    after: Key | None
    units: float


class Insert(Struct, frozen=True):
    """Put the item if its key is free."""

    item: Item

    @property
    def key(self) -> Key:
        return self.item.key


class Update(Struct, frozen=True):
    """Change an item that exists, and for which the condition holds. There is one action at least.

    Actions are `set` and `remove`; conditions are `==`, `does_not_exist()` and `&` (`storage.partiql`).
    """

    key: Key
    actions: Sequence[Action]
    condition: Condition | None = None


class Delete(Struct, frozen=True):
    """Delete an item if the condition holds. Where there is no item, its attributes are absent to the condition."""

    key: Key
    condition: Condition | None = None


Change = Insert | Update | Delete


class Store(Protocol):
    """The table as its readers and writers see it: `storage.table.Table`, and in tests a table in memory.

    `kind` is the kind of what is read: a model, or one that others derive from, such as `Item` (`models.kinds.read`).
    Every method raises StoreBusyError when the store throttles or does not answer: the same call may be made again.
    """

    def insert(self, items: Sequence[Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns."""

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Make each change if its condition holds: True where it did. Durable when this returns.

        No two changes may name one item.
        """

    def get(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        """The items at those keys that exist; a key may be named once only."""

    def get_item(self, kind: type[M], key: Key) -> M | None:
        """The item at that key, strongly consistent; None where there is none."""

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:
        """As `get`, for items that are only shown."""

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        """All items of these partitions, strongly consistent: what a query of each would find, in one call for many."""

    def query(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        """Up to `limit` items of a range, behind the exclusive start key `after`.

        Strongly consistent, but in a global index, or where the range says otherwise.
        """

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        """As `query`, for items that are only shown."""

    def count(self, span: Range, prefixes: Collection[str] | None, after: StartKey | None = None) -> Count:
        """Count items of a range of a global index, behind the exclusive start key `after`: of 1 MB at most.

        Those match whose own partition begins with one of `prefixes`, one at least; None for all. Eventually
        consistent. It costs what reading the items from the index does, matching or not, and answers no items.
        """

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScanPage:
        """The next page, up to 1 MB and `limit` items, of a segment of the table, from 0 to `segments` - 1.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one segment, and in order.
        """

    def item_count(self) -> int:
        """How many items the table has, as DynamoDB last counted: it does about every six hours."""


def start_key(span: Range, sk: str, index_key: str | None = None) -> StartKey:
    """The exclusive start key of a query: it goes on behind the item with this sort key.

    The range is of the table, or of a local index: then `index_key` is the item's sort key in it.
    """
    return {"pk": span.pk, "sk": sk, SORT_KEYS[span.index]: index_key or sk}


def unchanged(item: Item, *attributes: Attribute[Any]) -> Condition:
    """The condition that these attributes of an item, one at least, are as they were read."""
    condition: Condition | None = None
    for attribute in attributes:
        value = attribute.__get__(item, type(item))
        condition &= attribute.does_not_exist() if value is None else attribute == value
    if condition is None:
        raise ValueError("no attributes")
    return condition


def assign(attribute: Attribute[Any], value: Any) -> Action:
    """The action that gives an attribute this value; that removes it for None."""
    return attribute.remove() if value is None else attribute.set(value)


def difference(before: Item, after: Item) -> Update | None:
    """The update that makes `before` like `after`, of the same kind; None where they are alike.

    It fails where somebody else has changed one of these attributes meanwhile.
    """
    changed = [
        (attribute, after.attribute_values.get(name))
        for name, attribute in before.get_attributes().items()
        if before.attribute_values.get(name) != after.attribute_values.get(name)
    ]
    if not changed:
        return None
    actions = [assign(attribute, value) for attribute, value in changed]
    return Update(before.key, actions, unchanged(before, *(attribute for attribute, _ in changed)))


def applied(item: M, change: Update) -> M:
    """The item as the update leaves it; `item` itself is not changed."""
    attributes = item.serialize(null_check=False)
    for action in change.actions:
        (name,), *values = (operand.values[0] for operand in action.values)
        if values:
            attributes[name] = values[0]
        else:
            attributes.pop(name, None)
    return type(item).from_raw_data(attributes)
