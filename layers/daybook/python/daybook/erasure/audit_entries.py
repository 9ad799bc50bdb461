"""Erasing a person from audit entries: their items, large changes, copies, and their words in the search index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from daybook.audit import record_copies
from daybook.core import entry_ids
from daybook.erasure import redaction
from daybook.erasure.person import CUSTOMERS, Person
from daybook.erasure.requests import PAGE, TOO_BUSY, Counts, Work
from daybook.holds.hold_state import Snapshot
from daybook.model.entries import Affected
from daybook.search.by_time import EntriesByTime
from daybook.search.index.remover import IndexRemover
from daybook.search.index.terms import document
from daybook.search.plan import Bounds
from daybook.storage import attributes, table
from daybook.storage.content_store import ContentStore, Objects
from daybook.storage.items import audit_items, entry_items
from daybook.storage.keys import object_names, org_keys, record_keys
from daybook.storage.optimistic_locking import attempts
from daybook.storage.store import Delete, Item, Key, Store, Update, as_written, difference, key_of

BODY = ("body", "object")


class Act(Struct, frozen=True):
    """An audit entry as it was read: its item, what it did to records, its content where that is large, its copies."""

    root: Item
    affected: list[Affected]
    content: Item | None
    copies: dict[Key, Item]

    @property
    def records(self) -> set[str]:
        return {
            record_keys.path_of(attributes.text(self.root, "pk")),
            *(one.record.path for one in self.affected),
        }


Left = Callable[[Act], tuple[Item, list[Affected]]]


class AuditEntryErasure:
    """All of it raises StoreBusyError; what was done until then may be done again."""

    def __init__(
        self, *, table: Store, by_time: EntriesByTime, bodies: ContentStore, objects: Objects, index: IndexRemover
    ) -> None:
        self._table = table
        self._by_time = by_time
        self._bodies = bodies
        self._objects = objects
        self._index = index

    def tell_apart(self, org: str, person: Person) -> Person:
        """Staff may act in a customer's place: whoever ever acted as staff is not the person."""
        staff = {username for username, _ in person.seen if self._is_staff(org, username)}
        return person.told_from(frozenset(staff))

    def erase_of_record(self, org: str, found: Sequence[Item], work: Work) -> Counts:
        """Erase the person from these items of their record, audit entries and copies of such."""

        def left(act: Act) -> tuple[Item, list[Affected]]:
            after = redaction.entry(act.root, work.person, work.asked_at)
            return after, redaction.affected(act.affected, work.person)

        return self._erase(org, places_of(found), left)

    def erase_done_by(self, org: str, username: str, work: Work) -> Counts:
        """Erase the person from what they did by this username, to other records or to none."""

        def left(act: Act) -> tuple[Item, list[Affected]]:
            return redaction.act(act.root, work.person, work.asked_at), act.affected

        counts = Counts()
        places = [key_of(item) for item in self._done_by(org, username) if is_before(item, work.asked_at)]
        for batch in table.batches(places, PAGE):
            counts += self._erase(org, batch, left)
        self._table.write([Delete((org_keys.staff(org), username))])
        return counts

    def _is_staff(self, org: str, username: str) -> bool:
        return any(attributes.text(item, "source") not in CUSTOMERS for item in self._done_by(org, username))

    def _done_by(self, org: str, username: str) -> Iterator[Item]:
        """The rows of the index of all that was done by this username."""
        bounds = Bounds(staff=frozenset({username}), forward=True, chunk=PAGE)
        return (item for _, item in self._by_time.find(org, bounds) if item is not None)

    def _erase(self, org: str, places: Collection[Key], left: Left) -> Counts:
        counts, docs = Counts(), []
        for _ in attempts(TOO_BUSY):
            acts = self._read(places)
            holds = Snapshot(table=self._table, org=org)
            places = set()
            for act in acts:
                if holds.state(act.records).is_held:
                    counts += Counts(on_hold=1)
                    continue
                after, affected = left(act)
                if self._write(act, after, affected):
                    counts += Counts(entries=int(entry_items.ERASED in after))
                    docs.append(document(after))
                else:
                    places.add(key_of(act.root))
            if not places:
                break
        self._index.replace(org, docs)
        return counts

    def _read(self, places: Collection[Key]) -> list[Act]:
        roots = self._table.get(list(places)).values() if places else []
        large = [content_of(root) for root in roots if audit_items.OFFLOADED in root]
        contents = self._table.get(large) if large else {}
        affected = [self._affected(root, contents.get(content_of(root))) for root in roots]
        made = [
            {key_of(copy) for copy in audit_items.copies(root, changes)}
            for root, changes in zip(roots, affected, strict=True)
        ]
        wanted = list(set().union(*made))
        standing = self._table.get(wanted) if wanted else {}
        return [
            Act(root, changes, contents.get(content_of(root)), {key: standing[key] for key in own & standing.keys()})
            for root, changes, own in zip(roots, affected, made, strict=True)
        ]

    def _affected(self, root: Item, content: Item | None) -> list[Affected]:
        body = None if content is None else self._bodies.load(content)
        if body is None:
            return audit_items.affected(root)
        return msgspec.json.decode(body, type=list[Affected])

    def _write(self, act: Act, after: Item, affected: list[Affected]) -> bool:
        """Write it, the entry last, which names the rest; False where somebody else was quicker with some of it."""
        # A copy that is not here yet will be made of what is left of the entry.
        renewed = [
            record_copies.copy_update(standing, copy)
            for copy in audit_items.copies(after, affected)
            if (standing := act.copies.get(key_of(copy))) is not None
        ]
        if act.content is not None and affected != act.affected:
            renewed.append(self._replacement(act.content, affected))
        changes = [change for change in renewed if change is not None]
        if changes and not all(self._table.write(changes)):
            return False
        if act.content is not None:
            self._delete_old(key_of(act.content))
        root = difference(act.root, after)
        return root is None or all(self._table.write([root]))

    def _delete_old(self, key: Key) -> None:
        """Delete what the content was before; whoever wrote it anew may have died before that."""
        standing = self._table.get([key]).get(key, {})
        names = self._objects.names(object_names.content_prefix(key[0], record_keys.content_id(*key) or ""), None, PAGE)
        self._objects.delete([name for name in names if name != attributes.optional_text(standing, "object")])

    def _replacement(self, content: Item, affected: list[Affected]) -> Update:
        """The change of a content item to another body."""
        pk, sk = key_of(content)
        fresh = self._bodies.store(pk, record_keys.content_id(pk, sk) or "", msgspec.json.encode(affected), None)
        put = {name: fresh[name] for name in BODY if name in fresh}
        drop = [name for name in BODY if name in content and name not in fresh]
        return Update(
            (pk, sk),
            put,
            drop,
            {name: as_written(content[name]) if name in content else None for name in BODY},
        )


def places_of(found: Iterable[Item]) -> set[Key]:
    """Keys of the audit entries that these are, or are copies of, or the contents of."""
    places = (audit_items.key_of_entry(key_of(item), item) for item in found)
    return {place for place in places if place is not None}


def content_of(root: Item) -> Key:
    return entry_items.entry_key(root).content_key


def is_before(item: Item, asked_at: str) -> bool:
    """Whether an entry had arrived when the erasure was asked for."""
    _, moment, suffix = record_keys.split_entry(attributes.text(item, "sk"))
    return entry_ids.arrived_by(entry_ids.entry_id(moment, suffix), asked_at)
