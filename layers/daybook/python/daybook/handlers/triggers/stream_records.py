"""The records of the table's stream, as Lambda gets them: each is one change of one item.

AWS: "DynamoDB Streams and AWS Lambda triggers", "DynamoDB Streams and Time to Live".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from aws_lambda_powertools import Logger
from msgspec import Struct

from daybook.storage.models import kinds
from daybook.storage.models.item import Item, Key

StreamRecord: TypeAlias = Mapping[str, Any]

# The `userIdentity` of a removal by TTL.
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class StreamChange(Struct, frozen=True):
    """A change of an item: `before` and `after`, if it was and is there; `at` is its epoch second."""

    key: Key
    is_insert: bool
    is_removal_by_ttl: bool
    before: Item | None
    after: Item | None
    at: float


def read_changes(records: Iterable[StreamRecord]) -> list[StreamChange]:
    """The changes that these records tell of."""
    return [_read(record) for record in records]


def is_removal_by_ttl(record: StreamRecord) -> bool:
    """Whether the record tells of an item that TTL, and nobody else, has deleted."""
    return record["eventName"] == "REMOVE" and record.get("userIdentity") == TTL


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


def _read(record: StreamRecord) -> StreamChange:
    change = record["dynamodb"]
    before, after = change.get("OldImage"), change.get("NewImage")
    return StreamChange(
        kinds.key_of(change["Keys"]),
        is_insert=record["eventName"] == "INSERT",
        is_removal_by_ttl=is_removal_by_ttl(record),
        before=None if before is None else kinds.read(Item, before),
        after=None if after is None else kinds.read(Item, after),
        at=change.get("ApproximateCreationDateTime", 0),
    )
