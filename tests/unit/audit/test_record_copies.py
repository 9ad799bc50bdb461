"""Copies in further records' logs: thin where texts are long, shown as if they were whole, and small in all."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.core.paging import Cursors
from daybook.entries.record_log import LOGS, PlainQuery
from daybook.entries.timeline import TimelineQuery
from daybook.model.entries import MAX_BODY_BYTES, MAX_ENTRIES, Record
from daybook.model.retention_policy import parse_period
from daybook.search.plan import Bounds
from daybook.storage.items import audit_items
from daybook.storage.keys.index_keys import SORT_KEYS
from daybook.storage.models.entries import AuditCopyItem, AuditItem
from daybook.storage.models.item import AUDIT_ROW, Item
from daybook.storage.models.kinds import read
from daybook.storage.store import Change
from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory import search_index
from tests.support.memory.logs_world import LogsWorld
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
PERIOD = parse_period("P2Y")
assert PERIOD
CURSORS = Cursors(secret="test")


class WeighedTable(MemoryTable):
    """Counts the bytes of all items that are written, and of what the indexes of audit entries have of them."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def _change(self, change: Change) -> bool:
        done = super()._change(change)
        if done and change.key in self.stored:
            item = read(Item, self.stored[change.key])
            assert item.stored_size < 400 * 1024, "DynamoDB refuses it"
            self.bytes += item.stored_size
            if isinstance(item, AuditItem):
                self.bytes += 2 * sum(
                    len(str(value).encode()) + len(name)
                    for name, value in item.attribute_values.items()
                    if name in {*AUDIT_ROW, "pk", "sk", "at", "org_staff", SORT_KEYS[None]}
                )
        return done


class World(LogsWorld):
    table: WeighedTable

    def __init__(self) -> None:
        super().__init__(WeighedTable(), NOW, ZoneInfo("UTC"))

    def post_in_bytes(self, entries: Sequence[dict[str, Any]]) -> int:
        """Post them, with all that follows from them; the size of the request."""
        payloads = [msgspec.json.encode(entry) for entry in entries]
        self.post_encoded(payloads)
        return sum(map(len, payloads)) + len(payloads)

    def shown(self, record: Record, q: str) -> list[Any]:
        """What all readers of a record's log answer, but for the ids."""
        audit = LOGS["audit"]
        pages = [
            self.logs.page("riverside", record, audit, PlainQuery()).entries,
            self.logs.page("riverside", record, audit, PlainQuery(q=q, order="asc")).entries,
            self.timeline.page("riverside", record, [audit, LOGS["activity"]], TimelineQuery()).entries,
        ]
        return [msgspec.to_builtins(msgspec.structs.replace(row, id="")) for rows in pages for row in rows]


@contextmanager
def shared_bytes(limit: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_items, "SHARED_BYTES", limit)
        yield


def audit(affected: Sequence[dict[str, Any]], number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "log": "audit", "member_name": "Ada Admin", "username": "ada", "source": "office_portal", "action": "merged",
        "occurred_at": f"2026-11-20T09:{number // 60:02}:{number % 60:02}Z", "affected": affected,
    } | more  # fmt: skip


RECORDS = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}, {"type": "class", "id": "3"}]
# A name of blanks alone is rejected.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=39).map("x{}".format)
changes = st.fixed_dictionaries(
    {"record": st.sampled_from(RECORDS), "change": st.just("moved")},
    optional={"name": texts, "before": st.sampled_from(["b", "long " * 400])},
)
entries = st.builds(
    lambda affected, fields: audit(affected, **fields),
    st.lists(changes, min_size=1, max_size=5),
    st.fixed_dictionaries({"member_name": texts, "username": texts, "action": texts}, optional={"ip": st.just("::1")}),
)


@examples(60)
@given(st.lists(entries, min_size=1, max_size=4), texts)
def test_rows_of_thin_and_of_whole_copies_are_the_same(posted: list[dict[str, Any]], q: str) -> None:
    shown, kinds = [], []
    numbered = [entry | {"occurred_at": f"2026-11-20T09:00:{at:02}Z"} for at, entry in enumerate(posted)]
    for limit in (0, 1_000_000):
        with shared_bytes(limit):
            world = World()
            world.post(numbered)
            kinds.append({copy.thin for copy in world.items(AuditCopyItem)})
            found = [q, posted[0]["action"][:5]]
            shown.append([world.shown(Record(**record), each) for record in RECORDS for each in found])
    assert shown[0] == shown[1]
    assert kinds in ([set(), set()], [{True}, {None}])


def test_a_copy_is_thin_only_where_its_texts_are_long() -> None:
    world = World()
    world.post([audit([{"record": record, "change": "moved", "name": "Smith, Madison"} for record in RECORDS])])
    world.post([audit([{"record": record, "change": "moved"} for record in RECORDS], 1, action="a" * 256)])
    short, long = [copy for copy in world.items(AuditCopyItem) if copy.pk == "riverside/student/2"]
    assert (short.thin, short.action) == (None, "merged")
    assert msgspec.json.decode(short.names) == ["Smith, Madison"] * 3
    assert (long.thin, long.action, long.names) == (True, "", None)


def test_a_thin_copy_whose_entry_is_gone_shows_what_it_has() -> None:
    world = World()
    world.post([audit([{"record": record, "change": "moved", "name": "x" * 200} for record in RECORDS])])
    (entry,) = world.items(AuditItem)
    del world.table.stored[entry.key]
    rows = world.shown(Record("student", "2"), "moved")
    assert [(row["action"], row["names"], row["affected_count"]) for row in rows] == [("", [], 3)] * 3


def noise(chance: random.Random, size: int) -> str:
    """Text that does not compress, of characters of four bytes."""
    return "".join(chr(chance.randrange(0x20000, 0x2A6DF)) for _ in range(size))


def records(chance: random.Random, count: int, size: int) -> list[dict[str, str]]:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return [
        {"type": "t" * min(size, 64), "id": f"{number:02}" + "".join(chance.choices(letters, k=size))}
        for number in range(count)
    ]


def filled(chance: random.Random, kind: str) -> list[dict[str, Any]]:
    """As many entries of a kind as fit into a request."""
    found: list[dict[str, Any]] = []
    size = 20
    while len(found) < MAX_ENTRIES:
        entry = _made(chance, kind, len(found))
        size += len(msgspec.json.encode(entry)) + 1
        if size > MAX_BODY_BYTES:
            break
        found.append(entry)
    return found


def _made(chance: random.Random, kind: str, number: int) -> dict[str, Any]:
    few = records(chance, 50, 2)
    actor = {name: noise(chance, 256) for name in ("member_name", "username", "action")}
    short: dict[str, Any] = {"action": "a" * 240}
    affected, texts_of = {
        "names": ([{"record": each, "change": "c", "name": noise(chance, 256)} for each in few], {}),
        "names of half the records": (
            [{"record": each, "change": "c"} | ({"name": "n" * 256} if at % 2 else {}) for at, each in enumerate(few)],
            {},
        ),
        "actor": ([{"record": each, "change": "c"} for each in few], actor),
        "actor, just short enough": ([{"record": each, "change": "c"} for each in few], short),
        "actor and details": ([{"record": each, "change": "c", "details": noise(chance, 30)} for each in few], actor),
        "long ids": ([{"record": each, "change": "c" * 64} for each in records(chance, 50, 126)], {}),
        "long ids, texts just short enough": (
            [{"record": each, "change": "c" * 64} for each in records(chance, 50, 126)],
            short,
        ),
        "all": ([{"record": each, "change": "c" * 64, "name": "n" * 40} for each in records(chance, 50, 60)], {}),
    }[kind]
    return audit(affected, number, **texts_of)


KINDS = [
    "names", "names of half the records", "actor", "actor, just short enough", "long ids",
    "long ids, texts just short enough", "actor and details", "all",
]  # fmt: skip


@pytest.mark.parametrize("count", [1, 4, 20])
def test_entries_with_long_names_are_indexed_in_items_that_dynamodb_takes_and_found(count: int) -> None:
    world, chance = World(), random.Random(7)
    named = [
        # Four words a name, of 252 bytes each; one of them is the entry's own.
        [f"entry{number}x", *(" ".join(noise(chance, 63) for _ in range(4)) for _ in range(50))]
        for number in range(count)
    ]
    world.post(
        [
            audit([{"record": RECORDS[0], "change": "c", "name": name} for name in names[:50]], number)
            for number, names in enumerate(named)
        ]
    )
    found = [search_index.search(world.table, f"entry{number}x", Bounds()) for number in range(count)]
    assert found == [[item.at] for item in world.items(AuditItem)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_request_of_one_mebibyte_writes_a_few_times_as_much(kind: str) -> None:
    world = World()
    posted = world.post_in_bytes(filled(random.Random(7), kind))
    written = world.table.bytes + sum(map(len, world.objects.stored.values()))
    assert posted <= MAX_BODY_BYTES
    assert written < 6 * 1024 * 1024
