"""What follows from an audit entry in the stream: copies in other records' logs, staff register, search index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct

from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff import StaffRegister
from daybook.handlers.triggers import stream_records
from daybook.handlers.triggers.stream_records import StreamRecord
from daybook.search.index.remover import IndexRemover
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage import attributes
from daybook.storage.items import audit_items, entry_items
from daybook.storage.keys import org_keys
from daybook.storage.store import Item, Key, key_of

# What an erasure changes of an entry; a second one leaves the first one's instant.
REDACTED = (entry_items.ERASED, "action", "change", "others", "names", "username")


class Indexed(Struct, frozen=True):
    """How many entries were handled, and what was written for them; the search index is not counted."""

    entries: int
    copies: int
    staff: int


class AuditEntryIndexer:
    """All of it raises StoreBusyError; records may come again, late or in another order."""

    def __init__(
        self,
        *,
        copies: RecordCopies,
        register: StaffRegister,
        index_writer: IndexWriter,
        index_remover: IndexRemover,
        clock: Callable[[], datetime],
    ) -> None:
        self._copies = copies
        self._register = register
        self._index_writer = index_writer
        self._index_remover = index_remover
        self._clock = clock

    def index(self, records: Sequence[StreamRecord], written: Collection[Key]) -> Indexed:
        """Handle the audit entries of stream records; `written` are the items that the records have put."""
        now = self._clock()
        entries = [entry for entry in changed_entries(records) if attributes.is_visible(entry, now)]
        copies = self._write_copies(entries, written)
        staff = self._register.add(entries)
        self._update_index(entries, expiring_anew(records))
        return Indexed(len(entries), copies, staff)

    def _write_copies(self, entries: Sequence[Item], written: Collection[Key]) -> int:
        created = self._copies.write([entry for entry in entries if key_of(entry) in written])
        # An entry whose expiry has changed is likely to have its copies.
        completed = self._copies.complete(
            [entry for entry in entries if key_of(entry) not in written and not _is_erased(entry)]
        )
        # The erasure may have run before this function wrote copies and index terms of an entry.
        refreshed = self._copies.refresh([entry for entry in entries if _is_erased(entry)])
        return created + completed + refreshed

    def _update_index(self, entries: Sequence[Item], expiring: Collection[Key]) -> None:
        """Add entries with a new expiry to their orgs' indexes, and replace there what an erasure has changed."""
        by_org: dict[str, list[Item]] = defaultdict(list)
        for entry in entries:
            by_org[org_keys.org_of(entry["pk"]["S"])].append(entry)
        for org, of_org in by_org.items():
            self._index_remover.replace(org, [document(entry) for entry in of_org if _is_erased(entry)])
            if documents := [document(entry) for entry in of_org if key_of(entry) in expiring]:
                self._index_writer.add(org, documents)


def changed_entries(records: Sequence[StreamRecord]) -> list[Item]:
    """The audit entries that are new, expire at another time than before, or are erased in part.

    Each once, as it was last: a batch may hold several records of one.
    """
    images = [
        after
        for record in records
        if (after := stream_records.after(record)) is not None
        and audit_items.is_entry(after)
        and (_is_expiring_anew(record) or _is_redacted(stream_records.before(record) or {}, after))
    ]
    return list({key_of(image): image for image in images}.values())


def expiring_anew(records: Sequence[StreamRecord]) -> set[Key]:
    """The keys of items that are new, or expire at another time than before."""
    return {stream_records.key(record) for record in records if _is_expiring_anew(record)}


def _is_expiring_anew(record: StreamRecord) -> bool:
    before, after = stream_records.before(record), stream_records.after(record) or {}
    return before is None or before.get("expires_at") != after.get("expires_at")


def _is_redacted(before: Item, after: Item) -> bool:
    return any(before.get(name) != after.get(name) for name in REDACTED)


def _is_erased(entry: Item) -> bool:
    return entry_items.ERASED in entry
