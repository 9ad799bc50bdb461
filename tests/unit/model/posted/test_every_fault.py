"""Every fault of an entry, event, query or setting is told: none is missed, and none is made up."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from daybook.access import orgs
from daybook.audit.log import AuditQuery
from daybook.core.errors import FieldError
from daybook.feedback import deliveries
from daybook.model.entries import Entry
from daybook.model.posted import every_fault, faults, parsing
from hypothesis import given
from hypothesis import strategies as st

from tests.support import api

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

# By field, values that are wrong by themselves.
WRONG: dict[str, list[Any]] = {
    "record": ["family/1", None, 7],
    "recipient": ["", 7, None, "a" * 1100, ["a@x.example"]],
    "subject": [None, "s" * 999, {}],
    "text": [None, "t" * 5000],
    "name": ["", 5, "n" * 257],
    "action": [[], ""],
    "ip": [5, "1" * 1001],
    "details": [5, [1], "d" * 4097],
    "occurred_at": ["2026-02-30T10:00:00Z", 5, "now", "2026-01-05T17:10:00"],
    "key": ["", "k" * 129, False],
    "message_id": [7, "m" * 257],
    "sender": ["s" * 321, 1.5],
    "body": ["hello", []],
    "status": ["lost", [], 1],
    "reason": ["lost", {}],
    "member_name": ["", None],
    "username": ["", "u" * 257],
    "source": [7, "s" * 65],
    "affected": [{}, [{}] * 51, 7],
}
ENTRIES = [api.email(), api.sms(), api.push(), api.activity(), api.audit()]
FIELDS = {
    "email": ["record", "recipient", "subject", "message_id", "sender", "body", "status", "occurred_at", "key"],
    "sms": ["record", "recipient", "text", "message_id", "status", "reason", "occurred_at", "key"],
    "push": ["record", "subject", "text", "message_id", "occurred_at", "key"],
    "activity": ["record", "name", "action", "ip", "details", "occurred_at", "key"],
    "audit": ["member_name", "username", "source", "action", "ip", "affected", "occurred_at", "key"],
}
OPTIONAL = {"occurred_at", "key", "message_id", "sender", "body", "reason", "ip", "details"}


def told(entry: Any) -> list[FieldError]:
    posted = parsing.parse(json.dumps(entry).encode(), NOW)
    return posted if isinstance(posted, list) else []


@given(st.data())
def test_every_wrong_field_of_an_entry_is_told_and_no_other(data: st.DataObject) -> None:
    entry = dict(data.draw(st.sampled_from(ENTRIES)))
    chosen = data.draw(st.lists(st.sampled_from(FIELDS[entry["log"]]), min_size=1, unique=True))
    for field in chosen:
        entry[field] = data.draw(st.sampled_from(WRONG[field]))
        if field in OPTIONAL and entry[field] is None:
            entry[field] = 1
    if "status" in chosen and entry["log"] == "push":
        chosen.remove("status")
    assert {error.field for error in told(entry)} == {*chosen}


@given(st.data())
def test_every_missing_field_of_an_entry_is_told(data: st.DataObject) -> None:
    entry = dict(data.draw(st.sampled_from(ENTRIES)))
    required = [field for field in FIELDS[entry["log"]] if field in entry and field not in {*OPTIONAL, "affected"}]
    missing = data.draw(st.lists(st.sampled_from(required), min_size=1, unique=True))
    for field in missing:
        del entry[field]
    assert sorted((error.field, error.message) for error in told(entry)) == sorted(
        (field, "required") for field in missing
    )


@given(st.data())
def test_the_first_fault_of_msgspec_is_among_them(data: st.DataObject) -> None:
    entry = dict(data.draw(st.sampled_from(ENTRIES)))
    for field in data.draw(st.lists(st.sampled_from(sorted(WRONG)), min_size=1, unique=True)):
        entry[field] = data.draw(st.sampled_from(WRONG[field]))
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(json.dumps(entry), type=Entry)
    first = faults.fault(str(raised.value), Entry, tag=entry["log"])
    found = told(entry)
    assert len(found) <= every_fault.MAX_FAULTS
    assert len(found) == every_fault.MAX_FAULTS or any(
        error.field == first.field and error.message.startswith(first.message) for error in found
    )


def test_a_name_that_is_a_slip_is_told_once() -> None:
    entry = api.email(messageId="m")
    entry["Recipient"] = entry.pop("recipient")
    assert [error.field for error in told(entry)] == ["messageId", "Recipient"]


def test_faults_within_lists_and_objects_are_told_at_their_places() -> None:
    good = {"record": {"type": "family", "id": "1"}, "change": "updated"}
    affected = [good, {"record": {"type": "1", "id": 7}, "change": ""}, good | {"nmae": "x"}, {"change": "x"}, 5]
    assert [error.field for error in told(api.audit(affected=affected))] == [
        "affected[1].record.type", "affected[1].record.id", "affected[1].change", "affected[2].nmae",
        "affected[3].record", "affected[4]",
    ]  # fmt: skip


def test_no_more_than_ten_are_told() -> None:
    assert len(told(api.audit(affected=[5] * 50))) == every_fault.MAX_FAULTS
    assert len(told(api.email(**{f"field{number}": 1 for number in range(1000)}))) == every_fault.MAX_FAULTS
    # One of a list that is too long, whatever its items are.
    assert len(told(api.audit(affected=[5] * 100_000))) == 1


def test_of_a_field_that_stands_twice_the_first_may_be_wrong() -> None:
    payload = b'{"name": 7, "name": "Riverside"}'
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(payload, type=orgs.OrgChange)
    found = every_fault.of_json(payload, orgs.OrgChange, raised.value)
    assert found == [FieldError("name", "must be a text, not a whole number")]


def test_what_cannot_be_read_behind_the_first_fault_is_not_told() -> None:
    payload = json.dumps(api.activity(action=7, zoo=1))[:-1].encode() + b', "details": {"a": 1e999}}'
    assert [error.field for error in parsing.parse(payload, NOW)] == ["action"]  # type: ignore[union-attr]


def test_every_wrong_field_of_a_delivery_event_is_told() -> None:
    event = api.delivery(type="lost", at="now", bot="no", link=5, ip=None, log="Email", when=1)
    found = deliveries.parse(json.dumps(event).encode(), "riverside", NOW)
    assert isinstance(found, list)
    assert [error.field for error in found] == ["when", "type", "at", "link", "bot"]


def of_value(value: Any, kind: Any, noun: str = "field") -> list[tuple[str, str]]:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(value, kind)
    found = every_fault.of_value(value, kind, raised.value, noun=noun)
    return [(error.field, error.message) for error in found]


def test_every_wrong_parameter_is_told() -> None:
    query = {
        "limit": "5.5",
        "order": "up",
        "source": ["system", "fax"],
        "staff": [""],
        "colour": "red",
        "q": "x" * 1001,
    }
    assert [field for field, _ in of_value(query, AuditQuery, faults.PARAMETER)] == [
        "colour", "q", "staff[0]", "source[1]", "limit", "order",
    ]  # fmt: skip
    assert of_value({"limit": "ten"}, AuditQuery, faults.PARAMETER) == [
        ("limit", "must be a whole number from 1 to 200")
    ]
    assert of_value({"staff": [""]}, AuditQuery, faults.PARAMETER) == [
        ("staff[0]", "must have at least 1 character, or be left out")
    ]


def test_every_wrong_setting_is_told() -> None:
    links = {"family": 5, "staff": "https://x.example/{id}", "student": None}
    assert [field for field, _ in of_value({"name": 5, "record_url": links}, orgs.OrgChange)] == [
        "name", "record_url.family", "record_url.student",
    ]  # fmt: skip
    assert of_value({"name": "x", "record_url": {"a b": 5}}, orgs.OrgChange) == [
        ("record_url", faults.RECORD_TYPE_FORM)
    ]
