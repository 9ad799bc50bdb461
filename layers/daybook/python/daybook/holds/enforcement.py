"""Enforcing holds: items of held records lose their TTL attribute, and get it back when the hold is lifted.

A held item has no `expires_at`; `held_until` keeps its value. The target state of an item is a function of the current
holds. It is written on the condition that the item is as it was read; then the holds are read again. So of two that
enforce holds on an item at once, or while holds change, the later one corrects it; a repetition changes nothing.

A placed or lifted hold is enforced on all items of its record by a backfill (`step`). Items written meanwhile come
through the table's stream (`handle`): the backfill has read them, or their own read of the holds comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias

from msgspec import Struct
from pynamodb.attributes import Attribute

from daybook.core import timestamps
from daybook.holds import hold_state
from daybook.holds.hold_state import BACKFILLING, LIFTED, LIFTING, MAX_LISTED, STANDING, Snapshot, State
from daybook.model.retention_policy import Policy
from daybook.storage.items import audit_items, entry_items, entry_pointers
from daybook.storage.items.entry_pointers import Expiry
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import HELD, AuditCopyItem, AuditItem, EmailItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PendingEventsItem, PointerItem
from daybook.storage.models.orgs import HoldItem
from daybook.storage.optimistic_locking import attempts, change_items
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Range, Store, Update, assign, start_key, unchanged

PAGE = 500

# Pages of one call. A longer call would delay the other records of the stream.
PAGES = 20

# How long the item of a lifted hold is kept: the stream keeps records for a day, and a late writer may need it.
LIFTED_HOLD_KEPT = timedelta(days=2)

# Attributes of an item with their new values, in epoch seconds; None for those to be removed.
Moves: TypeAlias = list[tuple[Attribute[int | None], int | None]]


class Tally(Struct, frozen=True):
    """Counts of entries and contents that are held, and of those that expired before; ids of the latter's entries."""

    held: int = 0
    too_late: int = 0
    too_late_entries: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        entry_ids = tuple(dict.fromkeys([*self.too_late_entries, *other.too_late_entries]))[:MAX_LISTED]
        return Tally(self.held + other.held, self.too_late + other.too_late, entry_ids)


class _Unit(Struct, frozen=True):
    """An item (`root`), and the items that are held and released with it (`others`).

    A hold of any of `records` holds them; `state` is what was read of these holds. `has_content` is False for an e-mail
    whose content was deleted.
    """

    key: Key
    root: Item
    others: dict[Key, Item]
    records: frozenset[str]
    state: State
    has_content: bool = True


class HoldEnforcer:
    """Idempotent methods; each raises StoreBusyError, and keeps what was written until then.

    `clock` returns an aware datetime.
    """

    def __init__(self, *, table: Store, policy: Policy, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._policy = policy
        self._clock = clock

    def step(self, org: str, record: str) -> None:
        """Continue the backfill of a placed or lifted hold for PAGES pages; does nothing where it is done.

        `record` is the path `<type>/<id>`. Writing the progress makes the stream invoke the next step. No two steps run
        at once: an org's holds are one partition, hence in one shard of the stream, which Lambda reads batch by batch.
        """
        hold = self._table.get_item(HoldItem, (org_keys.holds(org), record))
        if hold is None or hold.status not in BACKFILLING:
            return
        span = Range(record_keys.partition_at(org, record), *record_keys.ALL, forward=True)
        after = hold.swept
        tally = Tally(hold.held or 0, hold.too_late or 0, tuple(hold_state.listed_entries(hold.missed)))
        start = start_key(span, after) if after else None
        for page in islice(query_pages(self._table, Item, span, PAGE, start), PAGES):
            tally += self.enforce(org, page.items)
            after = page.items[-1].sk if page.more else None
        self._write_progress(hold, tally, after)

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
        return self.enforce(org, self._table.get(Item, concerned).values()).held

    def _write_progress(self, hold: HoldItem, tally: Tally, after: str | None) -> None:
        """Write after which sort key the backfill continues; None where it is done."""
        actions = [
            HoldItem.held.set(tally.held),
            HoldItem.too_late.set(tally.too_late),
            HoldItem.missed.set(json_text(tally.too_late_entries)),
            assign(HoldItem.swept, after),
        ]
        if after is None:
            is_lifted = hold.status == LIFTING
            actions.append(HoldItem.status.set(LIFTED if is_lifted else STANDING))
            if is_lifted:
                actions.append(HoldItem.expires_at.set(timestamps.epoch_seconds(self._clock() + LIFTED_HOLD_KEPT)))
        # Where the hold was placed or lifted meanwhile, the stream has a record of that as well.
        self._table.write([Update(hold.key, actions, HoldItem.turn == hold.turn)])

    def enforce(self, org: str, items: Iterable[Item]) -> Tally:
        """Enforce the current holds on these items of the org's records, given as they were read."""
        roots = {item.key: item for item in items}
        tally = Tally()
        if not roots:
            return tally
        for _ in attempts("too many are changing the same entries and their holds at once"):
            units = self._units(org, roots, Snapshot(table=self._table, org=org))
            conflicting = self._write(units)
            self.enforce_on_shared_events(
                {pk for unit in units for pk, _ in unit.others if message_keys.is_of_message(pk)}
            )
            # The holds are read after the writes.
            holds = Snapshot(table=self._table, org=org)
            holds.load({record for unit in units for record in unit.records})
            retried = {
                unit.key: unit
                for unit in units
                if unit.key in conflicting or holds.state(unit.records).is_held != unit.state.is_held
            }
            tally += _count(unit for unit in units if unit.key not in retried)
            roots = self._table.get(Item, list(retried))
            tally += _too_late(unit for key, unit in retried.items() if key not in roots)
            if not roots:
                break
        return tally

    def _units(self, org: str, roots: dict[Key, Item], holds: Snapshot) -> list[_Unit]:
        holds.load({record_keys.path_of(key[0]) for key in roots})
        entries = self._audit_entries(roots, holds)
        now = self._clock().timestamp()
        linked = {key: _linked_keys(org, item, entries.get(key)) for key, item in roots.items()}
        contents = {key: _expired_content(item, now) for key, item in roots.items()}
        stored: dict[Key, Item] = {entry.key: entry for entry in entries.values()}
        stored |= roots
        missing = {*contents.values()}.union(*linked.values()) - stored.keys() - {None}
        stored |= self._table.get(Item, [key for key in missing if key is not None])
        units = []
        for key, item in roots.items():
            records = _records(org, item, entries.get(key), stored)
            others = {other: stored[other] for other in linked[key] if other in stored and other not in roots}
            content = contents[key]
            has_content = content is None or content in stored
            units.append(_Unit(key, item, others, frozenset(records), holds.state(records), has_content))
        return units

    def _audit_entries(self, roots: dict[Key, Item], holds: Snapshot) -> dict[Key, AuditItem]:
        """The audit entries that exist, by the key of the root that is one, or is its content or copy."""
        entry_keys: dict[Key, Key] = {}
        for key, item in roots.items():
            if record_keys.content_id(*key) is not None and (
                not holds.some_stand
                # Content that its own record does not hold may be held by another record of its entry.
                or holds.state([record_keys.path_of(key[0])]).is_held
            ):
                continue
            if (entry_key := audit_items.key_of_entry(item)) is not None:
                entry_keys[key] = entry_key
        stored = self._table.get(AuditItem, list({*entry_keys.values()} - roots.keys()))
        stored |= {key: item for key, item in roots.items() if isinstance(item, AuditItem)}
        return {key: stored[entry_key] for key, entry_key in entry_keys.items() if entry_key in stored}

    def _write(self, units: Sequence[_Unit]) -> set[Key]:
        """Write the target state of the units; returns the keys of those changed by others meanwhile.

        A root is written first: the others are found by it when the hold is lifted.
        """
        conflicting = self._write_all(units, [{unit.key: unit.root} for unit in units])
        written = [unit for unit in units if unit.key not in conflicting]
        return conflicting | self._write_all(written, [unit.others for unit in written])

    def _write_all(self, units: Sequence[_Unit], parts: Sequence[dict[Key, Item]]) -> set[Key]:
        changes: dict[Key, Update] = {}
        owners: dict[Key, list[Key]] = {}
        for unit, part in zip(units, parts, strict=True):
            for key, item in part.items():
                if (change := self._change(item, unit)) is not None:
                    changes[key] = change
                    owners.setdefault(key, []).append(unit.key)
        written = self._table.write(list(changes.values()))
        return {
            owner for key, is_written in zip(changes, written, strict=True) if not is_written for owner in owners[key]
        }

    def _change(self, item: Item, unit: _Unit) -> Update | None:
        moves = _held(item, has_content=unit.has_content) if unit.state.is_held else self._released(item, unit.state)
        if not moves:
            return None
        actions = [assign(attribute, value) for attribute, value in moves]
        return Update(item.key, actions, unchanged(item, *(attribute for attribute, _ in moves)))

    def _released(self, item: Item, state: State) -> Moves:
        lifted = self._clock() if state.lifted_at is None else timestamps.from_instant(state.lifted_at)

        def expiry(own: int) -> int:
            return self._policy.expiry_after_hold(own, lifted)

        moves: Moves = []
        if item.held_until is not None:
            moves += [(Item.held_until, None), (Item.expires_at, expiry(item.held_until))]
        if isinstance(item, EmailItem) and item.held_content_until is not None:
            moves += [(EmailItem.held_content_until, None), (EmailItem.content_until, expiry(item.held_content_until))]
        return moves

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


def _held(item: Item, *, has_content: bool) -> Moves:
    """The changes of an item that is held; `has_content` is False for an e-mail whose content was deleted."""
    moves: Moves = []
    if item.expires_at is not None:
        moves += [(Item.expires_at, None), (Item.held_until, item.expires_at)]
    if isinstance(item, EmailItem) and has_content and item.content_until not in (None, HELD):
        moves += [(EmailItem.content_until, HELD), (EmailItem.held_content_until, item.content_until)]
    return moves


def _linked_keys(org: str, item: Item, entry: AuditItem | None) -> list[Key]:
    """Keys of items held and released with an item: an audit entry's copies and content, a message's pointer."""
    if entry is None:
        pointer = entry_pointers.message_pointer_key(item)
        return [pointer] if pointer is not None and item.unheld_expiry is not None else []
    entry_key = entry_items.entry_key(entry)
    own = [entry_key.key]
    if entry.apart:
        own.append(entry_key.content_key)
    return [
        *own,
        *(
            (record_keys.partition_at(org, record), entry_key.sk)
            for record in sorted(audit_items.paths(entry) - {record_keys.path_of(entry_key.pk)})
        ),
    ]


def _expired_content(item: Item, now: float) -> Key | None:
    """Key of an e-mail's content that has expired, and may be deleted; None for any other item."""
    if not isinstance(item, EmailItem) or item.content_until is None or item.content_until > now:
        return None
    return entry_items.content_key(item)


def _records(org: str, item: Item, entry: AuditItem | None, stored: Container[Key]) -> set[str]:
    """The records whose holds hold an item: of an audit entry, those in whose logs it is, itself or as a copy.

    A record whose copy TTL has deleted is not among them: a lifted hold of that record would not find the entry.
    """
    if entry is None:
        return {record_keys.path_of(item.pk)}
    records = audit_items.paths(item) | audit_items.paths(entry)
    return {record for record in records if (record_keys.partition_at(org, record), entry.sk) in stored}


def _count(units: Iterable[_Unit]) -> Tally:
    held = (unit for unit in units if unit.state.is_held and unit.root.unheld_expiry is not None)
    return Tally(held=sum(record_keys.entry_id(*unit.key) is not None for unit in held))


def _too_late(deleted: Iterable[_Unit]) -> Tally:
    entry_ids = [
        entry_id for unit in deleted if unit.state.is_held and (entry_id := record_keys.entry_id(*unit.key)) is not None
    ]
    return Tally(too_late=len(entry_ids), too_late_entries=tuple(dict.fromkeys(entry_ids)))
