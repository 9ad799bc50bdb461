"""Every envelope gives the provider's own record; one that cannot be read is an error of that record alone."""

import json
from typing import Any

import pytest
from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import MAX_ARCHIVE_BYTES, MAX_DEPTH, unwrap
from daybook.feedback.providers.records import MalformedFeedbackError, ProviderRecord

from tests.support import feedback_records as records

RECORD = json.dumps(records.ses("Delivery"))


@pytest.mark.parametrize("wrapping", records.WRAPPINGS)
def test_every_wrapping_opens_to_the_record(wrapping: str) -> None:
    [record] = unwrap(records.WRAPPINGS[wrapping](RECORD))
    assert json.loads(record.text) == json.loads(RECORD)
    assert (record.sent_at, record.error) == (records.ENVELOPED, None)
    assert record.sqs_message_id == ("q0" if "queue" in wrapping else None)
    assert read(record) == records.read_one(RECORD)


@pytest.mark.parametrize("wrapping", [name for name in records.WRAPPINGS if "bus" not in name])
def test_text_is_handed_on_as_the_provider_wrote_it(wrapping: str) -> None:
    text = '{ "eventType":"Nonesuch",\t"größe": 1.50 }\n'
    [record] = unwrap(records.WRAPPINGS[wrapping](text))
    assert record.text == text


def test_what_was_made_by_hand_reads_alike() -> None:
    assert read(ProviderRecord(text=RECORD)) == records.read_one(RECORD)


def test_a_batch_keeps_each_record_with_its_message_id() -> None:
    lines = json.dumps(records.packed(records.logs_payload("one", "two")))
    provider_records = unwrap(records.queued(RECORD, "not JSON", lines, records.topic(RECORD)))
    assert [(record.sqs_message_id, record.error) for record in provider_records] == [
        ("q0", None),
        ("q1", None),
        *[("q2", None)] * 2,
        ("q3", None),
    ]
    assert [record.text for record in provider_records[1:4]] == ["not JSON", "one", "two"]


def test_the_message_id_is_the_queues_own() -> None:
    inner = records.queued(RECORD)
    inner["Records"][0]["messageId"] = "of an earlier queue"
    assert unwrap(records.queued(json.dumps(inner)))[0].sqs_message_id == "q0"


def test_the_innermost_time_counts() -> None:
    inner = records.topic(RECORD, Timestamp="2026-01-01T00:00:00Z")
    assert unwrap(records.queued(records.topic(inner)))[0].sent_at == "2026-01-01T00:00:00.000Z"
    assert unwrap(records.queued(records.topic(RECORD, Timestamp="soon")))[0].sent_at == records.ENVELOPED


@pytest.mark.parametrize("sent", [None, 5, "soon", "9" * 19, "9" * 5000, "²"])
def test_a_time_of_the_queue_that_cannot_be_read_is_none(sent: Any) -> None:
    event = records.queued(RECORD)
    event["Records"][0]["attributes"]["SentTimestamp"] = sent
    assert unwrap(event)[0].sent_at is None


@pytest.mark.parametrize("wrong", [None, 5, {"eventType": "Send"}, ["x"], True])
def test_a_message_that_is_no_text_is_a_fault(wrong: Any) -> None:
    events = [
        records.queued(wrong),
        records.queued(records.topic(wrong)),
        records.topic_event(wrong),
        records.packed(records.logs_payload(wrong)),
    ]
    for event in events:
        [record] = unwrap(event)
        assert record.error is not None
        assert record.text
        with pytest.raises(MalformedFeedbackError):
            read(record)


def test_one_log_line_that_is_wrong_leaves_the_others_alone() -> None:
    provider_records = unwrap(records.packed(records.logs_payload(RECORD, None, RECORD)))
    assert [record.error is None for record in provider_records] == [True, False, True]


def test_a_log_line_needs_no_time() -> None:
    payload = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": RECORD}]}
    assert unwrap(records.queued(json.dumps(payload)))[0].sent_at == records.ENVELOPED
    assert unwrap(records.packed(payload))[0].sent_at is None


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": None},
        {"Records": [None]},
        {"Records": [{"s3": {}}]},
        {"Records": [{"Sns": None}]},
        {"hello": "there"},
        {"awslogs": None},
        {"awslogs": {"data": "no base64!"}},
        {"awslogs": {"data": "bm8gYXJjaGl2ZQ=="}},
        {"awslogs": {"data": 5}},
        {"logEvents": 5},
        {"detail-type": "x", "detail": None},
        {"detail-type": "x", "detail": "text"},
        {"Type": ["Notification"]},
        ["not", "an object"],
        "text",
        None,
    ],
)
def test_an_event_of_no_known_shape_is_one_fault(event: Any) -> None:
    [record] = unwrap(event)
    assert record.error is not None


def test_an_empty_batch_is_empty() -> None:
    assert unwrap({"Records": []}) == []


def test_an_archive_that_was_cut_off_is_a_fault() -> None:
    event = records.packed(records.logs_payload(RECORD))
    event["awslogs"]["data"] = event["awslogs"]["data"][:80]
    assert "truncated" in str(unwrap(event)[0].error)


def test_an_archive_that_grows_without_end_is_a_fault() -> None:
    [record] = unwrap(records.packed(["0" * (MAX_ARCHIVE_BYTES + 1)]))
    assert "too large" in str(record.error)


def test_envelopes_end_somewhere() -> None:
    text = RECORD
    for _ in range(MAX_DEPTH):
        text = records.topic(text)
    assert unwrap(records.queued(text))[0].error == f"More than {MAX_DEPTH} nested envelopes."


def test_nesting_ends_somewhere() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    for text in (deep, f'{{"eventType":{deep}}}', records.topic(deep)):
        with pytest.raises(MalformedFeedbackError):
            records.read_one(text)
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert unwrap(nested)[0].error is not None


def test_half_a_surrogate_pair_loses_nothing_else() -> None:
    bounce = records.ses("Bounce", bouncedRecipients=[{**records.ONE, "diagnosticCode": "550 \ud83d"}])
    for text in (json.dumps(bounce), json.dumps(bounce, ensure_ascii=False)):
        [record] = unwrap(records.queued(text))
        assert read(record).events[0].event.diagnostic == "550 \ufffd"
        record.text.encode()


def test_confirmations_are_passed_over() -> None:
    for kind, word in (("Subscription", "subscription_confirmation"), ("Unsubscribe", "unsubscribe_confirmation")):
        fields = {"Type": f"{kind}Confirmation", "Token": "t"}
        for event in (records.queued(records.topic("You have chosen", **fields)), records.topic_event("You", **fields)):
            [record] = unwrap(event)
            assert read(record).ignored == word
            assert json.loads(record.text)["Token"] == "t"


def test_a_control_message_of_the_logs_is_passed_over() -> None:
    payload = {
        "messageType": "CONTROL_MESSAGE",
        "logEvents": [{"id": "", "timestamp": 1, "message": "Checking health"}],
    }
    assert [read(record).ignored for record in unwrap(records.packed(payload))] == ["control_message"]
