"""Events of a message under any of its names, of any provider, told to anybody, end in one state and one blacklist."""

import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.hashes import hashed
from tests.support.memory.feedback_world import (
    DELIVERY,
    HARD,
    JONES,
    OPEN,
    SEND,
    SMITH,
    World,
    delivery_event,
    event,
    event_happenings,
)
from tests.support.memory.table import run
from tests.support.properties import examples

SES, OWN = "0100018f-aaaa-000000", "own.1@mailer.example"
POSTED_AS = (SES, f"<{SES}@email.amazonses.com>", f"{SES}@eu-west-1.amazonses.com", f"<{OWN}>", OWN)
FORWARD = "smith@elsewhere.example"
STAFF = {"type": "staff", "id": "9"}


def ses(what: DeliveryEvent, recipient: str = SMITH, *names: str, **fields: Any) -> RecipientEvent:
    return event(what, recipient, SES, names=names, **{"recipients": (recipient,), **fields})


def of_another_id(what: DeliveryEvent, prefix: str) -> DeliveryEvent:
    """Two events have one id only where they are one."""
    return replace(what, source=what.source and f"{prefix}-{what.source}")


def client(what: DeliveryEvent, recipient: str = SMITH, name: str = SES, org: str = "riverside") -> RecipientEvent:
    """What a client of an org posts, with ids of its provider: it does not tell to whom the message went."""
    what = of_another_id(what, f"client-{recipient}")
    return event(what, recipient, name, recipients=(), org=org)


def statuses(world: World) -> dict[str, str]:
    return {name: entry["status"]["S"] for name, entry in world.entries().items()}


@pytest.mark.parametrize("posted_as", POSTED_AS)
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_one_event_that_tells_both_names_is_enough(posted_as: str, order: tuple[int, ...]) -> None:
    """The bounce is told under SES's id only."""
    world = World()
    acts: list[Callable[[], object]] = [
        lambda: world.post(SMITH, message_id=posted_as),
        lambda: world.reconciler.apply([ses(delivery_event("send", 0), SMITH, OWN)]),
        lambda: world.reconciler.apply([ses(HARD)]),
    ]
    for place in order:
        acts[place]()
    (status,) = statuses(world).values()
    assert (status, world.pending()) == ("bounced", {})
    assert list(world.standing()) == [hashed(SMITH)]


def test_a_name_is_linked_once_and_one_that_is_ses_own_is_none() -> None:
    world = World()
    world.post(SMITH, message_id=SES)
    world.reconciler.apply([ses(delivery_event("send", 0), SMITH, OWN)])
    before = world.table.writes
    world.reconciler.apply([ses(DELIVERY, SMITH, OWN)])
    assert world.table.writes == before + 1


def test_one_header_in_many_messages_leads_each_recipient_to_their_own() -> None:
    world = World()
    world.post(SMITH, JONES, message_id=OWN)
    for number, recipient in enumerate((SMITH, JONES)):
        told = event(delivery_event("send", 0), recipient, f"ses-{number}", names=(OWN,), recipients=(recipient,))
        world.reconciler.apply([told])
    world.reconciler.apply([event(OPEN, JONES, "ses-1", recipients=(JONES,))])
    assert sorted(statuses(world).values()) == ["opened", "sent"]


def test_a_forward_that_bounces_is_the_bounce_of_the_one_recipient() -> None:
    world = World()
    world.reconciler.apply([client(HARD, FORWARD)])
    world.post(SMITH, message_id=SES)
    assert list(statuses(world).values()) == ["bounced"]
    assert list(world.standing()) == [hashed(SMITH)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_whom_another_org_has_sent_the_message_to_is_a_stranger_to_this_one(order: tuple[int, ...]) -> None:
    """The only recipient of the org bounces, whoever is named."""
    world = World()
    acts: list[Callable[[], object]] = [
        lambda: world.post(SMITH, message_id=SES),
        lambda: world.post_to("hilltop", JONES, message_id=SES),
        lambda: world.reconciler.apply([client(HARD, JONES)]),
    ]
    for place in order:
        acts[place]()
    assert statuses(world) == {f"riverside/family/1 {SMITH}": "bounced", f"hilltop/family/1 {JONES}": "queued"}
    assert list(world.standing()) == [hashed(SMITH)]


def test_what_was_taken_for_the_only_recipients_is_taken_back_when_its_own_comes() -> None:
    world = World()
    world.post(JONES, message_id=SES)
    assert world.reconciler.apply([client(HARD)]) == ["applied"]
    assert list(statuses(world).values()) == ["bounced"]
    world.post(SMITH, message_id=SES)
    assert sorted(statuses(world).values()) == ["bounced", "queued"]
    assert [sk for sk, item in world.standing().items() if "org_status" in item] == [hashed(SMITH)]


def test_what_was_lent_is_taken_back_when_another_recipient_is_posted_under_another_name() -> None:
    world = World()
    world.reconciler.apply([client(HARD, FORWARD)])
    world.reconciler.apply([ses(DELIVERY, SMITH, OWN, recipients=(SMITH, JONES))])
    world.post(JONES, message_id=OWN)
    assert list(statuses(world).values()) == ["bounced"]
    world.post(SMITH, message_id=SES)
    assert sorted(statuses(world).values()) == ["delivered", "queued"]
    assert not [sk for sk, item in world.standing().items() if "org_status" in item]


def test_a_stranger_to_a_message_to_several_is_unmatched_and_waits() -> None:
    world = World()
    world.post(SMITH, JONES, message_id=SES)
    assert world.reconciler.apply([client(HARD, FORWARD)]) == ["unmatched"]
    assert world.reconciler.apply([client(HARD, FORWARD)]) == ["unmatched"]
    assert (sorted(statuses(world).values()), world.standing()) == (["queued", "queued"], {})
    world.post(FORWARD, message_id=SES)
    assert sorted(statuses(world).values()) == ["bounced", "queued", "queued"]


def test_an_entry_that_comes_late_in_another_record_has_the_history() -> None:
    world = World()
    world.post(SMITH, message_id=SES)
    world.reconciler.apply([ses(DELIVERY)])
    world.post(SMITH, message_id=SES, record=STAFF)
    assert list(statuses(world).values()) == ["delivered", "delivered"]


def test_what_a_client_of_one_org_tells_is_not_the_history_of_another_orgs_entry() -> None:
    world = World()
    world.post(SMITH, message_id=SES)
    world.reconciler.apply([client(HARD), ses(DELIVERY)])
    world.post_to("hilltop", SMITH, message_id=SES)
    world.reconciler.apply([ses(OPEN)])
    assert statuses(world) == {
        f"riverside/family/1 {SMITH}": "bounced",
        f"hilltop/family/1 {SMITH}": "opened",
    }


def test_a_tagged_message_and_its_post_under_the_header_are_one_entry() -> None:
    for order in (("send", "post"), ("post", "send"), ("post", "send", "post"), ("send", "send", "post")):
        world = World()
        for act_ in order:
            if act_ == "post":
                world.post(SMITH, message_id=f"<{OWN}>", body={"text": "Dear Smiths"})
            else:
                world.ingest.log_sends([replace(SEND, message_id=SES, names=(OWN,))])
                world.reconciler.apply([ses(delivery_event("send", 0), SMITH, OWN)])
        (entry,) = world.entries().values()
        assert (entry["status"], entry["subject"]) == ({"S": "sent"}, {"S": "Hello"}), order


def test_a_hundred_messages_with_one_header_reach_a_hundred_posted_at_once() -> None:
    world = World()
    people = [f"person{number}@mail.example" for number in range(100)]
    for number, person in enumerate(people):
        world.reconciler.apply([event(HARD, person, f"ses-{number}", names=(OWN,), recipients=(person,))])
    world.post(*people, message_id=OWN)
    assert set(statuses(world).values()) == {"bounced"}
    assert len(world.standing()) == len(people)


def test_an_event_that_names_nobody_is_for_whom_its_own_message_went_to() -> None:
    world = World()
    world.post(SMITH, JONES, message_id=OWN)
    for number, person in enumerate((SMITH, JONES)):
        world.reconciler.apply([event(DELIVERY, person, f"ses-{number}", names=(OWN,), recipients=(person,))])
    world.reconciler.apply([client(delivery_event("complaint", 50, kind="abuse"), "", "ses-1")])
    assert statuses(world) == {
        f"riverside/family/1 {SMITH}": "delivered",
        f"riverside/family/1 {JONES}": "complained",
    }


# What is posted, and in which order names, clients and recipients come.
one_recipient = st.builds(
    lambda what, kind, name, recipient: (
        ses(what, SMITH, *((OWN,) if name else ()))
        if kind == "ses"
        else ses(of_another_id(what, recipient), recipient, *((OWN,) if name else ()), recipients=())
        if kind == "untold"
        else client(what, recipient, OWN if name else SES)
    ),
    event_happenings,
    st.sampled_from(["ses", "ses", "untold", "client", "client"]),
    st.booleans(),
    st.sampled_from([SMITH, SMITH, FORWARD, ""]),
)
two_recipients = st.builds(
    lambda what, kind, name, recipient: (
        ses(what, recipient, *((OWN,) if name else ()), recipients=(SMITH, JONES))
        if kind == "ses"
        else client(what, recipient, OWN if name else SES)
    ),
    event_happenings,
    st.sampled_from(["ses", "client"]),
    st.booleans(),
    st.sampled_from([SMITH, JONES, FORWARD, ""]),
)
Post = tuple[str, str]
posts = st.sampled_from(POSTED_AS)
STORIES = st.one_of(
    st.tuples(
        st.builds(lambda name: [(SMITH, name)], posts),
        st.lists(one_recipient, min_size=1, max_size=7),
    ),
    st.tuples(
        st.builds(lambda first, second: [(SMITH, first), (JONES, second)], posts, posts),
        st.lists(two_recipients, min_size=1, max_size=7),
    ),
)


def act(world: World, action: Post | list[RecipientEvent]) -> None:
    if isinstance(action, list):
        world.reconciler.apply(action)
    else:
        recipient, message_id = action
        # As sent: one that is still to be sent is not, to an address that is blocked by then.
        world.post(recipient, message_id=message_id, status="sent")


def seen(world: World) -> tuple[Any, Any]:
    """What is shown, and which addresses are blocked by what."""
    entries = {name: {**entry, "history": set(entry["history"])} for name, entry in world.entries().items()}
    blocked = {sk: item["standing"] for sk, item in world.standing().items() if "org_status" in item}
    return entries, blocked


def ends_in_the_same(story: tuple[list[Post], list[RecipientEvent]], seed: int) -> None:
    chance = random.Random(seed)
    posted, told = story
    expected = World()
    actions: list[Post | list[RecipientEvent]] = [*posted, told]
    for action in actions:
        act(expected, action)

    world = World()
    again = [each for each in told if chance.random() < 0.5]
    deliveries = [*told, *again]
    chance.shuffle(deliveries)
    actions = [*posted]
    while deliveries:
        size = chance.randint(1, 3)
        actions.append(deliveries[:size])
        deliveries = deliveries[size:]
    chance.shuffle(actions)
    run(world.table, [partial(act, world, action) for action in actions], chance)
    assert seen(world) == seen(expected)


@pytest.mark.slow
@examples(300)
@given(STORIES, st.integers(0, 2**32))
def test_any_order_of_names_and_providers_ends_in_the_same(story: Any, seed: int) -> None:
    ends_in_the_same(story, seed)
