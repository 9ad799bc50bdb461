"""What TTL took before a hold could keep it is named, whatever comes first and however often it is told."""

import os
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from daybook.core.errors import StoreBusyError
from daybook.core.paging import Cursors
from daybook.handlers.triggers import index_stream, stream_records
from daybook.handlers.triggers.expiry_stream import expired_items
from daybook.holds import backfill, hold_state
from daybook.holds.expired_before_hold import ExpiredBeforeHold, ExpiredItem
from daybook.holds.holds import Hold, HoldQueries, HoldsQuery
from daybook.model.entries import Record
from daybook.storage.keys import record_keys
from daybook.storage.models import kinds
from daybook.storage.models.entries import ActivityItem
from daybook.storage.models.item import Item, Key

from tests.support import api
from tests.support.memory import streams
from tests.support.memory.holds_world import HOLDS, RECORDS, World, the, write
from tests.support.memory.table import CrashError
from tests.support.properties import seeds

# By then all that was posted has expired, in its own time or after the grace.
OLD = timedelta(days=13)


class LosingWorld(World):
    """With TTL that takes one thing and another, and what the retention function makes of it."""

    def __init__(self, seed: int = 0, failing: int = 0) -> None:
        super().__init__(seed, failing=failing)
        self.expired_before_hold = ExpiredBeforeHold(table=self.table)
        self.told = 0
        self.removed: list[streams.Record] = []
        # What stood in a record when it was put on hold, and the second of that.
        self.stood: dict[str, set[Key]] = {}
        self.since: dict[str, int] = {}

    def place(self, record: Record) -> None:
        name = f"{record.type}/{record.id}"
        anew = name not in self.held_records()
        super().place(record)
        if anew:
            self.since[name] = int(self.now.timestamp())
            self.stood[name] = {
                key
                for key, item in self.table.stored.items()
                if record_keys.entry_id(*key) is not None and name in (self.records_of(key, item) or set())
            }

    def act(self) -> None:
        self.now += timedelta(milliseconds=self.drawn.randrange(700))
        if self.drawn.randrange(3):
            super().act()
        else:
            self.lose()

    def lose(self) -> None:
        for key in self.drawn.sample(sorted(self.table.stored), min(5, len(self.table.stored))):
            self.table.take(key, self.now.timestamp())

    def hear(self) -> None:
        fresh = self.table.told[self.told :]
        self.told = len(self.table.told)
        self.removed += [each for each in fresh if streams.hears("retention", each)]

    def follow(self, *, again: bool = False) -> None:
        """Some of what the stream tells of TTL, in any order; it tells each of it until that was followed."""
        self.hear()
        waiting = self.removed
        batch = waiting if again else self.drawn.sample(waiting, self.drawn.randint(0, len(waiting)))
        batch = self.drawn.sample(batch, len(batch))
        self.expired_before_hold.record(expired_items(stream_records.read_changes(batch)))
        if not again and self.drawn.randrange(2):
            self.removed = [each for each in waiting if not any(each is one for one in batch)]

    def follow_disturbed(self) -> None:
        """What others do meanwhile, this function in another shard among them; or it dies."""
        others: list[Callable[[], None]] = [self.act, self.settle, partial(self.follow, again=True)]
        act = self.drawn.choice(others)
        self.table.meanwhile = self.drawn.randrange(6), lambda: self.uncrashed(act)
        if not self.drawn.randrange(3):
            self.table.crash_after = self.drawn.randrange(3)
        with suppress(CrashError):
            self.follow(again=True)
        self.table.crash_after, self.table.meanwhile = None, None

    def holds(self) -> Iterable[Hold]:
        return HoldQueries(table=self.table, cursors=Cursors(secret="")).page("riverside", HoldsQuery()).entries

    def taken(self, since: int) -> set[str | None]:
        """The entries of which TTL has taken something since then."""
        told = [each["dynamodb"] for each in self.table.told if each.get("userIdentity") == stream_records.TTL]
        return {
            record_keys.entry_id(each["Keys"]["pk"]["S"], each["Keys"]["sk"]["S"])
            for each in told
            if each["ApproximateCreationDateTime"] >= since
        }

    def check_losses(self) -> None:
        for hold in self.holds():
            record = f"{hold.record.type}/{hold.record.id}"
            named = set(hold.too_late_entries)
            assert hold.too_late == len(named) == len(hold.too_late_entries) < hold_state.MAX_LISTED
            for key in self.stood[record]:
                kept = "held_until" in self.table.stored.get(key, {})
                assert kept or record_keys.entry_id(*key) in named, key
            assert named <= self.taken(self.since[record])


@pytest.mark.parametrize("seed", seeds(50, of=200))
def test_whatever_stood_when_a_hold_was_placed_is_held_or_named(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = LosingWorld(seed, failing=8 * (seed % 2))
    drawn = world.drawn
    monkeypatch.setattr(os, "urandom", drawn.randbytes)
    monkeypatch.setattr(backfill, "PAGE", drawn.randint(1, 4))
    monkeypatch.setattr(index_stream, "SECONDS", drawn.randint(1, 3))
    for _ in range(drawn.randint(1, 3)):
        for _ in range(drawn.randint(5, 15)):
            world.post()
        world.settle()
        world.now += OLD
        for _ in range(25):
            match drawn.randrange(8):
                case 0 | 1 | 2:
                    world.act()
                case 3:
                    world.deliver(meanwhile=world.act_and_follow, crashes=not drawn.randrange(3))
                case 4 | 5:
                    world.lose()
                case 6:
                    world.follow()
                case _:
                    world.follow_disturbed()
        world.settle()
        # An audit entry whose copy in a record was gone by then is not found from there; it is named when it goes.
        world.table.expire(world.now.timestamp())
        world.follow(again=True)
        world.check_losses()
        world.past.clear()


@pytest.fixture
def world() -> LosingWorld:
    return LosingWorld()


def lost(world: LosingWorld, *found: Key) -> None:
    """TTL takes these, before anybody else has looked at them."""
    for key in found:
        world.table.take(key, world.now.timestamp())
    world.follow(again=True)


def hold_of(world: LosingWorld, record: Record = RECORDS[0]) -> Hold:
    (found,) = [hold for hold in world.holds() if hold.record == record]
    return found


def test_what_ttl_took_before_the_first_look_is_named_once_and_the_rest_is_held(world: LosingWorld) -> None:
    write(world, api.activity(), api.email(body={"text": "x"}))
    world.settle()
    world.now += OLD
    world.place(RECORDS[0])
    mail, _ = the(world, "email/")
    content, _ = the(world, "content/")
    lost(world, mail, content)
    world.settle()
    world.follow(again=True)
    hold = hold_of(world)
    assert (hold.too_late, hold.too_late_entries) == (1, [record_keys.entry_id(*mail)])
    assert "held_until" in the(world, "activity/")[1]


def test_what_ttl_took_before_the_hold_was_placed_is_not_named(world: LosingWorld) -> None:
    write(world, api.activity())
    world.settle()
    world.now += OLD
    key, _ = the(world, "activity/")
    world.table.take(key, world.now.timestamp())
    world.now += timedelta(seconds=1)
    world.place(RECORDS[0])
    world.follow(again=True)
    assert hold_of(world).too_late_entries == []


def test_within_the_second_of_its_placing_a_hold_names_what_ttl_took(world: LosingWorld) -> None:
    """The stream cuts the time to seconds: what came first nobody can tell."""
    write(world, api.activity())
    world.settle()
    world.now += OLD + timedelta(milliseconds=900)
    world.place(RECORDS[0])
    key, _ = the(world, "activity/")
    world.now += timedelta(milliseconds=50)
    lost(world, key)
    assert hold_of(world).too_late_entries == [record_keys.entry_id(*key)]


def changes_apart(world: LosingWorld) -> str | None:
    """An audit entry of two records, its changes apart; both hold it. Its id."""
    affected = [
        {"record": msgspec.to_builtins(record), "change": "updated", "before": "x" * 1500} for record in RECORDS[:2]
    ]
    write(world, api.audit(affected=affected))
    world.settle()
    world.now += OLD
    key, _ = the(world, "audit/")
    world.place(RECORDS[0])
    world.place(RECORDS[1])
    return record_keys.entry_id(*key)


@pytest.mark.parametrize(
    ("part", "of"), [("audit/", "family/1"), ("audit/", "family/2"), ("content/", "family/1")],
    ids=["itself", "its copy", "its changes"],
)  # fmt: skip
def test_all_holds_of_an_audit_entry_name_it_whatever_of_it_is_lost(world: LosingWorld, part: str, of: str) -> None:
    entry_id = changes_apart(world)
    found = [key for key in world.table.stored if key[0] == f"riverside/{of}" and key[1].startswith(part)]
    (key,) = [key for key in found if record_keys.entry_id(*key) == entry_id]
    lost(world, key)
    world.settle()
    assert [hold_of(world, record).too_late_entries for record in RECORDS[:2]] == [[entry_id]] * 2


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("gone", [0, 1])
def test_what_is_left_of_an_audit_entry_is_let_go_with_the_holds_of_the_records_in_whose_logs_it_stands(
    world: LosingWorld, gone: int, first: int
) -> None:
    """From the record that has lost it there is no way back to the rest."""
    entry_id = changes_apart(world)
    stood = {
        key[0]: key
        for key in world.table.stored
        if record_keys.entry_id(*key) == entry_id and record_keys.log_of(*key) is not None
    }
    lost(world, stood[f"riverside/family/{1 + gone}"])
    world.settle()
    # The entry's copy has been made anew; TTL was quicker than its hold once more.
    world.table.stored.pop(stood[f"riverside/family/{1 + gone}"], None)
    left = stood[f"riverside/family/{2 - gone}"]
    assert "held_until" in world.table.stored[left]
    for record in (RECORDS[first], RECORDS[1 - first]):
        world.lift(record)
        world.settle()
    assert not [key for key, item in world.table.stored.items() if "held_until" in item]


def test_a_hold_that_is_placed_anew_names_nothing_of_the_last_time(world: LosingWorld) -> None:
    write(world, api.activity())
    world.settle()
    world.now += OLD
    world.place(RECORDS[0])
    lost(world, the(world, "activity/")[0])
    world.settle()
    world.lift(RECORDS[0])
    world.settle()
    world.now += timedelta(seconds=1)
    world.place(RECORDS[0])
    world.settle()
    # Somebody is told late.
    world.follow(again=True)
    assert (hold_of(world).too_late, hold_of(world).too_late_entries) == (0, [])


def activities(count: int, at: float) -> list[ExpiredItem]:
    places = [record_keys.entry("activity", f"2026-01-01T00:00:00.{number:03}Z", "0" * 18) for number in range(count)]
    return [ExpiredItem(ActivityItem("riverside/family/1", place), at) for place in places]


def test_of_very_many_a_hundred_are_named_and_all_are_counted(world: LosingWorld) -> None:
    world.place(RECORDS[0])
    found = activities(250, world.now.timestamp())
    ids = [record_keys.entry_id(*one.item.key) for one in found]
    for batch in (found[60:130], found[:60], found[:60], found[130:]):
        world.expired_before_hold.record(random.Random(1).sample(batch, len(batch)))
    hold = hold_of(world)
    # Those that were named first, not those of the second batch that came behind them. These were counted twice.
    assert hold.too_late_entries == sorted(map(str, ids[:30] + ids[60:130]))
    assert hold.too_late == 250 + 30


def test_what_an_earlier_version_listed_apart_is_shown_in_one_list_and_not_listed_again(world: LosingWorld) -> None:
    world.place(RECORDS[0])
    found = activities(4, world.now.timestamp())
    first, second, third, fourth = (str(record_keys.entry_id(*one.item.key)) for one in found)
    hold = world.table.stored[HOLDS, "family/1"]
    hold |= {"missed": {"S": msgspec.json.encode([second, first]).decode()}, "too_late": {"N": "2"}}
    hold |= {"lost": {"S": msgspec.json.encode([second, third]).decode()}, "lost_count": {"N": "2"}}
    assert (hold_of(world).too_late, hold_of(world).too_late_entries) == (3, [first, second, third])
    assert world.expired_before_hold.record(found) == 1
    assert (hold_of(world).too_late, hold_of(world).too_late_entries) == (4, [first, second, third, fourth])


# After the look at the org's holds and the reading of those that are concerned.
BEFORE_THE_WRITE = 2


def test_two_that_name_entries_at_once_name_them_all(world: LosingWorld) -> None:
    world.place(RECORDS[0])
    found = activities(2, world.now.timestamp())
    world.table.meanwhile = BEFORE_THE_WRITE, lambda: world.expired_before_hold.record(found[:1])
    assert world.expired_before_hold.record(found[1:]) == 1
    assert hold_of(world).too_late == 2


def test_a_hold_that_is_lifted_meanwhile_names_nothing(world: LosingWorld) -> None:
    world.place(RECORDS[0])
    world.table.meanwhile = BEFORE_THE_WRITE, lambda: world.lift(RECORDS[0])
    assert world.expired_before_hold.record(activities(1, world.now.timestamp())) == 0
    assert world.table.stored[HOLDS, "family/1"]["missed"] == {"S": "[]"}


def test_a_hold_that_is_placed_anew_meanwhile_is_another_one(world: LosingWorld) -> None:
    world.place(RECORDS[0])
    found = activities(1, world.now.timestamp())

    def placed_anew() -> None:
        world.lift(RECORDS[0])
        world.now += timedelta(seconds=1)
        world.place(RECORDS[0])

    world.table.meanwhile = BEFORE_THE_WRITE, placed_anew
    assert world.expired_before_hold.record(found) == 0
    assert hold_of(world).too_late == 0


def test_where_no_hold_stands_nothing_but_that_is_read(world: LosingWorld) -> None:
    before = world.table.reads
    assert world.expired_before_hold.record(activities(3, 0)) == 0
    assert (world.table.reads, world.table.writes) == (before, 0)


def test_what_is_no_entry_of_a_record_has_nobody_look_for_holds(world: LosingWorld) -> None:
    def no_query(*_: object) -> None:
        raise AssertionError

    world.table.query = no_query  # type: ignore[method-assign, assignment]
    other: list[tuple[str, str]] = [
        ("riverside/-/2026-11", "audit/2026-11-21T00:00:00.000Z/0"),
        ("riverside/family/1", "key/audit/2026-11-21T00:00:00.000Z/k"),
        ("message/m", "riverside/family/1/"),
        ("riverside/holds", "family/1"),
        ("riverside/staff", "content/20261121000000000000000000000000000"),
    ]
    taken = [kinds.read(Item, {"pk": {"S": pk}, "sk": {"S": sk}}) for pk, sk in other]
    assert world.expired_before_hold.record(ExpiredItem(item, 0) for item in taken) == 0


def test_a_hold_that_never_stays_as_it_was_read_makes_the_batch_come_again(
    world: LosingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daybook.storage.optimistic_locking.time.sleep", lambda _: None)
    world.place(RECORDS[0])
    world.table.write = lambda changes: [False] * len(changes)  # type: ignore[method-assign]
    with pytest.raises(StoreBusyError):
        world.expired_before_hold.record(activities(1, world.now.timestamp()))
