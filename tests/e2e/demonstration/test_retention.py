"""Time's end on the local stack: TTL takes the items, and what hangs on them follows."""

import json
import os
import uuid
from typing import Any

import pytest

from tests.support.local_stack.aws import archived, aws_client, items_of, objects_of, shorten
from tests.support.local_stack.calls import ORG, posted, soon

pytestmark = pytest.mark.slow


def test_what_ttl_takes_leaves_its_objects_and_copies_and_is_archived_once(stack: dict[str, Any]) -> None:
    one, other = f"family/{uuid.uuid4().hex}", f"student/{uuid.uuid4().hex}"
    first, second = ({"type": path.split("/")[0], "id": path.split("/")[1]} for path in (one, other))
    noise = os.urandom(7_000).hex()
    changes = [
        {"record": first, "change": "updated", "before": {"note": noise}},
        {"record": second, "change": "updated", "after": {"note": noise}},
    ]
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    email = {"log": "email", "record": first, "recipient": "smith@mail.example", "subject": "Hello"}
    audit_id, email_id = posted(
        stack,
        {"log": "audit", **who, "action": "moved a note", "affected": changes},
        {**email, "body": {"text": noise, "html": noise}},
    )
    assert soon(lambda: any("org_source" not in item for item in items_of(stack, other))), "no copy"
    assert len(objects_of(stack, stack["bucket"], f"{ORG}/{one}/")) == 2

    shorten(stack, one, other)
    assert soon(lambda: items_of(stack, one, other) == [])
    assert soon(lambda: objects_of(stack, stack["bucket"], f"{ORG}/{one}/") == [])
    kept = [line for line in archived(stack) if line.get("record") == first]
    shown = {line.get("id") or line["changes_of"]: line for line in kept if "changes_of" not in line}
    assert sorted(shown) == sorted([audit_id, email_id])
    (apart,) = [line for line in kept if "changes_of" in line]
    assert (apart["changes_of"], apart["affected"]) == (audit_id, changes)
    assert len(kept) == 3
    assert noise not in json.dumps(shown)


def test_the_check_is_made_once_a_day(stack: dict[str, Any]) -> None:
    lambdas = aws_client(stack, "lambda")
    (name,) = [
        one["FunctionName"] for one in lambdas.list_functions()["Functions"] if "Retention" in one["FunctionName"]
    ]
    for _ in range(2):
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"check": True}))
        assert "FunctionError" not in answer, answer["Payload"].read()
    key = {"pk": {"S": "retention"}, "sk": {"S": "check"}}
    state = json.loads(aws_client(stack, "dynamodb").get_item(TableName=stack["table"], Key=key)["Item"]["pass"]["S"])
    assert all(part["is_done"] for part in state["parts"])
    assert sum(part["figures"]["items_checked"] for part in state["parts"]) > 100
