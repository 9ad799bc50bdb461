"""A retention of seconds on the local stack: what a policy ends, and what a hold keeps from it."""

import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.local_stack.aws import SHORT_GRACE_SECONDS, SHORT_SECONDS, archived, items_of, objects_of, scan
from tests.support.local_stack.calls import ORG, make_org, posted, request, soon

pytestmark = pytest.mark.slow


def holds(stack: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = request(stack, "GET", "holds", params={"limit": 200}).json()["entries"]
    return {f"{hold['record']['type']}/{hold['record']['id']}": hold for hold in found}


def shown(stack: dict[str, Any], record: str, log: str) -> list[str]:
    return [row["id"] for row in request(stack, "GET", f"records/{record}/{log}").json()["entries"]]


def test_what_a_policy_ends_is_gone_from_everywhere_within_seconds(short_stack: dict[str, Any]) -> None:
    """From its own time on, and as nothing but the API and the policy made it."""
    stack, org = short_stack, f"org-{uuid.uuid4().hex}"
    records = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}]
    note = os.urandom(7_000).hex()
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    changes = [{"record": record, "change": "updated", "before": {"note": note}} for record in records]
    email = {"log": "email", "record": records[0], "recipient": "smith@mail.example", "subject": "Hello"}
    make_org(stack, org)
    made = [entry["id"] for entry in request(stack, "GET", "audit", "service", org=org).json()["entries"]]
    assert len(made) == 1
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
    # The org itself stays. A username stays for a year, and is not shown without an entry.
    # The registers keep what they know for a year longer, and show none of it.
    assert soon(lambda: {pk for pk in left() if "/-records/" not in pk} == {"orgs", f"{org}/staff"}), left()
    assert request(stack, "GET", "records?q=1", "service", org=org).json()["entries"] == []
    assert request(stack, "GET", "audit/staff", "service", org=org).json()["entries"] == []
    assert soon(lambda: objects_of(stack, stack["bucket"], f"{org}/") == [])
    lines = archived(stack, org)
    assert sorted(line["id"] for line in lines if "id" in line) == sorted(made + ids)
    assert [line["changes_of"] for line in lines if "changes_of" in line] == [ids[0]]


def test_the_policy_goes_on_with_what_was_held_once_its_hold_is_lifted(short_stack: dict[str, Any]) -> None:
    """Nothing is stamped here but by the functions; the policy is one of seconds."""
    stack, path = short_stack, f"family/{uuid.uuid4().hex}"
    record = {"type": "family", "id": path.split("/")[1]}
    activity = {"log": "activity", "record": record, "name": "Sam", "action": "signed in"}
    email = {"log": "email", "record": record, "recipient": "smith@mail.example", "subject": "Hello"}
    ids = posted(stack, {**email, "body": {"html": os.urandom(7_000).hex()}}, activity)
    ended = time.monotonic() + SHORT_SECONDS
    assert request(stack, "PUT", f"holds/{path}", json={"reason": "a claim"}).status_code == 200
    assert soon(lambda: holds(stack)[path]["status"] == "standing")
    ids += posted(stack, activity)
    assert soon(lambda: not [item for item in items_of(stack, path) if "expires_at" in item])
    # TTL looks every second here; it has had a few of them.
    time.sleep(max(0.0, ended + 5 - time.monotonic()))

    def all_shown() -> bool:
        rows = shown(stack, path, "timeline")
        content = request(stack, "GET", f"records/{path}/emails/{ids[0]}/content")
        return {*ids} <= {*rows} and content.status_code == 200

    assert all_shown()
    assert holds(stack)[path]["too_late"] == 0
    assert request(stack, "DELETE", f"holds/{path}").status_code == 200
    lifted = time.monotonic()
    assert all_shown()
    assert soon(lambda: not {*ids} & {*shown(stack, path, "timeline")})
    assert time.monotonic() - lifted >= SHORT_GRACE_SECONDS - 1
    assert soon(lambda: items_of(stack, path) == []), items_of(stack, path)
    assert soon(lambda: objects_of(stack, stack["bucket"], f"{ORG}/{path}/") == [])
    kept = [line["id"] for line in archived(stack) if line.get("id") in ids]
    assert sorted(kept) == sorted(ids)
