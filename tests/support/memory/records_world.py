"""The register of an org's records in memory: posted by the real parts, and told of by the stream in any way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from daybook.model.entries import Record
from daybook.records.finding import FoundRecord, RecordFinder, RecordsQuery
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.register import RecordAddressItem, RecordItem, RecordNameItem

from tests.support.hashes import hashed
from tests.support.memory.logs_world import LogsWorld
from tests.support.memory.table import MemoryTable
from tests.support.registers import register_of

UTC = ZoneInfo("UTC")


class RecordsWorld(LogsWorld):
    def __init__(self, now: datetime, table: MemoryTable | None = None) -> None:
        super().__init__(table or MemoryTable(), now, UTC)
        self.register = register_of(self.table, self.clock)
        self.finder = RecordFinder(table=self.table, keyed_hash=hashed, clock=self.clock)

    def tell(self, entries: Sequence[dict[str, Any]]) -> int:
        """Post them, and have all be registered; how many records were new or changed."""
        before = {item.key for item in self.entries()}
        self.post(entries)
        return self.register.add(item for item in self.entries() if item.key not in before)

    def entries(self) -> list[EntryItem]:
        return self.items(EntryItem)

    def register_items(self) -> list[RecordItem | RecordNameItem | RecordAddressItem]:
        return [item for kind in (RecordItem, RecordNameItem, RecordAddressItem) for item in self.items(kind)]

    def found(self, line: str, limit: int = 50) -> list[str]:
        """The records that a line finds, as `type/id name`, in order."""
        return [shown(each) for each in self.finder.find("riverside", RecordsQuery(q=line, limit=limit), _any).entries]

    def name(self, record: Record) -> str | None:
        """The name that is shown of a record, found by its id."""
        for each in self.finder.find("riverside", RecordsQuery(q=record.path), _any).entries:
            return each.name or None
        return None


def shown(found: FoundRecord) -> str:
    return f"{found.type}/{found.id} {found.name or ''}".strip()


def _any(_: str) -> bool:
    return True
