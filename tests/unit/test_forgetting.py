"""What is gone from the log leaves the search index, and nothing else does."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from daybook import indexing, segment_store, segments
from daybook.audit_reading import Bounds
from daybook.forgetting import Forgetting
from daybook.indexing import Indexing
from daybook.segment_store import SegmentStore, Sizes
from daybook.table import Delete, Item
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.memory_table import MemoryTable
from tests.unit.test_search_index import (
    NOW,
    ORG,
    SIZES,
    asked,
    audit,
    batches,
    expected,
    found,
    index,
    logs,
    of,
    stored,
)


def remembered(table: MemoryTable) -> set[str]:
    """The places of all that the index holds."""
    store = SegmentStore(table=table)
    newest = store.open_segment(ORG)
    held = [] if newest is None else [segments.unpack(segment_store.inline(newest))]
    held += [store.load(one) for one in store.listed(ORG, "0", "9")]
    return {at for one in held for at in one.ats}


def forget(table: MemoryTable, gone: list[Item], sizes: Sizes = SIZES, *, at_once: bool = False) -> None:
    table.write([Delete((item["pk"]["S"], item["sk"]["S"])) for item in gone])
    Forgetting(table=table, clock=lambda: NOW, sizes=sizes).forget(
        ORG, [item["at"]["S"] for item in gone], at_once=at_once
    )


@settings(max_examples=80, deadline=None)
@given(logs, st.integers())
def test_what_is_forgotten_at_once_leaves_the_index_and_the_rest_is_found(entries: list[Item], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in batches(chance, entries):
        index(table, batch)
    gone = chance.sample(entries, chance.randrange(1, len(entries) + 1))
    kept = [item for item in entries if item not in gone]
    forget(table, gone, at_once=True)
    assert remembered(table) == {item["at"]["S"] for item in kept}
    wanted = asked(chance)
    assert found(table, wanted, Bounds()) == expected(kept, wanted, Bounds())


@pytest.mark.parametrize("step", [1, 7, 40])
def test_as_entries_expire_in_order_few_of_their_words_stay_and_all_go_in_the_end(step: int) -> None:
    table = MemoryTable()
    entries = [stored(audit(occurred_at=NOW + timedelta(minutes=number)), number) for number in range(200)]
    table.insert(entries)
    for start in range(0, 200, 25):
        index(table, entries[start : start + 25])
    for start in range(0, 200, step):
        gone, kept = entries[start : start + step], entries[start + step :]
        forget(table, gone)
        left = remembered(table)
        assert {item["at"]["S"] for item in kept} <= left
        # An eighth of a segment, or a block of it; a batch is a segment here.
        assert len(left) - len(kept) <= 25
    assert remembered(table) == set()


def test_one_entry_that_expires_is_not_a_large_segment_anew() -> None:
    table = MemoryTable()
    entries = [stored(audit(occurred_at=NOW + timedelta(minutes=number)), number) for number in range(500)]
    table.insert(entries)
    Indexing(table=table, clock=lambda: NOW).add(ORG, [indexing.doc(item) for item in entries])
    before = table.writes
    forget(table, entries[:1], sizes=segment_store.SIZES)
    assert table.writes == before + 1, "the entry itself"


def test_to_forget_what_the_index_never_knew_changes_nothing() -> None:
    table = MemoryTable()
    entries = of(
        [
            audit(action=f"deleted {number}", occurred_at=datetime(2026, 10, 1 + number, tzinfo=UTC))
            for number in range(9)
        ]
    )
    table.insert(entries)
    index(table, entries[:5])
    before = dict(table.stored)
    Forgetting(table=table, clock=lambda: NOW, sizes=SIZES).forget(ORG, [entries[8]["at"]["S"]], at_once=True)
    assert table.stored == before
