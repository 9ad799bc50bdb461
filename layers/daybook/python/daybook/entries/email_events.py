"""The delivery events of one e-mail, as its readers see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from daybook.core import entry_ids
from daybook.core.errors import NotFoundError
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.model.event_set import EventSet
from daybook.model.responses import Events, Whose
from daybook.storage import attributes
from daybook.storage.items import entry_rows, event_attributes
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.store import Item, Store


class EmailEvents:
    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def read(self, org: str, record: Record, entry_id: str) -> Events:
        """Every event known of an e-mail, and those of its message that SES cannot tell whose they are.

        NotFoundError, StoreBusyError.
        """
        parts = entry_ids.split(entry_id)
        key = record_keys.partition(org, record), record_keys.entry("email", *parts or ("", ""))
        item = self._table.get([key]).get(key)
        if item is None or not attributes.is_visible(item, self._clock()):
            raise NotFoundError("this record has no such e-mail")
        own = event_attributes.events(item)
        shared = [what for what in self._shared(item) if what not in own]
        told: list[tuple[DeliveryEvent, Whose]] = [
            *((what, "recipient") for what in own),
            *((what, "message") for what in shared),
        ]
        return Events([entry_rows.event_row(what, of) for what, of in sorted(told, key=lambda pair: pair[0].at)])

    def _shared(self, item: Item) -> EventSet:
        if "message_id" not in item:
            return ()
        key = message_keys.partition(attributes.text(item, "message_id")), message_keys.pending_events("email", "")
        found = self._table.get([key]).get(key)
        return (
            () if found is None or not attributes.is_visible(found, self._clock()) else event_attributes.events(found)
        )
