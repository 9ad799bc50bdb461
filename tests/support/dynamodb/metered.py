"""Write units: DynamoDB Local tells those of a single write but not of a PartiQL batch, which costs the same."""

from collections.abc import Sequence
from typing import Any

from daybook.aws.dynamodb import CallError
from daybook.storage.store import Change, Delete, Insert, Item, Key, QueryPage, Range, ScanPage, Update

from tests.support.dynamodb.service_stack import Stack


class Meter:
    """Read and write units of what went on since they were last taken; services are handed its table."""

    def __init__(self, stack: Stack) -> None:
        self.reads = 0.0
        self.table = MeteredWrites(stack)
        stack.connection.count = self._count

    def take(self, entries: int) -> tuple[float, float]:
        """For each 1,000 of so many entries."""
        reads, self.reads = self.reads, 0.0
        return reads * 1_000 / entries, self.table.take() * 1_000 / entries

    def _count(self, answer: dict[str, Any]) -> None:
        consumed = answer.get("ConsumedCapacity", [])
        self.reads += sum(each["CapacityUnits"] for each in ([consumed] if isinstance(consumed, dict) else consumed))


class RequestMeter:
    """Counts the requests and the units that DynamoDB says they took."""

    def __init__(self, stack: Stack) -> None:
        self.requests, self.units = 0, 0.0
        stack.connection.count = self._count

    def _count(self, answer: dict[str, Any]) -> None:
        consumed = answer["ConsumedCapacity"]
        self.requests += 1
        self.units += sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))

    def take(self) -> tuple[int, float]:
        taken = self.requests, self.units
        self.requests, self.units = 0, 0.0
        return taken


class MeteredWrites:
    """Makes each change by itself, and counts what it costs in the table and its indexes."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.units = 0.0

    def take(self) -> float:
        taken, self.units = self.units, 0.0
        return taken

    def insert(self, items: Sequence[Item]) -> list[bool]:
        return self.write([Insert(item) for item in items])

    def write(self, changes: Sequence[Change]) -> list[bool]:
        return [self._change(change) for change in changes]

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:
        return self._stack.table.get(keys, consistent=consistent)

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        return self._stack.table.partitions(pks)

    def query(self, span: Range, limit: int, after: Item | None = None) -> QueryPage:
        return self._stack.table.query(span, limit, after)

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Item | None = None, limit: int | None = None
    ) -> ScanPage:
        return self._stack.table.scan(segment, segments, names, after, limit)

    def item_count(self) -> int:
        return self._stack.table.item_count()

    def _change(self, change: Change) -> bool:
        match change:
            case Insert():
                operation = "PutItem"
                arguments = {"Item": change.item, "ConditionExpression": "attribute_not_exists(pk)"}
            case Update():
                operation, arguments = "UpdateItem", _update(change)
            case Delete():
                operation, arguments = "DeleteItem", {"Key": _key(change.key), **_conditions(change.seen)}
        try:
            answer = self._stack.uncounted(operation, **arguments, ReturnConsumedCapacity="TOTAL")
        except CallError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return False
        self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        return True


def _key(key: Key) -> Item:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _conditions(seen: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    told = ["attribute_exists(pk)"]
    told += [
        f"attribute_not_exists(#{name})" if value is None else f"#{name} = :seen_{name}" for name, value in seen.items()
    ]
    made: dict[str, Any] = {"ConditionExpression": " AND ".join(told)}
    if seen:
        made["ExpressionAttributeNames"] = {f"#{name}": name for name in seen}
    values = {f":seen_{name}": value for name, value in seen.items() if value is not None}
    return made | ({"ExpressionAttributeValues": values} if values else {})


def _update(change: Update) -> dict[str, Any]:
    made = _conditions(change.seen)
    names = {f"#{name}": name for name in (*change.put, *change.drop, *change.seen)}
    values = {f":{name}": value for name, value in change.put.items()} | made.get("ExpressionAttributeValues", {})
    sets = ", ".join(f"#{name} = :{name}" for name in change.put)
    removes = ", ".join(f"#{name}" for name in change.drop)
    expression = f"SET {sets}" + (f" REMOVE {removes}" if removes else "")
    return made | {
        "Key": _key(change.key),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


class NoRecorder:
    """Nobody is told: what the audit entry costs is not to be counted."""

    def record(self, org: str, entry: Any) -> None:
        pass
