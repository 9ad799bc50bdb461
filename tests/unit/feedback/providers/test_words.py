"""The words of SES, DSNs and ARF mean the same in any letter case, and are kept in one spelling."""

from typing import Any

import pytest
from daybook.model import delivery_status
from daybook.model.delivery_events import DeliveryEvent

from tests.support.feedback_records import ONE, SES_PARTS, read_one, ses

NOTIFICATIONS = ["Bounce", "Complaint", "Delivery"]


def delivery_event(record: dict[str, Any]) -> DeliveryEvent:
    (event,) = read_one(record).events
    return event.event


@pytest.mark.parametrize("name", SES_PARTS)
def test_names_of_events(name: str) -> None:
    canonical = read_one(ses(name))
    compact = name.replace(" ", "")
    for written in (name.lower(), name.upper(), f" {name} ", compact, compact.lower(), compact.upper()):
        assert read_one({**ses(name), "eventType": written}) == canonical
        if name in NOTIFICATIONS:
            notification = {**ses(name, spelling="notificationType"), "notificationType": written}
            assert read_one(notification) == canonical


@pytest.mark.parametrize(
    "written", ["rendering_failure", "Rendering-Failure", "RENDERING  FAILURE", "renderingFailure"]
)
def test_separators_in_the_name_of_an_event_mean_nothing(written: str) -> None:
    assert read_one({**ses("Rendering Failure"), "eventType": written}) == read_one(ses("Rendering Failure"))


def test_what_is_passed_over_knows_no_case_either() -> None:
    assert read_one({"notificationType": "received", "mail": {}}).ignored == "inbound_mail"
    assert read_one({"notificationType": "AMAZONSNSSUBSCRIPTIONSUCCEEDED"}).ignored == "topic_validation"
    assert read_one({"eventType": "Sendx", "mail": {}}).ignored == "unknown_type"


@pytest.mark.parametrize(
    ("field", "written", "term"),
    [
        ("bounceType", "permanent", "Permanent"),
        ("bounceType", "TRANSIENT", "Transient"),
        ("bounceType", " undetermined ", "Undetermined"),
        ("bounceType", "nonesuch", "nonesuch"),
        ("bounceSubType", "NOEMAIL", "NoEmail"),
        ("bounceSubType", "mailboxfull", "MailboxFull"),
        ("bounceSubType", "onaccountsuppressionlist", "OnAccountSuppressionList"),
        ("bounceSubType", "emailValidationSuppressed", "EmailValidationSuppressed"),
        ("bounceSubType", "unsubscribedrecipient", "UnsubscribedRecipient"),
        ("bounceSubType", "Nonesuch ", "Nonesuch "),
    ],
)
def test_types_of_bounces(field: str, written: str, term: str) -> None:
    part: dict[str, Any] = {field: written}
    expected = {"bounceType": "kind", "bounceSubType": "subtype"}[field]
    assert getattr(delivery_event(ses("Bounce", **part)), expected) == term


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("Not-Spam", "not-spam"),
        ("NOT-SPAM", "not-spam"),
        ("not_spam", "not-spam"),
        (" not-spam\n", "not-spam"),
        ("Auth-Failure", "auth-failure"),
        ("ABUSE", "abuse"),
        ("Fraud", "fraud"),
        ("Opt-Out", "opt-out"),
        ("dismissed", "dismissed"),
        ("x" * 100, "x" * 100),
    ],
)
def test_types_of_complaints(written: str, term: str) -> None:
    complaint = delivery_event(ses("Complaint", complaintFeedbackType=written))
    assert complaint.kind == term
    meant = {"not-spam": None, "auth-failure": None}.get(term, "complaint")
    assert delivery_status.complaint_outcome(complaint) == meant


def test_the_subtype_of_a_complaint() -> None:
    complaint = delivery_event(ses("Complaint", complaintSubType="ONACCOUNTSUPPRESSIONLIST"))
    assert delivery_status.complaint_outcome(complaint) == "rejected"


def test_the_type_of_a_delay() -> None:
    assert delivery_event(ses("DeliveryDelay", delayType="mailboxFULL")).kind == "MailboxFull"


def test_names_that_others_chose_stay_as_they_are() -> None:
    assert delivery_event(ses("Rendering Failure", templateName="general")).kind == "general"
    assert delivery_event(ses("Subscription", contactList="abuse ")).subtype == "abuse "


@pytest.mark.parametrize(
    ("written", "action"),
    [
        ("failed", "failed"),
        ("Failed", "failed"),
        (" DELAYED ", "delayed"),
        ("failed (user unknown)", "failed"),
        ("", None),
        (None, None),
        (5, None),
        ("x" * 500, "x" * 128),
    ],
)
def test_the_action_of_a_dsn(written: Any, action: str | None) -> None:
    assert delivery_event(ses("Bounce", bouncedRecipients=[{**ONE, "action": written}])).action == action


@pytest.mark.parametrize("mark", ["Likely", "LIKELY", " likely", "True"])
def test_bots(mark: str) -> None:
    assert delivery_event(ses("Open", isBotEvent=mark)).bot
