"""Erasing a person from audit entries: items, offloaded changes, copies, and terms of the search index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.audit import record_copies, staff_register
from daybook.core import entry_ids
from daybook.core.usernames import fold
from daybook.erasure import redaction
from daybook.erasure.person import Person, folded_usernames
from daybook.erasure.work_list import PAGE, TOO_BUSY, Counts, Work, reading
from daybook.holds.hold_state import Snapshot
from daybook.model.entries import CUSTOMER_SOURCES, PLACEHOLDER, STAFF_SOURCES, Affected, Record
from daybook.records.register import RecordRegister
from daybook.search.by_time import EntriesByTime
from daybook.search.index.remover import IndexRemover
from daybook.search.index.terms import document
from daybook.search.plan import Bounds
from daybook.storage import table, values
from daybook.storage.content_store import ContentStore, Objects
from daybook.storage.items import audit_items, entry_items
from daybook.storage.keys import object_names, org_keys, record_keys
from daybook.storage.models.entries import AuditCopyItem, AuditItem, ContentItem
from daybook.storage.models.item import Item, Key
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Delete, Store, Update, difference
from daybook.storage.values import Values


class StoredAuditEntry(Struct, frozen=True):
    """An audit entry as it was read: its item, its changes of records, its content item if offloaded.

    `copies` are its own and those of others.
    """

    root: AuditItem
    affected: list[Affected]
    content: ContentItem | None
    copies: dict[Key, AuditCopyItem]

    @property
    def records(self) -> set[str]:
        return {record_keys.path_of(self.root.pk), *(change.record.path for change in self.affected)}


# From an audit entry to its redacted item and redacted changes.
Redact = Callable[[StoredAuditEntry], tuple[AuditItem, list[Affected]]]


class AuditEntryErasure:
    """Idempotent steps. Every method raises StoreBusyError; then the same call may be made again."""

    def __init__(
        self,
        *,
        table: Store,
        by_time: EntriesByTime,
        bodies: ContentStore,
        objects: Objects,
        index: IndexRemover,
        register: RecordRegister,
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._bodies = bodies
        self._objects = objects
        self._index = index
        self._register = register

    def find_usernames(self, org: str, person: Person, usernames: Collection[str]) -> Person:
        """The person with those of these folded usernames, of `person.possible_usernames`, that never acted as staff.

        Staff may act in a customer's place, with a customer's source. Who acted under an address of the person is the
        person, with any name.
        """
        spellings, addresses = by_fold(person.possible_usernames), by_fold(person.addresses)
        found, staff = person, set()
        for username in usernames:
            names = self._customer_names(org, spellings[username])
            if names is None:
                staff.add(username)
            elif username in addresses:
                found |= Person(person.record, names=names, usernames=spellings[username])
        seen = frozenset(pair for pair in person.seen if fold(pair[0]) in usernames)
        return found | replace(person, seen=seen).resolve_seen(frozenset(staff))

    def erase_from_record(self, org: str, items: Sequence[Item], work: Work) -> Counts:
        """Erase the person from these items of their record, audit entries and copies of such."""

        def redact(entry: StoredAuditEntry) -> tuple[AuditItem, list[Affected]]:
            after = redaction.redact_entry(entry.root, work.person, work.asked_at)
            return after, redaction.redact_affected(entry.affected, work.person)

        return self._erase(org, audit_entry_keys(items), redact, work.person.record)

    def erase_actor(self, org: str, spellings: frozenset[str], work: Work) -> Counts:
        """Erase the person as the actor, with a username of these spellings, of entries of other records or of none."""

        def redact(entry: StoredAuditEntry) -> tuple[AuditItem, list[Affected]]:
            return redaction.redact_actor(entry.root, work.person, work.asked_at), entry.affected

        counts = Counts()
        rows = self._entries_by(org, spellings)
        keys = [values.key_of(row) for row in rows if is_before(row["sk"], work.asked_at)]
        for batch in table.batches(keys, PAGE):
            counts += self._erase(org, batch, redact, work.person.record)
        registered = spellings | folded_usernames(spellings)
        self._table.write([Delete((org_keys.staff(org), username)) for username in sorted(registered)])
        return counts

    def _customer_names(self, org: str, spellings: frozenset[str]) -> frozenset[str] | None:
        """The names with which somebody acted as a customer; None where they ever acted as staff."""
        names = set()
        for row in self._entries_by(org, spellings):
            if row["source"] in STAFF_SOURCES:
                return None
            if row["source"] in CUSTOMER_SOURCES:
                names.add(row["member_name"])
        return frozenset(names - {PLACEHOLDER})

    def _entries_by(self, org: str, spellings: frozenset[str]) -> Iterator[Values]:
        """The rows of an index of all audit entries with a username that is spelled so."""
        bounds = Bounds(staff=spellings, forward=True, chunk=PAGE)
        return (row for _, row in self._by_time.find(org, bounds) if row is not None and bounds.admits(row))

    def _erase(self, org: str, keys: Collection[Key], redact: Redact, record: Record) -> Counts:
        """Redact these entries, and what other records than the one that is erased are known by from them."""
        counts, docs = Counts(), []
        gone: dict[tuple[str, Record], set[str]] = defaultdict(set)
        changed: list[tuple[AuditItem, AuditItem]] = []
        for _ in attempts(TOO_BUSY):
            entries = self._read(keys)
            holds = Snapshot(table=self._table, org=org)
            keys = set()
            for entry in entries:
                after, affected = redact(entry)
                if holds.state(entry.records).is_held:
                    # One that was erased before the hold is as it should be.
                    counts += Counts(on_hold=int((after, affected) != (entry.root, entry.affected)))
                    continue
                if self._write(entry, after, affected):
                    counts += Counts(entries=int(after.erased is not None))
                    docs.append(document(after))
                    changed.append((entry.root, after))
                    for change, left in zip(entry.affected, affected, strict=True):
                        if change.name is not None and change.name != left.name and change.record != record:
                            gone[org, change.record].add(change.name)
                else:
                    keys.add(entry.root.key)
            if not keys:
                break
        self._index.replace(org, docs)
        self._register.forget(gone)
        staff_register.rename_erased(self._table, staff_register.erased_names(changed))
        return counts

    def _read(self, keys: Collection[Key]) -> list[StoredAuditEntry]:
        roots = self._table.get(AuditItem, list(keys)).values()
        contents = self._table.get(ContentItem, [entry_items.content_key(root) for root in roots if root.apart])
        copies: dict[Key, AuditCopyItem] = {}
        entries = []
        for root in roots:
            content = contents.get(entry_items.content_key(root))
            with reading(f"entry {record_keys.entry_id(*root.key)}"):
                body = None if content is None else self._bodies.load(content)
                affected = audit_items.affected(root) if body is None else audit_items.decoded_affected(body.decode())
            entries.append(StoredAuditEntry(root, affected, content, copies))
        wanted = {copy.key for entry in entries for copy in audit_items.copies(entry.root, entry.affected)}
        copies |= self._table.get(AuditCopyItem, list(wanted))
        return entries

    def _write(self, entry: StoredAuditEntry, after: AuditItem, affected: list[Affected]) -> bool:
        """Write the redacted entry after its copies and content; False where one of them was changed meanwhile."""
        # A copy that does not exist yet will be made of the redacted entry.
        updates = [
            record_copies.copy_update(stored, copy)
            for copy in audit_items.copies(after, affected)
            if (stored := entry.copies.get(copy.key)) is not None
        ]
        if entry.content is not None and affected != entry.affected:
            updates.append(self._replacement(entry.content, affected))
        changes = [change for change in updates if change is not None]
        if changes and not all(self._table.write(changes)):
            return False
        if entry.content is not None:
            self._delete_old(entry.content.key)
        root = difference(entry.root, after)
        return root is None or all(self._table.write([root]))

    def _delete_old(self, key: Key) -> None:
        """Delete earlier objects of the content; also those that a replacement left when it crashed."""
        stored = self._table.get_item(ContentItem, key)
        named = None if stored is None else stored.object
        names = self._objects.names(object_names.content_prefix(key[0], record_keys.content_id(*key) or ""), None, PAGE)
        self._objects.delete([name for name in names if name != named])

    def _replacement(self, content: ContentItem, affected: list[Affected]) -> Update | None:
        """The update of a content item to the redacted changes, if its value is as it was read."""
        entry_id = record_keys.content_id(*content.key) or ""
        new = self._bodies.store(content.pk, entry_id, msgspec.json.encode(affected), None)
        return difference(content, ContentItem(**content.attribute_values | {"body": new.body, "object": new.object}))


def by_fold(usernames: Iterable[str]) -> dict[str, frozenset[str]]:
    """The spellings of each person's username, by the folded one."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for username in usernames:
        spellings[fold(username)].add(username)
    return {folded: frozenset(of_one) for folded, of_one in spellings.items()}


def audit_entry_keys(items: Iterable[Item]) -> set[Key]:
    """Keys of the audit entries that these items are, are copies of, or are the contents of."""
    keys = map(audit_items.key_of_entry, items)
    return {key for key in keys if key is not None}


def is_before(sk: str, asked_at: str) -> bool:
    """Whether the entry with this sort key had arrived by the instant `asked_at` of the erasure's request."""
    _, moment, suffix = record_keys.split_entry(sk)
    return entry_ids.arrived_by(entry_ids.entry_id(moment, suffix), asked_at)
