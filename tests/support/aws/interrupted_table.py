"""The table on DynamoDB's calls, which another function's act crosses, or which breaks off at a write."""

from collections.abc import Callable, Sequence

from daybook.aws.dynamodb import Connection
from daybook.storage.models.item import Key
from daybook.storage.store import Change, M
from daybook.storage.table import Table

from tests.support.memory.table import CrashError


class InterruptedTable(Table):
    """`crash_after` and `meanwhile` are as in `MemoryTable`; but what a call writes at once is not crossed."""

    def __init__(self, *, name: str, connection: Connection) -> None:
        super().__init__(name=name, connection=connection)
        self.crash_after: int | None = None
        self.meanwhile: tuple[int, Callable[[], object]] | None = None

    def write(self, changes: Sequence[Change]) -> list[bool]:
        self._let_others()
        if self.crash_after is None:
            return super().write(changes)
        left, self.crash_after = self.crash_after, max(self.crash_after - len(changes), 0)
        if left < len(changes):
            self.crash_after = None
            super().write(changes[:left])
            raise CrashError
        return super().write(changes)

    def get(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        self._let_others()
        return super().get(kind, keys, consistent=consistent)

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        self._let_others()
        return super().partitions(kind, pks)

    def _let_others(self) -> None:
        if self.meanwhile is not None:
            left, act = self.meanwhile
            self.meanwhile = (left - 1, act) if left else None
            if not left:
                act()
