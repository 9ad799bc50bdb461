"""Entries of held records that TTL deleted before the hold was enforced: the items of these holds list them.

The backfill (`holds.backfill`) cannot see what was gone before it came. All deletions by TTL are in the table's stream,
whether the backfill is done, fails, or was given up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from daybook.core import timestamps
from daybook.holds import hold_state
from daybook.holds.hold_state import HOLDING, MAX_LISTED, Snapshot
from daybook.storage.items import audit_items
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Item
from daybook.storage.models.orgs import HoldItem
from daybook.storage.optimistic_locking import change_items
from daybook.storage.store import Store, Update, unchanged

# When the last item of an entry was deleted, in epoch seconds, by the entry's id.
DeletedAt: TypeAlias = dict[str, float]


class ExpiredItem(Struct, frozen=True):
    """An item as it was when TTL deleted it, and when that was: whole epoch seconds, as in the stream."""

    item: Item
    at: float


class ExpiredBeforeHold:
    def __init__(self, *, table: Store) -> None:
        self._table = table

    def record(self, expired: Iterable[ExpiredItem]) -> int:
        """List the entries of these items in the holds placed before their deletion; returns how many were new.

        An entry counts once for each hold. Idempotent. StoreBusyError.
        """
        by_org: dict[str, list[ExpiredItem]] = defaultdict(list)
        for each in expired:
            pk, sk = each.item.key
            if record_keys.entry_id(pk, sk) is not None and not record_keys.is_of_no_record(pk):
                by_org[org_keys.org_of(pk)].append(each)
        return sum(self._record(org, of_org) for org, of_org in by_org.items())

    def _record(self, org: str, expired: Sequence[ExpiredItem]) -> int:
        holds = Snapshot(table=self._table, org=org)
        if not holds.some_stand:
            return 0
        by_record = self._by_record(expired)
        holds.load(by_record)
        held = [(org_keys.holds(org), record) for record in by_record if holds.state([record]).is_held]

        def change(hold: HoldItem) -> Update | None:
            return _listing(hold, by_record[hold.sk])

        holding = self._table.get(HoldItem, held)
        changed = change_items(self._table, HoldItem, holding, change, "too many are changing the same holds at once")
        return sum((after.too_late or 0) - (before.too_late or 0) for before, after in changed if after is not None)

    def _by_record(self, expired: Sequence[ExpiredItem]) -> dict[str, DeletedAt]:
        """The entries of each record, `<type>/<id>`, and when they were deleted."""
        entries = [audit_items.key_of_entry(each.item) for each in expired]
        # An entry that was deleted as well is among the expired items itself.
        missing = {entry for each, entry in zip(expired, entries, strict=True) if entry != each.item.key}
        stored = self._table.get(AuditItem, [key for key in missing if key is not None])
        by_record: dict[str, DeletedAt] = defaultdict(dict)
        for each, entry in zip(expired, entries, strict=True):
            entry_id = record_keys.entry_id(*each.item.key)
            records = audit_items.paths(each.item)
            if entry in stored:
                records |= audit_items.paths(stored[entry])
            for record in records:
                if entry_id is not None:
                    by_record[record][entry_id] = max(each.at, by_record[record].get(entry_id, each.at))
        return by_record


def _listing(hold: HoldItem, deleted_at: DeletedAt) -> Update | None:
    """The update that lists the entries that the hold came too late for; None where it lists them all."""
    if hold.status not in HOLDING:
        return None
    # Deletes are reported in whole seconds, so the order within one is unknown: better to list an entry too many.
    placed = int(timestamps.from_instant(hold.placed_at).timestamp())
    listed = hold_state.listed_entries(hold.missed)
    known = {*listed, *hold_state.listed_entries(hold.lost)}
    unlisted = sorted(entry_id for entry_id, at in deleted_at.items() if at >= placed and entry_id not in known)
    if not unlisted:
        return None
    # Listed ids stay: of entries that are not listed it is unknown whether they were counted.
    listed = sorted([*listed, *unlisted[: MAX_LISTED - len(listed)]])
    actions = [HoldItem.missed.set(json_text(listed)), HoldItem.too_late.set((hold.too_late or 0) + len(unlisted))]
    return Update(hold.key, actions, unchanged(hold, HoldItem.turn, HoldItem.too_late))
