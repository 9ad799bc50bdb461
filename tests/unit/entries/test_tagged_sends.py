"""Entries of tagged e-mails, whichever event tells of them first."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest
from daybook.core import timestamps
from daybook.entries import message_limit
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import EmailStatus
from daybook.model.retention_policy import Policy
from msgspec.structs import replace

from tests.support.hashes import hashed
from tests.support.memory.feedback_world import (
    DELIVERY,
    HARD,
    JONES,
    MESSAGE,
    NOW,
    SEND,
    SMITH,
    World,
    delivery_event,
    event,
)
from tests.support.memory.table import CrashError

PERIOD, GRACE = timedelta(days=30), timedelta(days=7)


@pytest.mark.parametrize(("days", "is_over"), [(29, False), (31, True)])
def test_an_entry_whose_time_is_over_does_not_come_back_by_a_late_event(
    monkeypatch: pytest.MonkeyPatch, days: int, is_over: bool
) -> None:
    """A click may come weeks after its e-mail. What the sending itself tells is kept for the grace, as an import is."""
    world = World()
    policy = Policy({"email": PERIOD, "sms": None, "push": None, "content": GRACE}, GRACE)
    monkeypatch.setattr(world.ingest, "_policy", policy)
    send = replace(SEND, sent_at=timestamps.instant(NOW - timedelta(days=days)))
    world.ingest.log_sends([send], is_late=True)
    assert bool(world.entries()) is not is_over
    world.ingest.log_sends([send])
    assert len(world.entries()) == 1


def act(world: World, action: DeliveryEvent | str) -> None:
    """The mailer posts with this status, or SES tells an event of a tagged message."""
    if isinstance(action, str):
        world.post(SMITH, status=action)
    else:
        world.ingest.log_sends([SEND])
        world.reconciler.apply([event(action)])


def seen(world: World, actions: Sequence[Any]) -> tuple[Any, Any]:
    for action in actions:
        act(world, action)
    return world.entries(), world.standing()


TOLD = pytest.mark.parametrize(
    "told", [delivery_event("send", 0), DELIVERY, HARD, delivery_event("subscription")], ids=lambda each: each.type
)


@TOLD
@pytest.mark.parametrize("status", get_args(EmailStatus))
def test_a_posted_status_counts_as_if_it_were_posted_first(status: str, told: DeliveryEvent) -> None:
    expected = seen(World(), [status, told])
    for order in ([told, status], [told, status, status], [told, status, told], [status, told, status]):
        assert seen(World(), order) == expected, order
    is_blocked = told is HARD or status in ("bounced", "complained")
    assert list(expected[1]) == ([hashed(SMITH)] if is_blocked else [])


@TOLD
@pytest.mark.parametrize("status", ["bounced", "delivered"])
def test_a_post_that_died_at_any_write_and_is_repeated_ends_in_the_same(status: str, told: DeliveryEvent) -> None:
    expected = seen(World(), [status, told])
    for crash in range(9):
        world = World()
        act(world, told)
        world.table.crash_after = crash
        try:
            act(world, status)
        except CrashError:
            # An entry that shows a bounce has its address on the blacklist.
            (entry,) = world.entries().values()
            assert entry["status"]["S"] != "bounced" or {*world.standing()} == {hashed(SMITH)}
        else:
            break
        assert seen(world, [status]) == expected, crash
    assert crash > 0


@pytest.mark.parametrize("first", [DELIVERY, "bounced"], ids=["event", "post"])
@pytest.mark.parametrize("step", range(12))
def test_a_post_and_an_event_that_cross_at_any_step_lose_nothing(step: int, first: DeliveryEvent | str) -> None:
    expected = seen(World(), ["bounced", DELIVERY])
    second: DeliveryEvent | str = DELIVERY if first == "bounced" else "bounced"
    world = World()
    act(world, delivery_event("send", 0))
    world.table.meanwhile = step, lambda: act(world, second)
    act(world, first)
    if world.table.meanwhile is not None:
        act(world, second)
    entries, blocked = world.entries(), world.standing()
    (entry,) = entries.values()
    (shown,) = expected[0].values()
    assert {**entry, "history": DELIVERY in entry["history"]} == {**shown, "history": True}
    assert blocked == expected[1]


def test_of_two_posts_the_first_tells_the_status() -> None:
    assert seen(World(), [DELIVERY, "delivered", "bounced"]) == seen(World(), ["delivered", "bounced", DELIVERY])


OWN = "own.1@mailer.example"
NAMED = replace(SEND, names=(OWN,))
BOTH_NAMES = pytest.mark.parametrize("name", [OWN, MESSAGE])


def pointers(world: World) -> set[str]:
    """The sort keys of the entries that the message has under its names."""
    return {item["entry"]["S"] for (pk, _), item in world.table.stored.items() if pk.startswith("message/")}


@BOTH_NAMES
def test_a_tagged_event_that_died_at_any_write_and_a_post_under_any_name_make_one_entry(name: str) -> None:
    for crash in range(9):
        world = World()
        world.table.crash_after = crash
        try:
            world.ingest.log_sends([NAMED])
        except CrashError:
            world.post(SMITH, message_id=name)
            world.ingest.log_sends([NAMED])
        else:
            break
        assert (len(world.entries()), crash) == (1, crash)
    assert crash > 2


@BOTH_NAMES
def test_a_post_that_died_at_any_write_and_a_tagged_event_make_one_entry(name: str) -> None:
    for crash in range(9):
        world = World()
        world.table.crash_after = crash
        try:
            world.post(SMITH, message_id=name)
        except CrashError:
            world.ingest.log_sends([NAMED])
            world.post(SMITH, message_id=name)
        else:
            break
        assert (len(world.entries()), crash) == (1, crash)
    assert crash > 1


@BOTH_NAMES
@pytest.mark.parametrize("step", range(14))
@pytest.mark.parametrize("first", ["event", "post"])
def test_a_tagged_event_and_a_post_under_any_name_that_cross_make_one_entry(first: str, step: int, name: str) -> None:
    world = World()
    acts: dict[str, Callable[[], object]] = {
        "event": lambda: world.ingest.log_sends([NAMED]),
        "post": lambda: world.post(SMITH, message_id=name),
    }
    second = acts.pop("post" if first == "event" else "event")
    world.table.meanwhile = step, second
    acts[first]()
    if world.table.meanwhile is not None:
        second()
    (entry,) = world.entries().values()
    assert entry["subject"] == {"S": "Hello"}
    assert pointers(world) == {sk for _, sk in world.table.stored if sk.startswith("email/")}


def test_a_name_of_a_tagged_event_beyond_the_limit_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_limit, "MAX_ENTRIES_OF_MESSAGE", 1)
    world = World()
    world.post(JONES)
    world.ingest.log_sends([NAMED])
    assert len(pointers(world)) == len(world.entries()) == 1


def test_of_two_tagged_events_with_one_header_the_first_makes_the_entry() -> None:
    together, apart = World(), World()
    sends = [NAMED, replace(NAMED, message_id="another")]
    together.ingest.log_sends(sends)
    for send in sends:
        apart.ingest.log_sends([send])
    assert len(together.entries()) == len(apart.entries()) == 1
