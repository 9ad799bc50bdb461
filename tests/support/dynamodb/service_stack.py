"""The services on DynamoDB Local, built as in Lambda but for the clock and the bucket."""

import base64
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from daybook.aws.dynamodb import Connection
from daybook.blacklist.address_store import AddressStore
from daybook.core.paging import Cursors
from daybook.entries.ingest import Ingest
from daybook.entries.messages.arrivals import Arrivals
from daybook.entries.messages.org_messages import OrgMessages
from daybook.entries.record_log import RecordLogs
from daybook.feedback.reconcile import Reconciler
from daybook.model.retention_policy import parse_policy
from daybook.records.finding import RecordFinder
from daybook.storage.content_store import ContentStore
from daybook.storage.models.item import Item
from daybook.storage.table import Table, batches
from daybook.verdicts.rows import Verdicts

from tests.support.dynamodb.local_server import LocalTable
from tests.support.hashes import hashed
from tests.support.memory.table import Attributes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# The template's defaults.
POLICY = parse_policy(
    {"activity": "P2Y", "audit": "P2Y", "content": "P24M", "email": "", "sms": "", "push": "", "grace": "P7D"}
)
# DynamoDB Local on a busy machine is slower than DynamoDB ever is.
PATIENCE: Any = {"connect_seconds": 10, "read_seconds": 60}


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
    """Lets a test answer in DynamoDB's place, and tells what each call was and what it cost."""

    spoil: Callable[[], tuple[int, bytes] | None] = staticmethod(lambda: None)
    count: Callable[[str, dict[str, Any]], None] = staticmethod(lambda _operation, _answer: None)

    def __init__(self, **how: Any) -> None:
        super().__init__(**how, **PATIENCE)
        self.client.meta.events.register("before-send.dynamodb", self._answer)  # type: ignore[arg-type]

    def _answer(self, request: Any, **_: Any) -> AWSResponse | None:
        answer = self.spoil()
        return None if answer is None else AWSResponse(request.url, answer[0], HTTPHeaders(), RawBody(answer[1]))

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        answer = super()._make_api_call(operation_name, operation_kwargs)
        self.count(operation_name, answer)
        return answer


def _utc(_: str) -> ZoneInfo:
    return ZoneInfo("UTC")


def as_sent(item: Item | Attributes) -> Attributes:
    """The attributes of an item, binary values as bytes: those of `MemoryTable.stored` are base64 text."""
    if isinstance(item, Item):
        return item.serialize()
    return {
        name: {"B": base64.b64decode(value["B"])} if isinstance(value.get("B"), str) else value
        for name, value in item.items()
    }


class RawBody(io.BytesIO):
    """As urllib3 gives it to botocore."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


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
            keyed_hash=hashed,
            policy=POLICY,
            clock=clock,
        )

    def address_store(self, wrapped: Any = None) -> AddressStore:
        return AddressStore(table=wrapped or self.table, keyed_hash=hashed, soft_bounce_limit=0)

    def reconciler(self, wrapped: Any = None) -> Reconciler:
        listener = self.address_store(wrapped)
        return Reconciler(table=wrapped or self.table, listener=listener, keyed_hash=hashed, clock=lambda: NOW)

    def logs(
        self,
        wrapped: Any = None,
        clock: Callable[[], datetime] = lambda: NOW,
        verdicts: Verdicts | None = None,
    ) -> RecordLogs:
        return RecordLogs(
            table=wrapped or self.table,
            verdicts=verdicts or self.verdicts(wrapped),
            zone=_utc,
            cursors=Cursors(secret="test"),
            clock=clock,
        )

    def verdicts(self, wrapped: Any = None) -> Verdicts:
        return Verdicts(
            address_lookup=self.address_store(wrapped),
            arrival_lookup=Arrivals(table=wrapped or self.table),
            zone=_utc,
        )

    def org_messages(self) -> OrgMessages:
        cursors = Cursors(secret="test")
        finder = RecordFinder(table=self.table, keyed_hash=hashed, clock=lambda: NOW)
        return OrgMessages(
            table=self.table, verdicts=self.verdicts(), records_of=finder.with_recipient, zone=_utc, cursors=cursors,
            clock=lambda: NOW,
        )  # fmt: skip

    def items(self) -> list[Attributes]:
        """All of the table, binary values as base64 text."""
        found: list[Attributes] = []
        page = self.uncounted("Scan", ConsistentRead=True)
        found += page["Items"]
        while "LastEvaluatedKey" in page:
            page = self.uncounted("Scan", ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])
            found += page["Items"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def load(self, items: Iterable[Item | Attributes]) -> None:
        """Put items as they are, without what a request costs."""
        for batch in batches(items, 25):
            requests = [{"PutRequest": {"Item": as_sent(item)}} for item in batch]
            unwatched(self.local).dispatch("BatchWriteItem", {"RequestItems": {self.local.name: requests}})

    def uncounted(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call about the table that the connection does not see."""
        return unwatched(self.local).dispatch(operation, {"TableName": self.local.name, **arguments})


def unwatched(local: LocalTable) -> Connection:
    return _unwatched(local.endpoint, local.region)


@cache
def _unwatched(endpoint: str, region: str) -> Connection:
    """One for all tests, whose connections stay open."""
    return Connection(endpoint=endpoint, region=region, **PATIENCE)
