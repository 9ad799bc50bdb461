"""What an export costs, counted by DynamoDB Local: units and requests for 1,000 rows, and what it adds whatever it has.

docs/operations.md has these figures. A list is read as its pages are, 2,000 rows at a time.
"""

import pytest
from daybook.api.endpoints import entries
from daybook.exports.messages import Message

from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.metered import MeteredWrites
from tests.support.dynamodb.service_stack import Stack
from tests.support.dynamodb.table_exports import ORG, TableExports, audit_routes
from tests.support.memory.exports_world import MemoryObjects, Steps

pytestmark = pytest.mark.slow

ROWS = 2_000

# Read units for 1,000 rows, at most.
COSTS = {"audit": 36, "records/family/1/activity": 53, "records/family/1/sms": 144, "records/family/1/emails": 172}


@pytest.mark.parametrize("path", COSTS)
def test_a_thousand_rows_cost_what_their_pages_cost_and_an_export_a_few_writes(stack: Stack, path: str) -> None:
    fill_log(stack, "1", path.rpartition("/")[2], ROWS)
    metered, steps = MeteredWrites(stack), Steps()
    objects = MemoryObjects(steps)
    list_routes = {**entries.log_routes(stack.logs(metered)), **audit_routes(metered)}
    exports = TableExports(metered, list_routes, objects)
    export_id = exports.ask(path, "csv")
    asked = metered.reads, metered.take()
    run = exports.job().run(Message(ORG, export_id), lambda: 900.0)
    assert (run.outcome, run.rows) == ("done", ROWS)
    reads, writes = metered.reads - asked[0], metered.take()
    assert reads * 1_000 / ROWS <= COSTS[path]
    # The request, the lease, the last note and the end.
    assert asked[1] + writes <= 4
    # The file; and what attempts that were killed have left is looked for.
    assert (len(objects.objects), steps.made) == (1, 2)
