"""What a hold does: TTL is kept from taking what is held, and gets it back when the hold is lifted.

A held item has no `expires_at`; `held_until` keeps its value. What is held is settled item by item: what an item should
be is a function of the holds that stand, it is written on the condition that the item is as it was read, and then the
holds are looked at once more. So of any two that settle an item at once, or settle it while holds come and go, whoever
comes later puts it right, and to settle it again changes nothing.

A placed or lifted hold has all of its record settled (`step`). What is written meanwhile comes through the table's
stream (`handle`): it was either there when the record was gone through, or its own look at the holds comes after that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.holds import hold_state
from daybook.holds.hold_state import BACKFILLING, LIFTED, LIFTING, NAMED, STANDING, Snapshot, State
from daybook.model.retention_policy import Policy
from daybook.storage import attributes
from daybook.storage.items import audit_items, entry_items, entry_pointers
from daybook.storage.keys import message_keys, org_keys, record_keys
from daybook.storage.optimistic_locking import attempts, change_items
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Item, Key, Range, Store, Update, key_of, start_key

PAGE = 500

# As many pages as one call goes through. A longer one would keep the other entries of the stream waiting.
PAGES = 20

# The stream keeps what it tells for a day. Until then somebody may come late who had found the hold standing.
REMEMBERED = timedelta(days=2)

# What becomes of attributes of an item; None for those that go.
Moves: TypeAlias = dict[str, dict[str, Any] | None]


class Tally(Struct, frozen=True):
    """Entries and contents that are held, and that expired before they could be; ids of the latter's entries."""

    held: int = 0
    too_late: int = 0
    too_late_entries: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        entry_ids = tuple(dict.fromkeys([*self.too_late_entries, *other.too_late_entries]))[:NAMED]
        return Tally(self.held + other.held, self.too_late + other.too_late, entry_ids)


class _Unit(Struct, frozen=True):
    """An item to be settled (`root`), and what is held and released with it (`others`).

    Any hold of `records` holds them; `state` is what was read of those. `is_whole` is False for an e-mail whose content
    is gone.
    """

    key: Key
    root: Item
    others: dict[Key, Item]
    records: frozenset[str]
    state: State
    is_whole: bool = True


class HoldEnforcer:
    """All of it raises StoreBusyError; what was done until then need not be done again."""

    def __init__(self, *, table: Store, policy: Policy, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._policy = policy
        self._clock = clock

    def step(self, org: str, record: str) -> None:
        """Go on with what a placed or lifted hold asks for, some pages of its record; nothing where that is done.

        Writing down how far it is makes the stream call for the next step. There are never two at once: the holds of an
        org are of one partition, hence in one shard of the stream, of which Lambda runs one batch at a time.
        """
        key = org_keys.holds(org), record
        hold = self._table.get([key]).get(key)
        if hold is None or attributes.text(hold, "status") not in BACKFILLING:
            return
        span = Range(record_keys.partition_at(org, record), *record_keys.ALL, forward=True)
        behind = attributes.optional_text(hold, "swept")
        tally = _tally(hold)
        after = start_key(span, behind, behind) if behind else None
        for page in islice(query_pages(self._table, span, PAGE, after), PAGES):
            tally += self.settle(org, page.items)
            behind = attributes.text(page.items[-1], "sk") if page.more else None
        self._write_progress(key, hold, tally, behind)

    def handle(self, written: Iterable[Item]) -> int:
        """Hold what has been written to held records, entries and what stands beside them; how many are."""
        by_org: dict[str, dict[Key, Item]] = {}
        for item in written:
            pk, sk = key_of(item)
            if not record_keys.is_of_no_record(pk):
                by_org.setdefault(org_keys.org_of(pk), {})[pk, sk] = item
        return sum(self._handle(org, of_org) for org, of_org in by_org.items())

    def _handle(self, org: str, written: dict[Key, Item]) -> int:
        holds = Snapshot(table=self._table, org=org)
        if holds.is_empty:
            return 0
        concerned = [key for key, item in written.items() if "of" in item or holds.knows(audit_items.paths(item))]
        return self.settle(org, self._table.get(concerned).values()).held

    def _write_progress(self, key: Key, hold: Item, tally: Tally, behind: str | None) -> None:
        """Note where the backfill goes on, behind this sort key; None where it is done."""
        put: Item = {
            "held": {"N": str(tally.held)},
            "too_late": {"N": str(tally.too_late)},
            "missed": {"S": msgspec.json.encode(tally.too_late_entries).decode()},
        }
        drop = []
        if behind is not None:
            put["swept"] = {"S": behind}
        else:
            drop = ["swept"] if "swept" in hold else []
            is_lifted = attributes.text(hold, "status") == LIFTING
            put["status"] = {"S": LIFTED if is_lifted else STANDING}
            if is_lifted:
                put["expires_at"] = {"N": str(timestamps.epoch_seconds(self._clock() + REMEMBERED))}
        # Where somebody has placed or lifted it meanwhile, the stream tells of that, too.
        self._table.write([Update(key, put, drop, {"turn": hold["turn"]})])

    def settle(self, org: str, items: Iterable[Item]) -> Tally:
        """Make these items of the org's records, as they were read, what the holds that stand ask for."""
        roots = {key_of(item): item for item in items}
        tally = Tally()
        if not roots:
            return tally
        for _ in attempts("too many are changing the same entries and their holds at once"):
            units = self._units(org, roots, Snapshot(table=self._table, org=org))
            unsettled = self._write(units)
            self.settle_shared({pk for unit in units for pk, _ in unit.others if message_keys.is_of_message(pk)})
            # Written first, looked at second.
            holds = Snapshot(table=self._table, org=org)
            holds.load({record for unit in units for record in unit.records})
            again = {
                unit.key: unit
                for unit in units
                if unit.key in unsettled or holds.state(unit.records).is_held != unit.state.is_held
            }
            tally += _count(unit for unit in units if unit.key not in again)
            roots = self._table.get(list(again))
            tally += _too_late(unit for key, unit in again.items() if key not in roots)
            if not roots:
                break
        return tally

    def _units(self, org: str, roots: dict[Key, Item], holds: Snapshot) -> list[_Unit]:
        holds.load({record_keys.path_of(key[0]) for key in roots})
        entries = self._audit_entries(roots, holds)
        now = self._clock().timestamp()
        beside = {key: _beside(org, item, entries.get(key)) for key, item in roots.items()}
        contents = {key: _passed_content(item, now) for key, item in roots.items()}
        standing = {key_of(entry): entry for entry in entries.values()} | roots
        wanted = {*contents.values()}.union(*beside.values()) - standing.keys() - {None}
        standing |= self._table.get([key for key in wanted if key is not None])
        units = []
        for key, item in roots.items():
            records = _records(org, item, entries.get(key), standing)
            others = {other: standing[other] for other in beside[key] if other in standing and other not in roots}
            content = contents[key]
            is_whole = content is None or content in standing
            units.append(_Unit(key, item, others, frozenset(records), holds.state(records), is_whole))
        return units

    def _audit_entries(self, roots: dict[Key, Item], holds: Snapshot) -> dict[Key, Item]:
        """Of each root that is an audit entry, its content or its copy: the entry, where it is there."""
        entry_keys: dict[Key, Key] = {}
        for key, item in roots.items():
            if record_keys.content_id(*key) is not None and (
                not holds.some_stand
                # What its own record does not hold may be held by another of its entry's.
                or holds.state([record_keys.path_of(key[0])]).is_held
            ):
                continue
            if (entry_key := audit_items.key_of_entry(key, item)) is not None:
                entry_keys[key] = entry_key
        missing = {entry_key for entry_key in entry_keys.values() if entry_key not in roots}
        standing = roots | self._table.get(list(missing))
        return {key: standing[entry_key] for key, entry_key in entry_keys.items() if entry_key in standing}

    def _write(self, units: Sequence[_Unit]) -> set[Key]:
        """Write what the units should be, and give the keys of those that somebody else has changed meanwhile.

        A root comes first: by it the others are found again when the hold is lifted.
        """
        unsettled = self._write_all(units, [{unit.key: unit.root} for unit in units])
        left = [unit for unit in units if unit.key not in unsettled]
        return unsettled | self._write_all(left, [unit.others for unit in left])

    def _write_all(self, units: Sequence[_Unit], parts: Sequence[dict[Key, Item]]) -> set[Key]:
        changes: dict[Key, Update] = {}
        owners: dict[Key, list[Key]] = {}
        for unit, part in zip(units, parts, strict=True):
            for key, item in part.items():
                if (change := self._change(key, item, unit)) is not None:
                    changes[key] = change
                    owners.setdefault(key, []).append(unit.key)
        written = self._table.write(list(changes.values()))
        return {owner for key, done in zip(changes, written, strict=True) if not done for owner in owners[key]}

    def _change(self, key: Key, item: Item, unit: _Unit) -> Update | None:
        moves = _held(item, whole=unit.is_whole) if unit.state.is_held else self._released(item, unit.state)
        if not moves:
            return None
        return Update(
            key,
            {name: value for name, value in moves.items() if value is not None},
            [name for name, value in moves.items() if value is None],
            # All that is moved is known to be as it was.
            {name: item.get(name) for name in moves if name != "content_until" or "N" in item.get(name, {})},
        )

    def _released(self, item: Item, state: State) -> Moves:
        lifted = self._clock() if state.lifted_at is None else timestamps.from_instant(state.lifted_at)
        moves: Moves = {}
        for name, kept in (("expires_at", "held_until"), ("content_until", "held_content_until")):
            own = attributes.optional_number(item, kept)
            if own is not None:
                moves |= {kept: None, name: {"N": str(self._policy.expiry_after_hold(own, lifted))}}
        return moves

    def settle_shared(self, messages: Collection[str]) -> None:
        """What was said of a whole message lasts as long as its pointers, which are read anew once they are settled.

        `messages` are the messages' partitions.
        """
        shared = self._table.get([(pk, message_keys.pending_events("email", "")) for pk in messages])
        change_items(self._table, shared, self._shared, "too many are changing the same events at once")

    def _shared(self, item: Item) -> Update | None:
        key = key_of(item)
        pointers = [pointer for pointer in self._table.partitions([key[0]]) if _is_pointer(pointer, "email")]
        names = ("expires_at", "held_until")
        before = {name: item[name] for name in names if name in item}
        wanted = entry_pointers.latest_expiry(pointers)
        if not pointers or before == wanted:
            return None
        seen = {name: item.get(name) for name in names}
        return Update(key, wanted, [name for name in before if name not in wanted], seen)


def _held(item: Item, *, whole: bool) -> Moves:
    """What becomes of an item that is held; the content of an e-mail that is not `whole` is gone."""
    moves: Moves = {}
    if "expires_at" in item:
        moves |= {"expires_at": None, "held_until": item["expires_at"]}
    if whole and "N" in item.get("content_until", {}):
        # No end: a reader must see that there is content, and that its time is not what it was.
        moves |= {"content_until": {"NULL": True}, "held_content_until": item["content_until"]}
    return moves


def _beside(org: str, item: Item, entry: Item | None) -> list[Key]:
    """Keys of what is held and released with an item: of an audit entry all that it is in, of a message its pointer."""
    if entry is None:
        pointer = entry_pointers.message_pointer_key(item)
        return [pointer] if pointer is not None and ("expires_at" in item or "held_until" in item) else []
    entry_key = entry_items.entry_key(entry)
    own = [entry_key.key]
    if audit_items.OFFLOADED in entry:
        own.append(entry_key.content_key)
    return [
        *own,
        *(
            (record_keys.partition_at(org, record), entry_key.sk)
            for record in sorted(audit_items.paths(entry) - {record_keys.path_of(entry_key.pk)})
        ),
    ]


def _passed_content(item: Item, now: float) -> Key | None:
    """Key of an e-mail's content whose time has passed: it may be gone."""
    until = item.get("content_until", {}).get("N")
    if until is None or int(until) > now:
        return None
    return entry_items.entry_key(item).content_key


def _records(org: str, item: Item, entry: Item | None, standing: Container[Key]) -> set[str]:
    """The records whose holds hold an item: of an audit entry those in whose logs it stands, by itself or as a copy.

    A record from whose log TTL has deleted it leads to it no more: that record's hold could not release it.
    """
    if entry is None:
        return {record_keys.path_of(attributes.text(item, "pk"))}
    records, sk = audit_items.paths(item) | audit_items.paths(entry), attributes.text(entry, "sk")
    return {record for record in records if (record_keys.partition_at(org, record), sk) in standing}


def _is_pointer(item: Item, log: str) -> bool:
    return "entry" in item and record_keys.split_entry(attributes.text(item, "entry"))[0] == log


def _count(settled: Iterable[_Unit]) -> Tally:
    held = (unit for unit in settled if unit.state.is_held and ("expires_at" in unit.root or "held_until" in unit.root))
    return Tally(held=sum(record_keys.entry_id(*unit.key) is not None for unit in held))


def _too_late(gone: Iterable[_Unit]) -> Tally:
    entry_ids = [
        entry_id for unit in gone if unit.state.is_held and (entry_id := record_keys.entry_id(*unit.key)) is not None
    ]
    return Tally(too_late=len(entry_ids), too_late_entries=tuple(dict.fromkeys(entry_ids)))


def _tally(hold: Item) -> Tally:
    held, too_late = attributes.optional_number(hold, "held") or 0, attributes.optional_number(hold, "too_late") or 0
    return Tally(held, too_late, tuple(hold_state.named(hold, "missed")))
