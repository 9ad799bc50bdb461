"""Keeping the register of records, from the entries that the stream tells of.

What is known already costs the read of one item, and no write. The items by which a record is found are written before
its own, which says that they are there. So what was broken off is done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from daybook.core import entry_ids
from daybook.core.keyed_hash import KeyedHash
from daybook.model.entries import ADDRESS, Record
from daybook.records import known, names
from daybook.records.known import Known, Name
from daybook.storage.keys import org_keys, record_keys, register_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.register import RecordItem, RecordNameItem
from daybook.storage.optimistic_locking import attempts
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Delete, Range, Store, Update, assign, difference, unchanged

# Entries that are read for the latest name: nearly each has one.
LATEST_CHUNK = 10
# After so many audit entries without a name the record has none of its own.
LATEST_PAGES = 10
REBUILD_CHUNK = 500
TOO_BUSY = "too many are registering the same record at once"
AS_READ = (
    RecordItem.names,
    RecordItem.addresses,
    RecordItem.expires_at,
    RecordItem.erased_at,
    RecordItem.gone,
    RecordItem.repairs,
)

Place = tuple[str, Record]


class RecordRegister:
    """`clock` returns an aware datetime. All of it raises StoreBusyError; entries may come again, late or unordered."""

    def __init__(self, *, table: Store, keyed_hash: KeyedHash, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._national = partial(names.national, keyed_hash)
        self._clock = clock

    def add(self, entries: Iterable[EntryItem]) -> int:
        """Register what these entries tell of their records; the number of records of which something was new."""
        by_place = _by_place(entries)
        items = self._table.get(RecordItem, [register_keys.record(*place) for place in by_place], consistent=False)
        new = {
            place: of_place
            for place, of_place in by_place.items()
            if self._after(_of(items, place), of_place) is not None or self._told_late(_of(items, place), of_place)
        }
        inserted = self._insert({place: of_place for place, of_place in new.items() if _of(items, place) is None})
        return len(inserted) + sum(
            self._add(*place, of_place) for place, of_place in new.items() if place not in inserted
        )

    def _insert(self, unknown: Mapping[Place, Sequence[EntryItem]]) -> set[Place]:
        """Register records that have no item, all together; those of which nothing was there before.

        An import brings thousands at once.
        """
        told = {place: self._after(None, of_place) for place, of_place in unknown.items()}
        found_by = [
            (place, item)
            for place, of_place in told.items()
            if of_place is not None
            for item in names.index_items(*place, of_place).values()
        ]
        written = self._table.insert([item for _, item in found_by])
        in_part = {place for (place, _), is_new in zip(found_by, written, strict=True) if not is_new}
        whole = {place: known_of for place, known_of in told.items() if known_of and place not in in_part}
        items = [known.item_of(register_keys.record(*place), known_of) for place, known_of in whole.items()]
        return {place for place, is_new in zip(whole, self._table.insert(items), strict=True) if is_new}

    def _add(self, org: str, record: Record, entries: Sequence[EntryItem]) -> bool:
        key, touched = register_keys.record(org, record), set[Key]()
        for _ in attempts(TOO_BUSY):
            before = self._table.get_item(RecordItem, key)
            # Before the erasure, an attempt may have written by what they are found, and broken off.
            late = self._told_late(before, entries)
            touched.update(() if late is None else names.index_items(org, record, late))
            after = self._after(before, entries)
            if after is not None:
                after = self._with_latest_name(org, record, before, after)
            if after is None and not touched:
                return False
            if self._replace(org, record, before, after or known.of_item(before), touched):
                break
        return after is not None

    def _after(self, item: RecordItem | None, entries: Sequence[EntryItem]) -> Known | None:
        """What is known with these entries; None where that is nothing new."""
        told = self._told(entry for entry in entries if not _arrived_before_erasure(entry, item))
        if told is None:
            return None
        before = known.of_item(item)
        after = told if before is None else before | told
        return None if before is not None and before.says_the_same(after) else after

    def _told_late(self, item: RecordItem | None, entries: Sequence[EntryItem]) -> Known | None:
        """What those entries tell that arrived by the record's last erasure; None where that is nothing."""
        return self._told(entry for entry in entries if _arrived_before_erasure(entry, item))

    def _told(self, entries: Iterable[EntryItem]) -> Known | None:
        return known.told(entries, self._national, self._clock())

    def _with_latest_name(self, org: str, record: Record, item: RecordItem | None, after: Known) -> Known | None:
        """The same with the name that the log has last; None where that is nothing new.

        The name that is shown stays without a write while entries repeat it. So an earlier entry that comes late may
        seem to be later.
        """
        before = known.of_item(item)
        shown = None if before is None else before.shown
        if before is None or shown is None or shown == after.shown or after.shown is None:
            return after
        latest = self._latest_name(org, record, own=after.shown.own)
        if latest is not None:
            after = after | Known((latest,), (), after.until)
        return None if before.says_the_same(after) else after

    def _latest_name(self, org: str, record: Record, *, own: bool) -> Name | None:
        pk, now = record_keys.partition(org, record), self._clock()
        span = Range(pk, *record_keys.log_bounds("audit" if own else "activity"))
        for number, page in enumerate(query_pages(self._table, EntryItem, span, LATEST_CHUNK)):
            visible = [item for item in page.items if item.is_visible(now) and known.is_telling(item)]
            found = [name for item in visible for name in known.names_in(item)]
            if found:
                return max(found, key=known.rank)
            if number == LATEST_PAGES:
                break
        return None

    def forget(self, names_gone: Mapping[Place, Collection[str]]) -> int:
        """Rebuild what is known of these records where it has one of these names; the number of records.

        For names that an erasure took out of entries.
        """
        items = self._table.get(RecordItem, [register_keys.record(*place) for place in names_gone])
        rebuilt = 0
        for (org, record), gone in names_gone.items():
            known_of = known.of_item(_of(items, (org, record)))
            if known_of is not None and any(name.text in gone for name in known_of.names):
                self.rebuild(org, record)
                rebuilt += 1
        return rebuilt

    def rebuild(self, org: str, record: Record, *, is_repair: bool = False) -> bool:
        """Register of a record what its entries tell, and nothing else; whether it has any.

        It is taken out where it has none, or where its person was erased from all of them. A repair also writes the
        items by which it is found that should be there.
        """
        key, touched = register_keys.record(org, record), set[Key]()
        for _ in attempts(TOO_BUSY):
            before = self._table.get_item(RecordItem, key)
            after = self._told_by_all(org, record)
            if is_repair and after is not None:
                wanted = names.index_items(org, record, after)
                found = self._table.get(Item, list(wanted))
                touched.update(key for key, item in wanted.items() if found.get(key) != item)
            known_before = known.of_item(before)
            is_less = known_before is not None and (after is None or not after.says_the_same(after | known_before))
            if self._replace(org, record, before, after, touched):
                if not is_less:
                    break
                # What came in between found the record as it was, and may have told nothing new: so it is read again.
                touched = set()
        return after is not None

    def erase(self, org: str, record: Record, asked_at: str) -> None:
        """Take out a record whose person was erased from what arrived by that instant, and from now on ignore that.

        What is left of it, as what stands on hold or came since, is registered anew. May be done again.
        """
        key, touched = register_keys.record(org, record), set[Key]()
        for _ in attempts(TOO_BUSY):
            before = self._table.get_item(RecordItem, key)
            if self._replace(org, record, before, None, touched, asked_at):
                break
        # Only now: what came in between found the record as it was, and may have told nothing new.
        self.rebuild(org, record)

    def _told_by_all(self, org: str, record: Record) -> Known | None:
        pk = record_keys.partition(org, record)
        told: Known | None = None
        for log in sorted(record_keys.LOGS):
            span = Range(pk, *record_keys.log_bounds(log))
            for page in query_pages(self._table, EntryItem, span, REBUILD_CHUNK):
                of_page = self._told(page.items)
                if of_page is not None:
                    told = of_page if told is None else told | of_page
        return told

    def _replace(
        self,
        org: str,
        record: Record,
        before: RecordItem | None,
        after: Known | None,
        touched: set[Key],
        erased_at: str | None = None,
    ) -> bool:
        """Write what is known in place of what was; False where somebody else has changed it meanwhile.

        What an attempt wrote that came to nothing does not follow from `before`: those keys are `touched`, and all of
        them are written by the next. `erased_at` is of an erasure; that of `before` stays where it is later.
        """
        key = register_keys.record(org, record)
        known_before = known.of_item(before)
        stale = {} if known_before is None else names.index_items(org, record, known_before)
        wanted = {} if after is None else names.index_items(org, record, after)
        put = [item for found_by, item in wanted.items() if found_by in touched or stale.get(found_by) != item]
        gone = (stale.keys() | touched) - wanted.keys()
        is_repair = bool(touched)
        touched.update(gone, (item.key for item in put))
        self._put(put, stale)
        self._table.write([Delete(found_by) for found_by in gone])
        item = self._item(key, before, after, erased_at)
        if before is None:
            if item is None:
                return not is_repair or self._table.get_item(RecordItem, key) is None
            return all(self._table.insert([item]))
        if item is None:
            return all(self._table.write([Delete(key, unchanged(before, *AS_READ))]))
        change = difference(before, item)
        if change is None and not is_repair:
            return True
        # Whoever writes at the same time what was deleted here has to see that.
        actions = [RecordItem.repairs.set((before.repairs or 0) + 1)] if change is None else change.actions
        return all(self._table.write([Update(key, actions, unchanged(before, *AS_READ))]))

    def _item(
        self, key: Key, before: RecordItem | None, after: Known | None, erased_at: str | None
    ) -> RecordItem | None:
        """The item to write, of a record of which this is known, and that was erased now or before; None for none."""
        if after is None and erased_at is None and before is not None and before.gone:
            return before
        before_at, repairs = (None, None) if before is None else (before.erased_at, before.repairs)
        last_at = max(filter(None, (erased_at, before_at)), default=None)
        if after is not None:
            return known.item_of(key, after, last_at, repairs)
        if last_at is None:
            return None
        # Counted from now: an erasure may end long after it was asked for.
        end = self._clock() + known.GONE_KNOWN
        return known.gone_item(key, last_at, int(end.timestamp()), repairs)

    def _put(self, items: Sequence[Item], known: Collection[Key]) -> None:
        """Write these items, whether or not they are there; those that are `known` to be are first changed."""
        old = [item for item in items if item.key in known]
        changed = self._table.write([_update(item) for item in old])
        gone = [item for item, is_changed in zip(old, changed, strict=True) if not is_changed]
        new = [*(item for item in items if item.key not in known), *gone]
        inserted = self._table.insert(new)
        self._table.write([_update(item) for item, is_new in zip(new, inserted, strict=True) if not is_new])


def _by_place(entries: Iterable[EntryItem]) -> dict[Place, list[EntryItem]]:
    by_place: dict[Place, list[EntryItem]] = defaultdict(list)
    for entry in entries:
        record = record_keys.record_of(entry.pk)
        # An address that no record is known of has its audit entries under a record of its own.
        if record is not None and record.type != ADDRESS:
            by_place[org_keys.org_of(entry.pk), record].append(entry)
    return by_place


def _of(items: Mapping[Key, RecordItem], place: Place) -> RecordItem | None:
    return items.get(register_keys.record(*place))


def _arrived_before_erasure(entry: EntryItem, item: RecordItem | None) -> bool:
    """Whether an entry arrived by the instant of its record's last erasure, as far as the register knows of it."""
    erased_at = None if item is None else item.erased_at
    return erased_at is not None and entry_ids.arrived_by(record_keys.entry_id(*entry.key) or "", erased_at)


def _update(item: Item) -> Update:
    actions = [assign(Item.expires_at, item.expires_at)]
    if isinstance(item, RecordNameItem):
        actions.append(RecordNameItem.names.set(item.names))
    return Update(item.key, actions)
