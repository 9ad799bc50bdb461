"""The DynamoDB table on pynamodb's connection: models are read and written, values where they are only shown."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PynamoDBException, TableError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from daybook.aws.dynamodb import Connection, InvalidTextError
from daybook.aws.faults import AWS_ERRORS, BUSY_CODES, as_store_error
from daybook.core.errors import StoreBusyError
from daybook.storage import partiql, values
from daybook.storage.keys.index_keys import GLOBAL_PARTITION_KEYS, SORT_KEYS
from daybook.storage.models.item import AttributeMap, Item, Key
from daybook.storage.models.kinds import key_of, read
from daybook.storage.store import GET_BATCH, Change, Count, Delete, Insert, M, Page, Range, ScanPage, StartKey, Update
from daybook.storage.values import Values, values_of

T = TypeVar("T")
WRITE_BATCH = 25

# As many as the condition `IN` on a partition key takes.
PARTITIONS_BATCH = 50
PAUSES = (0.05, 0.2, 0.8)
IS_FREE, EXISTS = Item.pk.does_not_exist(), Item.pk.exists()


class RefusedError(Exception):
    """DynamoDB takes the request for invalid, as it does with an item over 400 KB: a retry does not help.

    So is a request with half of a surrogate pair, which is not sent.
    """


class Table:
    """One DynamoDB table. Every method raises StoreBusyError when the store throttles or does not answer."""

    def __init__(self, *, name: str, connection: Connection) -> None:
        self._name = name
        self._connection = connection
        try:
            connection.get_meta_table(name)
        except TableError:
            connection.add_meta_table(_meta_table(name))

    def insert(self, items: Sequence[Item]) -> list[bool]:
        """Put each item unless its key is taken: True where it was put. Durable when this returns."""
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Make each change if its condition holds: True where it did. Durable when this returns.

        A batch of PartiQL statements is DynamoDB's only batch with a condition on each item; it fails item by item.
        No two changes may name one item.
        """
        written: list[bool] = []
        for batch in batches(changes, WRITE_BATCH):
            written += [self._write_one(batch[0])] if len(batch) == 1 else self._write_batch(batch)
        return written

    def _write_one(self, change: Change) -> bool:
        try:
            match change:
                case Insert():
                    attributes = change.item.serialize()
                    self._connection.put_item(self._name, *change.key, attributes=attributes, condition=IS_FREE)
                case Update():
                    condition = EXISTS if change.condition is None else EXISTS & change.condition
                    self._connection.update_item(self._name, *change.key, actions=change.actions, condition=condition)
                case Delete():
                    self._connection.delete_item(self._name, *change.key, condition=change.condition)
        except (PynamoDBException, InvalidTextError) as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise _translated(error) from error
        return True

    def _write_batch(self, batch: Sequence[Change]) -> list[bool]:
        written = [False] * len(batch)
        statements = [_statement(self._name, change) for change in batch]

        def attempt(pending: list[int]) -> list[int]:
            call = {"Statements": [statements[number] for number in pending]}
            responses = self._call(self._connection.dispatch, "BatchExecuteStatement", call)["Responses"]
            busy = []
            for number, response in zip(pending, responses, strict=True):
                code = response.get("Error", {}).get("Code")
                if code in BUSY_CODES:
                    busy.append(number)
                elif code not in (None, "DuplicateItem", "ConditionalCheckFailed"):
                    raise RefusedError(f"{code}: {response['Error'].get('Message')}")
                else:
                    written[number] = code is None
            return busy

        _retry_rest(
            list(range(len(batch))), attempt, "the store is throttling writes; nothing of this request was acknowledged"
        )
        return written

    def get(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        """The items at those keys that exist; a key may be named once only."""
        items = [read(kind, attributes) for attributes in self._get(keys, consistent)]
        return {item.key: item for item in items}

    def get_item(self, kind: type[M], key: Key) -> M | None:
        """The item at that key, strongly consistent; None where there is none."""
        return self.get(kind, [key]).get(key)

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:
        """As `get`, for items that are only shown."""
        items = [values_of(attributes) for attributes in self._get(keys, consistent)]
        return {values.key_of(item): item for item in items}

    def _get(self, keys: Sequence[Key], consistent: bool) -> list[AttributeMap]:
        items: list[AttributeMap] = []

        def attempt(pending: list[Any]) -> list[Any]:
            response = self._call(self._connection.batch_get_item, self._name, pending, consistent_read=consistent)
            items.extend(response["Responses"].get(self._name, ()))
            unprocessed: list[Any] = response.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            return unprocessed

        for batch in batches(keys, GET_BATCH):
            _retry_rest([{"pk": pk, "sk": sk} for pk, sk in batch], attempt, "the store is throttling reads")
        return items

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        """All items of these partitions, strongly consistent: what a query of each would find, in one call for many."""
        items: list[M] = []
        for batch in batches(pks, PARTITIONS_BATCH):
            of_batch = self._partition(batch[0]) if len(batch) == 1 else self._partitions(batch)
            items += [read(kind, attributes) for attributes in of_batch]
        return items

    def _partition(self, pk: str) -> Iterator[AttributeMap]:
        after = None
        while True:
            response = self._call(
                self._connection.query, self._name, pk, consistent_read=True, exclusive_start_key=after
            )
            yield from response["Items"]
            after = response.get("LastEvaluatedKey")
            if after is None:
                return

    def _partitions(self, pks: Sequence[str]) -> Iterator[AttributeMap]:
        statement = partiql.partitions(self._name, pks)
        while True:
            response = self._call(self._connection.dispatch, "ExecuteStatement", dict(statement))
            yield from response["Items"]
            if "NextToken" not in response:
                return
            statement["NextToken"] = response["NextToken"]

    def query(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        """Up to `limit` items of a range, behind the exclusive start key `after`.

        Strongly consistent, but in a global index, or where the range says otherwise.
        """
        response = self._query(span, limit, after)
        return Page([read(kind, attributes) for attributes in response["Items"]], "LastEvaluatedKey" in response)

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        """As `query`, for items that are only shown."""
        response = self._query(span, limit, after)
        return Page([values_of(attributes) for attributes in response["Items"]], "LastEvaluatedKey" in response)

    def _query(self, span: Range, limit: int, after: StartKey | None) -> dict[str, Any]:
        return self._call(
            self._connection.query,
            self._name,
            span.pk,
            range_key_condition=Path(SORT_KEYS[span.index]).between(span.low, span.high),
            consistent_read=span.consistent and span.index not in GLOBAL_PARTITION_KEYS,
            exclusive_start_key=_start_key(after),
            index_name=span.index,
            limit=limit,
            scan_index_forward=span.forward,
        )

    def count(self, span: Range, prefixes: Collection[str] | None, after: StartKey | None = None) -> Count:
        """Count items of a range of a global index, behind the exclusive start key `after`: of 1 MB at most.

        Those match whose own partition begins with one of `prefixes`, one at least; None for all. Eventually
        consistent. It costs what reading the items from the index does, matching or not, and answers no items.
        """
        response = self._call(
            self._connection.query,
            self._name,
            span.pk,
            range_key_condition=Path(SORT_KEYS[span.index]).between(span.low, span.high),
            filter_condition=None if prefixes is None else _in_partitions(prefixes),
            exclusive_start_key=_start_key(after),
            index_name=span.index,
            select="COUNT",
        )
        last = response.get("LastEvaluatedKey")
        return Count(response["Count"], response["ScannedCount"], None if last is None else values_of(last))

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScanPage:
        """The next page, up to 1 MB and `limit` items, of a segment of the table, from 0 to `segments` - 1.

        Eventually consistent, at half the price. Of each item only the attributes of these names are read; without
        names, all. A partition is within one segment, and in order.
        """
        response = self._call(
            self._connection.scan,
            self._name,
            attributes_to_get=list(names) or None,
            limit=limit,
            exclusive_start_key=_start_key(None if after is None else {"pk": after[0], "sk": after[1]}),
            segment=segment,
            total_segments=segments,
        )
        last = response.get("LastEvaluatedKey")
        return ScanPage(
            [read(Item, attributes) for attributes in response["Items"]],
            None if last is None else key_of(last),
            response["ConsumedCapacity"]["CapacityUnits"],
        )

    def item_count(self) -> int:
        """How many items the table has, as DynamoDB last counted: it does about every six hours."""
        count: int = self._call(self._connection.describe_table, self._name)["ItemCount"]
        return count

    def _call(self, operation: Callable[..., dict[str, Any]], *arguments: Any, **options: Any) -> dict[str, Any]:
        try:
            return operation(*arguments, **options)
        except (PynamoDBException, InvalidTextError, *AWS_ERRORS) as error:
            raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    """An error of pynamodb or botocore as one of ours, where it is one that they name."""
    cause = _cause(error)
    if isinstance(cause, InvalidTextError):
        return RefusedError(str(cause))
    if isinstance(cause, ClientError) and _code(error) == "ValidationException":
        return RefusedError(cause.response["Error"].get("Message", ""))
    return as_store_error(cause, "the store") if isinstance(cause, AWS_ERRORS) else error


def _cause(error: Exception) -> Exception:
    return (error.cause if isinstance(error, PynamoDBException) else None) or error


def _code(error: Exception) -> str | None:
    """The error code of AWS, if it has one. pynamodb's own property fails for errors of the network."""
    cause = _cause(error)
    return cause.response["Error"]["Code"] if isinstance(cause, ClientError) else None


def _start_key(after: StartKey | None) -> AttributeMap | None:
    return None if after is None else {name: {"S": value} for name, value in after.items()}


def _in_partitions(prefixes: Collection[str]) -> Condition:
    """The condition that an item's partition begins with one of these.

    A filter may not name a key attribute of what is queried; `pk` is none of a global index.
    """
    return reduce(operator.or_, [Path("pk").startswith(prefix) for prefix in prefixes])


def _statement(table: str, change: Change) -> dict[str, Any]:
    match change:
        case Insert():
            return partiql.insert(table, change.item.serialize())
        case Update():
            return partiql.update(table, change.key, change.actions, change.condition)
        case Delete():
            return partiql.delete(table, change.key, change.condition)


def _meta_table(name: str) -> MetaTable:
    """What pynamodb's connection has to know of the table."""
    schema = Item._get_schema()  # noqa: SLF001 - as pynamodb's models do it
    indexes = {
        kind: [{"IndexName": index["index_name"], "KeySchema": index["key_schema"]} for index in of_kind]
        for kind, of_kind in (
            ("LocalSecondaryIndexes", schema["local_secondary_indexes"]),
            ("GlobalSecondaryIndexes", schema["global_secondary_indexes"]),
        )
    }
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": schema["key_schema"],
            "AttributeDefinitions": schema["attribute_definitions"],
            **indexes,
        }
    )


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
