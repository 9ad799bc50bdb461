"""The index on DynamoDB Local: what a search finds there, and what it costs to write."""

import itertools
import random
from datetime import UTC, timedelta
from typing import Any

import pytest
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.entries import SOURCES, Affected, Audit, Record
from daybook.search.by_time import EntriesByTime
from daybook.search.index import segment_store
from daybook.search.index.reindex import Reindexer
from daybook.search.index.remover import IndexRemover
from daybook.search.index.segment_store import SegmentStore
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import register_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.store import Delete

from tests.support.dynamodb.metered import MeteredWrites
from tests.support.dynamodb.service_stack import NOW, POLICY, Stack
from tests.support.functions.events import NONE_FAILED
from tests.support.memory.audit_queries import plain_filter, question, walk
from tests.support.memory.search_index import ORG, SIZES, USERS, WORDS, redelivered, stored
from tests.support.memory.streams import told
from tests.support.memory.table import as_read
from tests.support.registers import register_of
from tools.cost.data import counts

FIRST = ["Madison", "Olivia", "Liam", "Noah", "Ava", "Sophia", "Mason", "Lucas", "Mia", "Ethan", "Isabella", "James"]
LAST = ["Smith", "Garcia", "Nguyen", "O'Brien", "Johnson", "Lee", "Martinez", "Brown", "Davis", "Kim", "Clark", "Hall"]
ACTIONS = ["updated enrolment", "deleted class", "signed in", "sent invoice", "changed password", "viewed report"]


def drawn(chance: random.Random, count: int) -> list[AuditItem]:
    def words() -> str:
        return " ".join(chance.choices(WORDS, k=2))

    def affected() -> Affected:
        record = Record(chance.choice(["family", "Class"]), chance.choice(["1", "12", "aB7"]))
        return Affected(record, "deleted", name=words())

    return [
        stored(
            Audit(
                member_name=words(),
                username=chance.choice(USERS).title(),
                source=chance.choice(SOURCES[:3]),
                action=words(),
                ip=chance.choice([None, "10.0.0.1", "10.0.12.1"]),
                occurred_at=NOW - timedelta(hours=chance.randrange(70 * 24)),
                affected=[affected() for _ in range(chance.randrange(3))],
            ),
            number,
        )
        for number in range(count)
    ]


def reindexing(stack: Stack) -> Reindexer:
    return Reindexer(
        table=stack.table,
        by_time=EntriesByTime(table=stack.table),
        writer=IndexWriter(table=stack.table, clock=lambda: NOW, sizes=SIZES),
        derived_writers=[
            RecordCopies(table=stack.table, bodies=ContentStore(objects=stack.objects)).complete,
            StaffRegister(table=stack.table, zone=lambda _: UTC).add,
        ],
        clock=lambda: NOW,
        sizes=SIZES,
    )


def stream_handler(stack: Stack, table: Any) -> IndexStreamHandler:
    enforcer = HoldEnforcer(table=table, policy=POLICY, clock=lambda: NOW)
    backfill = HoldBackfill(table=table, enforcer=enforcer, clock=lambda: NOW)
    logger, metrics = cloudwatch.logger(), cloudwatch.metrics()
    return IndexStreamHandler(
        audit_entries=AuditEntryIndexer(
            copies=RecordCopies(table=table, bodies=ContentStore(objects=stack.objects)),
            erasure_repeats=ErasureRepeats(table=table, clock=lambda: NOW),
            register=StaffRegister(table=table, zone=lambda _: UTC),
            index_writer=IndexWriter(table=table, clock=lambda: NOW),
            index_remover=IndexRemover(table=table, clock=lambda: NOW),
            clock=lambda: NOW,
        ),
        holds=enforcer,
        register=register_of(table, lambda: NOW),
        backfill=backfill,
        logger=logger,
        metrics=metrics,
    )


@pytest.mark.parametrize("seed", range(2))
def test_any_question_is_answered_as_by_a_plain_filter(stack: Stack, seed: int) -> None:
    chance = random.Random(seed)
    entries = drawn(chance, 24)
    stack.table.insert(entries)
    index = IndexWriter(table=stack.table, clock=lambda: NOW, sizes=SIZES)
    for batch in redelivered(chance, entries):
        index.add(ORG, [document(item) for item in batch])

    def assert_all_is_found() -> None:
        for limit in (1, 3, 9, 200, 200):
            asked = question(chance, entries)
            assert walk(stack.table, asked, itertools.repeat(limit)) == plain_filter(entries, asked)

    assert_all_is_found()
    of_index = [item for item in stack.items() if item["pk"]["S"].startswith((f"{ORG}/search", f"{ORG}/-search/"))]
    assert len(of_index) > 5
    lost = chance.sample(of_index, len(of_index) // 2)
    stack.table.write([Delete((item["pk"]["S"], item["sk"]["S"])) for item in lost])
    run = reindexing(stack)
    while not run.step(ORG).done:
        pass
    assert_all_is_found()


def lifelike(chance: random.Random, number: int, further: int = 0) -> AuditItem:
    name = f"{chance.choice(LAST)}, {chance.choice(FIRST)}"
    entry = Audit(
        member_name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        username=f"staff.member{chance.randrange(12)}@riverside.example",
        source=chance.choice(SOURCES),
        action=f"{chance.choice(ACTIONS)} {chance.randrange(500)}",
        ip=f"203.0.113.{chance.randrange(250)}",
        occurred_at=NOW - timedelta(days=20) + number * timedelta(minutes=7),
        affected=[
            Affected(Record("family", str(chance.randrange(3000))), "updated", name=name),
            *[Affected(Record("student", str(each + 1)), "updated") for each in range(further)],
        ],
    )
    return stored(entry, number, expires_at=1_900_000_000)


def test_the_newest_entries_stand_together_until_they_are_a_segment(stack: Stack) -> None:
    """To replace them takes a condition on a binary value."""
    chance, index = random.Random(4), IndexWriter(table=stack.table, clock=lambda: NOW)
    for number in range(20):
        index.add(ORG, [document(lifelike(chance, number))])
    store = SegmentStore(table=stack.table)
    newest = store.open_segment(ORG)
    assert newest
    assert segment_store.inline(newest).head.count == 3
    assert [one.head.count for one in store.of_months(ORG, "0", "9")] == [17]


@pytest.mark.parametrize(("batch", "count"), [(1, 100), (10, 300), (100, 1000), (1000, 2000)])
def test_write_units_of_an_entry_in_the_search_index(stack: Stack, batch: int, count: int) -> None:
    """The more entries a batch of the stream has, the less each of them costs."""
    metered, chance = MeteredWrites(stack), random.Random(4)
    index = IndexWriter(table=metered, clock=lambda: NOW)
    for start in range(0, count, batch):
        index.add(ORG, [document(lifelike(chance, start + place)) for place in range(batch)])
    assert 0 < metered.units / count <= counts()["search_index"][str(batch)]


def test_write_units_of_all_that_follows_from_an_entry(stack: Stack) -> None:
    """Of 100 entries in one batch, each with one further record."""
    metered, chance = MeteredWrites(stack), random.Random(4)
    entries = [lifelike(chance, number, further=1) for number in range(100)]
    handler = stream_handler(stack, metered)
    records = told({}, {item.key: as_read(item) for item in entries})
    assert handler(records) == NONE_FAILED
    # A copy each, the usernames once with the lists by name and by day, the register, and some for the index.
    registered = sum(register_keys.kind_of(item["pk"]["S"]) is not None for item in stack.items())
    assert registered >= 100
    assert 100 + 3 * 12 + registered < metered.take() <= 100 + 3 * 12 + registered + 15
    assert handler(records) == NONE_FAILED
    assert metered.units <= 15


def test_one_batch_may_tell_of_an_entry_twice(stack: Stack) -> None:
    """DynamoDB refuses a batch of writes that names an item twice."""
    item = lifelike(random.Random(4), 1, further=1)
    entry = as_read(item)
    longer = entry | {"expires_at": {"N": "1900086400"}}
    records = [*told({}, {item.key: entry}), *told({item.key: entry}, {item.key: longer})]
    assert stream_handler(stack, stack.table)(records) == NONE_FAILED
    (copy,) = stack.local.client.query(
        TableName=stack.local.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{ORG}/student/1"}},
    )["Items"]
    assert copy["expires_at"] == longer["expires_at"]
