"""The search index in memory: whatever is added, however often and in whatever pieces, is found and nothing else."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from daybook.core import entry_ids, timestamps
from daybook.model.entries import Affected, Audit, Record
from daybook.search import entry_texts, query_line
from daybook.search.by_words import EntriesByWords
from daybook.search.index.segment_store import Sizes
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.search.plan import SOURCES, Bounds
from daybook.search.query_line import Term
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.store import Item
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.table import CrashError, MemoryTable
from tests.support.properties import examples

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORG = "riverside"
SIZES = Sizes(open_limit=3, inline_limit=8, full=20, block_bytes=120)
WORDS = ["Smith", "Smithson", "smi", "Jones", "O'Brien", "admin", "deleted", "delete", "GetBucket", "bucket", "Zoë"]
USERS = ["admin", "jo.smith@example.com", "***"]

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


records = st.builds(Record, st.sampled_from(["family", "Class"]), st.sampled_from(["1", "12", "aB7"]))
# Made once: to make a strategy takes longer than to draw from it.
audits = st.builds(
    Audit,
    member_name=words,
    username=st.sampled_from(USERS),
    source=st.sampled_from(SOURCES[:3]),
    action=words,
    ip=st.sampled_from([None, "10.0.0.1", "10.0.12.1", "2001:db8::1"]),
    occurred_at=st.builds(
        lambda days, milliseconds: NOW - timedelta(days=days, milliseconds=milliseconds),
        st.integers(0, 70),
        st.integers(0, 3),
    ),
    affected=st.lists(st.builds(Affected, records, st.just("deleted"), name=words), max_size=2),
)


def stored(entry: Audit, number: int, expires_at: int | None = None) -> Item:
    assert entry.occurred_at
    moment = timestamps.instant(entry.occurred_at)
    key = EntryKey(
        record_keys.entry_partition(ORG, entry.record, moment),
        "audit",
        moment,
        entry_ids.new_suffix(number, 0, random_bits=0),
    )
    return entry_items.make(
        ORG, entry, key, keyed_hash=hashed, expires_at=expires_at, content_until=None, has_content=False
    )


def index(table: MemoryTable, entries: Sequence[Item], sizes: Sizes = SIZES) -> None:
    IndexWriter(table=table, clock=lambda: NOW, sizes=sizes).add(ORG, [document(item) for item in entries])


def found(table: MemoryTable, wanted: Sequence[Term], bounds: Bounds) -> list[str]:
    """The places of what is proposed and holds what is asked for, as the audit log checks it."""
    line = query_line.Line(None, tuple(wanted), ())
    search = EntriesByWords(table=table, clock=lambda: NOW)
    seen: list[str] = []
    for at, item in search.find(ORG, wanted, bounds):
        if item is None:
            continue
        assert at == item["at"]["S"]
        if bounds.admits(item) and query_line.matches(line, at[:24], entry_texts.texts(item)):
            assert bounds.contains(at)
            seen.append(at)
    return seen


def expected(entries: Sequence[Item], wanted: Sequence[Term], bounds: Bounds) -> list[str]:
    line = query_line.Line(None, tuple(wanted), ())
    ats = {
        item["at"]["S"]
        for item in entries
        if bounds.contains(item["at"]["S"])
        and bounds.admits(item)
        and query_line.matches(line, item["at"]["S"][:24], entry_texts.texts(item))
    }
    return sorted(ats, reverse=not bounds.forward)


def asked(chance: random.Random) -> tuple[Term, ...]:
    lines = ["Smith", "smi", '"smi"', "deleted", "get bucket", "GetBucket", "bucketacl", '"smith jones"', "jo.smith"]
    lines += [
        "s",
        "zoe",
        "absent",
        "username:admin",
        "username:example",
        "action:delete",
        "record:12",
        "record:family/1",
    ]
    lines += ["record:ab", "record:jones", "ip:10.0.1", "ip:10.0", "ip:2001", "ip:0.1"]
    return query_line.parse(" ".join(chance.sample(lines, chance.choice((1, 1, 2, 3)))), ZONE).required


def bounded(chance: random.Random, entries: Sequence[Item]) -> Bounds:
    def edge() -> str:
        at = chance.choice(entries)["at"]["S"]
        return str(chance.choice([at, at[:24]]))

    return Bounds(
        low=chance.choice([Bounds().low, edge()]),
        high=chance.choice([Bounds().high, edge()]),
        forward=chance.random() < 0.5,
        after=chance.choice([None, None, edge()]),
        staff=frozenset(chance.sample(USERS, chance.choice((0, 0, 1, 2)))),
        sources=frozenset(chance.sample(SOURCES[:3], chance.choice((0, 0, 1)))),
        chunk=chance.choice((1, 2, 7, 51)),
    )


def of(drawn: Sequence[Audit]) -> list[Item]:
    return [stored(entry, number) for number, entry in enumerate(drawn)]


def batches(chance: random.Random, entries: Sequence[Item]) -> list[list[Item]]:
    """Every entry twice, in any order and in pieces of any size."""
    twice = [*entries, *entries]
    chance.shuffle(twice)
    cut = []
    while twice:
        size = chance.choice((1, 1, 2, 5, 30))
        cut.append(twice[:size])
        twice = twice[size:]
    return cut


logs = st.lists(audits, min_size=1, max_size=60).map(of)


@examples(150)
@given(logs, st.integers())
def test_a_search_finds_what_a_plain_filter_finds_whatever_was_delivered_twice_and_shuffled(
    entries: list[Item], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in batches(chance, entries):
        index(table, batch)
    for _ in range(8):
        wanted, bounds = asked(chance), bounded(chance, entries)
        assert found(table, wanted, bounds) == expected(entries, wanted, bounds)


@examples(60)
@given(logs, st.integers())
def test_what_was_there_when_a_search_began_is_found_while_others_are_added_and_merged(
    entries: list[Item], seed: int
) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    cut = batches(chance, entries)
    here = chance.randrange(len(cut))
    for batch in cut[:here]:
        index(table, batch)
    known = [item for batch in cut[:here] for item in batch]
    for batch in cut[here:]:
        wanted, bounds = asked(chance), bounded(chance, entries)
        table.meanwhile = (chance.randrange(8), lambda batch=batch: index(table, batch))
        proposed = found(table, wanted, bounds)
        assert proposed == sorted(set(proposed), reverse=not bounds.forward)
        assert set(expected(known, wanted, bounds)) <= set(proposed)
        table.meanwhile = None
        index(table, batch)
        known += batch


@examples(60)
@given(logs, st.integers())
def test_an_indexing_that_dies_anywhere_and_is_tried_again_loses_nothing(entries: list[Item], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    for batch in batches(chance, entries):
        table.crash_after = chance.randrange(12)
        try:
            index(table, batch)
        except CrashError:
            index(table, batch)
        table.crash_after = None
    for _ in range(8):
        wanted, bounds = asked(chance), bounded(chance, entries)
        assert found(table, wanted, bounds) == expected(entries, wanted, bounds)


@examples(30)
@given(logs, st.integers())
def test_two_indexings_at_once_lose_nothing(entries: list[Item], seed: int) -> None:
    chance, table = random.Random(seed), MemoryTable()
    table.insert(entries)
    cut = batches(chance, entries)
    for one, other in zip(cut[::2], [*cut[1::2], []], strict=False):
        if other:
            table.meanwhile = (chance.randrange(10), lambda other=other: index(table, other))
        index(table, one)
        if table.meanwhile:
            table.meanwhile = None
            index(table, other)
    wanted = asked(chance)
    assert found(table, wanted, Bounds()) == expected(entries, wanted, Bounds())


def test_an_entry_that_is_no_more_is_not_found_though_the_index_names_it() -> None:
    table = MemoryTable()
    entries = of([audit(action=f"deleted {number}") for number in range(30)])
    table.insert(entries[:20])
    index(table, entries)
    wanted = query_line.parse("deleted", ZONE).required
    assert found(table, wanted, Bounds()) == expected(entries[:20], wanted, Bounds())


def test_a_segment_expires_with_the_last_of_its_entries() -> None:
    table = MemoryTable()
    entries = [stored(audit(), number, expires_at=1_900_000_000 + number) for number in range(50)]
    table.insert(entries)
    for item in entries:
        index(table, [item])
    of_index = [item for (pk, _), item in table.stored.items() if "search" in pk]
    assert max(int(item["expires_at"]["N"]) for item in of_index) == 1_900_000_049
    late = EntriesByWords(table=table, clock=lambda: datetime.fromtimestamp(1_900_000_049, UTC))
    assert list(late.find(ORG, query_line.parse("admin", ZONE).required, Bounds())) == []


def test_an_entry_that_is_held_keeps_its_segment() -> None:
    table = MemoryTable()
    item = stored(audit(), 1, expires_at=1_900_000_000)
    index(table, [item])
    held = {name: value for name, value in item.items() if name != "expires_at"}
    table.insert([held])
    index(table, [held])
    late = EntriesByWords(table=table, clock=lambda: datetime.fromtimestamp(2_000_000_000, UTC))
    assert [at for at, found in late.find(ORG, query_line.parse("admin", ZONE).required, Bounds()) if found] == [
        item["at"]["S"]
    ]


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
        search = EntriesByWords(table=table, clock=lambda: NOW)
        places = search.find(ORG, query_line.parse("admin", ZONE).required, Bounds(chunk=10))
        shown: list[str] = []
        while len(shown) < 10:
            at, item = next(places)
            shown += [at] if item else []
        assert shown == sorted((item["at"]["S"] for item in entries), reverse=True)[:10]
        assert table.reads <= 20


def audit(**more: object) -> Audit:
    known = {"member_name": "Jo Admin", "username": "admin", "source": "office_portal", "action": "deleted"}
    return Audit(**known | {"occurred_at": NOW} | more)  # type: ignore[arg-type]
