"""The table's stream as the retention function gets it: items that TTL has removed, and erasures under way.

What was removed is archived, taken out of the search index and out of S3, and named in holds that came too late. The
stream may tell of it more than once; all that follows may be done twice.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from aws_lambda_powertools import Logger, Metrics

from daybook.aws import cloudwatch
from daybook.aws.s3 import S3Objects
from daybook.handlers.triggers import partial_batches, stream_records
from daybook.handlers.triggers.erasures import ErasureSteps
from daybook.handlers.triggers.partial_batches import RecordsFailedError
from daybook.handlers.triggers.stream_records import StreamChange, StreamRecord, sequence_number
from daybook.holds.expired_before_hold import ExpiredBeforeHold, ExpiredItem
from daybook.records.register import RecordRegister
from daybook.retention.archive import Archive
from daybook.search.index.remover import IndexRemover
from daybook.storage.keys import job_keys, org_keys, register_keys
from daybook.storage.models import kinds
from daybook.storage.models.entries import AuditItem, ContentItem, EntryItem
from daybook.storage.models.item import Item
from daybook.storage.models.register import RecordItem

COUNTS = ("entries_expired", "entries_archived", "entries_forgotten", "entries_lost_to_holds", "objects_deleted")


class ExpiryStreamHandler:
    """Without an `archive` nothing is archived."""

    def __init__(
        self,
        *,
        archive: Archive | None,
        index_remover: IndexRemover,
        expired_before_hold: ExpiredBeforeHold,
        register: RecordRegister,
        objects: S3Objects,
        erasures: ErasureSteps,
        logger: Logger,
        metrics: Metrics,
    ) -> None:
        self._archive = archive
        self._index_remover = index_remover
        self._expired_before_hold = expired_before_hold
        self._register = register
        self._objects = objects
        self._erasures = erasures
        self._logger = logger
        self._metrics = metrics

    def __call__(self, records: Sequence[StreamRecord]) -> None:
        """Whatever is raised makes Lambda deliver the same batch again, whole. StoreBusyError.

        RecordsFailedError where records fail; all others are done then.
        """
        started = time.perf_counter()
        counts = Counter(dict.fromkeys(COUNTS, 0))
        changes: dict[str, StreamChange] = {}

        def read(part: Sequence[StreamRecord]) -> None:
            changes.update(zip(map(sequence_number, part), stream_records.read_changes(part), strict=True))

        def expired(part: Sequence[StreamRecord]) -> list[ExpiredItem]:
            return expired_items([changes[sequence_number(record)] for record in part])

        removed = [record for record in records if stream_records.is_removal_by_ttl(record)]
        failed = self._process(removed, read)
        # Objects in S3 stay until what the archive needs of them is archived.
        failed += self._process(
            _without(removed, failed), lambda part: counts.update(self._archive_items(expired(part)))
        )
        failed += self._process(
            _without(removed, failed), lambda part: counts.update(self._remove_traces(expired(part)))
        )
        # After what cannot wait: the schedule comes back for erasures.
        erasures = self._erasures.run(erasures_under_way(records))
        # Figures only.
        figures = {
            "stream_records": len(records),
            **counts,
            **erasures,
            "records_failed": len(failed),
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        cloudwatch.report(self._logger, self._metrics, "retired", figures)
        if failed:
            raise RecordsFailedError(f"{len(failed)} of {len(records)} records")

    def _process(
        self, records: Sequence[StreamRecord], action: Callable[[Sequence[StreamRecord]], None]
    ) -> list[StreamRecord]:
        """Take an action with all records, or with as many as can; the records that fail."""
        failure_log = stream_records.failure_log(self._logger)
        return partial_batches.process(records, action, failure_log, self._logger)

    def _archive_items(self, expired: Sequence[ExpiredItem]) -> dict[str, int]:
        items = [each.item for each in expired]
        return {"entries_archived": self._archive.keep(items) if self._archive is not None else 0}

    def _remove_traces(self, expired: Sequence[ExpiredItem]) -> dict[str, int]:
        """Take the items out of the search index and of S3, and name them in holds that came too late."""
        items = [each.item for each in expired]
        positions = audit_positions(items)
        for org, ats in positions.items():
            self._index_remover.remove(org, ats)
        lost = self._expired_before_hold.record(expired)
        objects = [item.object for item in items if isinstance(item, ContentItem) and item.object is not None]
        self._objects.delete(objects)
        for item in items:
            if isinstance(item, RecordItem):
                # It stays registered where entries of it do: by a hold, or a changed policy.
                self._register.rebuild(*register_keys.split_record(*item.key))
        return {
            "entries_expired": sum(isinstance(item, EntryItem) for item in items),
            "entries_forgotten": sum(map(len, positions.values())),
            "entries_lost_to_holds": lost,
            "objects_deleted": len(objects),
        }


def _without(records: Sequence[StreamRecord], left_out: Sequence[StreamRecord]) -> list[StreamRecord]:
    numbers = set(map(sequence_number, left_out))
    return [record for record in records if sequence_number(record) not in numbers]


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


def erasures_under_way(records: Sequence[StreamRecord]) -> list[tuple[str, str]]:
    """The orgs and ids of the erasures under way that the stream tells of, each once. Only their keys are read."""
    keys = [kinds.key_of(record["dynamodb"]["Keys"]) for record in records if "NewImage" in record["dynamodb"]]
    return [job_keys.split_erasure(sk) for pk, sk in dict.fromkeys(keys) if pk == job_keys.ERASURES]
