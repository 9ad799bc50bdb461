"""The DynamoDB table: the few calls that Daybook makes, with items in DynamoDB's own JSON; binary values are read as
base64 text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from daybook.aws.dynamodb import BUSY_CODES, CallError, Connection
from daybook.core.errors import StoreBusyError
from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.store import (
    GET_BATCH,
    Change,
    Insert,
    Item,
    Key,
    QueryPage,
    Range,
    ScanPage,
    Update,
    key_attributes,
    key_of,
)

T = TypeVar("T")
WRITE_BATCH = 25

# As many as the condition `IN` on a partition key takes.
PARTITIONS_BATCH = 50
PAUSES = (0.05, 0.2, 0.8)


class RefusedError(Exception):
    """DynamoDB takes the request for invalid, as it does with an item over 400 KB: a retry does not help."""


class Table:
    """One DynamoDB table. Every method raises StoreBusyError when the store throttles or does not answer."""

    def __init__(self, *, name: str, connection: Connection) -> None:
        self._name = name
        self._connection = connection

    def insert(self, items: Sequence[Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns."""
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Make each change if its condition holds: True where it did. Durable when this returns.

        A batch of PartiQL statements is DynamoDB's only batch with a condition on each item; it fails item by item.
        No two changes may name one item.
        """
        written = [False] * len(changes)
        for batch in batches(range(len(changes)), WRITE_BATCH):
            self._write_batch(changes, batch, written)
        return written

    def _write_batch(self, changes: Sequence[Change], batch: list[int], written: list[bool]) -> None:
        def attempt(pending: list[int]) -> list[int]:
            statements = [_statement(self._name, changes[index]) for index in pending]
            responses = self._call("BatchExecuteStatement", {"Statements": statements})["Responses"]
            busy = []
            for index, response in zip(pending, responses, strict=True):
                code = response.get("Error", {}).get("Code")
                if code in BUSY_CODES:
                    busy.append(index)
                elif code not in (None, "DuplicateItem", "ConditionalCheckFailed"):
                    raise RefusedError(f"{code}: {response['Error'].get('Message')}")
                else:
                    written[index] = code is None
            return busy

        _retry_rest(batch, attempt, "the store is throttling writes; nothing of this request was acknowledged")

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:
        """The items at those keys that exist; a key may be named once only."""
        items: dict[Key, Item] = {}
        for batch in batches(keys, GET_BATCH):
            self._get_batch(batch, consistent, items)
        return items

    def _get_batch(self, keys: list[Key], consistent: bool, items: dict[Key, Item]) -> None:
        def attempt(pending: list[Item]) -> list[Item]:
            request = {self._name: {"Keys": pending, "ConsistentRead": consistent}}
            response = self._call("BatchGetItem", {"RequestItems": request})
            for item in response["Responses"].get(self._name, ()):
                items[key_of(item)] = item
            unprocessed: list[Item] = response.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            return unprocessed

        _retry_rest([key_attributes(key) for key in keys], attempt, "the store is throttling reads")

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        """All items of these partitions, strongly consistent: what a query of each would find, in one call for many."""
        items: list[Item] = []
        for batch in batches(pks, PARTITIONS_BATCH):
            # Equality where it will do: DynamoDB Local looks through the whole table for an `IN`.
            condition = "=?" if len(batch) == 1 else f" IN [{','.join('?' * len(batch))}]"
            arguments: dict[str, Any] = {
                "Statement": f'SELECT * FROM "{self._name}" WHERE pk{condition}',  # noqa: S608 - values are parameters
                "Parameters": [{"S": pk} for pk in batch],
                "ConsistentRead": True,
            }
            while True:
                response = self._call("ExecuteStatement", arguments)
                items += response["Items"]
                if "NextToken" not in response:
                    break
                arguments["NextToken"] = response["NextToken"]
        return items

    def query(self, span: Range, limit: int, after: Item | None = None) -> QueryPage:
        """Up to `limit` items of a range, behind the exclusive start key `after`.

        Strongly consistent, but in a global index.
        """
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "#pk = :pk AND #range BETWEEN :low AND :high",
            "ExpressionAttributeNames": {
                "#pk": GLOBAL_PARTITION_KEYS.get(span.index or "", "pk"),
                "#range": SORT_KEYS[span.index],
            },
            "ExpressionAttributeValues": {":pk": {"S": span.pk}, ":low": {"S": span.low}, ":high": {"S": span.high}},
            "ScanIndexForward": span.forward,
            "ConsistentRead": span.index not in GLOBAL_PARTITION_KEYS,
            "Limit": limit,
        }
        if span.index is not None:
            arguments["IndexName"] = span.index
        if after is not None:
            arguments["ExclusiveStartKey"] = after
        response = self._call("Query", arguments)
        return QueryPage(response["Items"], "LastEvaluatedKey" in response)

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Item | None = None, limit: int | None = None
    ) -> ScanPage:
        """The next page, up to 1 MB and `limit` items, of a segment of the table, from 0 to `segments` - 1.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one segment, and in order.
        """
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "Segment": segment,
            "TotalSegments": segments,
            "ReturnConsumedCapacity": "TOTAL",
        }
        if names:
            arguments["ProjectionExpression"] = ",".join(f"#{number}" for number in range(len(names)))
            arguments["ExpressionAttributeNames"] = {f"#{number}": name for number, name in enumerate(names)}
        if after is not None:
            arguments["ExclusiveStartKey"] = after
        if limit is not None:
            arguments["Limit"] = limit
        response = self._call("Scan", arguments)
        return ScanPage(
            response["Items"], response.get("LastEvaluatedKey"), response["ConsumedCapacity"]["CapacityUnits"]
        )

    def item_count(self) -> int:
        """How many items the table has, as DynamoDB last counted: it does about every six hours."""
        count: int = self._call("DescribeTable", {"TableName": self._name})["Table"]["ItemCount"]
        return count

    def _call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._connection.call(operation, arguments)
        except CallError as error:
            if error.code == "ValidationException":
                raise RefusedError(error.message) from error
            raise


def _statement(table: str, change: Change) -> dict[str, Any]:
    if isinstance(change, Insert):
        fields = ",".join(f"'{name}':?" for name in change.item)
        return {
            "Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}',
            "Parameters": list(change.item.values()),
        }
    pk, sk = change.key
    head, parameters = f'DELETE FROM "{table}"', []  # noqa: S608 - values are parameters; no name comes from a caller
    if isinstance(change, Update):
        sets = "".join(f' SET "{name}"=?' for name in change.put)
        removes = "".join(f' REMOVE "{name}"' for name in change.drop)
        head, parameters = f'UPDATE "{table}"{sets}{removes}', list(change.put.values())
    conditions, seen = [], []
    for name, value in change.seen.items():
        conditions.append(f' AND "{name}" IS MISSING' if value is None else f' AND "{name}"=?')
        seen += [] if value is None else [value]
    where = f" WHERE pk=? AND sk=?{''.join(conditions)}"
    return {"Statement": head + where, "Parameters": [*parameters, {"S": pk}, {"S": sk}, *seen]}


def _retry_rest(pending: list[T], attempt: Callable[[list[T]], list[T]], detail: str) -> None:
    """Try until nothing is left over, with a pause in between; StoreBusyError after the last try."""
    for pause in (*PAUSES, None):
        pending = attempt(pending)
        if not pending:
            return
        if pause is not None:
            time.sleep(pause)
    raise StoreBusyError(detail)


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of so many, the last of what is left."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
