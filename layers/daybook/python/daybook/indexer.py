"""The index function: what the table's stream tells of new audit entries goes where else they are to be found.

That is the logs of further affected records, the search index and the register of staff. A batch may come any number
of times, in part and late; each of the three is written so that this changes nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger

from daybook import indexing, items, rows
from daybook.reindexing import Progress
from daybook.segments import Doc
from daybook.table import Item


class Copying(Protocol):
    """See `daybook.copies.Copies`."""

    def write(self, entries: Sequence[Item]) -> int: ...


class Adding(Protocol):
    """See `daybook.indexing.Indexing`."""

    def add(self, org: str, docs: Sequence[Doc]) -> None: ...


class Noting(Protocol):
    """See `daybook.staff_register.StaffRegister`."""

    def note(self, entries: Sequence[Item]) -> int: ...


class Stepping(Protocol):
    """See `daybook.reindexing.Reindexing`."""

    def step(self, org: str) -> Progress: ...


class Indexer:
    """A Lambda handler."""

    def __init__(
        self,
        *,
        copies: Copying,
        index: Adding,
        register: Noting,
        reindexing: Stepping,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._copies = copies
        self._index = index
        self._register = register
        self._reindexing = reindexing
        self._logger = logger
        self._clock = clock

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any] | None:  # noqa: ARG002 - Lambda's
        """Whatever is raised makes Lambda deliver the batch again, or its halves until the one record is found.

        `{"reindex": ORG}`, which the command line sends, does the next month of that and answers with the progress.
        """
        if "reindex" in event:
            progress: dict[str, Any] = msgspec.to_builtins(self._reindexing.step(event["reindex"]))
            return progress
        self._take_in(event["Records"])
        return None

    def _take_in(self, records: Sequence[Mapping[str, Any]]) -> None:
        started = time.perf_counter()
        entries = self._entries(records)
        by_org: dict[str, list[Item]] = defaultdict(list)
        for item in entries:
            by_org[items.record_of(item["pk"]["S"])[0]].append(item)
        copied = self._copies.write(entries)
        noted = self._register.note(entries)
        for org, found in by_org.items():
            self._index.add(org, [indexing.doc(item) for item in found])
        # Figures only.
        self._logger.info(
            "indexed",
            extra={
                "stream_records": len(records),
                "entries_indexed": len(entries),
                "copies_written": copied,
                "staff_noted": noted,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )

    def _entries(self, records: Sequence[Mapping[str, Any]]) -> list[Item]:
        """The audit entries of stream records that are new, or are to be kept for another time than before.

        Each once, as it was last: a batch may hold several records of one.
        """
        now = self._clock()
        images = [
            record["dynamodb"]["NewImage"]
            for record in records
            if _is_entry(record["dynamodb"].get("NewImage", {})) and _is_news(record["dynamodb"])
        ]
        latest = {(image["pk"]["S"], image["sk"]["S"]): image for image in images}
        return [image for image in latest.values() if rows.is_visible(image, now)]


def _is_entry(image: Item) -> bool:
    # A copy has its record's key, too, but does not stand in the org's log.
    return "org_source" in image


def _is_news(change: Mapping[str, Any]) -> bool:
    before = change.get("OldImage")
    return before is None or before.get("expires_at") != change["NewImage"].get("expires_at")
