"""Posted delivery events: what each becomes, and why one is rejected."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.core.errors import FieldError
from daybook.feedback import deliveries
from daybook.feedback.deliveries import Posted
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.posted import oddities
from daybook.model.posted.parsing import HALF_AN_IDENTITY

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = "2026-11-20T09:00:05.000Z"
JANE = "jane@mail.example"
ALL = deliveries.MEANINGS


def parse(**fields: Any) -> Posted | list[FieldError]:
    made = {"log": "email", "message_id": "m-1", "type": "delivered", "at": "2026-11-20T10:00:05+01:00", **fields}
    return deliveries.parse(json.dumps(made).encode(), "riverside", NOW)


def event(**fields: Any) -> DeliveryEvent:
    return read(**fields).event


def read(**fields: Any) -> RecipientEvent:
    found = parse(**fields)
    assert isinstance(found, Posted), found
    return found.event


def faults(**fields: Any) -> list[tuple[str, str]]:
    found = parse(**fields)
    assert isinstance(found, list), found
    return [(fault.field, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("log", "posted", "becomes"),
    [
        ("email", "sent", DeliveryEvent(type="send", at=AT)),
        ("email", "delayed", DeliveryEvent(type="delivery_delay", at=AT)),
        ("email", "delivered", DeliveryEvent(type="delivery", at=AT)),
        ("email", "opened", DeliveryEvent(type="open", at=AT)),
        ("email", "clicked", DeliveryEvent(type="click", at=AT)),
        ("email", "bounced", DeliveryEvent(type="bounce", at=AT, kind="Permanent")),
        (
            "email",
            "soft_bounced",
            DeliveryEvent(type="bounce", at=AT, kind="Transient", subtype="SoftBounce", action="failed"),
        ),
        ("email", "complained", DeliveryEvent(type="complaint", at=AT, kind="abuse", uncertain=True)),
        ("email", "rejected", DeliveryEvent(type="reject", at=AT)),
        ("email", "failed", DeliveryEvent(type="rendering_failure", at=AT)),
        ("email", "unsubscribed", DeliveryEvent(type="subscription", at=AT)),
        ("sms", "sent", DeliveryEvent(type="pending", at=AT, source="sent")),
        ("sms", "delayed", DeliveryEvent(type="pending", at=AT, source="delayed")),
        ("sms", "delivered", DeliveryEvent(type="delivery", at=AT, source="delivered")),
        ("sms", "rejected", DeliveryEvent(type="failure", at=AT, source="rejected", kind="rejected")),
        ("sms", "failed", DeliveryEvent(type="failure", at=AT, source="failed", kind="failed")),
        ("sms", "undelivered", DeliveryEvent(type="failure", at=AT, source="undelivered", kind="undelivered")),
        (
            "sms",
            "unsubscribed",
            DeliveryEvent(type="failure", at=AT, source="unsubscribed", kind="rejected", subtype="opted_out"),
        ),
        ("push", "sent", DeliveryEvent(type="delivery", at=AT, source="sent")),
        ("push", "delivered", DeliveryEvent(type="delivery", at=AT, source="delivered")),
        ("push", "rejected", DeliveryEvent(type="failure", at=AT, source="rejected", kind="rejected")),
        ("push", "failed", DeliveryEvent(type="failure", at=AT, source="failed", kind="failed")),
        ("push", "undelivered", DeliveryEvent(type="failure", at=AT, source="undelivered", kind="undelivered")),
    ],
)
def test_each_type_of_each_log(log: Any, posted: str, becomes: DeliveryEvent) -> None:
    assert read(log=log, type=posted) == RecipientEvent(
        log=log,
        message_id="m-1",
        recipient="",
        event=becomes,
        org="riverside",
    )


@pytest.mark.parametrize(
    ("log", "posted"),
    [(log, posted) for log in ALL for posted in sorted({*ALL["email"], *ALL["sms"]}) if posted not in ALL[log]],
)
def test_a_type_that_a_log_does_not_have_names_those_it_has(log: Any, posted: str) -> None:
    assert faults(log=log, type=posted) == [("type", f"must be one of {', '.join(ALL[log])} in the log {log}")]


@pytest.mark.parametrize(
    ("spelling", "mailbox"),
    [
        (JANE, JANE),
        (" Jane Doe <JANE@Mail.example> ", JANE),
        ("'jane@mail.example'", JANE),
        ("rfc822; jane@mail.example.", JANE),
    ],
)
def test_an_address_is_compared_by_its_mailbox_and_kept_as_it_was_spelled(spelling: str, mailbox: str) -> None:
    found = read(recipient=spelling)
    assert (found.recipient, found.event.named, found.recipients) == (mailbox, spelling, ())


@pytest.mark.parametrize("recipient", [None, ""])
def test_without_a_recipient_it_is_the_message_s(recipient: str | None) -> None:
    found = read(recipient=recipient)
    assert (found.recipient, found.event.named) == ("", None)


@pytest.mark.parametrize(
    ("written", "number"),
    [("+14155550123", "+14155550123"), ("+1 (415) 555-0123", "+14155550123"), ("(415) 555-0123", "(415) 555-0123"),
     ("Smith", "smith"), ("+1", "+1"), ("+14155550123999999", "+14155550123999999"), ("", "")],
)  # fmt: skip
def test_a_number_of_any_punctuation_and_what_is_none_as_entries_have_it(written: str, number: str) -> None:
    found = read(log="sms", recipient=written)
    assert (found.recipient, found.event.named) == (number, None)


def test_a_push_ignores_whom_it_names() -> None:
    found = read(log="push", recipient="device 7")
    assert (found.recipient, found.event.named) == ("", None)


def test_an_email_s_id_is_compared_in_one_form_and_another_s_as_it_is() -> None:
    assert read(message_id=" <m-1@email.amazonses.com> ").message_id == "m-1"
    assert read(log="sms", type="sent", message_id="<m-1>").message_id == "<m-1>"


def test_the_id_tells_events_apart_and_a_click_without_one_by_its_link() -> None:
    assert event(type="opened", id="e-1").source == "e-1"
    assert event(log="sms", type="sent", id="e-1").source == "e-1"
    long = "e" * 201
    assert event(type="opened", id=long).source == hashlib.sha256(long.encode()).hexdigest()
    click = event(type="clicked", link="https://a.example/1")
    assert (click.source, click.link) == ("https://a.example/1", "https://a.example/1")
    assert event(type="clicked", link="https://a.example/1", id="e-2").source == "e-2"
    assert event(type="opened", link="https://a.example/1").source == ""


@pytest.mark.parametrize(
    ("detail", "code"),
    [("smtp; 550 5.1.1 user unknown", "5.1.1"), ("550-5.7.26 no DMARC", "5.7.26"), ("452 4.2.2.", "4.2.2"),
     ("(#5.2.2)", "5.2.2"), ("user unknown", None), ("from 4.2.2.1", None), ("at 14.2.2", None), ("3.1.1", None),
     ("v5.1.1", None), ("5.1.1a", None), (None, None)],
)  # fmt: skip
def test_the_status_in_a_detail(detail: str | None, code: str | None) -> None:
    found = event(type="bounced", detail=detail)
    assert (found.code, found.diagnostic) == (code, detail)


def test_what_is_odd_in_details_is_cut_or_left_out() -> None:
    found = event(
        type="opened", ip="a house", user_agent="u" * 300, detail="d" * 2000, link="l" * 2000, bot=True, id=""
    )
    assert found == DeliveryEvent(
        type="open", at=AT, bot=True, user_agent="u" * 256, diagnostic="d" * 1000, link="l" * 1000
    )
    assert event(type="opened", ip="203.0.113.7").ip == "203.0.113.7"
    assert event(type="delivered", bot=True).bot is False


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"detail": "d" * 1000, "link": "l" * 1000, "user_agent": "u" * 256, "ip": " 203.0.113.7 "}, []),
        ({"detail": "", "link": "", "user_agent": "", "ip": ""}, []),
        ({"detail": None, "link": None, "user_agent": None, "ip": None}, []),
        ({"detail": "d" * 1001}, [("detail", "longer than 1,000 characters: the rest is left out")]),
        ({"link": "l" * 1001}, [("link", "longer than 1,000 characters: the rest is left out")]),
        ({"user_agent": "\U0001f600" * 257}, [("user_agent", "longer than 256 characters: the rest is left out")]),
        ({"ip": "a house"}, [("ip", oddities.NO_IP)]),
        ({"ip": "203.0.113.7:80"}, [("ip", oddities.ip_within("203.0.113.7"))]),
    ],
)
def test_what_is_not_kept_as_posted_is_warned_of(fields: dict[str, Any], warned: list[tuple[str, str]]) -> None:
    for kind in ("opened", "clicked", "bounced"):
        found = parse(type=kind, **fields)
        assert isinstance(found, Posted)
        assert [(warning.field, warning.message) for warning in found.warnings] == warned


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"log": "fax"}, "log"), ({"type": "eaten"}, "type"), ({"at": "2026-11-20T09:00:00"}, "at"), ({"at": 5}, "at"),
     ({"at": "1999-12-31T23:59:59Z"}, "at"), ({"at": (NOW + timedelta(days=1, seconds=1)).isoformat()}, "at"),
     ({"message_id": ""}, "message_id"), ({"message_id": "m" * 257}, "message_id"),
     ({"message_id": None}, "message_id"),
     ({"recipient": "a" * 1001}, "recipient"), ({"recipient": "a" * 310 + "@mail.example"}, "recipient"),
     ({"status": "sent"}, "status"), ({"bot": "yes"}, "bot")],
)  # fmt: skip
def test_what_makes_an_event_unusable(fields: dict[str, Any], field: str) -> None:
    assert [name for name, _ in faults(**fields)] == [field]


def test_the_times_that_are_just_possible() -> None:
    assert event(at="2000-01-01T00:00:00Z").at == "2000-01-01T00:00:00.000Z"
    assert event(at=(NOW + timedelta(days=1)).isoformat()).at == "2026-11-21T12:00:00.000Z"


def test_all_faults_are_told() -> None:
    found = faults(type="undelivered", at="1999-12-31T23:59:59Z", recipient="a" * 1001)
    assert [field for field, _ in found] == ["type", "at", "recipient"]


def test_half_of_a_character_in_what_tells_events_apart() -> None:
    made = {"log": "email", "message_id": "m\ufffd", "type": "opened", "at": AT, "id": "e\ufffd", "detail": "d\ufffd"}
    payload = json.dumps(made).encode()
    found = deliveries.parse(payload, "riverside", NOW, ["message_id", "id", "detail"])
    assert found == [
        FieldError("message_id", HALF_AN_IDENTITY),
        FieldError("id", HALF_AN_IDENTITY),
    ]
    kept = deliveries.parse(payload, "riverside", NOW, ["detail"])
    assert isinstance(kept, Posted)
    assert kept.warnings == [FieldError("detail", oddities.HALF_CHARACTER)]


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"7", b"null", b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 5000])
def test_what_is_no_event_is_told(payload: bytes) -> None:
    found = deliveries.parse(payload, "riverside", NOW)
    assert isinstance(found, list)
    assert found[0].message
