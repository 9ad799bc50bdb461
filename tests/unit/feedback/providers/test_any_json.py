"""Whatever arrives is read or refused, and nothing else happens."""

import copy
import json
from typing import Any

from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import unwrap
from daybook.feedback.providers.records import MalformedFeedbackError, ProviderRecord, Reading
from daybook.model.delivery_events import MAX_MESSAGE_ID
from hypothesis import given
from hypothesis import strategies as st

from tests.support import feedback_records as records
from tests.support.properties import examples, met, reaching

TEXTS = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from(
        ["Notification", "Bounce", "TEXT_SENT", "SUCCESS", "2026-03-02T09:00:00Z", "a@b.example", "{}", "9" * 30]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-1, 2), st.floats(allow_nan=False), TEXTS)
FIELDS = st.sampled_from([
    "Records", "body", "messageId", "attributes", "SentTimestamp", "Sns", "Type", "Message", "Timestamp", "awslogs",
    "data", "messageType", "logEvents", "message", "timestamp", "detail-type", "detail", "time", "eventType",
    "notificationType", "mail", "bounce", "delivery", "status", "notification", "destination", "event_type",
    "EventType", "inboundMessageId",
])  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | TEXTS, inner, max_size=6),
    max_leaves=25,
)
VALID: list[Any] = [
    *(records.ses(name) for name in records.SES_PARTS),
    *(records.ses(name, spelling="notificationType") for name in ("Bounce", "Complaint", "Delivery")),
    records.ses(
        "Send", mail={"tags": {"daybook-org": ["oak"], "daybook-record": ["staff.1"]}, "headers": [{"name": "Subject"}]}
    ),
    records.eum("TEXT_BLOCKED"),
    records.sms_log("FAILURE"),
    records.push_log(),
]


def outcome(provider_record: ProviderRecord) -> Reading | None:
    """The reading, None where it was refused."""
    assert isinstance(provider_record.text, str)
    provider_record.text.encode()
    try:
        reading = read(provider_record)
    except MalformedFeedbackError as error:
        refusal = error.reason
    else:
        check(reading)
        return reading
    assert refusal.endswith(".")
    return None


def check(reading: Reading) -> None:
    assert bool(reading.events or reading.unmatched) != bool(reading.ignored)
    for event in reading.events:
        assert 0 < len(event.message_id) <= MAX_MESSAGE_ID
        assert len(event.event.at) == 24
        assert len(event.recipient.encode()) <= 320
        assert len(event.event.named or "") <= 320
        assert all(0 < len(name) <= MAX_MESSAGE_ID for name in event.names)
        assert event.message_id not in event.names


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [provider_record for key, one in inner for provider_record in [(*path, key), *places(one, (*path, key))]]


@st.composite
def changed_records(draw: st.DrawFn) -> Any:
    """A record of a provider of which up to three fields are missing, or are anything else."""
    record = copy.deepcopy(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 3))):
        found = places(record)
        if not found:
            break
        *path, key = draw(st.sampled_from(found))
        holder = record
        for step in path:
            holder = holder[step]
        if draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(JSON)
    return record


@reaching(events=0.1, refused=0.1)
@examples(300)
@given(JSON | changed_records())
def test_any_json_as_an_event_and_in_every_wrapping(value: Any) -> None:
    for provider_record in unwrap(value):
        outcome(provider_record)
    for name, wrapping in records.WRAPPINGS.items():
        for provider_record in unwrap(wrapping(json.dumps(value))):
            assert (provider_record.sqs_message_id == "q0") == ("queue" in name)
            met_outcome(outcome(provider_record))
    for provider_record in unwrap(records.queued(value)):
        outcome(provider_record)


@given(st.text(st.characters(), max_size=40))
def test_any_text(text: str) -> None:
    for wrapping in (records.queued, records.topic_event):
        [provider_record] = unwrap(wrapping(text))
        outcome(provider_record)


@reaching(events=0.2, refused=0.2)
@examples(400)
@given(changed_records())
def test_a_record_with_fields_taken_out_or_replaced(record: Any) -> None:
    met_outcome(outcome(unwrap(records.queued(json.dumps(record)))[0]))


def met_outcome(reading: Reading | None) -> None:
    """A case of `events` or `refused`, else of neither: it is ignored."""
    met("events", reading is not None and bool(reading.events))
    met("refused", reading is None)


def test_every_valid_record_is_read() -> None:
    for record in VALID:
        reading = outcome(unwrap(records.queued(json.dumps(record)))[0])
        assert reading is not None
        assert reading.events
