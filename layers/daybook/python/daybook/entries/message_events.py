"""The delivery events of one e-mail or SMS, as callers read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from daybook.core import entry_ids, paging
from daybook.core.errors import NotFoundError
from daybook.model.delivery_events import DeliveryEvent, MessageLog
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.responses import Events, EventScope
from daybook.storage.items import entry_rows, event_attributes
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import MessageItem
from daybook.storage.models.messages import PendingEventsItem
from daybook.storage.store import Store


class MessageEvents:
    """Reads of delivery events; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def read(self, org: str, record: Record, log: MessageLog, entry_id: str) -> Events:
        """All events of an entry by time, and those of an e-mail's message for which SES names no recipient.

        Of more than one answer holds, the earliest. NotFoundError where this log of the record has no such entry.
        StoreBusyError.
        """
        parts = entry_ids.split(entry_id)
        key = record_keys.partition(org, record), record_keys.entry(log, *parts or ("", ""))
        item = self._table.get_item(MessageItem, key)
        if item is None or not item.is_visible(self._clock()):
            raise NotFoundError("this record has no such message")
        own = event_attributes.events(item)
        # What names no recipient of an SMS is its entry's.
        shared = [event for event in self._shared(item) if event not in own] if log == "email" else []
        events: list[tuple[DeliveryEvent, EventScope]] = [
            *((event, "recipient") for event in own),
            *((event, "message") for event in shared),
        ]
        rows = [entry_rows.event_row(event, of) for event, of in sorted(events, key=lambda pair: pair[0].at)]
        return Events(rows[: paging.fitting(rows)])

    def _shared(self, item: MessageItem) -> EventSet:
        if item.message_id is None:
            return ()
        key = message_keys.partition(item.message_id), message_keys.pending_events("email", "")
        pending = self._table.get_item(PendingEventsItem, key)
        if pending is None or not pending.is_visible(self._clock()):
            return ()
        return event_attributes.events(pending)
