"""What providers and mailers say again about an e-mail that was erased: it blocks, and brings nothing back."""

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from daybook.access.callers import Caller
from daybook.aws.ses import Verdict
from daybook.blacklist.actions import BlacklistActions, ValidationRequest
from daybook.blacklist.address_status import Block
from daybook.blacklist.queries import BlacklistQueries, BlacklistQuery
from daybook.core import timestamps
from daybook.core.errors import NotFoundError
from daybook.core.paging import Cursors
from daybook.model.delivery_events import RecipientEvent
from daybook.model.entries import Entry, Record
from daybook.storage.items import entry_items, entry_pointers
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.item import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.feedback_world import (
    HARD,
    JONES,
    MESSAGE,
    NOW,
    SEND,
    SENT,
    SMITH,
    World,
    delivery_event,
    event,
    stored_events,
)
from tests.support.memory.feedback_world import events as any_events
from tests.support.properties import examples

SAID = f"smtp; 550 5.1.1 <{SMITH}> user unknown"
BOUNCE = msgspec.structs.replace(HARD, diagnostic=SAID)
COMPLAINT = delivery_event("complaint", 50, source="feedback-2", kind="abuse", diagnostic=SAID)
ADA = Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())
FAMILY = Record("family", "1")


def erase(world: World) -> None:
    """What an erasure makes of all that is known of Smith: the entries first."""
    for key, item in list(world.table.stored.items()):
        if record_keys.log_of(*key) and item["recipient_hash"] == {"S": hashed(SMITH)}:
            kept = ("pk", "sk", "message_id", "recipient_hash", "at", "activity_key", "expires_at")
            world.table.stored[key] = {name: item[name] for name in kept if name in item} | {
                "erased": {"S": timestamps.instant(NOW)}
            }
            world.table.stored.pop((key[0], record_keys.content("".join(key[1].split("/")[1:]))), None)
        if key[1] == message_keys.pending_events("email", hashed(SMITH)):
            del world.table.stored[key]
    if all("erased" in item for key, item in world.table.stored.items() if record_keys.log_of(*key)):
        world.table.stored.pop((message_keys.partition(MESSAGE), message_keys.pending_events("email", "")), None)
    world.address_store.erase("riverside", hashed(SMITH))


def traces(world: World) -> list[Key]:
    """Keys of the items that mention Smith, packed events included."""
    keys = []
    for key, item in world.table.stored.items():
        text = f"{key}{item}{stored_events(item)}".lower()
        if "smith" in text:
            keys.append(key)
    return keys


def erased(world: World) -> dict[Key, dict[str, Any]]:
    return {key: item for key, item in world.table.stored.items() if "erased" in item}


def block_of(world: World, address: str = SMITH) -> Block | None:
    return world.address_store.blocks("riverside", [address]).get(address)


def pages(world: World) -> BlacklistQueries:
    return BlacklistQueries(
        table=world.table,
        address_store=world.address_store,
        keyed_hash=hashed,
        records_of=lambda *_: {},
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
    )


def listed(world: World) -> list[str]:
    return [block.address for block in pages(world).page("riverside", BlacklistQuery()).entries]


def test_what_is_searched_for_is_there_before() -> None:
    world = World()
    world.post(SMITH)
    world.reconciler.apply([event(BOUNCE)])
    kinds = sorted(pk.split("/")[1] if pk.endswith("blacklist") else sk.split("/")[0] for pk, sk in traces(world))
    assert kinds == ["blacklist", "email"]
    erase(world)
    assert traces(world) == []


def test_no_key_of_the_table_holds_an_address_a_number_or_a_callers_key() -> None:
    world = World()
    world.post(SMITH, key="smith's key", body={"text": "Dear Smiths"})
    sms = {"log": "sms", "record": {"type": "family", "id": "1"}, "recipient": "+14155550123", "text": "x"}
    sms |= {"message_id": "sms-1", "key": "+14155550123", "occurred_at": SENT}
    world.ingest.post("riverside", [msgspec.json.encode(sms)])
    world.reconciler.apply([event(BOUNCE), event(BOUNCE, message_id="a later one"), event(HARD, "", "another")])
    assert len(world.table.stored) == 10
    assert [key for key in world.table.stored if "smith" in str(key) or "4155550123" in str(key)] == []


@pytest.mark.parametrize("limit", [0, 2])
def test_late_doubled_feedback_of_an_erased_entry_blocks_by_hash_and_writes_no_address(limit: int) -> None:
    world = World(limit)
    world.post("Smith@Mail.example")
    world.reconciler.apply([event(delivery_event("delivery", 9))])
    erase(world)
    before = erased(world)
    said = [event(BOUNCE), event(COMPLAINT), event(BOUNCE), event(delivery_event("open", 20, ip="203.0.113.7"))]
    assert world.reconciler.apply(said) == ["duplicate"] * 4
    assert (erased(world), traces(world), world.pending()) == (before, [], {})
    assert block_of(world) == Block(SMITH, "complaint", COMPLAINT.at, "abuse", MESSAGE)
    writes = world.table.writes
    assert world.reconciler.apply(said) == ["duplicate"] * 4
    assert world.table.writes == writes


def test_what_was_said_before_the_erasure_and_comes_again_is_the_same_fact() -> None:
    world = World()
    world.post("Smith@Mail.example")
    world.reconciler.apply([event(BOUNCE)])
    erase(world)
    writes, before = world.table.writes, world.standing()
    world.reconciler.apply([event(BOUNCE), event(msgspec.structs.replace(BOUNCE, diagnostic=None))])
    assert (world.table.writes, world.standing()) == (writes, before)
    assert block_of(world) == Block(SMITH, "bounce", BOUNCE.at, "Permanent/NoEmail", MESSAGE)


def test_events_of_a_whole_message_are_kept_while_one_of_its_entries_is_not_erased() -> None:
    world = World()
    world.post(SMITH, JONES)
    erase(world)
    world.reconciler.apply([event(delivery_event("open", 20), "")])
    assert [what.at for what in world.pending()["event/email/"]] == [delivery_event("open", 20).at]
    alone = World()
    alone.post(SMITH)
    erase(alone)
    said = [event(delivery_event("open", 20, ip="203.0.113.7"), ""), event(BOUNCE, "")]
    assert alone.reconciler.apply(said) == ["duplicate"] * 2
    assert (alone.pending(), traces(alone)) == ({}, [])
    assert block_of(alone) == Block(SMITH, "bounce", BOUNCE.at, "Permanent/NoEmail", MESSAGE)


@pytest.mark.parametrize(("log", "fields"), [("sms", {"recipient": "+14155550123"}), ("push", {"subject": "Hello"})])
def test_feedback_of_an_erased_sms_or_push_is_written_nowhere(log: Any, fields: dict[str, str]) -> None:
    world = World()
    made = {"log": log, "record": {"type": "family", "id": "1"}, "text": "Hello, Smith", "message_id": MESSAGE}
    world.ingest.post("riverside", [msgspec.json.encode(made | fields)])
    ((key, entry),) = [
        key_and_item for key_and_item in world.table.stored.items() if record_keys.log_of(*key_and_item[0])
    ]
    world.table.stored[key] = {name: entry[name] for name in ("pk", "sk", "message_id")} | {
        "erased": {"S": timestamps.instant(NOW)}
    }
    before, writes = dict(world.table.stored), world.table.writes
    late = event(delivery_event("failure", 3, kind="failed", diagnostic=SAID), "", log=log)
    assert world.reconciler.apply([late, late]) == ["duplicate", "duplicate"]
    assert (world.table.stored, world.table.writes) == (before, writes)


def test_a_twin_in_another_record_that_was_not_erased_hears_on() -> None:
    world = World()
    world.post(SMITH)
    erase(world)
    world.post(SMITH, record={"type": "staff", "id": "9"})
    before = erased(world)
    assert world.reconciler.apply([event(BOUNCE)]) == ["applied"]
    assert world.reconciler.apply([event(BOUNCE)]) == ["duplicate"]
    assert erased(world) == before
    (twin,) = [item for key, item in world.table.stored.items() if key[0] == "riverside/staff/9"]
    assert twin["status"] == {"S": "bounced"}
    assert listed(world) == [SMITH]


def test_an_event_waits_for_a_twin_that_is_still_to_come() -> None:
    world = World()
    world.post(SMITH)
    erase(world)
    pk = "riverside/staff/9"
    pointer = entry_pointers.make(
        (message_keys.partition(MESSAGE), message_keys.pointer(pk, hashed(SMITH))), an_entry_key(pk).sk, None
    )
    world.table.insert([pointer])
    assert world.reconciler.apply([event(BOUNCE), event(BOUNCE)]) == ["parked", "parked"]
    assert list(world.pending()) == [message_keys.pending_events("email", hashed(SMITH))]


def an_entry_key(pk: str) -> entry_items.EntryKey:
    return entry_items.EntryKey(pk, "email", SENT, "0" * 18)


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("happened", [True, False])
@pytest.mark.parametrize("recipient", [SMITH, ""])
def test_an_erasure_in_the_midst_of_feedback_leaves_no_address(step: int, happened: bool, recipient: str) -> None:
    world = World()
    world.post("Smith@Mail.example")
    if happened:
        world.reconciler.apply([event(delivery_event("delivery", 9))])
    world.table.meanwhile = step, lambda: erase(world)
    world.reconciler.apply([event(BOUNCE, recipient)])
    if world.table.meanwhile is not None:
        world.table.meanwhile = None
        erase(world)
    assert traces(world) == []
    assert ["erased" in item for key, item in world.table.stored.items() if record_keys.log_of(*key)] == [True]
    assert block_of(world) == Block(SMITH, "bounce", BOUNCE.at, "Permanent/NoEmail", MESSAGE)


@pytest.mark.parametrize("fields", [{}, {"key": "k"}, {"key": "k", "message_id": "another"}])
def test_a_post_that_comes_again_is_a_duplicate_with_the_first_id_and_writes_nothing(fields: dict[str, str]) -> None:
    world = World()
    first = post(world, key="k")
    erase(world)
    if "message_id" in fields:
        # Another message of the same key is the same entry: its events find it.
        post(world, **fields)
    writes = world.table.writes
    again = post(world, **fields)
    assert [result.status for result in again] == ["duplicate"]
    assert [result.id for result in again] == [result.id for result in first]
    assert (world.table.writes, traces(world)) == (writes, [])


def post(world: World, **fields: Any) -> Any:
    made = {"log": "email", "record": {"type": "family", "id": "1"}, "recipient": SMITH, "subject": "Hello, Smith"}
    made |= {"message_id": MESSAGE, "occurred_at": SENT, "body": {"text": "Dear Smiths"}}
    return world.ingest.post("riverside", [msgspec.json.encode(made | fields)])


def test_an_email_that_only_its_sending_told_of_is_not_completed_once_it_is_erased() -> None:
    world = World()
    world.ingest.log_sends([SEND])
    assert ["sent_only" in item for key, item in world.table.stored.items() if record_keys.log_of(*key)] == [True]
    erase(world)
    writes, before = world.table.writes, erased(world)
    assert [result.status for result in post(world)] == ["duplicate"]
    world.ingest.log_sends([SEND])
    assert (world.table.writes, erased(world), traces(world)) == (writes, before, [])


class Desk:
    """Stands for provider, queue and audit log."""

    def __init__(self, verdict: Verdict | None = None) -> None:
        self.verdict = verdict
        self.released: list[str] = []

    def release(self, spelling: str) -> None:
        self.released.append(spelling)

    def verify(self, address: str) -> Verdict:
        assert self.verdict, address
        return self.verdict

    def send(self, body: str, *, delay: int = 0) -> None:  # noqa: ARG002
        self.sent = body

    def record(self, org: str, entry: Entry) -> None:  # noqa: ARG002
        self.entry = entry


def blacklist(world: World, desk: Desk, hours: int = 1) -> BlacklistActions:
    later = NOW + timedelta(hours=hours)
    return BlacklistActions(
        records_of=lambda *_: {},
        address_store=world.address_store,
        provider=desk,
        queue=desk,
        recorder=desk,
        clock=lambda: later,
    )


class TestTheBlacklistOfAnErasedAddress:
    def world(self) -> World:
        world = World()
        world.post(SMITH)
        world.reconciler.apply([event(BOUNCE)])
        assert listed(world) == [SMITH]
        erase(world)
        return world

    def test_it_is_blocked_for_whoever_names_it_and_not_listed(self) -> None:
        world = self.world()
        assert listed(world) == []
        assert pages(world).get("riverside", "Smith@Mail.example").status == "bounce"
        assert pages(world).check("riverside", [SMITH, JONES]).blocked == {SMITH: "bounce"}
        assert world.address_store.is_blocked_elsewhere("hilltop", SMITH)
        world.post(SMITH, message_id="a later one")
        assert [item["status"]["S"] for item in world.table.stored.values() if "status" in item] == ["suppressed"]

    def test_to_erase_it_again_is_to_find_nothing(self) -> None:
        world = World()
        assert not world.address_store.erase("riverside", hashed(SMITH))
        world.post(SMITH)
        world.reconciler.apply([event(BOUNCE)])
        assert world.address_store.erase("riverside", hashed(SMITH))
        assert not world.address_store.erase("riverside", hashed(SMITH))

    def test_news_of_an_entry_that_was_not_erased_list_it_again(self) -> None:
        world = self.world()
        world.post(SMITH, message_id="a later one")
        world.reconciler.apply([event(COMPLAINT, message_id="a later one")])
        assert listed(world) == [SMITH]
        # And late ones of the erased entry leave it listed.
        world.reconciler.apply([event(COMPLAINT)])
        assert listed(world) == [SMITH]

    def test_a_reset_takes_it_off(self) -> None:
        world, desk = self.world(), Desk()
        blacklist(world, desk).reset("riverside", SMITH, None, ADA, None)
        assert (block_of(world), desk.released) == (None, [SMITH])
        world.reconciler.apply([event(BOUNCE)])
        assert block_of(world) is None
        with pytest.raises(NotFoundError):
            pages(world).get("riverside", SMITH)

    @pytest.mark.parametrize(("is_valid", "status"), [(True, None), (False, "invalid")])
    def test_a_verification_that_was_asked_for_before_ends_and_does_not_list_it(
        self, is_valid: bool, status: str | None
    ) -> None:
        world, desk = World(), Desk(Verdict(is_valid))
        world.post(SMITH)
        asked = blacklist(world, desk).validate("riverside", SMITH, ADA, None)
        assert (asked.status, listed(world)) == ("validate", [SMITH])
        erase(world)
        shown = block_of(world)
        assert shown
        assert shown.reason == "verification asked for"
        request = msgspec.json.decode(desk.sent)["validation"]
        blacklist(world, desk, hours=2).verify(msgspec.convert(request, type=ValidationRequest))
        block = block_of(world)
        assert (block and block.status, listed(world), traces(world)) == (status, [], [])

    def test_a_verification_of_it_can_be_asked_for(self) -> None:
        world, desk = self.world(), Desk()
        assert blacklist(world, desk).validate("riverside", SMITH, ADA, None).status == "validate"
        assert listed(world) == [SMITH]


@examples(250)
@given(
    delivery_events=st.lists(any_events, min_size=1, max_size=8),
    limit=st.sampled_from([0, 2]),
    seed=st.integers(0, 2**32),
)
def test_feedback_in_any_order_around_an_erasure_blocks_as_without_it(
    delivery_events: list[RecipientEvent], limit: int, seed: int
) -> None:
    chance = random.Random(seed)
    delivery_events = [
        msgspec.structs.replace(event, event=msgspec.structs.replace(event.event, diagnostic=SAID))
        for event in delivery_events
    ]
    expected = World(limit)
    expected.post(SMITH, JONES)
    expected.reconciler.apply(delivery_events)

    world = World(limit)
    world.post(SMITH, JONES)
    deliveries = delivery_events + [event for event in delivery_events if chance.random() < 0.5]
    chance.shuffle(deliveries)
    cut = chance.randint(0, len(deliveries))
    world.reconciler.apply(deliveries[:cut])
    erase(world)
    before = erased(world)
    while cut < len(deliveries):
        size = chance.randint(1, 4)
        world.reconciler.apply(deliveries[cut : cut + size])
        cut += size

    assert erased(world) == before
    assert len(before) == 1
    blocks = [block_of(one) for one in (world, expected)]
    assert len({block and (block.status, block.since, block.message_id) for block in blocks}) == 1
    assert listed(world) == [address for address in listed(expected) if address != SMITH]
    # What SES says of Jones in words is Jones's.
    assert {key for key in traces(world) if not is_of_jones(world, key)} == set()
    assert world.pending() == expected.pending()


def is_of_jones(world: World, key: Key) -> bool:
    return key[1] in (hashed(JONES), "event/email/") or world.table.stored[key].get("recipient") == {"S": JONES}
