"""POST /entries, whole."""

import base64
import json
from typing import Any

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET
from tests.support.functions.events import Context
from tests.support.functions.stored import items

EVERY_LOG = [api.email(), api.sms(), api.push(), api.activity(), api.audit()]


def objects() -> list[str]:
    return [found["Key"] for found in client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def statuses(answer: api.Answer) -> list[str]:
    return [result["status"] for result in answer.body["results"]]


def test_an_entry_of_each_log_is_created_in_one_request() -> None:
    answer = api.post(*EVERY_LOG)
    assert answer.status == 201
    assert [result["index"] for result in answer.body["results"]] == [0, 1, 2, 3, 4]
    assert statuses(answer) == ["created"] * 5
    assert len({result["id"] for result in answer.body["results"]}) == 5


@pytest.mark.parametrize("entry", EVERY_LOG)
def test_without_a_key_the_same_again_is_another_entry(entry: dict[str, Any]) -> None:
    assert statuses(api.post(entry, entry)) == ["created", "created"]
    assert statuses(api.post(entry)) == ["created"]
    assert len(items()) == 3


@pytest.mark.parametrize("entry", EVERY_LOG)
def test_the_same_key_again_is_a_duplicate_with_the_first_id(entry: dict[str, Any]) -> None:
    keyed = {**entry, "key": "enrol/7", "occurred_at": "2026-01-02T03:04:05.678Z"}
    first = api.post(keyed, keyed)
    before = items()
    again = api.post(keyed)
    assert statuses(first) == ["created", "duplicate"]
    assert statuses(again) == ["duplicate"]
    assert {result["id"] for answer in (first, again) for result in answer.body["results"]} == {
        first.body["results"][0]["id"]
    }
    assert items() == before


@pytest.mark.parametrize(
    "change",
    [
        {"key": "other"},
        {"occurred_at": "2026-01-02T03:04:05.679Z"},
        {"record": {"type": "family", "id": "2"}},
    ],
)
def test_another_key_moment_or_record_is_another_entry(change: dict[str, Any]) -> None:
    keyed = api.activity(key="k", occurred_at="2026-01-02T03:04:05.678Z")
    assert statuses(api.post(keyed, {**keyed, **change})) == ["created", "created"]


def test_a_moment_is_one_moment_in_any_offset() -> None:
    keyed = api.activity(key="k", occurred_at="2026-01-02T03:04:05Z")
    assert statuses(api.post(keyed, {**keyed, "occurred_at": "2026-01-01T21:04:05.000-06:00"})) == [
        "created",
        "duplicate",
    ]


@pytest.mark.parametrize("message", [api.email(), api.sms(), api.push()])
def test_the_same_message_to_the_same_recipient_is_a_duplicate(message: dict[str, Any]) -> None:
    sent = {**message, "message_id": "0100-abc/1"}
    assert statuses(api.post(sent)) == ["created"]
    assert statuses(api.post({**sent, "occurred_at": "2026-01-01T00:00:00Z"})) == ["duplicate"]
    assert statuses(api.post({**sent, "key": "k", "occurred_at": "2026-01-01T00:00:00Z"})) == ["duplicate"]


def test_one_message_to_two_recipients_is_two_entries_whatever_the_case() -> None:
    sent = [api.email(message_id="m", recipient=address) for address in ("a@x.example", "b@x.example", "A@X.example")]
    assert statuses(api.post(*sent)) == ["created", "created", "duplicate"]


def test_one_message_may_stand_in_the_logs_of_two_records_and_two_orgs() -> None:
    family, staff = api.email(message_id="m"), api.email(message_id="m", record={"type": "staff", "id": "1"})
    assert statuses(api.post(family, staff)) == ["created", "created"]
    assert statuses(api.post(family, org="hilltop")) == ["created"]


def test_a_message_sent_again_under_the_same_key_is_one_entry() -> None:
    keyed = {"key": "k", "occurred_at": "2026-01-01T00:00:00Z"}
    first, again = api.post(api.email(message_id="m1", **keyed)), api.post(api.email(message_id="m2", **keyed))
    assert statuses(again) == ["duplicate"]
    assert again.body["results"][0]["id"] == first.body["results"][0]["id"]
    # Events of the second sending find the entry too.
    (pointer,) = [item for item in items() if item["pk"]["S"] == "message/m2"]
    (entry,) = [item for item in items() if "recipient" in item]
    assert pointer["entry"] == entry["sk"]


@pytest.mark.parametrize("entry", [api.email(), api.sms(), api.push()])
@pytest.mark.parametrize("is_one_request", [False, True])
def test_a_key_once_answered_stays_with_its_entry(entry: dict[str, Any], is_one_request: bool) -> None:
    message, key = {"message_id": "m"}, {"key": "k", "occurred_at": "2026-01-01T00:00:00Z"}
    posts = [entry | message, entry | message | key, entry | key, entry | key | {"message_id": "n"}]
    answers = [api.post(*posts)] if is_one_request else [api.post(post) for post in posts]
    assert [status for answer in answers for status in statuses(answer)] == ["created"] + ["duplicate"] * 3
    assert len({result["id"] for answer in answers for result in answer.body["results"]}) == 1


def test_the_first_of_two_different_contents_stays() -> None:
    api.post(api.email(message_id="m", subject="first", body={"text": "first"}))
    api.post(api.email(message_id="m", subject="second", body={"text": "second " * 9000}))
    (entry,) = api.walk("emails")
    content = api.read(f"emails/{entry['id']}/content").body
    assert (entry["subject"], content["text"]) == ("first", "first")
    assert objects() == []


def test_what_is_wrong_is_rejected_alone() -> None:
    answer = api.post(api.activity(), api.activity(record={"type": "fax", "id": "1"}), api.activity())
    assert answer.status == 207
    assert statuses(answer) == ["created", "rejected", "created"]
    rejected = answer.body["results"][1]
    assert "id" not in rejected
    assert rejected["error"]["code"] == "invalid_entry"
    assert rejected["error"]["errors"] == [
        {"field": "record.type", "message": "this log is kept for family, student, staff records"}
    ]
    assert len(api.walk("activity")) == 2


def test_entries_of_one_moment_keep_the_callers_order_keyed_or_not() -> None:
    moment = {"occurred_at": "2026-01-02T03:04:05.678Z"}
    batch = [api.activity(action=f"step {step}", **moment) for step in range(30)]
    for step in range(0, 30, 2):
        batch[step]["key"] = f"key {97 * step % 31}"
    api.post(*batch)
    api.post(api.activity(action="step 30", key="a", **moment))
    assert [entry["action"] for entry in api.walk("activity", order="asc", limit=7)] == [f"step {n}" for n in range(31)]


@pytest.mark.parametrize(("size", "in_bucket"), [(100, 0), (300_000, 1)])
def test_a_body_is_compressed_and_in_s3_when_large(size: int, in_bucket: int) -> None:
    text = " ".join(f"{number * 7919 % 1_000_003:x}" for number in range(size // 6))
    answer = api.post(api.email(body={"text": text, "html": f"<p>{text}</p>"}))
    assert len(objects()) == in_bucket
    stored = sum(len(json.dumps(item, default=repr)) for item in items())
    assert stored < 8000
    content = api.read(f"emails/{answer.body['results'][0]['id']}/content")
    assert content.body == {"subject": "Hello", "text": text, "html": f"<p>{text}</p>"}


def test_a_large_change_stands_apart_and_its_row_stays_small() -> None:
    change = {**api.audit()["affected"][0], "before": {"notes": "x" * 3000}, "details": "d" * 100}
    api.post(api.audit(affected=[change]))
    (entry,) = api.walk("audit")
    assert entry["affected"] == [{"record": {"type": "family", "id": "1"}, "change": "deleted", "name": "Smith"}]
    assert len(items()) == 2


def test_a_login_stands_in_no_records_log() -> None:
    assert statuses(api.post(api.audit(affected=[], action="signed in"))) == ["created"]
    assert [item["pk"]["S"].split("/")[:2] for item in items()] == [["riverside", "-"]]


def test_a_hundred_entries_are_taken_and_a_hundred_and_one_are_not() -> None:
    assert statuses(api.post(*[api.push(subject=str(number)) for number in range(100)])) == ["created"] * 100
    assert api.post(*[api.push()] * 101).status == 422


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "malformed"),
        ("{", 400, "malformed"),
        ('{"entries": [' + "[" * 200_000, 400, "malformed"),
        ("[]", 422, "invalid_request"),
        ("{}", 422, "invalid_request"),
        ('{"entries": []}', 422, "invalid_request"),
        ('{"entries": {}}', 422, "invalid_request"),
        ('{"entries": [1], "more": 1}', 422, "invalid_request"),
        ('{"entries": ["' + "x" * 1024 * 1024 + '"]}', 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused_whole(body: str, status: int, code: str) -> None:
    answer = api.call("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body=body)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert items() == []


def test_a_body_that_is_too_large_is_told_to_be_spread() -> None:
    body = '{"entries": ["' + "x" * 1024 * 1024 + '"]}'
    answer = api.call("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body=body)
    assert answer.body["detail"] == (
        "the body has 1,048,593 bytes, over the limit of 1,048,576: send fewer entries at once, in several requests"
    )


def test_a_body_that_is_no_text_is_read_from_base64() -> None:
    sent = api.event("POST /v1/orgs/{org}/entries", "/", {"org": "riverside"}, claims=api.SERVICE)
    raw = json.dumps({"entries": [api.push()]}).encode()
    answer = api.function("ingest").handler(
        {**sent, "body": base64.b64encode(raw).decode(), "isBase64Encoded": True}, Context()
    )
    assert answer["statusCode"] == 201
    latin = json.dumps({"entries": [api.push(text="caf\xe9")]}, ensure_ascii=False).encode("latin-1")
    answer = api.function("ingest").handler(
        {**sent, "body": base64.b64encode(latin).decode(), "isBase64Encoded": True}, Context()
    )
    assert answer["statusCode"] == 400
    assert (
        api.call("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body='{"entries": ["\ud800"]}').status == 400
    )


@pytest.mark.parametrize("claims", [api.ADMIN, api.STAFF, {"scope": "daybook/read", "client_id": "portal"}])
def test_writing_takes_the_write_scope(claims: dict[str, Any]) -> None:
    assert api.post(api.push(), claims=claims).status == 403
    assert items() == []


def test_the_line_of_the_log_counts_what_became_of_the_entries(caplog: pytest.LogCaptureFixture) -> None:
    api.post(api.push(message_id="m"), api.push(message_id="m"), api.push(text=7), api.push())
    (line,) = caplog.records
    counts = {name: value for name, value in vars(line).items() if name.startswith("entries_")}
    assert counts == {"entries_created": 2, "entries_duplicate": 1, "entries_rejected": 1}
