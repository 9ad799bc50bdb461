"""What is gone from the log leaves the search index, and nothing else does."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from daybook.search.index import segment_store, segments
from daybook.search.index.remover import IndexRemover
from daybook.search.index.segment_store import SegmentStore, Sizes
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.search.plan import Bounds
from daybook.storage.models.entries import AuditItem
from daybook.storage.store import Delete
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory.search_index import (
    NOW,
    ORG,
    SIZES,
    any_line,
    audit,
    found_plainly,
    index,
    logs,
    met_merges,
    redelivered,
    search,
    stored,
    stored_all,
)
from tests.support.memory.table import MemoryTable, as_read
from tests.support.properties import examples, reaching


def remembered(table: MemoryTable) -> set[str]:
    """The places of all that the index holds."""
    store = SegmentStore(table=table)
    newest = store.open_segment(ORG)
    held = [] if newest is None else [segments.unpack(segment_store.inline(newest))]
    held += [store.load(one) for one in store.of_months(ORG, "0", "9")]
    return {at for one in held for at in one.ats}


def forget(table: MemoryTable, gone: list[AuditItem], sizes: Sizes = SIZES) -> None:
    table.write([Delete(item.key) for item in gone])
    IndexRemover(table=table, clock=lambda: NOW, sizes=sizes).remove(ORG, [item.at for item in gone])


def replace(table: MemoryTable, changed: list[AuditItem]) -> None:
    IndexRemover(table=table, clock=lambda: NOW, sizes=SIZES).replace(ORG, [document(item) for item in changed])


def terms(table: MemoryTable) -> set[tuple[str, str]]:
    """The places of all that the index holds, with their terms."""
    store = SegmentStore(table=table)
    newest = store.open_segment(ORG)
    held = [] if newest is None else [segments.unpack(segment_store.inline(newest))]
    held += [store.load(one) for one in store.of_months(ORG, "0", "9")]
    return {(one.ats[number], term) for one in held for term, of_term in one.postings.items() for number in of_term}


@reaching(found=0.25, blocks=0.3, full=0.1)
@examples(40)
@given(logs, st.integers())
def test_what_an_entry_no_longer_says_leaves_the_index_at_once_and_the_rest_is_found(
    entries: list[AuditItem], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in redelivered(chance, entries):
        index(table, batch)
    met_merges(table)
    changed = chance.sample(entries, chance.randrange(1, len(entries) + 1))
    erased = [AuditItem(**item.attribute_values | {"member_name": "[erased]", "action": "left"}) for item in changed]
    left = [item for item in entries if item not in changed] + erased
    for item in erased:
        table.stored[item.key] = as_read(item)
    for _ in range(2):
        replace(table, erased)
        assert terms(table) == {(item.at, term) for item in left for term in document(item).terms}
    wanted = any_line(chance)
    assert search(table, wanted, Bounds()) == found_plainly(left, wanted, Bounds())


def test_words_that_are_erased_are_not_put_back_by_whoever_adds_at_the_same_moment() -> None:
    # Before the newest are read, and before they are replaced.
    for when in range(2):
        table = MemoryTable()
        one, other = (stored(audit(action=f"deleted {number}"), number) for number in range(2))
        erased = AuditItem(**one.attribute_values | {"action": "left"})
        index(table, [one])
        table.meanwhile = (when, lambda table=table, erased=erased: replace(table, [erased]))
        index(table, [other])
        assert table.meanwhile is None
        assert terms(table) == {(item.at, term) for item in (erased, other) for term in document(item).terms}, when


def test_to_replace_what_is_as_it_should_be_writes_nothing() -> None:
    table = MemoryTable()
    entries = [stored(audit(occurred_at=NOW + timedelta(minutes=number)), number) for number in range(100)]
    table.insert(entries)
    index(table, entries)
    before = table.writes
    replace(table, entries[:7])
    replace(table, [stored(audit(occurred_at=NOW), 1000)])
    assert table.writes == before


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
        assert {item.at for item in kept} <= left
        # An eighth of a segment, or a block of it; a batch is a segment here.
        assert len(left) - len(kept) <= 25
    assert remembered(table) == set()


def test_one_entry_that_expires_is_not_a_large_segment_anew() -> None:
    table = MemoryTable()
    entries = [stored(audit(occurred_at=NOW + timedelta(minutes=number)), number) for number in range(500)]
    table.insert(entries)
    IndexWriter(table=table, clock=lambda: NOW).add(ORG, [document(item) for item in entries])
    before = table.writes
    forget(table, entries[:1], sizes=segment_store.SIZES)
    assert table.writes == before + 1, "the entry itself"


def test_to_forget_what_the_index_never_knew_changes_nothing() -> None:
    table = MemoryTable()
    entries = stored_all(
        [
            audit(action=f"deleted {number}", occurred_at=datetime(2026, 10, 1 + number, tzinfo=UTC))
            for number in range(9)
        ]
    )
    table.insert(entries)
    index(table, entries[:5])
    before = dict(table.stored)
    IndexRemover(table=table, clock=lambda: NOW, sizes=SIZES).remove(ORG, [entries[8].at])
    assert table.stored == before
