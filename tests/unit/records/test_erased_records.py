"""What an erasure leaves of the register: nothing of its person, and all of the other records."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from daybook.model.entries import Record
from daybook.records.finding import RecordFinder, RecordsQuery
from daybook.records.head import RecordHeads
from daybook.records.register import RecordRegister
from daybook.storage.keys import register_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.kinds import read
from daybook.storage.models.register import RecordItem

from tests.support import api
from tests.support.hashes import hashed
from tests.support.memory import interleaving
from tests.support.memory.erasure_world import ErasureWorld
from tests.support.memory.table import CrashError
from tests.support.registers import register_of

SMITH, SAM = {"type": "family", "id": "1"}, {"type": "student", "id": "2"}
FAMILY, STUDENT = Record("family", "1"), Record("student", "2")


def affecting(*named: tuple[dict[str, str], str]) -> dict[str, Any]:
    affected = [{"record": record, "change": "updated", "name": name} for record, name in named]
    return api.audit(affected=affected, occurred_at="2026-11-20T10:00:00Z")


def entries(world: ErasureWorld) -> list[EntryItem]:
    found = (read(Item, item) for _, item in sorted(world.table.stored.items()))
    return [item for item in found if isinstance(item, EntryItem)]


def registered(world: ErasureWorld) -> list[Key]:
    """What is registered; of a record that is gone nothing is, beyond when it was erased."""
    items = [read(Item, item) for key, item in world.table.stored.items() if register_keys.kind_of(key[0]) is not None]
    gone = [item for item in items if isinstance(item, RecordItem) and item.gone]
    said = {"pk", "sk", "erased_at", "gone", "expires_at", "repairs"}
    assert all({*item.attribute_values} <= said for item in gone)
    return sorted(item.key for item in items if item not in gone)


def erase(world: ErasureWorld) -> None:
    world.later(minutes=1)
    asked = world.request("family/1")
    world.later(minutes=1)
    assert world.until_ended(asked).status == "done"


def world_and_register() -> tuple[ErasureWorld, RecordRegister]:
    world = ErasureWorld()
    return world, register_of(world.table, world.clock)


def test_a_record_keeps_what_entries_say_of_it_from_which_another_person_was_erased() -> None:
    world, register = world_and_register()
    world.post(affecting((SMITH, "Jane Smith"), (SAM, "Sam Jones")))
    register.add(entries(world))
    of_sam = [key for key in registered(world) if "student" in key[1]]
    erase(world)
    assert registered(world) == of_sam
    # As the retention function and a reindexing do.
    assert register.rebuild("riverside", STUDENT)
    assert not register.rebuild("riverside", FAMILY)
    assert registered(world) == of_sam
    for key in of_sam:
        del world.table.stored[key]
    world.later(days=30)
    register.add(entries(world))
    assert registered(world) == of_sam


@pytest.mark.parametrize("crash_after", range(7))
def test_what_a_crash_has_left_goes_when_the_stream_comes_again(crash_after: int) -> None:
    world, register = world_and_register()
    world.post(
        affecting((SMITH, "Jane Smith")),
        api.sms(record=SMITH, recipient="+14155550101", occurred_at="2026-11-20T10:00:00Z"),
    )
    told = entries(world)
    world.table.crash_after = crash_after
    with pytest.raises(CrashError):
        register.add(told)
    assert len(registered(world)) == crash_after
    erase(world)
    register.add(told)
    assert world.personal("jane", "smith") == []
    assert registered(world) == []


def test_what_came_after_the_request_is_found_after_the_erasure() -> None:
    world, register = world_and_register()
    world.post(affecting((SMITH, "Jane Smith")))
    register.add(entries(world))
    world.later(minutes=1)
    asked = world.request("family/1")
    world.later(minutes=1)
    world.post(affecting((SMITH, "Ada Other")) | {"occurred_at": "2026-11-22T12:01:30Z"})
    register.add(entries(world))
    world.until_ended(asked)
    assert world.personal("jane", "smith") == []
    expected, other = ErasureWorld(), affecting((SMITH, "Ada Other"))
    expected.post(other)
    register_of(expected.table, expected.clock).add(entries(expected))
    assert registered(world) == registered(expected)


class _NoRegister:
    def erase(self, *_: object) -> None:
        """Leave the record as it is registered."""


@pytest.mark.parametrize("seed", range(150))
def test_late_news_in_any_order_with_the_erasure_brings_nothing_back(seed: int) -> None:
    drawn = random.Random(seed)
    world, register = world_and_register()
    named = drawn.sample(["Jane Smith", "John Smith", "Joe Smith-Lee"], drawn.randint(1, 3))
    text = api.sms(record=SMITH, recipient="+14155550101", occurred_at="2026-11-20T10:00:00Z")
    world.post(text, *(affecting((SMITH, name)) for name in named))
    told = entries(world)
    register.add(told[: drawn.randint(0, len(told))])
    world.later(minutes=1)
    asked = world.request("family/1")
    asked_at = world.queries.get("riverside", asked).requested_at
    world.later(minutes=1)
    new = {"occurred_at": "2026-11-22T12:01:30Z"} | affecting((SMITH, drawn.choice(["Jane Smith", "Ada Other"])))
    is_new = drawn.random() < 0.5
    if is_new:
        world.post(new)
    came = [item for item in entries(world) if item.key not in {each.key for each in told}]
    world.job._register = _NoRegister()  # type: ignore[assignment]
    assert world.until_ended(asked).status == "done"

    def adding(items: Sequence[EntryItem]) -> interleaving.Writer:
        return lambda table: register_of(table, world.clock).add(items)

    news = [[item] for item in told] if drawn.random() < 0.5 else [told]
    writers = [*map(adding, news), *([adding(came)] if is_new else [])]
    dies_at = {drawn.randrange(len(writers)): drawn.randrange(6)} if drawn.random() < 0.7 else {}
    writers.append(lambda table: register_of(table, world.clock).erase("riverside", FAMILY, asked_at))
    interleaving.run(world.table, writers, drawn.randrange, dies_at)
    # The stream tells again of what failed.
    for number in dies_at:
        register_of(world.table, world.clock).add([*news, came][number])
    expected = ErasureWorld()
    if is_new:
        expected.post(new)
        register_of(expected.table, expected.clock).add(entries(expected))
    assert registered(world) == registered(expected)


def test_what_an_erasure_leaves_of_a_record_is_found_by_nobody_and_goes() -> None:
    world, register = world_and_register()
    world.post(affecting((SMITH, "Jane Smith")))
    register.add(entries(world))
    erase(world)
    gone = world.table.get_item(RecordItem, register_keys.record("riverside", FAMILY))
    assert gone is not None
    assert gone.erased_at is not None
    assert gone.expires_at == int((world.clock() + timedelta(days=7)).timestamp() - 60)
    finder = RecordFinder(table=world.table, keyed_hash=hashed, clock=world.clock)
    for line in ("smith", "jane smith", "1", "family/1"):
        assert finder.find("riverside", RecordsQuery(q=line), lambda _: True).entries == []
    heads = RecordHeads(table=world.table, clock=world.clock)
    assert heads.read("riverside", FAMILY, ["audit"]).name is None
    assert heads.names("riverside", [FAMILY]) == {}
    # What comes later is registered.
    for days in (3, 8):
        world.later(days=days)
        world.post(affecting((SMITH, f"Ada Other {days}")) | {"occurred_at": f"2026-11-{22 + days}T10:00:00Z"})
        register.add(entries(world))
        item = world.table.get_item(RecordItem, gone.key)
        assert item is not None
        assert (item.erased_at, item.gone) == (gone.erased_at, None)
    assert finder.find("riverside", RecordsQuery(q="ada"), lambda _: True).entries != []


def test_an_earlier_erasure_that_is_repeated_moves_the_instant_of_a_later_one_not_back() -> None:
    world, register = world_and_register()
    world.post(affecting((SMITH, "Jane Smith")))
    told = entries(world)
    later, earlier = "2026-11-22T12:00:00.001Z", "2026-11-22T11:00:00.000Z"
    for asked_at in (later, earlier):
        register.erase("riverside", FAMILY, asked_at)
        world.table.stored.pop(told[0].key, None)
    assert register.add(told) == 0
    assert registered(world) == []


def test_an_erasure_that_ends_long_after_its_request_brings_nothing_back_either() -> None:
    world, register = world_and_register()
    text = api.sms(record=SMITH, recipient="+14155550101", occurred_at="2026-11-20T10:00:00Z")
    world.post(affecting((SMITH, "Jane Smith")), text)
    told = entries(world)
    register.add(told)
    world.later(minutes=1)
    asked = world.request("family/1")
    world.later(days=8)
    assert world.until_ended(asked).status == "done"
    register.add(told)
    assert registered(world) == []


@pytest.mark.parametrize("seed", range(120))
def test_a_rebuild_loses_nothing_that_is_told_of_meanwhile(seed: int) -> None:
    drawn = random.Random(seed)
    world, register = world_and_register()
    world.post(affecting((SAM, "Sam Jones")))
    first = entries(world)
    register.add(first)
    world.later(minutes=1)
    world.post({"occurred_at": "2026-11-22T12:00:30Z"} | affecting((SAM, "Sam Jones")))
    second = [item for item in entries(world) if item.key not in {each.key for each in first}]
    raw = {item.key: world.table.stored.pop(item.key) for item in second}
    # The first has expired; the second comes while that is noticed.
    for item in first:
        del world.table.stored[item.key]

    def come(table: Any) -> None:
        table.get_item(Item, first[0].key)
        world.table.stored.update(raw)
        register_of(table, world.clock).add(second)

    def rebuild(table: Any) -> None:
        of_table = register_of(table, world.clock)
        if drawn.random() < 0.5:
            of_table.rebuild("riverside", STUDENT, is_repair=drawn.random() < 0.5)
        else:
            of_table.forget({("riverside", STUDENT): {"Sam Jones"}})

    interleaving.run(world.table, [come, rebuild], drawn.randrange)
    found = registered(world)
    world.table.stored = {
        key: item for key, item in world.table.stored.items() if register_keys.kind_of(key[0]) is None
    }
    register.rebuild("riverside", STUDENT)
    assert found == registered(world)
    assert found != []


def test_the_entry_of_the_erasure_brings_no_record_back() -> None:
    world, register = world_and_register()
    erased = {"record": SMITH, "change": "erased", "details": {"reason": "asked by letter"}}
    world.post(api.audit(affected=[erased], action="erased record", occurred_at="2026-11-20T10:00:00Z"))
    assert register.add(entries(world)) == 0
    assert registered(world) == []
