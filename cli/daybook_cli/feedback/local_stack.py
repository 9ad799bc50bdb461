"""What the table and the feedback queue of a local stack say about messages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from daybook_cli.connection import aws
from daybook_cli.connection.aws import AwsTarget

_POLL_SECONDS = 0.05


def recipients_of(message_id: str, stack: Mapping[str, Any]) -> list[str]:
    """The recipients of a message, read from its entries: the pointers to them hold hashes. AwsError."""
    dynamodb = aws.client(AwsTarget.of_stack(stack), "dynamodb")
    with aws.aws_errors():
        pointers = dynamodb.query(
            TableName=stack["table"],
            KeyConditionExpression="pk = :message",
            # Events that came before their message are stored beside the pointers to entries.
            FilterExpression="attribute_exists(#entry)",
            ExpressionAttributeNames={"#entry": "entry"},
            ExpressionAttributeValues={":message": {"S": f"message/{message_id}"}},
        )["Items"]
        # The sort key of a pointer is org, record type, record id, hash.
        keys = ({"pk": {"S": pointer["sk"]["S"].rpartition("/")[0]}, "sk": pointer["entry"]} for pointer in pointers)
        entries = [dynamodb.get_item(TableName=stack["table"], Key=key).get("Item", {}) for key in keys]
    return list(dict.fromkeys(entry["recipient"]["S"] for entry in entries if "recipient" in entry))


def wait_until_empty(target: AwsTarget, queue: str, *, timeout: float) -> bool:
    """Wait until a queue holds no message, visible or in flight. AwsError.

    False where it still holds one after `timeout` seconds.
    """
    sqs, deadline = aws.client(target, "sqs"), time.monotonic() + timeout
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while True:
        with aws.aws_errors():
            counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(map(int, counts.values())):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
