"""The item of an entry: where it stands, and what is written for it.

Every entry has `pk` and `sk` (`keys.record_keys`) and, unless it is kept for ever or held, `expires_at`. Beyond these:

| attribute | of | what it holds |
| --- | --- | --- |
| `recipient` | e-mail, SMS | the address or number as it was posted |
| `recipient_hash` | e-mail, SMS | keyed hash of its mailbox, as in the keys of pointers |
| `subject` | e-mail, push | as posted |
| `text` | SMS, push | as posted |
| `sender` | e-mail | as posted |
| `message_id` | e-mail, SMS, push | the provider's id of the message |
| `status` | e-mail, SMS, push | what follows from its events; a push has none before its first event |
| `posted` | e-mail | the status that was posted, where it was not `queued` |
| `events` | e-mail, SMS, push | its delivery events, packed (`event_attributes`) |
| `opens`, `clicks` | e-mail | how many, where there are any |
| `bounce` | e-mail | JSON of a `model.delivery_status.Bounce` |
| `reason` | SMS, push | why it was not delivered |
| `sent_only` | e-mail | true as long as its Send event alone tells of it |
| `content_until` | e-mail | epoch second at which its content expires; NULL while that is held |
| `held_content_until` | e-mail | what `content_until` was before the hold |
| `activity_key`, `recipient_key`, `status_key` | e-mail, SMS | sort keys of the local indexes (`keys.index_keys`) |
| `org_status`, `at` | e-mail, SMS | key of the index by status of an org's messages |
| `name`, `action` | activity | as posted |
| `details` | activity | JSON, as posted |
| `ip` | activity, audit | as posted |
| `erased` | all | the instant at which a person was erased from it |
| `held_until` | all | what `expires_at` was before the hold |

An audit entry has those of `audit_items`. Its content item, under `record_keys.content`, has `body`, the compressed
content, or `object`, the name of an object in S3 that holds it (`content_store`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daybook.core import addresses, entry_ids
from daybook.core.keyed_hash import KeyedHash
from daybook.model import delivery_status
from daybook.model.entries import Activity, Audit, Email, Entry, Push, Sms
from daybook.storage.attributes import with_expiry
from daybook.storage.items import audit_items
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.store import Item, Key, RawUpdate, key_attributes, key_of

# Entries of these logs may have a content item.
CONTENT_LOGS = ("email", "audit")
# Attributes that are as posted where they were posted.
OPTIONAL = ("message_id", "sender", "ip")
SENT_ONLY = "sent_only"

# A message takes no events from the instant of its erasure on.
ERASED = "erased"


class EntryKey(Struct, frozen=True):
    """Where an entry stands: its partition, log, instant and suffix, as in `keys.record_keys`."""

    pk: str
    log: str
    instant: str
    suffix: str

    @property
    def sk(self) -> str:
        """Sort key of the entry's item."""
        return record_keys.entry(self.log, self.instant, self.suffix)

    @property
    def key(self) -> Key:
        """Key of the entry's item."""
        return self.pk, self.sk

    @property
    def content_key(self) -> Key:
        """Key of the entry's content item."""
        return self.pk, record_keys.content_at(self.instant, self.suffix)

    @property
    def entry_id(self) -> str:
        """The entry's public id."""
        return entry_ids.entry_id(self.instant, self.suffix)


def entry_key(item: Item) -> EntryKey:
    """Where the entry stands that has this item."""
    pk, sk = key_of(item)
    return EntryKey(pk, *record_keys.split_entry(sk))


def content_key(item: Item) -> Key:
    """Key of the content item of the entry that has this item."""
    return entry_key(item).content_key


def log_of(entry: Entry) -> str:
    """The log of a posted entry: `email`, `sms`, `push`, `activity` or `audit`."""
    tag: str = entry.__struct_config__.tag  # type: ignore[assignment]
    return tag


def recipient_hash(entry: Entry, keyed_hash: KeyedHash) -> str:
    """The keyed hash of the mailbox or number that an e-mail or SMS goes to; empty for all others."""
    return keyed_hash(addresses.normalize(entry.recipient)) if isinstance(entry, Email | Sms) else ""


def content(entry: Entry) -> bytes | None:
    """The JSON that belongs into the entry's content item: an e-mail's body, or large changes of an audit entry.

    None where the entry has no content item.
    """
    if isinstance(entry, Email) and entry.body is not None:
        return msgspec.json.encode(entry.body)
    return audit_items.large_changes(entry) if isinstance(entry, Audit) else None


def make(
    org: str,
    entry: Entry,
    key: EntryKey,
    *,
    keyed_hash: KeyedHash,
    expires_at: int | None,
    content_until: int | None,
    has_content: bool,
    sent_only: bool = False,
) -> Item:
    """The entry's own item, with the keys of every index that it stands in.

    `expires_at` and `content_until` are epoch seconds, None for never and for no content; `has_content` is whether
    `content` gives one; `sent_only` whether the Send event of an e-mail alone tells of it.
    """
    item = key_attributes(key.key)
    if isinstance(entry, Email | Sms):
        item |= _message_attributes(org, entry, key)
        item["recipient_hash"] = {"S": recipient_hash(entry, keyed_hash)}
    if isinstance(entry, Email | Push):
        item["subject"] = {"S": entry.subject}
    if isinstance(entry, Sms | Push):
        item["text"] = {"S": entry.text}
    if isinstance(entry, Activity):
        item |= _activity_attributes(entry)
    if isinstance(entry, Audit):
        item |= audit_items.attributes(org, entry, at=index_keys.at(key.instant, key.suffix), is_offloaded=has_content)
    for name in OPTIONAL:
        value = getattr(entry, name, None)
        if value is not None:
            item[name] = {"S": value}
    if isinstance(entry, Email) and content_until is not None:
        item["content_until"] = {"N": str(content_until)}
    if sent_only:
        item[SENT_ONLY] = {"BOOL": True}
    return with_expiry(item, expires_at)


def completion(item: Item, entry: Entry, content_until: int | None) -> RawUpdate:
    """The update that adds what the mailer posts of an e-mail to the item that its Send event has made.

    It fails where another writer was first. `content_until` is as in `make`.
    """
    put: Item = {
        name: {"S": value} for name in ("subject", "sender") if (value := getattr(entry, name, None)) is not None
    }
    if content_until is not None:
        put["content_until"] = {"N": str(content_until)}
    return RawUpdate(key_of(item), put, [SENT_ONLY], {SENT_ONLY: item[SENT_ONLY]})


def _message_attributes(org: str, entry: Email | Sms, key: EntryKey) -> Item:
    recipient = addresses.normalize(entry.recipient)
    status = entry.status if isinstance(entry, Email) else "delivery"
    log, instant, suffix = key.log, key.instant, key.suffix
    return {
        "activity_key": {"S": index_keys.activity_key(log, instant, suffix)},
        "recipient_key": {"S": index_keys.recipient_key(log, recipient, instant, suffix)},
        "status_key": {"S": index_keys.status_key(log, status, instant, suffix)},
        "org_status": {"S": index_keys.org_status(org, log, delivery_status.status_class(status))},
        "at": {"S": index_keys.at(instant, suffix)},
        "recipient": {"S": entry.recipient},
        "status": {"S": status},
        # What the status falls back on while its events arrive; most are posted as `queued`, which goes without saying.
        **({"posted": {"S": status}} if isinstance(entry, Email) and status != "queued" else {}),
    }


def _activity_attributes(entry: Activity) -> Item:
    details: Item = {} if entry.details is None else {"details": _json(entry.details)}
    return {"name": {"S": entry.name}, "action": {"S": entry.action}, **details}


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
