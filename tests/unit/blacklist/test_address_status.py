"""The blacklist's rules: what counts against an address, and that no order or repetition of it matters."""

import itertools
import random
from collections import Counter
from functools import reduce
from typing import Any

import msgspec
import pytest
from daybook.blacklist import address_status
from daybook.blacklist.address_status import EMPTY, AddressState, Block, BlockCause, SoftBounce, Validation
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from hypothesis import given
from hypothesis import strategies as st

from tests.support.properties import examples, lists_of, met, reaching

ADDRESS = "jane@x.example"
SENT = "2026-05-01T10:00:00.000Z"


def at(minute: int) -> str:
    return f"2026-05-01T{10 + minute // 60:02}:{minute % 60:02}:00.000Z"


def bounce(
    kind: str | None = "Permanent", subtype: str | None = "General", minute: int = 1, **fields: Any
) -> DeliveryEvent:
    return DeliveryEvent(
        type="bounce", at=at(minute), source=f"feedback-{minute}", kind=kind, subtype=subtype, **fields
    )


def complaint(kind: str | None = None, subtype: str | None = None, minute: int = 1) -> DeliveryEvent:
    return DeliveryEvent(type="complaint", at=at(minute), source=f"feedback-{minute}", kind=kind, subtype=subtype)


def delivery(minute: int = 1) -> DeliveryEvent:
    return DeliveryEvent(type="delivery", at=at(minute))


def heard(*delivery_events: DeliveryEvent, limit: int = 0, sent: str = SENT, message_id: str = "m-1") -> AddressState:
    said = [
        address_status.state_from_event(what, message_id=message_id, sent=sent, limit=limit) for what in delivery_events
    ]
    return address_status.merge(EMPTY, *said, limit=limit)


def status(*states: AddressState, limit: int = 0) -> str | None:
    block = address_status.block(ADDRESS, address_status.merge(EMPTY, *states, limit=limit), limit=limit)
    return block.status if block else None


def soft(number: int, *, delivered: bool = False) -> AddressState:
    """A message of its own, sent at that minute, that bounced softly or was delivered."""
    what = delivery(number) if delivered else bounce("Transient", "MailboxFull", number)
    return heard(what, limit=3, sent=at(number), message_id=f"m-{number}")


def asked(minute: int, state: AddressState = EMPTY) -> AddressState:
    return address_status.merge(state, address_status.validation_requested(state, at(minute), "Ada Admin"), limit=0)


def answered(state: AddressState, minute: int, invalid_reason: str | None = None) -> AddressState:
    assert state.validation
    return address_status.merge(
        state,
        address_status.validation_answered(state.validation, at=at(minute), invalid_reason=invalid_reason),
        limit=0,
    )


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (bounce("Permanent", "General"), "bounce"),
        (bounce("Permanent", "NoEmail"), "bounce"),
        (bounce("Permanent", "Suppressed"), "bounce"),
        (bounce("Permanent", "OnAccountSuppressionList"), "bounce"),
        (bounce("Permanent", "OnTenantSuppressionList"), "bounce"),
        (bounce("Permanent", "ANewOne"), "bounce"),
        (bounce("Permanent", None), "bounce"),
        (bounce("Permanent", "General", code="4.2.2"), "bounce"),
        (bounce("Permanent", "EmailValidationSuppressed"), "invalid"),
        (bounce("Permanent", "UnsubscribedRecipient"), None),
        (bounce("Transient", "General"), None),
        (bounce("Transient", "General", code="5.3.0", diagnostic="smtp; 550 denied"), None),
        (bounce("Transient", "MailboxFull"), None),
        (bounce("Transient", "EmailValidationSuppressed"), None),
        (bounce("Undetermined", "Undetermined"), None),
        (bounce("SomethingElse", "General"), None),
        (bounce(None, None), None),
        (complaint(), "complaint"),
        (complaint("abuse"), "complaint"),
        (complaint("fraud"), "complaint"),
        (complaint("virus"), "complaint"),
        (complaint("other"), "complaint"),
        (complaint("not-spam"), None),
        (complaint("auth-failure"), None),
        (complaint(None, "OnAccountSuppressionList"), None),
        (complaint("abuse", "OnTenantSuppressionList"), None),
        (delivery(), None),
        (DeliveryEvent(type="reject", at=SENT), None),
        (DeliveryEvent(type="rendering_failure", at=SENT), None),
        (DeliveryEvent(type="subscription", at=SENT), None),
        (DeliveryEvent(type="failure", at=SENT, kind="rejected"), None),
    ],
)
def test_what_puts_an_address_on_the_blacklist(what: DeliveryEvent, expected: str | None) -> None:
    assert status(heard(what)) == expected


def test_an_entry_says_since_when_and_why() -> None:
    what = bounce("Permanent", "NoEmail", 3, diagnostic="smtp; 550 5.1.1 user unknown")
    block = address_status.block(ADDRESS, heard(what), limit=0)
    assert msgspec.to_builtins(block) == {
        "address": ADDRESS,
        "status": "bounce",
        "since": at(3),
        "reason": "Permanent/NoEmail: smtp; 550 5.1.1 user unknown",
        "message_id": "m-1",
    }


def test_a_long_diagnostic_is_cut() -> None:
    (cause,) = heard(bounce(diagnostic="x" * 4000)).causes
    assert len(cause.reason) == 500


def test_a_bounce_that_is_timed_before_its_sending_counts_from_the_sending() -> None:
    # SES cuts the times of bounces to whole seconds.
    what = bounce(sent_at=at(2), minute=1)
    block = address_status.block(ADDRESS, heard(what), limit=0)
    assert block
    assert block.since == at(2)


def test_of_several_kinds_the_gravest_is_shown_whatever_came_last() -> None:
    invalid, hard, complains = (
        bounce("Permanent", "EmailValidationSuppressed", 9),
        bounce(minute=8),
        complaint(minute=7),
    )
    for order in itertools.permutations([heard(invalid), heard(hard), heard(complains), asked(1)]):
        assert status(*order) == "complaint"
    assert status(heard(invalid), heard(hard), asked(1)) == "bounce"
    assert status(heard(invalid), asked(1)) == "invalid"
    assert status(asked(1)) == "validate"


def test_a_bounce_off_the_suppression_list_keeps_an_earlier_complaint() -> None:
    known = address_status.merge(
        heard(complaint("abuse", minute=1)), heard(bounce(subtype="OnAccountSuppressionList")), limit=0
    )
    block = address_status.block(ADDRESS, known, limit=0)
    assert block
    assert (block.status, block.reason) == ("complaint", "abuse")


def test_the_earliest_of_a_kind_tells_since_when() -> None:
    known = address_status.merge(
        heard(bounce(minute=5), message_id="late"), heard(bounce(minute=2), message_id="early"), limit=0
    )
    block = address_status.block(ADDRESS, known, limit=0)
    assert block
    assert (block.since, block.message_id) == (at(2), "early")


@pytest.mark.parametrize(("minute", "expected"), [(1, None), (5, None), (6, "bounce")])
def test_a_late_bounce_counts_only_if_it_is_after_the_reset(minute: int, expected: str | None) -> None:
    reset = AddressState(reset_at=at(5))
    assert status(heard(bounce(minute=2)), reset) is None
    assert status(heard(bounce(minute=2)), reset, heard(bounce(minute=minute))) == expected


def test_a_reset_forgets_complaints_and_a_verification_too() -> None:
    assert status(heard(complaint(minute=1)), asked(2), AddressState(reset_at=at(3))) is None
    assert status(asked(4), AddressState(reset_at=at(3))) == "validate"


class TestPuts:
    def test_one_counts_from_its_time_on_like_an_event(self) -> None:
        known = address_status.put("manual", at(5), "left the school")
        assert status(known, AddressState(reset_at=at(4))) == "manual"
        assert status(known, AddressState(reset_at=at(5))) is None
        block = address_status.block(ADDRESS, known, limit=0)
        assert block == Block(ADDRESS, "manual", at(5), "left the school")

    @pytest.mark.parametrize(("kind", "expected"), [("complaint", "complaint"), ("manual", "manual"), ("bounce", None)])
    def test_what_only_a_reset_takes_off_stands_beside_a_verification(self, kind: Any, expected: str | None) -> None:
        known = asked(5, address_status.put(kind, at(1), ""))
        assert status(known) == (expected or "validate")
        assert status(answered(known, 6)) == expected

    def test_of_several_of_a_kind_the_latest_holds(self) -> None:
        said = [
            address_status.put("manual", at(minute), reason)
            for minute, reason in ((1, "the longest reason"), (3, ""), (3, "short"), (2, "longer"))
        ]
        for order in itertools.permutations(said):
            known = address_status.merge(EMPTY, *order, limit=0)
            assert [(cause.at, cause.reason) for cause in known.causes] == [(at(3), "short")]

    def test_an_event_that_its_provider_calls_so_is_none(self) -> None:
        event = msgspec.structs.replace(bounce(diagnostic="550"), source="put")
        known = address_status.merge(EMPTY, heard(event), address_status.put("bounce", at(9), "x"), limit=0)
        assert [cause.reason for cause in address_status.redacted(known).causes] == ["Permanent/General", ""]

    def test_from_now_on_is_after_whatever_is_known_of_its_kind(self) -> None:
        now, later = at(5), "2026-05-01T10:09:00.001Z"
        assert address_status.put_now(EMPTY, "manual", now, "") == address_status.put("manual", now, "")
        for known, kind in (
            (AddressState(reset_at=at(9)), "manual"),
            (AddressState(reset_at=at(9)), "bounce"),
            (asked(9), "bounce"),
            (address_status.put("manual", at(9), "one"), "manual"),
        ):
            assert address_status.put_now(known, kind, now, "two") == address_status.put(kind, later, "two")  # type: ignore[arg-type]
        # A verification says nothing about whether somebody may be written to.
        assert address_status.put_now(asked(9), "manual", now, "") == address_status.put("manual", now, "")

    @pytest.mark.parametrize("reason", ["", "one"])
    def test_from_now_on_once_more_is_nothing_new(self, reason: str) -> None:
        known = address_status.put("manual", at(1), "one")
        assert address_status.put_now(known, "manual", at(5), reason) == EMPTY
        assert address_status.put_now(known, "bounce", at(5), reason) != EMPTY
        after_reset = address_status.merge(known, AddressState(reset_at=at(2)), limit=0)
        assert address_status.put_now(after_reset, "manual", at(5), reason) != EMPTY


class TestValidation:
    def test_it_takes_the_place_of_the_bounces_before_it(self) -> None:
        assert status(asked(5, heard(bounce(minute=1)))) == "validate"

    def test_a_bounce_after_the_asking_counts(self) -> None:
        known = asked(5, heard(bounce(minute=1)))
        assert status(known, heard(bounce(minute=6))) == "bounce"
        assert status(answered(known, 7), heard(bounce(minute=6))) == "bounce"

    def test_a_late_duplicate_of_the_bounce_before_it_does_not(self) -> None:
        known = answered(asked(5, heard(bounce(minute=1))), 7)
        assert status(known, heard(bounce(minute=1))) is None

    def test_a_good_answer_takes_the_address_off(self) -> None:
        assert status(answered(asked(5), 6)) is None

    def test_a_bad_answer_makes_it_invalid_since_then(self) -> None:
        block = address_status.block(
            ADDRESS, answered(asked(5, heard(bounce(minute=1))), 6, "no such mailbox"), limit=0
        )
        assert block
        assert (block.status, block.since, block.reason) == ("invalid", at(6), "no such mailbox")

    def test_a_complaint_stays(self) -> None:
        known = answered(asked(5), 7)
        assert status(asked(5), heard(complaint(minute=1))) == "complaint"
        assert status(known, heard(complaint(minute=1))) == "complaint"

    def test_given_up_it_stays_with_the_reason(self) -> None:
        known = asked(5, heard(bounce(minute=1)))
        assert known.validation
        known = address_status.merge(known, address_status.validation_given_up(known.validation, "no answer"), limit=0)
        block = address_status.block(ADDRESS, known, limit=0)
        assert block
        assert (block.status, block.since, block.reason) == ("validate", at(5), "no answer")

    def test_asking_anew_makes_an_answer_forgotten(self) -> None:
        known = asked(9, answered(asked(5), 6, "no such mailbox"))
        assert status(known) == "validate"

    def test_it_remembers_the_records_and_spellings_that_it_took_the_place_of(self) -> None:
        record = Record("family", "1")
        cause = address_status.cause_of(bounce(), message_id="m", record=record, spelling="Jane@x.example")
        assert cause
        known = asked(6, asked(5, AddressState(causes=(cause,))))
        assert known.causes == ()
        assert (known.records, known.spellings) == ((record,), ("Jane@x.example",))


class TestSoftBounces:
    def test_without_a_limit_they_never_block_nor_are_kept(self) -> None:
        said = [heard(bounce("Transient", "MailboxFull", number), message_id=f"m-{number}") for number in range(20)]
        assert address_status.merge(EMPTY, *said, limit=0) == EMPTY

    def test_so_many_in_a_row_block(self) -> None:
        assert status(soft(1), soft(2), limit=3) is None
        block = address_status.block(ADDRESS, address_status.merge(soft(1), soft(2), soft(3), limit=3), limit=3)
        assert block
        assert (block.status, block.since, block.reason) == ("bounce", at(3), "3 soft bounces in a row")
        assert block.message_id == "m-3"

    def test_the_same_one_again_counts_once(self) -> None:
        assert status(soft(1), soft(1), soft(2), soft(2), limit=3) is None

    @pytest.mark.parametrize("delivered", [1, 2, 3])
    def test_a_delivery_in_between_breaks_the_row_whenever_it_is_reported(self, delivered: int) -> None:
        said = [soft(1), soft(2), soft(3), soft(delivered, delivered=True)]
        for order in itertools.permutations(said):
            assert status(*order, limit=3) is None

    def test_a_delivery_before_them_does_not(self) -> None:
        assert status(soft(2), soft(3), soft(4), soft(1, delivered=True), limit=3) == "bounce"

    def test_an_out_of_office_reply_beside_its_delivery_counts_nothing(self) -> None:
        # Its time is cut to the second, and so before the delivery's and the sending's.
        replies = []
        for number in range(10):
            reply = bounce("Transient", "General", number, sent_at=at(number))
            replies.append(heard(reply, limit=3, sent=at(number), message_id=f"m-{number}"))
            replies.append(soft(number, delivered=True))
        random.Random(1).shuffle(replies)
        assert status(*replies, limit=3) is None

    def test_a_report_that_a_delivered_message_failed_after_all_counts_nothing(self) -> None:
        said = []
        for number in range(5):
            failed = bounce("Transient", "MailboxFull", number + 20, action="failed", code="5.2.2")
            said += [heard(failed, limit=3, sent=at(number), message_id=f"m-{number}"), soft(number, delivered=True)]
        random.Random(1).shuffle(said)
        assert status(*said, limit=3) is None
        assert status(*said[::-1], limit=3) is None

    def test_those_of_before_a_reset_or_a_verification_do_not_count(self) -> None:
        row = [soft(1), soft(2), soft(3)]
        assert status(*row, AddressState(reset_at=at(2)), limit=3) is None
        known = address_status.merge(*row, limit=3)
        assert status(known, address_status.validation_requested(known, at(4), "Ada"), limit=3) == "validate"

    def test_no_more_are_kept_than_are_needed(self) -> None:
        assert [one.sent for one in address_status.merge(*map(soft, range(9)), limit=3).soft_bounces] == [
            at(6),
            at(7),
            at(8),
        ]

    def test_a_hard_bounce_beside_them_tells_why(self) -> None:
        known = address_status.merge(soft(1), soft(2), soft(3), heard(bounce(minute=9)), limit=3)
        block = address_status.block(ADDRESS, known, limit=3)
        assert block
        assert block.reason == "Permanent/General"


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        ("", False),
        ("a@x.example", True),
        ("mama.@docomo.example", True),
        ('"jane doe"@x.example', True),
        ("unknown", False),
        ("a@x.example, b@x.example", False),
        (f"{'é' * 122}@x.example", True),
        (f"{'é' * 123}@x.example", False),
    ],
)
def test_what_can_be_blocked(mailbox: str, expected: bool) -> None:
    assert address_status.can_be_blocked(mailbox) is expected


def test_of_very_many_bounces_the_newest_are_kept_and_a_reset_in_their_midst_still_forgets_the_older() -> None:
    said = [heard(bounce(minute=minute)) for minute in range(30)]
    known = address_status.merge(*said, limit=0)
    assert [cause.at for cause in known.causes] == [at(minute) for minute in range(20, 30)]
    assert status(known, AddressState(reset_at=at(28))) == "bounce"
    assert status(known, AddressState(reset_at=at(29))) is None


# All that can happen to an address, at few different times, so that they often are the same.
minutes = st.integers(0, 12)
records = st.sampled_from([None, Record("family", "1"), Record("staff", "2")])
causes = st.builds(
    BlockCause,
    kind=st.sampled_from(address_status.PRECEDENCE),
    at=minutes.map(at),
    # An event may be called by its provider as a put is here.
    fingerprint=st.sampled_from(["a", "b", "c", "d", "e", "put"]),
    reason=st.sampled_from(["one", "two"]),
    message_id=st.sampled_from([None, "m-1", "m-2"]),
    record=records,
    spelling=st.sampled_from([None, "Jane@x.example"]),
)
bounces = st.builds(
    BlockCause,
    kind=st.just("bounce"),
    at=st.integers(6, 12).map(at),
    fingerprint=st.sampled_from("abcdefghijklmnop"),
    reason=st.just("one"),
    message_id=st.sampled_from([None, "m-1"]),
)
puts = st.builds(
    address_status.put, st.sampled_from(address_status.PRECEDENCE), minutes.map(at), st.sampled_from(["", "one", "two"])
)
soft_bounces = st.builds(SoftBounce, sent=minutes.map(at), message_id=st.sampled_from("pqrstu"), at=minutes.map(at))
late_soft_bounces = st.builds(
    SoftBounce, sent=st.integers(7, 12).map(at), message_id=st.sampled_from("pqrstu"), at=minutes.map(at)
)
# Mostly before the late ones, so that there often are causes and rows of soft bounces that count.
early = st.integers(0, 5) | st.integers(0, 5) | minutes
validations = st.builds(
    address_status.Validation,
    asked=early.map(at),
    by=st.sampled_from(["Ada", "Ben"]),
    state=st.sampled_from(["asked", "given_up", "verified"]),
)
events = st.one_of(
    # Of eleven one is more than are kept, where they are of one kind and none is from before a reset.
    lists_of(causes, 1, 3, 6).map(lambda some: AddressState(causes=tuple(some))),
    st.lists(bounces, min_size=13, max_size=13).map(lambda some: AddressState(causes=tuple(some))),
    puts,
    soft_bounces.map(lambda one: AddressState(soft_bounces=(one,))),
    st.lists(late_soft_bounces, min_size=4, max_size=4).map(lambda some: AddressState(soft_bounces=tuple(some))),
    early.map(lambda minute: AddressState(delivered=at(minute))),
    early.map(lambda minute: AddressState(reset_at=at(minute))),
    validations.map(lambda one: AddressState(validation=one)),
)


@reaching(most_causes=0.1, most_soft_bounces=0.03, reset=0.1)
@examples(250)
@given(said=lists_of(events, 0, 2, 6, 14), limit=st.integers(0, 3), data=st.data())
def test_any_order_repetition_and_grouping_ends_in_the_same_standing(
    said: list[AddressState], limit: int, data: st.DataObject
) -> None:
    def one_by_one(some: list[AddressState]) -> AddressState:
        return reduce(lambda known, news: address_status.merge(known, news, limit=limit), some, EMPTY)

    expected = one_by_one(said)
    again = data.draw(st.lists(st.sampled_from(said), max_size=6)) if said else []
    mixed = data.draw(st.permutations([*said, *again]))
    cut = data.draw(st.integers(0, len(mixed)))
    assert one_by_one(mixed) == expected
    assert address_status.merge(one_by_one(mixed[:cut]), one_by_one(mixed[cut:]), limit=limit) == expected
    assert address_status.merge(EMPTY, *mixed, limit=limit) == expected
    assert address_status.merge(expected, expected, limit=limit) == expected
    kinds = Counter(cause.kind for cause in expected.causes)
    met("most_causes", max(kinds.values(), default=0) == address_status.MAX_CAUSES)
    met("most_soft_bounces", limit > 1 and len(expected.soft_bounces) == limit)
    met("reset", bool(expected.reset_at) and bool(expected.causes))


@examples(200)
@given(said=lists_of(events, 0, 2, 6, 14), limit=st.integers(0, 3))
def test_a_standing_comes_back_from_the_table_as_it_was(said: list[AddressState], limit: int) -> None:
    known = address_status.merge(EMPTY, *said, limit=limit)
    assert msgspec.json.decode(msgspec.json.encode(known), type=AddressState) == known


@examples(200)
@given(said=lists_of(events, 0, 2, 6, 14))
def test_after_a_reset_of_all_that_is_known_nothing_of_it_counts(said: list[AddressState]) -> None:
    known = address_status.merge(EMPTY, *said, limit=2)
    after = address_status.merge(known, AddressState(reset_at=known.latest), *said, limit=2)
    block = address_status.block(ADDRESS, after, limit=2)
    assert block is None or block.since > known.latest


# As they are told: the spelling is the message's, the provider's words are the kind's, a diagnostic may follow them.
reported_causes = st.builds(
    lambda known, detail: msgspec.structs.replace(
        known,
        reason=f"{known.kind}/General{detail}",
        spelling="Jane@x.example" if known.message_id == "m-1" else None,
    ),
    causes,
    st.sampled_from(["", ": smtp; 550 <jane@x.example> is unknown", ": told: in: parts"]),
)
told_validations = minutes.flatmap(
    lambda minute: st.sampled_from([
        Validation(asked=at(minute), by=f"Ada {minute}", spellings=("Jane@x.example",)),
        Validation(asked=at(minute), by=f"Ada {minute}", state="given_up", reason="not verified: refused: x"),
        Validation(asked=at(minute), by=f"Ada {minute}", state="verified", spellings=("Jane@x.example",)),
    ])
)  # fmt: skip
told = st.one_of(
    st.lists(reported_causes, min_size=1, max_size=6).map(lambda some: AddressState(causes=tuple(some))),
    st.builds(
        address_status.put,
        st.sampled_from(address_status.PRECEDENCE),
        minutes.map(at),
        st.sampled_from(["", "Jane left", "told: she moved"]),
    ),
    soft_bounces.map(lambda one: AddressState(soft_bounces=(msgspec.structs.replace(one, spelling="Jane@x.example"),))),
    minutes.map(lambda minute: AddressState(delivered=at(minute))),
    minutes.map(lambda minute: AddressState(reset_at=at(minute))),
    told_validations.map(lambda one: AddressState(validation=one)),
)


@examples(250)
@given(said=lists_of(told, 0, 2, 6, 14), limit=st.integers(0, 3), data=st.data())
def test_what_is_reduced_before_in_between_or_after_is_the_same_and_decides_the_same(
    said: list[AddressState], limit: int, data: st.DataObject
) -> None:
    known = address_status.merge(EMPTY, *said, limit=limit)
    expected = address_status.redacted(known)
    assert address_status.redacted(expected) == expected
    shown = msgspec.json.encode(expected).decode()
    assert [word for word in ("Jane", "jane", "Ada", "550", "refused", "told:") if word in shown] == []
    assert (expected.records, expected.floor, expected.latest) == (known.records, known.floor, known.latest)
    assert status(expected, limit=limit) == status(known, limit=limit)
    before = data.draw(st.integers(0, len(said)))
    again = data.draw(st.lists(st.sampled_from(said), max_size=6)) if said else []
    late = data.draw(st.permutations([*said[before:], *again]))
    found = address_status.redacted(address_status.merge(EMPTY, *said[:before], limit=limit))
    for news in late:
        found = address_status.merge(found, address_status.redacted(news), limit=limit)
    assert found == expected


def test_a_reduced_standing_still_says_what_kind_of_thing_it_was() -> None:
    what = bounce("Permanent", "NoEmail", diagnostic="smtp; 550 5.1.1 <jane@x.example> unknown: really")
    block = address_status.block(ADDRESS, address_status.redacted(heard(what)), limit=0)
    assert block
    assert (block.reason, block.since, block.message_id) == ("Permanent/NoEmail", at(1), "m-1")
    block = address_status.block(ADDRESS, address_status.redacted(asked(5)), limit=0)
    assert block
    assert block.reason == "verification asked for"
