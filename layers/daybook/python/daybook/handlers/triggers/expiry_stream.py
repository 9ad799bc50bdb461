"""The table's stream as the retention function gets it: items that TTL has removed, and erasures under way.

What was removed is archived, taken out of the search index and out of S3, and named in holds that came too late. The
stream may tell of it more than once; all that follows may be done twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from aws_lambda_powertools import Logger

from daybook.aws.s3 import S3Objects
from daybook.handlers.triggers import stream_records
from daybook.handlers.triggers.erasures import ErasureSteps
from daybook.handlers.triggers.stream_records import StreamChange, StreamRecord
from daybook.holds.expired_before_hold import ExpiredBeforeHold, ExpiredItem
from daybook.retention.archive import Archive
from daybook.search.index.remover import IndexRemover
from daybook.storage.keys import job_keys, org_keys
from daybook.storage.models.entries import AuditItem, ContentItem, EntryItem
from daybook.storage.models.item import Item
from daybook.storage.models.jobs import ErasureWorkItem


class ExpiryStreamHandler:
    """Without an `archive` nothing is archived."""

    def __init__(
        self,
        *,
        archive: Archive | None,
        index_remover: IndexRemover,
        expired_before_hold: ExpiredBeforeHold,
        objects: S3Objects,
        erasures: ErasureSteps,
        logger: Logger,
    ) -> None:
        self._archive = archive
        self._index_remover = index_remover
        self._expired_before_hold = expired_before_hold
        self._objects = objects
        self._erasures = erasures
        self._logger = logger

    def __call__(self, records: Sequence[StreamRecord]) -> None:
        """Whatever is raised makes Lambda deliver the same batch again, whole. StoreBusyError."""
        started = time.perf_counter()
        changes = stream_records.read_changes(records)
        expired = expired_items(changes)
        items = [each.item for each in expired]
        archived = self._archive.keep(items) if self._archive is not None else 0
        positions = audit_positions(items)
        for org, ats in positions.items():
            self._index_remover.remove(org, ats)
        lost = self._expired_before_hold.record(expired)
        # Last: the archive reads some of them.
        objects = [item.object for item in items if isinstance(item, ContentItem) and item.object is not None]
        self._objects.delete(objects)
        # After what cannot wait: the schedule comes back for erasures.
        erasures = erasures_under_way(changes)
        self._erasures.run(erasures)
        # Figures only.
        self._logger.info(
            "retired",
            extra={
                "stream_records": len(records),
                "entries_expired": sum(isinstance(item, EntryItem) for item in items),
                "entries_archived": archived,
                "entries_forgotten": sum(map(len, positions.values())),
                "entries_lost_to_holds": lost,
                "objects_deleted": len(objects),
                "erasures_continued": len(erasures),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def expired_items(changes: Sequence[StreamChange]) -> list[ExpiredItem]:
    """The items, as they were last, that TTL and nobody else has removed; each once."""
    expired = {
        change.key: ExpiredItem(change.before, change.at)
        for change in changes
        if change.is_removal_by_ttl and change.before is not None
    }
    return list(expired.values())


def audit_positions(items: Sequence[Item]) -> dict[str, list[str]]:
    """The positions (`at`) of these items in their orgs' audit logs, by org; other items have none."""
    positions: dict[str, list[str]] = defaultdict(list)
    for item in items:
        if isinstance(item, AuditItem):
            positions[org_keys.org_of(item.pk)].append(item.at)
    return positions


def erasures_under_way(changes: Sequence[StreamChange]) -> list[tuple[str, str]]:
    """The orgs and ids of the erasures under way that the stream tells of, each once."""
    under_way = [change.after.sk for change in changes if isinstance(change.after, ErasureWorkItem)]
    return [job_keys.split_erasure(sk) for sk in dict.fromkeys(under_way)]
