"""A table, a bucket and an archive in memory with the erasures of people, on a clock that is told."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.blacklist.address_store import AddressStore
from daybook.entries.ingest import Ingest
from daybook.erasure.archive import ArchiveErasure
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.job import ErasureJob
from daybook.erasure.messages import MessageErasure
from daybook.erasure.requests import Erasure, ErasureQueries, ErasureRequests
from daybook.erasure.work_list import WorkList
from daybook.exports.endings import ExportEndings
from daybook.exports.files import ExportFiles
from daybook.feedback.reconcile import Reconciler
from daybook.holds.holds import Reason
from daybook.model.entries import Record
from daybook.model.retention_policy import parse_policy
from daybook.search.by_time import EntriesByTime
from daybook.search.index.remover import IndexRemover
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key

from tests.support.dynamodb.metered import NoRecorder
from tests.support.dynamodb.service_stack import Objects
from tests.support.hashes import hashed
from tests.support.memory.exports_world import MemoryObjects, Steps
from tests.support.memory.table import Attributes, CrashError, MemoryTable
from tests.support.registers import register_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEPT = dict.fromkeys(("email", "sms", "push", "activity", "audit", "content"), "P2Y") | {"grace": "P7D"}
# An erasure is given up after a day.
MOST_MINUTES = 26 * 60
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())


class ArchiveInMemory(Objects):
    """Of the archive what an erasure does with it."""

    def get(self, name: str) -> bytes:
        return self.stored[name]

    def replace(self, name: str, body: bytes) -> None:
        self.stored[name] = body

    def forget_versions(self, name: str) -> None:
        assert name in self.stored

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for body in self.stored.values() for line in gzip.decompress(body).splitlines()]


class ErasureWorld:
    """The services on a table in memory; with a new one, what another invocation of the function has."""

    def __init__(self, table: MemoryTable | None = None) -> None:
        self.now = NOON
        self.table = table or MemoryTable()
        self.objects, self.archive = Objects(), ArchiveInMemory()
        self.work_list = WorkList(table=self.table, clock=self.clock)
        self.requests = ErasureRequests(table=self.table, recorder=NoRecorder(), clock=self.clock)
        self.queries = ErasureQueries(table=self.table, clock=self.clock)
        contents, address_store = ContentStore(objects=self.objects), self._address_store()
        audit_entries = AuditEntryErasure(
            table=self.table,
            by_time=EntriesByTime(table=self.table),
            bodies=contents,
            objects=self.objects,
            index=IndexRemover(table=self.table, clock=self.clock),
            register=register_of(self.table, self.clock),
        )
        self.messages = MessageErasure(table=self.table, audit_erasure=audit_entries, objects=self.objects)
        exports = ExportFiles(objects=MemoryObjects(Steps()))  # type: ignore[arg-type]
        self.job = ErasureJob(
            table=self.table,
            work_list=self.work_list,
            messages=self.messages,
            audit_entries=audit_entries,
            archive=ArchiveErasure(objects=self.archive),  # type: ignore[arg-type]
            address_store=address_store,
            register=register_of(self.table, self.clock),
            exports=ExportEndings(table=self.table, files=exports, clock=self.clock),
            keyed_hash=hashed,
        )

    def clock(self) -> datetime:
        return self.now

    def _address_store(self) -> AddressStore:
        return AddressStore(table=self.table, keyed_hash=hashed, soft_bounce_limit=0)

    def post(self, *entries: dict[str, Any], org: str = "riverside") -> list[str]:
        """Post entries, with what follows from them: copies and search index; their ids."""
        ingest = Ingest(
            table=self.table,
            bodies=ContentStore(objects=self.objects),
            blacklist=self._address_store(),
            reconciler=Reconciler(
                table=self.table, listener=self._address_store(), keyed_hash=hashed, clock=self.clock
            ),
            keyed_hash=hashed,
            policy=parse_policy(KEPT),
            clock=self.clock,
        )
        results = ingest.post(org, [msgspec.json.encode(entry) for entry in entries])
        ids = [result.id for result in results]
        items = [AuditItem.from_raw_data(item) for item in self.table.stored.values() if "org_source" in item]
        new = [item for item in items if any(str(each).endswith(item.sk[-18:]) for each in ids)]
        RecordCopies(table=self.table, bodies=ContentStore(objects=self.objects)).write(new)
        IndexWriter(table=self.table, clock=self.clock).add(org, [document(item) for item in new])
        assert all(result.status == "created" for result in results)
        return [str(each) for each in ids]

    def request(self, record: str, org: str = "riverside") -> str:
        """Ask for an erasure; its id."""
        return self.requests.create(org, Record.from_path(record), Reason("asked by letter"), WHO, None).id

    def step(self, erasure_id: str, org: str = "riverside", seconds: float = 60) -> Exception | None:
        """What the step has raised; an invocation that is killed is over as well."""
        try:
            self.job.step(org, erasure_id, seconds)
        except (Exception, CrashError) as error:  # noqa: BLE001 - as the function does
            return error if isinstance(error, Exception) else None
        return None

    def until_ended(self, erasure_id: str, org: str = "riverside") -> Erasure:
        """Do what the schedule does, minute by minute, until no work of the erasure is left."""
        for _ in range(MOST_MINUTES):
            if ("erasing", f"{org}/{erasure_id}") not in self.table.stored:
                return self.queries.get(org, erasure_id)
            self.step(erasure_id, org)
            self.now += timedelta(minutes=1)
        raise AssertionError("it comes to no end")

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def personal(self, *secrets: str) -> list[Key]:
        """The items in which one of these is found, whatever its case."""
        return [
            key
            for key, item in self.table.stored.items()
            if any(secret.casefold() in plain(item).casefold() for secret in secrets)
        ]

    def under_way(self) -> Sequence[Key]:
        """The items of erasures under way."""
        return [(pk, sk) for pk, sk in self.table.stored if pk == "erasing" or "/-erasing/" in pk]


def plain(item: Attributes) -> str:
    """All values of an item that are no binary ones; what is packed is compared by what is unpacked elsewhere."""
    return json.dumps([value for tagged in item.values() for tag, value in tagged.items() if tag != "B"])
