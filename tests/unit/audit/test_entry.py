"""Whole entries of the audit log: many at once are what each is by itself, for few reads."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.access.orgs import Orgs
from daybook.audit.entry import AuditEntries, ListedEntry
from daybook.audit.log import AuditQuery
from daybook.core.errors import ContentExpiredError, NotFoundError
from daybook.entries.record_log import LOGS, PlainQuery
from daybook.model.entries import Record
from daybook.model.responses import OrgAuditEntry
from daybook.storage.content_store import INLINE_BYTES, ContentStore
from daybook.storage.keys import org_keys
from daybook.storage.models.entries import AuditItem, ContentItem
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import OrgItem

from tests.support.memory.logs_world import LogsWorld
from tests.support.memory.table import MemoryTable

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
ORG = "riverside"
SMALL = [
    {"record": {"type": "family", "id": "1"}, "change": "updated", "name": "Lee", "before": {"a": 1}, "after": {"a": 2}}
]
LARGE = [
    {"record": {"type": "family", "id": "2"}, "change": "updated", "before": {"a": "x" * 2000}, "after": {"a": "y"}}
]
SEVERAL = [
    {"record": {"type": kind, "id": "1"}, "change": "moved", "details": "by hand"}
    for kind in ("class", "family", "student")
]


class CountedTable(MemoryTable):
    """Notes how many keys each batch read asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def get(self, kind: type[Any], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Any]:
        self.asked.append(len(keys))
        assert len(set(keys)) == len(keys), "DynamoDB refuses a key named twice"
        return super().get(kind, keys, consistent=consistent)


class World(LogsWorld):
    table: CountedTable

    def __init__(self) -> None:
        super().__init__(CountedTable(), NOW, ZoneInfo("UTC"))
        urls = '{"family": "https://portal.example/{id}"}'
        self.table.insert([OrgItem(*org_keys.org(ORG), name="Riverside", time_zone="UTC", record_url=urls)])
        orgs = Orgs(table=self.table, timer=lambda: 0.0)
        bodies = ContentStore(objects=self.objects)
        self.entries = AuditEntries(table=self.table, bodies=bodies, orgs=orgs, clock=self.clock)

    def audit(self, *affected: list[dict[str, Any]]) -> list[str]:
        """Post an entry for each, a second after the other; their ids."""
        return self.post(
            [
                {
                    "log": "audit", "member_name": "Ada", "username": "ada", "source": "office_portal",
                    "action": "merged",
                    "occurred_at": f"2026-11-20T09:00:{number:02}Z", "affected": each,
                }
                for number, each in enumerate(affected)
            ]
        )  # fmt: skip

    def listed(self) -> list[ListedEntry]:
        """The rows of the org's audit log."""
        rows = self.audit_log.page(ORG, AuditQuery(limit=200)).entries
        return [ListedEntry(row.id, row.record) for row in rows]

    def read_many(self, rows: Sequence[ListedEntry]) -> list[OrgAuditEntry]:
        return list(self.entries.read_many(ORG, rows))


@pytest.fixture
def world() -> World:
    return World()


def test_many_are_what_each_is(world: World) -> None:
    noise = random.Random(1).randbytes(INLINE_BYTES).hex()
    stored_in_s3 = [{"record": {"type": "family", "id": "3"}, "change": "updated", "after": {"a": noise}}]
    world.audit(SMALL, LARGE, SEVERAL, [], stored_in_s3)
    rows = world.listed()
    assert len(rows) == 5
    assert len(world.objects.stored) == 1

    found = world.read_many(rows)

    assert found == [world.entries.read(ORG, row.id) for row in rows]
    assert found[0].affected[0].after == {"a": noise}
    assert found[0].affected[0].url == "https://portal.example/3"


def test_in_the_log_of_a_further_record_it_is_the_same_entry(world: World) -> None:
    (entry,) = world.audit(SEVERAL)
    record = Record("student", "1")
    (row,) = world.logs.page(ORG, record, LOGS["audit"], PlainQuery()).entries

    assert world.read_many([ListedEntry(row.id, record)]) == [world.entries.read(ORG, entry)]


def test_it_takes_few_reads(world: World) -> None:
    world.audit(*[SMALL] * 20, *[LARGE] * 20)
    rows = world.listed()
    world.table.asked.clear()

    assert len(world.read_many(rows)) == 40
    # Of entries, of those that copies name, of contents, and of the org.
    assert sorted(world.table.asked) == [0, 1, 20, 40]


def test_no_rows_are_no_entries(world: World) -> None:
    assert world.read_many([]) == []


def test_an_entry_that_is_gone_or_past_its_time_is_left_out(world: World) -> None:
    kept, gone, expired = world.audit(SMALL, SEVERAL, LARGE)
    rows = world.listed()
    for key, attributes in list(world.table.stored.items()):
        if attributes["sk"]["S"].endswith(gone[17:]):
            del world.table.stored[key]
        elif attributes["sk"]["S"].startswith("audit/") and attributes["sk"]["S"].endswith(expired[17:]):
            attributes["expires_at"] = {"N": str(int(NOW.timestamp()) - 1)}

    assert [entry.id for entry in world.read_many(rows)] == [kept]
    with pytest.raises(NotFoundError):
        world.entries.read(ORG, expired)


def test_of_an_entry_whose_changes_are_gone_the_records_are_left(world: World) -> None:
    (entry,) = world.audit(LARGE)
    rows = world.listed()
    world.now += timedelta(days=1)
    for item in world.items(ContentItem):
        del world.table.stored[item.key]

    (found,) = world.read_many(rows)

    (affected,) = found.affected
    assert (affected.record, affected.change, affected.before, affected.after) == (
        Record("family", "2"),
        "updated",
        None,
        None,
    )
    with pytest.raises(ContentExpiredError):
        world.entries.read(ORG, entry)


def test_a_row_without_an_id_is_none(world: World) -> None:
    with pytest.raises(ValueError, match="is no entry id"):
        world.read_many([ListedEntry("1", None)])


def test_an_entry_without_a_record_is_found_by_its_month(world: World) -> None:
    world.audit([])
    (row,) = world.listed()
    assert row.record is None

    assert [entry.id for entry in world.read_many([row])] == [row.id]
    assert [item.pk for item in world.items(AuditItem)] == [f"{ORG}/-/2026-11"]
