"""One erasure that cannot be done stops no other, of any org: it says why, is tried again, and is given up at last."""

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from daybook.aws.s3 import S3Objects
from daybook.erasure import work_list
from daybook.erasure.messages import MessageErasure
from daybook.model import job_retry
from daybook.storage.table import Table

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import TTL, change
from tests.support.functions.stored import ARCHIVE, archived_lines, items, noise
from tests.support.functions.triggers import handle
from tests.support.golden import files
from tests.support.golden.stage import Stage, staged
from tests.support.memory.table import CrashError

CLAIMS = {"riverside": api.ADMIN, "hilltop": api.OTHER_ADMIN}
MANY, LONG = 1_700, 250
# What an id is without.
SIGNS = str.maketrans("", "", "-:.TZ/")
DENIED = "AWS refuses a call of the function: AccessDenied for DeleteObjects"
DEEP = "an entry, or a line of the archive, is nested too deeply to be read"
BROKEN = "an entry, or a line of the archive, cannot be read"


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    # The longest pauses, for times that are known.
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    yield from staged(monkeypatch)


def family(number: int | str) -> dict[str, str]:
    return {"type": "family", "id": str(number)}


def erase(number: int | str, org: str = "riverside") -> str:
    path = f"/v1/orgs/{org}/records/family/{number}/erase"
    answer = api.call("POST", path, claims=CLAIMS[org], body={"reason": "asked by letter"})
    assert answer.status == 202, answer.text
    erasure_id: str = answer.body["id"]
    return erasure_id


def status(erasure_id: str, org: str = "riverside") -> dict[str, Any]:
    found: dict[str, Any] = api.call("GET", f"/v1/orgs/{org}/erasures/{erasure_id}", claims=CLAIMS[org]).body
    return found


def later(stage: Stage, **time: float) -> None:
    """Let time pass, and the schedule come."""
    stage.now += timedelta(**time)
    handle({"erasures": True})


def told() -> list[dict[str, Any]]:
    """What the stream tells of the erasures under way."""
    return [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]


def spoil(number: int | str, org: str, details: str) -> str:
    """Store an audit entry's change with this JSON in it, as no post could bring it; the entry's id."""
    (item,) = [each for each in items() if each["pk"]["S"] == f"{org}/family/{number}" and "change" in each]
    text = json.dumps([{"record": family(number), "change": "updated"}])
    client("dynamodb").update_item(
        TableName=TABLE,
        Key={name: item[name] for name in ("pk", "sk")},
        UpdateExpression="SET #c = :c",
        ExpressionAttributeNames={"#c": "change"},
        ExpressionAttributeValues={":c": {"S": text.replace("}]", f', "details": {details}' + "}]")}},
    )
    return str(item["sk"]["S"]).split("/", 1)[1].translate(SIGNS)


def post_named(number: int | str, org: str = "riverside") -> None:
    api.posted(
        api.activity(record=family(number), name=f"Vandersloot {number}"),
        api.audit(affected=[{"record": family(number), "change": "updated", "details": "x"}]),
        org=org,
    )


def denying(patch: pytest.MonkeyPatch, number: int | str) -> None:
    """S3 denies to delete the contents of this family."""
    delete = S3Objects.delete

    def denied(self: S3Objects, names: Any) -> None:
        if any(f"/family/{number}/" in name for name in names):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"family {number}"}}, "DeleteObjects")
        delete(self, names)

    patch.setattr(S3Objects, "delete", denied)


def test_of_seven_in_two_orgs_five_are_done_within_a_minute_and_two_say_why_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for org in ("riverside", "hilltop"):
        for number in range(4):
            post_named(number, org)
    api.posted(api.email(record=family(0), body={"text": noise(20_000)}))
    denying(monkeypatch, 0)
    spoiled = spoil(1, "hilltop", '{"a": [1, 2')
    began = stage.now
    asked = [
        (org, number, erase(number, org)) for number in range(4) for org in CLAIMS if (org, number) != ("riverside", 3)
    ]
    assert len(asked) == 7
    handle({"Records": told()})
    later(stage, seconds=59)
    found = {(org, number): status(erasure_id, org) for org, number, erasure_id in asked}
    failing = {("riverside", 0): DENIED, ("hilltop", 1): f"{BROKEN}: entry {spoiled}"}
    assert {key: (each["status"], each.get("reason")) for key, each in found.items()} == {
        key: ("running", failing[key]) if key in failing else ("done", None) for key in found
    }
    left = json.dumps([item for item in items() if item["pk"]["S"].endswith(("/0", "/1", "/2", "/3"))])
    assert [number for number in (2, 3) if f"Vandersloot {number}" in left] == [3], (
        "of riverside, which nobody asked for"
    )
    assert stage.now - began < timedelta(minutes=1)


@pytest.mark.parametrize("details", ['{"door": ', "7", "[[]]"])
def test_what_cannot_be_read_fails_for_that_reason_and_the_stream_and_the_check_go_on(
    stage: Stage, details: str
) -> None:
    post_named("bad")
    post_named("good")
    api.posted(api.activity(record=family("old")))
    spoiled = spoil("bad", "riverside", details)
    asked = {name: erase(name) for name in ("bad", "good")}
    (old,) = [item for item in items() if item["pk"]["S"] == "riverside/family/old"]
    files.delete(old)
    for item in told():
        handle({"Records": [change(old, userIdentity=TTL), item]})
    assert [line["id"] for line in archived_lines()] == [old["sk"]["S"].split("/", 1)[1].translate(SIGNS)]
    assert {name: status(each)["status"] for name, each in asked.items()} == {"bad": "running", "good": "done"}
    assert status(asked["bad"])["reason"] == f"{BROKEN}: entry {spoiled}"
    handle({"check": True})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no gzip", BROKEN),
        (gzip.compress(b"{}", mtime=0)[:-9], BROKEN),
        (gzip.compress(b"[{]", mtime=0), BROKEN),
        (gzip.compress(b"[" * 50_000 + b"]" * 50_000, mtime=0), DEEP),
    ],
    ids=["no gzip", "cut off", "no JSON", "deep"],
)
def test_an_object_of_the_archive_that_cannot_be_read_fails_the_erasures_of_its_org(
    stage: Stage, body: bytes, reason: str
) -> None:
    for org in CLAIMS:
        post_named("1", org)
    client("s3").put_object(Bucket=ARCHIVE, Key="riverside/2025-03-01/a.jsonl.gz", Body=body)
    asked = {org: erase("1", org) for org in CLAIMS}
    handle({"Records": told()})
    found = {org: (status(each, org)["status"], status(each, org).get("reason")) for org, each in asked.items()}
    reason = f"{reason}: object riverside/2025-03-01/a.jsonl.gz of the archive"
    assert found == {"riverside": ("running", reason), "hilltop": ("done", None)}
    client("s3").delete_object(Bucket=ARCHIVE, Key="riverside/2025-03-01/a.jsonl.gz")
    later(stage, minutes=1)
    assert status(asked["riverside"])["status"] == "done"


@pytest.mark.parametrize("levels", [200, 500, 730, 3_000])
def test_what_is_nested_however_deep_is_erased(stage: Stage, levels: int) -> None:
    """From before the limit at the post."""
    post_named("deep")
    others = [{"record": {"type": "class", "id": "1"}, "change": "moved", "details": "x"}]
    api.posted(api.audit(affected=[{"record": family("deeper"), "change": "updated"}, *others]))
    api.posted(api.activity(record=family("deeper"), name="Vandersloot 9", details={"a": 1}))
    deep = '{"Vandersloot 9":' * levels + '"of Vandersloot 9"' + "}" * levels
    spoil("deep", "riverside", deep)
    spoil("deeper", "riverside", deep)
    asked = [erase(name) for name in ("deep", "deeper")]
    handle({"Records": told()})
    assert [status(each)["status"] for each in asked] == ["done", "done"]
    assert "Vandersloot" not in json.dumps(items())


def test_a_person_of_many_names_is_erased(stage: Stage) -> None:
    names = [f"{number:05} {'Vandersloot' * 22}"[:LONG] for number in range(MANY)]
    changes = [{"record": family("many"), "change": "called", "name": name} for name in names]
    api.posted(*(api.audit(affected=changes[start : start + 50]) for start in range(0, MANY, 50)))
    api.posted(api.audit(affected=[{"record": family("many"), "change": "met"}], action=f"{names[7]} met"))
    asked = erase("many")
    handle({"Records": told()})
    assert status(asked)["status"] == "done"
    assert "[erased] met" in {item.get("action", {}).get("S") for item in items()}
    assert "Vandersloot" not in json.dumps(items())
    assert not [item for item in items() if "erasing" in item["pk"]["S"]]


def test_it_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post_named("lost")
    began, attempts = stage.now, []
    pages = MessageErasure.pages

    def broken(*_: Any) -> None:
        attempts.append(stage.now)
        raise KeyError("Vandersloot")

    monkeypatch.setattr(MessageErasure, "pages", broken)
    asked = erase("lost")
    handle({"Records": told()})
    while (found := status(asked))["status"] == "running":
        assert found["reason"] == work_list.UNFORESEEN
        due, tried = datetime.fromisoformat(found["next_attempt_at"]), len(attempts)
        later(stage, seconds=(due - stage.now).total_seconds() - 0.001)
        assert len(attempts) == tried
        later(stage, seconds=0.001)
        assert len(attempts) == tried + 1
    pauses = [(after - before).total_seconds() / 60 for before, after in pairwise(attempts)]
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert set(pauses[8:-1]) == {240}
    assert attempts[-1] - began == timedelta(days=1)
    assert (found["status"], found["reason"], found["completed_at"][:16]) == (
        "failed",
        work_list.UNFORESEEN,
        "2026-11-23T12:00",
    )
    assert "next_attempt_at" not in found
    assert not [item for item in items() if "erasing" in item["pk"]["S"] and "expires_at" not in item]
    figures = [vars(record)["erasures_given_up"] for record in caplog.records if "erasures_given_up" in vars(record)]
    assert sum(figures) == 1
    shown = [vars(record)["erasure"] for record in caplog.records if record.getMessage() == "erasure given up"]
    assert shown == [asked]
    # Nobody tries it again, and a new request starts anew.
    monkeypatch.setattr(MessageErasure, "pages", pages)
    later(stage, days=1)
    assert "Vandersloot" in json.dumps(items())
    again = erase("lost")
    handle({"Records": told()})
    assert [status(each)["status"] for each in (asked, again)] == ["failed", "done"]
    assert "Vandersloot" not in json.dumps(items())


def test_a_page_that_succeeds_forgets_the_failures_before(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    post_named("slow")
    denying(monkeypatch, "slow")
    api.posted(api.email(record=family("slow"), body={"text": noise(20_000)}))
    monkeypatch.setattr("daybook.erasure.messages.PAGE", 1)
    step, refused = MessageErasure.pages, [True]

    def refusing(self: MessageErasure, *which: Any) -> Any:
        if refused[0]:
            raise MemoryError
        return step(self, *which)

    monkeypatch.setattr(MessageErasure, "pages", refusing)
    asked = erase("slow")
    handle({"Records": told()})
    later(stage, minutes=1)
    assert status(asked)["reason"] == "an entry, or an object of the archive, is too large for the function's memory"
    assert retry().failures == 2
    refused[0] = False
    later(stage, minutes=2)
    # It has come to the content, and fails there for the first time.
    assert (status(asked)["reason"], retry().failures) == (DENIED, 1)
    assert retry().failed_at == "2026-11-22T12:03:00.000Z"


def retry() -> job_retry.Retry:
    (item,) = [each for each in items() if each["pk"]["S"] == "erasing"]
    return msgspec.json.decode(item["retry"]["S"], type=job_retry.Retry)


@pytest.mark.parametrize("stuck", [201, 450])
def test_more_than_a_page_of_those_that_fail_do_not_starve_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, stuck: int
) -> None:
    """They are before it in the list, all due, and each would take its share of the time."""
    failed = json.dumps({"failures": 3, "failed_at": "2026-11-22T11:00:00.000Z", "reason": "x"})
    for number in range(stuck):
        item = {"pk": "erasing", "sk": f"a/{number:05}", "work": "{}", "retry": failed}
        client("dynamodb").put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})
    post_named("good")
    asked = erase("good")
    # So slow is each of them that few have their turn.
    clock = iter(range(0, 10**6, 100))
    monkeypatch.setattr(api.function("retention").triggers().erasures._steps, "_tick", lambda: float(next(clock)))
    handle({"erasures": True})
    attempted = [item for item in items() if item["pk"]["S"] == "erasing" and "due_at" in str(item.get("retry"))]
    assert 3 < len(attempted) < 8
    # Each was given its share of the time; the stream tells of what is left of it.
    own = [record for record in told() if record["dynamodb"]["Keys"]["sk"]["S"] == f"riverside/{asked}"]
    assert not own or '"phase":"learn"' not in own[0]["dynamodb"]["NewImage"]["work"]["S"]
    handle({"Records": own or told()[:1]})
    assert status(asked)["status"] == "done"


def test_one_that_kills_the_invocation_is_not_begun_by_the_next(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    post_named("killer")
    post_named("good")
    pages = MessageErasure.pages

    def killing(self: MessageErasure, org: str, record: Any, *more: Any) -> Any:
        if record.id == "killer":
            raise CrashError
        return pages(self, org, record, *more)

    monkeypatch.setattr(MessageErasure, "pages", killing)
    asked = {name: erase(name) for name in ("killer", "good")}
    batch = {"Records": sorted(told(), key=lambda record: str(record["dynamodb"]["Keys"]["sk"]["S"]))}
    with pytest.raises(CrashError):
        handle(batch)
    # Lambda delivers the same again.
    handle(batch)
    assert {name: status(each)["status"] for name, each in asked.items()} == {"killer": "running", "good": "done"}
    with pytest.raises(CrashError):
        later(stage, minutes=16)
    later(stage, minutes=16, seconds=-1)
    assert (status(asked["killer"])["reason"], retry().failures) == (job_retry.KILLED, 1)


def test_a_failure_that_cannot_be_noted_is_one_of_a_killed_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post_named("lost")
    asked = erase("lost")
    write, refused = Table.write, []

    def refusing(self: Table, changes: Any) -> list[bool]:
        if any(change.key[0] == "erasing" for change in changes):
            refused.append(changes)
            if len(refused) > 1:
                raise RuntimeError("Vandersloot")
        return write(self, changes)

    monkeypatch.setattr(Table, "write", refusing)
    caplog.set_level(logging.INFO)
    handle({"Records": told()})
    assert len(refused) == 3, "begun, saved, noted"
    monkeypatch.setattr(Table, "write", write)
    later(stage, minutes=16)
    assert status(asked)["status"] == "done"
