"""Events, posts and crashes in any order end in the same entries and the same blacklist."""

import random
from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from daybook.model import delivery_status
from daybook.model.delivery_events import RecipientEvent
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.feedback_world import (
    DELIVERY,
    HARD,
    JONES,
    MESSAGE,
    OPEN,
    SEND,
    SENT,
    SMITH,
    World,
    delivery_event,
    event,
    events,
)
from tests.support.memory.table import run
from tests.support.properties import examples


@pytest.mark.parametrize("first", ["post", "events"])
def test_events_reach_the_entry_before_and_after_its_post(first: str) -> None:
    world = World()
    if first == "post":
        world.post(SMITH)
    outcomes = world.reconciler.apply([event(delivery_event("send", 0)), event(DELIVERY)])
    assert outcomes == (["applied"] * 2 if first == "post" else ["parked"] * 2)
    world.post(SMITH)
    (entry,) = world.entries().values()
    assert entry["status"] == {"S": "delivered"}
    assert entry["org_status"] == {"S": "riverside/email/reached"}
    assert world.pending() == {}
    assert world.reconciler.apply([event(DELIVERY)]) == ["duplicate"]


@pytest.mark.parametrize("step", range(9))
@pytest.mark.parametrize("first", ["post", "events"])
def test_a_post_and_an_event_that_cross_at_any_step_meet(first: str, step: int) -> None:
    world = World()
    acts: dict[str, Callable[[], object]] = {
        "post": lambda: world.post(SMITH),
        "events": lambda: world.reconciler.apply([event(DELIVERY)]),
    }
    other = acts.pop("events" if first == "post" else "post")
    world.table.meanwhile = step, other
    acts[first]()
    if world.table.meanwhile is not None:
        other()
    (entry,) = world.entries().values()
    assert entry["status"] == {"S": "delivered"}
    assert world.pending() == {}


def test_events_of_one_batch_are_one_write() -> None:
    world = World()
    world.post(SMITH)
    before = world.table.writes
    world.reconciler.apply([event(delivery_event("send", 0)), event(DELIVERY), event(OPEN), event(OPEN)])
    assert world.table.writes == before + 1


def test_a_duplicate_writes_nothing() -> None:
    world = World()
    world.post(SMITH)
    world.reconciler.apply([event(HARD)])
    before = world.table.writes
    assert world.reconciler.apply([event(HARD), event(HARD)]) == ["duplicate", "duplicate"]
    assert world.table.writes == before


def test_each_recipient_has_their_own_state() -> None:
    world = World()
    world.post(SMITH, JONES)
    world.reconciler.apply([event(DELIVERY), event(HARD, JONES)])
    assert [entry["status"]["S"] for entry in world.entries().values()] == ["delivered", "bounced"]
    assert list(world.standing()) == [hashed(JONES)]


def test_an_open_of_a_message_to_several_is_nobodys() -> None:
    world = World()
    world.reconciler.apply([event(OPEN, "")])
    world.post(SMITH, JONES)
    world.reconciler.apply([event(OPEN, ""), event(delivery_event("open", 25), "")])
    assert all(entry["status"]["S"] == "queued" and "opens" not in entry for entry in world.entries().values())
    assert [what.at for what in world.pending()["event/email/"]] == [OPEN.at, delivery_event("open", 25).at]
    assert all("expires_at" not in item for key, item in world.table.stored.items() if key[1] == "event/email/")


def test_an_event_that_names_nobody_is_about_every_entry_of_the_message_also_a_later_one() -> None:
    world = World()
    world.post(SMITH)
    world.reconciler.apply([event(delivery_event("complaint", 2, subtype="OnAccountSuppressionList"), "")])
    world.post(JONES)
    assert [entry["status"]["S"] for entry in world.entries().values()] == ["rejected", "rejected"]
    assert world.standing() == {}


def test_the_same_message_in_two_records_is_two_entries_with_one_history() -> None:
    world = World()
    world.post(SMITH)
    world.reconciler.apply([event(DELIVERY)])
    world.post(SMITH, record={"type": "staff", "id": "9"})
    world.reconciler.apply([event(OPEN)])
    assert [entry["status"]["S"] for entry in world.entries().values()] == ["opened", "opened"]
    assert [len(entry["history"]) for entry in world.entries().values()] == [2, 2]


def test_two_orgs_that_use_one_message_id_have_their_own_blacklists() -> None:
    world = World()
    world.post(SMITH)
    world.ingest.post(
        "hilltop",
        [msgspec.json.encode({"log": "email", "record": {"type": "family", "id": "1"}, "recipient": SMITH,
                              "subject": "x", "message_id": MESSAGE})],
    )  # fmt: skip
    world.reconciler.apply([event(HARD)])
    assert {pk for pk, sk in world.table.stored if sk == hashed(SMITH)} == {"riverside/blacklist", "hilltop/blacklist"}


def test_events_of_an_sms_and_of_an_email_with_one_id_do_not_mix() -> None:
    world = World()
    world.reconciler.apply([event(delivery_event("failure", 3, kind="failed"), "", log="sms")])
    world.post(SMITH)
    sms = {"log": "sms", "record": {"type": "family", "id": "1"}, "recipient": "+14155550123", "text": "x"}
    world.ingest.post("riverside", [msgspec.json.encode(sms | {"message_id": MESSAGE})])
    assert [entry["status"]["S"] for entry in world.entries().values()] == ["queued", "not_delivered"]
    assert world.pending() == {}


@pytest.mark.parametrize("order", ["send first", "post first"])
def test_a_tagged_send_makes_the_entry_and_the_post_adds_the_body(order: str) -> None:
    world = World()
    if order == "send first":
        world.ingest.log_sends([SEND])
        world.reconciler.apply([event(DELIVERY)])
        (entry,) = world.entries().values()
        assert entry["subject"] == {"S": "From the event"}
    statuses = world.post(SMITH, body={"text": "Dear Smiths"})
    assert statuses == (["duplicate"] if order == "send first" else ["created"])
    world.ingest.log_sends([SEND])
    world.reconciler.apply([event(DELIVERY)])
    (entry,) = world.entries().values()
    assert entry["subject"] == {"S": "Hello"}
    assert "content_until" in entry
    assert entry["status"] == {"S": "delivered"}
    assert world.post(SMITH, body={"text": "Another"}) == ["duplicate"]
    assert sum(sk.startswith("content/") for _, sk in world.table.stored) == 1


def test_what_is_posted_for_a_blacklisted_address_is_suppressed() -> None:
    world = World()
    world.post(SMITH)
    world.reconciler.apply([event(HARD)])
    world.post("Smith@Mail.example", message_id="another")
    world.post(SMITH, message_id="a third", status="delivered")
    statuses = [item["status"]["S"] for (_, sk), item in sorted(world.table.stored.items()) if sk.startswith("email/")]
    assert sorted(statuses) == ["bounced", "delivered", "suppressed"]


ACTIONS = ("post smith", "post jones", "send")


def act(world: World, action: str | list[RecipientEvent]) -> None:
    if isinstance(action, list):
        world.reconciler.apply(action)
    elif action == "send":
        world.ingest.log_sends([SEND])
    else:
        world.post(SMITH if action == "post smith" else JONES, body={"text": "Hello"})


def ends_in_the_same(delivery_events: list[RecipientEvent], limit: int, seed: int) -> None:
    chance = random.Random(seed)
    expected = World(limit)
    for action in ("post smith", "post jones", delivery_events):
        act(expected, action)

    world = World(limit)
    # Without repetitions nothing heals afterwards what was lost on the way.
    repeats = chance.random() < 0.5
    deliveries = delivery_events + [event for event in delivery_events if repeats and chance.random() < 0.5]
    chance.shuffle(deliveries)
    actions: list[str | list[RecipientEvent]] = [
        "post smith",
        "post jones",
        *(["send", chance.choice(ACTIONS)] if repeats else []),
    ]
    while deliveries:
        size = chance.randint(1, 4)
        actions.append(deliveries[:size])
        deliveries = deliveries[size:]
    chance.shuffle(actions)
    run(world.table, [partial(act, world, action) for action in actions], chance)

    assert world.entries() == expected.entries()
    assert world.standing() == expected.standing()
    assert world.pending() == expected.pending()
    for entry in world.entries().values():
        state = delivery_status.email("queued", SENT, entry["history"])
        assert entry["status"] == {"S": state.status}


EXAMPLES = (st.lists(events, min_size=1, max_size=8), st.sampled_from([0, 2]), st.integers(0, 2**32))


@examples(300)
@given(*EXAMPLES)
def test_any_order_split_repetition_and_crash_ends_in_the_same(
    delivery_events: list[RecipientEvent], limit: int, seed: int
) -> None:
    ends_in_the_same(delivery_events, limit, seed)
