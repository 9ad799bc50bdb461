"""A changed policy's way through 100,000 entries, killed and resumed while others write; on a server of its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from daybook.blacklist.address_store import AddressStore
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.retention_policy import parse_policy
from daybook.retention.apply_policy import ApplyPolicyJob, ApplyProgress, ApplyRequest
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import job_keys, message_keys, record_keys
from daybook.storage.models.item import Item, Key
from daybook.storage.table import Table, batches

from tests.support import api
from tests.support.dynamodb.local_server import LocalTable, own_server
from tests.support.dynamodb.service_stack import Stack, WatchedConnection
from tests.support.hashes import hashed
from tests.support.memory.retention_world import OLD, World, check
from tests.support.memory.table import Attributes, as_read

pytestmark = pytest.mark.slow

# Each org has entries of its own kind of mixture as another has them; a pass over them is checked org by org.
PATTERNS, ORGS_OF_PATTERN, ENTRIES_OF_ORG = 10, 10, 1_000
# Write calls of a run after which it dies, and whether DynamoDB still does the last one.
KILLS = [(200, False), (500, True), (350, False)]
# Most is right as it is, and has to be found so: DynamoDB Local changes but a hundred items a second.
CHANGED = OLD | {"email": "P40D", "sms": "", "audit": "P30D", "content": "P10D"}


class KilledError(Exception):
    """The function has died here."""


class RecordingConnection(WatchedConnection):
    """Counts by key how often an item was updated, and dies with all of its threads at a write call."""

    def __init__(self, local: LocalTable, updated: Counter[Key]) -> None:
        super().__init__(region=local.region, endpoint=local.endpoint)
        self.updated = updated
        self.kill: tuple[int, bool] | None = None
        self._is_dead = False
        self._lock = threading.Lock()

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        is_write = operation_name in ("BatchExecuteStatement", "UpdateItem")
        is_last = is_write and self._is_last()
        if self._is_dead and not is_last:
            raise KilledError
        answer = super()._make_api_call(operation_name, operation_kwargs)
        if operation_name == "BatchExecuteStatement":
            self._record(operation_kwargs["Statements"], answer["Responses"])
        elif operation_name == "UpdateItem":
            self._count_update(operation_kwargs["Key"]["pk"], operation_kwargs["Key"]["sk"])
        if self._is_dead:
            raise KilledError
        return answer

    def _is_last(self) -> bool:
        """Whether it dies with this write, which DynamoDB does all the same."""
        with self._lock:
            if self.kill is None or self._is_dead:
                return False
            left, is_done = self.kill
            self.kill = left - 1, is_done
            self._is_dead = left == 0
            return self._is_dead and is_done

    def _record(self, statements: list[dict[str, Any]], responses: list[dict[str, Any]]) -> None:
        for statement, response in zip(statements, responses, strict=True):
            head, _, _ = statement["Statement"].partition(" WHERE ")
            if head.startswith("UPDATE ") and "Error" not in response:
                self._count_update(*statement["Parameters"][head.count("?") :][:2])

    def _count_update(self, pk: dict[str, str], sk: dict[str, str]) -> None:
        with self._lock:
            self.updated[pk["S"], sk["S"]] += 1


class Mixed(World):
    """Mostly what is a single item, and right as it is."""

    def entry(self, within: int) -> dict[str, Any]:
        self.posted += 1
        occurred = self.now - timedelta(days=self.drawn.randrange(within), milliseconds=self.drawn.randrange(10**7))
        record = {"type": "family", "id": str(self.drawn.randrange(20))}
        what = {"record": record, "occurred_at": occurred.isoformat()}
        affected = [{"record": record, "change": "updated"}]
        (made,) = self.drawn.choices(
            [
                api.activity(**what),
                api.push(**what),
                api.audit(occurred_at=occurred.isoformat(), affected=affected),
                api.email(**what),
                api.email(**what, message_id=f"m{self.posted}", key=f"k{self.posted}", body={"text": "x"}),
                api.sms(**what, message_id=f"s{self.posted}"),
            ],
            [75, 15, 6, 2, 1, 1],
        )
        return made


class Writer:
    """Who goes on writing: new entries, and news of old e-mails."""

    def __init__(self, table: Table, world: World, messages: list[str]) -> None:
        self._table = table
        self._messages = iter(messages)
        self._world = world
        self.written: dict[Key, Attributes] = {}
        self.told: list[str] = []
        self.posted = 0
        self._is_over = threading.Event()

    def run(self) -> None:
        address_store = AddressStore(table=self._table, keyed_hash=hashed, soft_bounce_limit=0)
        reconciler = Reconciler(table=self._table, listener=address_store, keyed_hash=hashed, clock=self._world.clock)
        ingest = Ingest(
            table=self._table,
            bodies=ContentStore(objects=None),  # type: ignore[arg-type]
            blacklist=address_store,
            reconciler=reconciler,
            keyed_hash=hashed,
            policy=parse_policy(CHANGED),
            clock=self._world.clock,
        )
        while not self._is_over.wait(0.2):
            record = {"type": "family", "id": f"new-{self.posted}"}
            lines = [
                api.activity(record=record),
                api.email(record=record, message_id=f"new-{self.posted}", body={"text": "x"}),
                api.audit(affected=[{"record": record, "change": "updated"}]),
                api.push(record=record),
            ]
            results = ingest.post("new", [msgspec.json.encode(line) for line in lines])
            assert {result.status for result in results} == {"created"}
            self.posted += len(lines)
            found = self._table.partitions(Item, [f"new/family/{record['id']}"])
            self.written |= {item.key: as_read(item) for item in found}
            message = next(self._messages)
            opened = DeliveryEvent(type="open", at="2026-11-22T12:00:00.000Z", ip="203.0.113.7")
            reconciler.apply(
                [RecipientEvent(log="email", message_id=message, recipient="smith@mail.example", event=opened)]
            )
            self.told.append(message)

    def stop(self) -> None:
        self._is_over.set()


@pytest.fixture(scope="module")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from own_server(tmp_path_factory)


def moved(item: Attributes, org: str, to: str, prefix: str, to_prefix: str) -> Attributes:
    """The item as another org has it, and with other messages."""
    text = msgspec.json.encode(item)
    for before, after in (
        (f'"{org}/', f'"{to}/'),
        (f'"{org}"', f'"{to}"'),
        (f'"message/{prefix}', f'"message/{to_prefix}'),
        (f'"message_id":{{"S":"{prefix}', f'"message_id":{{"S":"{to_prefix}'),
    ):
        text = text.replace(before.encode(), after.encode())
    found: Attributes = msgspec.json.decode(text)
    return found


def load(stack: Stack, found: list[Attributes]) -> None:
    def put(batch: list[Attributes]) -> None:
        stack.load(batch)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches(found, 25)))


def stored(stack: Stack) -> dict[Key, Attributes]:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in stack.items()}


def applied(stack: Stack, updated: Counter[Key], world: World) -> ApplyProgress:
    """To the end, each time by a process of its own, of which some are killed."""
    kills, noted, killed = list(KILLS), False, 0
    connection = RecordingConnection(stack.local, updated)
    for _ in range(1000):
        if noted and kills and connection.kill is None:
            connection.kill = kills.pop(0)
        table = Table(name=stack.local.name, connection=connection)
        process = ApplyPolicyJob(
            table=table,
            holds=HoldEnforcer(table=table, policy=parse_policy(CHANGED), clock=world.clock),
            durations=CHANGED,
            clock=world.clock,
            step_seconds=3.0,
        )
        try:
            progress = process.step(ApplyRequest(20_000, 4))
        except KilledError:
            killed += 1
            # A run that forgot when it had begun would give another grace.
            world.now += timedelta(seconds=1)
            connection = RecordingConnection(stack.local, updated)
            continue
        noted = True
        if progress.done:
            assert killed == len(KILLS)
            return progress
    raise AssertionError("it never ends")


def test_apply_killed_three_times_among_a_hundred_thousand_entries(stack: Stack) -> None:
    patterns = []
    for seed in range(PATTERNS):
        pattern = Mixed(seed)
        pattern.post(ENTRIES_OF_ORG, OLD)
        patterns.append(pattern)
    orgs = {f"org-{number}": patterns[number % PATTERNS] for number in range(PATTERNS * ORGS_OF_PATTERN)}
    for org, pattern in orgs.items():
        load(stack, [moved(item, "riverside", org, "", f"{org}-") for item in pattern.table.stored.values()])
    before = stored(stack)
    assert sum(record_keys.log_of(*key) is not None for key in before) == 100_000

    world, updated = Mixed(), Counter[Key]()
    messages = [pk.removeprefix("message/") for pk, _ in before if pk.startswith("message/") and "-m" in pk]
    writer = Writer(
        Table(name=stack.local.name, connection=RecordingConnection(stack.local, Counter())), world, messages
    )
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(writer.run)
        try:
            progress = applied(stack, updated, world)
        finally:
            writer.stop()
        writing.result()

    after = stored(stack)
    changed = 0
    for org, pattern in orgs.items():
        view = Mixed(durations=CHANGED)
        view.table.stored = {
            (item["pk"]["S"], item["sk"]["S"]): item
            for key, standing in after.items()
            if key in before and key[0].startswith((f"{org}/", f"message/{org}-"))
            for item in [moved(standing, org, "riverside", f"{org}-", "")]
        }
        changed += check(view, pattern.table.stored)
    assert changed > 10_000
    # How far the run is, is noted again and again.
    assert updated.pop(job_keys.RETENTION_APPLY) > len(KILLS)
    assert len(updated) == sum(updated.values()) == changed
    assert progress.items_restamped <= changed
    # Of what was written meanwhile all is there, as it was written.
    assert writer.posted > 100
    assert {key: after[key] for key in writer.written} == writer.written
    pointers = {key[0]: (key, item) for key, item in after.items() if key[0].startswith("message/")}
    for message in writer.told:
        (_, sk), pointer = pointers[f"message/{message}"]
        assert after[message_keys.split_pointer(sk)[0], pointer["entry"]["S"]]["opens"] == {"N": "1"}
