"""The items that lead to an entry, those of delivery events that came before theirs, and a message's other names."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import Binary, OptionalText
from daybook.storage.models.item import Item


class PointerItem(Item):
    """Makes a caller's `key`, or a message and recipient, unique, and leads to the entry; it expires with that."""

    # The entry's sort key.
    entry = UnicodeAttribute()
    # Of a message that was posted with a `key`: the keyed hash of that. Until the entry is stored, the pointer of that
    # key decides where this one leads (`entries.pointer_claims`).
    key_hash = OptionalText()


class PendingEventsItem(Item):
    """Events that came before their entry, or are about a whole message (`message_keys.pending_events`).

    Expires a week after it was written; the events of a whole e-mail as the last of the message's pointers.
    """

    # The event set, packed (`model.event_set`).
    events = Binary()


class NameItem(Item):
    """Another id of an e-mail, in the partition of each of the two (`storage.message_names`).

    Expires when no more events of the message are expected.
    """

    # JSON: the keyed hashes of the message's recipients, a sorted list; absent where they are not known.
    recipients = OptionalText()
