"""What msgspec tells is told in words, whatever type was expected."""

from typing import Any

import msgspec
import pytest
from daybook.access import orgs
from daybook.core.errors import FieldError
from daybook.model.entries import Entry
from daybook.model.posted import faults

from tools.openapi import schemas


def patterns(value: Any) -> set[str]:
    """Every pattern in a JSON Schema."""
    if isinstance(value, list):
        return {pattern for each in value for pattern in patterns(each)}
    if not isinstance(value, dict):
        return set()
    own = {value["pattern"]} if isinstance(value.get("pattern"), str) else set()
    return own | {pattern for each in value.values() for pattern in patterns(each)}


def test_every_pattern_of_a_type_of_the_api_has_words() -> None:
    types = [*schemas.REQUEST_TYPES, *schemas.RESPONSE_TYPES, *schemas.QUERY_TYPES]
    _, components = msgspec.json.schema_components(types)
    assert patterns(components) == {*faults.FORMS}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("messageId", "message_id"),
        ("Message-ID", "message_id"),
        ("recipent", "recipient"),
        ("occuredAt", "occurred_at"),
        ("colour", None),
        ("sort", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_name_is_told(name: str, nearest: str | None) -> None:
    message = faults.unknown(name, ["message_id", "recipient", "occurred_at"])
    assert message.startswith(f"unknown field: did you mean {nearest}?" if nearest else "unknown field: allowed are ")


@pytest.mark.parametrize(
    ("log", "says"),
    [("email", "queued, sent, delayed"), ("sms", "delivery, delivered, not_delivered"), ("push", "sent")],
)
def test_the_values_are_those_of_the_log(log: str, says: str) -> None:
    told = faults.fault("Invalid enum value 'x' - at `$.status`", Entry, tag=log)
    assert told.field == "status"
    assert told.message.startswith(f"must be one of {says}")
    named = faults.fault("Invalid enum value 'x' - at `$.status`", Entry).message
    assert "queued" in named
    assert "not_delivered" in named


def test_a_name_in_an_object_may_have_the_wrong_form() -> None:
    told = faults.fault("Expected `str` matching regex '^x$' - at `key` in `$.record_url`", orgs.OrgChange)
    assert told == FieldError("record_url", faults.RECORD_TYPE_FORM)
