"""The search index in memory: whatever is added, however often and in whatever pieces, is found and nothing else."""

import random
from datetime import UTC, datetime, timedelta

from daybook.search.by_words import EntriesByWords
from daybook.search.line import reading
from daybook.search.plan import Bounds
from daybook.storage.models.entries import AuditItem
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory.search_index import (
    FIRST_WAVE,
    NOW,
    ORG,
    ZONE,
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
    stored_all,
)
from tests.support.memory.table import CrashError, MemoryTable
from tests.support.properties import examples, met, reaching


@reaching(found=0.1, blocks=0.3, full=0.15)
@examples(40)
@given(logs, st.integers())
def test_a_search_finds_what_a_plain_filter_finds_whatever_was_delivered_twice_and_shuffled(
    entries: list[AuditItem], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in redelivered(chance, entries):
        index(table, batch)
    met_merges(table)
    for _ in range(5):
        wanted, bounds = any_line(chance), any_bounds(chance, entries)
        assert search(table, wanted, bounds) == found_plainly(entries, wanted, bounds)


@reaching(found=0.1, blocks=0.3, full=0.15)
@examples(30)
@given(logs, st.integers())
def test_what_was_there_when_a_search_began_is_found_while_others_are_added_and_merged(
    entries: list[AuditItem], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    cut = redelivered(chance, entries)
    here = chance.randrange(len(cut))
    for batch in cut[:here]:
        index(table, batch)
    known = [item for batch in cut[:here] for item in batch]
    for batch in cut[here:]:
        wanted, bounds = any_line(chance), any_bounds(chance, entries)
        table.meanwhile = (chance.randrange(8), lambda batch=batch: index(table, batch))
        proposed = search(table, wanted, bounds)
        assert proposed == sorted(set(proposed), reverse=not bounds.forward)
        assert set(found_plainly(known, wanted, bounds)) <= set(proposed)
        table.meanwhile = None
        index(table, batch)
        known += batch
    met_merges(table)


@reaching(found=0.15, blocks=0.3, full=0.15, died=0.4)
@examples(40)
@given(logs, st.integers())
def test_an_indexing_that_dies_anywhere_and_is_tried_again_loses_nothing(entries: list[AuditItem], seed: int) -> None:
    chance, table, has_died = random.Random(seed), MemoryTable(), False
    table.insert(entries)
    for batch in redelivered(chance, entries):
        table.crash_after = chance.randrange(12)
        try:
            index(table, batch)
        except CrashError:
            has_died = True
            index(table, batch)
        table.crash_after = None
    met("died", has_died)
    met_merges(table)
    for _ in range(5):
        wanted, bounds = any_line(chance), any_bounds(chance, entries)
        assert search(table, wanted, bounds) == found_plainly(entries, wanted, bounds)


@reaching(found=0.1, blocks=0.3, full=0.08)
@examples(30)
@given(logs, st.integers())
def test_two_indexings_at_once_lose_nothing(entries: list[AuditItem], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    cut = redelivered(chance, entries)
    for one, other in zip(cut[::2], [*cut[1::2], []], strict=False):
        if other:
            table.meanwhile = (chance.randrange(10), lambda other=other: index(table, other))
        index(table, one)
        if table.meanwhile:
            table.meanwhile = None
            index(table, other)
    met_merges(table)
    wanted = any_line(chance)
    assert search(table, wanted, Bounds()) == found_plainly(entries, wanted, Bounds())


def test_an_entry_that_is_no_more_is_not_found_though_the_index_names_it() -> None:
    table = MemoryTable()
    entries = stored_all([audit(action=f"deleted {number}") for number in range(30)])
    table.insert(entries[:20])
    index(table, entries)
    wanted = "deleted"
    assert search(table, wanted, Bounds()) == found_plainly(entries[:20], wanted, Bounds())


def test_a_segment_expires_with_the_last_of_its_entries() -> None:
    table = MemoryTable()
    entries = [stored(audit(), number, expires_at=1_900_000_000 + number) for number in range(50)]
    table.insert(entries)
    for item in entries:
        index(table, [item])
    of_index = [item for (pk, _), item in table.stored.items() if "search" in pk]
    assert max(int(item["expires_at"]["N"]) for item in of_index) == 1_900_000_049
    late = EntriesByWords(table=table, clock=lambda: datetime.fromtimestamp(1_900_000_049, UTC))
    assert list(late.find(ORG, reading.parse("admin", ZONE).required, Bounds())) == []


def test_an_entry_that_is_held_keeps_its_segment() -> None:
    table = MemoryTable()
    item = stored(audit(), 1, expires_at=1_900_000_000)
    index(table, [item])
    held = stored(audit(), 1)
    table.insert([held])
    index(table, [held])
    late = EntriesByWords(table=table, clock=lambda: datetime.fromtimestamp(2_000_000_000, UTC))
    assert [at for at, found in late.find(ORG, reading.parse("admin", ZONE).required, Bounds()) if found] == [item.at]


def test_a_month_that_is_over_is_left_in_few_segments() -> None:
    table = MemoryTable()
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in (8, 9, 10, 11)]
    entries = [stored(audit(occurred_at=month + timedelta(hours=hour)), hour) for month in months for hour in range(50)]
    for item in entries:
        index(table, [item])
    heads = [sk for pk, sk in table.stored if pk == f"{ORG}/search" and sk[0] == "2"]
    assert [len([sk for sk in heads if sk.startswith(month)]) <= 3 for month in ("2026-08", "2026-09", "2026-10")]
    assert len(heads) <= 3 * 3 + 6


def test_what_is_shown_first_is_read_first() -> None:
    """A common word costs about as much in two thousand entries as in a hundred: the entries shown, and some blocks."""
    for count in (100, 2000):
        table = MemoryTable()
        entries = [
            stored(audit(occurred_at=NOW - timedelta(minutes=count - number)), number) for number in range(count)
        ]
        table.insert(entries)
        for start in range(0, count, 25):
            index(table, entries[start : start + 25])
        table.reads = 0
        search = EntriesByWords(table=table, clock=lambda: NOW, first_wave=FIRST_WAVE)
        places = search.find(ORG, reading.parse("admin", ZONE).required, Bounds(chunk=10))
        shown: list[str] = []
        while len(shown) < 10:
            at, item = next(places)
            shown += [at] if item else []
        assert shown == sorted((item.at for item in entries), reverse=True)[:10]
        assert table.reads <= 20
