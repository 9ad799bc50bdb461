"""Entries of the org's audit log, each with every record that it affected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from msgspec import Struct

from daybook.access.orgs import Orgs
from daybook.core import entry_ids
from daybook.core.errors import ContentExpiredError, NotFoundError
from daybook.model.entries import SOURCES, Affected, Record
from daybook.model.responses import OrgAuditEntry
from daybook.storage.content_store import PARALLEL, ContentStore
from daybook.storage.items import audit_items, entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_SOURCE
from daybook.storage.models.entries import AuditItem, ContentItem
from daybook.storage.models.item import Item, Key
from daybook.storage.store import Range, Store
from daybook.storage.values import key_of, values_of


class ListedEntry(Struct, frozen=True):
    """A row of an org's or a record's audit log, as far as it says where the entry is stored."""

    id: str
    record: Record | None


class AuditEntries:
    def __init__(self, *, table: Store, bodies: ContentStore, orgs: Orgs, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._bodies = bodies
        self._orgs = orgs
        self._clock = clock

    def read(self, org: str, entry_id: str) -> OrgAuditEntry:
        """The entry, from an eventually consistent index, with links to its records by the org's settings.

        NotFoundError, ContentExpiredError, StoreBusyError.
        """
        id_parts = entry_ids.split(entry_id)
        pk = self._partition(org, index_keys.at(*id_parts)) if id_parts else None
        if id_parts is None or pk is None:
            raise NotFoundError("the audit log has no such entry")
        key, content_key = (pk, record_keys.entry("audit", *id_parts)), (pk, record_keys.content(entry_id))
        items = self._table.get(Item, [key, content_key])
        item = items.get(key)
        if not isinstance(item, AuditItem) or not item.is_visible(self._clock()):
            raise NotFoundError("the audit log has no such entry")
        affected = self._affected(item, items.get(content_key))
        if affected is None:
            raise ContentExpiredError("what this entry changed was kept for its time and is gone")
        url_of = self._orgs.read(org).url_of
        return entry_rows.org_audit_entry(values_of(item.serialize(null_check=False)), affected, url_of)

    def read_many(self, org: str, rows: Sequence[ListedEntry]) -> Iterator[OrgAuditEntry]:
        """The entries of rows of an audit log, in their order, by batch reads: as `read` gives each.

        An entry that is gone by now is left out. Of one whose changes are gone the affected records have no `details`,
        `before` and `after`. PARALLEL of them are in memory at once. StoreBusyError.
        """
        items = self._items(org, rows)
        contents = self._table.get(Item, [_content_key(item) for item in items if item.apart])
        url_of = self._orgs.read(org).url_of
        with ThreadPoolExecutor(PARALLEL) as pool:
            for start in range(0, len(items), PARALLEL):
                batch = items[start : start + PARALLEL]
                changes = pool.map(self._affected, batch, [contents.get(_content_key(item)) for item in batch])
                for item, affected in zip(batch, changes, strict=True):
                    known = audit_items.affected(item) if affected is None else affected
                    yield entry_rows.org_audit_entry(values_of(item.serialize(null_check=False)), known, url_of)

    def _items(self, org: str, rows: Sequence[ListedEntry]) -> list[AuditItem]:
        """The items of those of these entries that are to be seen, in the order of the rows."""
        listed = [_listed_key(org, row) for row in rows]
        items = self._table.get(Item, list(dict.fromkeys(listed)))
        # In the log of a further record stands a copy, which knows the entry.
        keys = [None if (item := items.get(key)) is None else audit_items.key_of_entry(item) for key in listed]
        entries = {key for key in keys if key is not None}
        found = items | self._table.get(Item, sorted(entries - items.keys()))
        now = self._clock()
        return [
            item
            for key in keys
            if key is not None and isinstance(item := found.get(key), AuditItem) and item.is_visible(now)
        ]

    def _partition(self, org: str, at: str) -> str | None:
        """The partition of the entry at this position; None if there is none.

        Its id does not say which, but the index by source does; the usual sources are asked first.
        """
        for source in SOURCES:
            rows = self._table.query_values(Range(index_keys.org_member(org, source), at, at, BY_SOURCE), 1).items
            if rows:
                return key_of(rows[0])[0]
        return None

    def _affected(self, item: AuditItem, content: Item | None) -> list[Affected] | None:
        """All that an entry did to records; None where that is gone before the entry."""
        if not item.apart:
            return audit_items.affected(item)
        body = None
        if isinstance(content, ContentItem) and content.is_visible(self._clock()):
            body = self._bodies.load(content)
        return None if body is None else audit_items.decoded_affected(body.decode())


def _listed_key(org: str, row: ListedEntry) -> Key:
    """The key of the item in whose log a row stands. ValueError where its id is none."""
    id_parts = entry_ids.split(row.id)
    if id_parts is None:
        raise ValueError(f"{row.id} is no entry id")
    instant, suffix = id_parts
    return record_keys.entry_partition(org, row.record, instant), record_keys.entry("audit", instant, suffix)


def _content_key(item: AuditItem) -> Key:
    _, instant, suffix = record_keys.split_entry(item.sk)
    return item.pk, record_keys.content_at(instant, suffix)
