"""Audit entries in a table in memory with their search index, and what a plain filter finds in them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from daybook.core import entry_ids, timestamps
from daybook.model.entries import SOURCES, Affected, Audit, Record
from daybook.search import entry_texts
from daybook.search.by_words import EntriesByWords
from daybook.search.index import segment_store
from daybook.search.index.segment_store import Sizes
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.search.line import matching, reading
from daybook.search.plan import Bounds
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.values import Values, values_of
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support import plain_search
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable
from tests.support.properties import lists_of, met

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORG = "riverside"
SIZES = Sizes(open_limit=3, inline_limit=8, small_merged=8, full=20, block_bytes=120)
# Of two such segments.
FIRST_WAVE = 25
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
    ip=st.sampled_from([None, "10.0.0.1", "10.0.12.1", "::ffff:10.0.12.1", "2001:db8::1"]),
    occurred_at=st.builds(
        lambda days, milliseconds: NOW - timedelta(days=days, milliseconds=milliseconds),
        # Most of them in this month, so that it has enough to merge.
        st.integers(0, 20) | st.integers(0, 20) | st.integers(0, 70),
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


def search(table: MemoryTable, line: str, bounds: Bounds) -> list[str]:
    """The places of what is proposed and holds the terms of the line, as the audit log checks it."""
    parsed = reading.parse(line, ZONE)
    search = EntriesByWords(table=table, clock=lambda: NOW, first_wave=FIRST_WAVE)
    seen: list[str] = []
    for at, item in search.find(ORG, parsed.required, bounds):
        if item is None:
            continue
        assert at == item["at"]
        if bounds.admits(item) and matching.matches(parsed, at[:24], entry_texts.texts(item)):
            seen.append(at)
    return seen


def found_plainly(entries: Sequence[AuditItem], line: str, bounds: Bounds) -> list[str]:
    """The places of what a plain filter over all entries finds; a case of `found` where it is any."""
    ats = {
        item.at
        for item in entries
        if bounds.low <= item.at < bounds.high
        and (bounds.after is None or (item.at > bounds.after if bounds.forward else item.at < bounds.after))
        and (not bounds.staff or item.username.lower() in map(str.lower, bounds.staff))
        and (not bounds.sources or item.source in bounds.sources)
        and plain_search.finds(line, entry_texts.texts(shown(item)), timestamps.from_instant(item.at[:24]), ZONE)
    }
    met("found", bool(ats))
    return sorted(ats, reverse=not bounds.forward)


TERMS = [
    "Smith", "smi", '"smi"', "deleted", "get bucket", "GetBucket", "bucketacl", '"smith jones"', "jo.smith", "s", "zoe",
    "absent", "username:admin", "username:example", "action:delete", "record:12", "record:family/1", "record:ab",
    "record:jones", "ip:10.0.1", "ip:10.0", "ip:2001", "ip:0.1", "ip:10.0.", "-Smith", '-"deleted smith"', "-record:12",
]  # fmt: skip


def any_line(chance: random.Random) -> str:
    """Of at least one term that is not excluded."""
    while True:
        line = " ".join(chance.sample(TERMS, chance.choice((1, 1, 2, 3))))
        if reading.parse(line, ZONE).required:
            return line


def any_bounds(chance: random.Random, entries: Sequence[AuditItem]) -> Bounds:
    def edge() -> str:
        at = chance.choice(entries).at
        return chance.choice([at, at[:24]])

    return Bounds(
        low=chance.choice([Bounds().low, Bounds().low, edge()]),
        high=chance.choice([Bounds().high, Bounds().high, edge()]),
        forward=chance.random() < 0.5,
        after=chance.choice([None, None, edge()]),
        staff=frozenset(chance.sample(USERS, chance.choice((0, 0, 0, 1, 2)))),
        sources=frozenset(chance.sample(SOURCES[:3], chance.choice((0, 0, 0, 1)))),
        chunk=chance.choice((1, 2, 7, 51)),
    )


def stored_all(drawn: Sequence[Audit]) -> list[AuditItem]:
    return [stored(entry, number) for number, entry in enumerate(drawn)]


def in_two_cases(drawn: Sequence[Audit]) -> list[Audit]:
    """Two of three of the entries with their usernames in another letter case."""
    return [
        replace(entry, username=entry.username.title()) if number % 3 else entry for number, entry in enumerate(drawn)
    ]


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


# Three quarters are of one month, whose segments become a full one with 40 entries.
logs = lists_of(audits, 1, 24, 60).map(in_two_cases).map(stored_all)


def met_merges(table: MemoryTable) -> None:
    """A case of `blocks` where a segment has its blocks apart, of `full` where one of this month is merged no more."""
    heads = [sk.split("/") for pk, sk in table.stored if pk == f"{ORG}/search" and "/" in sk]
    met("blocks", any(pk.startswith(f"{ORG}/-search/") for pk, _ in table.stored))
    met("full", any(month == f"{NOW:%Y-%m}" and tier == segment_store.LAST for month, tier, _ in heads))


def audit(**more: object) -> Audit:
    known = {"member_name": "Jo Admin", "username": "admin", "source": "office_portal", "action": "deleted"}
    return Audit(**known | {"occurred_at": NOW} | more)  # type: ignore[arg-type]
