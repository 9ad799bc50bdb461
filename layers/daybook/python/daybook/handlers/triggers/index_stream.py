"""The table's stream as the index function gets it: items that were put or changed.

Audit entries are indexed (`audit_entries`). The records of all entries are registered (`records.register`). What stands
in a held record is kept from expiring: all of it when the hold is placed (`backfill`), and from then on what is written
(`holds`). A batch may come any number of times, in part and late; all of it is written so that this changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics

from daybook.aws import cloudwatch
from daybook.core.errors import StoreBusyError
from daybook.handlers.triggers import partial_batches, stream_records
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.partial_batches import RecordsFailedError
from daybook.handlers.triggers.stream_records import StreamChange, StreamRecord
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.entries import Record
from daybook.records.register import RecordRegister
from daybook.storage.items import audit_items
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.entries import AuditCopyItem, AuditItem, EmailItem, EntryItem
from daybook.storage.models.item import Item, Key

if TYPE_CHECKING:
    # A start does not load it for the sake of a type.
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

# For all backfills of a batch together. What the stream tells next waits as long.
SECONDS = 10.0
UNFORESEEN = "an error that nobody foresaw: the log of the index function has it with the org"
COUNTS = ("entries_indexed", "copies_written", "staff_noted", "items_held", "records_registered")


class IndexStreamHandler:
    def __init__(
        self,
        *,
        audit_entries: AuditEntryIndexer,
        holds: HoldEnforcer,
        register: RecordRegister,
        backfill: HoldBackfill,
        logger: Logger,
        metrics: Metrics,
    ) -> None:
        self._audit_entries = audit_entries
        self._holds = holds
        self._register = register
        self._backfill = backfill
        self._logger = logger
        self._metrics = metrics

    def __call__(self, records: Sequence[StreamRecord]) -> PartialItemFailureResponse:
        """The partial batch response: from which record on Lambda is to deliver the batch again.

        All but the failing records are done. RecordsFailedError where the first one fails: it would be returned for
        ever, whereas a batch that raises is halved until that record is alone. StoreBusyError.
        """
        started = time.perf_counter()
        counts = Counter(dict.fromkeys(COUNTS, 0))
        changed_holds: dict[tuple[str, str], None] = {}
        failed = partial_batches.process(
            records,
            lambda part: counts.update(self._process(part, changed_holds)),
            stream_records.failure_log(self._logger),
            self._logger,
        )
        # After what else is in the batch. A step may take long.
        seconds = SECONDS / max(len(changed_holds), 1)
        given_up = sum(self._step_backfill(org, record, seconds) for org, record in changed_holds)
        # Figures only.
        figures = {
            "stream_records": len(records),
            **counts,
            "holds_swept": len(changed_holds),
            "backfills_given_up": given_up,
            "records_failed": len(failed),
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        cloudwatch.report(self._logger, self._metrics, "indexed", figures)
        if failed and failed[0] is records[0]:
            raise RecordsFailedError(f"{len(failed)} of {len(records)} records, the first among them")
        return {
            "batchItemFailures": [{"itemIdentifier": stream_records.sequence_number(first)} for first in failed[:1]]
        }

    def _process(self, records: Sequence[StreamRecord], changed_holds: dict[tuple[str, str], None]) -> dict[str, int]:
        """What was done, by the names in COUNTS. Adds to `changed_holds`: their steps are made once for all parts."""
        changes = stream_records.read_changes(records)
        written = written_items(changes)
        indexed = self._audit_entries.index(changes, written)
        held = self._holds.handle(item for item in written.values() if expires(item))
        registered = self._register.add(item for item in written.values() if isinstance(item, EntryItem))
        changed_holds |= dict.fromkeys(holds_of(changes))
        return {
            "entries_indexed": indexed.entries,
            "copies_written": indexed.copies,
            "staff_noted": indexed.staff,
            "items_held": held,
            "records_registered": registered + self._register.forget(erased_names(changes)),
        }

    def _step_backfill(self, org: str, record: str, seconds: float) -> bool:
        """Whether the backfill of this hold was given up. StoreBusyError where a failure cannot be noted."""
        try:
            return self._backfill.step(org, record, seconds)
        except StoreBusyError as error:
            self._logger.warning("backfill put off", extra={"org": org, "reason": error.detail})
            reason = error.detail
        except Exception:
            # Whatever it is: neither other holds nor the stream may wait for it.
            self._logger.exception("backfill failed", extra={"org": org})
            reason = UNFORESEEN
        return self._note_failure(org, record, reason)

    def _note_failure(self, org: str, record: str, reason: str) -> bool:
        try:
            return self._backfill.fail(org, record, reason)
        except StoreBusyError:
            raise
        except Exception:
            # Its item cannot even be read: it waits for whoever reads the log.
            self._logger.exception("failure not noted", extra={"org": org})
            return False


def written_items(changes: Iterable[StreamChange]) -> dict[Key, Item]:
    """Items of records' logs that have been put; also e-mails that were created from their Send event before."""
    return {
        change.key: change.after
        for change in changes
        if change.after is not None
        and (change.is_insert or (isinstance(change.before, EmailItem) and change.before.sent_only))
        and record_keys.stands_in_record(*change.key)
    }


def erased_names(changes: Iterable[StreamChange]) -> dict[tuple[str, Record], set[str]]:
    """The names that an erasure took out of audit entries, by org and each of the records that the entry affected.

    Of a copy, by its own record: the stream may tell of the copy later than of its entry.
    """
    gone: dict[tuple[str, Record], set[str]] = {}
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, AuditItem) and isinstance(after, AuditItem) and before.names != after.names:
            org = org_keys.org_of(after.pk)
            for record in audit_items.affected_records(before):
                gone.setdefault((org, record), set()).update(audit_items.names_of(before))
        elif isinstance(before, AuditCopyItem) and isinstance(after, AuditCopyItem) and before.change != after.change:
            for each in audit_items.own_affected(before):
                if each.name is not None:
                    gone.setdefault((org_keys.org_of(after.pk), each.record), set()).add(each.name)
    return gone


def expires(item: Item) -> bool:
    """Whether an item, or the content that it tells of, expires: what does not needs no hold."""
    return item.expires_at is not None or (isinstance(item, EmailItem) and item.content_until is not None)


def holds_of(changes: Iterable[StreamChange]) -> list[tuple[str, str]]:
    """The orgs and records of the holds that the stream tells of, each once."""
    orgs = {change.key: org_keys.org_of_holds(change.key[0]) for change in changes}
    return [(org, sk) for (_, sk), org in orgs.items() if org is not None]
