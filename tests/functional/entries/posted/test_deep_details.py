"""Entries from before nesting was limited: the page that they are on can be read, and shows the others whole."""

import json
import zlib
from typing import Any

import pytest
from daybook.model.posted.nesting import CUT, READABLE_LEVELS

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.stored import archived_lines, items
from tests.support.functions.triggers import expire, handle, indexed

ORG = "/v1/orgs/riverside"
# As deep as they could be stored: Python stops at a thousand levels.
STORED_LEVELS = 985


def deep(levels: int, kind: str = "list") -> str:
    return '{"a":' * levels + "1" + "}" * levels if kind == "dict" else "[" * levels + "]" * levels


def rewrite(log: str, name: str, value: str | bytes) -> None:
    """Give the one entry of that log such an attribute, as an earlier version stored it."""
    (item,) = [item for item in items() if item["sk"]["S"].startswith(f"{log}/") and name in item]
    key = {part: item[part] for part in ("pk", "sk")}
    client("dynamodb").update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": {"S": value} if isinstance(value, str) else {"B": value}},
    )


def levels_of(value: Any) -> int:
    levels = 0
    while isinstance(value, list | dict) and value:
        value = value[0] if isinstance(value, list) else value["a"]
        levels += 1
    assert value in (CUT, 1, []), value
    return levels


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_an_activity(kind: str) -> None:
    api.posted(api.activity(details={"a": 1}))
    rewrite("activity", "details", deep(STORED_LEVELS, kind))
    api.posted(api.activity(details={"b": [2]}))
    for path in ("activity", "timeline"):
        whole, cut = api.read(path).body["entries"]
        assert whole["details"] == {"b": [2]}
        assert levels_of(cut["details"]) == READABLE_LEVELS
    assert api.read("activity", q="deep").body["entries"] == [cut]


@pytest.mark.parametrize("field", ["details", "before"])
def test_an_audit_entry(field: str) -> None:
    affected = {"record": {"type": "family", "id": "1"}, "change": "deleted", field: {"a": 1}}
    (entry,) = api.posted(api.audit(affected=[affected]))
    change = json.dumps([affected | {field: "DEEP"}]).replace('"DEEP"', deep(STORED_LEVELS, "dict"))
    rewrite("audit", "change", change)
    for answer in (api.read("audit").body["entries"][0], api.call("GET", f"{ORG}/audit/{entry}").body):
        assert levels_of(answer["affected"][0][field]) == READABLE_LEVELS - 2


@pytest.mark.parametrize("levels", [1, READABLE_LEVELS - 1, READABLE_LEVELS])
def test_what_is_not_too_deep_is_shown_as_it_is(levels: int) -> None:
    api.posted(api.activity(details={"a": 1}))
    details = deep(levels, "dict")
    rewrite("activity", "details", details)
    assert json.dumps(api.read("activity").body["entries"][0]["details"], separators=(",", ":")) == details


@pytest.mark.usefixtures("archive", "cold")
@pytest.mark.parametrize("levels", [300, STORED_LEVELS])
def test_what_is_too_deep_is_copied_and_archived(levels: int) -> None:
    """Also the changes that a content item holds."""
    family, pupil = ({"record": {"type": kind, "id": "1"}, "change": "deleted"} for kind in ("family", "student"))
    api.posted(api.audit(affected=[family | {"before": "x" * 2000}, pupil]), api.activity(details={"a": 1}))
    changes = json.dumps([family | {"before": "DEEP"}, pupil]).replace('"DEEP"', deep(levels, "dict"))
    rewrite("content", "body", zlib.compress(changes.encode()))
    rewrite("activity", "details", deep(levels))
    indexed()
    assert [row["change"] for row in api.read("audit", "student/1").body["entries"][0]["affected"]] == ["deleted"]
    handle({"Records": expire()})
    lines = archived_lines()
    (activity,) = [line for line in lines if "details" in line]
    (change,) = [line for line in lines if "changes_of" in line]
    assert levels_of(activity["details"]) == READABLE_LEVELS
    assert levels_of(change["affected"][0]["before"]) == READABLE_LEVELS - 2
