"""The table in memory: quick enough for thousands of examples, and able to break off at any write.

DynamoDB Local is what it must agree with; the same properties are tested there with fewer examples.
"""

import base64
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.models import item as models
from daybook.storage.models.kinds import read
from daybook.storage.store import (
    Change,
    Delete,
    Insert,
    Item,
    Key,
    M,
    Page,
    QueryPage,
    Range,
    RawDelete,
    RawUpdate,
    ScannedPage,
    ScanPage,
    StartKey,
    Update,
    Values,
    key_attributes,
    key_of,
    values_of,
)
from daybook_local.deployment.template import table_definition

from tests.support.memory import expressions

# Of a read of the whole table, which DynamoDB cuts at 1 MB.
SCANNED_PAGE, SCANNED_UNITS = 97, 3.0


class CrashError(Exception):
    """The function has died here."""


class MemoryTable:
    """`crash_after` counts down with every item written; at zero the next one is not. What is among `lagging` is not in
    the global indexes yet.

    `meanwhile` happens, once, before the read or write that has that number from now on: what another function does
    at the same time.
    """

    def __init__(self) -> None:
        self.stored: dict[Key, Item] = {}
        self.writes = 0
        self.reads = 0
        self.crash_after: int | None = None
        self.lagging: set[Key] = set()
        self.meanwhile: tuple[int, Callable[[], object]] | None = None

    def get_items(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        return {key: read(kind, item) for key, item in self.get(keys, consistent=consistent).items()}

    def get_item(self, kind: type[M], key: Key) -> M | None:
        return self.get_items(kind, [key]).get(key)

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:
        return {key: values_of(item) for key, item in self.get(keys, consistent=consistent).items()}

    def partition_items(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        return [read(kind, item) for item in self.partitions(pks)]

    def query_items(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        page = self.query(span, limit, _start_key(after))
        return Page([read(kind, item) for item in page.items], page.more)

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        page = self.query(span, limit, _start_key(after))
        return Page([values_of(item) for item in page.items], page.more)

    def scan_items(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScannedPage:
        page = self.scan(segment, segments, names, key_attributes(after) if after else None, limit)
        items = [read(models.Item, item) for item in page.items]
        return ScannedPage(items, key_of(page.after) if page.after else None, page.units)

    def insert(self, items: Sequence[Item | models.Item]) -> list[bool]:
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        keys = [_key_of(change) for change in changes]
        assert len(set(keys)) == len(keys), "DynamoDB refuses a batch that names an item twice"
        return [self._change(change) for change in changes]

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:  # noqa: ARG002 - always is
        self._let_others()
        assert len(set(keys)) == len(keys), "DynamoDB refuses a key that is named twice"
        self.reads += len(keys)
        return {key: dict(self.stored[key]) for key in keys if key in self.stored}

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        self._let_others()
        return [dict(self.stored[key]) for key in sorted(key for key in self.stored if key[0] in pks)]

    def query(self, span: Range, limit: int, after: Item | None = None) -> QueryPage:
        self._let_others()
        assert span.low <= span.high, "DynamoDB refuses bounds that are the wrong way round"
        partition, place = GLOBAL_PARTITION_KEYS.get(span.index or "", "pk"), SORT_KEYS[span.index]
        names = ["pk", "sk", *({partition, place} - {"pk", "sk"})]
        if partition == "pk":
            candidates = [item for (pk, _), item in self.stored.items() if pk == span.pk]
        else:
            wanted = {"S": span.pk}
            candidates = [
                item for key, item in self.stored.items() if item.get(partition) == wanted and key not in self.lagging
            ]
        found = [item for item in candidates if place in item and span.low <= item[place]["S"] <= span.high]
        # Behind the position, in one order or the other, whether or not that item is still there.
        if after is not None:
            assert after.keys() == {*names}
            passed = after[place]["S"]
            found = [
                item for item in found if (item[place]["S"] > passed if span.forward else item[place]["S"] < passed)
            ]
        found.sort(key=lambda item: str(item[place]["S"]), reverse=not span.forward)
        shown = _projected(span.index, partition)
        return QueryPage(
            [{name: value for name, value in item.items() if shown is None or name in shown} for item in found[:limit]],
            len(found) > limit,
        )

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Item | None = None, limit: int | None = None
    ) -> ScanPage:
        self._let_others()
        found = sorted(key for key in self.stored if zlib.crc32(key[0].encode()) % segments == segment)
        if after is not None:
            assert after.keys() == {"pk", "sk"}
            found = [key for key in found if key > (after["pk"]["S"], after["sk"]["S"])]
        most = min(SCANNED_PAGE, limit or SCANNED_PAGE)
        page = [self.stored[key] for key in found[:most]]
        shown = [{name: value for name, value in item.items() if not names or name in names} for item in page]
        last = {name: page[-1][name] for name in ("pk", "sk")} if len(found) > most else None
        return ScanPage(shown, last, SCANNED_UNITS)

    def item_count(self) -> int:
        return len(self.stored)

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
        done = self._make(change)
        self.writes += done
        return done

    def _make(self, change: Change) -> bool:
        key = _key_of(change)
        before = self.stored.get(key)
        match change:
            case Insert():
                after = None if before else _as_read(_attributes(change.item))
            case Update():
                is_met = before and expressions.holds(change.condition, before)
                after = _as_read(expressions.apply(change.actions, before)) if before and is_met else None
            case RawUpdate():
                after = None
                if before and self._is_as_seen(change.key, change.seen):
                    kept = {name: value for name, value in before.items() if name not in change.drop}
                    after = kept | _as_read(change.put)
            case _:
                return self._delete(change, before)
        if after:
            self.stored[key] = after
        return bool(after)

    def _delete(self, change: Delete | RawDelete, before: Item | None) -> bool:
        if isinstance(change, Delete):
            done = before is None or expressions.holds(change.condition, before)
        else:
            done = before is not None and self._is_as_seen(change.key, change.seen)
        if done:
            self.stored.pop(change.key, None)
        return done

    def _is_as_seen(self, key: Key, seen: dict[str, dict[str, Any] | None]) -> bool:
        item = self.stored[key]
        return all(
            item.get(name) == (None if value is None else _as_read({name: value})[name]) for name, value in seen.items()
        )


def _start_key(after: StartKey | None) -> Item | None:
    return None if after is None else {name: {"S": value} for name, value in after.items()}


def _attributes(item: Item | models.Item) -> Item:
    return item.serialize() if isinstance(item, models.Item) else item


def _key_of(change: Change) -> Key:
    if isinstance(change, Insert):
        return key_of(_attributes(change.item))
    return change.key


@cache
def _projected(index: str | None, partition: str) -> frozenset[str] | None:
    """What an index holds of an item, as the template says; None for all of it."""
    if index is None:
        return None
    definition = table_definition("any")
    indexes = [*definition["LocalSecondaryIndexes"], *definition["GlobalSecondaryIndexes"]]
    (found,) = [each["Projection"] for each in indexes if each["IndexName"] == index]
    return frozenset({"pk", "sk", partition, SORT_KEYS[index], *found.get("NonKeyAttributes", ())})


def _as_read(item: Item) -> Item:
    """Binary values are base64 text in what DynamoDB answers, and `storage.table` leaves them so."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if isinstance(value.get("B"), bytes) else value
        for name, value in item.items()
    }
