"""Plays a provider: publishes its records to the topic that SES publishes to, and to the logs that SNS writes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, Site
from daybook_cli.feedback.provider_records import Record

SUBJECT = "Amazon SES Email Event Notification"
# Most that SNS and CloudWatch Logs take in one call.
PUBLISH_BATCH = 10
LOG_BATCH = 1000
LOG_STREAM = "daybook-simulated"


@dataclass(frozen=True)
class Topic:
    site: Site
    arn: str

    def publish(self, records: Sequence[Record]) -> None:
        """SES's records; AwsError where one of them was not taken."""
        sns = aws.client(self.site, "sns")
        for batch in _batches(records, PUBLISH_BATCH):
            entries = [
                # Real ones end with a line break.
                {"Id": str(number), "Subject": SUBJECT, "Message": json.dumps(record) + "\n"}
                for number, record in enumerate(batch)
            ]
            with aws.told():
                failed = sns.publish_batch(TopicArn=self.arn, PublishBatchRequestEntries=entries).get("Failed")
            if failed:
                raise AwsError(f"AWS: the topic did not take an event: {failed[0].get('Message')}")


@dataclass(frozen=True)
class SmsLogs:
    """The log group of successes; failures have one of their own below it."""

    site: Site
    group: str

    def write(self, records: Sequence[Record]) -> None:
        logs = aws.client(self.site, "logs")
        for group, status in ((self.group, "SUCCESS"), (f"{self.group}/Failure", "FAILURE")):
            lines = [json.dumps(record) for record in records if record["status"] == status]
            if lines:
                with aws.told():
                    _append(logs, group, lines)


def _append(logs: Any, group: str, lines: list[str]) -> None:
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=LOG_STREAM)
    # CloudWatch takes no line that is older than its group's retention: when it was written is not when it happened.
    written = int(time.time() * 1000)
    for batch in _batches(lines, LOG_BATCH):
        events = [{"timestamp": written, "message": line} for line in batch]
        logs.put_log_events(logGroupName=group, logStreamName=LOG_STREAM, logEvents=events)


def taken_in(site: Site, queue: str, seconds: float) -> bool:
    """Wait until nothing of the queue is left or under way, but no longer than this; False when something is."""
    sqs, deadline = aws.client(site, "sqs"), time.monotonic() + seconds
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while True:
        with aws.told():
            counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(map(int, counts.values())):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def recipients_of(message_id: str, stack: Mapping[str, Any]) -> list[str]:
    """To whom a message of the local stack's table went, as its entries say: the pointers to them hold hashes."""
    dynamodb = aws.client(Site.of_stack(stack), "dynamodb")
    with aws.told():
        found = dynamodb.query(
            TableName=stack["table"],
            KeyConditionExpression="pk = :message",
            # Events that came before their message are kept beside the pointers to entries.
            FilterExpression="attribute_exists(#entry)",
            ExpressionAttributeNames={"#entry": "entry"},
            ExpressionAttributeValues={":message": {"S": f"message/{message_id}"}},
        )
        # The pointer's key is org, record type, record id, hash.
        places = ((pointer["sk"]["S"].rpartition("/")[0], pointer["entry"]) for pointer in found["Items"])
        entries = [
            dynamodb.get_item(TableName=stack["table"], Key={"pk": {"S": record}, "sk": sk}).get("Item", {})
            for record, sk in places
        ]
    return list(dict.fromkeys(entry["recipient"]["S"] for entry in entries if "recipient" in entry))


def _batches(values: Sequence[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
