"""What the providers of text and push messages say, and why a message was not delivered."""

from __future__ import annotations

import pytest
from daybook.model.entries import SmsReason
from daybook.verdicts import phone_diagnostics, table
from daybook.verdicts.phone_diagnostics import PushCause, SmsCause

# The reason; the provider's event; what it says; why.
SMS_SAMPLES: tuple[tuple[SmsReason | None, str | None, str | None, SmsCause], ...] = (
    ("rejected", None, "Blocked as spam by phone carrier", "spam"),
    ("rejected", None, "Phone carrier has blocked this message", "blocked"),
    ("rejected", None, "Destination is on a blocked list", "blocked"),
    ("rejected", None, "Phone is on a blocked list", "blocked"),
    ("rejected", None, "Phone has blocked SMS", "blocked"),
    ("rejected", None, "Phone number is opted out", "opted_out"),
    ("rejected", None, "This delivery would exceed max price", "not_accepted"),
    ("rejected", None, "No quota left for account", "not_accepted"),
    ("rejected", None, "Rate exceeded.", "not_accepted"),
    ("failed", None, "Invalid phone number", "invalid_number"),
    ("failed", None, "Message body is invalid", "too_long"),
    ("failed", None, "Unknown error attempting to reach phone", "other"),
    ("undelivered", None, "Phone carrier is currently unreachable/unavailable", "network_unreachable"),
    ("undelivered", None, "Phone is currently unreachable/unavailable", "unreachable"),
    ("rejected", "TEXT_BLOCKED", None, "blocked"),
    ("rejected", "TEXT_CARRIER_BLOCKED", None, "blocked"),
    ("rejected", "TEXT_SPAM", None, "spam"),
    ("rejected", "TEXT_PROTECT_BLOCKED", None, "not_accepted"),
    ("failed", "TEXT_INVALID", None, "invalid_number"),
    ("failed", "TEXT_INVALID_MESSAGE", None, "too_long"),
    ("undelivered", "TEXT_TTL_EXPIRED", None, "unreachable"),
    ("failed", "MEDIA_FILE_INACCESSIBLE", None, "other"),
    ("undelivered", "MEDIA_UNREACHABLE", None, "unreachable"),
    ("undelivered", "TEXT_CARRIER_UNREACHABLE", None, "network_unreachable"),
    ("undelivered", "TEXT_UNKNOWN", None, "no_answer"),
    ("rejected", "opted_out", None, "opted_out"),
    ("undelivered", None, "30003", "unreachable"),
    ("failed", None, "30004", "blocked"),
    ("undelivered", None, "Twilio 30005: Unknown destination handset", "invalid_number"),
    ("undelivered", None, "30006 Landline or unreachable carrier", "landline"),
    ("undelivered", None, "30007: Message filtered", "spam"),
    ("undelivered", None, "30008", "other"),
    ("failed", None, "21610 Attempt to send to unsubscribed recipient", "opted_out"),
    ("failed", None, "21211 Invalid 'To' Phone Number", "invalid_number"),
    ("failed", None, "21614 'To' number is not a valid mobile number", "landline"),
    ("failed", None, "30034: US A2P 10DLC - Message from an Unregistered Number", "not_accepted"),
    ("undelivered", None, "Absent subscriber", "unreachable"),
    ("failed", None, "Unknown subscriber", "invalid_number"),
    ("rejected", None, None, "refused"),
    ("rejected", "rejected", "error 17", "refused"),
    ("undelivered", None, None, "no_answer"),
    ("undelivered", "undelivered", "error 17", "no_answer"),
    ("failed", None, None, "other"),
    (None, None, None, "other"),
    ("failed", None, "+15552130003 xyz", "other"),
)

PUSH_SAMPLES: tuple[tuple[str | None, PushCause], ...] = (
    ('{"reason":"BadDeviceToken"}', "app_removed"),
    ('{"reason":"Unregistered","timestamp":1448400400000}', "app_removed"),
    ('{"multicast_id":5,"failure":1,"results":[{"error":"NotRegistered"}]}', "app_removed"),
    ('{"multicast_id":5,"failure":1,"results":[{"error":"InvalidRegistration"}]}', "app_removed"),
    ("NotificationErrorResponse(command=8, status=InvalidToken, id=1, cause=null)", "app_removed"),
    ("Requested entity was not found.", "app_removed"),
    ("EndpointDisabled", "app_removed"),
    ('{"error":"MismatchSenderId"}', "not_accepted"),
    ('{"reason":"TopicDisallowed"}', "not_accepted"),
    ('{"reason":"ExpiredProviderToken"}', "not_accepted"),
    ('{"reason":"PayloadTooLarge"}', "not_accepted"),
    ('{"reason":"InternalServerError"}', "other"),
    ("", "other"),
    (None, "other"),
)


@pytest.mark.parametrize(("reason", "subtype", "diagnostic", "cause"), SMS_SAMPLES)
def test_what_a_provider_of_texts_says_has_its_cause(
    reason: SmsReason | None, subtype: str | None, diagnostic: str | None, cause: SmsCause
) -> None:
    assert phone_diagnostics.sms_cause(reason, subtype, diagnostic) == cause


@pytest.mark.parametrize(("reason", "cause"), PUSH_SAMPLES)
def test_what_a_push_service_says_has_its_cause(reason: str | None, cause: PushCause) -> None:
    assert phone_diagnostics.push_cause(reason) == cause


@pytest.mark.parametrize("reason", ["rejected", "failed", "undelivered", None])
def test_words_for_an_unknown_cause_claim_none(reason: SmsReason | None) -> None:
    text = table.SMS_FAILED[phone_diagnostics.sms_cause(reason, None, None)].text
    assert "did not say why" in text or "It is not known why." in text


def test_every_cause_has_samples() -> None:
    assert {sample[-1] for sample in SMS_SAMPLES} == set(table.SMS_FAILED)
    assert {cause for _, cause in PUSH_SAMPLES} == set(table.PUSH_FAILED)
