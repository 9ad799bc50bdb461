"""Changing an item that others change as well: again where somebody was quicker, and not for ever."""

from collections.abc import Callable

import pytest
from daybook.core.errors import StoreBusyError
from daybook.storage.models.attributes import OptionalNumber, OptionalText
from daybook.storage.models.item import Item, Key
from daybook.storage.optimistic_locking import ATTEMPTS, PAUSE_SECONDS, attempts, change_item, change_items
from daybook.storage.store import Change, Delete, Insert, Update, unchanged

from tests.support.memory.table import Attributes, MemoryTable, as_read

KEY = ("counters", "a")
# Of a call that reads an item and writes it: others come in between.
BEFORE_THE_WRITE = 1


class Counter(Item):
    number = OptionalNumber(attr_name="count")
    name = OptionalText()


def counter(count: int, key: Key = KEY) -> Counter:
    return Counter(*key, number=count)


def stored(count: int, key: Key = KEY) -> Attributes:
    """A counter as the table has it."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}, "count": {"N": str(count)}}


def shown(*items: Counter | None) -> list[Attributes | None]:
    """Items, None where there is none, so that they can be compared."""
    return [None if item is None else as_read(item) for item in items]


def counting(item: Counter | None) -> Change:
    return Insert(counter(1)) if item is None else raised(item)


def raised(item: Counter) -> Update:
    return Update(item.key, [Counter.number.set((item.number or 0) + 1)], unchanged(item, Counter.number))


def deleted(item: Counter) -> Delete:
    return Delete(item.key, unchanged(item, Counter.number))


def put(table: MemoryTable, count: int, key: Key = KEY) -> Callable[[], object]:
    """Somebody else's write."""
    return lambda: table.stored.update({key: stored(count, key)})


def always_losing(table: MemoryTable) -> MemoryTable:
    """Each write comes too late."""
    table.write = lambda changes: [False] * len(changes)  # type: ignore[method-assign]
    return table


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, none of which takes its time."""
    seconds: list[float] = []
    monkeypatch.setattr("daybook.storage.optimistic_locking.time.sleep", seconds.append)
    return seconds


def test_an_item_is_inserted_changed_and_deleted_in_the_first_attempt() -> None:
    table = MemoryTable()
    assert shown(*change_item(table, Counter, KEY, counting, "busy")) == [None, stored(1)]
    assert shown(*change_item(table, Counter, KEY, counting, "busy")) == [stored(1), stored(2)]
    assert table.stored == {KEY: stored(2)}
    both = change_item(table, Counter, KEY, lambda item: None if item is None else deleted(item), "busy")
    assert shown(*both) == [stored(2), None]
    assert (table.stored, table.reads, table.writes) == ({}, 3, 3)


def test_what_is_not_to_be_changed_is_not_written() -> None:
    table = MemoryTable()
    assert change_item(table, Counter, KEY, lambda _: None, "busy") == (None, None)
    table.insert([counter(7)])
    assert shown(*change_item(table, Counter, KEY, lambda _: None, "busy")) == [stored(7), stored(7)]
    ((before, after),) = change_items(table, Counter, {KEY: counter(7)}, lambda _: None, "busy")
    assert shown(before, after) == [stored(7), stored(7)]
    assert table.writes == 1


@pytest.mark.parametrize("first", [None, 1])
def test_after_a_lost_race_the_change_is_made_to_what_the_other_wrote(first: int | None) -> None:
    table = MemoryTable()
    if first is not None:
        table.insert([counter(first)])
    table.meanwhile = BEFORE_THE_WRITE, put(table, 7)
    assert shown(*change_item(table, Counter, KEY, counting, "busy")) == [stored(7), stored(8)]
    assert table.stored == {KEY: stored(8)}


def test_what_the_change_raises_ends_it() -> None:
    def refusing(item: Counter | None) -> Change:
        if item is not None:
            raise LookupError
        return Insert(counter(1))

    table = MemoryTable()
    table.meanwhile = BEFORE_THE_WRITE, put(table, 7)
    with pytest.raises(LookupError):
        change_item(table, Counter, KEY, refusing, "busy")
    assert table.stored == {KEY: stored(7)}


def test_removed_attributes_are_not_in_the_item_afterwards() -> None:
    table = MemoryTable()
    table.insert([counter(1)])
    change = Update(KEY, [Counter.name.set("x"), Counter.number.remove()])
    before, after = change_item(table, Counter, KEY, lambda _: change, "busy")
    assert after is not None
    assert as_read(after) == table.stored[KEY] == {"pk": {"S": "counters"}, "sk": {"S": "a"}, "name": {"S": "x"}}
    assert shown(before) == [stored(1)]


def test_of_many_items_only_those_that_lost_are_read_again() -> None:
    table = MemoryTable()
    keys = [("counters", name) for name in "abcd"]
    items = {key: counter(number, key) for number, key in enumerate(keys)}
    table.insert(list(items.values()))
    put(table, 10, keys[1])()
    del table.stored[keys[2]]
    changed = change_items(table, Counter, items, lambda item: raised(item) if item.key != keys[3] else None, "busy")
    assert [shown(before, after) for before, after in changed] == [
        [stored(0, keys[0]), stored(1, keys[0])],
        [stored(3, keys[3]), stored(3, keys[3])],
        [stored(10, keys[1]), stored(11, keys[1])],
    ]
    assert table.reads == 2
    assert list(table.stored.values()) == [stored(1, keys[0]), stored(11, keys[1]), stored(3, keys[3])]


def test_many_items_are_deleted() -> None:
    table = MemoryTable()
    table.insert([counter(1)])
    ((before, after),) = change_items(table, Counter, {KEY: counter(1)}, deleted, "busy")
    assert shown(before, after) == [stored(1), None]
    assert table.stored == {}


def test_whoever_always_loses_gives_up_with_the_sentence_of_the_caller(slept: list[float]) -> None:
    table = always_losing(MemoryTable())
    seen: list[Counter | None] = []

    def change(item: Counter | None) -> Change:
        seen.append(item)
        return counting(item)

    with pytest.raises(StoreBusyError, match="too many are counting"):
        change_item(table, Counter, KEY, change, "too many are counting")
    assert len(seen) == ATTEMPTS
    table.stored[KEY] = stored(1)
    with pytest.raises(StoreBusyError, match="too many are counting"):
        change_items(table, Counter, {KEY: counter(1)}, raised, "too many are counting")
    assert len(slept) == 2 * (ATTEMPTS - 2)


def test_the_second_attempt_is_at_once_and_later_ones_after_a_random_pause_that_grows(slept: list[float]) -> None:
    by_attempt: dict[int, list[float]] = {number: [] for number in range(2, ATTEMPTS)}
    for _ in range(50):
        slept.clear()
        numbers = attempts("busy")
        for number in range(ATTEMPTS):
            assert next(numbers) == number
            assert len(slept) == max(0, number - 1)
        with pytest.raises(StoreBusyError, match="busy"):
            next(numbers)
        for number, pause in enumerate(slept, 2):
            by_attempt[number].append(pause)
    for number, pauses in by_attempt.items():
        longest = PAUSE_SECONDS * number
        assert 0 <= min(pauses) < longest / 2 < max(pauses) <= longest
