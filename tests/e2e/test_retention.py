"""Time's end on the local stack: TTL takes the items, and what hangs on them follows."""

import gzip
import json
import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from botocore.session import Session

pytestmark = pytest.mark.slow

SECONDS = 30
LEFT_SECONDS = 3
ORG = "riverside"


def client(stack: dict[str, Any], service: str) -> Any:
    return Session().create_client(
        service,
        region_name=stack["region"],
        endpoint_url=stack["aws"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def request(
    stack: dict[str, Any], method: str, path: str, token: str = "admin", *, org: str = ORG, **how: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {stack['tokens'][token]}"}
    return httpx.request(method, f"{stack['api']}/v1/orgs/{org}/{path}", headers=headers, timeout=30, **how)


def soon(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.3)
    return is_so()


def posted(stack: dict[str, Any], *entries: dict[str, Any], org: str = ORG) -> list[str]:
    answer = request(stack, "POST", "entries", "service", org=org, json={"entries": list(entries)})
    assert answer.status_code == 201, answer.text
    return [result["id"] for result in answer.json()["results"]]


def items_of(stack: dict[str, Any], *records: str) -> list[dict[str, Any]]:
    wanted = {f"{ORG}/{record}" for record in records}
    return [item for item in scan(stack) if item["pk"]["S"] in wanted]


def scan(stack: dict[str, Any]) -> list[dict[str, Any]]:
    pages = client(stack, "dynamodb").get_paginator("scan").paginate(TableName=stack["table"])
    return [item for page in pages for item in page["Items"]]


def objects_of(stack: dict[str, Any], bucket: str, prefix: str) -> list[str]:
    return [
        found["Key"] for found in client(stack, "s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    ]


def archived(stack: dict[str, Any], org: str = ORG) -> list[dict[str, Any]]:
    """All lines of the org's archive."""
    s3 = client(stack, "s3")
    packed = [
        s3.get_object(Bucket=stack["archive"], Key=name)["Body"].read()
        for name in objects_of(stack, stack["archive"], f"{org}/")
    ]
    return [json.loads(line) for body in packed for line in gzip.decompress(body).splitlines()]


def shorten(stack: dict[str, Any], *records: str) -> None:
    """Let all that belongs to these records end in some seconds."""
    dynamodb, end = client(stack, "dynamodb"), {"N": str(int(time.time()) + LEFT_SECONDS)}
    for item in items_of(stack, *records):
        dynamodb.update_item(
            TableName=stack["table"],
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET expires_at = :end",
            ExpressionAttributeValues={":end": end},
        )


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


def test_what_a_policy_ends_is_gone_from_everywhere_within_seconds(short_stack: dict[str, Any]) -> None:
    """From its own time on, and as nothing but the API and the policy made it."""
    stack, org = short_stack, f"org-{uuid.uuid4().hex}"
    records = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}]
    note = os.urandom(7_000).hex()
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    changes = [{"record": record, "change": "updated", "before": {"note": note}} for record in records]
    email = {"log": "email", "record": records[0], "recipient": "smith@mail.example", "subject": "Hello"}
    ids = posted(
        stack,
        {"log": "audit", **who, "action": "moved a note", "affected": changes},
        {**email, "message_id": f"m-{org}", "body": {"text": note, "html": note}},
        org=org,
    )

    def found(path: str, **query: str) -> list[str]:
        answer = request(stack, "GET", path, "service", org=org, params=query)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["entries"]]

    def left() -> set[str]:
        """Partitions that have something of the org's."""
        return {item["pk"]["S"] for item in scan(stack) if org in f"{item['pk']['S']}/{item['sk']['S']}".split("/")}

    assert soon(lambda: found("audit", q="moved note") == [ids[0]]), "not searched"
    assert soon(lambda: found("records/student/2/audit") == [ids[0]]), "no copy"
    assert {f"{org}/search", f"message/m-{org}"} <= left()
    assert len(objects_of(stack, stack["bucket"], f"{org}/")) == 2
    (row,) = request(stack, "GET", "records/family/1/emails", "service", org=org).json()["entries"]
    end = datetime.fromisoformat(row["expires_at"])
    assert datetime.now(UTC) < end, "too slow a machine to see anything before the end"
    time.sleep((end - datetime.now(UTC)).total_seconds())
    assert found("records/family/1/timeline") == found("audit", q="moved note") == []
    # A username stays for a year, and is not shown without an entry.
    assert soon(lambda: left() == {f"{org}/staff"}), left()
    assert request(stack, "GET", "audit/staff", "service", org=org).json()["staff"] == []
    assert soon(lambda: objects_of(stack, stack["bucket"], f"{org}/") == [])
    lines = archived(stack, org)
    assert sorted(line["id"] for line in lines if "id" in line) == sorted(ids)
    assert [line["changes_of"] for line in lines if "changes_of" in line] == [ids[0]]


def test_the_check_is_made_once_a_day(stack: dict[str, Any]) -> None:
    lambdas = client(stack, "lambda")
    (name,) = [
        one["FunctionName"] for one in lambdas.list_functions()["Functions"] if "Retention" in one["FunctionName"]
    ]
    for _ in range(2):
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"check": True}))
        assert "FunctionError" not in answer, answer["Payload"].read()
    key = {"pk": {"S": "retention"}, "sk": {"S": "check"}}
    state = json.loads(client(stack, "dynamodb").get_item(TableName=stack["table"], Key=key)["Item"]["pass"]["S"])
    assert all(part["is_done"] for part in state["parts"])
    assert sum(part["figures"]["items_checked"] for part in state["parts"]) > 100
