"""The logs of one org in memory: posted, copied and indexed by the real parts, and read by them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from daybook.audit.log import AuditLog
from daybook.audit.record_copies import RecordCopies
from daybook.blacklist.address_store import AddressStore
from daybook.core.paging import Cursors
from daybook.entries.ingest import Ingest
from daybook.entries.messages.arrivals import Arrivals
from daybook.entries.record_log import RecordLogs
from daybook.entries.timeline import Timeline
from daybook.feedback.reconcile import Reconciler
from daybook.model.retention_policy import Policy, parse_period
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Item
from daybook.storage.models.kinds import read
from daybook.storage.table import batches
from daybook.verdicts.rows import Verdicts

from tests.support.dynamodb.service_stack import Objects
from tests.support.hashes import hashed
from tests.support.memory.search_index import FIRST_WAVE
from tests.support.memory.table import MemoryTable

PERIOD = parse_period("P2Y")
assert PERIOD


class LogsWorld:
    """The org `riverside`, in this time zone and at this time, which a test may move on."""

    def __init__(self, table: MemoryTable, now: datetime, zone: ZoneInfo) -> None:
        self.table, self.objects, self.now = table, Objects(), now
        bodies = ContentStore(objects=self.objects)
        address_store = AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0)
        reconciler = Reconciler(table=table, listener=address_store, keyed_hash=hashed, clock=self.clock)
        periods: dict[str, timedelta | None] = dict.fromkeys(
            ["email", "sms", "push", "activity", "audit", "content"], PERIOD
        )
        self.ingest = Ingest(
            table=table, bodies=bodies, blacklist=address_store, reconciler=reconciler, keyed_hash=hashed,
            policy=Policy(periods, PERIOD), clock=self.clock,
        )  # fmt: skip
        self.copies = RecordCopies(table=table, bodies=bodies)
        self.index = IndexWriter(table=table, clock=self.clock)
        verdicts = Verdicts(address_lookup=address_store, arrival_lookup=Arrivals(table=table), zone=lambda _: zone)
        parts: dict[str, Any] = {
            "table": table, "cursors": Cursors(secret="test"), "clock": self.clock, "zone": lambda _: zone,
        }  # fmt: skip
        self.logs = RecordLogs(verdicts=verdicts, **parts)
        self.timeline = Timeline(verdicts=verdicts, **parts)
        by_words = EntriesByWords(table=table, clock=self.clock, first_wave=FIRST_WAVE)
        self.audit_log = AuditLog(by_time=EntriesByTime(table=table), by_words=by_words, timer=lambda: 0.0, **parts)

    def clock(self) -> datetime:
        return self.now

    def post(self, entries: Sequence[dict[str, Any]]) -> list[str]:
        """Post them, with all that follows from them; the ids."""
        return self.post_encoded([msgspec.json.encode(entry) for entry in entries])

    def post_encoded(self, payloads: Sequence[bytes]) -> list[str]:
        """The same, of entries in JSON."""
        results = self.ingest.post("riverside", payloads)
        assert {result.status for result in results} == {"created"}
        items = self.items(AuditItem)
        self.copies.write(items)
        # As the stream may bring them.
        for few in batches(items, 10):
            self.index.add("riverside", [document(item) for item in few])
        return [str(result.id) for result in results]

    def items(self, kind: type[Any]) -> list[Any]:
        found = (read(Item, item) for _, item in sorted(self.table.stored.items()))
        return [item for item in found if isinstance(item, kind)]
