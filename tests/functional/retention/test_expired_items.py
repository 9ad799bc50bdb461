"""What TTL takes, through the real handler, each batch twice; and the daily look at what it left."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from daybook.aws import clients
from daybook.aws.dynamodb import Connection
from daybook.aws.s3 import S3Objects
from daybook.core.errors import StoreBusyError
from daybook.retention.daily_check import DailyCheck
from daybook.search.index import segment_store, segments
from daybook.search.index.segment_store import SegmentStore
from daybook.storage.keys import record_keys
from daybook.storage.table import Table
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event

from tests.support import api
from tests.support.aws.clients import REGION, client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions import triggers
from tests.support.functions.events import TTL, change
from tests.support.functions.stored import ARCHIVE, archived_lines, items, noise, objects
from tests.support.functions.triggers import deliver_twice, expire, handle, indexed

RECORDS = [{"type": "family", "id": "1"}, {"type": "student", "id": "2"}]
SENT_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every log of the functions ends, messages too."""
    for name in ("EMAIL", "SMS", "PUSH"):
        monkeypatch.setenv(f"RETAIN_{name}", "P3Y")
    api.function("ingest").gateway.cache_clear()
    yield
    api.function("ingest").gateway.cache_clear()


def large_change(size: int) -> list[dict[str, Any]]:
    return [{"record": record, "change": "updated", "before": {"note": noise(size)}} for record in RECORDS]


@pytest.mark.parametrize("seed", range(4))
def test_every_entry_is_archived_whole_and_once_however_it_is_delivered(ending: None, seed: int) -> None:
    both = [{"record": record, "change": "updated", "name": "Smith"} for record in RECORDS]
    ids = api.posted(
        api.email(occurred_at="2026-11-20T09:00:00Z", message_id="m-1", sender="us@mail.example"),
        api.email(occurred_at="2026-11-21T09:00:00Z", status="delivered", body={"text": noise(20_000)}),
        api.email(occurred_at="2026-11-21T10:00:00Z", body={"text": "short"}),
        api.sms(occurred_at="2026-11-20T09:30:00Z", message_id="s-1"),
        api.push(occurred_at="2026-11-20T09:40:00Z"),
        api.activity(occurred_at="2026-11-20T23:59:59.999Z", details={"door": 2}, ip="203.0.113.9"),
        api.audit(occurred_at="2026-11-21T00:00:00Z", affected=both),
        api.audit(occurred_at="2026-11-21T01:00:00Z", affected=(small := large_change(1_200))),
        api.audit(occurred_at="2026-11-21T02:00:00Z", affected=(large := large_change(12_000))),
        api.audit(occurred_at="2026-11-21T03:00:00Z", affected=[]),
    )
    kinds: list[EmailKind] = ["send", "delivery", "open"]
    told = [
        json.dumps(ses_event(kind, Mail("m-1", ("smith@mail.example",), SENT_AT), SENT_AT + timedelta(minutes=number)))
        for number, kind in enumerate(kinds)
    ]
    triggers.feedback(*told)
    indexed()
    shown = [row for log in ("emails", "sms", "pushes", "activity") for row in api.walk(log)]
    shown += [api.call("GET", f"/v1/orgs/riverside/audit/{entry_id}").body for entry_id in (ids[6], ids[9])]
    events = api.read(f"emails/{ids[0]}/events").body["events"]
    assert len(objects()) == 2

    deliver_twice(expire(), seed)
    kept = {line["id"]: line for line in archived_lines() if "id" in line}
    assert sorted(line["id"] for line in archived_lines() if "id" in line) == sorted(ids)
    for row in shown:
        # Its content is gone by the end of an e-mail that is kept for longer.
        expected = row | (
            {"has_content": False} if row["log"] == "email" else {"stale": True} if row["log"] == "sms" else {}
        )
        # A verdict is of the moment at which it is shown.
        expected.pop("verdict", None)
        assert {name: kept[row["id"]][name] for name in expected} == expected
        assert "verdict" not in kept[row["id"]]
    assert kept[ids[0]]["events"] == events
    assert len(events) == 3
    assert kept[ids[1]]["posted_status"] == "delivered"
    assert kept[ids[8]]["affected_apart"] is True
    assert {line["changes_of"]: line["affected"] for line in archived_lines() if "changes_of" in line} == {
        ids[7]: small, ids[8]: large,
    }  # fmt: skip
    assert len(archived_lines()) == len(ids) + 2
    assert {line["id"] for line in archived_lines("riverside/2026-11-20/") if "id" in line} == {
        ids[0],
        ids[3],
        ids[4],
        ids[5],
    }
    assert objects() == []


def test_what_ttl_took_leaves_the_search_index_and_what_it_left_is_found() -> None:
    api.posted(*[api.audit(action=f"deleted place {number}") for number in range(12)])
    indexed()
    removed = [change for change in expire() if "org_source" in change["dynamodb"]["OldImage"]]
    for kept in removed[9:]:
        client("dynamodb").put_item(TableName=TABLE, Item=kept["dynamodb"]["OldImage"])
    indexed()
    deliver_twice(removed[:9], seed=1)
    store = SegmentStore(table=Table(name=TABLE, connection=Connection(region="us-east-1")))
    newest = store.open_segment("riverside")
    assert newest is not None
    held = segments.unpack(segment_store.inline(newest)).ats
    assert held == sorted(kept["dynamodb"]["OldImage"]["at"]["S"] for kept in removed[9:])


def test_the_orgs_are_apart() -> None:
    ours = api.posted(api.audit(occurred_at="2026-11-21T00:00:00Z"))
    theirs = api.posted(api.audit(occurred_at="2026-11-21T00:00:00Z"), org="hilltop")
    deliver_twice(expire(), 1)
    assert [line["id"] for line in archived_lines("riverside/2026-11-21/")] == ours
    assert [line["id"] for line in archived_lines("hilltop/2026-11-21/")] == theirs
    assert len(objects(ARCHIVE)) == 2


@pytest.mark.parametrize(
    "identity",
    [
        {},
        {"userIdentity": None},
        {"userIdentity": {"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"}},
        {"userIdentity": {"type": "IAMUser", "principalId": "dynamodb.amazonaws.com"}},
    ],
)
def test_what_somebody_else_deletes_is_left_alone(identity: dict[str, Any]) -> None:
    api.posted(api.email(body={"text": noise(20_000)}), api.audit())
    handle({"Records": [change(record["dynamodb"]["OldImage"], **identity) for record in expire()]})
    assert len(objects()) == 1
    assert objects(ARCHIVE) == []


def test_without_an_archive_only_the_objects_go(cold: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_BUCKET", "")
    api.posted(api.email(body={"text": noise(20_000)}), api.audit())
    assert len(objects()) == 1
    deliver_twice(expire(), 1)
    assert objects() == []
    assert objects(ARCHIVE) == []


def test_an_item_without_what_is_not_archived_of_it_is_archived(ending: None) -> None:
    """Such as one of another version; a record that fails would come again for a day, with all of its shard behind."""
    api.posted(api.email(), api.sms(), api.audit())
    records = expire()
    for image in (record["dynamodb"]["OldImage"] for record in records):
        for name in ("recipient_hash", "status_key", "org_staff", "affected_count"):
            image.pop(name, None)
    handle({"Records": records})
    assert sorted(line["log"] for line in archived_lines()) == ["audit", "email", "sms"]


def test_an_object_that_is_gone_already_is_no_fault() -> None:
    api.posted(api.email(body={"text": noise(20_000)}), api.audit(affected=large_change(12_000)))
    for name in objects():
        client("s3").delete_object(Bucket=BUCKET, Key=name)
    handle({"Records": expire()})
    assert [line["log"] for line in archived_lines()] == ["audit"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("PutObject", "SlowDown"),
        ("PutObject", "ConditionalRequestConflict"),
        ("GetObject", "SlowDown"),
        ("DeleteObjects", "InternalError"),
    ],
)
def test_a_busy_store_brings_the_batch_back_and_nothing_is_lost_or_kept_twice(
    cold: None, broken: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry_id,) = api.posted(api.audit(affected=large_change(12_000)))
    records, s3 = expire(), clients.client("s3", REGION)
    failing = [broken]

    def call(operation: str, arguments: dict[str, Any]) -> Any:
        if operation in failing:
            raise ClientError({"Error": {"Code": code}}, operation)
        return type(s3)._make_api_call(s3, operation, arguments)

    monkeypatch.setattr(s3, "_make_api_call", call)
    with pytest.raises(StoreBusyError):
        handle({"Records": records})
    assert len(objects()) == 1
    failing.clear()
    handle({"Records": records})
    assert objects() == []
    assert sorted(line.get("id") or line["changes_of"] for line in archived_lines()) == [entry_id, entry_id]


def test_what_s3_refuses_to_delete_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = S3Objects(bucket=BUCKET, region="us-east-1")

    class Refusing:
        def delete_objects(self, **_: Any) -> dict[str, Any]:
            return {"Errors": [{"Key": "x", "Code": "AccessDenied", "Message": "no"}]}

    monkeypatch.setattr(s3, "_client", Refusing)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete(["x"])


def test_thousands_of_objects_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = S3Objects(bucket=BUCKET, region="us-east-1")
    sizes = []

    class Counting:
        def delete_objects(self, Delete: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - botocore's
            sizes.append(len(Delete["Objects"]))
            return {}

    monkeypatch.setattr(s3, "_client", Counting)
    s3.delete([str(number) for number in range(2_500)])
    assert sizes == [1000, 1000, 500]


def test_other_items_that_ttl_takes_are_passed_over() -> None:
    """Pointers, idempotency keys, early events, segments, blacklist items whose names look like entries."""
    other = [
        ("message/audit/x", "email/family/1"),
        ("message/m-1", "event/email/"),
        ("riverside/family/1", "key/audit/2026-11-21T00:00:00.000Z/k"),
        ("riverside/blacklist", "audit/x/y@mail.example"),
        ("riverside/staff", "content/20261121000000000000000000000000000"),
        ("riverside/-search/0", "places/00000"),
        ("riverside/search", "2026-11/1/0"),
    ]
    taken = [{"pk": {"S": pk}, "sk": {"S": sk}, "expires_at": {"N": "1"}} for pk, sk in other]
    handle({"Records": [change(item, userIdentity=TTL) for item in taken]})
    assert objects(ARCHIVE) == []


def test_no_address_name_or_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    api.posted(api.email(subject="Confidential", body={"text": "Secret"}), api.audit())
    indexed()
    records = expire()
    caplog.clear()
    handle({"Records": records})
    (line,) = [vars(record) for record in caplog.records]
    figures = {
        name: line[name] for name in ("stream_records", "entries_expired", "entries_archived", "objects_deleted")
    }
    # The audit entry, its segment of the search index, its username in the register of staff, its record with the one
    # word of its name, and the content of the e-mail, which is kept for ever itself.
    assert figures == {"stream_records": 6, "entries_expired": 1, "entries_archived": 1, "objects_deleted": 0}
    assert line["entries_forgotten"] == 1
    for secret in ("smith", "Smith", "Confidential", "Secret", "ada", "Ada", "family"):
        assert secret not in str(line)


def stamp(item: dict[str, Any], moment: datetime) -> None:
    client("dynamodb").update_item(
        TableName=TABLE,
        Key={key: item[key] for key in ("pk", "sk")},
        UpdateExpression="SET expires_at = :end",
        ExpressionAttributeValues={":end": {"N": str(int(moment.timestamp()))}},
    )


def figures_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.msg == "retention checked"]


def test_the_daily_check_counts_what_ttl_left_and_what_nobody_waits_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = datetime.now(UTC)
    api.posted(
        *(api.email(message_id=f"m-{number}", body={"text": "short"}) for number in range(4)),
        api.audit(affected=large_change(1_200)),
        api.activity(),
    )
    for message in ("m-1", "never"):
        told = ses_event("send", Mail(message, ("smith@mail.example",), SENT_AT), SENT_AT)
        triggers.feedback(json.dumps(told))
    by_kind = {item["sk"]["S"].split("/")[0]: item for item in items()}
    stamp(by_kind["activity"], now - timedelta(hours=49))
    stamp(by_kind["audit"], now - timedelta(hours=47))
    stamp(by_kind["event"], now + timedelta(days=5))
    (lost,) = [item for item in items() if item.get("message_id") == {"S": "m-3"}]
    client("dynamodb").delete_item(TableName=TABLE, Key={key: lost[key] for key in ("pk", "sk")})
    # Content of the last hour may be waiting for its entry.
    handle({"check": True})
    (fresh,) = figures_of(caplog)
    assert (fresh["items_overdue"], fresh["contents_without_entry"], fresh["events_unclaimed"]) == (1, 0, 1)
    # With the two orgs, without the item of the check itself.
    assert fresh["items_checked"] == len(items()) + 2 - 1
    assert fresh["read_units"] > 0
    handle({"check": True})
    assert len(figures_of(caplog)) == 1, "twice on one day"

    tomorrow = now + timedelta(days=1)
    table = api.function("retention").triggers().schedule._check._table
    check = DailyCheck(table=table, clock=lambda: tomorrow)
    assert (found := check.step(lambda: 900.0))
    assert (found.items_overdue, found.contents_without_entry, found.events_unclaimed) == (2, 1, 1)


def hold_of(record: dict[str, str]) -> dict[str, Any]:
    found: list[dict[str, Any]] = api.call("GET", "/v1/orgs/riverside/holds").body["entries"]
    (hold,) = [hold for hold in found if hold["record"] == record]
    return hold


def test_a_hold_names_what_ttl_took_before_anybody_had_looked_at_it() -> None:
    early, *late = api.posted(
        api.activity(), api.activity(), api.audit(affected=large_change(1_200)), api.email(body={"text": "short"})
    )
    indexed()
    path = "/v1/orgs/riverside/holds/family/1"
    removed = expire()
    for told in (record["dynamodb"] for record in removed):
        key = told["Keys"]["pk"]["S"], told["Keys"]["sk"]["S"]
        told["ApproximateCreationDateTime"] += -60 if record_keys.entry_id(*key) == early else 60
    assert api.call("PUT", path, body={"reason": "a claim"}).status == 200
    deliver_twice(removed, seed=2)
    hold = hold_of(RECORDS[0])
    assert (hold["too_late"], hold["too_late_entries"], hold["status"]) == (3, sorted(late), "placing")
    # The backfill, which finds nothing of them, leaves that as it is.
    placed = [change(item, "INSERT") for item in items() if item["pk"]["S"] == "riverside/holds"]
    triggers.index(placed)
    hold = hold_of(RECORDS[0])
    assert (hold["too_late"], hold["too_late_entries"], hold["status"]) == (3, sorted(late), "standing")
    assert api.call("DELETE", path).status == 200
    assert api.call("PUT", path, body={"reason": "another claim"}).body["too_late_entries"] == []
