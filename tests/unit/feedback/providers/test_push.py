"""What the push services answered, without the token of any device."""

from typing import Any

import pytest
from daybook.feedback.providers.records import MalformedFeedbackError
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent

from tests.support.feedback_records import ENVELOPED, LATER, push_log, read_one


def event(record: Any) -> RecipientEvent:
    [recipient_event] = read_one(record).events
    return recipient_event


def test_a_log_of_success() -> None:
    received = event(push_log())
    expected = DeliveryEvent(
        type="delivery", at=LATER, source=received.event.source, code="200", diagnostic='{"success":1}'
    )
    assert received == RecipientEvent(log="push", message_id="push-1", recipient="", event=expected)
    assert received.event.source.startswith("SUCCESS ")


def test_a_log_of_failure() -> None:
    failure = event(push_log("FAILURE", statusCode=410, providerResponse="Unregistered")).event
    assert (failure.type, failure.code, failure.diagnostic) == ("failure", "410", "Unregistered")


def test_the_token_is_never_kept() -> None:
    failure = event(push_log("FAILURE", providerResponse="no device device-token here")).event
    assert failure.diagnostic == "no device (token) here"
    assert "device-token" not in repr(failure)


def test_endpoints_of_one_message_are_told_apart() -> None:
    other = event(push_log(destination="arn:aws:sns:us-east-1:123456789012:endpoint/GCM/App/other"))
    assert other.event.identity != event(push_log()).event.identity
    assert event(push_log()).event.identity == event(push_log()).event.identity


def test_without_a_readable_time_of_its_own_the_envelope_tells_one() -> None:
    assert event(push_log(dwellTimeMs="x")).event.at == "2026-03-02T09:00:07.210Z"
    for unreadable in (None, "yesterday", 5):
        log = {**push_log("failure"), "notification": {"messageId": "push-1", "timestamp": unreadable}}
        assert (event(log).event.type, event(log).event.at) == ("failure", ENVELOPED)


def test_an_answer_without_a_code() -> None:
    failure = event(push_log("FAILURE", statusCode=None, providerResponse=None, dwellTimeMs=None)).event
    assert (failure.code, failure.diagnostic, failure.at) == (None, None, "2026-03-02T09:00:07.210Z")


@pytest.mark.parametrize(
    ("record", "ignored"),
    [
        (
            {**push_log(), "notification": {"messageId": "t", "timestamp": "x", "topicArn": "arn:aws:sns:x"}},
            "topic_push",
        ),
        ({"EventType": "DeliveryFailure", "EndpointArn": "arn:x", "MessageId": "m"}, "platform_event"),
    ],
)
def test_what_names_no_message_of_ours_is_passed_over(record: Any, ignored: str) -> None:
    assert (read_one(record).ignored, read_one(record).events) == (ignored, [])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (push_log("PERHAPS"), "status is neither"),
        (push_log(statusCode="200"), "delivery.statusCode: expected"),
        ({**push_log(), "notification": {"messageId": "", "timestamp": "2026-03-02 09:00:00"}}, "messageId is missing"),
    ],
)
def test_what_is_unusable_is_refused_with_its_reason(record: Any, reason: str) -> None:
    with pytest.raises(MalformedFeedbackError) as raised:
        read_one(record)
    assert reason in raised.value.reason
