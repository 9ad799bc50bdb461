"""What is stored before a scenario: something of everything, so that no route finds nothing."""

import json
import os
from typing import Any

from daybook.access.callers import PERMISSIONS
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import EXPORTS
from tests.support.faults.stores import take_messages
from tests.support.functions.events import NONE_FAILED, Context, change, queued
from tests.support.functions.stored import ARCHIVE, items, noise
from tests.support.functions.world import START

ORG = "/v1/orgs/riverside"
FAMILY, STUDENT = {"type": "family", "id": "1"}, {"type": "student", "id": "2"}
SMITH, JANE = "smith@mail.example", "jane@mail.example"
SENT = "2026-11-20T09:00:00.000Z"
SENT_AT = START.replace(day=20, hour=9)
FRONT = {**api.STAFF, "groups": ["front_desk"]}

# Too large for the table: it goes to S3. Always the same, and it does not compress.
LARGE = noise(12_000)


def said(kind: EmailKind, message_id: str, address: str = SMITH, **fields: Any) -> str:
    """What SES says of a message."""
    return json.dumps(ses_event(kind, Mail(message_id, (address,), SENT_AT, **fields), SENT_AT))


def stream(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The event of these records, numbered as the stream does."""
    for number, record in enumerate(records):
        record["dynamodb"]["SequenceNumber"] = str(number)
    return {"Records": records}


def feed(*texts: str) -> None:
    assert api.function("feedback").handler(queued(list(texts)), Context()) == NONE_FAILED


def index() -> None:
    """The index function is told of all audit entries."""
    told = stream([change(item, "INSERT") for item in items() if "org_source" in item])
    assert api.function("index").handler(told, Context()) == NONE_FAILED


def changes(**fields: Any) -> list[dict[str, Any]]:
    return [{"record": record, "change": "updated", "name": "Smith", **fields} for record in (FAMILY, STUDENT)]


def granted() -> None:
    """The front desk may all that a group may."""
    answer = api.call("PUT", f"{ORG}/access/groups/front_desk", body={"permissions": sorted(PERMISSIONS)})
    assert answer.status == 200


def school() -> dict[str, str]:
    """An org with entries in every log, events, a blacklisted address, a hold, an erasure; ids by name."""
    client("s3").put_bucket_versioning(Bucket=ARCHIVE, VersioningConfiguration={"Status": "Enabled"})
    granted()
    api.call("PUT", f"{ORG}/settings", body={"time_zone": "America/Chicago"})
    names = ["email", "large email", "bounced", "sms", "push", "activity", "audit", "large audit"]
    found = api.posted(
        api.email(message_id="m-1", body={"text": "Hello"}, occurred_at=SENT),
        api.email(message_id="m-2", body={"text": LARGE}, occurred_at=SENT),
        api.email(message_id="m-3", recipient=JANE, occurred_at=SENT),
        api.sms(message_id="s-1", occurred_at=SENT),
        api.push(message_id="p-1", occurred_at=SENT),
        api.activity(key="a-1", occurred_at=SENT),
        api.audit(affected=changes(before={"note": "short"}), key="u-1", occurred_at=SENT),
        api.audit(action="merged", affected=changes(before={"note": LARGE}), key="u-2", occurred_at=SENT),
    )
    feed(said("send", "m-1"), said("open", "m-1"), said("bounce", "m-3", JANE))
    # Of a message that has no entry yet.
    feed(said("delivery", "m-7"))
    api.call("PUT", f"{ORG}/holds/class/9", body={"reason": "a claim"})
    erasure = api.call("POST", f"{ORG}/records/class/8/erase", body={"reason": "asked by letter"})
    index()
    return dict(zip(names, found, strict=True)) | {"erasure": erasure.body["id"]}


def exporting() -> dict[str, str]:
    """Beside all that an export that is done, and one of which an attempt that was killed has left something."""
    found = school()
    body = {"list": "audit", "format": "csv"}
    answers = [api.call("POST", f"{ORG}/exports", claims=FRONT, body=body | more) for more in ({}, {"rows": "changes"})]
    done, running = (answer.body["id"] for answer in answers)
    first, second = take_messages("exports")
    api.function("export").handler(queued([first]), Context())
    client("sqs").send_message(QueueUrl=os.environ["EXPORT_QUEUE_URL"], MessageBody=second)
    client("s3").create_multipart_upload(Bucket=EXPORTS, Key=f"riverside/{running}/export.csv")
    client("s3").put_object(Bucket=EXPORTS, Key=f"riverside/{running}/tails/1", Body=b"a row")
    return found | {"export": done, "running export": running}


def search(*lines: str) -> list[Any]:
    """What a search of the org's audit log finds."""
    return [api.call("GET", f"{ORG}/audit", q=line).body for line in lines]
