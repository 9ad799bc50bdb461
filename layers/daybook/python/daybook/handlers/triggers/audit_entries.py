"""What follows from an audit entry in the stream: copies in other records' logs, staff register, search index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from daybook.audit import staff_register
from daybook.audit.record_copies import RecordCopies
from daybook.audit.staff_register import StaffRegister
from daybook.erasure.requests import ErasureRepeats
from daybook.handlers.triggers.stream_records import StreamChange
from daybook.search.index.remover import IndexRemover
from daybook.search.index.segments import Document
from daybook.search.index.terms import document
from daybook.search.index.writer import IndexWriter
from daybook.storage.keys import org_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key

# What an erasure changes of an entry; a second one leaves the first one's instant.
REDACTED = ("erased", "action", "change", "others", "names", "username")


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
        erasure_repeats: ErasureRepeats,
        register: StaffRegister,
        index_writer: IndexWriter,
        index_remover: IndexRemover,
        clock: Callable[[], datetime],
    ) -> None:
        self._copies = copies
        self._erasure_repeats = erasure_repeats
        self._register = register
        self._index_writer = index_writer
        self._index_remover = index_remover
        self._clock = clock

    def index(self, changes: Sequence[StreamChange], written: Collection[Key]) -> Indexed:
        """Handle the audit entries of these changes; `written` are the items that they have put."""
        now = self._clock()
        entries = [entry for entry in changed_entries(changes) if entry.is_visible(now)]
        # First: what is no whole entry fails before anything is written.
        documents = {entry.key: document(entry) for entry in entries}
        copies = self._write_copies(entries, written)
        # After the copies: an erasure that does not know of them has begun before.
        self._erasure_repeats.request(entry for entry in entries if entry.key in written)
        staff = self._register.add(entries)
        self._register.remove(erased_usernames(changes))
        self._register.rename(staff_register.erased_names(redacted(changes)))
        self._update_index(entries, documents, expiring_anew(changes))
        return Indexed(len(entries), copies, staff)

    def _write_copies(self, entries: Sequence[AuditItem], written: Collection[Key]) -> int:
        created = self._copies.write(entry for entry in entries if entry.key in written)
        # An entry whose expiry has changed is likely to have its copies.
        completed = self._copies.complete(
            entry for entry in entries if entry.key not in written and entry.erased is None
        )
        # The erasure may have run before this function wrote copies and index terms of an entry.
        refreshed = self._copies.refresh(entry for entry in entries if entry.erased is not None)
        return created + completed + refreshed

    def _update_index(
        self, entries: Sequence[AuditItem], documents: Mapping[Key, Document], expiring: Collection[Key]
    ) -> None:
        """Add entries with a new expiry to their orgs' indexes, and replace there what an erasure has changed."""
        by_org: dict[str, list[AuditItem]] = defaultdict(list)
        for entry in entries:
            by_org[org_keys.org_of(entry.pk)].append(entry)
        for org, of_org in by_org.items():
            self._index_remover.replace(org, [documents[entry.key] for entry in of_org if entry.erased is not None])
            if added := [documents[entry.key] for entry in of_org if entry.key in expiring]:
                self._index_writer.add(org, added)


def changed_entries(changes: Iterable[StreamChange]) -> list[AuditItem]:
    """The audit entries that are new, expire at another time than before, or are erased in part.

    Each once, as it was last: a batch may hold several changes of one.
    """
    changed = {
        change.key: change.after
        for change in changes
        if isinstance(change.after, AuditItem) and (_is_expiring_anew(change) or _is_redacted(change))
    }
    return list(changed.values())


def erased_usernames(changes: Iterable[StreamChange]) -> set[tuple[str, str]]:
    """The orgs and usernames that an erasure took out of audit entries; a late change may have registered them."""
    return {
        (org_keys.org_of(change.before.pk), change.before.username)
        for change in changes
        if isinstance(change.before, AuditItem)
        and isinstance(change.after, AuditItem)
        and change.before.username != change.after.username
    }


def redacted(changes: Iterable[StreamChange]) -> list[tuple[AuditItem, AuditItem]]:
    """The audit entries from which an erasure took something, before and after."""
    return [
        (change.before, change.after)
        for change in changes
        if isinstance(change.before, AuditItem) and isinstance(change.after, AuditItem) and _is_redacted(change)
    ]


def expiring_anew(changes: Iterable[StreamChange]) -> set[Key]:
    """The keys of items that are new, or expire at another time than before."""
    return {change.key for change in changes if _is_expiring_anew(change)}


def _is_expiring_anew(change: StreamChange) -> bool:
    before, after = change.before, change.after
    return after is not None and (before is None or before.expires_at != after.expires_at)


def _is_redacted(change: StreamChange) -> bool:
    return any(getattr(change.before, name) != getattr(change.after, name) for name in REDACTED)
