"""The items of entries, of their contents, and of audit entries' copies in further records' logs.

Partitions and sort keys are those of `keys.record_keys`. Attributes that are optional in an entry are "as posted": the
attribute is there where the poster gave it.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import Number, OptionalBinary, OptionalFlag, OptionalNumber, OptionalText
from daybook.storage.models.item import Item


class EntryItem(Item):
    """An entry of any log, or an audit entry's copy."""

    # The instant at which a person was erased from it. A message takes no events from then on.
    erased = OptionalText()


class MessageItem(EntryItem):
    """An e-mail, SMS or push."""

    # The provider's id of the message, as posted.
    message_id = OptionalText()
    # Its delivery events, packed (`model.event_set`).
    events = OptionalBinary()


class AddressedItem(MessageItem):
    """An e-mail or SMS: it stands in the local indexes, and in that of an org's messages by status."""

    # Sort keys of the local indexes (`keys.index_keys`).
    activity_key = UnicodeAttribute()
    recipient_key = OptionalText()
    status_key = UnicodeAttribute()
    # Key of the index by status of an org's messages.
    org_status = UnicodeAttribute()
    at = UnicodeAttribute()
    # The address or number, as posted.
    recipient = UnicodeAttribute()
    # Keyed hash of its mailbox, as in the keys of pointers.
    recipient_hash = UnicodeAttribute()
    # What follows from its events.
    status = UnicodeAttribute()


class EmailItem(AddressedItem):
    subject = UnicodeAttribute()
    sender = OptionalText()
    # The status that was posted, where it was not `queued`.
    posted = OptionalText()
    # How many, where there are any.
    opens = OptionalNumber()
    clicks = OptionalNumber()
    # JSON of a `model.delivery_status.Bounce`.
    bounce = OptionalText()
    # True as long as its Send event alone tells of it.
    sent_only = OptionalFlag()
    # The epoch second at which its content expires; absent where there is none, and while that is held.
    content_until = OptionalNumber()
    # What `content_until` was before the hold.
    held_content_until = OptionalNumber()

    @property
    def has_content(self) -> bool:
        """Whether it was logged with content, which may have expired since."""
        return self.content_until is not None or self.held_content_until is not None


class SmsItem(AddressedItem):
    text = UnicodeAttribute()
    # Why it was not delivered.
    reason = OptionalText()


class PushItem(MessageItem):
    subject = UnicodeAttribute()
    text = UnicodeAttribute()
    # What follows from its events; none before the first.
    status = OptionalText()
    # Why it was not delivered.
    reason = OptionalText()


class ActivityItem(EntryItem):
    name = UnicodeAttribute()
    action = UnicodeAttribute()
    ip = OptionalText()
    # JSON, as posted.
    details = OptionalText()


class AuditFields(EntryItem):
    """What an audit entry and its copies have in common."""

    member_name = UnicodeAttribute()
    username = UnicodeAttribute()
    source = UnicodeAttribute()
    action = UnicodeAttribute()
    ip = OptionalText()
    # How many records the entry affected.
    affected_count = Number()
    # JSON: the names of the affected records that have one.
    names = OptionalText()
    # JSON: what the entry did to the record in whose log the item stands, a list of `model.entries.Affected`.
    change = OptionalText()


class AuditItem(AuditFields):
    """An audit entry's own item."""

    # Keys of the indexes by username and by source of an org's audit entries.
    org_staff = UnicodeAttribute()
    org_source = UnicodeAttribute()
    at = UnicodeAttribute()
    # JSON: what it did to further records, a list of `Affected`.
    others = OptionalText()
    # True where `change` and `others` are without details, and the content item has all of it.
    apart = OptionalFlag()


class AuditCopyItem(AuditFields):
    """An audit entry's copy in the log of a further record that it affected."""

    # Path of the entry's partition (`record_keys.path_of`).
    of = UnicodeAttribute()


class ContentItem(Item):
    """A large value of an entry, compressed: an e-mail's body, or an audit entry's changes (`content_store`)."""

    # The value, where it is small.
    body = OptionalBinary()
    # The name of the object in S3 that holds it, where it is not.
    object = OptionalText()
