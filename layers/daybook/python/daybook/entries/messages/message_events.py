"""The delivery events of one e-mail or SMS, as callers read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from daybook.core import entry_ids, paging
from daybook.core.errors import NotFoundError
from daybook.model import event_set
from daybook.model.delivery_events import DeliveryEvent, MessageLog
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.responses import EventList, EventScope
from daybook.storage import message_names
from daybook.storage.items import entry_pointers, entry_rows, event_attributes
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.message_names import Names
from daybook.storage.models.entries import EmailItem, MessageItem
from daybook.storage.models.messages import PendingEventsItem
from daybook.storage.store import Store


class MessageEvents:
    """Reads of delivery events; `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def read(self, org: str, record: Record, log: MessageLog, entry_id: str) -> EventList:
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
        identities = {event.identity for event in own}
        # What names no recipient of an SMS is its entry's.
        shared = [event for event in self._shared(item, org) if event.identity not in identities]
        events: list[tuple[DeliveryEvent, EventScope]] = [
            *((event, "message" if event.of_message else "recipient") for event in own),
            *((event, "message") for event in shared),
        ]
        rows = [entry_rows.event_row(event, of) for event, of in sorted(events, key=lambda pair: pair[0].at)]
        return EventList(rows[: paging.fitting(rows)])

    def _shared(self, item: MessageItem, org: str) -> EventSet:
        """The events of the message as a whole, under any of its names."""
        message_id = entry_pointers.message_id_of(item)
        if message_id is None or not isinstance(item, EmailItem):
            return ()
        now = self._clock()
        names = Names(recipients=frozenset({item.recipient_hash}))
        stored = message_names.read(self._table, {message_id: names})[message_id]
        keys = {message_keys.pending_events("email", ""), message_keys.pending_events("email", "", org)}
        return event_set.merge(
            *(
                event_attributes.events(pending)
                for pending in stored
                if isinstance(pending, PendingEventsItem) and pending.sk in keys and pending.is_visible(now)
            )
        )
