"""Erasing a person from a record's messages and activities, with their contents and what waits for them."""

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
from daybook.storage.store import Delete, Item, QueryPage, Range, Store, Update, difference, key_of, start_key


class MessageErasure:
    """All of it raises StoreBusyError; what was done until then may be done again."""

    def __init__(self, *, table: Store, acts: AuditEntryErasure, objects: Objects) -> None:
        self._table = table
        self._acts = acts
        self._objects = objects

    def pages(self, org: str, record: Record, behind: str | None = None) -> Iterator[QueryPage]:
        """The items of a record, from behind this sort key."""
        span = Range(record_keys.partition(org, record), *record_keys.ALL, forward=True)
        return query_pages(self._table, span, PAGE, None if behind is None else start_key(span, behind, behind))

    def erase(self, org: str, items: Sequence[Item], work: Work) -> Counts:
        """Erase the person from these items of the record; what came after it was asked for stays."""
        entries = [item for item in items if _log(item) is not None and audit_entries.is_before(item, work.asked_at)]
        records = {record_keys.path_of(attributes.text(item, "pk")) for item in items}
        if Snapshot(table=self._table, org=org).state(records).is_held:
            return Counts(on_hold=len(entries))
        contents = [item for item in items if _is_content_before(item, work.asked_at)]
        messages = [item for item in entries if _log(item) != "audit"]
        audits = [item for item in entries if _log(item) == "audit"]
        counts = Counts(contents=self._delete_contents(contents))
        counts += Counts(entries=self._rewrite(messages, work))
        # Whose mailer posts them while this goes on may have written the content already.
        counts += Counts(contents=self._delete_contents(self._contents_of(messages)))
        self._delete_early([item for item in messages if "message_id" in item])
        counts += self._acts.erase_of_record(org, audits, work)
        # Copies may be longer there than their entry.
        alone = self._without_entry([item for item in audits if "of" in item])
        return counts + Counts(entries=self._rewrite(alone, work))

    def delete_objects(self, org: str, work: Work) -> tuple[int, str | None]:
        """Delete the next objects that no content names, of writers that died; how many, and where to go on."""
        record = work.person.record
        prefix = object_names.content_prefix(record_keys.partition(org, record))
        names = self._objects.names(prefix, work.after, PAGE)
        named = {name: object_names.split_content(name) for name in names}
        contents = {
            name: (pk, record_keys.content(entry_id))
            for name, (pk, entry_id) in named.items()
            if entry_ids.arrived_by(entry_id, work.asked_at)
        }
        standing = self._table.get(list(set(contents.values())))
        gone = [
            name for name, key in contents.items() if attributes.optional_text(standing.get(key, {}), "object") != name
        ]
        self._objects.delete(gone)
        return len(gone), names[-1] if len(names) == PAGE else None

    def _contents_of(self, messages: Sequence[Item]) -> list[Item]:
        """What is there by now of the contents of e-mails that had none when they were read."""
        sent = [audit_entries.content_of(item) for item in messages if entry_items.SENT_ONLY in item]
        return list(self._table.get(sent).values()) if sent else []

    def _delete_contents(self, contents: Sequence[Item]) -> int:
        """Contents of e-mails, and such as have no entry; those of audit entries are theirs."""
        gone = self._without_entry(contents)
        self._objects.delete([attributes.text(item, "object") for item in gone if "object" in item])
        self._table.write([Delete(key_of(item)) for item in gone])
        return len(gone)

    def _rewrite(self, entries: Sequence[Item], work: Work) -> int:
        """Leave of these entries what is to be left; how many are without their person now."""

        def change(item: Item) -> Update | None:
            return difference(item, redaction.entry(item, work.person, work.asked_at))

        changed = change_items(self._table, {key_of(item): item for item in entries}, change, TOO_BUSY)
        return sum(entry_items.ERASED in after for _, after in changed)

    def _delete_early(self, messages: Sequence[Item]) -> None:
        """What was said of messages before their entries were here, or of whole messages that are this record's."""
        own, shared = [], {}
        for item in messages:
            pk = message_keys.partition(attributes.text(item, "message_id"))
            log = record_keys.split_entry(attributes.text(item, "sk"))[0]
            shared[pk, message_keys.pending_events(log, "")] = attributes.text(item, "pk")
            if "recipient_hash" in item:
                own.append((pk, message_keys.pending_events(log, attributes.text(item, "recipient_hash"))))
        wanted = list({*own, *shared})
        gone = [
            key
            for key in (self._table.get(wanted) if wanted else ())
            if key not in shared or self._is_all_of(key[0], shared[key])
        ]
        if gone:
            self._table.write([Delete(key) for key in gone])

    def _is_all_of(self, message: str, pk: str) -> bool:
        """Whether a message went to nobody but this record."""
        pointers = (attributes.text(item, "sk") for item in self._table.partitions([message]) if "entry" in item)
        return all(message_keys.split_pointer(sk)[0] == pk for sk in pointers)

    def _without_entry(self, items: Sequence[Item]) -> list[Item]:
        """Those of them, copies or contents, that are of no audit entry that stands."""
        places = audit_entries.places_of(items)
        standing = self._table.get(list(places))
        return [item for item in items if audit_items.key_of_entry(key_of(item), item) not in standing]


def _log(item: Item) -> str | None:
    return record_keys.log_of(*key_of(item))


def _is_content_before(item: Item, asked_at: str) -> bool:
    entry_id = record_keys.content_id(*key_of(item))
    return entry_id is not None and entry_ids.arrived_by(entry_id, asked_at)
