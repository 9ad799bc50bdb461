"""A hold on the local stack: TTL, the stream, its filters and the function are the template's."""

import os
import time
import uuid
from typing import Any

import pytest

from tests.support.local_stack.aws import items_of, objects_of, shorten
from tests.support.local_stack.calls import ORG, SECONDS, posted, request, soon

pytestmark = pytest.mark.slow

# The stream and a cold function on a busy machine take some of them.
LEFT_SECONDS = 15
GRACE_SECONDS = 7 * 86_400


def holds(stack: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = request(stack, "GET", "holds", params={"limit": 200}).json()["entries"]
    return {f"{hold['record']['type']}/{hold['record']['id']}": hold for hold in found}


def shown(stack: dict[str, Any], record: str, log: str) -> list[str]:
    return [row["id"] for row in request(stack, "GET", f"records/{record}/{log}").json()["entries"]]


def test_what_is_held_outlives_its_time_and_is_let_go_with_the_grace(
    stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = f"family/{uuid.uuid4().hex}", f"student/{uuid.uuid4().hex}"
    first, second = ({"type": path.split("/")[0], "id": path.split("/")[1]} for path in (one, other))
    who = {"member_name": "Ada Admin", "username": "ada", "source": "office_portal"}
    audit = {"log": "audit", **who, "affected": [{"record": record, "change": "moved"} for record in (second, first)]}
    email = {"log": "email", "record": first, "recipient": "smith@mail.example", "subject": "Hello"}
    activity = {"log": "activity", "record": first, "name": "Sam", "action": "signed in"}
    ids = posted(stack, {**audit, "action": "moved"}, {**email, "body": {"html": os.urandom(7_000).hex()}}, activity)
    assert soon(lambda: any("of" in item for item in items_of(stack, one))), "no copy"

    shorten(stack, one, other, left_seconds=LEFT_SECONDS)
    ended = time.monotonic() + LEFT_SECONDS + 3
    assert request(stack, "PUT", f"holds/{one}", json={"reason": "a claim"}).status_code == 200
    # What is written while it stands is held as well.
    late = posted(stack, activity)
    assert soon(lambda: holds(stack)[one]["status"] == "standing")
    assert soon(lambda: not [item for item in items_of(stack, one, other) if "expires_at" in item])
    time.sleep(max(0.0, ended - time.monotonic()))
    assert len(items_of(stack, other)) == 1, "the entry of which the held record has a copy"
    assert shown(stack, one, "activity") == [*late, ids[2]]
    assert ids[0] in shown(stack, one, "audit")
    assert request(stack, "GET", f"records/{one}/emails/{ids[1]}/content").status_code == 200
    assert (holds(stack)[one]["too_late"], holds(stack)[one]["reason"]) == (0, "a claim")

    lifted = time.time()
    assert request(stack, "DELETE", f"holds/{one}").json()["status"] == "lifting"
    assert one not in holds(stack)
    wanted = {one: 0.0, other: 0.0}
    assert soon(lambda: not [item for item in items_of(stack, *wanted) if "held_until" in item])
    ends = [int(item["expires_at"]["N"]) for item in items_of(stack, *wanted) if "expires_at" in item]
    assert min(ends) >= lifted + GRACE_SECONDS - 1
    assert sorted(ends)[1] <= lifted + GRACE_SECONDS + SECONDS
    assert len(objects_of(stack, stack["bucket"], f"{ORG}/{one}/")) == 1
