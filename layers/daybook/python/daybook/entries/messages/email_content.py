"""The content of an e-mail. Each read is itself an audit entry, written before the content is returned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from daybook.access import own_audit
from daybook.access.callers import Caller
from daybook.access.own_audit import Recorder
from daybook.core import entry_ids
from daybook.core.errors import ContentExpiredError, NoContentError, NotFoundError
from daybook.model.entries import Affected, Audit, Body, Record
from daybook.model.responses import Content
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import ContentItem, EmailItem
from daybook.storage.models.item import Item
from daybook.storage.store import Store

VIEWED = "viewed e-mail content"


class EmailContents:
    """Reads of contents; `clock` returns an aware datetime."""

    def __init__(
        self, *, table: Store, bodies: ContentStore, recorder: Recorder, clock: Callable[[], datetime]
    ) -> None:
        self._table = table
        self._bodies = bodies
        self._recorder = recorder
        self._clock = clock

    def read(self, org: str, record: Record, entry_id: str, caller: Caller, ip: str | None) -> Content:
        """The content of an e-mail, after the audit entry of this read is durable.

        NotFoundError where the record has no such e-mail. NoContentError where it was logged without content, or was
        erased. ContentExpiredError, StoreBusyError.
        """
        parts = entry_ids.split(entry_id)
        if parts is None:
            raise NotFoundError("this record has no such e-mail")
        pk = record_keys.partition(org, record)
        entry_key, content_key = (pk, record_keys.entry("email", *parts)), (pk, record_keys.content(entry_id))
        items = self._table.get(Item, [entry_key, content_key])
        entry = items.get(entry_key)
        if not isinstance(entry, EmailItem) or not entry.is_visible(self._clock()):
            raise NotFoundError("this record has no such e-mail")
        if entry.erased is not None:
            raise NoContentError("the person that this e-mail went to was erased, and its content with them")
        if entry.content_until is None:
            raise NoContentError("this e-mail was logged without its content")
        body = self._body(items.get(content_key))
        self._recorder.record(org, _viewing(record, entry_id, caller, ip))
        return Content(entry.subject, body.text, body.html)

    def _body(self, item: Item | None) -> Body:
        expired = ContentExpiredError("the content of this e-mail was kept for its time and is gone")
        if not isinstance(item, ContentItem) or not item.is_visible(self._clock()):
            raise expired
        value = self._bodies.load(item)
        if value is None:
            raise expired
        return msgspec.json.decode(value, type=Body)


def _viewing(record: Record, entry_id: str, caller: Caller, ip: str | None) -> Audit:
    # The id only: who may see the audit log may not see what the e-mail says.
    return own_audit.audit(caller, ip, VIEWED, [Affected(record, "viewed", details={"entry": entry_id})])
