"""Holds, writes, deliveries of the stream, crashes and time in any order: nothing held is lost, nothing else kept."""

import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from aws_lambda_powertools import Logger
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff import StaffRegister
from daybook.blacklist.address_store import AddressStore
from daybook.core import entry_ids
from daybook.core.errors import NotFoundError
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds import enforcement
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.hold_state import HOLDING, Snapshot
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.retention_policy import Policy, parse_period
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.items import entry_pointers
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.store import Change, Delete, Item, Key, Update

from tests.support import api
from tests.support.hashes import hashed
from tests.support.memory import streams
from tests.support.memory.streams import StreamedTable
from tests.support.memory.table import CrashError

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORDS = [Record("family", "1"), Record("family", "2"), Record("staff", "3")]
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())
LOGS = ("email", "sms", "push", "activity", "audit", "content")
PERIOD, GRACE = parse_period("P10D"), parse_period("P2D")
# More than a hold that was lifted is remembered.
JUMP = timedelta(days=4)


class World:
    """The services on a table in memory."""

    def __init__(self, seed: int = 0) -> None:
        assert GRACE
        self.now = START
        self.drawn = random.Random(seed)
        self.table = table = StreamedTable()
        policy = Policy(dict.fromkeys(LOGS, PERIOD), GRACE)
        bodies = ContentStore(objects=None)  # type: ignore[arg-type]
        address_store = AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0)
        self.reconciler = Reconciler(table=table, listener=address_store, keyed_hash=hashed, clock=self.clock)
        self.ingest = Ingest(
            table=table,
            bodies=bodies,
            blacklist=address_store,
            reconciler=self.reconciler,
            keyed_hash=hashed,
            policy=policy,
            clock=self.clock,
        )
        self.changes = HoldChanges(table=table, recorder=self.ingest, clock=self.clock)
        self.enforcer = HoldEnforcer(table=table, policy=policy, clock=self.clock)
        self.stream_handler = IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=RecordCopies(table=table, bodies=bodies),
                register=StaffRegister(table=table),
                index_writer=IndexWriter(table=table, clock=self.clock),
                index_remover=IndexRemover(table=table, clock=self.clock),
                clock=self.clock,
            ),
            holds=self.enforcer,
            logger=Logger(service="holding in memory", level="CRITICAL"),
        )
        self.heard = 0
        self.waiting: list[streams.Record] = []
        self.past: list[streams.Record] = []
        self.posted = 0
        self.lifted: list[datetime] = []

    def clock(self) -> datetime:
        return self.now

    def act(self) -> None:
        """Anything that a caller does."""
        record = self.drawn.choice(RECORDS)
        match self.drawn.randrange(7):
            case 0 | 1:
                self.place(record)
            case 2 | 3:
                self.lift(record)
            case 4:
                event = DeliveryEvent(type="open", at="2026-11-22T12:00:00.000Z", ip=str(self.posted))
                self.reconciler.apply(
                    [RecipientEvent(log="email", message_id=self.message(), recipient="", event=event)]
                )
            case _:
                self.post()

    def place(self, record: Record) -> None:
        self.changes.place("riverside", record, Reason(self.drawn.choice(["one", "another"])), WHO, None)

    def lift(self, record: Record) -> None:
        with suppress(NotFoundError):
            self.changes.lift("riverside", record, WHO, None)
            self.lifted.append(self.now)

    def message(self) -> str:
        return f"m{self.drawn.randrange(3)}"

    def post(self) -> None:
        self.posted += 1
        moment = {"occurred_at": (self.now - timedelta(days=self.drawn.randrange(12))).isoformat()}
        record = msgspec.to_builtins(self.drawn.choice(RECORDS[:2]))
        large = {"before": "x" * self.drawn.choice([1, 1500])}
        affected = [
            {"record": msgspec.to_builtins(one), "change": "updated", **large}
            for one in self.drawn.sample(RECORDS, self.drawn.randrange(4))
        ]
        entry: dict[str, Any] = self.drawn.choice([
            api.email(record=record, message_id=self.message(), body={"text": "x"}),
            api.sms(record=record, message_id=f"s{self.posted}"),
            api.activity(record=record, key=str(self.posted)),
            api.audit(affected=affected, username=f"ada{self.posted}"),
        ])  # fmt: skip
        self.ingest.post("riverside", [msgspec.json.encode(entry | moment)])

    def listen(self) -> None:
        fresh = [each for each in self.table.told[self.heard :] if streams.hears("index", each)]
        self.heard = len(self.table.told)
        self.waiting += fresh
        self.past += fresh

    def deliver(self, *, meanwhile: Callable[[bool], object] | None = None, crashes: bool = False) -> None:
        """Some of what the stream has to tell, in any order, and some of it again."""
        self.listen()
        # Of a day; in this world time passes in jumps of several.
        batch = self.drawn.sample(self.waiting, self.drawn.randint(0, len(self.waiting)))
        batch += self.drawn.choices(self.past, k=self.drawn.randrange(4)) if self.past else []
        if meanwhile:
            backfills = any(map(is_of_hold, batch))
            self.table.meanwhile = self.drawn.randrange(40), lambda: self.uncrashed(lambda: meanwhile(backfills))
        if crashes:
            self.table.crash_after = self.drawn.randrange(20)
        try:
            self.stream_handler(batch)
        except CrashError:
            pass
        else:
            self.waiting = [each for each in self.waiting if not any(each is one for one in batch)]
        self.table.crash_after, self.table.meanwhile = None, None

    def uncrashed(self, act: Callable[[], object]) -> None:
        """It is the index that may break off here, not a caller."""
        left, self.table.crash_after = self.table.crash_after, None
        act()
        self.table.crash_after = left

    def act_and_follow(self, backfills: bool) -> None:
        """What callers do, and what another run of the index makes of it at once.

        The stream has all holds of an org in one shard, and a shard has one run at a time: not two with holds.
        """
        for _ in range(self.drawn.randint(1, 2)):
            self.act()
        if self.drawn.randrange(2):
            self.table.expire(self.now.timestamp())
        if self.drawn.randrange(4):
            self.settle(backfills=not backfills)

    def settle(self, *, backfills: bool = True) -> None:
        for _ in range(100):
            self.listen()
            batch = [each for each in self.waiting if backfills or not is_of_hold(each)]
            if not batch:
                return
            self.waiting = [each for each in self.waiting if not any(each is one for one in batch)]
            self.drawn.shuffle(batch)
            self.stream_handler(batch)
        raise AssertionError("it never ends")

    def pass_time(self) -> None:
        """Long enough for the stream to have told everything, and to know it no more."""
        self.settle()
        self.check()
        self.past.clear()
        self.now += JUMP
        # It may take its time.
        if self.drawn.randrange(3):
            held = self.held_items()
            self.table.expire(self.now.timestamp())
            assert held <= self.table.stored.keys()
            self.settle()

    def held_records(self) -> set[str]:
        holds = {sk: item for (pk, sk), item in self.table.stored.items() if pk == "riverside/holds"}
        return {record for record, item in holds.items() if item["status"]["S"] in HOLDING}

    def records_of(self, key: Key, item: Item) -> set[str] | None:
        """Whose holds hold this item; None where no hold concerns it."""
        pk, sk = key
        if pk.startswith("message/") and "entry" in item:
            return {"/".join(sk.split("/")[1:3])}
        if record_keys.stands_in_record(pk, sk):
            return {pk.partition("/")[2]} | self.affected(pk, sk)
        return None

    def affected(self, pk: str, sk: str) -> set[str]:
        content = record_keys.content_id(pk, sk)
        parts = entry_ids.split(content) if content else None
        wanted = record_keys.entry("audit", *parts) if parts else sk
        return {
            f"{one['record']['type']}/{one['record']['id']}"
            for (_, at), entry in self.table.stored.items()
            if at == wanted and "org_source" in entry
            for name in ("change", "others")
            for one in msgspec.json.decode(entry.get(name, {"S": "[]"})["S"])
        }

    def held_items(self) -> set[Key]:
        held = self.held_records()
        return {key for key, item in self.table.stored.items() if (self.records_of(key, item) or set()) & held}

    def check(self) -> None:
        held = self.held_items()
        first = {}
        for each in self.table.told:
            before, image = (each["dynamodb"].get(name, {}) for name in ("OldImage", "NewImage"))
            # A pointer that had expired may have become another entry's.
            if image and (not before or image.get("entry") != before.get("entry")):
                first[image["pk"]["S"], image["sk"]["S"]] = image
        for key, item in self.table.stored.items():
            if self.records_of(key, item) is None:
                continue
            if key in held:
                assert "expires_at" not in item, key
                assert item["held_until"] in self.ends(first[key]["expires_at"]), key
                assert item.get("content_until", {"NULL": True}) == {"NULL": True}
            else:
                assert not [name for name in item if name.startswith("held")], key
                assert item["expires_at"] in self.ends(first[key]["expires_at"]), key
                if "content_until" in first[key]:
                    assert item["content_until"] in self.ends(first[key]["content_until"])
        self.check_shared()
        states = {item["status"]["S"] for (pk, _), item in self.table.stored.items() if pk == "riverside/holds"}
        assert states <= {"standing", "lifted"}

    def check_shared(self) -> None:
        """What was said of a whole message lasts as long as its entries."""
        for (pk, sk), item in self.table.stored.items():
            if sk == message_keys.pending_events("email", ""):
                pointers = [one for (other, _), one in self.table.stored.items() if other == pk and "entry" in one]
                # A pointer that is gone may have been the last to go.
                for name, value in entry_pointers.latest_expiry(pointers).items():
                    assert int(item[name]["N"]) >= int(value["N"])
                    assert ("expires_at" in item) != ("held_until" in item)

    def ends(self, own: dict[str, str]) -> list[dict[str, str]]:
        """When a thing may expire: in its own time, or the grace after a hold was lifted."""
        return [own, *({"N": str(int((lifted + timedelta(days=2)).timestamp()))} for lifted in self.lifted)]


def is_of_hold(record: streams.Record) -> bool:
    return org_keys.org_of_holds(record["dynamodb"]["Keys"]["pk"]["S"]) is not None


@pytest.mark.parametrize("seed", range(200))
def test_holds_and_writes_in_any_order_lose_nothing_and_keep_nothing_else(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed)
    drawn = world.drawn
    monkeypatch.setattr(os, "urandom", drawn.randbytes)
    # Small enough that a record is several steps.
    monkeypatch.setattr(enforcement, "PAGE", drawn.randint(1, 4))
    monkeypatch.setattr(enforcement, "PAGES", drawn.randint(1, 3))
    for _ in range(60):
        match drawn.randrange(10):
            case 0 | 1 | 2 | 3:
                world.act()
            case 4 | 5 | 6 | 7:
                meanwhile = world.act_and_follow if drawn.randrange(3) else None
                world.deliver(meanwhile=meanwhile, crashes=not drawn.randrange(3))
            case 8:
                world.now += timedelta(seconds=drawn.randrange(60))
            case _:
                world.pass_time()
    world.settle()
    world.check()
    for record in RECORDS:
        world.lift(record)
    for _ in range(20):
        world.pass_time()
    left = {key for key, item in world.table.stored.items() if world.records_of(key, item) is not None}
    assert not left


class Meddled(StreamedTable):
    """Lets something happen before the first write that `concerns` tells of, and something after it."""

    concerns: Callable[[Change], bool] = staticmethod(lambda _: False)
    before: Callable[[], object] = staticmethod(lambda: None)
    after: Callable[[], object] = staticmethod(lambda: None)

    def write(self, changes: Sequence[Change]) -> list[bool]:
        if not any(map(self.concerns, changes)):
            return super().write(changes)
        self.concerns = lambda _: False
        self.before()
        written = super().write(changes)
        self.after()
        return written


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("tests.unit.holds.test_enforcement.StreamedTable", Meddled)
    return World()


def holds_something(change: Change) -> bool:
    return isinstance(change, Update) and "held_until" in change.put


def die() -> None:
    raise CrashError


def the(world: World, prefix: str, record: str = "family/1") -> tuple[Key, Item]:
    ((key, item),) = [
        (key, item)
        for key, item in world.table.stored.items()
        if key[0] == f"riverside/{record}" and key[1].startswith(prefix)
    ]
    return key, item


def write(world: World, *entries: dict[str, Any]) -> None:
    world.ingest.post("riverside", [msgspec.json.encode(entry) for entry in entries])


def test_who_held_something_too_late_and_died_lets_it_go_when_told_again(world: World) -> None:
    """The hold is gone by then, but not forgotten."""
    world.place(RECORDS[0])
    world.settle()
    write(world, api.activity())
    world.listen()
    told = list(world.waiting)

    def lifted_meanwhile() -> None:
        world.lift(RECORDS[0])
        world.settle()

    world.table.concerns, world.table.before, world.table.after = holds_something, lifted_meanwhile, die  # type: ignore[attr-defined]
    with pytest.raises(CrashError):
        world.stream_handler(told)
    assert "held_until" in the(world, "activity/")[1]
    world.stream_handler(told)
    world.check()


def test_a_hold_that_comes_too_late_says_so_entry_by_entry(world: World) -> None:
    """TTL takes the copy between the look at it and its holding: the entry, in another record, is not held for it."""
    affected = [{"record": msgspec.to_builtins(record), "change": "updated"} for record in RECORDS[:2]]
    write(world, api.audit(affected=affected), api.activity(record={"type": "family", "id": "2"}))
    world.settle()
    key, _ = the(world, "audit/", "family/2")
    world.place(RECORDS[1])

    def taken() -> None:
        world.table._change(Delete(key, {}))

    world.table.concerns = lambda change: holds_something(change) and change.key == key  # type: ignore[attr-defined]
    world.table.before = taken  # type: ignore[attr-defined]
    world.settle()
    ((_, hold),) = [(key, item) for key, item in world.table.stored.items() if key[0] == "riverside/holds"]
    # What is held: the activity, and the entry about the hold.
    assert (hold["status"]["S"], hold["held"]["N"], hold["too_late"]["N"]) == ("standing", "2", "1")
    assert msgspec.json.decode(hold["missed"]["S"]) == [entry_ids.entry_id(*record_keys.split_entry(key[1])[1:])]
    assert "expires_at" in the(world, "audit/", "family/1")[1]
    assert "held_until" in the(world, "activity/", "family/2")[1]


def test_an_expiry_that_changes_while_it_is_being_held_is_the_one_that_is_kept(world: World) -> None:
    write(world, api.activity())
    key, _ = the(world, "activity/")
    world.place(RECORDS[0])
    world.table.concerns = holds_something  # type: ignore[attr-defined]
    world.table.before = lambda: world.table._change(Update(key, {"expires_at": {"N": "1900000000"}}))  # type: ignore[attr-defined]
    world.settle()
    held = world.table.stored[key]
    assert ("expires_at" in held, held["held_until"]) == (False, {"N": "1900000000"})


def test_to_settle_again_writes_nothing(world: World) -> None:
    for _ in range(20):
        world.post()
    for record in RECORDS[:2]:
        world.place(record)
        world.settle()
    before = world.table.writes
    for record in RECORDS:
        found = [
            dict(item) for (pk, _), item in world.table.stored.items() if pk == f"riverside/{record.type}/{record.id}"
        ]
        world.enforcer.enforce("riverside", found)
    assert world.table.writes == before


@pytest.mark.parametrize("count", [99, 101, 150])
def test_any_number_of_holds_is_known(world: World, count: int) -> None:
    """Those behind the first page are looked up one by one."""
    for number in range(count):
        world.changes.place("riverside", Record("family", f"{number:03}"), Reason("many"), WHO, None)
    holds = Snapshot(table=world.table, org="riverside")
    for number in range(count):
        assert holds.state([f"family/{number:03}"]).is_held
    assert not holds.knows(["family/none", "family/999", "staff/1"])
    assert not Snapshot(table=world.table, org="hilltop").some_stand
