"""The examples: payloads with the fields of each provider's documentation, and the events that they become.

Each event is also read by the API, as it would be when it is posted.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from daybook.feedback.deliveries import Posted, parse

from examples import mailgun, postmark, sendgrid, twilio

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT, SECONDS = "2026-11-20T09:05:00+00:00", 1795165500
JANE, AGENT = "jane@mail.example", "Mozilla/5.0 (Macintosh)"


def only(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The one event, without the fields that it has no value for; it is one that the API takes."""
    [event] = events
    posted = parse(msgspec.json.encode(event), "riverside", NOW)
    assert isinstance(posted, Posted)
    assert posted.warnings == []
    return {name: value for name, value in event.items() if value not in (None, False)}


def of_sendgrid(**fields: Any) -> dict[str, Any]:
    return {
        "email": JANE,
        "timestamp": SECONDS,
        "smtp-id": "<14c5d75ce93.dfd.64b469@geopod-ismtpd-5>",
        "category": ["newsletter"],
        "sg_event_id": "ZGVsaXZlcmVkLTA",
        "sg_message_id": "14c5d75ce93dfd64b469.recvd-6d8f-1.0",
        **fields,
    }


SENDGRID: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"event": "processed"}, {"type": "sent"}),
    ({"event": "deferred", "response": "400 try again", "attempt": "5", "ip": "192.0.2.1"},
     {"type": "delayed", "detail": "400 try again"}),
    ({"event": "delivered", "response": "250 OK"}, {"type": "delivered", "detail": "250 OK"}),
    ({"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"},
     {"type": "bounced", "detail": "550 5.1.1 unknown"}),
    ({"event": "bounce", "type": "blocked", "status": "4.0.0", "reason": "rate limited"},
     {"type": "soft_bounced", "detail": "rate limited"}),
    ({"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"},
     {"type": "rejected", "detail": "Bounced Address"}),
    ({"event": "spamreport"}, {"type": "complained"}),
    ({"event": "unsubscribe"}, {"type": "unsubscribed"}),
    ({"event": "group_unsubscribe", "asm_group_id": 10, "ip": "192.0.2.1"}, {"type": "unsubscribed"}),
    ({"event": "open", "useragent": AGENT, "ip": "192.0.2.1", "sg_machine_open": True},
     {"type": "opened", "user_agent": AGENT, "ip": "192.0.2.1", "bot": True}),
    ({"event": "open", "useragent": AGENT, "ip": "192.0.2.1", "sg_machine_open": False},
     {"type": "opened", "user_agent": AGENT, "ip": "192.0.2.1"}),
    ({"event": "click", "url": "https://a.example/", "useragent": AGENT, "ip": "192.0.2.1"},
     {"type": "clicked", "link": "https://a.example/", "user_agent": AGENT, "ip": "192.0.2.1"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), SENDGRID)
def test_sendgrid(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    common = {
        "log": "email",
        "message_id": "14c5d75ce93dfd64b469",
        "recipient": JANE,
        "at": AT,
        "id": "ZGVsaXZlcmVkLTA",
    }
    assert only(sendgrid.deliveries([of_sendgrid(**fields)])) == common | expected


def test_sendgrid_sends_many_and_some_that_are_about_no_delivery() -> None:
    payload = [of_sendgrid(event="open"), of_sendgrid(event="group_resubscribe"), of_sendgrid(event="delivered")]
    assert [event["type"] for event in sendgrid.deliveries(payload)] == ["opened", "delivered"]
    # A drop before the message had an id.
    assert sendgrid.deliveries([{**of_sendgrid(event="dropped"), "sg_message_id": ""}]) == []


def of_postmark(record: str, **fields: Any) -> dict[str, Any]:
    return {
        "RecordType": record,
        "MessageID": "00000000-0000-4000-8000-000000000001",
        "ServerID": 23,
        "MessageStream": "outbound",
        "Tag": "welcome",
        "Metadata": {"a": "b"},
        **fields,
    }


POSTMARK_AT = "2026-11-20T10:05:00.0000000+01:00"
BOUNCE = {"ID": 42, "Email": JANE, "BouncedAt": POSTMARK_AT, "TypeCode": 1, "Inactive": True, "Subject": "Hello"}
BOUNCED = {"id": "42", "detail": "smtp;550 5.1.1"}
CLIENT = {"UserAgent": AGENT, "Platform": "Desktop", "Geo": {"IP": "192.0.2.1", "City": "Springfield"}}
POSTMARK: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (of_postmark("Delivery", Recipient=JANE, DeliveredAt=POSTMARK_AT, Details="250 OK"),
     {"type": "delivered", "detail": "250 OK"}),
    *((of_postmark("Bounce", **BOUNCE, Type=name, Details="smtp;550 5.1.1"), {"type": type_, **BOUNCED})
      for name, type_ in [("HardBounce", "bounced"), ("BadEmailAddress", "bounced"), ("SoftBounce", "soft_bounced"),
                          ("DnsError", "soft_bounced"), ("Blocked", "soft_bounced"), ("Transient", "delayed"),
                          ("ManuallyDeactivated", "rejected"), ("SpamComplaint", "complained")]),
    (of_postmark("SpamComplaint", **BOUNCE, Type="SpamComplaint", Description="Marked as spam."),
     {"type": "complained", "id": "42", "detail": "Marked as spam."}),
    (of_postmark("Open", Recipient=JANE, ReceivedAt=POSTMARK_AT, FirstOpen=True, **CLIENT),
     {"type": "opened", "user_agent": AGENT, "ip": "192.0.2.1"}),
    (of_postmark("Click", Recipient=JANE, ReceivedAt=POSTMARK_AT, OriginalLink="https://a.example/", **CLIENT),
     {"type": "clicked", "user_agent": AGENT, "ip": "192.0.2.1", "link": "https://a.example/"}),
    (of_postmark("SubscriptionChange", Recipient=JANE, ChangedAt=POSTMARK_AT, Origin="Recipient",
                 SuppressSending=True, SuppressionReason="ManualSuppression"), {"type": "unsubscribed"}),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), POSTMARK)
def test_postmark(payload: dict[str, Any], expected: dict[str, Any]) -> None:
    common = {"log": "email", "message_id": payload["MessageID"], "recipient": JANE, "at": POSTMARK_AT}
    assert only(postmark.deliveries(payload)) == common | expected


@pytest.mark.parametrize(
    "payload",
    [
        of_postmark("Bounce", **BOUNCE, Type="AutoResponder"),
        of_postmark("SubscriptionChange", Recipient=JANE, SuppressSending=False, SuppressionReason=None),
        of_postmark("SubscriptionChange", Recipient=JANE, SuppressSending=True, SuppressionReason="HardBounce"),
        {"FromFull": {}, "Subject": "inbound"},
    ],
)
def test_postmark_tells_what_is_no_delivery(payload: dict[str, Any]) -> None:
    assert postmark.deliveries(payload) == []


def of_mailgun(event: str, **fields: Any) -> dict[str, Any]:
    return {
        "signature": {"timestamp": "1795165500", "token": "t", "signature": "s"},
        "event-data": {
            "id": "CPgfbmQMTCKtHW6uIWtuVe",
            "event": event,
            "timestamp": float(SECONDS),
            "log-level": "info",
            "recipient": JANE,
            "message": {"headers": {"message-id": "20261120090500.1.ABC@mg.example", "to": JANE}, "size": 1},
            "tags": ["welcome"],
            **fields,
        },
    }


REFUSED = {"message": "5.1.1 unknown", "description": "", "code": 550, "attempt-no": 1}
MACHINE = {"client-type": "robot", "user-agent": AGENT, "bot": "apple"}
PERSON = {"client-type": "browser", "user-agent": AGENT, "bot": ""}
MAILGUN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (of_mailgun("accepted", method="HTTP"), {"type": "sent"}),
    (of_mailgun("delivered", **{"delivery-status": {"message": "OK", "code": 250}}),
     {"type": "delivered", "detail": "OK"}),
    (of_mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": REFUSED}),
     {"type": "bounced", "detail": "5.1.1 unknown"}),
    (of_mailgun("failed", severity="permanent", reason="old", **{"delivery-status": {"code": 602, "message": "old"}}),
     {"type": "soft_bounced", "detail": "old"}),
    (of_mailgun("failed", severity="permanent", reason="generic", **{"delivery-status": {"code": 452}}),
     {"type": "soft_bounced", "detail": "generic"}),
    (of_mailgun("failed", severity="permanent", reason="suppress-bounce", **{"delivery-status": {"code": 605}}),
     {"type": "rejected", "detail": "suppress-bounce"}),
    (of_mailgun("failed", severity="temporary", reason="generic", **{"delivery-status": {"description": "full"}}),
     {"type": "delayed", "detail": "full"}),
    (of_mailgun("complained"), {"type": "complained"}),
    (of_mailgun("opened", ip="192.0.2.1", **{"client-info": MACHINE}),
     {"type": "opened", "user_agent": AGENT, "ip": "192.0.2.1", "bot": True}),
    (of_mailgun("clicked", ip="192.0.2.1", url="https://a.example/", **{"client-info": PERSON}),
     {"type": "clicked", "user_agent": AGENT, "ip": "192.0.2.1", "link": "https://a.example/"}),
    (of_mailgun("unsubscribed"), {"type": "unsubscribed"}),
    (of_mailgun("rejected", reject={"reason": "Sandbox", "description": ""}),
     {"type": "rejected", "detail": "Sandbox"}),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), MAILGUN)
def test_mailgun(payload: dict[str, Any], expected: dict[str, Any]) -> None:
    event = payload["event-data"]
    headers = event["message"]["headers"]
    common = {"log": "email", "message_id": headers["message-id"], "recipient": JANE, "at": AT, "id": event["id"]}
    assert only(mailgun.deliveries(payload)) == common | expected


@pytest.mark.parametrize("payload", [of_mailgun("list_member_uploaded"), of_mailgun("opened", message={})])
def test_mailgun_tells_what_is_no_delivery(payload: dict[str, Any]) -> None:
    assert mailgun.deliveries(payload) == []


TWILIO: list[tuple[str, str | None, str, str | None]] = [
    ("queued", None, "sent", None),
    ("sent", None, "sent", None),
    ("delivered", None, "delivered", None),
    ("undelivered", "30003", "undelivered", "30003"),
    ("undelivered", "30005", "undelivered", "30005"),
    ("undelivered", "30007", "rejected", "30007"),
    ("failed", "30006", "failed", "30006"),
    ("failed", "21610", "unsubscribed", "21610"),
]


@pytest.mark.parametrize(("status", "code", "type_", "detail"), TWILIO)
def test_twilio(status: str, code: str | None, type_: str, detail: str | None) -> None:
    form = {
        "MessageSid": "SM" + "0" * 32,
        "SmsSid": "SM" + "0" * 32,
        "AccountSid": "AC" + "0" * 32,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": "+14155550123",
        "From": "+14155550100",
        "ApiVersion": "2010-04-01",
        "RawDlrDoneDate": "2611200905",
        **({"ErrorCode": code} if code else {}),
    }
    expected = {
        "log": "sms", "message_id": form["MessageSid"], "recipient": form["To"], "type": type_, "at": AT,
        "id": f"{status} {code or ''}".rstrip(), "detail": detail,
    }  # fmt: skip
    assert only(twilio.deliveries(form, NOW)) == {name: value for name, value in expected.items() if value is not None}


@pytest.mark.parametrize(
    "done", [{}, *({"RawDlrDoneDate": text} for text in ("", "2613200905", "26112009", "20261120"))]
)
def test_twilio_s_time_is_that_of_the_callback_where_the_carrier_told_none(done: dict[str, str]) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "To": "+14155550123", **done}
    assert only(twilio.deliveries(form, NOW))["at"] == NOW.isoformat()


def test_twilio_tells_of_incoming_texts_too() -> None:
    assert twilio.deliveries({"MessageSid": "SM1", "MessageStatus": "received", "From": "+14155550123"}, NOW) == []


PAGE_EVENTS: list[tuple[Callable[..., list[dict[str, Any]]], Any]] = [
    (sendgrid.deliveries, [of_sendgrid(event="open")]),
    (postmark.deliveries, POSTMARK[0][0]),
    (mailgun.deliveries, MAILGUN[0][0]),
    (partial(twilio.deliveries, received_at=NOW), {"MessageSid": "SM1", "MessageStatus": "sent", "To": "+14155550123"}),
]


@pytest.mark.parametrize(("deliveries", "payload"), PAGE_EVENTS)
def test_the_same_request_again_gives_the_same_events(
    deliveries: Callable[..., list[dict[str, Any]]], payload: Any
) -> None:
    assert deliveries(payload) == deliveries(payload)
