"""A backfill that cannot go on: it says why, is tried again and given up, and neither holds nor the stream wait."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from daybook.core import timestamps
from daybook.core.errors import StoreBusyError
from daybook.handlers.triggers import index_stream
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.job_retry import KILLED
from daybook.storage.table import RefusedError

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions import triggers
from tests.support.functions.events import NONE_FAILED, TTL, Context, change
from tests.support.functions.log_lines import NamedFunctions
from tests.support.functions.world import BASE, World, at, lift, on_a_clock, place

NAME = "Josephine Baker"
BAD, GOOD = {"type": "family", "id": "bad"}, {"type": "family", "id": "good"}
HILLTOP = "/v1/orgs/hilltop/holds"


class KilledError(BaseException):
    """What kills an invocation: nothing in it can catch that."""


@pytest.fixture
def world(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


def resume() -> None:
    api.function("index").handler({"resume": True}, Context())


def listed(base: str = BASE, claims: dict[str, Any] = api.ADMIN) -> dict[str, dict[str, Any]]:
    return {hold["record"]["id"]: hold for hold in api.call("GET", base, claims=claims).body["entries"]}


def failure(record_id: str = "bad") -> dict[str, Any]:
    found: dict[str, Any] = listed()[record_id]["failure"]
    return found


def broken(world: World, value: str) -> dict[str, Any]:
    """Store an audit entry of which nothing can be made, as no post would leave it; the one that it was."""
    api.posted(api.audit(affected=[{"record": BAD, "change": "updated", "name": NAME}], occurred_at=at(hour=8)))
    world.settle()
    sound = next(item for (pk, sk), item in world.items().items() if pk.endswith("/bad") and sk.startswith("audit/"))
    client("dynamodb").put_item(TableName=TABLE, Item=sound | {"change": {"S": value}})
    world.listen()
    world.waiting = []
    return sound


def nested(levels: int) -> str:
    details = "[" * levels + json.dumps(NAME) + "]" * levels
    return f'[{{"record": {{"type": "family", "id": "bad"}}, "change": "updated", "after": {details}}}]'


@pytest.mark.parametrize("value", ['[{"record": "' + NAME, '[{"record": {"type": "family"}}]'])
def test_an_entry_that_cannot_be_read_stops_neither_other_holds_nor_the_index_nor_another_org(
    world: World, value: str
) -> None:
    sound = broken(world, value)
    for record in (BAD, GOOD):
        place(record)
    (theirs,) = api.posted(api.activity(), org="hilltop")
    api.call("PUT", f"{HILLTOP}/family/1", claims=api.OTHER_ADMIN, body={"reason": "theirs"})
    (found,) = api.posted(api.audit(action="waved", affected=[{"record": GOOD, "change": "updated"}]))
    world.settle()
    assert listed()["good"]["status"] == "standing"
    assert "failure" not in listed()["good"]
    assert listed(HILLTOP, api.OTHER_ADMIN)["1"]["status"] == "standing"
    assert [row["id"] for row in api.call("GET", "/v1/orgs/riverside/audit", q="waved").body["entries"]] == [found]
    assert {"held_until", "name"} <= next(
        item.keys() for (pk, sk), item in world.items().items() if pk.startswith("hilltop/") and theirs[-18:] in sk
    )
    assert listed()["bad"]["status"] == "placing"
    assert failure()["attempts"] == 2
    assert failure()["since"] == timestamps.instant(world.now)
    assert failure()["next_attempt_at"] > timestamps.instant(world.now)
    assert NAME not in json.dumps(listed())
    # Once the cause is corrected, it goes on by itself.
    client("dynamodb").put_item(TableName=TABLE, Item=sound)
    world.now += timedelta(minutes=2)
    resume()
    world.settle()
    assert listed()["bad"]["status"] == "standing"
    assert "failure" not in listed()["bad"]
    assert not [key for key, item in world.items().items() if key[0].endswith("family/bad") and "expires_at" in item]


@pytest.mark.parametrize("levels", [500, 5_000])
def test_an_entry_that_is_nested_deeply_is_held_like_any_other(world: World, levels: int) -> None:
    broken(world, nested(levels))
    place(BAD)
    world.settle()
    assert (listed()["bad"]["status"], "failure" in listed()["bad"]) == ("standing", False)
    assert not [key for key, item in world.items().items() if key[0].endswith("family/bad") and "expires_at" in item]


ERRORS: list[Callable[[], BaseException]] = [
    lambda: RefusedError(f"the item of {NAME} is too large"),
    lambda: MemoryError(NAME),
    lambda: StoreBusyError("the store is throttling reads"),
    lambda: RecursionError(NAME),
]


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_is_raised_is_noted_and_said_without_what_it_quotes(
    world: World, named: NamedFunctions, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    api.posted(api.activity(record=BAD), api.activity(record=GOOD))
    world.settle()
    for record in (BAD, GOOD):
        place(record)
    fail_for_one(monkeypatch, error)
    world.listen()
    named.lines()
    named.invoke("index", {"Records": world.waiting}, Context())
    assert named.answer == NONE_FAILED
    lines = named.lines()
    assert NAME not in json.dumps(lines)
    (line,) = [line for line in lines if line["message"].startswith("backfill")]
    assert line["org"] == "riverside"
    assert listed()["good"]["status"] == "standing"
    is_busy = isinstance(error(), StoreBusyError)
    assert failure()["reason"] == ("the store is throttling reads" if is_busy else index_stream.UNFORESEEN)


def fail_for_one(monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]) -> None:
    enforce = HoldEnforcer.enforce

    def enforce_but_of_one(self: HoldEnforcer, org: str, items: Any) -> int:
        found = list(items)
        if any(item.pk.endswith("/bad") and item.sk.startswith("activity/") for item in found):
            raise error()
        return enforce(self, org, found)

    monkeypatch.setattr(HoldEnforcer, "enforce", enforce_but_of_one)


def test_it_is_tried_with_growing_pauses_given_up_after_a_day_and_begun_anew_by_a_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept,) = api.posted(api.activity(record=BAD, occurred_at=at(hour=9)))
    world.settle()
    place(BAD)
    began, attempts = world.now, []
    with monkeypatch.context() as patch:
        fail_for_one(patch, lambda: ValueError(NAME))
        world.settle()
        while failure()["next_attempt_at"] is not None:
            world.now = timestamps.from_instant(failure()["next_attempt_at"])
            resume()
            world.settle()
            attempts.append((world.now, failure()["attempts"]))
        # It is not tried again, whoever tells of it.
        world.now += timedelta(days=30)
        resume()
        assert not world.waiting
        triggers.index([change(item, "MODIFY") for key, item in world.items().items() if key[0] == "riverside/holds"])
        assert failure()["attempts"] == attempts[-1][1]
    assert attempts[-1][0] == began + timedelta(days=1)
    assert [count for _, count in attempts] == list(range(3, len(attempts) + 3))
    assert 8 < len(attempts) < 25
    assert listed()["bad"]["status"] == "placing"
    assert api.walk("activity", "family/bad")[0]["id"] == kept
    # What is written meanwhile is held all the same.
    (later,) = api.posted(api.activity(record=BAD, occurred_at=timestamps.instant(world.now)))
    world.settle()
    assert "expires_at" not in next(row for row in api.walk("activity", "family/bad") if row["id"] == later)
    assert place(BAD).body["status"] == "placing"
    world.settle()
    assert listed()["bad"]["status"] == "standing"
    assert "failure" not in listed()["bad"]


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("given_up", [False, True])
def test_what_ttl_deletes_meanwhile_is_named(world: World, monkeypatch: pytest.MonkeyPatch, given_up: bool) -> None:
    ids = api.posted(
        api.activity(record=BAD, occurred_at=at(hour=9)), api.email(record=BAD, body={"text": "x"}, occurred_at=at())
    )
    world.settle()
    world.now = world.now.replace(year=2029)
    place(BAD)
    fail_for_one(monkeypatch, lambda: ValueError(NAME))
    world.settle()
    if given_up:
        for _ in range(30):
            world.now += timedelta(hours=4)
            resume()
            world.settle()
        assert failure()["next_attempt_at"] is None
    removed = [
        item for (pk, sk), item in world.items().items() if pk.endswith("/bad") and sk.startswith(("act", "con"))
    ]
    told = [change(item, userIdentity=TTL) for item in removed]
    for record in told:
        record["dynamodb"]["ApproximateCreationDateTime"] = int(world.now.timestamp())
    triggers.handle({"Records": told})
    assert (listed()["bad"]["too_late"], listed()["bad"]["too_late_entries"]) == (2, sorted(ids))


def test_a_step_that_takes_the_invocation_along_is_tried_once_more_and_then_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream tells again of what was not done; other holds of the batch are done then."""
    api.posted(api.activity(record=BAD), api.activity(record=GOOD))
    world.settle()
    for record in (BAD, GOOD):
        place(record)
    world.listen()
    told, killed = world.waiting, 0
    with monkeypatch.context() as patch:
        fail_for_one(patch, KilledError)
        for _ in range(5):
            try:
                triggers.index(told)
            except KilledError:
                killed += 1
            else:
                break
    assert killed == 2
    assert listed()["good"]["status"] == "standing"
    assert (failure()["reason"], failure()["attempts"]) == (KILLED, 2)
    world.waiting = []
    world.settle()
    assert listed()["bad"]["status"] == "placing"
    world.now += timedelta(minutes=3)
    resume()
    world.settle()
    assert listed()["bad"]["status"] == "standing"


def test_a_lifted_hold_whose_entries_cannot_be_released_is_listed_and_lifted_by_another_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.posted(api.activity(record=BAD, occurred_at=at(hour=9)))
    place(BAD)
    world.settle()
    lift(BAD)
    assert listed() == {}
    before = len(api.walk("audit", "family/bad"))
    with monkeypatch.context() as patch:
        fail_for_one(patch, lambda: ValueError(NAME))
        world.settle()
    assert listed()["bad"]["status"] == "lifting"
    assert failure()["attempts"] == 2
    assert lift(BAD).body["status"] == "lifting"
    assert listed() == {}
    assert lift(BAD).status == 404
    world.settle()
    assert len(api.walk("audit", "family/bad")) == before, "it was lifted once"
    assert not [key for key, item in world.items().items() if "held_until" in item]


def test_a_failed_hold_that_is_lifted_or_placed_anew_waits_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.posted(api.activity(record=BAD, occurred_at=at(hour=9)))
    world.settle()
    place(BAD)
    with monkeypatch.context() as patch:
        fail_for_one(patch, lambda: ValueError(NAME))
        world.settle()
        lift(BAD)
        world.settle()
        assert listed()["bad"]["status"] == "lifting"
        place(BAD)
        assert "failure" not in listed()["bad"]
        world.settle()
        assert failure()["attempts"] == 2
    lift(BAD)
    world.settle()
    assert listed() == {}
    assert not [item for item in world.items().values() if "failing" in item.get("org_status", {}).get("S", "")]


@pytest.mark.parametrize("retry", ["garbage", '{"due_at": 5}', '{"failures": 2, "failed_at": "x"}'])
def test_one_whose_retries_cannot_be_read_stops_neither_the_stream_nor_others(world: World, retry: str) -> None:
    hold = {"status": "placing", "turn": "t", "reason": "r", "placed_at": at(hour=8), "placed_by": "ada"}
    item = {"pk": "riverside/holds", "sk": "family/odd", **hold, "retry": retry}
    odd = {name: {"S": value} for name, value in item.items()}
    api.posted(api.audit(affected=[{"record": GOOD, "change": "updated", "name": NAME}]))
    (entry,) = [stored for (_, sk), stored in world.items().items() if sk.startswith("audit/")]
    client("dynamodb").put_item(TableName=TABLE, Item=odd)
    triggers.index([change(odd, "INSERT"), change(entry, "INSERT")])
    client("dynamodb").delete_item(TableName=TABLE, Key={name: odd[name] for name in ("pk", "sk")})
    assert len(api.call("GET", "/v1/orgs/riverside/audit", q="baker").body["entries"]) == 1
