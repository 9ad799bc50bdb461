"""What an erasure leaves of the register: nothing of its person, and all of the other records."""

from typing import Any

import pytest
from daybook.model.entries import Record
from daybook.records.register import RecordRegister
from daybook.storage.keys import register_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.kinds import read

from tests.support import api
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
    return sorted(key for key in world.table.stored if register_keys.kind_of(key[0]) is not None)


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


def test_the_entry_of_the_erasure_brings_no_record_back() -> None:
    world, register = world_and_register()
    erased = {"record": SMITH, "change": "erased", "details": {"reason": "asked by letter"}}
    world.post(api.audit(affected=[erased], action="erased record", occurred_at="2026-11-20T10:00:00Z"))
    assert register.add(entries(world)) == 0
    assert registered(world) == []
