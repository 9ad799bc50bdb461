"""The item of an entry: where it stands, and what is written for it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daybook.core import addresses, entry_ids, phone_numbers
from daybook.core.keyed_hash import KeyedHash
from daybook.model import delivery_status
from daybook.model.delivery_status import Outcome
from daybook.model.entries import Activity, Audit, Email, Entry, Push, Sms
from daybook.storage.items import audit_items
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import ActivityItem, EmailItem, EntryItem, PushItem, SmsItem
from daybook.storage.models.item import Item, Key

# Entries of these logs may have a content item.
CONTENT_LOGS = ("email", "audit")


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
    return EntryKey(item.pk, *record_keys.split_entry(item.sk))


def content_key(item: Item) -> Key:
    """Key of the content item of the entry that has this item."""
    return entry_key(item).content_key


def log_of(entry: Entry) -> str:
    """The log of a posted entry: `email`, `sms`, `push`, `activity` or `audit`."""
    tag: str = entry.__struct_config__.tag  # type: ignore[assignment]
    return tag


def recipient(entry: Email | Sms) -> str:
    """The mailbox or number that a message goes to, in the form by which delivery events name it.

    What cannot be one is in a form to compare by.
    """
    return canonical_recipient(log_of(entry), entry.recipient)


def canonical_recipient(log: str, spelling: str) -> str:
    """The same of a recipient as it is written in a log."""
    number = phone_numbers.e164(spelling) if log == "sms" else ""
    return number or addresses.mailbox(spelling)


def recipient_hash(entry: Entry, keyed_hash: KeyedHash) -> str:
    """The keyed hash of the mailbox or number that an e-mail or SMS goes to; empty for all others."""
    return keyed_hash(recipient(entry)) if isinstance(entry, Email | Sms) else ""


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
) -> EntryItem:
    """The entry's own item, with the keys of every index that it stands in.

    `expires_at` and `content_until` are epoch seconds, None for never and for no content; `has_content` is whether
    `content` gives one; `sent_only` whether the Send event of an e-mail alone tells of it.
    """
    match entry:
        case Email():
            return EmailItem(
                *key.key,
                expires_at=expires_at,
                **_message_attributes(org, entry, key, keyed_hash),
                outcome=outcome_text(delivery_status.email(entry.status, key.instant, ()).outcome),
                subject=entry.subject,
                sender=entry.sender,
                content_until=content_until,
                sent_only=sent_only or None,
            )
        case Sms():
            sms = delivery_status.sms(entry.status, entry.reason, key.instant, ())
            return SmsItem(
                *key.key,
                expires_at=expires_at,
                **_message_attributes(org, entry, key, keyed_hash),
                text=entry.text,
                reason=sms.reason,
                posted_reason=entry.reason,
                outcome=outcome_text(sms.outcome),
            )
        case Push():
            return PushItem(
                *key.key,
                expires_at=expires_at,
                subject=entry.subject,
                text=entry.text,
                message_id=entry.message_id,
                status=entry.status,
                posted=entry.status,
            )
        case Activity():
            return ActivityItem(
                *key.key,
                expires_at=expires_at,
                name=entry.name,
                action=entry.action,
                ip=entry.ip,
                details=None if entry.details is None else json_text(entry.details),
            )
        case Audit():
            at = index_keys.at(key.instant, key.suffix)
            return audit_items.make(org, entry, key.key, at=at, is_offloaded=has_content, expires_at=expires_at)


def outcome_text(outcome: Outcome | None) -> str | None:
    """The attribute `outcome` of a message's item; None where there is nothing to say."""
    return None if outcome is None else json_text(outcome)


def posted_status(entry: Email | Sms) -> str | None:
    """The attribute `posted`: what the status falls back on while events arrive. Most statuses go without saying."""
    return None if entry.status in ("queued", "delivery") else entry.status


def _message_attributes(org: str, entry: Email | Sms, key: EntryKey, keyed_hash: KeyedHash) -> dict[str, Any]:
    log, instant, suffix = key.log, key.instant, key.suffix
    return {
        "activity_key": index_keys.activity_key(log, instant, suffix),
        "recipient_key": index_keys.recipient_key(log, recipient(entry), instant, suffix),
        "status_key": index_keys.status_key(log, entry.status, instant, suffix),
        "org_status": index_keys.org_status(org, log, delivery_status.status_class(entry.status)),
        "at": index_keys.at(instant, suffix),
        "recipient": entry.recipient,
        "recipient_hash": recipient_hash(entry, keyed_hash),
        "status": entry.status,
        "posted": posted_status(entry),
        "message_id": entry.message_id,
    }
