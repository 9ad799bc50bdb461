"""The table of `docs/feedback.md`, row by row; neither order nor repetition of events changes the status."""

import itertools
import random
from typing import Any

import pytest
from daybook.model import delivery_status, event_set
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.delivery_status import Outcome
from daybook.model.entries import SmsReason, SmsStatus
from hypothesis import given
from hypothesis import strategies as st

from tests.support.properties import examples, lists_of

SENT = "2026-11-22T12:00:00.000Z"


def at(seconds: int) -> str:
    return f"2026-11-22T12:{seconds // 60:02}:{seconds % 60:02}.500Z"


def event(of: str, seconds: int = 1, **fields: Any) -> DeliveryEvent:
    return DeliveryEvent(type=of, at=at(seconds), **fields)  # type: ignore[arg-type]


SEND, DELAY, DELIVERY = event("send", 0), event("delivery_delay", 5, kind="MailboxFull"), event("delivery", 9)
OPEN, CLICK = event("open", 20), event("click", 30, source="https://a.example", link="https://a.example")
BOT = event("open", 21, bot=True)
HARD = event("bounce", 40, kind="Permanent", subtype="NoEmail", diagnostic="smtp; 550 5.1.1 user unknown")
SOFT = event("bounce", 8, kind="Transient", subtype="MailboxFull")
OUT_OF_OFFICE = event("bounce", 10, kind="Transient", subtype="General")
UNSUBSCRIBED = event("bounce", 3, kind="Permanent", subtype="UnsubscribedRecipient")
COMPLAINT = event("complaint", 50, kind="abuse")
NOT_SPAM, DMARC = event("complaint", 51, kind="not-spam"), event("complaint", 52, kind="auth-failure")
ON_LIST = event("complaint", 2, subtype="OnAccountSuppressionList")
REJECT, RENDERING = event("reject", 1, diagnostic="Bad content"), event("rendering_failure", 1, kind="welcome")
SUBSCRIPTION = event("subscription", 60)


@pytest.mark.parametrize(
    ("delivery_events", "status"),
    [
        ([], "queued"),
        ([SEND], "sent"),
        ([SEND, DELAY], "delayed"),
        ([SEND, DELAY, DELIVERY], "delivered"),
        ([SEND, DELIVERY, OPEN], "opened"),
        ([SEND, CLICK], "clicked"),
        ([DELIVERY, BOT], "delivered"),
        ([SEND, HARD], "bounced"),
        ([DELIVERY, OPEN, CLICK, HARD], "bounced"),
        ([SEND, DELAY, SOFT], "bounced"),
        ([DELIVERY, SOFT], "delivered"),
        ([DELIVERY, OUT_OF_OFFICE], "delivered"),
        ([OPEN, OUT_OF_OFFICE], "opened"),
        ([SEND, UNSUBSCRIBED], "rejected"),
        ([SEND, event("bounce", 3, kind="Permanent", subtype="EmailValidationSuppressed")], "rejected"),
        ([SEND, event("bounce", 3, kind="Permanent", subtype="OnAccountSuppressionList")], "bounced"),
        ([SEND, event("bounce", 3, kind="Permanent", subtype="SomethingNew")], "bounced"),
        ([SEND, event("bounce", 3, kind="Undetermined", subtype="Undetermined")], "bounced"),
        ([SEND, event("bounce", 3, kind="Mysterious")], "sent"),
        ([DELIVERY, COMPLAINT], "complained"),
        ([HARD, COMPLAINT], "complained"),
        ([DELIVERY, event("complaint", 50)], "complained"),
        ([DELIVERY, NOT_SPAM], "delivered"),
        ([DELIVERY, DMARC], "delivered"),
        ([SEND, ON_LIST], "rejected"),
        ([SEND, REJECT], "rejected"),
        ([RENDERING], "failed"),
        ([REJECT, DELIVERY], "delivered"),
        ([SEND, SOFT, REJECT], "rejected"),
        ([SEND, SUBSCRIPTION], "sent"),
    ],
)
def test_email_status(delivery_events: list[DeliveryEvent], status: str) -> None:
    for _ in range(5):
        random.Random(len(delivery_events)).shuffle(delivery_events)
        assert delivery_status.email("queued", SENT, event_set.merge(delivery_events)).status == status


def test_the_posted_status_counts_like_an_event() -> None:
    assert delivery_status.email("suppressed", SENT, ()).status == "suppressed"
    assert delivery_status.email("suppressed", SENT, (SEND,)).status == "sent"
    assert delivery_status.email("delivered", SENT, (SEND, SOFT)).status == "delivered"
    assert delivery_status.email("clicked", SENT, (OPEN,)).status == "clicked"


def test_opens_and_clicks_are_distinct_events() -> None:
    again = event("open", 25)
    state = delivery_status.email("queued", SENT, event_set.merge([OPEN, OPEN, again, CLICK], [OPEN, CLICK, BOT]))
    assert (state.opens, state.clicks) == (2, 1)
    assert state.outcome == Outcome(bot_opens=1)


def test_what_machines_opened_and_clicked_counts_apart() -> None:
    """C19 of the public reports: nobody opened it."""
    opens = [event("open", number, bot=True) for number in (10, 11)]
    state = delivery_status.email("queued", SENT, event_set.merge([DELIVERY, *opens, event("click", 12, bot=True)]))
    assert (state.status, state.opens, state.clicks) == ("delivered", 0, 0)
    assert state.outcome == Outcome(bot_opens=2, bot_clicks=1)


def test_every_event_moves_the_last_activity_but_none_before_the_sending() -> None:
    cut = DeliveryEvent(type="complaint", at="2026-11-22T12:00:00.000Z", sent_at="2026-11-22T12:00:00.048Z")
    assert (
        delivery_status.email("queued", "2026-11-22T11:59:59.000Z", (cut,)).last_activity_at
        == "2026-11-22T12:00:00.048Z"
    )
    assert delivery_status.email("queued", SENT, (DELIVERY, SUBSCRIPTION)).last_activity_at == SUBSCRIPTION.at
    assert delivery_status.email("queued", SENT, ()).last_activity_at == SENT


def test_the_event_that_made_the_status_is_kept() -> None:
    newer = event("bounce", 45, source="2", kind="Permanent", subtype="General", code="5.2.1", diagnostic="no")
    state = delivery_status.email("queued", SENT, (HARD, newer))
    assert state.outcome == Outcome(kind="Permanent", subtype="General", code="5.2.1", diagnostic="no")
    assert state.outcome.bounce == delivery_status.Bounce("Permanent", "General", "no")
    assert delivery_status.email("queued", SENT, (DELIVERY, OUT_OF_OFFICE)).outcome is None
    assert delivery_status.email("queued", SENT, (HARD, COMPLAINT)).outcome == Outcome(kind="abuse")
    assert delivery_status.email("queued", SENT, (SEND, DELAY)).outcome == Outcome(kind="MailboxFull")
    assert delivery_status.email("queued", SENT, (REJECT,)).outcome == Outcome(diagnostic="Bad content")
    assert delivery_status.email("queued", SENT, (event("delivery", 9, diagnostic="250 ok"),)).outcome is None
    long = event("bounce", 45, kind="Permanent", diagnostic="x" * 1000)
    assert delivery_status.email("queued", SENT, (long,)).outcome == Outcome(kind="Permanent", diagnostic="x" * 500)


def test_that_it_is_not_known_who_complained_is_kept_unless_another_complaint_is_certain() -> None:
    unsure = event("complaint", 55, source="1", kind="abuse", uncertain=True)
    assert delivery_status.email("queued", SENT, (HARD, unsure)).outcome == Outcome(kind="abuse", uncertain=True)
    assert delivery_status.email("queued", SENT, (COMPLAINT, unsure)).outcome == Outcome(kind="abuse")


FAILED_SOFT: dict[str, Any] = {"kind": "Transient", "subtype": "MailboxFull", "action": "failed", "code": "5.2.2"}
LATE_SOFT = event("bounce", 600, **FAILED_SOFT)


@pytest.mark.parametrize(
    ("delivery_events", "status"),
    [
        ([DELIVERY, LATE_SOFT], "bounced"),
        ([DELIVERY, event("bounce", 600, kind="Undetermined", code="4.4.7")], "bounced"),
        ([DELIVERY, event("bounce", 600, kind="Transient", action="failed")], "bounced"),
        # Written otherwise.
        ([DELIVERY, event("bounce", 600, kind="TRANSIENT", action="Failed ")], "bounced"),
        # A mail server that goes on trying, or that has delivered it.
        ([DELIVERY, event("bounce", 600, kind="Transient", action="delayed", code="4.4.7")], "delivered"),
        ([DELIVERY, event("bounce", 600, kind="Transient", action="delivered", code="2.0.0")], "delivered"),
        ([DELIVERY, event("bounce", 600, kind="Transient", code="2.0.0")], "delivered"),
        # C10: one server gave up before another took it.
        ([event("bounce", 8, **FAILED_SOFT), DELIVERY], "delivered"),
        # SES cuts the times of bounces: this one came after the delivery of the same second.
        ([event("delivery", 9), DeliveryEvent(type="bounce", at=at(9)[:20] + "000Z", **FAILED_SOFT)], "bounced"),
        ([DELIVERY, LATE_SOFT, event("delivery", 601)], "delivered"),
        ([DELIVERY, OPEN, LATE_SOFT], "opened"),
        ([DELIVERY, BOT, LATE_SOFT], "bounced"),
        ([DELIVERY, CLICK, LATE_SOFT], "clicked"),
        ([REJECT, LATE_SOFT], "bounced"),
        ([LATE_SOFT], "bounced"),
    ],
)
def test_a_soft_bounce_that_gave_up_after_a_delivery(delivery_events: list[DeliveryEvent], status: str) -> None:
    for order in (delivery_events, delivery_events[::-1]):
        assert delivery_status.email("queued", SENT, event_set.merge(order)).status == status


def test_a_posted_delivery_is_as_late_as_its_entry() -> None:
    assert delivery_status.email("delivered", SENT, (LATE_SOFT,)).status == "bounced"
    assert delivery_status.email("delivered", at(700), (LATE_SOFT,)).status == "delivered"


def test_words_know_no_case() -> None:
    def status(of: str, **fields: Any) -> str:
        return delivery_status.email("delivered", SENT, (event(of, 9, **fields),)).status

    assert status("complaint", kind="Not-Spam") == status("complaint", kind="AUTH-FAILURE") == "delivered"
    assert status("complaint", kind="Abuse") == "complained"
    assert status("bounce", kind="PERMANENT", subtype="noemail") == "bounced"
    assert delivery_status.email("queued", SENT, (event("complaint", subtype="onaccountsuppressionlist"),)).status == (
        "rejected"
    )
    refused = event("bounce", kind="permanent", subtype="unsubscribedRECIPIENT")
    assert delivery_status.email("queued", SENT, (refused,)).status == "rejected"
    assert not delivery_status.is_unknown_bounce(event("bounce", kind="permanent", subtype="NOEMAIL"))


def test_a_bounce_that_ses_does_not_document_is_told_apart() -> None:
    unknown = [event("bounce", kind="Permanent", subtype="New"), event("bounce", kind="Odd"), event("bounce")]
    assert all(delivery_status.is_unknown_bounce(event) for event in unknown)
    assert not any(delivery_status.is_unknown_bounce(event) for event in (HARD, SOFT, UNSUBSCRIBED, DELIVERY))


PENDING = event("pending", 1, source="TEXT_PENDING")
DELIVERED = event("delivery", 5, source="TEXT_DELIVERED")
UNREACHABLE = event("failure", 3, source="TEXT_UNREACHABLE", kind="undelivered")
BLOCKED = event("failure", 4, source="TEXT_BLOCKED", kind="rejected")


@pytest.mark.parametrize(
    ("delivery_events", "status", "reason"),
    [
        ([], "delivery", None),
        ([PENDING], "delivery", None),
        ([PENDING, UNREACHABLE], "not_delivered", "undelivered"),
        ([UNREACHABLE, BLOCKED], "not_delivered", "rejected"),
        ([UNREACHABLE, DELIVERED, BLOCKED], "delivered", None),
        ([DELIVERED, event("pending", 9, source="TEXT_QUEUED")], "delivered", None),
    ],
)
def test_sms_status(delivery_events: list[DeliveryEvent], status: str, reason: str | None) -> None:
    for order in (delivery_events, delivery_events[::-1]):
        state = delivery_status.sms("delivery", None, SENT, event_set.merge(order))
        assert (state.status, state.reason) == (status, reason)


def test_what_the_provider_said_of_a_failed_text_is_kept() -> None:
    said = event("failure", 3, kind="rejected", subtype="TEXT_BLOCKED", diagnostic="blocked")
    assert delivery_status.sms("delivery", None, SENT, (PENDING, said)).outcome == Outcome(
        kind="rejected", subtype="TEXT_BLOCKED", diagnostic="blocked"
    )
    assert delivery_status.sms("delivery", None, SENT, (DELIVERED, said)).outcome is None
    assert delivery_status.sms("delivery", None, SENT, (PENDING,)).outcome is None


@pytest.mark.parametrize(
    ("posted", "reason", "delivery_events", "status", "expected"),
    [
        ("delivered", None, [], "delivered", None),
        ("delivered", None, [PENDING, UNREACHABLE], "delivered", None),
        ("not_delivered", "failed", [PENDING], "not_delivered", "failed"),
        ("not_delivered", None, [], "not_delivered", None),
        ("not_delivered", "failed", [UNREACHABLE], "not_delivered", "undelivered"),
        ("not_delivered", "failed", [UNREACHABLE, DELIVERED], "delivered", None),
    ],
)
def test_a_posted_status_of_a_text_counts_like_an_event(
    posted: SmsStatus, reason: SmsReason | None, delivery_events: list[DeliveryEvent], status: str, expected: str | None
) -> None:
    for order in (delivery_events, delivery_events[::-1]):
        state = delivery_status.sms(posted, reason, SENT, event_set.merge(order))
        assert (state.status, state.reason) == (status, expected)


def test_a_posted_status_of_a_push_counts_like_an_event() -> None:
    failure, reached = event("failure", 2, diagnostic="Unregistered"), event("delivery", 3)
    assert delivery_status.push("sent", SENT, (failure,)).status == "sent"
    assert delivery_status.push("failed", SENT, ()) == delivery_status.PushState("failed", None, None)
    assert delivery_status.push("failed", SENT, (failure,)).reason == "Unregistered"
    assert delivery_status.push("failed", SENT, (reached,)).status == "sent"


def test_a_posted_bounce_is_a_hard_one_and_a_posted_complaint_is_certain() -> None:
    assert delivery_status.email("bounced", SENT, (DELIVERY, OPEN)).outcome == Outcome(kind="Permanent")
    assert delivery_status.email("bounced", SENT, (HARD,)).outcome == Outcome(
        kind="Permanent", subtype="NoEmail", diagnostic=HARD.diagnostic
    )
    unsure = event("complaint", 55, source="1", kind="abuse", uncertain=True)
    state = delivery_status.email("complained", SENT, (unsure,))
    assert (state.status, state.outcome) == ("complained", None)
    hard, complaint = (delivery_status.posted_event(status, SENT) for status in ("bounced", "complained"))
    assert hard is not None
    assert complaint is not None
    assert delivery_status.bounce_outcome(hard) == "hard"
    assert delivery_status.complaint_outcome(complaint) == "complaint"
    assert [delivery_status.posted_event(status, SENT) for status in delivery_status.RANKS].count(None) == 9


def test_one_phone_that_was_reached_is_enough() -> None:
    failure = event("failure", 2, code="410", diagnostic="Unregistered")
    failed = delivery_status.PushState("failed", "Unregistered", Outcome(code="410", diagnostic="Unregistered"))
    assert delivery_status.push(None, SENT, ()) == delivery_status.PushState(None, None, None)
    assert delivery_status.push(None, SENT, (failure,)) == failed
    assert delivery_status.push(None, SENT, (failure, event("delivery", 1))) == delivery_status.PushState(
        "sent", None, None
    )


delivery_events = st.builds(
    DeliveryEvent,
    type=st.sampled_from(["send", "delivery", "delivery_delay", "open", "click", "bounce", "complaint", "reject"]),
    at=st.integers(0, 90).map(at),
    source=st.sampled_from(["", "a", "b"]),
    sent_at=st.sampled_from([None, SENT]),
    bot=st.booleans(),
    kind=st.sampled_from([None, "Permanent", "Transient", "not-spam"]),
    subtype=st.sampled_from([None, "General", "OnAccountSuppressionList", "UnsubscribedRecipient"]),
    diagnostic=st.none() | st.text(max_size=5),
    code=st.sampled_from([None, "5.1.1", "4.2.2", "2.0.0"]),
    action=st.sampled_from([None, "failed", "delayed"]),
    uncertain=st.booleans(),
)


@examples(300)
@given(lists_of(delivery_events, 1, 5, 12), st.randoms(use_true_random=False))
def test_any_order_split_and_repetition_merges_to_the_same(events: list[DeliveryEvent], chance: random.Random) -> None:
    expected = event_set.merge(events)
    deliveries = events + [event for event in events if chance.random() < 0.5]
    chance.shuffle(deliveries)
    cut = chance.randint(0, len(deliveries))
    known = event_set.unpack(event_set.pack(event_set.merge(deliveries[:cut])))
    assert event_set.merge(known, deliveries[cut:]) == expected
    # The state is one of the set, not of the order in which it is held.
    held = list(expected)
    chance.shuffle(held)
    for posted in ("queued", "delivered", "bounced", "complained"):
        state = delivery_status.email(posted, SENT, expected)
        assert delivery_status.email(posted, SENT, tuple(held)) == state
    assert event_set.merge(expected, expected) == expected


def test_of_two_reports_of_one_moment_the_words_do_not_depend_on_their_order() -> None:
    reports = tuple(DeliveryEvent(type="reject", at=SENT, diagnostic=diagnostic) for diagnostic in (None, "a", "b"))
    states = [delivery_status.email("queued", SENT, held) for held in itertools.permutations(reports)]
    assert all(state == states[0] for state in states)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("queued", "waiting"), ("sent", "waiting"), ("delayed", "waiting"),
        ("delivered", "reached"), ("opened", "reached"), ("clicked", "reached"),
        ("bounced", "bounced"), ("complained", "complained"), ("rejected", "rejected"), ("failed", "failed"),
        ("suppressed", "suppressed"), ("delivery", "delivery"), ("not_delivered", "not_delivered"),
    ],
)  # fmt: skip
def test_the_class_of_each_status_is_that_of_the_contract(status: str, expected: str) -> None:
    assert delivery_status.status_class(status) == expected


@pytest.mark.parametrize(
    "subtype", ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"]
)
def test_a_permanent_bounce_that_ses_documents_is_hard_and_known(subtype: str) -> None:
    bounced = event("bounce", kind="Permanent", subtype=subtype)
    assert delivery_status.bounce_outcome(bounced) == "hard"
    assert not delivery_status.is_unknown_bounce(bounced)


def test_an_event_of_another_kind_says_nothing_of_an_sms() -> None:
    assert delivery_status.sms("delivery", None, SENT, (event("open", 3),)).status == "delivery"


def test_an_open_beyond_the_detailed_ones_keeps_what_counts() -> None:
    """Its time and that of sending, and whether it was a machine's: late ones of both types are kept."""
    opens = [
        DeliveryEvent(type=kind, at=at(number), source=f"{number}", sent_at=SENT, bot=number % 2 == 0, user_agent="x")
        for number in range(120)
        for kind in ("open", "click")
    ]  # fmt: skip
    merged = event_set.merge(opens, [event("complaint", 300)])
    assert len(merged) == 241
    kept = [(one.at, one.source, one.sent_at, one.bot) for one in merged if one.type == "open"]
    assert kept == [(at(number), f"{number}", SENT, number % 2 == 0) for number in range(120)]
    assert [one.user_agent for one in merged if one.type == "click"] == ["x"] * 100 + [None] * 20
    assert merged[-1].type == "complaint"


def test_a_thousand_opens_are_kept_of_any_number_and_a_hundred_in_detail() -> None:
    opens = [
        DeliveryEvent(type="open", at=f"2026-11-22T12:{n // 60:02}:{n % 60:02}.000Z", user_agent=f"agent {n}")
        for n in range(1500)
    ]
    in_order = event_set.merge(opens)
    shuffled = random.Random(1).sample(opens, len(opens))
    merged = event_set.merge(shuffled[:700])
    merged = event_set.merge(merged, shuffled[700:])
    assert merged == in_order
    assert len(merged) == event_set.MAX_ENGAGEMENTS
    assert [event.user_agent for event in merged[:101]] == [f"agent {n}" for n in range(100)] + [None]


def test_the_largest_history_fits_an_item() -> None:
    noise = random.Random(1)
    text = "".join(chr(noise.randint(33, 126)) for _ in range(100_000))

    def some(length: int) -> str:
        start = noise.randint(0, len(text) - length)
        return text[start : start + length]

    engaged = [
        DeliveryEvent(
            type=kind,
            at=f"2026-11-22T12:00:{n % 60:02}.{n:03}Z",
            source=some(200) if kind == "click" else "",
            user_agent=some(256),
            link=some(1000),
            ip=some(39),
        )
        for kind in ("open", "click")
        for n in range(1000)
    ]
    others = [event("bounce", n, source=some(60), diagnostic=some(1000)) for n in range(20)]
    assert len(event_set.pack(event_set.merge(engaged, others))) < 380_000


def test_a_history_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        event_set.unpack(b"\x02abc")
