"""The table's stream as the index function gets it: items that were put or changed.

Audit entries are indexed (`audit_entries`). What stands in a held record is kept from expiring: all of it when the
hold is placed, and from then on what is written. A batch may come any number of times, in part and late; all of it is
written so that this changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from aws_lambda_powertools import Logger

from daybook.handlers.triggers import stream_records
from daybook.handlers.triggers.audit_entries import AuditEntryIndexer
from daybook.handlers.triggers.stream_records import StreamRecord
from daybook.holds.enforcement import HoldEnforcer
from daybook.storage.items import entry_items
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.store import Item, Key, key_of


class IndexStreamHandler:
    def __init__(self, *, audit_entries: AuditEntryIndexer, holds: HoldEnforcer, logger: Logger) -> None:
        self._audit_entries = audit_entries
        self._holds = holds
        self._logger = logger

    def __call__(self, records: Sequence[StreamRecord]) -> None:
        """StoreBusyError. Lambda delivers the batch again, or its halves until the one failing record is found."""
        started = time.perf_counter()
        written = written_items(records)
        indexed = self._audit_entries.index(records, written)
        held = self._holds.handle(list(written.values()))
        holds = changed_holds(records)
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


def written_items(records: Sequence[StreamRecord]) -> dict[Key, Item]:
    """Items of records' logs that have been put; also e-mails that were created from their Send event before."""
    written = {}
    for record in records:
        before, after = stream_records.before(record), stream_records.after(record)
        is_put = record["eventName"] == "INSERT" or (before is not None and entry_items.SENT_ONLY in before)
        if after is not None and is_put and record_keys.stands_in_record(*key_of(after)):
            written[key_of(after)] = after
    return written


def changed_holds(records: Sequence[StreamRecord]) -> list[tuple[str, str]]:
    """The orgs and records of the holds that the stream tells of, each once."""
    changed = dict.fromkeys(map(stream_records.key, records))
    orgs = {key: org_keys.org_of_holds(key[0]) for key in changed}
    return [(org, sk) for (_, sk), org in orgs.items() if org is not None]
