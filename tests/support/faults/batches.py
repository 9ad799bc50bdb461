"""A scenario for each kind of event that sets off a function without an HTTP request."""

import base64
import gzip
import json
from typing import Any

from daybook.storage.keys import org_keys
from daybook_cli.feedback.sms_logs import sms_log

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.faults.scenario import Event, Scenario
from tests.support.faults.stores import take_messages
from tests.support.faults.worlds import (
    FAMILY,
    ORG,
    SENT_AT,
    changes,
    exporting,
    said,
    school,
    search,
    stream,
)  # fmt: skip
from tests.support.faults.writes import answer_queue, backfill, erase_all
from tests.support.functions import exports
from tests.support.functions.events import Context, change, queued
from tests.support.functions.stored import items
from tests.support.functions.triggers import expire
from tests.support.functions.world import START

TAGS = {"daybook-org": "riverside", "daybook-record": "family.7"}
TEXTS = [
    said("delivery", "m-1"),
    said("click", "m-1"),
    said("complaint", "m-2"),
    said("delivery", "unknown"),
    said("send", "m-7", tags=TAGS),
    json.dumps(sms_log("sms-delivered", "s-1", "+14155550123", SENT_AT)),
    '{"eventType": "Bounce"}',
]


def validating() -> None:
    school()
    api.call("POST", f"{ORG}/blacklist/new@mail.example/validate")


def _validation(_: Any) -> Event:
    return queued(take_messages("feedback"))


def _topic(_: Any) -> Event:
    common = {"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:us-east-1:1:feedback"}
    records = [{**common, "Timestamp": "2026-11-20T09:00:02.000Z", "Message": text} for text in TEXTS]
    return {"Records": [{"EventSource": "aws:sns", "Sns": record} for record in records]}


TRIED_AGAIN = "2026-01-01T00:00:00.000Z"


def _logs(_: Any) -> Event:
    lines = [{"id": str(number), "timestamp": 1763802000000, "message": text} for number, text in enumerate(TEXTS)]
    data = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "logEvents": lines}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}


def two_orgs() -> None:
    """Entries that the index function has not been told of, in an org with a hold, and in another."""
    api.call("PUT", f"{ORG}/holds/family/1", body={"reason": "a claim"})
    backfill()
    entries = [
        api.audit(action="moved", affected=changes(before={"note": "short"})),
        api.audit(action="merged", affected=changes(before={"note": "x" * 3000})),
        api.audit(action="signed in", affected=[]),
        api.email(message_id="m-1", body={"text": "Hello"}),
    ]
    api.posted(*entries)
    api.posted(*entries, org="hilltop")
    api.call("PUT", f"{ORG}/holds/student/2", body={"reason": "another"})


def waiting() -> None:
    """A hold whose backfill has failed twice, and whose next attempt is due."""
    school()
    api.call("PUT", f"{ORG}/holds/family/1", body={"reason": "a claim"})
    failed = {"due_at": TRIED_AGAIN, "failures": 2, "failed_at": TRIED_AGAIN, "reason": "busy"}
    (hold,) = [item for item in items() if item["sk"]["S"] == "family/1" and item["pk"]["S"] == "riverside/holds"]
    waits = {"org_status": org_keys.FAILING_HOLDS, "at": TRIED_AGAIN, "retry": json.dumps(failed)}
    client("dynamodb").put_item(TableName=TABLE, Item={**hold, **{name: {"S": text} for name, text in waits.items()}})


def _inserted(_: Any) -> Event:
    return stream([change(item, "INSERT") for item in items() if "of" not in item])


def _searches() -> list[Any]:
    other = [
        api.call("GET", "/v1/orgs/hilltop/audit", q=line, claims=api.OTHER_ADMIN).body for line in ("moved", "merged")
    ]
    return [*search("moved", "merged", "record:student/2"), *other]


def _expired(_: Any) -> Event:
    """TTL has taken all that ends, and an erasure is under way."""
    answer = api.call("POST", f"{ORG}/records/staff/7/erase", body={"reason": "asked by letter"})
    assert answer.status == 202
    removed = expire()
    for record in removed:
        record["dynamodb"]["ApproximateCreationDateTime"] = int(START.timestamp())
    return stream([*removed, *(change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing")])


def erasing() -> None:
    exporting()
    api.call("POST", f"{ORG}/records/family/1/erase", body={"reason": "asked by letter"})


def archived() -> None:
    """What was of a family is in the archive."""
    school()
    api.function("retention").handler(_expired(None), Context())
    api.call("POST", f"{ORG}/records/{FAMILY['type']}/{FAMILY['id']}/erase", body={"reason": "asked by letter"})


def _export(_: Any) -> Event:
    return queued(take_messages("exports"))


BATCHES = [
    Scenario("an export from the queue", "export", "SQS", _export, exporting, exports.work),
    Scenario("feedback from the queue", "feedback", "SQS", lambda _: queued(TEXTS), school, answer_queue),
    Scenario("a validation from the queue", "feedback", "SQS", _validation, validating, answer_queue),
    Scenario("feedback from a topic", "feedback", "SNS", _topic, school, answer_queue),
    Scenario("feedback from logs", "feedback", "CloudWatch Logs", _logs, school, answer_queue),
    Scenario("the stream of what was written", "index", "DynamoDB", _inserted, two_orgs, backfill, _searches),
    Scenario("the schedule of holds", "index", "Schedule", lambda _: {"resume": True}, waiting, backfill),
    Scenario("reindex", "index", "reindex", lambda _: {"reindex": "riverside"}, school, shown=_searches),
    Scenario("the stream of what has expired", "retention", "DynamoDB", _expired, school, erase_all, _searches),
    Scenario("the schedule of the check", "retention", "Schedule", lambda _: {"check": True}, school),
    Scenario("the schedule", "retention", "Schedule", lambda _: {"erasures": True}, erasing, erase_all, _searches),
    Scenario(
        "the schedule with an archive", "retention", "Schedule", lambda _: {"erasures": True}, archived, erase_all
    ),
    Scenario("apply", "retention", "apply", lambda _: {"apply": {"rate": 1_000_000, "segments": 2}}, school),
    Scenario("preview", "retention", "preview", lambda _: {"preview": {"segments": 2}}, school),
]
