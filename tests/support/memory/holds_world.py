"""A table in memory with entries, holds and what the stream tells the index function of them."""

import itertools
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.aws import cloudwatch
from daybook.blacklist.address_store import AddressStore
from daybook.core import entry_ids, timestamps
from daybook.core.errors import NotFoundError
from daybook.entries.ingest import Ingest
from daybook.erasure.requests import ErasureRepeats
from daybook.feedback.reconcile import Reconciler
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.index_stream import IndexStreamHandler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.hold_state import HOLDING
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.retention_policy import Policy, parse_period
from daybook.search.index.remover import IndexRemover
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore
from daybook.storage.items import entry_pointers
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.models import kinds
from daybook.storage.models.entries import HELD
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem

from tests.support import api
from tests.support.functions.events import NONE_FAILED
from tests.support.hashes import hashed
from tests.support.memory import streams
from tests.support.memory.streams import StreamedTable
from tests.support.memory.table import Attributes, CrashError
from tests.support.registers import register_of

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORDS = [Record("family", "1"), Record("family", "2"), Record("staff", "3")]
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())
HOLDS = "riverside/holds"
LOGS = ("email", "sms", "push", "activity", "audit", "content")
PERIOD, GRACE = parse_period("P10D"), parse_period("P2D")
# More than a hold that was lifted is remembered.
JUMP = timedelta(days=4)


class Unreliable:
    """The enforcement as a backfill meets it: `fails` says when it raises."""

    def __init__(self, enforcer: HoldEnforcer, fails: Callable[[], bool]) -> None:
        self._enforcer = enforcer
        self._fails = fails

    def enforce(self, org: str, items: Iterable[Item]) -> int:
        if self._fails():
            raise ValueError
        held = self._enforcer.enforce(org, items)
        if self._fails():
            raise ValueError
        return held


class World:
    """The services on a table in memory. Of the pages of backfills one in `failing` fails; none where that is 0."""

    def __init__(self, seed: int = 0, table: StreamedTable | None = None, failing: int = 0) -> None:
        assert GRACE
        self.now = START
        self.drawn = random.Random(seed)
        self.table = table = table or StreamedTable()
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
        # Its seconds are pages.
        ticks = itertools.count()
        unreliable = Unreliable(self.enforcer, lambda: failing > 0 and not self.drawn.randrange(failing))
        self.backfill = HoldBackfill(
            table=table,
            enforcer=unreliable,  # type: ignore[arg-type]
            clock=self.clock,
            tick=lambda: float(next(ticks)),
        )
        logger, metrics = Logger(service="holding in memory", level="CRITICAL"), cloudwatch.metrics()
        self.stream_handler = IndexStreamHandler(
            audit_entries=AuditEntryIndexer(
                copies=RecordCopies(table=table, bodies=bodies),
                erasure_repeats=ErasureRepeats(table=table, clock=self.clock),
                register=StaffRegister(table=table, zone=lambda _: UTC),
                index_writer=IndexWriter(table=table, clock=self.clock),
                index_remover=IndexRemover(table=table, clock=self.clock),
                clock=self.clock,
            ),
            holds=self.enforcer,
            register=register_of(table, self.clock),
            backfill=self.backfill,
            logger=logger,
            metrics=metrics,
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
            assert self.stream_handler(batch) == NONE_FAILED
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
        for _ in range(300):
            self.listen()
            batch = [each for each in self.waiting if backfills or not is_of_hold(each)]
            if not batch:
                if backfills and self.resume():
                    continue
                return
            self.waiting = [each for each in self.waiting if not any(each is one for one in batch)]
            self.drawn.shuffle(batch)
            assert self.stream_handler(batch) == NONE_FAILED
        raise AssertionError("it never ends")

    def resume(self) -> bool:
        """What the schedule does once the first pause is over; whether a backfill waits for its next attempt."""
        waiting = [item["at"]["S"] for (pk, _), item in self.table.stored.items() if pk == HOLDS and "at" in item]
        if waiting:
            # A grace ends with a whole second; it is compared with that of the lifting.
            due = timestamps.from_instant(min(waiting)).replace(microsecond=0) + timedelta(seconds=1)
            self.now = max(self.now, due)
            assert self.backfill.resume() > 0
        return bool(waiting)

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
        holds = {sk: item for (pk, sk), item in self.table.stored.items() if pk == HOLDS}
        return {record for record, item in holds.items() if item["status"]["S"] in HOLDING}

    def records_of(self, key: Key, item: Attributes) -> set[str] | None:
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
            if was_over_on_arrival(key, content_until := first[key].get("content_until")):
                assert item["content_until"] == content_until, "there is no content to hold"
                assert "held_content_until" not in item, key
                assert (key[0], record_keys.content(record_keys.entry_id(*key) or "")) not in self.table.stored, key
            elif key in held:
                assert ("content_until" in item) == ("held_content_until" in item), key
                assert int(item.get("content_until", {"N": HELD})["N"]) == HELD, key
            elif content_until is not None:
                assert item["content_until"] in self.ends(content_until)
            if key in held:
                assert "expires_at" not in item, key
                assert item["held_until"] in self.ends(first[key]["expires_at"]), key
            else:
                assert not [name for name in item if name.startswith("held")], key
                assert item["expires_at"] in self.ends(first[key]["expires_at"]), key
        self.check_shared()
        states = {item["status"]["S"] for (pk, _), item in self.table.stored.items() if pk == HOLDS}
        assert states <= {"standing", "lifted"}

    def check_shared(self) -> None:
        """What was said of a whole message lasts as long as its entries.

        What has expired is nobody's any more, though a later entry may have taken over the pointer.
        """
        for (pk, sk), item in self.table.stored.items():
            if sk == message_keys.pending_events("email", "") and kinds.read(Item, item).is_visible(self.now):
                pointers = [one for (other, _), one in self.table.stored.items() if other == pk and "entry" in one]
                # A pointer that is gone may have been the last to go.
                latest = entry_pointers.latest_expiry(map(PointerItem.from_raw_data, pointers))
                for name in ("expires_at", "held_until"):
                    if (end := getattr(latest, name)) is not None:
                        assert int(item[name]["N"]) >= end
                        assert ("expires_at" in item) != ("held_until" in item)

    def ends(self, own: dict[str, str]) -> list[dict[str, str]]:
        """When a thing may expire: in its own time, or the grace after a hold was lifted."""
        return [own, *({"N": str(int((lifted + timedelta(days=2)).timestamp()))} for lifted in self.lifted)]


def was_over_on_arrival(key: Key, content_until: dict[str, str] | None) -> bool:
    """Whether the content of the e-mail with this key had expired when the e-mail was posted."""
    if content_until is None:
        return False
    _, _, suffix = record_keys.split_entry(key[1])
    return int(content_until["N"]) * 1000 <= entry_ids.arrived(suffix)


def is_of_hold(record: streams.Record) -> bool:
    return org_keys.org_of_holds(record["dynamodb"]["Keys"]["pk"]["S"]) is not None


def the(world: World, prefix: str, record: str = "family/1") -> tuple[Key, Attributes]:
    ((key, item),) = [
        (key, item)
        for key, item in world.table.stored.items()
        if key[0] == f"riverside/{record}" and key[1].startswith(prefix)
    ]
    return key, item


def write(world: World, *entries: dict[str, Any]) -> None:
    world.ingest.post("riverside", [msgspec.json.encode(entry) for entry in entries])
