"""Copies of an audit entry in the logs of further records that it affected: the same id, that record's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from daybook.model.entries import Affected
from daybook.storage import attributes
from daybook.storage.content_store import ContentStore
from daybook.storage.items import audit_items, entry_items
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Item, RawUpdate, Store, difference, key_of

# What a copy has of its entry; its key and its expiry are its own.
COPIED = audit_items.COPIED | {"change"}


class RecordCopies:
    def __init__(self, *, table: Store, bodies: ContentStore) -> None:
        self._table = table
        self._bodies = bodies

    def write(self, entries: Iterable[Item]) -> int:
        """Write the copies of these audit entries that are not there, and count them. StoreBusyError."""
        return sum(self._table.insert(self._copies(entries)))

    def complete(self, entries: Iterable[Item]) -> int:
        """As `write`, where most copies are likely to be there: to read them first costs fewer units."""
        copies = {key_of(copy): copy for copy in self._copies(entries)}
        existing = self._table.get(list(copies))
        return sum(self._table.insert([copy for key, copy in copies.items() if key not in existing]))

    def refresh(self, entries: Iterable[Item]) -> int:
        """As `write`, where a person was erased from the entries: existing copies are updated, and counted too."""
        refreshed = 0
        for item in entries:
            for _ in attempts("too many are changing the same copies at once"):
                copies = {key_of(copy): copy for copy in self._copies([item])}
                existing = self._table.get(list(copies))
                changes = [copy_update(existing[key], copies[key]) for key in existing]
                written = self._table.write([change for change in changes if change is not None])
                if all(written):
                    break
            missing = [copies[key] for key in copies.keys() - existing.keys()]
            refreshed += len(written) + sum(self._table.insert(missing))
        return refreshed

    def _copies(self, entries: Iterable[Item]) -> list[Item]:
        copied = [item for item in entries if "others" in item]
        contents = self._contents([item for item in copied if audit_items.OFFLOADED in item])
        return [
            copy
            for item in copied
            for copy in audit_items.copies(
                item, contents.get(attributes.text(item, "at")) or audit_items.affected(item)
            )
        ]

    def _contents(self, offloaded: Sequence[Item]) -> dict[str, list[Affected]]:
        """The offloaded content of these entries, by `at`; none for those that have been erased meanwhile."""
        ats = {entry_items.content_key(item): attributes.text(item, "at") for item in offloaded}
        bodies = {ats[key]: self._bodies.load(item) for key, item in self._table.get(list(ats)).items()}
        return {at: msgspec.json.decode(body, type=list[Affected]) for at, body in bodies.items() if body is not None}


def copy_update(existing: Item, copy: Item) -> RawUpdate | None:
    """The update that gives an existing copy the contents of a new one, but not its expiry; None if it has them."""
    kept = {name: value for name, value in existing.items() if name not in COPIED}
    return difference(existing, kept | {name: value for name, value in copy.items() if name in COPIED})
