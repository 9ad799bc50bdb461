"""Holds, writes, the stream and TTL at once, each in threads of its own on DynamoDB Local: nothing held is lost."""

import base64
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue
from typing import Any, TypeAlias

import msgspec
import pytest
from aws_lambda_powertools import Logger
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.core import entry_ids
from daybook.core.errors import NotFoundError, StoreBusyError
from daybook.entries.ingest import Ingest
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.expired_before_hold import ExpiredBeforeHold, ExpiredItem
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.entries import Record
from daybook.model.retention_policy import Policy
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import record_keys
from daybook.storage.models import kinds
from daybook.storage.models.item import Item, Key
from daybook.storage.table import Table
from daybook_local.deployment.template import table_definition

from tests.support import api
from tests.support.aws.clients import REGION, client
from tests.support.dynamodb.local_server import LocalTable
from tests.support.dynamodb.service_stack import NOW, Stack, WatchedConnection
from tests.support.functions.events import NONE_FAILED
from tests.support.hashes import hashed
from tests.support.memory import streams
from tests.support.memory.holds_world import GRACE, LOGS, PERIOD, World, is_of_hold
from tests.support.memory.table import Attributes
from tests.support.registers import register_of

RECORDS = [Record("family", str(number)) for number in range(12)]
THREADS, ROUNDS, ACTS = 8, 4, 50
# Entries are up to 9 days old when they are posted, and are kept for 10.
JUMP = timedelta(days=4)
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())
QUIET_POLLS, POLL_SECONDS = 3, 0.05

Records: TypeAlias = Queue[streams.Record]


def image(item: dict[str, Any]) -> Attributes:
    """As Lambda gets it, and as `storage.table` reads it: binary values are base64."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


class Stream:
    """The table's own stream, as DynamoDB Local tells it."""

    def __init__(self, local: LocalTable) -> None:
        self._client = client("dynamodbstreams", local.endpoint)
        self._arn = local.client.describe_table(TableName=local.name)["Table"]["LatestStreamArn"]
        self._places: dict[str, str] = {}

    def read(self) -> list[streams.Record]:
        """What is new."""
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            if shard["ShardId"] not in self._places:
                self._places[shard["ShardId"]] = self._client.get_shard_iterator(
                    StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]
        found = []
        for shard_id, place in self._places.items():
            if place:
                answer = self._client.get_records(ShardIterator=place)
                self._places[shard_id] = answer.get("NextShardIterator", "")
                found += [_record(each) for each in answer["Records"]]
        return found


def _record(told: dict[str, Any]) -> streams.Record:
    images = {name: image(told["dynamodb"][name]) for name in ("OldImage", "NewImage") if name in told["dynamodb"]}
    change = {name: told["dynamodb"][name] for name in ("Keys", "SequenceNumber")}
    return {"eventName": told["eventName"], "dynamodb": change | images}


@dataclass
class Race:
    """The services on one table; `now` moves between the rounds only."""

    stack: Stack
    drawn: random.Random
    now: datetime = NOW
    told: list[streams.Record] = field(default_factory=list)
    lifted: list[datetime] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)
    taken: dict[Key, Attributes] = field(default_factory=dict)
    unnamed: list[ExpiredItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert GRACE
        policy, table, clock = Policy(dict.fromkeys(LOGS, PERIOD), GRACE), self.stack.table, self.clock
        bodies = ContentStore(objects=self.stack.objects)
        self.stream = Stream(self.stack.local)
        self.ingest = Ingest(
            table=table,
            bodies=bodies,
            blacklist=self.stack.address_store(),
            reconciler=self.stack.reconciler(),
            keyed_hash=hashed,
            policy=policy,
            clock=clock,
        )
        self.changes = HoldChanges(table=table, recorder=self.ingest, clock=clock)
        enforcer = HoldEnforcer(table=table, policy=policy, clock=clock)
        logger, metrics = Logger(service="race of holds", level="CRITICAL"), cloudwatch.metrics()
        backfill = HoldBackfill(table=table, enforcer=enforcer, clock=clock)
        self.stream_handler = IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=RecordCopies(table=table, bodies=bodies),
                erasure_repeats=ErasureRepeats(table=table, clock=clock),
                register=StaffRegister(table=table, zone=lambda _: UTC),
                index_writer=IndexWriter(table=table, clock=clock),
                index_remover=IndexRemover(table=table, clock=clock),
                clock=clock,
            ),
            holds=enforcer,
            register=register_of(table, clock),
            backfill=backfill,
            logger=logger,
            metrics=metrics,
        )
        # An org's holds are in one shard, of which one batch runs at a time.
        self.queues: tuple[Records, Records] = Queue(), Queue()

    def clock(self) -> datetime:
        return self.now

    def act(self, drawn: random.Random, number: int) -> None:
        record = drawn.choice(RECORDS)
        match drawn.randrange(4):
            case 0:
                self.changes.place("riverside", record, Reason(drawn.choice(["one", "another"])), WHO, None)
            case 1:
                self.lift(record)
            case _:
                (result,) = self.ingest.post("riverside", [msgspec.json.encode(self.entry(drawn, record, number))])
                assert isinstance(result.id, str)
                self.posted.add(result.id)

    def lift(self, record: Record) -> None:
        with suppress(NotFoundError):
            self.changes.lift("riverside", record, WHO, None)
            self.lifted.append(self.now)

    def entry(self, drawn: random.Random, record: Record, number: int) -> dict[str, Any]:
        moment = {"occurred_at": (self.now - timedelta(days=drawn.randrange(10))).isoformat()}
        stands = {"record": msgspec.to_builtins(record)}
        large = {"before": "x" * drawn.choice([1, 1500])}
        affected = [
            {"record": msgspec.to_builtins(one), "change": "updated", **large}
            for one in drawn.sample(RECORDS, drawn.randrange(4))
        ]
        entry: dict[str, Any] = drawn.choice([
            api.email(message_id=f"m{number}", body={"text": "x"}, **stands),
            api.sms(message_id=f"s{number}", **stands),
            api.activity(key=str(number), **stands),
            api.audit(affected=affected),
        ])  # fmt: skip
        return entry | moment

    def follow(self, queue: Records, drawn: random.Random, is_over: Callable[[], bool]) -> None:
        """What Lambda does: batches, each twice and in any order; one that failed comes again."""
        while True:
            batch: list[streams.Record] = []
            with suppress(Empty):
                while len(batch) < 20:
                    batch.append(queue.get(timeout=0.02))
            if not batch and is_over():
                return
            for _ in range(2):
                drawn.shuffle(batch)
                while batch:
                    with suppress(StoreBusyError):
                        assert self.stream_handler(batch) == NONE_FAILED
                        break
            for _ in batch:
                queue.task_done()

    def listen(self, is_over: Callable[[], bool]) -> None:
        """Hand on what the stream tells until it has nothing more to tell, though all of it was followed."""
        quiet = 0
        while quiet < QUIET_POLLS:
            found = self.stream.read()
            self.told += found
            for record in found:
                if streams.hears("index", record):
                    self.queues[is_of_hold(record)].put(record)
            is_idle = is_over() and not found and not any(queue.unfinished_tasks for queue in self.queues)
            quiet = quiet + 1 if is_idle else 0
            time.sleep(POLL_SECONDS)

    def take(self, is_over: Callable[[], bool]) -> None:
        """What TTL does; it does not take what is changed under its hands."""
        dynamodb, name = self.stack.local.client, self.stack.local.name
        expired = {":now": {"N": str(int(self.now.timestamp()))}}
        while not is_over():
            for item in scan(self.stack, FilterExpression="expires_at <= :now", ExpressionAttributeValues=expired):
                with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
                    dynamodb.delete_item(
                        TableName=name,
                        Key={"pk": item["pk"], "sk": item["sk"]},
                        ConditionExpression="expires_at = :seen",
                        ExpressionAttributeValues={":seen": item["expires_at"]},
                    )
                    self.taken[item["pk"]["S"], item["sk"]["S"]] = image(item)
                    self.unnamed.append(ExpiredItem(kinds.read(Item, image(item)), int(self.now.timestamp())))

    def run(self, acts: int) -> None:
        """Everybody at once, until the stream is drained."""
        acted, followed = threading.Event(), threading.Event()
        seeds = [self.drawn.randrange(10**9) for _ in range(acts)]
        with ThreadPoolExecutor(THREADS + 4) as pool:
            others: list[Future[None]] = [
                pool.submit(self.follow, queue, random.Random(seed), followed.is_set)
                for seed, queue in enumerate((*self.queues, self.queues[False]))
            ]
            others.append(pool.submit(self.take, followed.is_set))
            acting = [pool.submit(self.act, random.Random(seed), seed) for seed in seeds]
            listening = pool.submit(self.listen, acted.is_set)
            try:
                for future in acting:
                    future.result()
            finally:
                acted.set()
                listening.result()
                followed.set()
        for future in others:
            future.result()
        ExpiredBeforeHold(table=self.stack.table).record(self.unnamed)
        self.unnamed.clear()

    def world(self) -> World:
        """The table as it stands, for the checks of the tests in memory."""
        world = World()
        world.table.stored = {(item["pk"]["S"], item["sk"]["S"]): image(item) for item in scan(self.stack)}
        world.table.told, world.lifted, world.now = self.told, self.lifted, self.now
        return world


def scan(stack: Stack, **how: Any) -> list[dict[str, Any]]:
    pages = stack.local.client.get_paginator("scan").paginate(TableName=stack.local.name, ConsistentRead=True, **how)
    return [item for page in pages for item in page["Items"]]


def told_too_late(hold: Attributes) -> list[str]:
    found: list[str] = msgspec.json.decode(hold["missed"]["S"])
    return found


def entry_id(key: Key) -> str | None:
    """The id of the entry that an item is or belongs to."""
    if record_keys.log_of(*key) is not None:
        return entry_ids.entry_id(*record_keys.split_entry(key[1])[1:])
    return record_keys.content_id(*key)


@pytest.fixture
def streamed(dynamodb_local: str, aws_environment: None) -> Iterator[Stack]:
    name = f"daybook-{uuid.uuid4().hex}"
    dynamodb = client("dynamodb", dynamodb_local)
    dynamodb.create_table(**table_definition(name))
    connection = WatchedConnection(region=REGION, endpoint=dynamodb_local)
    local = LocalTable(name=name, endpoint=dynamodb_local, region=REGION, client=dynamodb)
    yield Stack(local, connection, Table(name=name, connection=connection))
    dynamodb.delete_table(TableName=name)


@pytest.mark.slow
def test_two_hundred_holds_liftings_and_writes_race_and_nothing_held_is_lost(streamed: Stack) -> None:
    race = Race(streamed, random.Random(1))
    for _ in range(ROUNDS):
        held = race.world().held_items()
        race.run(ACTS)
        assert not held & race.taken.keys()
        world = race.world()
        world.check()
        # What was posted stands, or TTL took it in its time.
        standing = {entry_id(key) for key in world.table.stored}
        gone = {entry_id(key) for key in race.taken}
        assert race.posted <= standing | gone
        holds = [item for (pk, _), item in world.table.stored.items() if pk == "riverside/holds"]
        assert {one for item in holds for one in told_too_late(item)} <= gone
        race.now += JUMP
    for record in RECORDS:
        race.lift(record)
    race.run(0)
    # Longer than any period or grace.
    race.now += 3 * JUMP
    race.run(0)
    world = race.world()
    assert not [key for key, item in world.table.stored.items() if world.records_of(key, item) is not None]
