"""`GET /audit` in memory, on the real list and index: exactly what a plain filter over all entries gives, in order."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from daybook.audit.log import AuditQuery, OrgAuditPage
from daybook.model.entries import SOURCES, Audit
from daybook.storage.models.entries import AuditItem
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory.audit_queries import audit_log, entry_id, plain_filter, question, walk
from tests.support.memory.reindexing import reindex
from tests.support.memory.search_index import NOW, ORG, USERS, audit, audits, index, met_merges, redelivered, stored
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples, lists_of, reaching
from tests.support.walks import there_and_back

EXPIRED = 1_700_000_000


def logs(*sizes: int) -> st.SearchStrategy[list[AuditItem]]:
    return lists_of(st.tuples(audits, st.integers(0, 60), st.booleans()), *sizes).map(
        lambda drawn: [
            stored(earlier(entry, half_hours), number, EXPIRED if is_gone and number % 4 == 0 else None)
            for number, (entry, half_hours, is_gone) in enumerate(drawn)
        ]
    )


def earlier(entry: Audit, half_hours: int) -> Audit:
    """At any time of the day, of the daylight-saving days as well."""
    assert entry.occurred_at
    return msgspec.structs.replace(entry, occurred_at=entry.occurred_at - half_hours * timedelta(minutes=30))


def add(table: MemoryTable, entries: Sequence[AuditItem]) -> None:
    """Entries as they are posted, and as the stream tells of them."""
    table.insert(list({item.at: item for item in entries}.values()))
    index(table, entries)


@reaching(found=0.2, blocks=0.3, full=0.1)
@examples(30)
@given(logs(1, 25, 60), st.integers())
def test_any_question_is_answered_as_by_a_plain_filter_through_any_limit(entries: list[AuditItem], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    for batch in redelivered(chance, entries):
        add(table, batch)
    met_merges(table)
    for _ in range(6):
        asked = question(chance, entries)
        for limit in (1, chance.randrange(2, 9), 200):
            assert walk(table, asked, itertools.repeat(limit)) == plain_filter(entries, asked)


@reaching(found=0.2, blocks=0.3, **{"pages back": 0.08})
@examples(10)
@given(logs(25, 60), st.integers())
def test_any_question_is_answered_the_same_backwards(entries: list[AuditItem], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    for batch in redelivered(chance, entries):
        add(table, batch)
    met_merges(table)
    for _ in range(6):
        asked = question(chance, entries)

        def read(limit: int, cursor: str | None, asked: dict[str, Any] = asked) -> OrgAuditPage:
            return audit_log(table).page(ORG, msgspec.convert({**asked, "limit": limit, "cursor": cursor}, AuditQuery))

        limits = (chance.choice((1, 2, 5)) for _ in itertools.count())
        assert [row.id for row in there_and_back(read, limits)] == plain_filter(entries, asked)


@reaching(found=0.2, blocks=0.5, full=0.3)
@examples(20)
@given(logs(20, 35, 50), st.integers())
def test_what_stood_throughout_is_met_once_while_entries_are_added_and_segments_merged(
    entries: list[AuditItem], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    coming, known = redelivered(chance, entries), list[AuditItem]()

    def handle(count: int) -> None:
        for _ in range(min(count, len(coming))):
            batch = coming.pop(0)
            add(table, batch)
            known.extend(batch)

    def in_the_midst() -> None:
        """Every segment becomes another one, too."""
        handle(2)
        reindex(table)

    def between() -> None:
        handle(1)
        table.meanwhile = (chance.randrange(6), in_the_midst)

    handle(len(coming) // 2)
    for _ in range(5):
        asked, standing = question(chance, entries), list(known)
        between()
        seen = walk(table, asked, iter(lambda: chance.choice((1, 2, 5, 20)), None), between)
        table.meanwhile = None
        assert seen == sorted(set(seen), reverse=asked["order"] == "desc")
        expected = plain_filter(standing, asked)
        assert [each for each in seen if each in set(expected)] == expected
        assert set(seen) <= set(plain_filter(known, asked))
    handle(len(coming))
    met_merges(table)
    assert walk(table, asked, itertools.repeat(3)) == plain_filter(entries, asked)


def test_the_questions_find_something() -> None:
    """Or the properties above would hold of nothing."""
    chance = random.Random(4)
    entries = [
        stored(
            Audit(
                member_name=chance.choice(["Jo Smith", "Zoë Jones"]),
                username=chance.choice(USERS).title(),
                source=chance.choice(SOURCES[:3]),
                action=chance.choice(["deleted GetBucket", "delete Smith"]),
                ip=chance.choice(["10.0.0.1", "10.0.12.1"]),
                occurred_at=datetime.fromtimestamp(NOW.timestamp() - number * 3600, NOW.tzinfo),
            ),
            number,
        )
        for number in range(60)
    ]
    sizes = [len(plain_filter(entries, question(chance, entries))) for _ in range(400)]
    assert sum(size > 0 for size in sizes) > 100
    assert sum(1 < size < 60 for size in sizes) > 80


def test_entries_that_are_added_at_the_same_moment_are_all_found() -> None:
    # Before the newest are read, and before they are replaced.
    for when in range(2):
        table = MemoryTable()
        one, other, third = entries = [stored(audit(), number) for number in range(3)]
        add(table, [one])
        table.insert([other, third])
        table.meanwhile = (when, lambda table=table, other=other: index(table, [other]))
        index(table, [third])
        assert table.meanwhile is None
        asked = {"q": "admin", "order": "asc"}
        assert walk(table, asked, itertools.repeat(5)) == [entry_id(item) for item in entries], when


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_whose_segments_become_others_midway_has_each_entry_once(order: str) -> None:
    entries = [stored(audit(occurred_at=NOW - timedelta(days=2 * number)), number) for number in range(60)]
    asked = {"q": "admin", "order": order}
    expected = sorted(map(entry_id, entries), reverse=order == "desc")
    for when in range(16):
        table = MemoryTable()
        table.insert(entries)
        reindex(table)
        table.meanwhile = (when, lambda table=table: reindex(table))
        assert walk(table, asked, itertools.repeat(100)) == expected, when
