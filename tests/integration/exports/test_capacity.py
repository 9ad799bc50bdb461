"""What an export costs, counted by DynamoDB Local: units and requests for 1,000 rows, and what it adds whatever it has.

docs/operations.md has these figures. A list is read as its pages are, 200 rows at a time.
"""

import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.access.callers import Caller
from daybook.access.grants import Grants
from daybook.api import routes
from daybook.api.endpoints import audit, entries
from daybook.api.gateway import Route
from daybook.api.list_reader import RouteListReader
from daybook.audit.log import AuditLog
from daybook.core.paging import Cursors
from daybook.exports.files import ExportFiles
from daybook.exports.messages import Message
from daybook.exports.requests import ExportRequest, ExportRequests
from daybook.exports.running.attempts import Attempts
from daybook.exports.running.job import ExportJob
from daybook.exports.running.reading import ListExport
from daybook.exports.spreadsheets.csv_lines import CsvLines
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords

from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.metered import MeteredWrites, NoRecorder
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.memory.exports_world import MemoryObjects, Steps

ROWS = 2_000
ADA = Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())

# Read units for 1,000 rows, at most.
COSTS = {"audit": 41, "records/family/1/activity": 56, "records/family/1/sms": 146, "records/family/1/emails": 176}


class NoQueue:
    def send(self, body: str, *, delay: int = 0) -> None:
        pass


def list_routes(stack: Stack, table: Any) -> dict[str, Route]:
    log = AuditLog(
        table=table,
        by_time=EntriesByTime(table=table),
        by_words=EntriesByWords(table=table, clock=lambda: NOW),
        zone=lambda _: ZoneInfo("UTC"),
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
        timer=lambda: 0.0,
    )
    return {**entries.log_routes(stack.logs(table)), routes.GET_ORG_AUDIT: audit.list_audit(log)}


@pytest.mark.parametrize("path", COSTS)
def test_a_thousand_rows_cost_what_their_pages_cost_and_an_export_a_few_writes(stack: Stack, path: str) -> None:
    fill_log(stack, "1", path.rpartition("/")[2], ROWS)
    metered, steps = MeteredWrites(stack), Steps()
    objects = MemoryObjects(steps)
    files = ExportFiles(objects=objects)  # type: ignore[arg-type]
    grants = Grants(table=metered, timer=time.monotonic, admin_group="admin")
    caller = grants.with_permissions("riverside", ADA)
    reader = RouteListReader(list_routes(stack, metered))
    requests = ExportRequests(
        table=metered, reader=reader, recorder=NoRecorder(), queue=NoQueue(), zone=lambda _: ZoneInfo("UTC"),
        file_days=7, clock=lambda: NOW,
    )  # fmt: skip
    job = ExportJob(
        attempts=Attempts(table=metered, file_days=7, clock=lambda: NOW),
        lists=ListExport(
            reader=reader, audit_entries=None,  # type: ignore[arg-type]
            csv_lines=lambda _, path, rows, zone: CsvLines(path, rows, zone), files=files, clock=lambda: NOW,
        ),
        files=files, grants=grants, services=frozenset(), recorder=NoRecorder(), queue=NoQueue(),
    )  # fmt: skip
    export_id = requests.create("riverside", ExportRequest(list=path, format="csv"), caller, None).id
    asked = metered.reads, metered.take()
    run = job.run(Message("riverside", export_id), lambda: 900.0)
    assert (run.outcome, run.rows) == ("done", ROWS)
    reads, writes = metered.reads - asked[0], metered.take()
    assert reads * 1_000 / ROWS <= COSTS[path]
    # The request, the lease, the last note and the end.
    assert asked[1] + writes <= 4
    # The file; and what attempts that were killed have left is looked for.
    assert (len(objects.objects), steps.made) == (1, 2)
