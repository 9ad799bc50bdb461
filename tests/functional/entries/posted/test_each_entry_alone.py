"""What is wrong with one entry of a hundred costs no other; half of a character costs its own entry a warning."""

import base64
import json
from typing import Any

import pytest

from tests.support import api
from tests.support.functions.events import Context

PATH = "/v1/orgs/riverside/entries"
HALF = "\ud83d"
MOMENT = "2026-11-20T09:00:00Z"


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def activity(**fields: str) -> str:
    """An entry as JSON, with fields that are JSON."""
    entry = json.dumps(api.activity(action="entered"))[:-1]
    return entry + "".join(f', "{name}": {value}' for name, value in fields.items()) + "}"


def post(*entries: str) -> api.Answer:
    return api.call("POST", PATH, claims=api.SERVICE, body=f'{{"entries": [{",".join(entries)}]}}')


def among_others(entry: str, place: int = 41) -> dict[str, Any]:
    """The result of the entry, once the other 99 of its request are created without a warning."""
    others = [activity(name=f'"other {number}"') for number in range(99)]
    answer = post(*others[:place], entry, *others[place:])
    result: dict[str, Any] = answer.body["results"].pop(place)
    assert answer.status == (207 if result["status"] == "rejected" else 201)
    assert {(each["status"], "warnings" in each) for each in answer.body["results"]} == {("created", False)}
    assert [each["index"] for each in answer.body["results"]] == [each for each in range(100) if each != place]
    return result


def fields_of(warnings: list[dict[str, str]]) -> list[str]:
    assert all("half of a character" in warning["message"] for warning in warnings)
    return [warning["field"] for warning in warnings]


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (api.activity(name=f"Sam {HALF}"), ["name"]),
        (api.activity(action="\ude00 swam"), ["action"]),
        (api.activity(details=f"{HALF}{HALF}"), ["details"]),
        (api.activity(details={"a": {"b": [1, HALF]}}), ["details"]),
        (api.activity(details={HALF: 1}), ["details"]),
        (api.email(subject=f"Camp {HALF}", sender=HALF), ["subject", "sender"]),
        (api.email(body={"text": "Dear", "html": f"<p>{HALF}"}), ["body.html"]),
        (api.sms(text=HALF), ["text"]),
        (api.push(text=f"Swim {HALF}\n"), ["text"]),
        (api.audit(member_name=HALF, username=HALF), ["member_name", "username"]),
        (
            api.audit(
                affected=[
                    {"record": {"type": "family", "id": "1"}, "change": "updated", "before": {"\ude00": "x"}},
                    {"record": {"type": "family", "id": "2"}, "change": "updated", "name": HALF, "after": [HALF]},
                ]
            ),
            ["affected[0].before", "affected[1].name", "affected[1].after"],
        ),
    ],
)
def test_half_of_a_character_costs_its_entry_a_warning(entry: dict[str, Any], fields: list[str]) -> None:
    result = among_others(json.dumps(entry))
    assert result["status"] == "created"
    assert fields_of(result["warnings"]) == fields


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        (r'"Rosa \ud83e"', "Rosa \ufffd"),
        (r'"\uDD38 Rosa \uD83E\uDD38"', "\ufffd Rosa \U0001f938"),
        (r'"\ud83e\\ud83e"', "\ufffd\\ud83e"),
    ],
)
def test_what_is_kept_of_it(posted: str, kept: str) -> None:
    """Three entries in one body, as a client that cuts texts writes them."""
    answer = post(activity(name='"first"'), activity(name=posted), activity(name='"third"'))
    assert answer.status == 201
    assert ["warnings" in result for result in answer.body["results"]] == [False, True, False]
    assert {row["name"] for row in api.walk("activity")} == {"first", kept, "third"}


@pytest.mark.parametrize("text", ["\U0001f938", "\\ud83d", "\\\\ud83d", "\ufffd", "\\", "\ud7ff\ue000"])
def test_what_is_whole_is_kept_without_a_warning(text: str) -> None:
    """Beside an entry with a half, too."""
    cut = activity(name=r'"\ud83e"')
    for entries in ([api.activity(name=text)], [api.activity(name=text, details={text: text})]):
        answer = post(*map(json.dumps, entries), cut)
        assert ["warnings" in result for result in answer.body["results"]] == [False, True]
        assert text in {row["name"] for row in api.walk("activity")}
    assert {text: text} in [row.get("details") for row in api.walk("activity")]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (api.activity(key=f"enrol/{HALF}", occurred_at=MOMENT), "key"),
        (api.push(message_id=HALF), "message_id"),
        (api.email(message_id=f"a{HALF}", subject=HALF), "message_id"),
        (api.activity(record={"type": "family", "id": f"1{HALF}"}), "record.id"),
        (api.activity(record={"type": HALF, "id": "1"}), "record.type"),
        (api.activity(**{HALF: 1}), "\ufffd"),
        (api.activity(log=HALF), "log"),
    ],
)
def test_what_names_something_is_rejected_alone(entry: dict[str, Any], field: str) -> None:
    result = among_others(json.dumps(entry))
    assert (result["status"], "warnings" in result) == ("rejected", False)
    assert [error["field"] for error in result["error"]["errors"]] == [field]


def test_the_same_again_is_a_duplicate_and_warned_of_as_well() -> None:
    entry = json.dumps(api.activity(name=HALF, key="k", occurred_at=MOMENT))
    first, again = (post(entry).body["results"][0] for _ in range(2))
    assert (first["status"], again["status"]) == ("created", "duplicate")
    assert first["id"] == again["id"]
    assert first["warnings"] == again["warnings"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (activity(details=f'{{"a": {deep(63)}}}'), "nested more than 64 levels"),
        (activity(details=f'{{"a": {deep(500)}}}'), "nested more than 64 levels"),
        (activity(details=f'{{"a": {deep(987)}}}'), "nested more than 64 levels"),
        (activity(details='{"a":' * 20_000 + "1" + "}" * 20_000), "nested more than 64 levels"),
        (deep(200_000), "nested more than 64 levels"),
        (activity(details=f'{{"\\ud83d": {deep(9_000)}}}'), "nested more than 64 levels"),
        (activity(details='{"a": 1e999}'), "out of range"),
        (activity(details='{"a": -1e400, "b": "\\ud83d"}'), "out of range"),
        (activity(details='{"a": ' + "9" * 5_000 + "}"), "out of range"),
        (activity(name=f'"{"x" * 1_000_000}"'), "at most 256 characters"),
        (activity(details=f'"{"x" * 1_000_000}"'), "at most 4,096 characters"),
        ('"entries"', "must be an object"),
    ],
)
def test_a_fault_costs_no_other(entry: str, says: str) -> None:
    result = among_others(entry)
    assert result["status"] == "rejected"
    assert says in result["error"]["detail"]


@pytest.mark.parametrize(
    "entry",
    [
        activity(name='"first"', action='"second"'),
        activity(details=f'{{"a": {deep(62)}}}'),
        activity(details='{"a": 1, "a": {"a": 2}}'),
        activity(details='{"a": 1e-999, "b": ' + "9" * 4_000 + "}"),
        activity(details=json.dumps("[" * 4_096)),
    ],
)
def test_what_is_only_unusual_is_created(entry: str) -> None:
    assert among_others(entry)["status"] == "created"


def test_two_faults_are_each_the_fault_of_its_own_entry() -> None:
    answer = post(activity(name=r'"\ud83d"'), deep(30_000), activity(), activity(details=f'{{"\\ude00": {deep(70)}}}'))
    statuses = [result["status"] for result in answer.body["results"]]
    assert statuses == ["created", "rejected", "created", "rejected"]
    assert [fields_of(result["warnings"]) for result in answer.body["results"] if "warnings" in result] == [["name"]]


def encoded(body: bytes) -> dict[str, Any]:
    """The answer to a body that API Gateway takes for binary."""
    request = api.request("POST", PATH, claims=api.SERVICE, body=base64.b64encode(body).decode())
    answer: dict[str, Any] = api.function("ingest").handler(request | {"isBase64Encoded": True}, Context())
    return answer


def test_a_body_in_base64_is_read_alike() -> None:
    answer = encoded(f'{{"entries": [{activity(name=chr(34) + "%" + chr(34))}]}}'.replace("%", r"a \ud83d").encode())
    assert answer["statusCode"] == 201
    assert fields_of(json.loads(answer["body"])["results"][0]["warnings"]) == ["name"]


@pytest.mark.parametrize("half", [b"\xf0\x9f", b"\xed\xa0\xbd", b"\xc3"])
def test_half_of_a_character_in_bytes_is_no_text(half: bytes) -> None:
    body = f'{{"entries": [{activity(name=chr(34) + "%" + chr(34))}]}}'.encode().replace(b"%", half)
    for each in (body, body.replace(b"Sam", rb"\ud83d")):
        answer = encoded(each)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed")
        assert "UTF-8" in json.loads(answer["body"])["detail"]
