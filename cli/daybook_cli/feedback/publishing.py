"""Publishes records where the providers do: to the topic of SES's events, and to the log groups of SNS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsError, AwsTarget

_SUBJECT = "Amazon SES Email Event Notification"
# Limits of one call of SNS and of CloudWatch Logs.
_PUBLISH_BATCH = 10
_LOG_BATCH = 1000
_LOG_STREAM = "daybook-simulated"


@dataclass(frozen=True)
class FeedbackTopic:
    """The SNS topic that SES publishes events to."""

    target: AwsTarget
    arn: str

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Publish events of SES; AwsError where one of them was not taken."""
        sns = aws.client(self.target, "sns")
        for batch in _batches(events, _PUBLISH_BATCH):
            entries = [
                # Real ones end with a line break.
                {"Id": str(number), "Subject": _SUBJECT, "Message": json.dumps(event) + "\n"}
                for number, event in enumerate(batch)
            ]
            with aws.aws_errors():
                failed = sns.publish_batch(TopicArn=self.arn, PublishBatchRequestEntries=entries).get("Failed")
            if failed:
                raise AwsError(f"AWS: the topic did not take an event: {failed[0].get('Message')}")


@dataclass(frozen=True)
class SmsLogGroup:
    """`name` is the log group of successes; that of failures is `{name}/Failure`."""

    target: AwsTarget
    name: str

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write lines of SNS, each to the log group of its status. AwsError."""
        logs = aws.client(self.target, "logs")
        for group, status in ((self.name, "SUCCESS"), (f"{self.name}/Failure", "FAILURE")):
            lines = [json.dumps(record) for record in records if record["status"] == status]
            if lines:
                with aws.aws_errors():
                    _append(logs, group, lines)


def _append(logs: Any, group: str, lines: list[str]) -> None:
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=_LOG_STREAM)
    # The time of writing and not of the event: CloudWatch refuses lines that are older than the group's retention.
    written_at = int(time.time() * 1000)
    for batch in _batches(lines, _LOG_BATCH):
        events = [{"timestamp": written_at, "message": line} for line in batch]
        logs.put_log_events(logGroupName=group, logStreamName=_LOG_STREAM, logEvents=events)


def _batches(values: Sequence[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
