"""Requests and units: DynamoDB Local tells those of a single write but not of a PartiQL batch, which costs the same."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from daybook.storage.store import Change
from daybook.storage.table import Table

from tests.support.dynamodb.service_stack import Stack, WatchedConnection

WRITES = ("PutItem", "UpdateItem", "DeleteItem")


class MeteredWrites(Table):
    """Makes each change by itself, and counts what it costs in the table and its indexes, and what is read."""

    def __init__(self, stack: Stack) -> None:
        connection = WatchedConnection(region=stack.local.region, endpoint=stack.local.endpoint)
        connection.count = self._count
        super().__init__(name=stack.local.name, connection=connection)
        self.units = self.reads = 0.0

    def take(self) -> float:
        """The write units since they were last taken."""
        taken, self.units = self.units, 0.0
        return taken

    def write(self, changes: Sequence[Change]) -> list[bool]:
        return [super(MeteredWrites, self).write([change])[0] for change in changes]

    def _count(self, operation: str, answer: dict[str, Any]) -> None:
        if operation in WRITES:
            self.units += consumed(answer)
        else:
            self.reads += consumed(answer)


class Meter:
    """Read and write units of what went on since they were last taken; services are handed its table."""

    def __init__(self, stack: Stack) -> None:
        self.table = MeteredWrites(stack)

    def take(self, entries: int) -> tuple[float, float]:
        """For each 1,000 of so many entries."""
        reads, self.table.reads = self.table.reads, 0.0
        return reads * 1_000 / entries, self.table.take() * 1_000 / entries


class RequestMeter:
    """Counts the requests, of any number of threads, and the units that DynamoDB says they took."""

    def __init__(self, stack: Stack) -> None:
        self.requests, self.units = 0, 0.0
        self._lock = Lock()
        stack.connection.count = self._count

    def _count(self, _: str, answer: dict[str, Any]) -> None:
        with self._lock:
            self.requests += 1
            self.units += consumed(answer)

    def take(self) -> tuple[int, float]:
        taken = self.requests, self.units
        self.requests, self.units = 0, 0.0
        return taken


def consumed(answer: dict[str, Any]) -> float:
    told = answer.get("ConsumedCapacity", [])
    units: float = sum(each["CapacityUnits"] for each in ([told] if isinstance(told, dict) else told))
    return units


class NoRecorder:
    """Nobody is told: what the audit entry costs is not to be counted."""

    def record(self, org: str, entry: Any) -> None:
        pass
