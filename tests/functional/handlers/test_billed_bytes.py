"""What DynamoDB and CloudWatch are paid for: the bytes of an entry with all that belongs to it, and those of log lines.

The counts are those that docs/cost.md is computed from.
"""

import base64
import json
from typing import Any

import pytest
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event
from daybook_local.deployment.template import load

from tests.support import api
from tests.support.dynamodb.lifelike_entries import LETTER, entry_of
from tests.support.functions import triggers
from tests.support.functions.events import Context
from tests.support.functions.log_lines import NamedFunctions
from tests.support.functions.stored import items
from tests.support.functions.world import START
from tools.cost.data import counts

# DynamoDB adds them to each item, in the table and in each index.
OVERHEAD = 100
# Of the log that is read, and the fields of an entry.
ENTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "audit": ("audit", {}),
    "activity": ("activity", {}),
    "push": ("pushes", {}),
    "sms": ("sms", {}),
    "email": ("emails", {"status": "queued"}),
    "email_with_content": ("emails", {"status": "queued", "body": {"text": LETTER}}),
}
LIFE: list[EmailKind] = ["send", "delivery", "open", "click"]


def size(value: dict[str, Any]) -> int:
    """Of a value: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.strip("-")) // 2 + 2
        case "B":
            return len(base64.b64decode(content))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + size(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + size(each) for name, each in content.items())
    raise AssertionError(f"values of type {kind} are not known here")


def size_of(item: dict[str, Any], names: set[str]) -> int:
    return OVERHEAD + sum(len(name.encode()) + size(value) for name, value in item.items() if name in names)


def billed(stored: list[dict[str, Any]]) -> list[int]:
    """The bytes of these items in the table, in its local and in its global indexes."""
    properties = load()["Resources"]["Table"]["Properties"]
    found = [sum(size_of(item, set(item)) for item in stored)]
    for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        total = 0
        for index in properties[kind]:
            keys = {each["AttributeName"] for each in index["KeySchema"]}
            projected = {"pk", "sk", *keys, *index["Projection"].get("NonKeyAttributes", ())}
            total += sum(size_of(item, projected) for item in stored if keys <= item.keys())
        found.append(total)
    return found


@pytest.mark.parametrize("kind", ENTRIES)
def test_an_entry_takes_so_many_bytes(kind: str) -> None:
    log, fields = ENTRIES[kind]
    entry = {**entry_of(log, 1), **fields}
    api.posted(entry)
    if log == "emails":
        mail = Mail(entry["message_id"], (entry["recipient"],), START)
        triggers.feedback(*(json.dumps(ses_event(event, mail, START)) for event in LIFE))
    # Versions of zlib pack a content in some bytes more or less.
    assert billed(items()) == pytest.approx(counts()["stored_bytes"][kind], abs=20)


def test_an_invocation_writes_so_many_bytes_to_its_log(named: NamedFunctions) -> None:
    body = {"entries": [entry_of("audit", number) for number in range(10)]}
    request = api.request("POST", "/v1/orgs/riverside/entries", claims=api.SERVICE, body=body)
    named.invoke("ingest", request, Context())
    written = sum(len(json.dumps(line)) + 1 for line in named.everything())
    expected = counts()["log_bytes"]["function"]
    assert expected - 100 < written <= expected
