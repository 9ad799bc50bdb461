"""What becomes of a text message, by End User Messaging's events and by SNS's logs."""

import json
from typing import Any

import pytest
from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.records import MalformedFeedbackError, ProviderRecord
from daybook.model.delivery_events import MAX_DIAGNOSTIC, DeliveryEvent, RecipientEvent

from tests.support.feedback_records import ENVELOPED, LATER, eum, read_one, sms_log

PENDING = ("pending", None)
DELIVERED = ("delivery", None)
REJECTED = ("failure", "rejected")
FAILED = ("failure", "failed")
UNDELIVERED = ("failure", "undelivered")


def delivery_event(record: Any) -> DeliveryEvent:
    [event] = read_one(record).events
    assert (event.log, event.message_id, event.recipient) == ("sms", "sms-1", "")
    return event.event


def test_an_event_of_end_user_messaging() -> None:
    expected = DeliveryEvent(
        type="delivery", at=LATER, source="TEXT_DELIVERED", subtype="TEXT_DELIVERED",
        diagnostic="Message has been accepted by phone",
    )  # fmt: skip
    assert read_one(eum("TEXT_DELIVERED")).events == [
        RecipientEvent(log="sms", message_id="sms-1", recipient="", event=expected)
    ]


@pytest.mark.parametrize(
    ("suffix", "final", "not_final"),
    [
        ("SENT", PENDING, PENDING),
        ("QUEUED", PENDING, PENDING),
        ("PENDING", PENDING, PENDING),
        ("SUCCESSFUL", DELIVERED, PENDING),
        ("DELIVERED", DELIVERED, DELIVERED),
        ("READ", DELIVERED, DELIVERED),
        ("BLOCKED", REJECTED, PENDING),
        ("CARRIER_BLOCKED", REJECTED, PENDING),
        ("SPAM", REJECTED, PENDING),
        ("PROTECT_BLOCKED", REJECTED, PENDING),
        ("INVALID", FAILED, PENDING),
        ("INVALID_MESSAGE", FAILED, PENDING),
        ("FAILED", FAILED, PENDING),
        ("FILE_INACCESSIBLE", FAILED, PENDING),
        ("FILE_TYPE_UNSUPPORTED", FAILED, PENDING),
        ("FILE_SIZE_EXCEEDED", FAILED, PENDING),
        ("TTL_EXPIRED", UNDELIVERED, PENDING),
        ("UNREACHABLE", UNDELIVERED, PENDING),
        ("CARRIER_UNREACHABLE", UNDELIVERED, PENDING),
        ("UNKNOWN", UNDELIVERED, PENDING),
        ("NONESUCH", PENDING, PENDING),
        ("", PENDING, PENDING),
    ],
)
@pytest.mark.parametrize("prefix", ["TEXT_", "MEDIA_"])
def test_is_final_decides_and_not_the_name(prefix: str, suffix: str, final: Any, not_final: Any) -> None:
    for is_final, expected in ((True, final), (False, not_final), (None, not_final)):
        what = delivery_event(eum(prefix + suffix, isFinal=is_final))
        assert (what.type, what.kind) == expected
        assert what.source == what.subtype == prefix + suffix


@pytest.mark.parametrize(
    ("record", "ignored"),
    [
        (eum("VOICE_ANSWERED"), "not_text_message"),
        (eum("RCS_DELIVERED"), "not_text_message"),
        ({"event_type": "_SMS.SUCCESS", "attributes": {"message_id": "sms-1"}}, "legacy_pinpoint"),
        ({"originationNumber": "+1", "messageBody": "STOP", "inboundMessageId": "in-1"}, "inbound_text"),
    ],
)
def test_what_is_no_delivery_event_is_passed_over(record: Any, ignored: str) -> None:
    assert (read_one(record).ignored, read_one(record).events) == (ignored, [])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (eum("TEXT_SENT", messageId=None), "messageId is missing"),
        (eum("TEXT_SENT", messageId=5), "messageId: expected"),
        (eum("TEXT_SENT", isFinal="true"), "isFinal: expected"),
        ({**sms_log(), "status": None}, "status is not a string"),
        (sms_log("PERHAPS"), "status is neither"),
        (sms_log(providerResponse=5), "delivery.providerResponse: expected"),
        (sms_log(smsType=None, destination=None), "neither a phone number nor an endpoint"),
        ({**sms_log(), "notification": {"timestamp": "2026-03-02 09:00:00"}}, "notification.messageId is missing"),
        ({**sms_log(), "notification": None}, "needs both"),
        ({**sms_log(), "delivery": None}, "needs both"),
    ],
)
def test_what_is_unusable_is_refused_with_its_reason(record: Any, reason: str) -> None:
    with pytest.raises(MalformedFeedbackError) as raised:
        read_one(record)
    assert reason in raised.value.reason


def test_half_of_a_character_is_replaced() -> None:
    for record in (eum("TEXT_BLOCKED", messageStatusDescription="5 \ud83d"), sms_log("FAILURE", "5 \ude00")):
        (event,) = read_one(record).events
        assert event.event.diagnostic == "5 \ufffd"


def test_a_log_of_success() -> None:
    answer = "Message has been accepted by phone"
    assert delivery_event(sms_log()) == DeliveryEvent(
        type="delivery", at=LATER, source=f"SUCCESS {answer}", diagnostic=answer
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("Blocked as spam by phone carrier", "rejected"),
        ("Phone carrier has blocked this message", "rejected"),
        ("Destination is on a blocked list", "rejected"),
        ("Phone is on a blocked list", "rejected"),
        ("Phone has blocked SMS", "rejected"),
        ("Phone number is opted out", "rejected"),
        ("This delivery would exceed max price", "rejected"),
        ("No quota left for account", "rejected"),
        ("Rate exceeded.", "rejected"),
        ("Invalid phone number", "failed"),
        ("Message body is invalid", "failed"),
        ("Unknown error attempting to reach phone", "failed"),
        ("What nobody has seen yet", "failed"),
        (None, "failed"),
        ("Phone carrier is currently unreachable/unavailable", "undelivered"),
        ("PHONE IS CURRENTLY UNREACHABLE/UNAVAILABLE", "undelivered"),
    ],
)
def test_a_log_of_failure_says_why(answer: str | None, outcome: str) -> None:
    what = delivery_event(sms_log("FAILURE", answer))
    assert (what.type, what.kind, what.diagnostic) == ("failure", outcome, answer)
    assert what.source == f"FAILURE {answer or ''}".strip()


@pytest.mark.parametrize(
    ("dwelt", "at"),
    [
        ({"dwellTimeMsUntilDeviceAck": None}, "2026-03-02T09:00:00.750Z"),
        ({"dwellTimeMsUntilDeviceAck": None, "dwellTimeMs": None}, "2026-03-02T09:00:00.500Z"),
        ({"dwellTimeMsUntilDeviceAck": 14_401_459}, "2026-03-02T13:00:01.959Z"),
        ({"dwellTimeMsUntilDeviceAck": 1e300}, "2026-03-02T09:00:00.750Z"),
        ({"dwellTimeMsUntilDeviceAck": "6750", "dwellTimeMs": [250]}, "2026-03-02T09:00:00.500Z"),
    ],
)
def test_a_log_tells_the_time_by_how_long_it_took(dwelt: dict[str, Any], at: str) -> None:
    assert delivery_event(sms_log(**dwelt)).at == at


@pytest.mark.parametrize("unreadable", [None, "", "now", 10**18, 1e300, True, [1]])
def test_without_a_readable_time_of_its_own_the_envelope_tells_one(unreadable: Any) -> None:
    assert delivery_event(eum("TEXT_SENT", eventTimestamp=unreadable)).at == ENVELOPED
    log = {**sms_log(), "notification": {"messageId": "sms-1", "timestamp": unreadable}}
    assert delivery_event(log).at == ENVELOPED


def test_a_time_as_text_is_read() -> None:
    assert delivery_event(eum("TEXT_SENT", eventTimestamp=LATER)).at == LATER


def test_no_time_at_all_is_refused() -> None:
    for record in (eum("TEXT_SENT", eventTimestamp=None), {**sms_log(), "notification": {"messageId": "sms-1"}}):
        with pytest.raises(MalformedFeedbackError, match="has a timestamp"):
            read(ProviderRecord(text=json.dumps(record)))


@pytest.mark.parametrize("written", ["text_delivered", " Text_Delivered ", "TEXT_DELIVERED"])
def test_names_of_events_know_no_case(written: str) -> None:
    assert delivery_event(eum(written)) == delivery_event(eum("TEXT_DELIVERED"))


def test_a_name_that_is_not_known_stays_as_it_is() -> None:
    assert delivery_event(eum("text_Nonesuch")).source == "text_Nonesuch"
    assert read_one(eum("voice_answered")).ignored == "not_text_message"


@pytest.mark.parametrize(("written", "status"), [("success", "SUCCESS"), (" Failure", "FAILURE")])
def test_the_status_of_a_log_knows_no_case(written: str, status: str) -> None:
    assert delivery_event(sms_log(written)) == delivery_event(sms_log(status))


def test_ids_of_texts_are_compared_as_they_are() -> None:
    (event,) = read_one(eum("TEXT_SENT", messageId="<id@email.amazonses.com>")).events
    assert event.message_id == "<id@email.amazonses.com>"


def test_long_answers_are_cut() -> None:
    assert len(delivery_event(sms_log("FAILURE", "x" * 5000)).diagnostic or "") == MAX_DIAGNOSTIC
    assert len(delivery_event(eum("TEXT_" + "X" * 5000)).source) <= 128
