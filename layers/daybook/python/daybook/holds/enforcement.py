"""Enforcing holds: items of held records lose their TTL attribute, and get it back when the hold is lifted.

A held item has no `expires_at`; `held_until` keeps its value. The target state of an item is a function of the current
holds. It is written on the condition that the item is as it was read; then the holds are read again. So of two that
enforce holds on an item at once, or while holds change, the later one corrects it; a repetition changes nothing.

A placed or lifted hold is enforced on all items of its record by its backfill (`holds.backfill`). Items written
meanwhile come through the table's stream (`handle`): the backfill has read them, or their own read of the holds comes
after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from pynamodb.attributes import Attribute

from daybook.core import timestamps
from daybook.holds.hold_state import Snapshot, State
from daybook.model.retention_policy import Policy
from daybook.storage.items import audit_items, entry_items, entry_pointers
from daybook.storage.items.entry_pointers import Expiry
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.models.entries import HELD, AuditCopyItem, AuditItem, EmailItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.optimistic_locking import attempts, change_items
from daybook.storage.store import Store, Update, assign, unchanged

# What expires has an attribute that says when, one that keeps its value during a hold, and a value of the former then.
OF_ITEM = (Item.expires_at, Item.held_until, None)
OF_CONTENT = (EmailItem.content_until, EmailItem.held_content_until, HELD)


class _Unit(Struct, frozen=True):
    """An item (`root`), the items that are held and released with it (`others`), and what holds them.

    A hold of any of `records` does; `state` is what was read of these holds. `has_content` is False for an e-mail whose
    content was deleted.
    """

    root: Item
    others: list[Item]
    records: set[str]
    state: State
    has_content: bool


class HoldEnforcer:
    """Idempotent methods; each raises StoreBusyError, and keeps what was written until then.

    `clock` returns an aware datetime.
    """

    def __init__(self, *, table: Store, policy: Policy, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._policy = policy
        self._clock = clock

    def handle(self, written: Iterable[Item]) -> int:
        """Enforce holds on items that were just written; returns how many entries and contents are held."""
        by_org: dict[str, dict[Key, Item]] = {}
        for item in written:
            if not record_keys.is_of_no_record(item.pk):
                by_org.setdefault(org_keys.org_of(item.pk), {})[item.key] = item
        return sum(self._handle(org, of_org) for org, of_org in by_org.items())

    def _handle(self, org: str, written: dict[Key, Item]) -> int:
        holds = Snapshot(table=self._table, org=org)
        if holds.is_empty:
            return 0
        concerned = [
            key
            for key, item in written.items()
            if isinstance(item, AuditCopyItem) or holds.knows(audit_items.paths(item))
        ]
        return self.enforce(org, self._table.get(Item, concerned).values())

    def enforce(self, org: str, items: Iterable[Item]) -> int:
        """Enforce the current holds on these items of the org's records, given as they were read.

        Returns how many entries and contents are held.
        """
        held = 0
        roots = {item.key: item for item in items}
        if not roots:
            return held
        for _ in attempts("too many are changing the same entries and their holds at once"):
            units = self._units(roots, Snapshot(table=self._table, org=org))
            conflicting = self._write(units)
            self.enforce_on_shared_events(
                {other.pk for unit in units for other in unit.others if message_keys.is_of_message(other.pk)}
            )
            # The holds are read after the writes.
            holds = Snapshot(table=self._table, org=org)
            holds.load({record for unit in units for record in unit.records})
            repeated = conflicting | {
                unit.root.key for unit in units if holds.state(unit.records).is_held != unit.state.is_held
            }
            held += sum(_counts_as_held(unit) for unit in units if unit.root.key not in repeated)
            roots = self._table.get(Item, list(repeated))
            if not roots:
                break
        return held

    def _units(self, roots: dict[Key, Item], holds: Snapshot) -> list[_Unit]:
        holds.load({record_keys.path_of(pk) for pk, _ in roots})
        entries = self._audit_entries(roots, holds)
        now = self._clock().timestamp()
        linked = {key: _linked_keys(root, entries.get(key)) for key, root in roots.items()}
        contents = {key: _expired_content_key(root, now) for key, root in roots.items()}
        stored = {entry.key: entry for entry in entries.values()} | roots
        missing = {*contents.values()}.union(*linked.values()) - stored.keys() - {None}
        stored |= self._table.get(Item, [key for key in missing if key is not None])
        units = []
        for key, root in roots.items():
            others = [stored[other] for other in linked[key] if other in stored and other not in roots]
            records = _records(root, entries.get(key), stored)
            has_content = contents[key] is None or contents[key] in stored
            units.append(_Unit(root, others, records, holds.state(records), has_content))
        return units

    def _audit_entries(self, roots: dict[Key, Item], holds: Snapshot) -> dict[Key, AuditItem]:
        """The audit entries that exist, by the key of the root that is one, or is its content or copy."""
        entry_keys = {key: audit_items.key_of_entry(root) for key, root in roots.items()}
        for pk, sk in roots:
            if record_keys.content_id(pk, sk) is not None and (
                not holds.some_stand
                # Content that its own record does not hold may be held by another record of its entry.
                or holds.state([record_keys.path_of(pk)]).is_held
            ):
                entry_keys[pk, sk] = None
        missing = {*entry_keys.values()} - roots.keys() - {None}
        stored = roots | self._table.get(AuditItem, [key for key in missing if key is not None])
        found = {key: stored.get(entry_key) for key, entry_key in entry_keys.items() if entry_key is not None}
        return {key: entry for key, entry in found.items() if isinstance(entry, AuditItem)}

    def _write(self, units: Sequence[_Unit]) -> set[Key]:
        """Write the target state of the units; returns the keys of those changed by others meanwhile.

        A root is written first: the others are found by it when the hold is lifted.
        """
        conflicting = self._write_items([(unit.root, unit) for unit in units])
        written = [unit for unit in units if unit.root.key not in conflicting]
        return conflicting | self._write_items([(other, unit) for unit in written for other in unit.others])

    def _write_items(self, items: Sequence[tuple[Item, _Unit]]) -> set[Key]:
        changes = {item.key: change for item, unit in items if (change := self._change(item, unit)) is not None}
        written = self._table.write(list(changes.values()))
        failed = {key for key, is_written in zip(changes, written, strict=True) if not is_written}
        return {unit.root.key for item, unit in items if item.key in failed}

    def _change(self, item: Item, unit: _Unit) -> Update | None:
        """The change of an item to the state that the holds of its unit ask for; None where it has that."""
        expiries = [OF_ITEM, OF_CONTENT] if isinstance(item, EmailItem) and unit.has_content else [OF_ITEM]
        changed: list[tuple[Attribute[int | None], int | None]] = []
        for attribute, kept, while_held in expiries:
            value, kept_value = (item.attribute_values.get(each.attr_name) for each in (attribute, kept))
            if unit.state.is_held and value not in (None, while_held):
                changed += [(attribute, while_held), (kept, value)]
            elif not unit.state.is_held and kept_value is not None:
                changed += [(attribute, self._expiry_after_hold(kept_value, unit.state)), (kept, None)]
        if not changed:
            return None
        actions = [assign(attribute, value) for attribute, value in changed]
        return Update(item.key, actions, unchanged(item, *(attribute for attribute, _ in changed)))

    def _expiry_after_hold(self, own: int, state: State) -> int:
        lifted = self._clock() if state.lifted_at is None else timestamps.from_instant(state.lifted_at)
        return self._policy.expiry_after_hold(own, lifted)

    def enforce_on_shared_events(self, messages: Collection[str]) -> None:
        """Give pending events of whole messages the expiry of the last of their pointers, or its hold.

        `messages` are the messages' partitions. Call it after the pointers were written: it reads them again.
        """
        keys = [(pk, message_keys.pending_events("email", "")) for pk in messages]
        shared = self._table.get(PendingEventsItem, keys)
        busy = "too many are changing the same events at once"
        change_items(self._table, PendingEventsItem, shared, self._shared_events_change, busy)

    def _shared_events_change(self, item: PendingEventsItem) -> Update | None:
        pointers = [
            pointer
            for pointer in self._table.partitions(Item, [item.pk])
            if isinstance(pointer, PointerItem) and record_keys.split_entry(pointer.entry)[0] == "email"
        ]
        target = entry_pointers.latest_expiry(pointers)
        if not pointers or Expiry.of(item) == target:
            return None
        actions = [assign(Item.expires_at, target.expires_at), assign(Item.held_until, target.held_until)]
        return Update(item.key, actions, unchanged(item, Item.expires_at, Item.held_until))


def _linked_keys(root: Item, entry: AuditItem | None) -> list[Key]:
    """Keys of items held and released with a root: all items of its audit entry, a message's pointer."""
    if entry is not None:
        return audit_items.keys_of_items(entry)
    pointer = entry_pointers.message_pointer_key(root)
    return [] if pointer is None or root.unheld_expiry is None else [pointer]


def _expired_content_key(root: Item, now: float) -> Key | None:
    """Key of an e-mail's content that has expired, and may be deleted; None for any other item."""
    if not isinstance(root, EmailItem) or root.content_until is None or root.content_until > now:
        return None
    return entry_items.content_key(root)


def _records(root: Item, entry: AuditItem | None, stored: Container[Key]) -> set[str]:
    """The records whose holds hold a root: of an audit entry, those in whose logs it is, itself or as a copy.

    A record whose copy TTL has deleted is not among them: a lifted hold of that record would not find the entry.
    """
    if entry is None:
        return {record_keys.path_of(root.pk)}
    in_logs = [(pk, sk) for pk, sk in (root.key, *audit_items.keys_of_items(entry)) if sk == entry.sk]
    return {record_keys.path_of(key[0]) for key in in_logs if key in stored}


def _counts_as_held(unit: _Unit) -> bool:
    is_entry = record_keys.entry_id(*unit.root.key) is not None
    return is_entry and unit.state.is_held and unit.root.unheld_expiry is not None
