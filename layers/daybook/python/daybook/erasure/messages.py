"""Erasing a person from a record's messages and activities, with their contents and pending delivery events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daybook.core import entry_ids
from daybook.erasure import audit_entries, redaction
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.requests import PAGE, TOO_BUSY, Counts, Work
from daybook.holds.hold_state import Snapshot
from daybook.model.entries import Record
from daybook.storage import attributes
from daybook.storage.content_store import Objects
from daybook.storage.items import audit_items, entry_items
from daybook.storage.keys import message_keys, object_names, record_keys
from daybook.storage.optimistic_locking import change_items
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Item, QueryPage, Range, RawDelete, RawUpdate, Store, difference, key_of, start_key


class MessageErasure:
    """Idempotent steps. Every method raises StoreBusyError; then the same call may be made again."""

    def __init__(self, *, table: Store, audit_erasure: AuditEntryErasure, objects: Objects) -> None:
        self._table = table
        self._audit_erasure = audit_erasure
        self._objects = objects

    def pages(self, org: str, record: Record, after: str | None = None) -> Iterator[QueryPage]:
        """All items of a record's partition after this sort key, in pages of PAGE."""
        span = Range(record_keys.partition(org, record), *record_keys.ALL, forward=True)
        return query_pages(self._table, span, PAGE, None if after is None else start_key(span, after, after))

    def erase(self, org: str, items: Sequence[Item], work: Work) -> Counts:
        """Erase the person from these items of the record; what arrived after the request stays."""
        entries = [item for item in items if _log(item) is not None and audit_entries.is_before(item, work.asked_at)]
        records = {record_keys.path_of(attributes.text(item, "pk")) for item in items}
        if Snapshot(table=self._table, org=org).state(records).is_held:
            return Counts(on_hold=len(entries))
        contents = [item for item in items if _is_content_before(item, work.asked_at)]
        messages = [item for item in entries if _log(item) != "audit"]
        audits = [item for item in entries if _log(item) == "audit"]
        counts = Counts(contents=self._delete_contents(contents))
        counts += Counts(entries=self._rewrite(messages, work))
        # A mailer that posts them at the same time may have written their contents meanwhile.
        counts += Counts(contents=self._delete_contents(self._contents_of(messages)))
        self._delete_pending_events([item for item in messages if "message_id" in item])
        counts += self._audit_erasure.erase_from_record(org, audits, work)
        # Copies may outlive their entry.
        orphans = self._orphans([item for item in audits if "of" in item])
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
        stored = self._table.get(list(set(contents.values())))
        orphans = [
            name for name, key in contents.items() if attributes.optional_text(stored.get(key, {}), "object") != name
        ]
        self._objects.delete(orphans)
        return len(orphans), names[-1] if len(names) == PAGE else None

    def _contents_of(self, messages: Sequence[Item]) -> list[Item]:
        """The contents, as of now, of e-mails that had not been posted when they were read."""
        sent = [entry_items.content_key(item) for item in messages if entry_items.SENT_ONLY in item]
        return list(self._table.get(sent).values()) if sent else []

    def _delete_contents(self, contents: Sequence[Item]) -> int:
        """Delete these contents but for those of stored audit entries; returns how many were deleted."""
        deleted = self._orphans(contents)
        self._objects.delete([attributes.text(item, "object") for item in deleted if "object" in item])
        self._table.write([RawDelete(key_of(item)) for item in deleted])
        return len(deleted)

    def _rewrite(self, entries: Sequence[Item], work: Work) -> int:
        """Redact these entries; returns how many are erased now."""

        def change(item: Item) -> RawUpdate | None:
            return difference(item, redaction.redact_entry(item, work.person, work.asked_at))

        changed = change_items(self._table, {key_of(item): item for item in entries}, change, TOO_BUSY)
        return sum(entry_items.ERASED in after for _, after in changed)

    def _delete_pending_events(self, messages: Sequence[Item]) -> None:
        """Delete pending events of these recipients, and those of whole messages that went to this record only."""
        own, shared = [], {}
        for item in messages:
            pk = message_keys.partition(attributes.text(item, "message_id"))
            log = record_keys.split_entry(attributes.text(item, "sk"))[0]
            shared[pk, message_keys.pending_events(log, "")] = attributes.text(item, "pk")
            if "recipient_hash" in item:
                own.append((pk, message_keys.pending_events(log, attributes.text(item, "recipient_hash"))))
        keys = list({*own, *shared})
        deleted = [
            key
            for key in (self._table.get(keys) if keys else ())
            if key not in shared or self._is_sent_to_only(key[0], shared[key])
        ]
        if deleted:
            self._table.write([RawDelete(key) for key in deleted])

    def _is_sent_to_only(self, message: str, pk: str) -> bool:
        """Whether all entries of the message in partition `message` are in the record's partition `pk`."""
        pointers = (attributes.text(item, "sk") for item in self._table.partitions([message]) if "entry" in item)
        return all(message_keys.split_pointer(sk)[0] == pk for sk in pointers)

    def _orphans(self, items: Sequence[Item]) -> list[Item]:
        """Those of these copies and contents whose audit entry does not exist."""
        stored = self._table.get(list(audit_entries.audit_entry_keys(items)))
        return [item for item in items if audit_items.key_of_entry(key_of(item), item) not in stored]


def _log(item: Item) -> str | None:
    return record_keys.log_of(*key_of(item))


def _is_content_before(item: Item, asked_at: str) -> bool:
    entry_id = record_keys.content_id(*key_of(item))
    return entry_id is not None and entry_ids.arrived_by(entry_id, asked_at)
