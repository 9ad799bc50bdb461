"""Erasing a person from a record's messages and activities, with their contents and pending delivery events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from daybook.core import entry_ids
from daybook.erasure import audit_entries, redaction
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.work_list import PAGE, TOO_BUSY, Counts, Work
from daybook.holds.hold_state import Snapshot
from daybook.model.entries import Record
from daybook.storage import message_names
from daybook.storage.content_store import Objects
from daybook.storage.items import audit_items, entry_items, entry_pointers, event_attributes
from daybook.storage.keys import message_keys, object_names, org_keys, record_keys
from daybook.storage.message_names import Names
from daybook.storage.models.entries import (
    AddressedItem,
    AuditCopyItem,
    AuditFields,
    AuditItem,
    ContentItem,
    EmailItem,
    EntryItem,
    MessageItem,
)
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.optimistic_locking import change_items
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Delete, Page, Range, Store, Update, difference, start_key

# Of an audit entry: its copies, its contents.
OfAuditEntry = TypeVar("OfAuditEntry", AuditCopyItem, ContentItem)


class MessageErasure:
    """Idempotent steps. Every method raises StoreBusyError; then the same call may be made again."""

    def __init__(self, *, table: Store, audit_erasure: AuditEntryErasure, objects: Objects) -> None:
        self._table = table
        self._audit_erasure = audit_erasure
        self._objects = objects

    def pages(self, org: str, record: Record, after: str | None = None) -> Iterator[Page[Item]]:
        """All items of a record's partition after this sort key, in pages of PAGE."""
        span = Range(record_keys.partition(org, record), *record_keys.ALL, forward=True)
        return query_pages(self._table, Item, span, PAGE, None if after is None else start_key(span, after, after))

    def erase(self, org: str, items: Sequence[Item], work: Work) -> Counts:
        """Erase the person from these items of the record; what arrived after the request stays."""
        entries = [
            item for item in items if isinstance(item, EntryItem) and audit_entries.is_before(item.sk, work.asked_at)
        ]
        records = {record_keys.path_of(item.pk) for item in items}
        if Snapshot(table=self._table, org=org).state(records).is_held:
            return Counts(on_hold=sum(_is_left(item, work) for item in entries))
        contents = [item for item in items if isinstance(item, ContentItem) and _is_content_before(item, work.asked_at)]
        audits = [item for item in entries if isinstance(item, AuditFields)]
        messages = [item for item in entries if not isinstance(item, AuditFields)]
        counts = Counts(contents=self._delete_contents(contents))
        counts += Counts(entries=self._rewrite(messages, work))
        # A mailer that posts them at the same time may have written their contents meanwhile.
        counts += Counts(contents=self._delete_contents(self._contents_of(messages)))
        self._erase_pending_events([item for item in messages if isinstance(item, MessageItem)], work)
        counts += self._audit_erasure.erase_from_record(org, audits, work)
        # Copies may outlive their entry.
        orphans = self._orphans([item for item in audits if isinstance(item, AuditCopyItem)])
        return counts + Counts(entries=self._rewrite(orphans, work))

    def delete_objects(self, org: str, work: Work) -> tuple[int, str | None]:
        """Delete the next objects that no content item names, left by writers that crashed.

        Returns their number, and the name to continue after; None at the end.
        """
        record = work.person.record
        prefix = object_names.content_prefix(record_keys.partition(org, record))
        names = self._objects.names(prefix, work.after, PAGE)
        parts = {name: object_names.split_content(name) for name in names}
        contents = {
            name: (pk, record_keys.content(entry_id))
            for name, (pk, entry_id) in parts.items()
            if entry_ids.arrived_by(entry_id, work.asked_at)
        }
        stored = self._table.get(ContentItem, list(set(contents.values())))
        orphans = [name for name, key in contents.items() if key not in stored or stored[key].object != name]
        self._objects.delete(orphans)
        return len(orphans), names[-1] if len(names) == PAGE else None

    def _contents_of(self, messages: Sequence[EntryItem]) -> list[ContentItem]:
        """The contents, as of now, of e-mails that had not been posted when they were read."""
        sent = [item for item in messages if isinstance(item, EmailItem) and item.sent_only]
        return list(self._table.get(ContentItem, [entry_items.content_key(item) for item in sent]).values())

    def _delete_contents(self, contents: Sequence[ContentItem]) -> int:
        """Delete these contents but for those of stored audit entries; returns how many were deleted."""
        deleted = self._orphans(contents)
        self._objects.delete([item.object for item in deleted if item.object is not None])
        self._table.write([Delete(item.key) for item in deleted])
        return len(deleted)

    def _rewrite(self, entries: Sequence[EntryItem], work: Work) -> int:
        """Redact these entries; returns how many are erased now."""

        def change(item: EntryItem) -> Update | None:
            return difference(item, redaction.redact_entry(item, work.person, work.asked_at))

        changed = change_items(self._table, EntryItem, {item.key: item for item in entries}, change, TOO_BUSY)
        return sum(after is not None and after.erased is not None for _, after in changed)

    def _erase_pending_events(self, messages: Sequence[MessageItem], work: Work) -> None:
        """Delete pending events of these recipients, and all others of messages that went to this record only.

        What stays of these messages is redacted: a forward's target that an event names may be the person's.
        """
        by_id: dict[str, list[MessageItem]] = defaultdict(list)
        for item in messages:
            if (message_id := entry_pointers.message_id_of(item)) is not None:
                by_id[message_id].append(item)
        names = {
            message_id: Names(
                recipients=frozenset(item.recipient_hash for item in of_one if isinstance(item, AddressedItem))
            )
            for message_id, of_one in by_id.items()
        }
        deleted: dict[Key, None] = {}
        left: dict[Key, PendingEventsItem] = {}
        for message_id, stored in message_names.read(self._table, names).items():
            pointers = [item for item in stored if isinstance(item, PointerItem)]
            pending = [item for item in stored if isinstance(item, PendingEventsItem)]
            for entry in by_id[message_id]:
                in_reach = [item for item in pending if _is_in_reach(entry, item)]
                left |= {item.key: item for item in in_reach}
                deleted |= {item.key: None for item in in_reach if _is_only_of(entry, item, pointers)}
        self._table.write([Delete(key) for key in deleted])

        def change(item: PendingEventsItem) -> Update | None:
            redacted = redaction.redact_pending_events(item.events, work.person)
            if redacted == item.events:
                return None
            return Update(item.key, [PendingEventsItem.events.set(redacted)], event_attributes.are_unchanged(item))

        left = {key: item for key, item in left.items() if key not in deleted}
        change_items(self._table, PendingEventsItem, left, change, TOO_BUSY)

    def _orphans(self, items: Sequence[OfAuditEntry]) -> list[OfAuditEntry]:
        """Those of these copies and contents whose audit entry does not exist."""
        stored = self._table.get(AuditItem, list(audit_entries.audit_entry_keys(items)))
        return [item for item in items if audit_items.key_of_entry(item) not in stored]


def _is_in_reach(entry: MessageItem, pending: PendingEventsItem) -> bool:
    """Whether pending events of an entry's message are of its log, and of its org or all."""
    log, _, org = message_keys.split_pending_events(pending.sk) or ("", "", "")
    return log == record_keys.split_entry(entry.sk)[0] and org in ("", org_keys.org_of(entry.pk))


def _is_only_of(entry: MessageItem, pending: PendingEventsItem, pointers: Sequence[PointerItem]) -> bool:
    """Whether pending events in reach are of the entry's recipient, or the message went to the entry's record only.

    Of a message to others as well, those of the message as a whole stay. `pointers` are all of the message.
    """
    _, recipient_hash, org = message_keys.split_pending_events(pending.sk) or ("", "", "")
    if recipient_hash and isinstance(entry, AddressedItem) and entry.recipient_hash == recipient_hash:
        return True
    partitions = (message_keys.split_pointer(pointer.sk)[0] for pointer in pointers)
    return all(pk == entry.pk for pk in partitions if not org or org_keys.org_of(pk) == org)


def _is_left(item: EntryItem, work: Work) -> bool:
    """Whether something of the person is left in an entry of theirs; a repeated erasure may find none."""
    return redaction.redact_entry(item, work.person, work.asked_at) is not item


def _is_content_before(item: ContentItem, asked_at: str) -> bool:
    entry_id = record_keys.content_id(*item.key)
    return entry_id is not None and entry_ids.arrived_by(entry_id, asked_at)
