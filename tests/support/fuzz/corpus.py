"""Valid input that the fuzzer starts from: entries, search lines, and records of providers."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.support import api, feedback_records
from tests.support.feedback_records import SES_PARTS

LINES = [
    "01/01/2015 5:10 pm admin deleted Smith", "deleted", "admin smith", '"deleted enrolment"', "-deleted smith",
    "5:10 pm",
    "2026-11-20", "20 Nov 2026", "nov 2026", "1/5/2026", "username:ada", "source:office_portal", "ip:203.0.113.7",
    "record:family/1", "+1 (415) 555-0123", "203.0.113.7", "o'brien", "Office Portal", "12/31/2026 11:59 PM -x",
]  # fmt: skip
# Parts of lines, joined at random.
PARTS = [
    "01/02/2026", "5:10", "pm", "AM", "admin", "smith", '"', '"a b"', "-", "--x", "username:", "source:x", "ip:",
    "record:",
    "status:bounced", ":", "::", "a:b:c", "1/1", "31/31/2026", "2026-13-45", "24:00", "today", "*", "?", "(", "İ",
    "ß", "é",
]  # fmt: skip
TIMES = ["2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999+14:00", "2026-11-20", "x", "", "9999-12-31T23:59:59Z"]


def entry(record: dict[str, str], number: int, rng: random.Random) -> dict[str, Any]:
    """A valid entry about a record, with ids of its own and most optional fields now and then."""
    at = f"2026-11-{rng.randint(1, 28):02d}T{rng.randint(0, 23):02d}:10:00.{rng.randint(0, 999):03d}Z"
    named: dict[str, Any] = {"occurred_at": at}
    if rng.random() < 0.6:
        named["key"] = f"key-{number}"
    message = {**named, "message_id": f"message-{number}"} if rng.random() < 0.7 else named
    affected = [
        {"record": record, "change": "updated", "name": "Smith", "before": {"a": [1, None]}, "after": "x"},
        {"record": {"type": "student", "id": f"s{number}"}, "change": "created", "details": {"class": "Yoga"}},
    ]
    made = [
        api.email(record=record, recipient=f"x{number}@mail.example", sender="Office <office@mail.example>", **message),
        api.email(record=record, body={"text": "Hello", "html": "<p>Hello</p>" * rng.choice([1, 800])}, **message),
        api.sms(record=record, **message),
        api.push(record=record, **message),
        api.activity(record=record, ip="203.0.113.7", details={"page": "/fees", "items": [1, 2.5, "x"]}, **named),
        api.audit(affected=affected, ip="2001:db8::1", **named),
        api.audit(affected=[], action="signed in", source="customer_portal", **named),
    ]
    return rng.choice(made)


def line(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(LINES)
    return " ".join(rng.choice(PARTS) for _ in range(rng.randint(1, 8)))


def record(number: int, rng: random.Random) -> Any:
    """What a provider says of the message with this number."""
    mail: dict[str, Any] = {"messageId": f"message-{number}", "destination": [f"x{number}@mail.example"]}
    if rng.random() < 0.3:
        mail["tags"] = {"daybook-org": ["riverside"], "daybook-record": [f"family.z{number}"]}
    name = rng.choice(list(SES_PARTS))
    spelling = rng.choice(["eventType", "notificationType"])
    records: list[Any] = [
        feedback_records.ses(name, spelling=spelling, mail=mail),
        feedback_records.ses(name, mail=mail),
        feedback_records.eum(rng.choice(["TEXT_DELIVERED", "TEXT_BLOCKED", "TEXT_INVALID", "MEDIA_PENDING"])),
        feedback_records.sms_log(rng.choice(["SUCCESS", "FAILURE"])),
        feedback_records.push_log(rng.choice(["SUCCESS", "FAILURE"])),
    ]
    made = rng.choice(records)
    if rng.random() < 0.2:
        return {"Type": "Notification", "Timestamp": "2026-03-02T09:00:09.000Z", "Message": json.dumps(made)}
    return made
