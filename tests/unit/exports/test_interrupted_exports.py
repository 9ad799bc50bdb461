"""Exports that are killed at any call, delivered twice, crossed and cancelled: the file is that of a quiet run."""

import csv
import io
import random
from contextlib import suppress
from datetime import timedelta

import pytest
from daybook.core.errors import ForbiddenError, StoreBusyError
from daybook.exports import own_entries
from daybook.exports.endings import CANCELLED
from daybook.exports.messages import Message
from daybook.exports.running import attempts, job, reading

from tests.support.memory.exports_world import ADA, ORG, START, BrokenError, World
from tests.support.memory.table import CrashError

ROWS = 40
WHOLE = [f"Sam {number}" for number in range(ROWS, 0, -1)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is two or three pages."""
    monkeypatch.setattr(reading, "PART_BYTES", 1000)


def names(file: bytes) -> list[str]:
    """Who did it, by the file's lines."""
    titles, *lines = csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""))
    (place,) = [index for index, cell in enumerate(lines[0]) if cell.startswith("Sam ")]
    assert titles[place]
    return [line[place] for line in lines]


def quiet(file_format: str = "csv", rows: int = ROWS) -> World:
    world = World(rows)
    world.ask(file_format)
    world.work()
    return world


def the_file(world: World) -> bytes:
    (body,) = world.objects.objects.values()
    return body


def check(world: World, export_id: str, wanted: bytes) -> None:
    """It is done, once, and nothing else is left."""
    assert world.export(export_id).status == "done"
    assert world.file(export_id) == wanted
    assert world.objects.objects.keys() == {f"{ORG}/{export_id}/export.csv"}
    assert world.objects.uploads == {}
    actions = [entry.action for entry in world.entries]  # type: ignore[union-attr]
    assert actions == [own_entries.ASKED, own_entries.COMPLETED]


def test_a_quiet_run_has_each_row_once_in_several_parts_and_invocations() -> None:
    world = World(ROWS)
    export_id = world.ask()
    outcomes = world.work()
    assert outcomes[-1] == "done"
    assert set(outcomes[:-1]) == {"continued"}
    assert len(outcomes) > 3
    assert names(world.file(export_id)) == WHOLE
    done = world.export(export_id)
    assert (done.rows, done.bytes) == (ROWS, len(world.file(export_id)))
    check(world, export_id, the_file(quiet()))


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_the_file_is_the_same(after: bool) -> None:
    wanted, fatal = the_file(quiet()), 0
    while True:
        world = World(ROWS)
        export_id = world.ask()
        world.steps.fatal, world.steps.after = world.steps.made + fatal + 1, after
        outcomes = world.work()
        if world.steps.made < (world.steps.fatal or 0):
            break
        assert "killed" in outcomes, fatal
        check(world, export_id, wanted)
        fatal += 1
    assert fatal > 30


@pytest.mark.parametrize("seed", range(60))
def test_killed_again_and_again_and_delivered_twice_the_file_is_the_same(seed: int) -> None:
    wanted, drawn = the_file(quiet()), random.Random(seed)
    world = World(ROWS)
    export_id = world.ask()
    for _ in range(8):
        world.kill(drawn)
        if world.messages and drawn.random() < 0.5:
            at, body = drawn.choice(world.messages)
            world.messages.append((at, body))
        for _ in range(drawn.randint(1, 3)):
            if world.messages:
                drawn.shuffle(world.messages)
                at, body = world.messages.pop()
                world.now = max(world.now, at)
                world.deliver(body)
    world.steps.fatal = None
    world.work()
    check(world, export_id, wanted)


def test_two_invocations_at_once_are_one_after_the_other() -> None:
    world = World(ROWS)
    export_id = world.ask()
    (_, body) = world.messages[0]
    seen: list[str] = []

    def meanwhile() -> None:
        world.list.before_page = lambda: None
        run = world.job.run(Message(ORG, export_id), lambda: 900.0)
        seen.append(run.outcome)

    world.list.before_page = meanwhile
    world.deliver(body)
    world.messages.pop(0)
    world.work()
    assert seen == ["held"]
    check(world, export_id, the_file(quiet()))


def test_an_attempt_that_was_thought_dead_spoils_nothing() -> None:
    world = World(ROWS)
    export_id = world.ask()
    (_, body) = world.messages.pop(0)
    pages = iter(range(100))

    def meanwhile() -> None:
        # In the middle of a part; then it goes on after its lease is over.
        if next(pages) == 2:
            world.list.before_page = lambda: None
            left, world.now = world.left, world.now + timedelta(hours=1)
            world.job.run(Message(ORG, export_id), world.seconds_left)
            world.left = left

    world.list.before_page = meanwhile
    run = world.deliver(body)
    assert run is not None
    assert run.outcome == "ended"
    world.work()
    check(world, export_id, the_file(quiet()))


def test_parts_that_somebody_wrote_over_are_noticed_and_made_again() -> None:
    world = World(ROWS)
    export_id = world.ask()
    for _ in range(3):
        world.deliver(world.messages.pop(0)[1])
    ((name, upload),) = world.objects.uploads
    world.objects.put_part(name, upload, 1, b"something else")
    assert "retried" in world.work()
    check(world, export_id, the_file(quiet()))


def test_rows_that_come_while_it_is_written_cost_none_of_the_others() -> None:
    world = World(ROWS)
    export_id = world.ask("jsonl")
    newer = iter(range(ROWS + 1, 1000))
    world.list.before_page = lambda: world.list.numbers.insert(0, next(newer))
    world.work()
    found = world.file(export_id).splitlines()
    assert len(found) == len(set(found)) >= ROWS


def test_an_empty_list_is_a_file_with_titles() -> None:
    assert len(the_file(quiet(rows=0)).splitlines()) == 1
    assert the_file(quiet("jsonl", rows=0)) == b""


def test_cancelled_while_it_runs_nothing_is_left() -> None:
    world = World(ROWS)
    export_id = world.ask()
    world.deliver(world.messages.pop(0)[1])
    world.list.before_page = lambda: world.endings.cancel(ORG, export_id, ADA)
    assert "ended" in world.work()
    shown = world.export(export_id)
    assert (shown.status, shown.reason) == ("failed", CANCELLED)
    assert (world.objects.objects, world.objects.uploads) == ({}, {})


@pytest.mark.parametrize("steps", range(1, 9))
def test_cancelling_that_breaks_off_is_done_again(steps: int) -> None:
    world = World(ROWS)
    export_id = world.ask()
    world.work()
    world.steps.fatal = world.steps.made + steps
    for _ in range(2):
        with suppress(CrashError):
            world.endings.cancel(ORG, export_id, ADA)
    assert world.export(export_id).status == "expired"
    assert world.objects.objects == {}


def test_what_fails_is_tried_again_and_given_up_after_five_times_with_the_reason() -> None:
    world = World(ROWS)
    export_id = world.ask()
    world.list.refuses = BrokenError()
    assert world.work() == ["retried"] * (attempts.MOST_FAILURES - 1) + ["failed"]
    shown = world.export(export_id)
    assert (shown.status, shown.reason) == ("failed", job.UNFORESEEN)
    assert (world.objects.objects, world.objects.uploads) == ({}, {})


def test_progress_forgives_failures() -> None:
    world = World(ROWS)
    export_id = world.ask()
    for _ in range(12):
        if not world.messages:
            break
        world.list.refuses = BrokenError()
        for _ in range(attempts.MOST_FAILURES - 1):
            world.deliver(world.messages.pop(0)[1])
        world.list.refuses = None
        world.deliver(world.messages.pop(0)[1])
    assert world.export(export_id).status == "done"


def test_killed_by_every_attempt_it_is_given_up_by_the_last_delivery() -> None:
    world = World(ROWS)
    export_id = world.ask()
    body = world.messages.pop(0)[1]
    for _ in range(attempts.MOST_FAILURES):
        world.steps.fatal = world.steps.made + 3
        assert world.deliver(body) is None
        world.now += timedelta(seconds=960)
    run = world.job.run(Message(ORG, export_id), lambda: 900.0)
    assert run.outcome == "failed"
    assert "cut off" in str(world.export(export_id).reason)


def test_a_store_that_is_busy_is_waited_for_but_no_longer_than_a_day() -> None:
    world = World(ROWS)
    export_id = world.ask()
    world.list.refuses = StoreBusyError("the store is throttling")
    for _ in range(100):
        world.now = max(world.now, world.messages[0][0])
        run = world.deliver(world.messages.pop(0)[1])
        assert run is not None
        assert run.outcome == "retried"
    world.now = START + timedelta(days=1)
    assert world.export(export_id).status == "failed"
    assert world.work() == ["failed"]
    assert world.export(export_id).reason == "the store is throttling"


def test_what_the_list_refuses_is_told_at_once() -> None:
    world = World(ROWS)
    export_id = world.ask()
    world.list.refuses = ForbiddenError("this needs the permission activity_log")
    assert world.work() == ["refused"]
    assert world.export(export_id).reason == "this needs the permission activity_log"


def test_a_queue_that_does_not_answer_leaves_nothing_running() -> None:
    world = World(ROWS)
    # The page, the audit entry, the item, the message.
    world.steps.fatal, world.steps.error = 4, StoreBusyError("the queue does not answer")
    with pytest.raises(StoreBusyError):
        world.ask()
    assert world.table.stored == {}
    assert world.messages == []
