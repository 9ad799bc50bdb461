"""What makes an entry unusable: every error comes back with the field's name and what is wrong with it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from daybook.core.errors import FieldError
from daybook.model import entries
from daybook.model.posted import parsing
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def faults(entry: Any) -> list[FieldError]:
    parsed = parsing.parse(entry if isinstance(entry, bytes) else json.dumps(entry).encode(), NOW)
    return parsed if isinstance(parsed, list) else []


@pytest.mark.parametrize("entry", [api.email(), api.sms(), api.push(), api.activity(), api.audit()])
def test_a_plain_entry_of_each_log_is_taken(entry: dict[str, Any]) -> None:
    assert faults(entry) == []


def test_an_entry_with_every_field_is_taken() -> None:
    moment = {"occurred_at": "2026-11-22T12:00:00+02:00", "key": "k" * 128}
    assert faults(api.email(body={"text": "a", "html": "<p>"}, sender="G <g@x.example>", status="sent", **moment)) == []
    assert faults(api.activity(ip="2001:db8::1", details={"page": [1, None]}, **moment)) == []
    change = {"record": {"type": "enrolment", "id": "7"}, "change": "updated", "before": {"a": 1}, "after": 3}
    assert faults(api.audit(affected=[change] * 50, ip="203.0.113.7", **moment)) == []


@pytest.mark.parametrize(
    ("entry", "field", "says"),
    [
        (
            api.email(recipient=f"{'é' * 32}@{'d' * 60}.{'d' * 60}.{'d' * 60}.example"),
            "recipient",
            "at most 254 octets",
        ),
        (api.email(recipient="a" * 255), "recipient", "at most 254 characters"),
        (api.email(recipient=" \u200b"), "recipient", "names nobody"),
        (api.sms(recipient="\t"), "recipient", "names nobody"),
        (api.sms(recipient=""), "recipient", "at least 1 character"),
        (api.sms(recipient="1" * 65), "recipient", "at most 64 characters"),
        (api.activity(ip="1" * 1001), "ip", "at most 1,000 characters"),
        (api.email(record={"type": "student", "id": "1"}), "record.type", "family, staff"),
        (api.push(record={"type": "staff", "id": "1"}), "record.type", "family"),
        (api.activity(record={"type": "class", "id": "1"}), "record.type", "family, student, staff"),
        (api.email(record={"type": "family", "id": "a/b"}), "record.id", "not an id"),
        (api.email(record={"type": "family", "id": "1\n"}), "record.id", "not an id"),
        (api.email(record={"type": "family", "id": "."}), "record.id", "steps in a path"),
        (api.sms(record={"type": "staff", "id": ".."}), "record.id", "steps in a path"),
        (api.push(record={"type": "family", "id": ".."}), "record.id", "steps in a path"),
        (api.activity(record={"type": "student", "id": "."}), "record.id", "steps in a path"),
        (api.email(record={"type": "..", "id": "1"}), "record.type", "not a type"),
        (api.email(record={"type": "family\n", "id": "1"}), "record.type", "not a type"),
        (api.email(record={"type": "-", "id": "2026-01"}), "record.type", "not a type"),
        (api.email(record={"type": "family"}), "record.id", "required"),
        (
            api.email(occurred_at="2026-11-22T12:00:00"),
            "occurred_at",
            "must be a time with an offset, such as 2026-01-05T17:10:00-06:00",
        ),
        (api.email(occurred_at=1763812800), "occurred_at", "a time with an offset"),
        (api.email(occurred_at="1999-12-31T23:59:59Z"), "occurred_at", "long ago"),
        (api.email(occurred_at="2026-11-23T12:00:01Z"), "occurred_at", "far ahead"),
        (api.email(occurred_at="9999-12-31T23:59:59-14:00"), "occurred_at", "far ahead"),
        (api.email(key="k"), "occurred_at", "required with a key"),
        (api.email(key="", occurred_at="2026-11-22T12:00:00Z"), "key", "at least 1 character"),
        (api.email(key="k" * 129, occurred_at="2026-11-22T12:00:00Z"), "key", "at most 128 characters"),
        (api.email(colour="red"), "colour", "unknown field"),
        (api.email(record={"type": "family", "id": "1", "name": "x"}), "record.name", "unknown field"),
        (api.email(subject="s" * 999), "subject", "at most 998 characters"),
        (api.email(subject=None), "subject", "must be a text, not null"),
        (api.email(status="lost"), "status", "queued, sent"),
        (api.email(body="text"), "body", "must be an object, not a text"),
        (api.sms(text="t" * 1601), "text", "at most 1,600 characters"),
        (api.push(text="t" * 4097), "text", "at most 4,096 characters"),
        (api.activity(name=""), "name", "at least 1 character"),
        (api.activity(details=["a"]), "details", "must be a text or an object, not a list"),
        (api.activity(details={"a": "x" * 16_384}), "details", "over the limit"),
        (api.audit(source="fax"), "source", "office_portal"),
        (api.audit(affected=[api.audit()["affected"][0]] * 51), "affected", "at most 50 items"),
        (api.audit(affected=[{"record": {"type": "a", "id": "1"}}]), "affected[0].change", "required"),
        ({"log": "fax"}, "log", "email, sms, push, activity, audit"),
        ({"record": {"type": "family", "id": "1"}}, "log", "required"),
        ([], "", "must be an object, not a list"),
        (b"{", "", "not valid JSON"),
        (b'{"log": "activity", "details": {"a": ' + b"[" * 100_000, "", "nested more than 64 levels"),
        (b'{"log": "activity", "details": {"a": ' + b"[" * 60, "", "not valid JSON"),
    ],
)
def test_a_fault_names_its_field_and_what_is_wrong(entry: Any, field: str, says: str) -> None:
    (error,) = faults(entry)
    assert error.field == field
    assert says in error.message


def affecting(**fields: Any) -> dict[str, Any]:
    return api.audit(affected=[{"record": {"type": "a", "id": "1"}, "change": "updated", **fields}])


@pytest.mark.parametrize(
    ("entry", "without"),
    [
        (affecting(name=""), affecting()),
        (affecting(name="", details=None, before=""), affecting(before="")),
        (affecting(name="", after=2**70), affecting(after=2**70)),
        (api.email(message_id=""), api.email()),
        (api.email(message_id=None, body=None, sender=None), api.email()),
        (api.email(message_id="", sender="G"), api.email(sender="G")),
        (api.sms(message_id="", reason=None), api.sms()),
        (api.push(message_id=""), api.push()),
        (api.email(status=None), api.email()),
        (api.sms(status=None, reason=None), api.sms()),
        (api.push(status=None), api.push()),
        (api.audit(affected=None, ip=None), api.audit(affected=[])),
    ],
)
def test_an_empty_optional_text_counts_as_not_given(entry: dict[str, Any], without: dict[str, Any]) -> None:
    posted, expected = (parsing.parse(json.dumps(each).encode(), NOW) for each in (entry, without))
    assert isinstance(posted, parsing.Posted)
    assert posted == expected
    assert posted.warnings == []


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        (api.email(log="Email", status="Delivered"), api.email(status="delivered")),
        (api.email(log="E-mail", status=" BOUNCED "), api.email(status="bounced")),
        (api.email(status="Waiting"), api.email(status="queued")),
        (api.email(status="Marked as spam"), api.email(status="complained")),
        (api.email(status="not sent"), api.email(status="suppressed")),
        (api.sms(log="SMS", status="Not delivered"), api.sms(status="not_delivered")),
        (
            api.sms(status="NOT-DELIVERED", reason="Undelivered"),
            api.sms(status="not_delivered", reason="undelivered"),
        ),
        (api.push(log="PUSH", status="Not delivered"), api.push(status="failed")),
        (api.email(status="Not sent: blacklisted"), api.email(status="suppressed")),
        (api.email(status="Bounced: no such mailbox"), api.email(status="bounced")),
        (
            api.sms(status="Not Delivered – Rejected"),
            api.sms(status="not_delivered", reason="rejected"),
        ),
        (api.sms(status="failed"), api.sms(status="not_delivered", reason="failed")),
        (api.sms(status="Failed", reason=None), api.sms(status="not_delivered", reason="failed")),
        (api.sms(status="Failed", reason="failed"), api.sms(status="not_delivered", reason="failed")),
        (api.sms(status="Delivery: no answer from the provider for 3 days"), api.sms(status="delivery")),
        (api.audit(log="Audit"), api.audit()),
    ],
)
def test_a_status_in_the_words_of_pages_is_taken(entry: dict[str, Any], meant: dict[str, Any]) -> None:
    posted, expected = (parsing.parse(json.dumps(each).encode(), NOW) for each in (entry, meant))
    assert isinstance(posted, parsing.Posted)
    assert posted == expected


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (api.email(status="Not delivered"), "status"),
        (api.email(status=7), "status"),
        (api.sms(status="Lost"), "status"),
        (api.sms(status="Failed", reason="rejected"), "status"),
        (api.activity(status=None), "status"),
        (api.email(affected=None), "affected"),
        (api.sms(status="Not delivered", reason="delivered"), "reason"),
        (api.email(log="Letter", status="Delivered"), "log"),
        (api.email(message_id="", subject=7), "subject"),
        (api.email(recipient="", message_id=""), "recipient"),
        (affecting(name="", change=""), "affected[0].change"),
        (
            api.audit(affected=[affecting(name="")["affected"][0], {"name": "", "change": "updated"}]),
            "affected[1].record",
        ),
        (api.audit(affected=[7]), "affected[0]"),
        (api.email(occurred_at=""), "occurred_at"),
    ],
)
def test_a_fault_beside_an_empty_field_is_told_at_its_place(entry: dict[str, Any], field: str) -> None:
    assert [error.field for error in faults(entry)] == [field]


def test_several_faults_are_told_at_once() -> None:
    errors = faults(api.email(recipient=" ", record={"type": "class", "id": "1"}, key="k"))
    assert [error.field for error in errors] == ["occurred_at", "record.type", "recipient"]


def test_a_change_over_its_limit_is_named_by_its_place() -> None:
    small = {"record": {"type": "a", "id": "1"}, "change": "updated"}
    (error,) = faults(api.audit(affected=[small, {**small, "before": "x" * 20_000}]))
    assert error.field == "affected[1].before"


@pytest.mark.parametrize("record_id", [".", ".."])
def test_an_affected_record_is_no_step_in_a_path_either(record_id: str) -> None:
    small = {"record": {"type": "a", "id": "1"}, "change": "updated"}
    dots = {"record": {"type": "a", "id": record_id}, "change": "updated"}
    assert [error.field for error in faults(api.audit(affected=[small, dots]))] == ["affected[1].record.id"]


@pytest.mark.parametrize("record_id", ["...", ".a", "a.", "..a", ".-", "-", "~"])
def test_other_dots_are_an_id(record_id: str) -> None:
    assert faults(api.email(record={"type": "family", "id": record_id})) == []
    assert entries.is_record_id(record_id)


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a%b", "a\n", ".\n", "é", "x" * 129])
def test_what_is_no_id(text: str) -> None:
    assert not entries.is_record_id(text)


def test_a_test_domain_can_be_an_address() -> None:
    assert faults(api.email(recipient="jane@school.test")) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_at_all_makes_it_raise(value: Any) -> None:
    assert faults(json.dumps(value).encode())
