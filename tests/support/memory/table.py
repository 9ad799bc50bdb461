"""The table in memory: quick enough for thousands of examples, and able to break off at any write.

DynamoDB Local is what it must agree with; the same properties are tested there with fewer examples.
"""

import base64
import random
import zlib
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Protocol

from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.models.item import Item, Key
from daybook.storage.models.kinds import read
from daybook.storage.query_pages import start_key_after
from daybook.storage.store import Change, Count, Delete, Insert, M, Page, Range, ScanPage, StartKey, Store, Update
from daybook.storage.values import Values, values_of
from daybook_local.deployment.template import table_definition

from tests.support.memory import expressions

# An item as DynamoDB sends it: its attributes in DynamoDB's JSON, binary values as base64 text.
Attributes = dict[str, dict[str, Any]]

# Of a read of the whole table, which DynamoDB cuts at 1 MB.
SCANNED_PAGE, SCANNED_UNITS = 97, 3.0

# Of what is counted in an index, likewise.
COUNTED_PAGE = 7

# How often `run` lets two acts cross, and interrupts one.
CROSSED, INTERRUPTED = 0.5, 0.4


class CrashError(BaseException):
    """The function has died here: nothing in it can catch that."""


class InterruptibleTable(Store, Protocol):
    """A table that can break off at any write, and do something else at any call: as in `MemoryTable`."""

    crash_after: int | None
    meanwhile: tuple[int, Callable[[], object]] | None


class MemoryTable:
    """`crash_after` counts down with every item written; at zero the next one is not. What is among `lagging` is not in
    the global indexes yet.

    `meanwhile` happens, once, before the read or write that has that number from now on: what another function does
    at the same time.
    """

    def __init__(self) -> None:
        self.stored: dict[Key, Attributes] = {}
        self.writes = 0
        self.reads = 0
        self.crash_after: int | None = None
        self.lagging: set[Key] = set()
        self.meanwhile: tuple[int, Callable[[], object]] | None = None

    def insert(self, items: Sequence[Item]) -> list[bool]:
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        keys = [change.key for change in changes]
        assert len(set(keys)) == len(keys), "DynamoDB refuses a batch that names an item twice"
        return [self._change(change) for change in changes]

    def get(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:  # noqa: ARG002 - always is
        return {key: read(kind, item) for key, item in self._get(keys).items()}

    def get_item(self, kind: type[M], key: Key) -> M | None:
        return self.get(kind, [key]).get(key)

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:  # noqa: ARG002 - always is
        return {key: values_of(item) for key, item in self._get(keys).items()}

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        self._let_others()
        return [read(kind, self.stored[key]) for key in sorted(key for key in self.stored if key[0] in pks)]

    def query(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        items, more = self._query(span, limit, after)
        return Page([read(kind, item) for item in items], more)

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        items, more = self._query(span, limit, after)
        return Page([values_of(item) for item in items], more)

    def count(self, span: Range, prefixes: Collection[str] | None, after: StartKey | None = None) -> Count:
        assert prefixes != [], "DynamoDB has no condition that never holds"
        items, more = self._query(span, COUNTED_PAGE, after)
        matching = [item for item in items if prefixes is None or item["pk"]["S"].startswith(tuple(prefixes))]
        return Count(len(matching), len(items), start_key_after(span, values_of(items[-1])) if more else None)

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScanPage:
        self._let_others()
        found = sorted(key for key in self.stored if zlib.crc32(key[0].encode()) % segments == segment)
        if after is not None:
            found = [key for key in found if key > after]
        most = min(SCANNED_PAGE, limit or SCANNED_PAGE)
        page = [self.stored[key] for key in found[:most]]
        shown = [{name: value for name, value in item.items() if not names or name in names} for item in page]
        return ScanPage(
            [read(Item, item) for item in shown], found[most - 1] if len(found) > most else None, SCANNED_UNITS
        )

    def item_count(self) -> int:
        return len(self.stored)

    def _get(self, keys: Sequence[Key]) -> dict[Key, Attributes]:
        self._let_others()
        assert len(set(keys)) == len(keys), "DynamoDB refuses a key that is named twice"
        self.reads += len(keys)
        return {key: self.stored[key] for key in keys if key in self.stored}

    def _query(self, span: Range, limit: int, after: StartKey | None) -> tuple[list[Attributes], bool]:
        self._let_others()
        assert "" < span.low <= span.high, "DynamoDB refuses empty bounds, and those that are the wrong way round"
        partition, place = GLOBAL_PARTITION_KEYS.get(span.index or "", "pk"), SORT_KEYS[span.index]
        names = ["pk", "sk", *({partition, place} - {"pk", "sk"})]
        if partition == "pk":
            candidates = self._partition(span.pk)
        else:
            wanted = {"S": span.pk}
            candidates = [
                item for key, item in self.stored.items() if item.get(partition) == wanted and key not in self.lagging
            ]
        found = [item for item in candidates if place in item and span.low <= item[place]["S"] <= span.high]
        # Behind the position, in one order or the other, whether or not that item is still there.
        if after is not None:
            assert after.keys() == {*names}
            passed = after[place]
            found = [
                item for item in found if (item[place]["S"] > passed if span.forward else item[place]["S"] < passed)
            ]
        found.sort(key=lambda item: str(item[place]["S"]), reverse=not span.forward)
        shown = _projected(span.index, partition)
        return (
            [{name: value for name, value in item.items() if shown is None or name in shown} for item in found[:limit]],
            len(found) > limit,
        )

    def _partition(self, wanted: str) -> list[Attributes]:
        return [item for (pk, _), item in self.stored.items() if pk == wanted]

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
        before = self.stored.get(change.key)
        match change:
            case Insert():
                after = None if before else as_read(change.item)
            case Update():
                is_met = before and expressions.holds(change.condition, before)
                after = expressions.apply(change.actions, before) if before and is_met else None
            case Delete():
                done = expressions.holds(change.condition, before or {})
                if done:
                    self.stored.pop(change.key, None)
                return done
        if after:
            self.stored[change.key] = after
        return bool(after)


def run(
    table: InterruptibleTable, acts: Sequence[Callable[[], object]], chance: random.Random, crossed: float = CROSSED
) -> None:
    """Do all of these with the table, from the last; some while another is on its way, some interrupted anywhere.

    As Lambda and SQS do: what died is begun again from its start. `crossed` is how often two cross.
    """
    left = list(acts)
    while left:
        act = left.pop()
        if left and chance.random() < crossed:
            other = left.pop()
            table.meanwhile = chance.randint(0, 12), other
            act()
            if table.meanwhile is not None:
                table.meanwhile = None
                other()
        else:
            _until_done(table, act, chance)


def _until_done(table: InterruptibleTable, act: Callable[[], object], chance: random.Random) -> None:
    while True:
        table.crash_after = chance.randint(0, 4) if chance.random() < INTERRUPTED else None
        try:
            act()
        except CrashError:
            continue
        table.crash_after = None
        return


@cache
def _projected(index: str | None, partition: str) -> frozenset[str] | None:
    """What an index holds of an item, as the template says; None for all of it."""
    if index is None:
        return None
    definition = table_definition("any")
    indexes = [*definition["LocalSecondaryIndexes"], *definition["GlobalSecondaryIndexes"]]
    (found,) = [each["Projection"] for each in indexes if each["IndexName"] == index]
    return frozenset({"pk", "sk", partition, SORT_KEYS[index], *found.get("NonKeyAttributes", ())})


def as_read(item: Item) -> Attributes:
    """The item as DynamoDB sends it and `MemoryTable.stored` has it: binary values are base64 text."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.serialize().items()
    }
