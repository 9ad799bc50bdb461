"""What happens to an address ends in the same item, in whatever order and however often it is told."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from daybook.access.callers import Caller
from daybook.blacklist import address_status
from daybook.blacklist.additions import BlacklistAdditions
from daybook.blacklist.address_status import MAX_RESETS, AddressState, Block, PastReset, Validation
from daybook.blacklist.address_store import AddressStore
from daybook.core import timestamps
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.keys import org_keys
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples, lists_of, met, reaching

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA = Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())
JANE = "jane@x.example"
FAMILY = Record("family", "1")


class NoRecorder:
    """Audit entries are of each call, and so of each repetition that finds something new."""

    def record(self, org: str, entry: Any) -> None:
        pass


class Desk:
    """The blacklist on a table in memory."""

    def __init__(self, limit: int) -> None:
        self.table = MemoryTable()
        self.address_store = AddressStore(table=self.table, keyed_hash=hashed, soft_bounce_limit=limit)
        self.additions = BlacklistAdditions(
            records_of=lambda *_: {}, address_store=self.address_store, recorder=NoRecorder(), clock=lambda: NOW
        )

    def hear(self, event: DeliveryEvent) -> None:
        self.address_store.record_events("riverside", JANE, FAMILY, [event], message_id=f"m-{event.at}", sent=event.at)

    def put(self, status: str, since: str, reason: str) -> None:
        body = {"address": JANE, "status": status, "since": since, "reason": reason}
        (result,) = self.additions.put("riverside", [msgspec.Raw(msgspec.json.encode(body))], ADA, None).results
        assert result.status != "rejected", result.error

    def reset(self, past: PastReset) -> None:
        self.address_store.reset("riverside", JANE, past)

    def validate(self, validation: Validation) -> None:
        self.address_store.merge("riverside", JANE, lambda _: AddressState(validation=validation))

    def stored(self) -> Any:
        """The item of the address."""
        return self.table.stored.get((org_keys.blacklist("riverside"), hashed(JANE)))

    def block(self) -> Block | None:
        return self.address_store.blocks("riverside", [JANE]).get(JANE)


Act = Callable[[Desk], None]


def at(minute: int) -> str:
    return timestamps.instant(NOW - timedelta(hours=1) + timedelta(minutes=minute))


def acted(acts: Iterable[Act], limit: int) -> Desk:
    desk = Desk(limit)
    for act in acts:
        act(desk)
    return desk


def past_reset(minute: int) -> PastReset:
    return PastReset(at(minute), "ada", "Ada Admin", f"reason {minute}")


# Few minutes, so that puts, events, resets and verifications often are of the same one, and mostly resets are early.
minutes = st.integers(0, 12)
early = st.integers(0, 6)
events = st.builds(
    DeliveryEvent,
    type=st.sampled_from(["bounce", "bounce", "complaint", "delivery"]),
    at=minutes.map(at),
    source=st.sampled_from(["", "put", "f-1"]),
    kind=st.sampled_from(["Permanent", "Transient"]),
    subtype=st.sampled_from(["General", "EmailValidationSuppressed"]),
)
acts: st.SearchStrategy[Act] = st.one_of(
    events.map(lambda event: lambda desk: desk.hear(event)),
    st.tuples(
        st.sampled_from(address_status.PRECEDENCE), minutes.map(at), st.sampled_from(["", "moved", "left the school"])
    ).map(lambda put: lambda desk: desk.put(*put)),
    early.map(lambda minute: lambda desk: desk.reset(past_reset(minute))),
    st.builds(
        Validation,
        asked=early.map(at),
        by=st.just("Ada Admin"),
        state=st.sampled_from(["asked", "given_up", "verified"]),
    ).map(lambda validation: lambda desk: desk.validate(validation)),
)


@reaching(blocked=0.4, manual=0.05, reset_before=0.15)
@examples(250)
@given(told=lists_of(acts, 1, 3, 6, 12), limit=st.integers(0, 2), data=st.data())
def test_shuffled_and_told_twice_it_ends_in_the_same_item(told: list[Act], limit: int, data: st.DataObject) -> None:
    expected = acted(told, limit)
    shuffled = acted(data.draw(st.permutations([*told, *told])), limit)
    assert shuffled.stored() == expected.stored()
    block = expected.block()
    assert shuffled.block() == block
    met("blocked", block is not None)
    met("manual", block is not None and block.status == "manual")
    met("reset_before", block is not None and block.resets != [])


@examples(30)
@given(numbers=st.permutations(range(MAX_RESETS + 5)))
def test_the_newest_resets_are_kept_in_whatever_order_they_come(numbers: list[int]) -> None:
    desk = Desk(0)
    for number in [*numbers, *numbers]:
        desk.reset(past_reset(number))
    desk.put("manual", at(40), "")
    block = desk.block()
    assert block is not None
    assert block.resets == [past_reset(number) for number in range(MAX_RESETS + 4, 4, -1)]


def test_of_two_resets_at_once_both_are_kept() -> None:
    desk = Desk(0)
    desk.put("manual", at(1), "")
    desk.reset(past_reset(9))
    # The older one changes nothing but the list of resets.
    desk.table.meanwhile = (1, lambda: desk.reset(past_reset(5)))
    desk.reset(past_reset(3))
    assert desk.table.meanwhile is None
    desk.put("manual", at(10), "")
    block = desk.block()
    assert block is not None
    assert block.resets == [past_reset(number) for number in (9, 5, 3)]
