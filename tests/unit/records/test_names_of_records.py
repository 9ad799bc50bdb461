"""Names of many records at once: those that the heads of their pages have."""

from datetime import UTC, datetime

from daybook.model.entries import Record
from daybook.records.head import RecordHeads

from tests.support import api
from tests.support.memory.records_world import RecordsWorld

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORDS = [Record("family", "1"), Record("student", "1"), Record("family", "2"), Record("family", "3")]


def test_names_are_those_of_the_heads() -> None:
    world = RecordsWorld(NOW)
    affected = [
        {"record": {"type": "family", "id": "1"}, "change": "created", "name": "Jane Smith"},
        {"record": {"type": "student", "id": "1"}, "change": "created", "name": "Sam Smith"},
        {"record": {"type": "family", "id": "2"}, "change": "created"},
    ]
    world.tell([api.audit(affected=affected, occurred_at="2026-11-01T10:00:00Z")])
    heads = RecordHeads(table=world.table, clock=lambda: NOW)

    names = heads.names("riverside", RECORDS)

    assert names == {RECORDS[0]: "Jane Smith", RECORDS[1]: "Sam Smith"}
    assert [names.get(record) for record in RECORDS] == [
        heads.read("riverside", record, ["audit"]).name for record in RECORDS
    ]
    assert heads.names("hilltop", RECORDS) == {}
    assert heads.names("riverside", []) == {}
