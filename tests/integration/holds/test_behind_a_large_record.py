"""A hold of a small record behind one of a large record, in the same org, and so in the same shard of the stream."""

import time
from dataclasses import dataclass, field
from datetime import UTC

import pytest
from aws_lambda_powertools import Logger
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers.triggers import index_stream
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.entries import Record
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import org_keys
from daybook.storage.models.orgs import HoldItem

from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.metered import NoRecorder
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack
from tests.support.functions.events import NONE_FAILED, change
from tests.support.registers import register_of

LARGE, SMALL = Record("family", "large"), Record("family", "small")
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())
ENTRIES, FEW = 8_000, 10

# Of a batch; in Lambda it is twenty times as long.
SECONDS = 0.5


@dataclass
class Shard:
    """Delivers what is told of an org's holds, batch by batch; `batches` are the seconds that each took."""

    stack: Stack
    batches: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        table = self.stack.table
        enforcer = HoldEnforcer(table=table, policy=POLICY, clock=lambda: NOW)
        self.changes = HoldChanges(table=table, recorder=NoRecorder(), clock=lambda: NOW)
        self._handler = IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=RecordCopies(table=table, bodies=ContentStore(objects=self.stack.objects)),
                erasure_repeats=ErasureRepeats(table=table, clock=lambda: NOW),
                register=StaffRegister(table=table, zone=lambda _: UTC),
                index_writer=IndexWriter(table=table, clock=lambda: NOW),
                index_remover=IndexRemover(table=table, clock=lambda: NOW),
                clock=lambda: NOW,
            ),
            holds=enforcer,
            register=register_of(table, lambda: NOW),
            backfill=HoldBackfill(table=table, enforcer=enforcer, clock=lambda: NOW),
            logger=Logger(service="behind a large record", level="CRITICAL"),
            metrics=cloudwatch.metrics(),
        )

    def place(self, record: Record) -> None:
        self.changes.place("riverside", record, Reason("a claim"), WHO, None)

    def statuses(self) -> dict[Record, str]:
        keys = [(org_keys.holds("riverside"), org_keys.hold(record)) for record in (LARGE, SMALL)]
        found = self.stack.table.get(HoldItem, keys).values()
        return {org_keys.split_hold(hold.sk): hold.status for hold in found}

    def deliver(self) -> None:
        """A batch with every hold that is under way, the large one first."""
        stored = [item for item in self.stack.items() if item["pk"]["S"] == org_keys.holds("riverside")]
        told = [change(item, "MODIFY") for item in stored if item["status"]["S"] == "placing"]
        began = time.monotonic()
        assert self._handler(told) == NONE_FAILED
        self.batches.append(time.monotonic() - began)


@pytest.mark.slow
def test_a_small_record_waits_for_one_step_of_a_large_one_and_not_for_all(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_stream, "SECONDS", SECONDS)
    fill_log(stack, "large", "activity", ENTRIES)
    fill_log(stack, "small", "activity", FEW)
    shard = Shard(stack)
    shard.place(LARGE)
    shard.deliver()
    shard.place(SMALL)
    shard.deliver()
    assert shard.statuses() == {LARGE: "placing", SMALL: "standing"}
    while shard.statuses()[LARGE] != "standing":
        shard.deliver()
    assert len(shard.batches) > 3
