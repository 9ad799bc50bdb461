"""A record of the table's stream, as Lambda gets it: one change of one item.

`Keys` has the item's key, `OldImage` and `NewImage` the item before and after, if it was and is there (AWS: "DynamoDB
Streams and Lambda"). Binary values are base64 text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from daybook.storage.store import Item, Key, key_of

StreamRecord: TypeAlias = Mapping[str, Any]

# The `userIdentity` of a removal by TTL (AWS: "DynamoDB Streams and Time to Live").
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def key(record: StreamRecord) -> Key:
    return key_of(record["dynamodb"]["Keys"])


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
