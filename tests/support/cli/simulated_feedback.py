"""Queues, a topic and log groups of moto for simulated feedback, and what the feedback function reads of it."""

from __future__ import annotations

import json
from typing import Any

from daybook.feedback.providers.dispatch import read
from daybook.feedback.providers.envelopes import unwrap
from daybook.model.delivery_events import RecipientEvent
from daybook_cli.feedback.ses_events import Record

from tests.support.aws.clients import client

SMS_LOG_GROUP = "sns/us-east-1/000000000000/DirectPublishToPhoneNumber"


def events_in(record: Record) -> list[RecipientEvent]:
    """What the feedback function makes of a record that came through topic and queue."""
    queued = {"Records": [{"messageId": "1", "body": json.dumps(record) + "\n", "attributes": {}}]}
    (found,) = unwrap(queued)
    return read(found).events


def send(url: str, body: str, attributes: dict[str, Any] | None = None) -> str:
    """Send a message to a queue; its id."""
    response = client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes or {})
    message_id: str = response["MessageId"]
    return message_id


def received_bodies(url: str) -> list[str]:
    """The bodies of all visible messages of a queue, sorted."""
    bodies = []
    while messages := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return sorted(bodies)


def published_records(queue: str) -> list[Record]:
    """The records that came from a topic to its queue."""
    return [json.loads(body) for body in received_bodies(queue)]


def logged_records(group: str) -> list[Record]:
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]
