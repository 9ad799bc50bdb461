"""The items of entries, of their contents, and of audit entries' copies in further records' logs.

Partitions and sort keys are those of `keys.record_keys`. "As posted" is the field of that name of POST /entries; the
attribute is absent where it was left out.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import Number, OptionalBinary, OptionalFlag, OptionalNumber, OptionalText
from daybook.storage.models.item import Item

# `content_until` of an e-mail whose content is held: the last second of the year 9999. A reader of the index by
# activity, which lacks `held_content_until`, thus sees that there is content.
HELD = 253_402_300_799


class EntryItem(Item):
    """An entry of any log, or an audit entry's copy."""

    # The instant at which a person was erased from it. A message takes no events from then on.
    erased = OptionalText()


class MessageItem(EntryItem):
    """An e-mail, SMS or push."""

    # The provider's id of the message, as posted.
    message_id = OptionalText()
    # The status that was posted: of an e-mail unless it was `queued`, of an SMS unless it was `delivery`.
    posted = OptionalText()
    # Its delivery events, packed (`model.event_set`).
    events = OptionalBinary()
    # JSON of a `model.delivery_status.Outcome`: what its events say beyond the status, where there is anything to say.
    outcome = OptionalText()
    # True where a repeated post was answered with it, while its message was near the limit: it is not taken back then.
    answered = OptionalFlag()


class AddressedItem(MessageItem):
    """An e-mail or SMS: it stands in the local indexes, and in that of an org's messages by status."""

    # Sort key of the index by last activity (`keys.index_keys`, as are those below).
    activity_key = UnicodeAttribute()
    # Sort key of the index by recipient.
    recipient_key = OptionalText()
    # Sort key of the index by status.
    status_key = UnicodeAttribute()
    # Partition key of the index by status of an org's messages.
    org_status = UnicodeAttribute()
    # Sort key of that index.
    at = UnicodeAttribute()
    # The address or number, as posted.
    recipient = UnicodeAttribute()
    # Keyed hash of its mailbox, as in the keys of pointers.
    recipient_hash = UnicodeAttribute()
    # What follows from its events.
    status = UnicodeAttribute()


class EmailItem(AddressedItem):
    # As posted; of an e-mail that its Send event alone tells of, as the event has it.
    subject = UnicodeAttribute()
    # The address that it is from, perhaps with a name, as posted.
    sender = OptionalText()
    # How many opens of people were reported, where there are any.
    opens = OptionalNumber()
    # How many clicks of people were reported, where there are any.
    clicks = OptionalNumber()
    # True as long as its Send event alone tells of it.
    sent_only = OptionalFlag()
    # The epoch second at which its content expires; HELD while that is held; absent where there is none.
    content_until = OptionalNumber()
    # What `content_until` was before the hold.
    held_content_until = OptionalNumber()


class SmsItem(AddressedItem):
    # As posted.
    text = UnicodeAttribute()
    # Why it was not delivered.
    reason = OptionalText()
    # The same, as posted.
    posted_reason = OptionalText()


class PushItem(MessageItem):
    # The title, as posted.
    subject = UnicodeAttribute()
    # As posted.
    text = UnicodeAttribute()
    # What follows from its events; before the first, as posted.
    status = OptionalText()
    # Why it was not delivered.
    reason = OptionalText()


class ActivityItem(EntryItem):
    # Of whoever did it, as posted.
    name = UnicodeAttribute()
    # What they did, as posted.
    action = UnicodeAttribute()
    # The address that they did it from, as posted.
    ip = OptionalText()
    # JSON, as posted.
    details = OptionalText()


class AuditFields(EntryItem):
    """What an audit entry and its copies have in common."""

    # Name of whoever did it, as posted.
    member_name = UnicodeAttribute()
    # Their username, as posted.
    username = UnicodeAttribute()
    # Through which application: one of `model.entries.Source`.
    source = UnicodeAttribute()
    # What they did, as posted.
    action = UnicodeAttribute()
    # The address that they did it from, as posted.
    ip = OptionalText()
    # How many records the entry affected.
    affected_count = Number()
    # JSON: the names of the affected records that have one.
    names = OptionalText()
    # JSON: paths of the first ten affected records that have no name. Absent where none is: then all have names, or,
    # without `names`, there is only the entry's own.
    unnamed = OptionalText()
    # JSON: what the entry did to the record in whose log the item stands, a list of `model.entries.Affected`.
    change = OptionalText()


class AuditItem(AuditFields):
    """An audit entry's own item."""

    # Partition key of the index by folded username of an org's audit entries; earlier versions did not fold it.
    org_staff = UnicodeAttribute()
    # Partition key of that by source.
    org_source = UnicodeAttribute()
    # Sort key of both.
    at = UnicodeAttribute()
    # JSON: what it did to further records, a list of `Affected`.
    others = OptionalText()
    # True where `change` and `others` are without details, and the content item has all of it.
    apart = OptionalFlag()


class AuditCopyItem(AuditFields):
    """An audit entry's copy in the log of a further record that it affected."""

    # Path of the entry's partition (`record_keys.path_of`).
    of = UnicodeAttribute()
    # True where `member_name`, `username` and `action` are empty, `names` and `unnamed` absent: its entry has these.
    thin = OptionalFlag()


class ContentItem(Item):
    """A large value of an entry, compressed: an e-mail's body, or an audit entry's changes (`content_store`)."""

    # The value, where it is small.
    body = OptionalBinary()
    # The name of the object in S3 that holds it, where it is not.
    object = OptionalText()
