"""One entry of the org's audit log, with every record that it affected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from daybook.access.orgs import Orgs
from daybook.core import entry_ids
from daybook.core.errors import ContentExpiredError, NotFoundError
from daybook.model.entries import SOURCES, Affected
from daybook.model.responses import OrgAuditEntry
from daybook.storage.content_store import ContentStore
from daybook.storage.items import audit_items, entry_rows
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_SOURCE
from daybook.storage.models.entries import AuditItem, ContentItem
from daybook.storage.models.item import Item
from daybook.storage.store import Range, Store
from daybook.storage.values import key_of, values_of


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
        url_of = self._orgs.read(org).url_of
        return entry_rows.org_audit_entry(values_of(item.serialize(null_check=False)), affected, url_of)

    def _partition(self, org: str, at: str) -> str | None:
        """The partition of the entry at this position; None if there is none.

        Its id does not say which, but the index by source does; the usual sources are asked first.
        """
        for source in SOURCES:
            rows = self._table.query_values(Range(index_keys.org_member(org, source), at, at, BY_SOURCE), 1).items
            if rows:
                return key_of(rows[0])[0]
        return None

    def _affected(self, item: AuditItem, content: Item | None) -> list[Affected]:
        if not item.apart:
            return audit_items.affected(item)
        body = None
        if isinstance(content, ContentItem) and content.is_visible(self._clock()):
            body = self._bodies.load(content)
        if body is None:
            raise ContentExpiredError("what this entry changed was kept for its time and is gone")
        return audit_items.decoded_affected(body.decode())
