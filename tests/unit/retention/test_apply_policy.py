"""A changed policy's way through the table: right whatever interrupts it, and no faster than stated."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import Record
from daybook.model.retention_policy import parse_policy
from daybook.retention.apply_policy import STEP_SECONDS, ApplyProgress, ApplyRequest
from daybook.storage.keys import job_keys, message_keys, org_keys
from daybook.storage.models.entries import HELD

from tests.support import api
from tests.support.memory.retention_world import (
    BEGAN,
    DAY,
    GRACE,
    NEW,
    OLD,
    WHO,
    World,
    check,
    expires_at,
    owner,
    standing,
)
from tests.support.memory.table import SCANNED_UNITS, CrashError


def test_every_item_of_an_entry_gets_its_new_end_and_nothing_else_is_touched() -> None:
    world = World()
    world.post(300, OLD)
    for item in (
        {"pk": {"S": "message/m"}, "sk": {"S": "event/email/"}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/search"}, "sk": {"S": "2026-11/1/0"}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/staff"}, "sk": {"S": "ada"}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/blacklist"}, "sk": {"S": "a@mail.example"}, "entry": {"S": "email/x/y"}},
    ):
        world.table.stored[item["pk"]["S"], item["sk"]["S"]] = item
    before = standing(world)
    progress = world.apply()
    changed = check(world, before)
    assert changed == progress.items_restamped > 400
    assert progress.items_read == len(before)
    assert progress.items_estimated == len(before) + 1
    assert progress.read_units > 0
    assert set(world.table.changed.values()) <= {0, 1}


def test_an_unchanged_policy_writes_nothing_and_neither_does_a_second_run() -> None:
    world = World(durations=OLD)
    # Some of it came when its time was over.
    world.post(300, OLD, within=200)
    standing(world)
    assert world.apply().items_restamped == 0
    world = World()
    world.post(300, OLD)
    assert world.apply().items_restamped > 0
    world.now += DAY
    assert world.apply().items_restamped == 0


@pytest.mark.parametrize(("seed", "segments"), [(0, 1), (1, 3), (2, 4), (3, 8)])
def test_killed_three_times_and_resumed_it_is_right_and_nothing_is_changed_twice(
    seed: int, segments: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed)
    monkeypatch.setattr("daybook.core.entry_ids.os.urandom", world.drawn.randbytes)
    world.post(1500, OLD)
    before = standing(world)
    killed, began = 0, set()

    def others() -> None:
        """New entries, and news of old ones; their writes are not counted."""
        left, world.table.crash_after = world.table.crash_after, None
        message = f"m{world.drawn.randrange(world.posted)}"
        world.post(3, NEW, within=5)
        delivery_event = DeliveryEvent(type="open", at="2026-11-22T12:00:00.000Z", ip="203.0.113.7")
        world.reconciler().apply(
            [RecipientEvent(log="email", message_id=message, recipient="smith@mail.example", event=delivery_event)]
        )
        world.table.crash_after = left

    for turn in range(1000):
        world.table.meanwhile = world.drawn.randrange(60), others
        # In the midst of what a step has to write, which is but a part of all; every other step gets to its end.
        if turn % 2 and killed < 3:
            world.table.crash_after = world.drawn.randrange(30)
        try:
            progress = world.apply_job().step(ApplyRequest(10, segments))
        except CrashError:
            killed += 1
            continue
        finally:
            world.table.revive()
            # Seconds, of which the grace has many.
            world.now += timedelta(seconds=15)
        began.add(progress.began)
        if progress.done:
            break
    assert killed == 3
    assert began == {timestamps.instant(BEGAN)}
    assert check(world, before) > len(before) / 3
    assert set(world.table.changed.values()) <= {0, 1}
    fresh = {key: item for key, item in world.table.stored.items() if key not in before}
    ingested = parse_policy(NEW)
    checked = 0
    for key, item in fresh.items():
        entry = owner(world.table, key, item)
        if entry is not None:
            log, occurred, is_content = entry
            wanted = (ingested.content_expiry if is_content else ingested.expiry)(log, occurred, world.now)
            assert expires_at(item) == wanted, key
            checked += 1
    assert checked > 20


def test_killed_before_it_has_noted_anything_it_begins_anew_and_nothing_is_changed_twice() -> None:
    world = World()
    world.post(300, OLD)
    standing(world)
    world.table.crash_after = 100
    with pytest.raises(CrashError):
        world.apply_job().step(ApplyRequest(1000, 4))
    world.table.revive()
    world.now += timedelta(minutes=1)
    assert world.apply().began == timestamps.instant(world.now)
    assert Counter(world.table.changed.values())[1] > 300
    assert set(world.table.changed.values()) <= {0, 1}


def test_a_store_that_is_busy_stops_a_segment_and_the_others_go_on() -> None:
    world = World()
    world.post(300, OLD)
    before = standing(world)
    world.table.busy = lambda: world.drawn.random() < 0.3
    while True:
        with suppress(StoreBusyError):
            if world.apply_job().step(ApplyRequest(100, 4)).done:
                break
    check(world, before)
    assert set(world.table.changed.values()) <= {0, 1}


def test_a_store_that_is_busy_fails_the_step_only_where_no_segment_gets_on() -> None:
    world = World()
    world.post(400, OLD)
    scans = iter(range(1_000))
    world.table.busy = lambda: next(scans) > 1
    progress = world.apply_job().step(ApplyRequest(1000, 1))
    assert (progress.done, progress.items_read > 0) == (False, True)
    with pytest.raises(StoreBusyError):
        world.apply_job().step(ApplyRequest(1000, 1))
    world.table.busy = lambda: False
    assert world.apply().items_read == len(world.table.stored) - 1


@pytest.mark.parametrize("segments", [1, 2, 5])
@pytest.mark.parametrize("rate", [20, 100, 1000])
def test_it_is_no_faster_than_stated(rate: int, segments: int) -> None:
    world = World()
    world.post(300, OLD)
    progress, seconds, restamped = None, 0.0, 0
    while progress is None or not progress.done:
        world.longest = 0.0
        progress = world.apply_job().step(ApplyRequest(rate, segments))
        assert progress.items_restamped - restamped <= rate * world.longest + 25 * segments * 0.001
        # Nobody has to wait for long: a batch more than was said.
        assert world.longest <= STEP_SECONDS + 25 * segments / rate + 1
        seconds, restamped = seconds + world.longest, progress.items_restamped
    assert restamped / seconds > rate / 4 / segments


def test_no_more_is_read_at_a_time_than_a_page() -> None:
    """What a slow step leaves of it is read again, and paid for again."""
    world = World(durations=OLD)
    world.post(100, OLD)
    pages = -(-len(world.table.stored) // 10)
    assert world.apply(segments=1, page_size=10).read_units == pages * SCANNED_UNITS


def test_another_policy_meanwhile_begins_a_run_of_its_own() -> None:
    world = World()
    world.post(300, OLD)
    first = world.apply_job().step(ApplyRequest(1, 2))
    assert not first.done
    world.now += timedelta(minutes=59)
    assert world.apply_job().step(ApplyRequest(1, 4)).began == first.began
    world.durations = NEW | {"audit": "P20D"}
    second = world.apply()
    assert second.began == timestamps.instant(world.now)
    assert second.items_read == len(world.table.stored)
    # Finished, it is not gone on with.
    world.now += DAY
    assert world.apply().began == timestamps.instant(world.now)


def test_a_run_is_stored_as_it_always_was() -> None:
    segment = {"after": ["~", "~"], "is_done": False, "items_read": 0, "items_restamped": 0, "read_units": 0}
    stored = {"began": "2026-11-22T11:59:59.000Z", "durations": NEW, "segments": [segment, segment | {"is_done": True}]}
    world = World()
    world.table.stored[job_keys.RETENTION_APPLY] = {
        "pk": {"S": job_keys.RETENTION_APPLY[0]}, "sk": {"S": job_keys.RETENTION_APPLY[1]},
        "run": {"S": msgspec.json.encode(stored).decode()},
    }  # fmt: skip
    progress = world.apply_job().step(ApplyRequest(1000, 5))
    assert (progress.began, progress.done) == (stored["began"], True)
    after = msgspec.json.decode(world.table.stored[job_keys.RETENTION_APPLY]["run"]["S"])
    assert [part["is_done"] for part in after["segments"]] == [True, True]
    assert [part.keys() for part in after["segments"]] == [segment.keys()] * 2
    assert after.keys() == stored.keys()


def test_a_run_that_was_left_for_long_goes_on_where_it_stopped_and_gives_the_whole_grace() -> None:
    world = World()
    world.post(300, OLD, within=20)
    before = standing(world)
    first = world.apply_job().step(ApplyRequest(2, 2))
    assert first.items_restamped > 20
    done = {key for key, count in world.table.changed.items() if count}
    world.now += timedelta(days=GRACE - 1)
    last = world.apply()
    assert last.began == timestamps.instant(world.now)
    # Its own item may be among them.
    assert last.items_read - len(before) in (0, 1)
    assert set(world.table.changed.values()) <= {0, 1}
    late = [key for key, count in world.table.changed.items() if count and key not in done]
    shortened = [world.table.stored[key] for key in late if key[1].startswith("content/")]
    assert min(expires_at(item) or 0 for item in shortened) == timestamps.epoch_seconds(world.now + GRACE * DAY)


def test_of_two_runs_at_once_each_item_hears_once() -> None:
    world = World()
    world.post(300, OLD)
    before = standing(world)
    others: list[ApplyProgress] = []
    world.table.interrupted = 5, lambda: others.append(world.apply_job().step(ApplyRequest(1000, 4)))
    assert not world.apply_job().step(ApplyRequest(100, 4)).done
    assert len(others) == 1
    world.apply()
    check(world, before)
    assert set(world.table.changed.values()) <= {0, 1}


def test_what_ttl_takes_meanwhile_is_gone() -> None:
    world = World()
    world.post(100, OLD)
    gone = next(key for key in world.table.stored if key[1].startswith("audit/"))
    world.table.meanwhile = 3, lambda: world.table.stored.pop(gone)
    world.apply()
    assert gone not in world.table.stored


@pytest.mark.parametrize("seed", range(6))
def test_what_is_held_never_gets_an_end_not_even_its_first(seed: int) -> None:
    """Holds that stood before, and that are placed meanwhile; pushes have had no end at all."""
    world = World(seed)
    world.post(300, OLD)
    changes = HoldChanges(table=world.table, recorder=world.ingest(OLD), clock=world.clock)
    held = [Record("family", str(number)) for number in range(12)]

    def place(record: Record) -> None:
        left, world.table.crash_after = world.table.crash_after, None
        changes.place("riverside", record, Reason("claim"), WHO, None)
        key = org_keys.hold(record)
        while world.table.stored["riverside/holds", key]["status"]["S"] != "standing":
            world.backfill(NEW).step("riverside", key, seconds=10)
        world.table.crash_after = left

    for record in held[:8]:
        place(record)
    late = held[8:]
    killed = 0
    for turn in range(1000):
        if late:
            world.table.meanwhile = world.drawn.randrange(20), partial(place, late.pop())
        if turn % 2 and killed < 2:
            world.table.crash_after = world.drawn.randrange(20)
        try:
            if world.apply_job().step(ApplyRequest(10, 3)).done:
                break
        except CrashError:
            killed += 1
        finally:
            world.table.revive()
    assert (killed, late) == (2, [])
    standing_holds = {sk for (pk, sk) in world.table.stored if pk == "riverside/holds"}
    assert len(standing_holds) > 9, "some were placed meanwhile"
    partitions = {f"riverside/{record}" for record in standing_holds}
    of_held = [
        item
        for (pk, sk), item in world.table.stored.items()
        if pk in partitions or any(sk.startswith(f"{partition}/") for partition in partitions)
    ]
    assert len(of_held) > 50
    assert not [item for item in of_held if "expires_at" in item]
    assert {item["content_until"]["N"] for item in of_held if "content_until" in item} == {str(HELD)}
    pushes = [item for item in of_held if item["sk"]["S"].startswith("push/")]
    assert pushes
    assert all("held_until" in item for item in pushes)


def test_events_of_a_whole_message_stay_for_as_long_as_its_entries() -> None:
    world = World()
    occurred = (BEGAN - 20 * DAY).isoformat()
    line = msgspec.json.encode(api.email(message_id="m", occurred_at=occurred))
    world.ingest(OLD).post("riverside", [line])
    event = DeliveryEvent(type="open", at="2026-11-21T12:00:00.000Z", ip="203.0.113.7")
    world.reconciler().apply([RecipientEvent(log="email", message_id="m", recipient="", event=event)])
    early = message_keys.partition("m"), message_keys.pending_events("email", "")
    assert expires_at(world.table.stored[early]) == timestamps.epoch_seconds(BEGAN + 70 * DAY)
    world.apply()
    assert expires_at(world.table.stored[early]) == timestamps.epoch_seconds(BEGAN + 20 * DAY)
