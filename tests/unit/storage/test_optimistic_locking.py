"""Changing an item that others change as well: again where somebody was quicker, and not for ever."""

from collections.abc import Callable

import pytest
from daybook.core.errors import StoreBusyError
from daybook.storage.optimistic_locking import ATTEMPTS, PAUSE_SECONDS, attempts, change_item, change_items
from daybook.storage.store import Change, Insert, Item, Key, RawDelete, RawUpdate, key_of

from tests.support.memory.table import MemoryTable

KEY = ("counters", "a")
# Of a call that reads an item and writes it: others come in between.
BEFORE_THE_WRITE = 1


def counter(count: int, key: Key = KEY) -> Item:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}, "count": {"N": str(count)}}


def counting(item: Item | None) -> Change:
    if item is None:
        return Insert(counter(1))
    return raised(item)


def raised(item: Item) -> RawUpdate:
    count = str(int(item["count"]["N"]) + 1)
    return RawUpdate(key_of(item), {"count": {"N": count}}, seen={"count": item["count"]})


def deleted(item: Item) -> RawDelete:
    return RawDelete(key_of(item), {"count": item["count"]})


def put(table: MemoryTable, count: int, key: Key = KEY) -> Callable[[], object]:
    """Somebody else's write."""
    return lambda: table.stored.update({key: counter(count, key)})


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
    assert change_item(table, KEY, counting, "busy") == ({}, counter(1))
    assert change_item(table, KEY, counting, "busy") == (counter(1), counter(2))
    assert table.stored == {KEY: counter(2)}
    assert change_item(table, KEY, lambda item: item and deleted(item), "busy") == (counter(2), {})  # type: ignore[arg-type, return-value]
    assert (table.stored, table.reads, table.writes) == ({}, 3, 3)


def test_what_is_not_to_be_changed_is_not_written() -> None:
    table = MemoryTable()
    assert change_item(table, KEY, lambda _: None, "busy") == ({}, {})
    table.insert([counter(7)])
    assert change_item(table, KEY, lambda _: None, "busy") == (counter(7), counter(7))
    assert change_items(table, {KEY: counter(7)}, lambda _: None, "busy") == [(counter(7), counter(7))]
    assert table.writes == 1


@pytest.mark.parametrize("first", [None, 1])
def test_after_a_lost_race_the_change_is_made_to_what_the_other_wrote(first: int | None) -> None:
    table = MemoryTable()
    if first is not None:
        table.insert([counter(first)])
    table.meanwhile = BEFORE_THE_WRITE, put(table, 7)
    assert change_item(table, KEY, counting, "busy") == (counter(7), counter(8))
    assert table.stored == {KEY: counter(8)}


def test_what_the_change_raises_ends_it() -> None:
    def refusing(item: Item | None) -> Change:
        if item is not None:
            raise LookupError
        return Insert(counter(1))

    table = MemoryTable()
    table.meanwhile = BEFORE_THE_WRITE, put(table, 7)
    with pytest.raises(LookupError):
        change_item(table, KEY, refusing, "busy")
    assert table.stored == {KEY: counter(7)}


def test_dropped_attributes_are_not_in_the_item_afterwards() -> None:
    table = MemoryTable()
    table.insert([counter(1)])
    _, after = change_item(table, KEY, lambda _: RawUpdate(KEY, {"name": {"S": "x"}}, ["count"]), "busy")
    assert after == table.stored[KEY] == {"pk": {"S": "counters"}, "sk": {"S": "a"}, "name": {"S": "x"}}


def test_of_many_items_only_those_that_lost_are_read_again() -> None:
    table = MemoryTable()
    keys = [("counters", name) for name in "abcd"]
    items = {key: counter(number, key) for number, key in enumerate(keys)}
    table.insert(list(items.values()))
    put(table, 10, keys[1])()
    del table.stored[keys[2]]
    changed = change_items(table, items, lambda item: raised(item) if key_of(item) != keys[3] else None, "busy")
    assert changed == [
        (counter(0, keys[0]), counter(1, keys[0])),
        (counter(3, keys[3]), counter(3, keys[3])),
        (counter(10, keys[1]), counter(11, keys[1])),
    ]
    assert table.reads == 2
    assert list(table.stored.values()) == [counter(1, keys[0]), counter(11, keys[1]), counter(3, keys[3])]


def test_many_items_are_deleted() -> None:
    table = MemoryTable()
    table.insert([counter(1)])
    assert change_items(table, {KEY: counter(1)}, deleted, "busy") == [(counter(1), {})]
    assert table.stored == {}


def test_whoever_always_loses_gives_up_with_the_sentence_of_the_caller(slept: list[float]) -> None:
    table = always_losing(MemoryTable())
    seen: list[Item | None] = []

    def change(item: Item | None) -> Change:
        seen.append(item)
        return counting(item)

    with pytest.raises(StoreBusyError, match="too many are counting"):
        change_item(table, KEY, change, "too many are counting")
    assert len(seen) == ATTEMPTS
    table.stored[KEY] = counter(1)
    with pytest.raises(StoreBusyError, match="too many are counting"):
        change_items(table, {KEY: counter(1)}, raised, "too many are counting")
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
