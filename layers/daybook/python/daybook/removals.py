"""The retention function: what follows when TTL has taken something; once a day a look at what it left. When it is
asked to, it applies a changed policy, or tells what one would take.

What TTL took comes from the table's stream, perhaps more than once; all that follows bears being done twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger

from daybook import items, keys, restamping, retention_preview, rows
from daybook.retention_check import Figures
from daybook.table import Item

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class Context(Protocol):
    """What of Lambda's is needed here."""

    def get_remaining_time_in_millis(self) -> int: ...


class Keeping(Protocol):
    """See `daybook.archive.Archive`."""

    def keep(self, removed: Sequence[Item]) -> int: ...


class Forgetting(Protocol):
    """See `daybook.forgetting.Forgetting`."""

    def forget(self, org: str, ats: Collection[str]) -> None: ...


class Deleting(Protocol):
    """See `daybook.bodies.S3Objects`."""

    def delete(self, names: Sequence[str]) -> None: ...


class Checking(Protocol):
    """See `daybook.retention_check.RetentionCheck`."""

    def step(self, seconds_left: Callable[[], float]) -> Figures | None: ...


class Applying(Protocol):
    """See `daybook.restamping.Restamping`."""

    def step(self, asked: restamping.Asked) -> restamping.Progress: ...


class Previewing(Protocol):
    """See `daybook.retention_preview.Preview`."""

    def step(self, asked: retention_preview.Asked) -> retention_preview.Found: ...


class Removals:
    """A Lambda handler. Without an `archive` nothing is archived."""

    def __init__(
        self,
        *,
        archive: Keeping | None,
        forgetting: Forgetting,
        objects: Deleting,
        check: Checking,
        applying: Applying,
        preview: Previewing,
        logger: Logger,
    ) -> None:
        self._archive = archive
        self._forgetting = forgetting
        self._objects = objects
        self._check = check
        self._applying = applying
        self._preview = preview
        self._logger = logger

    def __call__(self, event: Mapping[str, Any], context: Context) -> Any:
        """Whatever is raised makes Lambda deliver the same batch again, whole; `{"check": true}` is the schedule's.

        `{"apply": {...}}` and `{"preview": {...}}` are asked by the command line, step by step.
        """
        if "apply" in event:
            return msgspec.to_builtins(self._applying.step(msgspec.convert(event["apply"], restamping.Asked)))
        if "preview" in event:
            asked = msgspec.convert(event["preview"], retention_preview.Asked)
            return msgspec.to_builtins(self._preview.step(asked))
        if "check" in event:
            return self._look(context)
        return self._follow(event["Records"])

    def _look(self, context: Context) -> None:
        figures = self._check.step(lambda: context.get_remaining_time_in_millis() / 1000)
        if figures is not None:
            self._logger.info("retention checked", extra=msgspec.to_builtins(figures))

    def _follow(self, records: Sequence[Mapping[str, Any]]) -> None:
        started = time.perf_counter()
        removed = taken(records)
        archived = self._archive.keep(removed) if self._archive is not None else 0
        forgotten = places(removed)
        for org, ats in forgotten.items():
            self._forgetting.forget(org, ats)
        # Last: the archive reads some of them.
        objects = [rows.text(item, "object") for item in removed if "object" in item]
        self._objects.delete(objects)
        # Figures only.
        self._logger.info(
            "retired",
            extra={
                "stream_records": len(records),
                "entries_expired": sum(keys.log_of(*_key(item)) is not None for item in removed),
                "entries_archived": archived,
                "entries_forgotten": sum(map(len, forgotten.values())),
                "objects_deleted": len(objects),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def taken(records: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The items, as they were last, that TTL and nobody else has removed; each once."""
    removed = [
        record["dynamodb"]["OldImage"]
        for record in records
        if record["eventName"] == "REMOVE" and record.get("userIdentity") == TTL
    ]
    return list({_key(item): item for item in removed}.values())


def places(removed: Sequence[Item]) -> dict[str, list[str]]:
    """Where the removed entries stood in their orgs' audit logs (`at`), by org."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in removed:
        # A copy has its record's key, too, but does not stand in the org's log.
        if "org_source" in item:
            found[items.record_of(rows.text(item, "pk"))[0]].append(rows.text(item, "at"))
    return found


def _key(item: Item) -> tuple[str, str]:
    return rows.text(item, "pk"), rows.text(item, "sk")
