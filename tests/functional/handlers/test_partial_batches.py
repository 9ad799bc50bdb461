"""An unforeseen error in one record of ten: the other nine are done, and that one comes again."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.aws.s3 import S3Objects
from daybook.aws.sqs import Queue
from daybook.erasure.messages import MessageErasure
from daybook.erasure.work_list import UNFORESEEN
from daybook.feedback.providers import dispatch
from daybook.feedback.reconcile import Reconciler
from daybook.handlers.triggers.partial_batches import RecordsFailedError
from daybook.retention import archive
from daybook_cli.feedback.ses_events import Mail, ses_event

from tests.support import api
from tests.support.functions import triggers
from tests.support.functions.events import NONE_FAILED, Context, change, queued
from tests.support.functions.log_lines import Line, NamedFunctions
from tests.support.functions.stored import ARCHIVE, archived_lines, items, noise, objects

SMITH = "smith@mail.example"
SENT_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
AUDIT = "/v1/orgs/riverside/audit"
SEEDS = range(4)

Record = dict[str, Any]


def failures(named: NamedFunctions) -> list[Line]:
    """The lines about failed records, each of which has its traceback and nothing of the error's message."""
    lines = [line for line in named.lines() if line["message"] == "record failed"]
    for line in lines:
        assert line["level"] == "ERROR"
        assert "/handlers/triggers/" in line["exception"]
        assert SMITH not in json.dumps(line)
    return lines


def said(message: str) -> str:
    return json.dumps(ses_event("delivery", Mail(message, (SMITH,), SENT_AT), SENT_AT + timedelta(seconds=1)))


def statuses() -> dict[str, str]:
    return {row["message_id"]: row["status"] for row in api.walk("emails")}


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_applies_the_others_and_has_the_one_delivered_again(
    named: NamedFunctions, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = random.Random(seed)
    names = [f"m-{number}" for number in range(10)]
    api.posted(*(api.email(message_id=name, status="sent") for name in names))
    records: list[Record] = queued([said(name) for name in names])["Records"]
    poison = drawn.choice(records)
    culprit = names[records.index(poison)]
    apply = Reconciler.apply

    def apply_all_but_one(self: Reconciler, events: Any) -> Any:
        if any(event.message_id == culprit for event in events):
            raise RuntimeError(f"{SMITH} is unheard of")
        return apply(self, events)

    with monkeypatch.context() as patch:
        patch.setattr(Reconciler, "apply", apply_all_but_one)
        for _ in range(2):
            drawn.shuffle(records)
            named.invoke("feedback", {"Records": records}, Context())
            assert named.answer == {"batchItemFailures": [{"itemIdentifier": poison["messageId"]}]}
            (line,) = failures(named)
            assert (line["message_id"], line["exception_name"]) == (poison["messageId"], "RuntimeError")
            assert statuses() == {name: "sent" if name == culprit else "delivered" for name in names}
    named.invoke("feedback", {"Records": [poison]}, Context())
    assert named.answer == NONE_FAILED
    assert set(statuses().values()) == {"delivered"}


def test_feedback_that_cannot_be_read_costs_no_other(named: NamedFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"m-{number}" for number in range(3)]
    api.posted(*(api.email(message_id=name, status="sent") for name in names))

    def read_all_but_one(record: Any) -> Any:
        if "m-1" in record.text:
            raise KeyError(SMITH)
        return dispatch.read(record)

    monkeypatch.setattr("daybook.handlers.triggers.feedback_batch.read", read_all_but_one)
    named.invoke("feedback", queued([said(name) for name in names]), Context())
    assert named.answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert [line["message_id"] for line in failures(named)] == ["message-1"]
    assert statuses() == {"m-0": "delivered", "m-1": "sent", "m-2": "delivered"}


def test_what_comes_without_the_queue_is_sent_there_when_it_fails(
    named: NamedFunctions, functions: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with records of a topic: whoever invoked the function would deliver all of them again."""
    sent: list[str] = []

    def failing(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Reconciler, "apply", failing)
    monkeypatch.setattr(Queue, "send", lambda _, text, **__: sent.append(text))
    messages = [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": said(name)}} for name in "ab"]
    named.invoke("feedback", {"Records": messages}, Context())
    assert (named.answer, sent) == (NONE_FAILED, [said("a"), said("b")])


def test_a_dead_letter_that_cannot_be_sent_costs_no_other(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.posted(api.email(message_id="m-1", status="sent"))

    def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError(SMITH)

    monkeypatch.setattr(Queue, "send", failing)
    named.invoke("feedback", queued([said("m-1"), "{}"]), Context())
    assert named.answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert statuses() == {"m-1": "delivered"}
    (line,) = [line for line in named.lines() if line["message"] == "dead letter not sent"]
    assert line["message_id"] == "message-1"
    assert SMITH not in json.dumps(line)


def indexed() -> set[str]:
    return {row["id"] for row in api.call("GET", AUDIT, q="deleted").body["entries"]}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_index_has_the_others_and_the_stream_goes_on_from_the_one(named: NamedFunctions, seed: int) -> None:
    drawn = random.Random(seed)
    ids = api.posted(*(api.audit() for _ in range(10)))
    records = [change(item, "INSERT") for item in items() if "org_source" in item]
    poison = drawn.choice(records)
    of_poison = poison["dynamodb"]["NewImage"]
    username = of_poison.pop("username")
    number = poison["dynamodb"]["SequenceNumber"]
    for _ in range(2):
        drawn.shuffle(records)
        if records[0] is poison:
            records.reverse()
        named.invoke("index", {"Records": records}, Context())
        assert named.answer == {"batchItemFailures": [{"itemIdentifier": number}]}
        (line,) = failures(named)
        assert (line["sequence_number"], line["exception_name"]) == (number, "KeyError")
        assert len(indexed()) == 9
    # What Lambda delivers then begins with it: a batch that raises is halved, until it is alone.
    again = records[records.index(poison) :]
    named.invoke("index", {"Records": again}, Context(), RecordsFailedError)
    assert len(failures(named)) == 1
    assert len(indexed()) == 9
    of_poison["username"] = username
    named.invoke("index", {"Records": again}, Context())
    assert named.answer == NONE_FAILED
    assert indexed() == set(ids)


def test_all_before_the_number_that_the_index_returns_is_done(named: NamedFunctions) -> None:
    ids = api.posted(*(api.audit() for _ in range(10)))
    records = [change(item, "INSERT") for item in items() if "org_source" in item]
    for place in (8, 3, 5):
        del records[place]["dynamodb"]["NewImage"]["username"]
    named.invoke("index", {"Records": records}, Context())
    assert named.answer == {"batchItemFailures": [{"itemIdentifier": records[3]["dynamodb"]["SequenceNumber"]}]}
    assert len(failures(named)) == 3
    assert len(indexed()) == len(ids) - 3


def expiring() -> list[Record]:
    """Ten large changes of audit entries, and what the stream tells once TTL has deleted them."""
    large = [{"record": {"type": "family", "id": "1"}, "change": "updated", "before": {"note": noise(12_000)}}]
    api.posted(*(api.audit(affected=large) for _ in range(10)))
    return [record for record in triggers.expire() if "object" in record["dynamodb"]["OldImage"]]


@pytest.mark.usefixtures("archive", "cold")
@pytest.mark.parametrize("seed", SEEDS)
def test_retention_follows_up_the_others_and_has_the_batch_delivered_again(
    named: NamedFunctions, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, so that the archive has no entry twice."""
    drawn = random.Random(seed)
    records = expiring()
    poison = drawn.choice(records)
    name, number = poison["dynamodb"]["OldImage"]["object"]["S"], poison["dynamodb"]["SequenceNumber"]
    delete = S3Objects.delete

    def delete_all_but_one(self: S3Objects, names: list[str]) -> None:
        if name in names:
            raise RuntimeError(SMITH)
        delete(self, names)

    with monkeypatch.context() as patch:
        patch.setattr(S3Objects, "delete", delete_all_but_one)
        for _ in range(2):
            drawn.shuffle(records)
            named.invoke("retention", {"Records": records}, Context(), RecordsFailedError)
            (line,) = failures(named)
            assert (line["sequence_number"], line["exception_name"]) == (number, "RuntimeError")
            assert objects() == [name]
            assert (len(objects(ARCHIVE)), len(archived_lines())) == (1, 10)
    named.invoke("retention", {"Records": records}, Context())
    assert objects() == []
    assert (len(objects(ARCHIVE)), len(archived_lines())) == (1, 10)


@pytest.mark.usefixtures("archive", "cold")
def test_what_cannot_be_archived_is_not_deleted_either(named: NamedFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    records = expiring()
    poison = records[4]["dynamodb"]["OldImage"]
    changes_line = archive.changes_line

    def all_but_one(content: Any, body: bytes) -> Any:
        if content.object == poison["object"]["S"]:
            raise RuntimeError(SMITH)
        return changes_line(content, body)

    with monkeypatch.context() as patch:
        patch.setattr(archive, "changes_line", all_but_one)
        for _ in range(2):
            named.invoke("retention", {"Records": records}, Context(), RecordsFailedError)
            assert len(failures(named)) == 1
            assert objects() == [poison["object"]["S"]]
            assert len({line["changes_of"] for line in archived_lines()}) == 9
    named.invoke("retention", {"Records": records}, Context())
    assert objects() == []
    assert len({line["changes_of"] for line in archived_lines()}) == 10


@pytest.mark.usefixtures("archive", "cold")
def test_what_cannot_be_archived_has_nothing_of_another_org_archived_twice(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records of two orgs alternate, and the last one, of the second org, fails."""
    api.posted(*(api.activity() for _ in range(4)))
    api.posted(*(api.activity(action="failing") for _ in range(4)), org="hilltop")
    records = sorted(triggers.expire(), key=lambda record: str(record["dynamodb"]["Keys"]["sk"]["S"])[-3:])
    by_org = [[each for each in records if each["dynamodb"]["Keys"]["pk"]["S"].startswith(org)] for org in "rh"]
    records = [record for pair in zip(*by_org, strict=True) for record in pair]
    poison = records[-1]["dynamodb"]["Keys"]["sk"]["S"]
    line = archive.line

    def all_but_one(item: Any) -> Any:
        if item.sk == poison:
            raise RuntimeError(SMITH)
        return line(item)

    monkeypatch.setattr(archive, "line", all_but_one)
    named.invoke("retention", {"Records": records}, Context(), RecordsFailedError)
    assert len(failures(named)) == 1
    assert len(archived_lines()) == len({row["id"] for row in archived_lines()}) == len(records) - 1


def erasures() -> list[Record]:
    return [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]


@pytest.mark.usefixtures("archive", "cold")
def test_a_record_that_cannot_be_read_costs_neither_the_others_nor_an_erasure(named: NamedFunctions) -> None:
    """The first of the items has lost its key, as the stream tells it."""
    unreadable, *others = expiring()
    del unreadable["dynamodb"]["OldImage"]["pk"]
    path = "/v1/orgs/riverside/records/family/1/erase"
    erasure = api.call("POST", path, body={"reason": "asked"}).body["id"]
    records = [unreadable, *others, *erasures()]
    named.invoke("retention", {"Records": records}, Context(), RecordsFailedError)
    lines = named.lines()
    assert [line["message"] for line in lines] == ["record failed", "retired"]
    assert (lines[1]["records_failed"], lines[1]["objects_deleted"], lines[1]["erasures_continued"]) == (1, 9, 1)
    assert api.call("GET", f"/v1/orgs/riverside/erasures/{erasure}").body["status"] == "done"


@pytest.mark.usefixtures("archive", "cold")
def test_an_erasure_that_fails_stops_neither_anothers_nor_the_check_and_tells_of_itself(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = MessageErasure.pages

    def pages_but_of_one(self: MessageErasure, org: str, *more: Any) -> Any:
        if org == "hilltop":
            raise RuntimeError(SMITH)
        return pages(self, org, *more)

    asked = {}
    for org, claims in (("hilltop", api.OTHER_ADMIN), ("riverside", api.ADMIN)):
        api.posted(api.activity(), org=org)
        path = f"/v1/orgs/{org}/records/family/1/erase"
        asked[org] = api.call("POST", path, claims=claims, body={"reason": "asked"}).body["id"]
    monkeypatch.setattr(MessageErasure, "pages", pages_but_of_one)
    # The stream does not wait for it: the schedule comes back.
    named.invoke("retention", {"Records": erasures()}, Context())
    lines = named.lines()
    assert [line["erasure"] for line in lines if line["message"] == "erasure failed"] == [asked["hilltop"]]
    assert [line["erasures_failed"] for line in lines if line["message"] == "retired"] == [1]
    assert api.call("GET", f"/v1/orgs/riverside/erasures/{asked['riverside']}").body["status"] == "done"
    failed = api.call("GET", f"/v1/orgs/hilltop/erasures/{asked['hilltop']}", claims=api.OTHER_ADMIN)
    assert (failed.body["status"], failed.body["reason"]) == ("running", UNFORESEEN)
    assert failed.body["next_attempt_at"] > failed.body["requested_at"]
    assert SMITH not in json.dumps(lines) + failed.text
    named.lines()
    # It is not due yet.
    for event in ({"Records": erasures()}, {"erasures": True}, {"check": True}):
        named.invoke("retention", event, Context())
    assert {line["message"] for line in named.lines()} == {"retired", "retention checked"}
