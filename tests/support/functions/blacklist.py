"""Calls about the blacklist, and what providers say about an address."""

import json
from typing import Any

from daybook.aws.dynamodb import Connection
from daybook.blacklist.address_store import AddressStore
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.table import Table

from tests.support import api
from tests.support.aws.clients import REGION
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.events import NONE_FAILED, Context
from tests.support.hashes import hashed

ORG = "/v1/orgs/riverside"
JANE = "jane@x.example"
FAMILY, STAFF = Record("family", "1"), Record("staff", "7")
READER = {"scope": "daybook/read", "client_id": "mailer"}
WRITER = {"scope": "daybook/write", "client_id": "portal"}
MANAGER = {"scope": "daybook/manage", "client_id": "portal"}


def delivery_event(event: str, second: int = 1, **fields: Any) -> DeliveryEvent:
    return DeliveryEvent(type=event, at=f"2026-05-01T10:00:{second:02}.000Z", source=f"feedback-{second}", **fields)  # type: ignore[arg-type]


HARD = delivery_event("bounce", kind="Permanent", subtype="NoEmail", diagnostic="smtp; 550 5.1.1 user unknown")
COMPLAINT = delivery_event("complaint", kind="abuse")


def address_store() -> AddressStore:
    table = Table(name=TABLE, connection=Connection(region=REGION))
    return AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0)


def hear(
    address: str,
    *delivery_events: DeliveryEvent,
    org: str = "riverside",
    record: Record | None = FAMILY,
    message_id: str = "m-1",
) -> None:
    address_store().record_events(
        org, address, record, delivery_events, message_id=message_id, sent="2026-05-01T10:00:00.000Z"
    )


def one(address: str, **how: Any) -> api.Answer:
    return api.call("GET", f"{ORG}/blacklist/{address}", **how)


def reset(address: str, **how: Any) -> api.Answer:
    return api.call("DELETE", f"{ORG}/blacklist/{address}", **how)


def put(*addresses: dict[str, Any], **how: Any) -> api.Answer:
    return api.call("PUT", f"{ORG}/blacklist", body={"addresses": addresses}, **how)


def validate(address: str, **how: Any) -> api.Answer:
    return api.call("POST", f"{ORG}/blacklist/{address}/validate", **how)


def check(*addresses: str, **how: Any) -> Any:
    answer = api.call("POST", f"{ORG}/blacklist/check", body={"addresses": addresses}, **{"claims": READER, **how})
    assert answer.status == 200, answer.text
    return answer.body["blocked"]


def audit(record: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.read("audit", record).body["entries"]
    return entries


def queued() -> list[str]:
    """The requests that wait in the feedback queue, whenever they are to be seen."""
    from moto.sqs.models import sqs_backends

    (queue,) = [queue for queue in sqs_backends["123456789012"][REGION].queues.values() if queue.name == "feedback"]
    return [message.body for message in queue._messages]


def queue_brings(*bodies: str) -> None:
    """To the feedback function, each twice."""
    records = [
        {"messageId": str(number), "body": body, "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}
        for number, body in enumerate(bodies * 2)
    ]
    assert api.function("feedback").handler({"Records": records}, Context()) == NONE_FAILED


def verify(body: str) -> None:
    queue_brings(body)


def ses_event(kind: str, message_id: str = "m-1", **fields: Any) -> str:
    """An event as SES publishes it, about a message to Jane alone."""
    mail = {
        "timestamp": "2026-05-01T10:00:00.048Z",
        "messageId": message_id,
        "source": "office@school.example",
        "destination": [JANE],
    }
    return json.dumps({"eventType": kind, "mail": mail, kind.lower(): fields})


def ses_bounce(at: str, kind: str = "Permanent", subtype: str = "General", **fields: Any) -> str:
    bounced = [{"emailAddress": "Jane Doe <JANE@X.example>"}]
    named: dict[str, Any] = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": bounced,
        "timestamp": at,
    }
    return ses_event("Bounce", **named, feedbackId=f"feedback-{at}", **fields)


def ses_complaint(**fields: Any) -> str:
    complained = [{"emailAddress": "JANE@X.example"}]
    named: dict[str, Any] = {"complainedRecipients": complained, "timestamp": "2026-05-01T10:05:00.000Z"}
    return ses_event("Complaint", **named, feedbackId=f"feedback-{fields}", **fields)


def ses_delivery() -> str:
    named: dict[str, Any] = {"recipients": [JANE], "processingTimeMillis": 464, "smtpResponse": "250 2.0.0 OK"}
    return ses_event("Delivery", timestamp="2026-05-01T10:00:00.512Z", **named)
