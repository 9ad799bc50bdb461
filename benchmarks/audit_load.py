"""Fills a table of DynamoDB Local with an org's audit entries by the project's own code, and counts what that costs."""

from __future__ import annotations

import io
import os
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.core import timestamps
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter
from daybook.storage.keys import index_keys
from daybook.storage.keys.index_keys import BY_SOURCE, BY_STAFF
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Item, Key
from daybook.storage.store import Change
from daybook.storage.table import WRITE_BATCH, Table
from daybook_local.deployment.template import table_definition
from msgspec import Struct

from benchmarks.audit_entries import Business
from tests.support.aws.clients import REGION, client
from tests.support.dynamodb import local_server
from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.metered import MeteredWrites
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack, WatchedConnection, as_sent, unwatched
from tests.support.functions.events import NONE_FAILED
from tests.support.memory.streams import told
from tests.support.memory.table import Attributes, MemoryTable, as_read
from tests.support.registers import register_of

TABLE, ORG = "daybook", "riverside"
# In the folder of a table that is kept: what filling it took.
LOADED = "loaded.json"
REQUEST = 100
# Requests are posted this many at a time: DynamoDB Local writes one after the other all the same.
POSTERS = 2
TOLD_EVERY = 50_000
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": REGION}


class Costs(Struct):
    """Write units of some entries, by what stood for them."""

    entries: int
    ingest: dict[str, float]
    search: float
    register: int
    index_cpu_seconds: float
    seconds: float

    @property
    def ingest_each(self) -> float:
        return sum(self.ingest.values()) / self.entries

    @property
    def search_each(self) -> float:
        return self.search / self.entries

    @property
    def register_each(self) -> float:
        return self.register / self.entries


class Counted(MeteredWrites):
    """Puts new items in batches, of which DynamoDB Local tells the units as it does not of PartiQL's."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self._local = stack.local
        self.by_index: Counter[str] = Counter()
        self.put: list[Item] = []

    def insert(self, items: Sequence[Item]) -> list[bool]:
        for start in range(0, len(items), WRITE_BATCH):
            requests = [{"PutRequest": {"Item": as_sent(item)}} for item in items[start : start + WRITE_BATCH]]
            asked = {"RequestItems": {self._local.name: requests}, "ReturnConsumedCapacity": "INDEXES"}
            answer = unwatched(self._local).dispatch("BatchWriteItem", asked)
            assert not answer["UnprocessedItems"]
            (consumed,) = answer["ConsumedCapacity"]
            self.units += consumed["CapacityUnits"]
            self.by_index["table"] += consumed["Table"]["CapacityUnits"]
            for index, units in consumed.get("GlobalSecondaryIndexes", {}).items():
                self.by_index[index] += units["CapacityUnits"]
        self.put += items
        return [True] * len(items)


class Poster:
    """Posts requests one after the other, each at the moment of its last entry."""

    def __init__(self, stack: Stack) -> None:
        self.counted = Counted(stack)
        self._now = NOW
        self._ingest = stack.ingest(self.counted, clock=lambda: self._now)
        self._pool = ThreadPoolExecutor(1)

    def post(self, entries: Sequence[dict[str, Any]]) -> Future[list[Item]]:
        return self._pool.submit(self._post, entries)

    def _post(self, entries: Sequence[dict[str, Any]]) -> list[Item]:
        self._now = datetime.fromisoformat(entries[-1]["occurred_at"])
        results = self._ingest.post(ORG, [msgspec.json.encode(entry) for entry in entries])
        assert all(result.status == "created" for result in results)
        written, self.counted.put = self.counted.put, []
        return written


class RegisterTable(MemoryTable):
    """Finds a partition without a look at all others: the register of a large business has 150,000 items."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: defaultdict[str, set[Key]] = defaultdict(set)

    def _make(self, change: Change) -> bool:
        self._keys[change.key[0]].add(change.key)
        return super()._make(change)

    def _partition(self, wanted: str) -> list[Attributes]:
        return [self.stored[key] for key in self._keys.get(wanted, ()) if key in self.stored]


class Stream:
    """Hands items to the index function as the table's stream would."""

    def __init__(self, stack: Stack) -> None:
        self.counted = Counted(stack)
        self._now = NOW
        table: Any = self.counted
        # It writes name by name, which DynamoDB Local would be at longer than at all the rest.
        self._register = RegisterTable()
        enforcer = HoldEnforcer(table=table, policy=POLICY, clock=self._clock)
        backfill = HoldBackfill(table=table, enforcer=enforcer, clock=self._clock)
        logger, metrics = Logger(service="benchmark", level="ERROR"), cloudwatch.metrics()
        self._handler = IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=RecordCopies(table=table, bodies=stack.ingest()._bodies),  # noqa: SLF001
                erasure_repeats=ErasureRepeats(table=table, clock=self._clock),
                register=StaffRegister(table=self._register, zone=lambda _: UTC),
                index_writer=IndexWriter(table=table, clock=self._clock),
                index_remover=IndexRemover(table=table, clock=self._clock),
                clock=self._clock,
            ),
            holds=enforcer,
            register=register_of(self._register, self._clock),
            backfill=backfill,
            logger=logger,
            metrics=metrics,
        )

    @property
    def register_units(self) -> int:
        """An item of the register is a unit each time it is written."""
        return self._register.writes

    def tell(self, items: Sequence[Item]) -> None:
        last = items[-1]
        assert isinstance(last, AuditItem)
        self._now = timestamps.from_instant(index_keys.instant_of(last.at))
        records = told({}, {item.key: as_read(item) for item in items})
        # Without the metrics, which it prints.
        with redirect_stdout(io.StringIO()):
            assert self._handler(records) == NONE_FAILED
        self.counted.put.clear()

    def _clock(self) -> datetime:
        return self._now


def load(stack: Stack, entries: int, batch: int, tell: Callable[[str], None]) -> Costs:
    """Post so many entries of two years, and index them in stream batches of that size."""
    posters, stream = [Poster(stack) for _ in range(POSTERS)], Stream(stack)
    requests = _groups(Business().entries(entries), REQUEST)
    started, cpu, done = time.perf_counter(), 0.0, 0
    ahead = [poster.post(request) for poster, request in zip(posters, requests, strict=False)]
    waiting: list[Item] = []
    while ahead:
        waiting += ahead.pop(0).result()
        posters.append(posters.pop(0))
        ahead += [posters[-1].post(request) for request in islice(requests, 1)]
        while len(waiting) >= batch or (waiting and not ahead):
            now, waiting = waiting[:batch], waiting[batch:]
            begun = time.thread_time()
            stream.tell(now)
            cpu += time.thread_time() - begun
            done += len(now)
            if done % TOLD_EVERY < len(now):
                seconds = time.perf_counter() - started
                tell(f"{done:,} entries, {done / seconds:,.0f} a second, search {stream.counted.units / done:.4f} each")
    by_index: Counter[str] = sum((poster.counted.by_index for poster in posters), Counter())
    return Costs(done, dict(by_index), stream.counted.units, stream.register_units, cpu, time.perf_counter() - started)


def index_only(stack: Stack, items: Sequence[Item], batch: int) -> tuple[float, float]:
    """Write units an entry of telling the index function of these items in batches of that size: search, register."""
    stream = Stream(stack)
    for start in range(0, len(items), batch):
        stream.tell(items[start : start + batch])
    return stream.counted.units / len(items), stream.register_units / len(items)


def posted(stack: Stack, pace: int, count: int) -> tuple[list[Item], Counter[str]]:
    """The items of the first `count` of `pace` entries in two years, and what they cost."""
    poster = Poster(stack)
    entries = islice(Business().entries(pace), count)
    items = list(chain.from_iterable(poster.post(request).result() for request in _groups(entries, REQUEST)))
    return items, poster.counted.by_index


def _groups(entries: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(entries, size)):
        yield group


def stack_at(endpoint: str, name: str) -> Stack:
    os.environ.update(CREDENTIALS)
    connection = WatchedConnection(region=REGION, endpoint=endpoint)
    local = LocalTable(name=name, endpoint=endpoint, region=REGION, client=client("dynamodb", endpoint))
    return Stack(local, connection, Table(name=name, connection=connection))


def create_table(stack: Stack) -> None:
    """The template's table, less what DynamoDB Local slows down with and no audit entry stands in.

    With a stream it looks through all stream records there ever were at each write, and each index takes its time
    whether it holds the item or not.
    """
    definition = table_definition(stack.local.name)
    del definition["StreamSpecification"], definition["LocalSecondaryIndexes"]
    definition["GlobalSecondaryIndexes"] = [
        index for index in definition["GlobalSecondaryIndexes"] if index["IndexName"] in (BY_STAFF, BY_SOURCE)
    ]
    keys = ("pk", "sk", "org_staff", "org_source", "at")
    definition["AttributeDefinitions"] = [
        attribute for attribute in definition["AttributeDefinitions"] if attribute["AttributeName"] in keys
    ]
    stack.local.client.create_table(**definition)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The endpoint of a DynamoDB Local that keeps its tables in that folder."""
    emulator, port = local_server.install(), local_server.free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = ["java", "-Xmx3g", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={folder}"]
    command += [f"-Djava.library.path={emulator / 'DynamoDBLocal_lib'}", "-jar", str(emulator / "DynamoDBLocal.jar")]
    command += ["-dbPath", str(folder), "-disableTelemetry", "-port", str(port)]
    log = folder / "dynamodb-local.log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, cwd=folder) as process:
        try:
            local_server.wait_until_it_listens(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
