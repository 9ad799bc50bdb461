"""Holds, writes, deliveries of the stream, crashes and time in any order: nothing held is lost, nothing else kept."""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import pytest
from daybook.core import entry_ids
from daybook.handlers.triggers import index_stream, stream_records
from daybook.handlers.triggers.expiry_stream import expired_items
from daybook.holds import backfill
from daybook.holds.expired_before_hold import ExpiredBeforeHold
from daybook.holds.hold_state import Snapshot
from daybook.holds.holds import Reason
from daybook.model.entries import Record
from daybook.storage.keys import record_keys
from daybook.storage.models import kinds
from daybook.storage.models.item import Item
from daybook.storage.store import Change, Update

from tests.support import api
from tests.support.functions.events import NONE_FAILED
from tests.support.memory import expressions, streams
from tests.support.memory.holds_world import RECORDS, WHO, World, the, write
from tests.support.memory.streams import StreamedTable
from tests.support.memory.table import CrashError
from tests.support.properties import seeds


@pytest.mark.parametrize("seed", seeds(50, of=200))
def test_holds_and_writes_in_any_order_lose_nothing_and_keep_nothing_else(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed, failing=8 * (seed % 2))
    drawn = world.drawn
    monkeypatch.setattr(os, "urandom", drawn.randbytes)
    # Small enough that a record is several steps.
    monkeypatch.setattr(backfill, "PAGE", drawn.randint(1, 4))
    monkeypatch.setattr(index_stream, "SECONDS", drawn.randint(1, 3))
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
def world() -> World:
    return World(table=Meddled())


def holds_something(change: Change) -> bool:
    return isinstance(change, Update) and "held_until" in expressions.apply(change.actions, {})


def die() -> None:
    raise CrashError


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
    assert world.stream_handler(told) == NONE_FAILED
    world.check()


def test_a_hold_that_comes_too_late_says_so_entry_by_entry(world: World) -> None:
    """TTL takes the copy between the look at it and its holding: the entry, in another record, is not held for it."""
    affected = [{"record": msgspec.to_builtins(record), "change": "updated"} for record in RECORDS[:2]]
    write(world, api.audit(affected=affected), api.activity(record={"type": "family", "id": "2"}))
    world.settle()
    # Both have expired by then.
    world.now += timedelta(days=13)
    key, _ = the(world, "audit/", "family/2")
    world.place(RECORDS[1])
    world.table.concerns = lambda change: holds_something(change) and change.key == key  # type: ignore[attr-defined]
    world.table.before = lambda: world.table.take(key, world.now.timestamp())  # type: ignore[attr-defined]
    world.settle()
    told = [each for each in world.table.told if streams.hears("retention", each)]
    ExpiredBeforeHold(table=world.table).record(expired_items(stream_records.read_changes(told)))
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
    world.table.before = lambda: world.table._change(Update(key, [Item.expires_at.set(1_900_000_000)]))  # type: ignore[attr-defined]
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
            kinds.read(Item, item)
            for (pk, _), item in world.table.stored.items()
            if pk == f"riverside/{record.type}/{record.id}"
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
