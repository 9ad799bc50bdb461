"""What redaction leaves of the fields of an archived line, one by one, and of a delivery event."""

from typing import Any

import pytest
from daybook.erasure import redaction
from daybook.erasure.person import Person
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import PLACEHOLDER, Record

WHEN = "2026-11-22T12:00:00.000Z"
FAMILY = Record("family", "1")
SMITH = Person(FAMILY, frozenset({"Smith"}), frozenset({"smith@mail.example"}), frozenset({"pat"}))
LINE = {"id": "202605010900000001k4f8p9v0003h2qab7", "record": {"type": "family", "id": "1"}}
ACTOR = {"source": "customer_portal", "member_name": "Pat", "username": "pat", "action": "paid"}
SENDER = "Smith <smith@mail.example>"


@pytest.mark.parametrize(
    ("line", "field", "left"),
    [
        ({"log": "email", "recipient": "smith@mail.example"}, "recipient", PLACEHOLDER),
        ({"log": "email", "subject": "Your invoice"}, "subject", PLACEHOLDER),
        ({"log": "email", "sender": SENDER}, "sender", f"{PLACEHOLDER} <{PLACEHOLDER}>"),
        ({"log": "email", "sender": None, "subject": "Your invoice"}, "sender", None),
        ({"log": "email", "bounce": {"type": "Permanent", "diagnostic": "550 <smith>"}}, "bounce",
         {"type": "Permanent", "diagnostic": None}),
        ({"log": "sms", "recipient": "+14155550123"}, "recipient", PLACEHOLDER),
        ({"log": "sms", "text": "Your invoice"}, "text", PLACEHOLDER),
        ({"log": "push", "subject": "Your invoice"}, "subject", PLACEHOLDER),
        ({"log": "push", "text": "Dear Pat"}, "text", PLACEHOLDER),
        ({"log": "push", "reason": "no device of Pat's"}, "reason", PLACEHOLDER),
        ({"log": "push", "reason": None, "text": "Dear Pat"}, "reason", None),
        ({"log": "activity", "name": "Pat"}, "name", PLACEHOLDER),
        ({"log": "activity", "ip": "203.0.113.9"}, "ip", PLACEHOLDER),
        ({"log": "activity", "details": {"door": 2}}, "details", PLACEHOLDER),
        ({"log": "activity", "action": "called Smith"}, "action", f"called {PLACEHOLDER}"),
        ({"log": "audit", **ACTOR}, "member_name", PLACEHOLDER),
        ({"log": "audit", **ACTOR}, "username", PLACEHOLDER),
        ({"log": "audit", **ACTOR, "ip": "203.0.113.9"}, "ip", None),
        ({"log": "audit", **ACTOR, "names": ["Smith", "Ballet"]}, "names", [PLACEHOLDER, "Ballet"]),
    ],
)  # fmt: skip
def test_a_field_about_the_person_is_redacted_in_a_line(line: dict[str, Any], field: str, left: Any) -> None:
    after = redaction.redact_line({**LINE, **line}, SMITH, WHEN)
    assert after[field] == left
    assert after["erased_at"] == WHEN


def test_every_field_of_a_delivery_event_has_a_decision() -> None:
    kept = {"type": "bounce", "at": "2026-05-01T09:00:00.000Z", "sent_at": "2026-05-01T09:00:00.500Z", "bot": True,
            "kind": "Permanent", "subtype": "NoEmail", "code": "5.1.1", "action": "failed",
            "uncertain": True, "of_message": True, "of_org": True}  # fmt: skip
    personal = dict.fromkeys(("source", "diagnostic", "user_agent", "ip", "link", "named"), "of Smith")
    event = DeliveryEvent(**kept, **personal)  # type: ignore[arg-type]
    assert set(DeliveryEvent.__struct_fields__) == {*kept, *personal}, "decide what an erasure does with this field"
    assert redaction.redact_events((event,)) == (DeliveryEvent(**kept),)  # type: ignore[arg-type]
