"""What the register knows follows from the entries alone: not from their order, nor from how often they come."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.model.entries import Record
from daybook.records import known, names
from daybook.storage.models.register import RecordItem

from tests.support import api
from tests.support.memory import interleaving
from tests.support.memory.records_world import RecordsWorld
from tests.support.memory.table import CrashError
from tests.support.registers import register_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMITH = {"type": "family", "id": "1"}
FAMILY = Record("family", "1")


def at(day: int) -> str:
    return f"2026-11-{day:02}T10:00:00Z"


def named(name: str | None, day: int, record: dict[str, str] = SMITH) -> dict[str, Any]:
    more = {} if name is None else {"name": name}
    return api.audit(affected=[{"record": record, "change": "updated", **more}], occurred_at=at(day))


def acted(name: str, day: int) -> dict[str, Any]:
    return api.activity(record=SMITH, name=name, occurred_at=at(day))


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ([named("Smith", 1), named("Smyth", 2)], "Smyth"),
        ([named("Smyth", 2), named("Smith", 1)], "Smyth"),
        ([named("Smith", 1), named("Smyth", 2), named("Smith", 3)], "Smith"),
        # The third repeats what is shown, and is not written; the last one comes late.
        ([named("Smith", 1), named("Smith", 3), named("Smyth", 2)], "Smith"),
        ([named("Smith", 1), named(None, 2)], "Smith"),
        ([named("Smith", 1), acted("Jane Smith", 2)], "Smith"),
        ([acted("Jane Smith", 2), named("Smith", 1)], "Smith"),
        ([acted("Jane Smith", 1), acted("John Smith", 2)], "John Smith"),
        ([acted("Jane Smith", 1), acted("John Smith", 2), acted("Jane Smith", 3)], "Jane Smith"),
        ([acted("Jane Smith", 1), acted("Jane Smith", 3), acted("John Smith", 2)], "Jane Smith"),
        ([api.email(record=SMITH)], None),
    ],
)
def test_the_name_is_the_latest_that_was_heard(entries: list[dict[str, Any]], name: str | None) -> None:
    world = RecordsWorld(NOW)
    for entry in entries:
        world.tell([entry])
    assert world.name(FAMILY) == name
    # Those who acted are found as well.
    for entry in entries:
        assert "family/1" in " ".join(world.found(entry.get("name") or name or "1"))


def test_who_acts_in_the_log_of_a_student_or_of_staff_is_no_name_of_it() -> None:
    world = RecordsWorld(NOW)
    for kind in ("student", "staff"):
        world.tell([api.activity(record={"type": kind, "id": "7"}, name="Ada Admin", occurred_at=at(1))])
    assert world.found("ada") == []
    assert world.found("7") == ["staff/7", "student/7"]


def test_what_is_known_costs_the_read_of_its_item_and_no_write() -> None:
    world = RecordsWorld(NOW)
    entries = [
        named("Jane Smith", 1), acted("Jane Smith", 2), api.email(record=SMITH, occurred_at=at(3)),
        api.sms(record=SMITH, occurred_at=at(4)), api.push(record=SMITH, occurred_at=at(5)),
    ]  # fmt: skip
    assert world.tell(entries) == 1
    later = [{**entry, "occurred_at": at(day)} for day, entry in enumerate(entries, 10)]
    world.post(later)
    reads, writes = world.table.reads, world.table.writes
    assert world.register.add(world.entries()) == 0
    assert (world.table.reads - reads, world.table.writes - writes) == (1, 0)


@pytest.mark.parametrize(
    ("names", "writes"),
    [
        # The record's item alone.
        (["Jane Smith", "John Peter Smith"], 1),
        # The words and pairs of one name come and those of another go; `smith` has other names, and so has the record.
        ([f"Name{number} Smith" for number in range(6)], 3 + 3 + 2),
    ],
)
def test_who_acts_in_turn_has_nothing_written_anew_that_stays(names: list[str], writes: int) -> None:
    world = RecordsWorld(NOW)
    for day, name in enumerate([*names, *names], 1):
        world.post([acted(name, day)])
        before = world.table.writes
        world.register.add([max(world.entries(), key=lambda item: item.sk)])
        if day > len(names):
            assert world.table.writes - before == writes
    assert world.name(FAMILY) == names[-1]


@pytest.mark.parametrize("seed", range(30))
def test_in_any_order_twice_and_interrupted_the_same_is_known(seed: int) -> None:
    drawn = random.Random(seed)
    records = [{"type": kind, "id": str(number)} for kind in ("family", "student", "class") for number in range(2)]
    names = ["Smith", "Jane Smith", "José Núñez", "O'Brien-Lee"]
    entries = []
    for number in range(drawn.randrange(2, 12)):
        record, moment = drawn.choice(records), f"2026-11-{drawn.randrange(1, 20):02}T10:00:{number:02}Z"
        kinds = ["audit"] if record["type"] == "class" else ["audit", "activity"]
        match drawn.choice([*kinds, *(["email", "sms"] if record["type"] == "family" else [])]):
            case "audit":
                affected = [
                    {"record": each, "change": "updated", "name": drawn.choice(names)}
                    for each in {each["id"] + each["type"]: each for each in (record, drawn.choice(records))}.values()
                ]
                entries.append(api.audit(affected=affected, occurred_at=moment))
            case "activity":
                entries.append(api.activity(record=record, name=drawn.choice(names), occurred_at=moment))
            case "email":
                address = f"{drawn.choice('ab')}@fam.example"
                entries.append(api.email(record=record, recipient=address, occurred_at=moment))
            case "sms":
                entries.append(api.sms(record=record, recipient=f"+1415555010{drawn.choice('12')}", occurred_at=moment))
    straight = RecordsWorld(NOW)
    straight.tell(entries)
    other = RecordsWorld(NOW)
    other.post(entries)
    told = other.entries() * 2
    drawn.shuffle(told)
    while told:
        some = [told.pop() for _ in range(min(len(told), drawn.randrange(1, 4)))]
        if drawn.random() < 0.5:
            other.table.crash_after = drawn.randrange(6)
        try:
            other.register.add(some)
        except CrashError:
            told[:0] = some
        other.table.crash_after = None
    lines = [*names, "smi", "lee", "a@fam.example", "(415) 555-0101", "+14155550102", "1", "class/0"]
    assert [(line, sorted(straight.found(line))) for line in lines] == [
        (line, sorted(other.found(line))) for line in lines
    ]
    for record in records:
        assert straight.name(Record(**record)) == other.name(Record(**record)), record


@pytest.mark.parametrize("seed", range(120))
def test_of_writers_at_once_none_takes_away_what_another_has_registered(seed: int) -> None:
    drawn = random.Random(seed)
    world = RecordsWorld(NOW)
    if drawn.random() < 0.7:
        world.tell([named(f"Name{number} Smith", number + 1) for number in range(known.MAX_NAMES)])
    before = {item.key for item in world.entries()}
    world.post([named(name, drawn.randrange(10, 20)) for name in drawn.sample(["Name0 Smith", "Zed", "Al Smith"], 2)])
    new = [[item] for item in world.entries() if item.key not in before]
    writers: list[interleaving.Writer] = [
        lambda table, items=items: register_of(table, world.clock).add(items)  # type: ignore[misc]
        for items in (*new, *(new if drawn.random() < 0.3 else []))
    ]
    interleaving.run(world.table, writers, drawn.randrange)
    (item,) = world.items(RecordItem)
    registered = known.of_item(item)
    assert registered is not None
    wanted = names.index_items("riverside", FAMILY, registered)
    stored = {each.key: each for each in world.register_items() if not isinstance(each, RecordItem)}
    assert stored == wanted


def test_the_sixth_name_takes_the_place_of_the_oldest() -> None:
    world = RecordsWorld(NOW)
    for day in range(1, 8):
        world.tell([named(f"Name{day}", day)])
    assert [world.found(f"Name{day}") != [] for day in range(1, 8)] == [False, False, True, True, True, True, True]
    assert world.name(FAMILY) == "Name7"


def test_what_expired_is_not_found_though_the_register_knows_it_still() -> None:
    world = RecordsWorld(NOW)
    world.tell([named("Smith", 1), api.email(record=SMITH, recipient="jane@fam.example", occurred_at=at(1))])
    assert world.found("smith") == world.found("jane@fam.example") == ["family/1 Smith"]
    world.now = NOW + timedelta(days=730)
    assert world.found("smith") == world.found("jane@fam.example") == world.found("1") == []


def test_an_address_whose_messages_expired_finds_nobody_while_other_entries_stand() -> None:
    world = RecordsWorld(NOW)
    world.tell([api.email(record=SMITH, recipient="jane@fam.example", occurred_at="2025-01-05T10:00:00Z")])
    world.tell([named("Smith", 1)])
    world.now = datetime(2027, 1, 6, 10, tzinfo=UTC)
    assert world.found("smith") == ["family/1 Smith"]
    assert world.found("jane@fam.example") == []


def test_it_is_written_again_in_time_before_it_would_expire() -> None:
    world = RecordsWorld(NOW)
    world.tell([named("Smith", 1)])
    for months in (5, 11):
        assert world.tell([named("Smith", 1) | {"occurred_at": f"2026-{months:02}-01T10:00:00Z"}]) == 0
    world.now = datetime(2027, 12, 1, tzinfo=UTC)
    assert world.tell([named("Smith", 1) | {"occurred_at": "2027-12-01T00:00:00Z"}]) == 1
    world.now = datetime(2029, 11, 30, tzinfo=UTC)
    assert world.found("smith") == ["family/1 Smith"]


def test_a_rebuild_knows_what_the_entries_tell_and_nothing_else() -> None:
    world = RecordsWorld(NOW)
    entries = [named("Smith", 1), acted("Jane Smith", 2), api.sms(record=SMITH, occurred_at=at(3))]
    world.tell(entries)
    wanted = sorted(item.key for item in world.register_items())
    for item in world.register_items():
        del world.table.stored[item.key]
    assert world.register.rebuild("riverside", FAMILY)
    assert sorted(item.key for item in world.register_items()) == wanted
    for entry in world.entries():
        del world.table.stored[entry.key]
    assert not world.register.rebuild("riverside", FAMILY)
    assert world.register_items() == []
