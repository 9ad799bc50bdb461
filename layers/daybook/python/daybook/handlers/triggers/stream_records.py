"""A record of the table's stream, as Lambda gets it: one change of one item.

`Keys` has the item's key, `OldImage` and `NewImage` the item before and after, if it was and is there (AWS: "DynamoDB
Streams and Lambda"). Binary values are base64 text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aws_lambda_powertools import Logger

from daybook.storage.store import Item, Key, key_of

StreamRecord: TypeAlias = Mapping[str, Any]

# The `userIdentity` of a removal by TTL (AWS: "DynamoDB Streams and Time to Live").
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def key(record: StreamRecord) -> Key:
    return key_of(record["dynamodb"]["Keys"])


def sequence_number(record: StreamRecord) -> str:
    """The place of the record in its shard; a batch that was given up is named by those of its ends."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def first_sequence_number(event: Mapping[str, Any]) -> str | None:
    """That of the first record of a batch; None of an event that is no batch of the stream."""
    return sequence_number(event["Records"][0]) if "Records" in event else None


def failure_log(logger: Logger) -> Callable[[StreamRecord, Exception], None]:
    """Logs which record failed, and why. Not by its key, which may hold a person's id."""

    def log(record: StreamRecord, error: Exception) -> None:
        logger.error("record failed", exc_info=error, extra={"sequence_number": sequence_number(record)})

    return log


def before(record: StreamRecord) -> Item | None:
    """The item before the change; None where it is new."""
    image: Item | None = record["dynamodb"].get("OldImage")
    return image


def after(record: StreamRecord) -> Item | None:
    """The item after the change; None where it was removed."""
    image: Item | None = record["dynamodb"].get("NewImage")
    return image


def is_removal_by_ttl(record: StreamRecord) -> bool:
    return record["eventName"] == "REMOVE" and record.get("userIdentity") == TTL
