"""Holds: who may place them, and that nothing of a held record expires, on the real functions with their roles."""

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from daybook.core import timestamps
from daybook.handlers import settings, wiring
from daybook.model.delivery_events import TaggedSend

from tests.support import api
from tests.support.functions import triggers
from tests.support.functions.world import (
    BASE,
    EVERYWHERE,
    GRACE,
    SAM,
    SMITH,
    START,
    World,
    at,
    lift,
    on_a_clock,
    one_of_each,
    place,
    shown,
)
from tests.support.memory import streams

EVERYTHING = {"retain_email": "P1Y", "retain_sms": "P1Y", "retain_push": "P1Y"}


@pytest.fixture
def world(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


@pytest.fixture
def short(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Messages expire, too, after a year."""
    for name, period in EVERYTHING.items():
        monkeypatch.setenv(name.upper(), period)
    return world


def listed(**query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.call("GET", BASE, **query).body["entries"]
    return found


@pytest.mark.parametrize("how", ["before it is written", "after it was written"])
def test_what_is_held_is_shown_in_every_call_until_the_grace_after_the_hold(short: World, how: str) -> None:
    if how.startswith("before"):
        place()
    ids = one_of_each(at(hour=9))
    short.settle()
    if how.startswith("after"):
        place()
    short.settle()
    assert listed()[0]["status"] == "standing"
    assert listed()[0]["too_late"] == 0
    short.until(year=2029)
    assert shown(ids) == EVERYWHERE
    for log in ("emails", "sms", "pushes", "activity", "audit"):
        (row,) = [row for row in api.walk(log) if row["id"] == ids[log]]
        assert "expires_at" not in row
    (email,) = api.walk("emails")
    assert (email["has_content"], email["content_expires_at"]) == (True, None)
    assert ids["audit"] in {row["id"] for row in api.walk("audit", "student/2")}, "the entry is held as a whole"

    assert lift().body["status"] == "lifting"
    short.settle()
    assert listed() == []
    end = timestamps.instant(short.now + GRACE)
    for log in ("emails", "sms", "pushes", "activity", "audit"):
        (row,) = [row for row in api.walk(log) if row["id"] == ids[log]]
        assert row["expires_at"] == end, log
    (email,) = api.walk("emails")
    assert (email["has_content"], email["content_expires_at"]) == (True, end)
    short.now += GRACE - timedelta(seconds=1)
    assert shown(ids) == EVERYWHERE
    short.now += timedelta(seconds=1)
    assert shown(ids) == {"timeline"}
    short.expire()
    # Neither content, nor pointers, nor copies: nothing is left that would never go.
    left = [key for key, item in short.items().items() if "held_until" in item or ids["audit"][-18:] in key[1]]
    assert left == []
    assert not [key for key in short.items() if key[0].startswith("message/")]


def test_a_lifted_hold_gives_everything_its_own_time_back(short: World) -> None:
    ids = one_of_each(at(hour=9))
    short.settle()
    before = short.items()
    place()
    short.settle()
    held = {key for key, item in short.items().items() if "held_until" in item}
    logs = {"email", "sms", "push", "activity", "audit", "content", "key"}
    assert {sk.partition("/")[0] for pk, sk in held if pk == "riverside/family/1"} == logs
    assert {sk.partition("/")[0] for pk, sk in held if pk == "riverside/student/2"} == {"audit"}
    assert len([pk for pk, _ in held if pk.startswith("message/")]) == 3
    lift()
    short.settle()
    after = short.items()
    kept = {key for key in before if "/search" not in key[0] and "/staff" not in key[0]}
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert shown(ids) == EVERYWHERE


def test_content_is_held_though_its_email_never_expires(world: World) -> None:
    (one,) = api.posted(api.email(body={"text": "Dear Smiths"}, occurred_at=at(hour=9)))
    (other,) = api.posted(api.email(occurred_at=at(hour=8)))
    world.settle()
    place()
    world.until(year=2029)
    assert listed()[0]["held"] == 2, "the content, and the entry about the hold"
    assert api.read(f"emails/{one}/content").body["text"] == "Dear Smiths"
    assert api.read(f"emails/{other}/content").body["code"] == "no_content"
    shown_now = {row["id"]: (row["has_content"], row["content_expires_at"]) for row in api.walk("emails")}
    assert shown_now == {one: (True, None), other: (False, None)}
    lift()
    world.settle()
    world.now += GRACE
    world.expire()
    assert api.read(f"emails/{one}/content").body["code"] == "content_expired"
    assert {row["id"]: row["has_content"] for row in api.walk("emails")} == {one: False, other: False}


def test_content_that_was_gone_before_the_hold_does_not_come_back(world: World) -> None:
    (one,) = api.posted(api.email(body={"text": "Dear Smiths"}, occurred_at=at(hour=9)))
    world.until(year=2029)
    before = api.walk("emails")
    assert not before[0]["has_content"]
    place()
    world.settle()
    assert api.walk("emails") == before
    assert api.read(f"emails/{one}/content").body["code"] == "content_expired"


def test_what_has_expired_but_is_still_there_is_held(world: World) -> None:
    (one,) = api.posted(api.activity(occurred_at=at(hour=9)))
    world.settle()
    world.now = START.replace(year=2029)
    assert api.walk("activity") == []
    place()
    world.until(year=2030)
    assert [row["id"] for row in api.walk("activity")] == [one]


def test_content_that_comes_after_its_email_is_held(world: World) -> None:
    """The sending has made the entry, and the mailer posts the rest while the record is on hold."""
    place()
    world.settle()
    config = settings.read(os.environ, settings.IngestSettings)
    table = wiring.table(config)
    recorder = wiring.ingest(config, table, wiring.content_store(config))
    recorder.log_sends(
        [
            TaggedSend(
                org="riverside",
                record_type="family",
                record_id="1",
                recipients=("smith@mail.example",),
                subject="Hello",
                message_id="m1",
                sent_at=at(hour=9),
            )
        ]
    )
    world.settle()
    (one,) = [
        result["id"]
        for result in api.post(api.email(message_id="m1", body={"text": "x"}, occurred_at=at(hour=9))).body["results"]
    ]
    world.until(year=2029)
    assert api.read(f"emails/{one}/content").status == 200
    (row,) = api.walk("emails")
    assert (row["has_content"], row["content_expires_at"]) == (True, None)


def test_two_holds_on_one_audit_entry_are_both_needed_to_be_lifted(world: World) -> None:
    ids = one_of_each(at(hour=9))
    world.settle()
    for record in (SMITH, SAM):
        place(record)
        world.settle()
    assert [hold["record"] for hold in listed()] == [SMITH, SAM]
    world.until(year=2029)
    lift(SMITH)
    world.settle()
    world.now += GRACE
    world.expire()
    assert ids["audit"] in {row["id"] for row in api.walk("audit")}
    assert ids["audit"] in {row["id"] for row in api.walk("audit", "student/2")}
    assert len(api.call("GET", f"/v1/orgs/riverside/audit/{ids['audit']}").body["affected"]) == 2
    assert api.walk("activity") == []
    lift(SAM)
    world.settle()
    world.now += GRACE
    world.expire()
    assert api.call("GET", f"/v1/orgs/riverside/audit/{ids['audit']}").status == 404
    assert "held_until" not in {name for item in world.items().values() for name in item}


@pytest.mark.parametrize("seed", range(6))
def test_the_stream_may_tell_twice_and_in_any_order(short: World, seed: int) -> None:
    drawn = random.Random(seed)
    ids = one_of_each(at(hour=9))
    acts: list[Callable[[], Any]] = [place, lambda: place(SAM), lift, lambda: lift(SAM), place]
    told: list[streams.Record] = []
    for number in range(6):
        short.listen()
        told += short.waiting
        batch = drawn.choices(told, k=min(len(told), drawn.randint(1, 6)))
        short.waiting = [each for each in short.waiting if each not in batch]
        short.deliver([*batch, *batch[:1]])
        if number < len(acts):
            acts[number]()
    short.listen()
    drawn.shuffle(told)
    short.deliver([*told, *short.waiting])
    short.deliver(told)
    short.settle()
    for key, item in short.items().items():
        if key[0] == "riverside/family/1":
            assert "expires_at" not in item, key
    short.until(year=2029)
    assert shown(ids) == EVERYWHERE
    lift()
    short.settle()
    short.now += GRACE
    short.expire()
    assert shown(ids) == {"timeline"}
    assert "held_until" not in {name for item in short.items().values() for name in item}


def test_placing_changing_and_lifting_are_audit_entries_of_the_record(world: World) -> None:
    acts: list[Callable[[], Any]] = [place, place, lambda: place(reason="a lawsuit"), lift]
    for act in acts:
        act()
        world.now += timedelta(seconds=1)
    found = api.walk("audit", order="asc")
    assert [(row["username"], row["action"], row["affected"][0]["change"]) for row in found] == [
        ("ada", "placed hold", "held"),
        ("ada", "changed hold", "updated"),
        ("ada", "lifted hold", "released"),
    ]
    assert found[0]["affected"][0]["details"] == {"reason": "a claim"}
    assert (found[1]["affected"][0]["before"], found[1]["affected"][0]["after"]) == (
        {"reason": "a claim"},
        {"reason": "a lawsuit"},
    )


def test_a_hold_says_who_placed_it_why_and_how_far_it_is(world: World) -> None:
    api.posted(api.activity(occurred_at=at(hour=9)), api.push(occurred_at=at(hour=9)))
    expected = {
        "record": SMITH,
        "reason": "a claim",
        "placed_at": at(),
        "placed_by": "ada",
        "status": "placing",
        "held": 0,
        "too_late": 0,
        "too_late_entries": [],
    }
    assert place().body == expected
    assert listed() == [expected]
    world.settle()
    # The push never expires; the placing of the hold is an entry, too.
    assert listed() == [expected | {"status": "standing", "held": 2}]
    assert place(reason="another").body == expected | {"reason": "another", "status": "standing", "held": 2}
    world.settle()
    assert place(reason="another").body == expected | {"reason": "another", "status": "placing"}
    world.settle()
    # That another reason was given is the third.
    assert listed() == [expected | {"reason": "another", "status": "standing", "held": 3}]


def test_a_hold_that_was_lifted_may_be_placed_again(world: World) -> None:
    (one,) = api.posted(api.activity(occurred_at=at(hour=9)))
    for reason in ("first", "second"):
        assert place(reason=reason).body["reason"] == reason
        world.settle()
        assert lift().status == 200
        assert lift().status == 404
        world.settle()
        assert lift().status == 404
    place(reason="third")
    world.until(year=2029)
    assert [row["id"] for row in api.walk("activity")] == [one]
    assert [hold["reason"] for hold in listed()] == ["third"]


def test_a_lifted_hold_is_forgotten_after_two_days(world: World) -> None:
    place()
    world.settle()
    lift()
    world.settle()
    world.now += timedelta(days=2)
    world.expire()
    assert not [key for key in world.items() if key[0] == "riverside/holds"]


def test_holds_are_listed_by_record_a_page_at_a_time(world: World) -> None:
    records = [{"type": kind, "id": str(number)} for kind in ("family", "staff") for number in range(4)]
    for record in random.Random(1).sample(records, 8):
        place(record)
    api.call("PUT", "/v1/orgs/hilltop/holds/family/9", claims=api.OTHER_ADMIN, body={"reason": "theirs"})
    lift(records[3])
    query: dict[str, Any] = {"limit": 3}
    found, pages = [], 0
    while True:
        answer = api.call("GET", BASE, **query)
        found += [hold["record"] for hold in answer.body["entries"]]
        pages += 1
        if answer.body["next"] is None:
            break
        query["cursor"] = answer.body["next"]
    assert found == [record for record in records if record != records[3]]
    assert pages == 3
    assert api.call("GET", BASE, cursor="x").body["code"] == "invalid_cursor"
    theirs = api.call("GET", "/v1/orgs/hilltop/holds", claims=api.OTHER_ADMIN, cursor=query["cursor"])
    assert theirs.body["code"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "reason"), ({"reason": ""}, "reason"), ({"reason": "x" * 1001}, "reason"), ({"reason": "a", "b": 1}, "b")],
)
def test_a_wrong_hold_is_refused(world: World, body: dict[str, Any], field: str) -> None:
    answer = api.call("PUT", f"{BASE}/family/1", body=body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_wrong_record_is_refused(world: World) -> None:
    assert place({"type": "-", "id": "1"}).status == 422
    assert lift({"type": "-", "id": "1"}).status == 422


def test_who_may_hold(world: World) -> None:
    reader = {**api.SERVICE, "scope": "daybook/read"}
    writer = {**api.SERVICE, "scope": "daybook/write"}
    manager = {**api.SERVICE, "scope": "daybook/manage"}
    for claims in (api.STAFF, api.OTHER_ADMIN, reader, writer):
        assert place(claims=claims).status == 403
    assert listed() == []
    assert place(claims=manager).body["placed_by"] == "portal"
    for claims in (api.STAFF, api.OTHER_ADMIN, reader, writer):
        assert lift(claims=claims).status == 403
    for claims, status in ((api.STAFF, 403), (api.OTHER_ADMIN, 403), (writer, 403), (manager, 403), (reader, 200)):
        assert api.call("GET", BASE, claims=claims).status == status
    assert lift(claims=manager).status == 200


def test_without_holds_what_is_written_costs_one_look_and_no_write(world: World) -> None:
    one_of_each(at(hour=9))
    world.settle()
    before = world.items()
    told = streams.told({}, before)
    triggers.index([each for each in told if streams.hears("index", each)])
    assert world.items() == before
