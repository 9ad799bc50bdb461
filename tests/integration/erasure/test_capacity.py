"""What an erasure costs, counted by DynamoDB Local; and that DynamoDB takes what it writes."""

from typing import Any

import msgspec
import pytest
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.blacklist.address_store import AddressStore
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.job import ErasureJob
from daybook.erasure.messages import MessageErasure
from daybook.erasure.requests import ErasureQueries, ErasureRequests
from daybook.erasure.work_list import WorkList, work_key
from daybook.exports.endings import ExportEndings
from daybook.exports.files import ExportFiles
from daybook.holds.holds import Reason
from daybook.model.entries import Record
from daybook.search.by_time import EntriesByTime
from daybook.search.index.remover import IndexRemover
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.jobs import ErasureWorkItem
from daybook.storage.table import batches

from tests.support import api
from tests.support.dynamodb.lifelike_entries import LETTER, fill_records
from tests.support.dynamodb.metered import Meter, NoRecorder
from tests.support.dynamodb.service_stack import NOW, Objects, Stack
from tests.support.hashes import hashed
from tests.support.memory.exports_world import MemoryObjects, Steps
from tests.support.registers import register_of

pytestmark = pytest.mark.slow

COUNT = 400
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())


def erasing(table: Any, bucket: Objects) -> ErasureJob:
    index = IndexRemover(table=table, clock=lambda: NOW)
    audit_entries = AuditEntryErasure(
        table=table,
        by_time=EntriesByTime(table=table),
        bodies=ContentStore(objects=bucket),
        objects=bucket,
        index=index,
        register=register_of(table, lambda: NOW),
    )
    exports = ExportFiles(objects=MemoryObjects(Steps()))  # type: ignore[arg-type]
    return ErasureJob(
        table=table,
        work_list=WorkList(table=table, clock=lambda: NOW),
        messages=MessageErasure(table=table, audit_erasure=audit_entries, objects=bucket),
        audit_entries=audit_entries,
        archive=None,
        address_store=AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0),
        register=register_of(table, lambda: NOW),
        exports=ExportEndings(table=table, files=exports, clock=lambda: NOW),
        keyed_hash=hashed,
    )


@pytest.mark.parametrize(
    ("log", "more", "most"),
    [
        # As docs/operations.md says.
        ("activity", {}, (160, 1_060)),
        ("audit", {}, (1_370, 3_150)),
        ("sms", {}, (435, 4_100)),
        ("emails", {}, (500, 4_170)),
        ("emails", {"body": {"text": LETTER}}, (650, 5_200)),
    ],
)
def test_units_of_an_erasure_by_entries(
    stack: Stack, log: str, more: dict[str, Any], most: tuple[float, float]
) -> None:
    fill_records(stack, log, COUNT, 1, **more)
    entries = [AuditItem.from_raw_data(item) for item in stack.items() if "org_source" in item]
    if entries:
        IndexWriter(table=stack.table, clock=lambda: NOW).add("riverside", [document(item) for item in entries])
        RecordCopies(table=stack.table, bodies=ContentStore(objects=stack.objects)).write(entries)
    meter, bucket = Meter(stack), Objects()
    requests = ErasureRequests(table=meter.table, recorder=NoRecorder(), clock=lambda: NOW)
    asked = requests.create("riverside", Record("family", "0"), Reason("asked"), WHO, None)
    erasing(meter.table, bucket).step("riverside", asked.id, 60)
    units = meter.take(COUNT)
    done = ErasureQueries(table=stack.table, clock=lambda: NOW).get("riverside", asked.id)
    assert (done.status, done.counts.entries) == ("done", COUNT)
    assert all(
        "erased" in item for item in stack.items() if item["sk"]["S"].startswith(("email/", "sms/", "activity/"))
    )
    assert all(one <= most_of_it for one, most_of_it in zip(units, most, strict=True)), units
    again = requests.create("riverside", Record("family", "0"), Reason("asked"), WHO, None)
    meter.take(COUNT)
    erasing(meter.table, bucket).step("riverside", again.id, 60)
    _, writes = meter.take(COUNT)
    assert writes <= 50, "there is nothing left to do"


@pytest.mark.parametrize("count", [1_700, 20_000])
def test_a_person_of_many_names_is_erased(stack: Stack, count: int) -> None:
    """No item of the work list is near 400 KB, at which DynamoDB would refuse it."""
    names = [f"{number:05} {'Vandersloot' * 22}"[:250] for number in range(count)]
    changes = [{"record": {"type": "family", "id": "0"}, "change": "called", "name": name} for name in names]
    entries = [api.audit(affected=changes[start : start + 50]) for start in range(0, count, 50)]
    entries += [api.activity(record={"type": "family", "id": "0"}, action=f"{names[count // 2]} rang")]
    for batch in batches(entries, 100):
        stack.ingest().post("riverside", [msgspec.json.encode(entry) for entry in batch])
    requests = ErasureRequests(table=stack.table, recorder=NoRecorder(), clock=lambda: NOW)
    asked = requests.create("riverside", Record("family", "0"), Reason("asked"), WHO, None)
    job, queries = erasing(stack.table, stack.objects), ErasureQueries(table=stack.table, clock=lambda: NOW)
    # Page by page, until all is learnt.
    while '"phase":"entries"' not in work_of(stack, asked.id):
        job.step("riverside", asked.id, 0)
    sizes = [len(str(item)) for item in stack.items() if "erasing" in item["pk"]["S"]]
    while (done := queries.get("riverside", asked.id)).status == "running":
        job.step("riverside", asked.id, 30)
    assert (done.status, done.counts.entries) == ("done", len(entries))
    assert count * 200 < sum(sizes)
    assert max(sizes) < 300_000
    assert "Vandersloot" not in str(stack.items())
    assert not [item for item in stack.items() if "erasing" in item["pk"]["S"]]


def work_of(stack: Stack, erasure_id: str) -> str:
    item = stack.table.get_item(ErasureWorkItem, work_key("riverside", erasure_id))
    assert item is not None
    return item.work
