"""The API of the running stack, used as its callers use it."""

import gzip
import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.model.delivery_status import status_class
from daybook_cli.main import app
from typer.testing import CliRunner

from tests.support import api
from tests.support.local_stack.aws import aws_client
from tests.support.local_stack.calls import client, walk

pytestmark = pytest.mark.slow

SETTLING_SECONDS = 60.0
QUIET_SECONDS = 2.0


def items_in(stack: dict[str, Any]) -> int:
    pages = aws_client(stack, "dynamodb").get_paginator("scan").paginate(TableName=stack["table"], Select="COUNT")
    return sum(page["Count"] for page in pages)


def settled_count(stack: dict[str, Any]) -> int:
    """The number of items once the index function, which the stream tells of new entries, writes no more."""
    deadline = time.monotonic() + SETTLING_SECONDS
    count, since = items_in(stack), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        assert time.monotonic() < deadline, "the number of items goes on changing"
        time.sleep(0.2)
        if (latest := items_in(stack)) != count:
            count, since = latest, time.monotonic()
    return count


def test_an_entry_of_every_log_is_read_back(stack: dict[str, Any]) -> None:
    record = {"type": "family", "id": uuid.uuid4().hex}
    affected = [{"record": record, "change": "created", "name": "Smith"}]
    made = [api.email(record=record, body={"text": "Hi"}), api.sms(record=record), api.push(record=record)]
    made += [api.activity(record=record), api.audit(affected=affected)]
    with client(stack, "service") as service, client(stack, "admin") as admin:
        answer = service.post("/entries", json={"entries": made})
        assert answer.status_code == 201, answer.text
        for log, result in zip(("emails", "sms", "pushes", "activity", "audit"), answer.json()["results"], strict=True):
            (entry,) = walk(admin, f"/records/family/{record['id']}/{log}")
            assert entry["id"] == result["id"]
        content = admin.get(f"/records/family/{record['id']}/emails/{answer.json()['results'][0]['id']}/content")
        assert content.json() == {"subject": "Hello", "text": "Hi", "html": None}


@pytest.mark.parametrize("log", ["emails", "sms", "pushes", "activity", "audit"])
def test_the_demonstration_is_the_same_through_any_page_size(stack: dict[str, Any], log: str) -> None:
    sorts = ["date", "recipient", "status"] if log in ("emails", "sms") else ["date"]
    with client(stack, "admin") as admin:
        for sort in sorts:
            walks = [walk(admin, f"/records/family/101/{log}", sort=sort, limit=limit) for limit in ("7", "200")]
            assert walks[0] == walks[1] != []


@pytest.mark.parametrize("log", ["email", "sms"])
def test_the_demonstrations_messages_are_counted_as_they_are_listed(stack: dict[str, Any], log: str) -> None:
    with client(stack, "admin") as admin:
        zone = ZoneInfo(admin.get("/settings").json()["time_zone"])
        newest = local_day(admin.get("/messages", params={"log": log, "limit": 1}).json()["entries"][0], zone)
        days = {"log": log, "from": str(newest - timedelta(days=30)), "to": str(newest)}
        listed = Counter(
            (str(local_day(row, zone)), row["status"] if log == "sms" else status_class(row["status"]))
            for row in walk(admin, "/messages", limit="200", **days)
        )
        counted = admin.get("/messages/counts", params=days).json()["counts"]
        assert {(row["day"], row["class"]): row["count"] for row in counted} == listed
        assert sum(listed.values()) > 10


def local_day(row: dict[str, Any], zone: ZoneInfo) -> date:
    return datetime.fromisoformat(row["occurred_at"]).astimezone(zone).date()


def test_two_hundred_posts_of_one_key_at_once_are_one_entry(stack: dict[str, Any]) -> None:
    record = {"type": "family", "id": uuid.uuid4().hex}
    body = {"entries": [api.activity(record=record, key="k", occurred_at="2026-05-01T00:00:00Z")]}
    with client(stack, "service") as service, client(stack, "admin") as admin, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: service.post("/entries", json=body), range(200)))
        results = [answer.json()["results"][0] for answer in answers]
        assert sorted(result["status"] for result in results) == ["created"] + ["duplicate"] * 199
        assert len({result["id"] for result in results}) == 1
        assert len(walk(admin, f"/records/family/{record['id']}/activity")) == 1


def test_an_import_again_stores_not_one_item_more(stack: dict[str, Any], tmp_path: Path) -> None:
    records = [
        {
            "eventVersion": "1.08",
            "eventID": str(uuid.uuid4()),
            "eventTime": f"2023-07-10T11:{number // 60:02}:{number % 60:02}Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "DeleteBucket",
            "userIdentity": {"type": "IAMUser", "userName": "benjamin", "arn": "arn:aws:iam::123:user/benjamin"},
            "sourceIPAddress": "203.0.113.7",
            "requestParameters": {"bucketName": f"bucket-{number % 3}"},
        }
        for number in range(450)
    ]
    file = tmp_path / "trail.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    command = ["import", "cloudtrail", str(file), "--json", "--org", stack["orgs"][0]]
    command += ["--api", stack["api"], "--token", stack["tokens"]["service"]]
    told, counts = [], []
    for _ in range(2):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        told.append(json.loads(done.stdout.splitlines()[-1]))
        counts.append(settled_count(stack))
    assert [(each["created"], each["duplicate"], each["rejected"]) for each in told] == [(450, 0, 0), (0, 450, 0)]
    assert counts[0] == counts[1]
    with client(stack, "admin") as admin:
        assert len(walk(admin, "/records/s3_bucket/bucket-1/audit", limit="200")) == 150
