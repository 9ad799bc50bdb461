"""An erasure that is killed at any write, and goes on, ends as one that was not; and nothing of its person is left."""

import gzip
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from daybook.erasure import archive, messages, work_list
from daybook.model import job_retry
from daybook.model.entries import PLACEHOLDER

from tests.support import api
from tests.support.memory.erasure_world import ErasureWorld, plain
from tests.support.memory.table import CrashError

FAMILY, CLASS = {"type": "family", "id": "7"}, {"type": "class", "id": "ballet"}
OFFICE, PORTAL = (
    {"source": "office_portal"},
    {"source": "customer_portal", "username": "vera", "member_name": "Vera Öz"},
)
SECRETS = ("Quillfeather", "vera", "quill@mail.example", "+14155550188")
NAMES = [f"Quillfeather {number:02}" for number in range(40)]


def lived_in(is_split: bool, patch: pytest.MonkeyPatch) -> ErasureWorld:
    """A family in each log, in the archive and, of 40 names, in more than one part of the work list."""
    patch.setattr(messages, "PAGE", 4)
    patch.setattr(archive, "OBJECTS", 1)
    if is_split:
        patch.setattr(work_list, "INLINE_BYTES", 200)
        patch.setattr(work_list, "PART_BYTES", 300)
    world = ErasureWorld()
    changes = [{"record": FAMILY, "change": "called", "name": name} for name in NAMES]
    moved = {"record": CLASS, "change": "moved", "name": "Ballet", "details": f"as {NAMES[3]} asked"}
    world.post(
        api.email(record=FAMILY, recipient="quill@mail.example", message_id="m-1", body={"text": "Dear Quillfeathers"}),
        api.sms(record=FAMILY, recipient="+14155550188", message_id="s-1"),
        api.activity(record=FAMILY, name=NAMES[0], action=f"{NAMES[0]} rang"),
        api.audit(affected=[*changes, moved], action=f"moved {NAMES[1]}", **OFFICE),
        api.audit(affected=[changes[2], moved], **PORTAL),
        api.audit(affected=[], action="signed in", **PORTAL),
    )
    for day in ("2025-03-01", "2025-03-02"):
        line = {"log": "activity", "id": f"{day.replace('-', '')}090000500" + "1jimvr28000000f891", "record": FAMILY}
        body = json.dumps({**line, "name": "Old Quillfeather", "action": "Old Quillfeather left"}).encode()
        world.archive.put(f"riverside/{day}/a.jsonl.gz", gzip.compress(body))
    return world


def state(world: ErasureWorld) -> dict[str, Any]:
    """All that is left, but for counts and moments, which differ where it was interrupted."""
    items = {
        key: {name: value for name, value in item.items() if name not in _of_the_moment(item)}
        for key, item in world.table.stored.items()
        if not key[0].endswith("/search") and "/-search/" not in key[0]
    }
    return {"items": items, "objects": [*world.objects.stored], "lines": world.archive.lines()}


def _of_the_moment(item: Mapping[str, Any]) -> set[str]:
    # A record that is gone is known for some days from the end of its erasure.
    return {"counts", "completed_at", *(["expires_at"] if "gone" in item else [])}


@pytest.mark.parametrize("is_split", [False, True])
def test_killed_at_any_write_it_ends_the_same(monkeypatch: pytest.MonkeyPatch, is_split: bool) -> None:
    frozen = iter(range(10**6))
    monkeypatch.setattr("daybook.core.entry_ids.os.urandom", lambda size: next(frozen).to_bytes(size))
    whole = lived_in(is_split, monkeypatch)
    erased = whole.until_ended(whole.request("family/7"))
    assert (erased.status, erased.counts.archived) == ("done", 2)
    assert whole.personal(*SECRETS) == []
    expected, kills = state(whole), 0
    for kills in range(200):
        frozen = iter(range(10**6))
        world = lived_in(is_split, monkeypatch)
        erasure_id = world.request("family/7")
        world.table.crash_after = kills
        world.step(erasure_id)
        is_killed = world.table.crash_after is None
        world.table.crash_after = None
        again = world.until_ended(erasure_id)
        assert again.status == "done", kills
        # As documented: what a page had done that broke off may be left out.
        assert again.counts.entries in (erased.counts.entries - 1, erased.counts.entries), kills
        assert state(world) == expected, kills
        assert world.under_way() == [], kills
        if not is_killed:
            break
    assert kills > (40 if is_split else 30)


def test_killed_twice_in_a_row_it_waits_longer_and_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    world = lived_in(False, monkeypatch)
    erasure_id = world.request("family/7")
    for failures in (1, 2):
        world.table.crash_after = 1
        world.step(erasure_id)
        assert world.table.crash_after is None
        # Nobody knows yet, and nobody else begins: it may be at work.
        shown = world.queries.get("riverside", erasure_id)
        assert shown.status == "running"
        writes = world.table.writes
        world.later(minutes=15, seconds=59)
        assert world.step(erasure_id) is None
        assert (world.table.writes, world.work_list.due()) == (writes, [])
        world.later(seconds=1)
        shown = world.queries.get("riverside", erasure_id)
        assert shown.reason == job_retry.KILLED
        assert job_retry.retry_of(world.table.stored["erasing", f"riverside/{erasure_id}"]["retry"]["S"]).failures == (
            failures - 1
        )
        assert world.work_list.due() == [("riverside", erasure_id)]
    assert world.until_ended(erasure_id).status == "done"


def test_what_always_kills_it_is_given_up_after_a_day_and_leaves_no_name_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = lived_in(True, monkeypatch)
    erasure_id, began, attempts = world.request("family/7"), world.now, 0
    entries = world.messages.erase

    def killing(*_: Any) -> None:
        nonlocal attempts
        attempts += 1
        world.table.crash_after = 0

    monkeypatch.setattr(world.messages, "erase", killing)
    ended = world.until_ended(erasure_id)
    assert (ended.status, ended.reason) == ("failed", job_retry.KILLED)
    assert timedelta(days=1) <= world.now - began < timedelta(days=1, hours=1)
    # After 16 minutes and so on, and after four hours at most.
    assert 8 <= attempts <= 20
    assert {pk for pk, _ in world.under_way()} == {f"riverside/-erasing/{erasure_id}"}
    ends = [int(world.table.stored[key]["expires_at"]["N"]) for key in world.under_way()]
    month = timedelta(days=30)
    assert all((began + month).timestamp() <= end <= (world.now + month).timestamp() for end in ends)
    # Nothing was erased, so all of it is still there; a new request erases it.
    assert world.personal("Quillfeather")
    monkeypatch.setattr(world.messages, "erase", entries)
    assert world.until_ended(world.request("family/7")).status == "done"
    assert (world.personal(*SECRETS), world.under_way()) == ([], [])
    assert any(PLACEHOLDER in plain(item) for item in world.table.stored.values())


def test_a_request_that_breaks_off_between_its_writes_leaves_no_erasure_without_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("daybook.core.entry_ids.os.urandom", bytes)
    for written in (0, 1):
        world = lived_in(False, monkeypatch)
        world.table.crash_after = written
        with pytest.raises(CrashError):
            world.request("family/7")
        shown = [sk for pk, sk in world.table.stored if pk == "riverside/erasures"]
        assert shown == []
        due = world.work_list.due()
        assert len(due) == written
        for org, erasure_id in due:
            world.step(erasure_id)
            found = world.queries.get(org, erasure_id)
            assert (found.status, found.requested_by) == ("done", "portal")
        assert bool(world.personal("Quillfeather")) == (written == 0)


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("phase", ["acts", "addresses", "archive", "blacklist"])
def test_a_new_request_knows_who_a_failed_one_was_to_erase(
    monkeypatch: pytest.MonkeyPatch, is_split: bool, phase: Any
) -> None:
    """The record's entries are erased by then, and say no name any more."""
    world = lived_in(is_split, monkeypatch)

    def broken(*_: Any) -> Any:
        raise RuntimeError("no bucket, no index")

    pages = world.job._pages[phase]
    world.job._pages[phase] = broken
    first = world.until_ended(world.request("family/7"))
    assert (first.status, first.reason) == ("failed", work_list.UNFORESEEN)
    assert not [key for key in world.personal("Quillfeather", "vera") if key[0] == "riverside/family/7"]
    world.job._pages[phase] = pages
    other = world.until_ended(world.request("family/8"))
    assert (other.status, bool(world.under_way())) == ("done", True), "it is of another record"
    again = world.until_ended(world.request("family/7"))
    assert (again.status, world.under_way(), world.personal(*SECRETS)) == ("done", [], [])
    assert [line["name"] for line in world.archive.lines()] == [PLACEHOLDER] * 2
