"""Reindexer in memory: whatever became of the index, it holds the entries again that stand there, and no others."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from daybook.core import timestamps
from daybook.search.index import segment_store, segments
from daybook.search.index.reindex import Progress
from daybook.search.index.segment_store import SegmentStore
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.search.plan import Bounds
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory.reindexing import reindex, reindexing, ticking
from tests.support.memory.search_index import (
    NOW,
    ORG,
    SIZES,
    any_bounds,
    any_line,
    audit,
    found_plainly,
    index,
    logs,
    met_merges,
    redelivered,
    search,
    stored,
)
from tests.support.memory.table import CrashError, MemoryTable
from tests.support.properties import examples, reaching

EXPIRED = 1_700_000_000
SEARCH, BLOCKS = f"{ORG}/search", f"{ORG}/-search/"


def indexed(table: MemoryTable) -> dict[str, frozenset[str]]:
    """Every entry in the index, by its place, with the terms that it has there."""
    store = SegmentStore(table=table)
    wholes = [store.load(one) for one in store.of_months(ORG, "0", "9")]
    newest = store.open_segment(ORG)
    if newest:
        wholes.append(segments.unpack(segment_store.inline(newest)))
    known: dict[str, set[str]] = {at: set() for whole in wholes for at in whole.ats}
    for whole in wholes:
        for term, numbers in whole.postings.items():
            for number in numbers:
                known[whole.ats[number]].add(term)
    return {at: frozenset(terms) for at, terms in known.items()}


def of_index(table: MemoryTable) -> list[Key]:
    return [key for key in table.stored if key[0] == SEARCH or key[0].startswith(BLOCKS)]


def take_away(table: MemoryTable, entries: Sequence[AuditItem]) -> None:
    for item in entries:
        del table.stored[item.key]


def places(entries: Sequence[AuditItem]) -> set[str]:
    return {item.at for item in entries}


@reaching(found=0.08, blocks=0.3, full=0.3)
@examples(60)
@given(logs, st.integers())
def test_whatever_became_of_the_index_it_holds_again_what_stands_and_nothing_else(
    entries: list[AuditItem], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in redelivered(chance, entries)[chance.randrange(3) :]:
        index(table, batch)
    gone = [item for item in entries if chance.random() < 0.2]
    take_away(table, gone)
    for item in entries:
        if item not in gone and chance.random() < 0.1:
            gone.append(item)
            table.stored[item.key]["expires_at"] = {"N": str(EXPIRED)}
    share = chance.choice((0, 0, 0.3, 1))
    for key in of_index(table):
        if chance.random() < share:
            del table.stored[key]
    reindex(table, chance if chance.random() < 0.5 else None)
    met_merges(table)
    standing = [item for item in entries if item not in gone]
    assert places(standing) == indexed(table).keys()
    for _ in range(4):
        wanted, bounds = any_line(chance), any_bounds(chance, entries)
        assert search(table, wanted, bounds) == found_plainly(standing, wanted, bounds)


@reaching(found=0.2, full=0.4)
@examples(25)
@given(logs, st.integers())
def test_what_is_added_and_searched_while_it_runs_is_found(entries: list[AuditItem], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    cut = redelivered(chance, entries)
    here = chance.randrange(len(cut))
    known = [item for batch in cut[:here] for item in batch]
    add(table, known)
    for batch in cut[here:]:

        def meanwhile(batch: list[AuditItem] = batch) -> None:
            add(table, batch)

        table.meanwhile = (chance.randrange(60), meanwhile)
        reindexing(table).step(ORG)
        if table.meanwhile:
            table.meanwhile = None
            add(table, batch)
        known += batch
        wanted, bounds = any_line(chance), any_bounds(chance, entries)
        table.meanwhile = (chance.randrange(8), lambda: reindexing(table).step(ORG))
        assert search(table, wanted, bounds) == found_plainly(known, wanted, bounds)
        table.meanwhile = None
    reindex(table)
    met_merges(table)
    assert indexed(table).keys() == places(known) == places(entries)


def add(table: MemoryTable, entries: Sequence[AuditItem]) -> None:
    """Entries as they are posted, and as the stream tells of them."""
    table.insert(list({item.at: item for item in entries}.values()))
    if entries:
        index(table, entries)


def months(count: int = 12) -> list[AuditItem]:
    """Entries of three months, in order."""
    starts = [datetime(2026, month, 3, tzinfo=UTC) for month in (9, 10, 11)]
    return [
        stored(audit(occurred_at=start + timedelta(hours=hour)), place * count + hour)
        for place, start in enumerate(starts)
        for hour in range(count)
    ]


def test_each_step_does_a_month_and_tells_how_many_entries_it_has() -> None:
    table = MemoryTable()
    add(table, months())
    told = [(step.done, step.month, step.entries) for step in reindex(table)]
    assert told == [(False, "2026-09", 12), (False, "2026-10", 12), (False, "2026-11", 12), (True, "2026-11", 0)]


def test_a_run_that_breaks_off_is_taken_up_where_it_did_and_a_later_one_begins_anew() -> None:
    table = MemoryTable()
    add(table, months())
    assert reindexing(table).step(ORG).month == "2026-09"
    table.crash_after = 0
    with pytest.raises(CrashError):
        reindexing(table).step(ORG)
    assert [step.month for step in reindex(table)] == ["2026-10", "2026-11", "2026-11"]
    assert [step.month for step in reindex(table)] == ["2026-09", "2026-10", "2026-11", "2026-11"]


def test_an_org_without_entries_is_done_at_once() -> None:
    table = MemoryTable()
    assert reindex(table) == [Progress(True, None, 0)]
    assert table.stored == {}


def test_an_entry_that_the_indexes_of_the_table_do_not_know_yet_is_not_lost() -> None:
    table = MemoryTable()
    entries = months()
    add(table, entries)
    table.lagging = {item.key for item in entries[-5:]}
    reindex(table)
    assert indexed(table).keys() == places(entries)


def test_what_is_gone_leaves_the_newest_entries_too() -> None:
    table = MemoryTable()
    entries = [stored(audit(action=f"deleted {number}"), number) for number in range(2)]
    add(table, entries)
    assert of_index(table) == [(SEARCH, "open")]
    take_away(table, entries[:1])
    reindex(table)
    assert indexed(table).keys() == places(entries[1:])


def test_no_block_is_left_behind() -> None:
    table = MemoryTable()
    add(table, months(40))
    for _ in range(2):
        reindex(table)
        heads = [sk for pk, sk in table.stored if pk == SEARCH]
        apart = {pk for pk, _ in table.stored if pk.startswith(BLOCKS)}
        assert apart == {f"{BLOCKS}{sk.split('/')[2]}" for sk in heads if "head" in table.stored[SEARCH, sk]} & apart
        assert len(apart) <= len(heads)


def test_to_run_it_twice_changes_nothing_that_can_be_seen() -> None:
    table = MemoryTable()
    add(table, months())
    reindex(table)
    before = indexed(table)
    others = {key: item for key, item in table.stored.items() if key not in of_index(table)}
    reindex(table)
    assert indexed(table) == before
    assert {key: item for key, item in table.stored.items() if key not in of_index(table)} == others


def test_a_search_on_its_way_meets_what_reindexing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads are read page by page: an entry must not move from behind where the search is to where it was."""
    monkeypatch.setattr(segment_store, "PAGE", 1)
    early = [stored(audit(occurred_at=NOW - timedelta(days=5, minutes=number)), number) for number in range(40)]
    late = [stored(audit(occurred_at=NOW - timedelta(minutes=number)), number) for number in range(20)]
    wanted, bounds = "admin", Bounds(low=timestamps.instant(NOW - timedelta(days=1)))
    for when in range(12):
        table = MemoryTable()
        for entries in (early, late):
            table.insert(entries)
            docs = segments.build(document(item) for item in entries)
            IndexWriter(table=table, clock=ticking, sizes=SIZES).write(ORG, docs, last=True)
        take_away(table, late[3:])
        table.meanwhile = (when, lambda table=table: reindex(table))
        assert search(table, wanted, bounds) == found_plainly(late[:3], wanted, bounds), when
