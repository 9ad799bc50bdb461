"""What the command line knows of entries agrees with the API's checks."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from daybook.model import entries
from daybook.model.posted import parsing
from daybook_cli.importing import entry_check, entry_fields
from daybook_cli.importing.entry_fields import ListOf, Object

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVERY = {"occurred_at": "2026-05-01T09:00:00Z", "key": "k"}
FAMILY = {"type": "family", "id": "101"}
AFFECTED = {
    "record": {"type": "x", "id": "1"},
    "change": "updated",
    "name": "n",
    "details": "d",
    "before": 1,
    "after": [],
}
WHOLE: dict[str, dict[str, Any]] = {
    "email": {
        "record": FAMILY,
        "recipient": "sam@example.com",
        "subject": "s",
        "message_id": "m",
        "sender": "x@example.com",
        "body": {"text": "t", "html": "h"},
        "status": "sent",
    },
    "sms": {
        "record": FAMILY,
        "recipient": "+14155550123",
        "text": "t",
        "message_id": "m",
        "status": "not_delivered",
        "reason": "failed",
    },
    "push": {"record": FAMILY, "subject": "s", "text": "t", "message_id": "m", "status": "sent"},
    "activity": {"record": FAMILY, "name": "n", "action": "a", "ip": "192.0.2.1", "details": {"a": 1}},
    "audit": {
        "member_name": "n",
        "username": "u",
        "source": "system",
        "action": "a",
        "ip": "2001:db8::1",
        "affected": [AFFECTED],
    },
}
STRINGS = [
    "",
    "a",
    "A b",
    "x\n",
    "é",
    "+1",
    ".",
    "..",
    "...",
    "..a",
    *("y" * size for size in (1, 45, 46, 64, 65, 128, 129, 256, 257, 320, 321)),
]
STRINGS += ["y" * size for size in (998, 999, 1600, 1601, 4096, 4097, 16_382, 16_383)]
TIMES = ["2026-05-01", "2026-05-01T09:00:00", "2026-05-01 09:00:00z", "2026-05-01t09:00:00.1234567+05:30"]
TIMES += ["2026-05-01T09:00:00+0530", "2026-05-01T24:00:00Z", "1999-12-31T23:59:59Z", "2026-06-02T00:00:01Z"]
OTHERS = [
    None,
    1,
    1.5,
    True,
    [],
    {},
    [AFFECTED] * 50,
    [AFFECTED] * 51,
    [1],
    {"type": "staff", "id": "1"},
    "192.0.2.256",
]
OTHERS += [
    {"a": "y" * 16_374},
    {"a": "y" * 16_384},
    "student",
    "suppressed",
    "delivered",
    "undelivered",
    "mobile_app",
    "Mobile App",
    "check-in  KIOSK",
    "Support",
    "fam_ily",
    "FAMILY",
    "a/b",
    " \u200b ",
    "é" * 127,
    "é" * 128,
    "203.0.113.7:443",
    *STRINGS,
    *TIMES,
]


def places(rule: Object, entry: dict[str, Any], path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each field that the rules know stands in a whole entry."""
    paths = []
    for name, field in rule.fields.items():
        paths.append((*path, name))
        if isinstance(field, Object):
            paths += places(field, entry, (*path, name))
        elif isinstance(field, ListOf):
            paths += places(field.item, entry, (*path, name, 0))
    return paths


CASES = [
    (log, place) for log, rule in entry_fields.LOGS.items() for place in [*places(rule, WHOLE[log]), ("unheard_of",)]
]


def changed(entry: dict[str, Any], place: tuple[Any, ...], *value: Any) -> dict[str, Any]:
    """The entry with another value at a place, or without it."""
    entry = copy.deepcopy(entry)
    inside: Any = entry
    for name in place[:-1]:
        inside = inside[name]
    inside.pop(place[-1], None)
    if value:
        inside[place[-1]] = value[0]
    return entry


def is_taken(entry: dict[str, Any]) -> bool:
    return not isinstance(parsing.parse(json.dumps(entry).encode(), NOW), list)


@pytest.mark.parametrize("log", WHOLE)
def test_a_whole_entry_has_every_field_and_no_fault(log: str) -> None:
    entry = {"log": log, **EVERY, **WHOLE[log]}
    assert is_taken(entry)
    assert entry_check.faults(entry, NOW) == []
    assert entry.keys() == entry_fields.LOGS[log].fields.keys()


def test_the_logs_are_those_of_the_api() -> None:
    assert list(entry_fields.LOGS) == list(entries.RECORD_TYPES)
    for kind in get_args(entries.Entry):
        assert {"log", *kind.__struct_fields__} == entry_fields.LOGS[kind.__struct_config__.tag].fields.keys()


@pytest.mark.parametrize(
    ("log", "place"), CASES, ids=lambda value: value if isinstance(value, str) else ".".join(map(str, value))
)
def test_what_the_api_refuses_is_a_fault_here_and_nothing_else(log: str, place: tuple[Any, ...]) -> None:
    whole = {"log": log, **EVERY, **WHOLE[log]}
    entries_tried = [changed(whole, place), *(changed(whole, place, value) for value in OTHERS)]
    for entry in entries_tried:
        sentences = entry_check.faults(entry, NOW)
        assert (not sentences) == is_taken(entry), (entry, sentences)


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"log": "emails"}, {"log": 1}, {"log": ["audit"]}])
def test_what_is_no_entry_of_a_log_is_a_fault(entry: Any) -> None:
    assert entry_check.faults(entry, NOW)


@pytest.mark.parametrize("record_id", [".", ".."])
def test_a_step_in_a_path_is_no_id(record_id: str) -> None:
    entry = {"log": "push", **EVERY, **WHOLE["push"], "record": {"type": "family", "id": record_id}}
    (sentence,) = entry_check.faults(entry, NOW)
    assert sentence.startswith("record.id: not an id")
    assert sentence.endswith("neither . nor ..")


@pytest.mark.parametrize(
    ("log", "recipient"),
    [("email", "nobody"), ("sms", "555 0123"), ("sms", "14155550123"), ("email", "a..b@x.example")],
)
def test_an_odd_recipient_is_none(log: str, recipient: str) -> None:
    """The API warns of it."""
    entry = {"log": log, **EVERY, **WHOLE[log], "recipient": recipient}
    assert is_taken(entry)
    assert entry_check.faults(entry, NOW) == []
