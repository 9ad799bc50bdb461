"""Making the search index of a table in memory anew."""

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.search.by_time import EntriesByTime
from daybook.search.index.reindex import Progress, Reindexer
from daybook.search.index.writer import IndexWriter
from daybook.storage.content_store import ContentStore

from tests.support.memory.search_index import NOW, ORG, SIZES
from tests.support.memory.table import CrashError, MemoryTable

ticks = itertools.count()


def ticking() -> datetime:
    """The names of segments go by it."""
    return NOW + timedelta(milliseconds=next(ticks))


class NoObjects:
    def put(self, name: str, body: bytes) -> None:
        raise AssertionError(name, body)

    def get(self, name: str) -> bytes | None:
        raise AssertionError(name)

    def names(self, prefix: str, after: str | None, limit: int) -> list[str]:
        raise AssertionError(prefix, after, limit)

    def delete(self, names: Sequence[str]) -> None:
        raise AssertionError(names)


def reindexing(table: MemoryTable) -> Reindexer:
    return Reindexer(
        table=table,
        by_time=EntriesByTime(table=table),
        writer=IndexWriter(table=table, clock=ticking, sizes=SIZES),
        derived_writers=[
            RecordCopies(table=table, bodies=ContentStore(objects=NoObjects())).complete,
            StaffRegister(table=table, zone=lambda _: UTC).add,
        ],
        clock=lambda: NOW,
        sizes=SIZES,
    )


def reindex(table: MemoryTable, chance: random.Random | None = None) -> list[Progress]:
    """Step by step to the end, each by a new function; with a `chance`, some die and are called again."""
    steps: list[Progress] = []
    while not (steps and steps[-1].done):
        if chance:
            table.crash_after = chance.randrange(40)
        try:
            steps.append(reindexing(table).step(ORG))
        except CrashError:
            continue
        finally:
            table.crash_after = None
    return steps
