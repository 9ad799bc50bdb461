"""The services on DynamoDB Local, built as in Lambda but for the clock and the bucket."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import urllib3
from daybook.aws.dynamodb import Connection
from daybook.blacklist.address_store import AddressStore
from daybook.core.paging import Cursors
from daybook.entries.ingest import Ingest
from daybook.entries.record_log import RecordLogs
from daybook.feedback.reconcile import Reconciler
from daybook.model.retention_policy import policy_of
from daybook.storage.content_store import ContentStore
from daybook.storage.table import Table

from tests.conftest import LocalTable
from tests.support.hashes import hashed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# The template's defaults.
POLICY = policy_of(
    {"activity": "P2Y", "audit": "P2Y", "content": "P24M", "email": "", "sms": "", "push": "", "grace": "P7D"}
)


class Objects:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def put(self, name: str, body: bytes) -> None:
        self.stored[name] = body

    def get(self, name: str) -> bytes | None:
        return self.stored.get(name)

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        return sorted(name for name in self.stored if name.startswith(prefix) and name > (after or ""))[:limit]

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.stored.pop(name, None)


class WatchedConnection(Connection):
    """Lets a test answer in DynamoDB's place, and asks DynamoDB what each call costs."""

    spoil: Callable[[], tuple[int, bytes] | None] = staticmethod(lambda: None)
    count: Callable[[dict[str, Any]], None] = staticmethod(lambda _: None)

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        # DynamoDB Local on a busy machine is slower than DynamoDB ever is.
        self._pool.timeout = urllib3.Timeout(connect=10, read=60)

    def exchange(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        return self.spoil() or super().exchange(headers, body)

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = super().call(operation, arguments | {"ReturnConsumedCapacity": "TOTAL"})
        self.count(answer)
        return answer


@dataclass
class Stack:
    """A table with the services on it; `wrapped` hands the services something that stands before the table."""

    local: LocalTable
    connection: WatchedConnection
    table: Table
    objects: Objects = field(default_factory=Objects)

    def ingest(self, wrapped: Any = None, clock: Callable[[], datetime] = lambda: NOW) -> Ingest:
        return Ingest(
            table=wrapped or self.table,
            bodies=ContentStore(objects=self.objects),
            blacklist=self.address_store(wrapped),
            reconciler=self.reconciler(wrapped),
            digest=hashed,
            policy=POLICY,
            clock=clock,
        )

    def address_store(self, wrapped: Any = None) -> AddressStore:
        return AddressStore(table=wrapped or self.table, digest=hashed, soft_bounce_limit=0)

    def reconciler(self, wrapped: Any = None) -> Reconciler:
        listener = self.address_store(wrapped)
        return Reconciler(table=wrapped or self.table, listener=listener, digest=hashed, clock=lambda: NOW)

    def logs(self, wrapped: Any = None, clock: Callable[[], datetime] = lambda: NOW) -> RecordLogs:
        table = wrapped or self.table
        return RecordLogs(table=table, zone=lambda _: ZoneInfo("UTC"), cursors=Cursors(secret="test"), clock=clock)

    def items(self) -> list[dict[str, Any]]:
        pages = self.local.client.get_paginator("scan").paginate(TableName=self.local.name, ConsistentRead=True)
        return sorted(
            (item for page in pages for item in page["Items"]), key=lambda item: (item["pk"]["S"], item["sk"]["S"])
        )


@pytest.fixture
def stack(table: LocalTable) -> Stack:
    connection = WatchedConnection(region=table.region, endpoint=table.endpoint, sleep=lambda _: None)
    return Stack(table, connection, Table(name=table.name, connection=connection))
