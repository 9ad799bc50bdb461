"""SES's records become events of each recipient, whichever spelling they come in."""

from typing import Any

import pytest
from daybook.feedback.providers.records import MalformedFeedbackError
from daybook.model.delivery_events import (
    MAX_CODE,
    MAX_DIAGNOSTIC,
    MAX_LINK,
    MAX_MESSAGE_ID,
    MAX_USER_AGENT,
    DeliveryEvent,
    RecipientEvent,
    TaggedSend,
)

from tests.support.feedback_records import ENVELOPED, LATER, ONE, SENT, SES_PARTS, read_one, ses

TWO = ["ada@example.com", "bob@example.com"]
TAGS = {"daybook-org": ["oak"], "daybook-record": ["family.4711"]}


def events(record: dict[str, Any]) -> list[RecipientEvent]:
    return read_one(record).events


def delivery_event(record: dict[str, Any]) -> DeliveryEvent:
    [event] = events(record)
    return event.event


def refusal(record: Any) -> str:
    with pytest.raises(MalformedFeedbackError) as raised:
        read_one(record)
    return raised.value.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Send", DeliveryEvent(type="send", at=SENT)),
        ("Delivery", DeliveryEvent(type="delivery", at=LATER, diagnostic="250 kept")),
        (
            "DeliveryDelay",
            DeliveryEvent(
 type="delivery_delay", at=LATER, kind="MailboxFull", code="4.2.2", diagnostic="smtp; 452 full"
),
        ),
        (
            "Bounce",
            DeliveryEvent(
                type="bounce", at=LATER, source="fb-1", kind="Permanent", subtype="NoEmail",
                code="5.1.1", diagnostic="smtp; 550 nobody here",
            ),
        ),
        ("Complaint", DeliveryEvent(type="complaint", at=LATER, source="fb-2", kind="abuse", user_agent="Loop/1")),
        ("Open", DeliveryEvent(type="open", at=LATER, user_agent="Reader/3", ip="192.0.2.7")),
        (
            "Click",
            DeliveryEvent(
                type="click", at=LATER, source="https://example.com/offer", link="https://example.com/offer",
                user_agent="Reader/3", ip="192.0.2.7",
            ),
        ),
        ("Reject", DeliveryEvent(type="reject", at=SENT, diagnostic="Bad content")),
        (
            "Rendering Failure",
            DeliveryEvent(type="rendering_failure", at=SENT, kind="Welcome", diagnostic="no value for name"),
        ),
        ("Subscription", DeliveryEvent(type="subscription", at=LATER, kind="UnsubscribeHeader", subtype="Parents")),
    ],
)  # fmt: skip
def test_every_type_of_event(name: str, expected: DeliveryEvent) -> None:
    assert events(ses(name)) == [
        RecipientEvent(
            log="email", message_id="msg-1", recipient="ada@example.com", event=expected,
            recipients=("ada@example.com",),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Bounce", "Complaint", "Delivery"])
def test_both_spellings_are_one_event(name: str) -> None:
    assert events(ses(name)) == events(
        ses(name, spelling="notificationType", mail={"tags": None, "sourceIp": "192.0.2.1"})
    )


@pytest.mark.parametrize(
    ("name", "field", "several"),
    [
        ("Bounce", "bouncedRecipients", [{"emailAddress": one} for one in TWO]),
        ("Complaint", "complainedRecipients", [{"emailAddress": one} for one in TWO]),
        ("DeliveryDelay", "delayedRecipients", [{"emailAddress": one} for one in TWO]),
        ("Delivery", "recipients", TWO),
    ],
)
def test_recipients_are_those_that_the_event_names(name: str, field: str, several: list[Any]) -> None:
    def recipients(destination: list[str], named: list[Any] | None) -> list[str]:
        part: dict[str, Any] = {field: named}
        return [event.recipient for event in events(ses(name, mail={"destination": destination}, **part))]

    three = [*TWO, "eve@example.com"]
    assert recipients(three, several) == TWO
    assert recipients(three, None) == recipients(three, []) == three
    assert recipients([], None) == recipients([], []) == [""]


@pytest.mark.parametrize("name", ["Send", "Reject", "Rendering Failure", "Subscription"])
def test_recipients_are_those_of_the_message_where_the_event_names_none(name: str) -> None:
    twice = {"destination": [*TWO, "Ada <ADA@example.com>"]}
    assert [event.recipient for event in events(ses(name, mail=twice))] == TWO
    assert [event.recipient for event in events(ses(name, mail={"destination": None}))] == [""]


@pytest.mark.parametrize("name", ["Open", "Click"])
def test_opens_and_clicks_of_a_message_to_several_are_nobodys(name: str) -> None:
    assert [event.recipient for event in events(ses(name, mail={"destination": TWO}))] == [""]
    assert [event.recipient for event in events(ses(name, mail={"destination": None}))] == [""]
    twice = {"destination": ["ada@example.com", "ADA@example.com"]}
    assert [event.recipient for event in events(ses(name, mail=twice))] == ["ada@example.com"]


@pytest.mark.parametrize(
    "written", ["Ada L. <ADA@Example.com>", " ada@example.com ", "ada@example.com\t", '"L, Ada" <ada@example.com>']
)
def test_addresses_are_compared_bare(written: str) -> None:
    bounce = ses("Bounce", bouncedRecipients=[{"emailAddress": written}, ONE])
    assert [event.recipient for event in events(bounce)] == ["ada@example.com"]


def test_an_international_domain_is_written_in_ascii() -> None:
    assert events(ses("Send", mail={"destination": ["ada@BÜCHER.example"]}))[0].recipient == "ada@xn--bcher-kva.example"


def test_each_recipient_has_its_own_diagnostic() -> None:
    people = [{"emailAddress": TWO[0], "status": "5.1.1"}, {"emailAddress": TWO[1], "diagnosticCode": "552 full"}]
    bounce = ses("Bounce", mail={"destination": TWO}, bouncedRecipients=people)
    details = [(event.event.code, event.event.diagnostic) for event in events(bounce)]
    assert details == [("5.1.1", None), (None, "552 full")]


def test_a_recipient_who_is_named_twice_befalls_one_thing() -> None:
    people = [{**ONE, "status": "5.1.1"}, {"emailAddress": "ADA@example.com", "status": "5.0.0"}, {"emailAddress": " "}]
    recipients = [(event.recipient, event.event.code) for event in events(ses("Bounce", bouncedRecipients=people))]
    assert recipients == [("ada@example.com", "5.1.1")]


def test_an_out_of_office_reply_has_no_diagnostic() -> None:
    bounce = delivery_event(ses("Bounce", bounceType="Transient", bounceSubType="General", bouncedRecipients=[ONE]))
    assert (bounce.kind, bounce.subtype, bounce.code, bounce.diagnostic) == ("Transient", "General", None, None)


def test_a_complaint_about_a_message_that_was_not_attempted() -> None:
    record = ses(
        "Complaint", mail={"destination": None}, complaintFeedbackType=None,
        complaintSubType="OnAccountSuppressionList", complainedRecipients=None,
    )  # fmt: skip
    [event] = events(record)
    assert (event.recipient, event.event.kind, event.event.subtype) == ("", None, "OnAccountSuppressionList")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-02T09:00:07Z", "2026-03-02T09:00:07.000Z"),
        ("2026-03-02T09:00:07.250999Z", "2026-03-02T09:00:07.250Z"),
        ("2026-03-02T02:00:07.250-07:00", LATER),
        ("2026-03-02T09:00:07.250+0000", LATER),
        ("2026-03-02T09:00:07 +0000", "2026-03-02T09:00:07.000Z"),
        ("2026-03-02T02:00:07.250 -0700", LATER),
        ("2026-03-02T09:00:07.250", LATER),
        (" 2026-03-02T09:00:07.250Z ", LATER),
    ],
)
def test_times_in_every_spelling(written: str, instant: str) -> None:
    assert delivery_event(ses("Delivery", timestamp=written)).at == instant
    assert delivery_event(ses("Send", mail={"timestamp": written})).at == instant


def test_a_time_before_the_sending_keeps_the_sending_beside_it() -> None:
    bounce = delivery_event(ses("Bounce", timestamp="2026-03-02T09:00:00.000Z"))
    assert (bounce.at, bounce.sent_at, bounce.moment) == ("2026-03-02T09:00:00.000Z", SENT, SENT)
    assert delivery_event(ses("Bounce", timestamp=SENT)).sent_at is None


@pytest.mark.parametrize(
    "unreadable", [None, "", "yesterday", "2026-13-02T09:00:07Z", 1_772_442_007_250, [], {"at": 1}]
)
def test_without_a_readable_time_of_its_own_the_message_or_the_envelope_tells_one(unreadable: Any) -> None:
    assert delivery_event(ses("Complaint", timestamp=unreadable)).at == SENT
    assert delivery_event(ses("Complaint", timestamp=unreadable, mail={"timestamp": unreadable})).at == ENVELOPED
    later = delivery_event(ses("Complaint", mail={"timestamp": unreadable}))
    assert (later.at, later.sent_at) == (LATER, None)
    assert delivery_event(ses("Send", mail={"timestamp": unreadable})).at == ENVELOPED


def test_two_clicks_of_one_moment_differ_by_their_links() -> None:
    start = "https://example.com/" + "x" * 300
    one, other = (delivery_event(ses("Click", link=start + end)) for end in "ab")
    assert one.identity != other.identity
    assert len(one.source) == 64
    assert one.link == start + "a"


@pytest.mark.parametrize(
    ("mark", "bot"), [("Likely", True), (True, True), ("true", True), ("Unlikely", False), (False, False), (5, False)]
)
def test_bots_are_marked(mark: Any, bot: bool) -> None:
    for name in ("Open", "Click"):
        assert delivery_event(ses(name, isBotEvent=mark)).bot is bot


def test_long_texts_are_cut() -> None:
    long = "x" * 5000
    click = delivery_event(ses("Click", link=long, userAgent=long, ipAddress=long))
    assert (len(click.link or ""), len(click.user_agent or ""), len(click.ip or "")) == (MAX_LINK, MAX_USER_AGENT, 45)
    person = {**ONE, "status": long, "diagnosticCode": long}
    bounce = delivery_event(
        ses("Bounce", bounceType=long, bounceSubType=long, feedbackId=long, bouncedRecipients=[person])
    )
    words = [bounce.kind, bounce.subtype, bounce.code]
    assert [len(word or "") for word in words] == [MAX_CODE] * 3
    assert (len(bounce.diagnostic or ""), len(bounce.source)) == (MAX_DIAGNOSTIC, 64)


@pytest.mark.parametrize(
    ("record", "ignored"),
    [
        ("Successfully validated SNS topic for Amazon SES event publishing.", "topic_validation"),
        ({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have"}, "topic_validation"),
        ({"notificationType": "Received", "mail": {}, "receipt": {}}, "inbound_mail"),
        ({"notificationType": "Nonesuch"}, "unknown_type"),
        ({"eventType": "Nonesuch", "mail": 5}, "unknown_type"),
    ],
)
def test_what_is_no_delivery_event_is_passed_over(record: Any, ignored: str) -> None:
    reading = read_one(record)
    assert (reading.ignored, reading.events, reading.sends) == (ignored, [], [])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("no JSON", "The record is not JSON."),
        ("[1]", "The record is JSON, but not an object."),
        ('{"eventType": "Send"', "The record is not JSON."),
        ({}, "neither eventType nor notificationType"),
        ({"mail": ses("Send")["mail"]}, "neither eventType nor notificationType"),
        ({"eventType": 5}, "eventType is not a string"),
        ({"eventType": "Send"}, "mail is missing"),
        ({"eventType": "Send", "mail": "x"}, "mail: expected `object`, got `str`"),
        ({"eventType": "Bounce", "mail": ses("Send")["mail"]}, "bounce is missing"),
        (ses("Send", mail={"messageId": None}), "mail.messageId is missing"),
        (ses("Send", mail={"messageId": ""}), "mail.messageId is missing"),
        (ses("Send", mail={"messageId": 5}), "mail.messageId: expected"),
        (ses("Send", mail={"messageId": "x" * (MAX_MESSAGE_ID + 1)}), "mail.messageId is over"),
        (ses("Send", mail={"destination": "ada@example.com"}), "mail.destination: expected"),
        (ses("Send", mail={"destination": ["x" * 330]}), "address is over"),
        (ses("Send", mail={"destination": ["ü" * 200 + "@example.com"]}), "address is over"),
        (ses("Send", mail={"destination": ["x" * 5000]}), "address is over"),
        (
            ses("Bounce", bouncedRecipients=[{}]),
            "bounce.bouncedRecipients[0]: object missing required field `emailAddress`",
        ),
        (ses("Bounce", bouncedRecipients="x"), "bounce.bouncedRecipients: expected"),
        (ses("Delivery", recipients=[None]), "delivery.recipients[0]: expected"),
    ],
)
def test_what_is_unusable_is_refused_with_its_reason(record: Any, reason: str) -> None:
    assert reason in refusal(record)


def test_no_time_at_all_is_refused() -> None:
    from daybook.feedback.providers.dispatch import read
    from daybook.feedback.providers.envelopes import unwrap

    from tests.support.feedback_records import packed

    text = '{"eventType": "Send", "mail": {"messageId": "msg-1"}}'
    [record] = unwrap(packed({"messageType": "DATA_MESSAGE", "logEvents": [{"message": text}]}))
    with pytest.raises(MalformedFeedbackError, match="a time"):
        read(record)


@pytest.mark.parametrize("name", SES_PARTS)
def test_reasons_hold_no_address(name: str) -> None:
    assert "@" not in refusal(ses(name, mail={"destination": ["ada@example.com" * 30], "messageId": None}))


@pytest.mark.parametrize("name", SES_PARTS)
def test_a_tagged_message_names_its_record_whatever_the_event(name: str) -> None:
    """The time is that of sending, so that whichever event comes first makes the same entry."""
    reading = read_one(ses(name, mail={"tags": TAGS, "destination": [*TWO, "ADA@example.com"]}))
    assert reading.is_sending == (name in {"Send", "Rendering Failure"})
    assert reading.sends == [
        TaggedSend(
            org="oak", record_type="family", record_id="4711", message_id="msg-1", sender="Office <office@example.org>",
            recipients=("ada@example.com", "bob@example.com"), sent_at=SENT, subject="Hello",
        )
    ]  # fmt: skip


def test_a_tagged_message_without_a_time_of_sending_has_the_events() -> None:
    for unreadable in (None, "yesterday", 5):
        (send,) = read_one(ses("Delivery", mail={"tags": TAGS, "timestamp": unreadable})).sends
        assert send.sent_at == LATER
    (send,) = read_one(ses("Delivery", timestamp="x", mail={"tags": TAGS, "timestamp": "x"})).sends
    assert send.sent_at == ENVELOPED


@pytest.mark.parametrize("name", sorted(SES_PARTS.keys() - {"Send", "Rendering Failure"}))
def test_unusable_tags_do_not_cost_the_news_of_a_message_that_was_sent(name: str) -> None:
    for tags in (5, {"daybook-org": ["oak"]}, {**TAGS, "daybook-org": ["no org!"]}, TAGS):
        record = ses(name, mail={"tags": tags, "destination": [] if tags == TAGS else TWO[:1]})
        assert (len(events(record)), read_one(record).sends) == (1, [])


@pytest.mark.parametrize(
    ("tag", "record"),
    [
        ("family.4711", ("family", "4711")),
        ("staff-12", ("staff", "12")),
        ("staff_12", ("staff", "12")),
        ("family@a.b-c", ("family", "a.b-c")),
        ("family:4711", ("family", "4711")),
        ("family/4711", ("family", "4711")),
        ("Family.4711", ("family", "4711")),
        ("STAFF.12", ("staff", "12")),
    ],
)
def test_record_tags(tag: str, record: tuple[str, str]) -> None:
    [send] = read_one(ses("Send", mail={"tags": {**TAGS, "daybook-record": [tag]}})).sends
    assert (send.record_type, send.record_id) == record


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"daybook-org": ["oak"]}, "daybook-record is missing"),
        ({"daybook-record": ["family.1"]}, "daybook-org is missing"),
        ({**TAGS, "daybook-org": ["no org!"]}, "not the name of an org"),
        ({**TAGS, "daybook-org": ["message"]}, "not the name of an org"),
        ({**TAGS, "daybook-org": []}, "not a list of one string"),
        ({**TAGS, "daybook-org": ["oak", "elm"]}, "not a list of one string"),
        ({**TAGS, "daybook-org": [5]}, "not a list of one string"),
        ({**TAGS, "daybook-record": "family.1"}, "not a list of one string"),
        *(({**TAGS, "daybook-record": [bad]}, "names no record") for bad in
          ("student.1", "family", "family.", "family4711", "families.1", "family.a b", "family.a\n", "family..",
           "staff...", "staff." + "x" * 129)),
        (["daybook-org"], "mail.tags is not an object"),
    ],
)  # fmt: skip
def test_tags_that_name_no_record_are_refused(tags: Any, reason: str) -> None:
    assert reason in refusal(ses("Send", mail={"tags": tags}))


def test_a_tagged_message_to_nobody_is_refused() -> None:
    assert "names no recipient" in refusal(ses("Send", mail={"tags": TAGS, "destination": []}))


@pytest.mark.parametrize(
    ("mail", "subject"),
    [
        ({"commonHeaders": {"subject": "x" * 2000}}, "x" * 998),
        (
            {"commonHeaders": None, "headers": [{"name": "To"}, {"name": "SUBJECT", "value": "From a header"}]},
            "From a header",
        ),
        ({"commonHeaders": {"subject": 5}, "headers": [None, {"name": 5}, {"name": "Subject", "value": 5}]}, ""),
        ({"commonHeaders": {"messageId": "x"}, "headers": None}, ""),
        ({"commonHeaders": {"subject": "=?utf-8?B?R3LDvMOfZQ==?= an alle"}}, "Grüße an alle"),
        ({"commonHeaders": {"subject": "=?nonesuch?B?R3I=?="}}, "=?nonesuch?B?R3I=?="),
        ({"commonHeaders": {"subject": "=?utf-8?B?R?="}}, "=?utf-8?B?R?="),
    ],
)
def test_the_subject_of_a_tagged_message(mail: dict[str, Any], subject: str) -> None:
    assert read_one(ses("Send", mail={"tags": TAGS, **mail})).sends[0].subject == subject


def test_the_sender_of_a_tagged_message() -> None:
    assert read_one(ses("Send", mail={"tags": TAGS, "source": "x" * 400})).sends[0].sender == "x" * 320
    assert read_one(ses("Send", mail={"tags": TAGS, "source": None})).sends[0].sender is None
