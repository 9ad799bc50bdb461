"""Copies of an audit entry in the logs of further records that it affected: the same id, that record's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daybook.model.entries import Affected
from daybook.storage.content_store import ContentStore
from daybook.storage.items import audit_items, entry_items
from daybook.storage.models.entries import AuditCopyItem, AuditItem, ContentItem
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Store, Update, difference

# What a copy has of its entry; its key and its expiry are its own.
COPIED = (*audit_items.COPIED, "thin", "change")


class RecordCopies:
    def __init__(self, *, table: Store, bodies: ContentStore) -> None:
        self._table = table
        self._bodies = bodies

    def write(self, entries: Iterable[AuditItem]) -> int:
        """Write the copies of these audit entries that are not there, and count them. StoreBusyError."""
        return sum(self._table.insert(self._copies(entries)))

    def complete(self, entries: Iterable[AuditItem]) -> int:
        """As `write`, where most copies are likely to be there: to read them first costs fewer units."""
        copies = {copy.key: copy for copy in self._copies(entries)}
        existing = self._table.get_values(list(copies))
        return sum(self._table.insert([copy for key, copy in copies.items() if key not in existing]))

    def refresh(self, entries: Iterable[AuditItem]) -> int:
        """As `write`, where a person was erased from the entries: existing copies are updated, and counted too."""
        refreshed = 0
        for item in entries:
            for _ in attempts("too many are changing the same copies at once"):
                copies = {copy.key: copy for copy in self._copies([item])}
                existing = self._table.get(AuditCopyItem, list(copies))
                changes = [copy_update(existing[key], copies[key]) for key in existing]
                written = self._table.write([change for change in changes if change is not None])
                if all(written):
                    break
            missing = [copies[key] for key in copies.keys() - existing.keys()]
            refreshed += len(written) + sum(self._table.insert(missing))
        return refreshed

    def _copies(self, entries: Iterable[AuditItem]) -> list[AuditCopyItem]:
        copied = [item for item in entries if item.others is not None]
        contents = self._contents([item for item in copied if item.apart])
        return [
            copy
            for item in copied
            for copy in audit_items.copies(item, contents.get(item.at) or audit_items.affected(item))
        ]

    def _contents(self, offloaded: Sequence[AuditItem]) -> dict[str, list[Affected]]:
        """The offloaded content of these entries, by `at`; none for those that have been erased meanwhile."""
        ats = {entry_items.content_key(item): item.at for item in offloaded}
        bodies = {ats[key]: self._bodies.load(item) for key, item in self._table.get(ContentItem, list(ats)).items()}
        return {at: audit_items.decoded_affected(body.decode()) for at, body in bodies.items() if body is not None}


def copy_update(existing: AuditCopyItem, copy: AuditCopyItem) -> Update | None:
    """The update that gives an existing copy the contents of a new one, but not its expiry; None if it has them."""
    after = AuditCopyItem(**existing.attribute_values | {name: getattr(copy, name) for name in COPIED})
    return difference(existing, after)
