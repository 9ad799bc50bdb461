"""Audit entries in a table in memory with their search index, and what is looked for in them."""

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
from daybook.storage.models.entries import AuditItem
from daybook.storage.values import Values, values_of
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable

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


def stored(entry: Audit, number: int, expires_at: int | None = None) -> AuditItem:
    assert entry.occurred_at
    moment = timestamps.instant(entry.occurred_at)
    key = EntryKey(
        record_keys.entry_partition(ORG, entry.record, moment),
        "audit",
        moment,
        entry_ids.new_suffix(number, 0, random_bits=0),
    )
    item = entry_items.make(
        ORG, entry, key, keyed_hash=hashed, expires_at=expires_at, content_until=None, has_content=False
    )
    assert isinstance(item, AuditItem)
    return item


def shown(item: AuditItem) -> Values:
    """The item as a search reads it."""
    return values_of(item.serialize())


def index(table: MemoryTable, entries: Sequence[AuditItem], sizes: Sizes = SIZES) -> None:
    IndexWriter(table=table, clock=lambda: NOW, sizes=sizes).add(ORG, [document(item) for item in entries])


def search(table: MemoryTable, wanted: Sequence[Term], bounds: Bounds) -> list[str]:
    """The places of what is proposed and holds what is asked for, as the audit log checks it."""
    line = query_line.Line(None, tuple(wanted), ())
    search = EntriesByWords(table=table, clock=lambda: NOW)
    seen: list[str] = []
    for at, item in search.find(ORG, wanted, bounds):
        if item is None:
            continue
        assert at == item["at"]
        if bounds.admits(item) and query_line.matches(line, at[:24], entry_texts.texts(item)):
            assert bounds.contains(at)
            seen.append(at)
    return seen


def matching(entries: Sequence[AuditItem], wanted: Sequence[Term], bounds: Bounds) -> list[str]:
    line = query_line.Line(None, tuple(wanted), ())
    ats = {
        item.at
        for item in entries
        if bounds.contains(item.at)
        and bounds.admits(shown(item))
        and query_line.matches(line, item.at[:24], entry_texts.texts(shown(item)))
    }
    return sorted(ats, reverse=not bounds.forward)


def any_terms(chance: random.Random) -> tuple[Term, ...]:
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


def any_bounds(chance: random.Random, entries: Sequence[AuditItem]) -> Bounds:
    def edge() -> str:
        at = chance.choice(entries).at
        return chance.choice([at, at[:24]])

    return Bounds(
        low=chance.choice([Bounds().low, edge()]),
        high=chance.choice([Bounds().high, edge()]),
        forward=chance.random() < 0.5,
        after=chance.choice([None, None, edge()]),
        staff=frozenset(chance.sample(USERS, chance.choice((0, 0, 1, 2)))),
        sources=frozenset(chance.sample(SOURCES[:3], chance.choice((0, 0, 1)))),
        chunk=chance.choice((1, 2, 7, 51)),
    )


def stored_all(drawn: Sequence[Audit]) -> list[AuditItem]:
    return [stored(entry, number) for number, entry in enumerate(drawn)]


def redelivered(chance: random.Random, entries: Sequence[AuditItem]) -> list[list[AuditItem]]:
    """Every entry twice, in any order and in pieces of any size."""
    twice = [*entries, *entries]
    chance.shuffle(twice)
    cut = []
    while twice:
        size = chance.choice((1, 1, 2, 5, 30))
        cut.append(twice[:size])
        twice = twice[size:]
    return cut


logs = st.lists(audits, min_size=1, max_size=60).map(stored_all)


def audit(**more: object) -> Audit:
    known = {"member_name": "Jo Admin", "username": "admin", "source": "office_portal", "action": "deleted"}
    return Audit(**known | {"occurred_at": NOW} | more)  # type: ignore[arg-type]
