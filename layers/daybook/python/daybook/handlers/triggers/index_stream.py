"""The table's stream as the index function gets it: items that were put or changed.

Audit entries are indexed (`audit_entries`). What stands in a held record is kept from expiring: all of it when the
hold is placed, and from then on what is written. A batch may come any number of times, in part and late; all of it is
written so that this changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from aws_lambda_powertools import Logger

from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.stream_records import StreamChange, StreamRecord, read_changes
from daybook.holds.enforcement import HoldEnforcer
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.entries import EmailItem
from daybook.storage.models.item import Item, Key


class IndexStreamHandler:
    def __init__(self, *, audit_entries: AuditEntryIndexer, holds: HoldEnforcer, logger: Logger) -> None:
        self._audit_entries = audit_entries
        self._holds = holds
        self._logger = logger

    def __call__(self, records: Sequence[StreamRecord]) -> None:
        """StoreBusyError. Lambda delivers the batch again, or its halves until the one failing record is found."""
        started = time.perf_counter()
        changes = read_changes(records)
        written = written_items(changes)
        indexed = self._audit_entries.index(changes, written)
        held = self._holds.handle(written.values())
        holds = changed_holds(changes)
        for org, record in holds:
            self._holds.step(org, record)
        # Figures only.
        self._logger.info(
            "indexed",
            extra={
                "stream_records": len(records),
                "entries_indexed": indexed.entries,
                "copies_written": indexed.copies,
                "staff_noted": indexed.staff,
                "items_held": held,
                "holds_swept": len(holds),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def written_items(changes: Iterable[StreamChange]) -> dict[Key, Item]:
    """Items of records' logs that have been put; also e-mails that were created from their Send event before."""
    return {
        change.key: change.after
        for change in changes
        if change.after is not None
        and (change.is_insert or (isinstance(change.before, EmailItem) and change.before.sent_only))
        and record_keys.stands_in_record(*change.key)
    }


def changed_holds(changes: Iterable[StreamChange]) -> list[tuple[str, str]]:
    """The orgs and records of the holds that the stream tells of, each once."""
    orgs = {change.key: org_keys.org_of_holds(change.key[0]) for change in changes}
    return [(org, sk) for (_, sk), org in orgs.items() if org is not None]
