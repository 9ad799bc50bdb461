"""A poisoned record among nine others: the others are done at once, and it is kept or a dead letter by itself."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.core.errors import StoreBusyError
from daybook.handlers.triggers.partial_batches import RecordsFailedError
from daybook.storage.table import Table
from daybook_cli.feedback.ses_events import Mail, ses_event

from tests.support import api
from tests.support.aws.clients import client
from tests.support.feedback_records import eum, push_log, sms_log
from tests.support.functions import triggers
from tests.support.functions.events import NONE_FAILED, Context, change, queued
from tests.support.functions.log_lines import NamedFunctions
from tests.support.functions.stored import items

SMITH = "smith@mail.example"
SENT_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
TAGS = {"daybook-org": "riverside", "daybook-record": "family.1"}
# The second is for the slow tests.
SEEDS = [1, pytest.param(2, marks=pytest.mark.slow)]
DEEP = "[" * 100_000 + "]" * 100_000
HALF = "\ud83d"

Record = dict[str, Any]


def event(kind: Any, number: int | str) -> Record:
    mail = Mail(f"m-{number}", (SMITH,), SENT_AT, tags=TAGS, subject=f"Subject {number}")
    return ses_event(kind, mail, SENT_AT + timedelta(seconds=1))


def poisoned(kind: str, change_of: Callable[[Record], Any]) -> str:
    record = event(kind, "poison")
    change_of(record)
    return json.dumps(record)


def subject(text: Any) -> str:
    return poisoned("send", lambda record: record["mail"]["commonHeaders"].update(subject=text))


# Each with the subject that is kept of it.
KEPT_SENDS = {
    "half in JSON": (subject(f"cut {HALF}"), "cut \ufffd"),
    "second half in JSON": (subject("\ude00 cut"), "\ufffd cut"),
    "half in UTF-7": (subject("=?utf-7?Q?cut_+2D0-?="), "cut \ufffd"),
    "half in escapes": (subject("=?unicode-escape?Q?cut_=5Cud83d?="), "cut \ufffd"),
    "halves that are one": (subject("=?utf-16-be?B?2D3eAA==?="), "\U0001f600"),
    "NUL": (subject("a\0b"), "a\0b"),
    "escaped backslash": (subject("\\ud83d"), "\\ud83d"),
}

KEPT = {
    "half in a diagnostic": poisoned("bounce", lambda each: each["bounce"].update(bounceSubType=HALF)),
    "half in a link": poisoned("click", lambda each: each["click"].update(link=f"https://a.example/{HALF}")),
    "half in an agent": poisoned("open", lambda each: each["open"].update(userAgent=HALF)),
    "half in an IP": poisoned("open", lambda each: each["open"].update(ipAddress=HALF)),
    "half in a sender": poisoned("send", lambda each: each["mail"].update(source=f"{HALF} <a@b.example>")),
    "half in a recipient": poisoned("send", lambda each: each["mail"].update(destination=[f"{HALF}@b.example"])),
    "half in an id": poisoned("delivery", lambda each: each["mail"].update(messageId=f"m-{HALF}")),
    "half in a feedback id": poisoned("bounce", lambda each: each["bounce"].update(feedbackId=HALF)),
    "half in a tag's name": poisoned("send", lambda each: each["mail"]["tags"].update({HALF: ["x"]})),
    "half in a text message": json.dumps(eum("TEXT_BLOCKED", messageStatusDescription=f"5 {HALF}")),
    "half in a text's log": json.dumps(sms_log("FAILURE", f"carrier {HALF}")),
    "half in a push log": json.dumps(push_log("FAILURE", providerResponse=HALF, token=HALF, destination=f"arn:{HALF}")),
    "half as it is": json.dumps(json.loads(subject(HALF)), ensure_ascii=False),
    "NUL in an id": poisoned("delivery", lambda each: each["mail"].update(messageId="m-\0")),
    "longest id": poisoned("delivery", lambda each: each["mail"].update(messageId="\U0001f600" * 256)),
    "longest recipient": poisoned(
        "send", lambda each: each["mail"].update(destination=["\u0130" * 100 + "@b.example"])
    ),
    "time before the calendar": poisoned(
        "send", lambda each: each["mail"].update(timestamp="0001-01-01T00:00:00+23:00")
    ),
    "half in a time": poisoned("delivery", lambda each: each["delivery"].update(timestamp=HALF)),
    "number out of range in a header": subject("?").replace('"?"', "1e999"),
    "number in a field that nobody reads": poisoned("send", lambda each: each["mail"].update(other=1e308)),
}

DEAD_LETTERS = {
    "half in an org": poisoned("send", lambda each: each["mail"]["tags"].update({"daybook-org": [HALF]})),
    "half in a record": poisoned(
        "send", lambda each: each["mail"]["tags"].update({"daybook-record": [f"family.{HALF}"]})
    ),
    "half in a type": poisoned("delivery", lambda each: each.update(eventType=HALF, delivery=None))[:-1],
    "half of no JSON": f"{{{HALF}",
    "deep nesting": subject("?").replace('"?"', DEEP),
    "deep nesting in tags": poisoned("send", lambda each: each["mail"].update(tags="?")).replace('"?"', DEEP),
    "integer without end": json.dumps(eum("TEXT_SENT", eventTimestamp=0)).replace(": 0", ": " + "9" * 5_000),
    "time behind the calendar": poisoned(
        "delivery", lambda each: each["delivery"].update(timestamp="9999-12-31T23:59:59-23:00")
    ),
    "longer id": poisoned("delivery", lambda each: each["mail"].update(messageId="m" * 5_000)),
    "record's id too long": poisoned(
        "send", lambda each: each["mail"]["tags"].update({"daybook-record": ["family." + "x" * 129]})
    ),
    "recipient too long": poisoned("send", lambda each: each["mail"].update(destination=["x" * 2_000])),
    "mail is a list": poisoned("send", lambda each: each.update(mail=[])),
    "id is a number": poisoned("send", lambda each: each["mail"].update(messageId=5)),
    "recipients are a number": poisoned("delivery", lambda each: each["delivery"].update(recipients=7)),
    "tags are a list": poisoned("send", lambda each: each["mail"].update(tags=["daybook-org"])),
    "half in a validation": json.dumps({"validation": {"org": HALF}}),
}  # fmt: skip


def handle(records: list[Record], seed: int) -> None:
    """Have the batch come twice, shuffled; none of it is to be delivered again."""
    drawn = random.Random(seed)
    for _ in range(2):
        drawn.shuffle(records)
        assert api.function("feedback").handler({"Records": records}, Context()) == NONE_FAILED


def dead_letters(functions: dict[str, str]) -> list[tuple[str, str]]:
    """Bodies and reasons."""
    received = client("sqs").receive_message(
        QueueUrl=functions["DEAD_LETTERS_URL"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [
        (message["Body"], message["MessageAttributes"]["reason"]["StringValue"])
        for message in received.get("Messages", [])
    ]


def batch(poison: str) -> list[Record]:
    """Nine tagged Sends and the poisoned record."""
    records: list[Record] = queued([*(json.dumps(event("send", number)) for number in range(9)), poison])["Records"]
    return records


def innocents() -> dict[str, str]:
    return {row["message_id"]: row["subject"] for row in api.walk("emails") if row["message_id"][2:].isdigit()}


ALL = {f"m-{number}": f"Subject {number}" for number in range(9)}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KEPT_SENDS)
def test_a_subject_is_kept_as_far_as_it_can_be(functions: dict[str, str], name: str, seed: int) -> None:
    poison, kept = KEPT_SENDS[name]
    handle(batch(poison), seed)
    assert {row["message_id"]: row["subject"] for row in api.walk("emails")} == {**ALL, "m-poison": kept}
    assert dead_letters(functions) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KEPT)
def test_a_text_that_can_be_kept_costs_nothing(functions: dict[str, str], name: str, seed: int) -> None:
    handle(batch(KEPT[name]), seed)
    assert innocents() == ALL
    assert dead_letters(functions) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_what_cannot_be_kept_is_a_dead_letter_alone(functions: dict[str, str], name: str, seed: int) -> None:
    handle(batch(DEAD_LETTERS[name]), seed)
    assert innocents() == ALL
    letters = dead_letters(functions)
    assert len(letters) == 2
    assert all(reason for _, reason in letters)
    assert not any("Subject" in body and "poison" not in body for body, _ in letters)


def test_each_of_several_malformed_records_is_a_dead_letter_alone(functions: dict[str, str]) -> None:
    malformed = ["no JSON", '"Bounce"', "[{}]", "true", '{"mail": {}}', '{"eventType": "Open"}', ""]
    delivered = [json.dumps(event("delivery", number)) for number in range(3)]
    api.posted(*(api.email(message_id=f"m-{number}", status="sent") for number in range(3)))
    records: list[Record] = queued([*malformed, *delivered])["Records"]
    random.Random(4).shuffle(records)
    assert api.function("feedback").handler({"Records": records}, Context()) == NONE_FAILED
    assert [row["status"] for row in api.walk("emails")] == ["delivered"] * 3
    assert sorted(body for body, _ in dead_letters(functions)) == sorted(malformed)


def test_half_of_a_character_that_is_overlooked_is_refused_alone(
    functions: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once stored, it would look like a busy store to whoever reads it."""
    monkeypatch.setattr("daybook.model.posted.surrogates.replace", lambda text: text)
    handle(batch(subject("=?utf-7?Q?cut_+2D0-?=")), 5)
    assert innocents() == ALL
    letters = dead_letters(functions)
    assert [reason for _, reason in letters] == ["the table refuses it: a text holds half of a character"] * 2
    assert all("m-poison" in body for body, _ in letters)


def received(records: list[Record], times: int) -> list[Record]:
    return [record | {"attributes": {"ApproximateReceiveCount": str(times)}} for record in records]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_record_for_which_alone_the_store_is_busy_costs_no_other_its_deliveries(
    functions: dict[str, str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """As when everybody writes the same entry. It is tried apart before the queue gives up the others with it."""
    insert = Table.insert

    def busy_for_one(self: Table, to_put: Any) -> list[bool]:
        if any(getattr(item, "message_id", None) == "m-poison" for item in to_put):
            raise StoreBusyError("too many are writing the same entries")
        return insert(self, to_put)

    monkeypatch.setattr(Table, "insert", busy_for_one)
    records = batch(subject("busy"))
    random.Random(seed).shuffle(records)
    (poison,) = [record["messageId"] for record in records if "m-poison" in record["body"]]
    ids = {record["messageId"] for record in records}
    for times, failing in ((1, ids), (2, ids), (3, {poison}), (4, {poison})):
        answer = api.function("feedback").handler({"Records": received(records, times)}, Context())
        assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == failing
    assert innocents() == ALL
    assert dead_letters(functions) == []


def test_a_store_that_is_busy_for_all_is_not_asked_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def busy(*_: Any) -> list[bool]:
        calls.append(1)
        raise StoreBusyError("throttled")

    monkeypatch.setattr(Table, "insert", busy)
    monkeypatch.setattr("daybook.handlers.triggers.feedback_batch.SPLIT_SECONDS", 0)
    answer = api.function("feedback").handler({"Records": received(batch(subject("busy")), 5)}, Context())
    assert (len(answer["batchItemFailures"]), len(calls)) == (10, 1)


# What an attribute of an item may be instead: of another type, or a value of its own that is none.
ATTRIBUTES: dict[str, Any] = {
    "half": {"S": HALF},
    "NUL": {"S": "\0"},
    "deep": {"S": DEEP},
    "long": {"S": "x" * 5_000},
    "empty": {"S": ""},
    "huge number": {"N": "1E+125"},
    "whole number": {"N": "9" * 38},
    "flag": {"BOOL": True},
    "null": {"NULL": True},
    "list": {"L": []},
    "bytes": {"B": "/w=="},
    "missing": None,
}


def spoilt(record: Record, image: str, name: str, value: Any) -> Record:
    """The record, of the same item, with another value of one attribute."""
    of_item = {key: each for key, each in record["dynamodb"][image].items() if key != name or value is not None}
    if value is not None:
        of_item[name] = value
    return {**record, "dynamodb": {**record["dynamodb"], image: of_item}}


def failed(named: NamedFunctions) -> list[str]:
    return [line["sequence_number"] for line in named.lines() if line["message"] == "record failed"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_the_index_has_the_others(named: NamedFunctions, kind: str) -> None:
    affected = [{"record": {"type": "family", "id": str(number)}, "change": "updated"} for number in (1, 2)]
    drawn = random.Random(kind)
    ids = api.posted(*(api.audit(affected=affected) for _ in range(10)))
    records = [change(item, "INSERT") for item in items() if "org_source" in item]
    poison, *others = records
    number = poison["dynamodb"]["SequenceNumber"]
    for name in sorted(poison["dynamodb"]["NewImage"]):
        # The nine come again with each of them.
        drawn.shuffle(others)
        place = drawn.randint(1, 9)
        batch_of_ten = [*others[:place], spoilt(poison, "NewImage", name, ATTRIBUTES[kind]), *others[place:]]
        named.invoke("index", {"Records": batch_of_ten}, Context())
        assert named.answer["batchItemFailures"] in ([], [{"itemIdentifier": number}]), name
        assert set(failed(named)) <= {number}, name
    found = {row["id"] for row in api.call("GET", "/v1/orgs/riverside/audit", q="deleted").body["entries"]}
    of_poison = poison["dynamodb"]["NewImage"]["sk"]["S"][-18:]
    assert {each for each in ids if not each.endswith(of_poison)} <= found


@pytest.mark.slow
@pytest.mark.usefixtures("archive", "cold")
@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_retention_follows_up_the_others(named: NamedFunctions, kind: str) -> None:
    drawn = random.Random(kind)
    api.posted(*(api.audit() for _ in range(10)))
    records = triggers.expire()
    poison, *others = records
    number = poison["dynamodb"]["SequenceNumber"]
    for name in sorted(poison["dynamodb"]["OldImage"]):
        drawn.shuffle(others)
        place = drawn.randint(0, 9)
        batch_of_ten = [*others[:place], spoilt(poison, "OldImage", name, ATTRIBUTES[kind]), *others[place:]]
        with suppress(RecordsFailedError):
            named.invoke("retention", {"Records": batch_of_ten}, Context())
        lines = named.lines()
        (retired,) = [line for line in lines if line["message"] == "retired"]
        assert {line["sequence_number"] for line in lines if line["message"] == "record failed"} <= {number}, name
        assert retired["entries_expired"] >= 9, name
        assert retired["records_failed"] <= 1
