"""What TTL took of held records before their holds could keep it: each of these holds names it.

The sweep of a hold (`daybook.holding`) knows only of what it has seen. What TTL took before, the table's stream tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.holds import hold_state, membership
from daybook.holds.hold_state import HOLDING, NAMED, Snapshot
from daybook.storage import attributes, keys
from daybook.storage.optimistic_locking import change_items
from daybook.storage.store import Item, Store, Update, key_of

# When the last of an entry was taken, by its id.
Lost: TypeAlias = dict[str, float]


class ExpiredItem(Struct, frozen=True):
    """An item as it was when TTL took it, and when that was: epoch seconds, cut to whole ones as the stream tells."""

    item: Item
    at: float


class ExpiredBeforeHold:
    def __init__(self, *, table: Store) -> None:
        self._table = table

    def note(self, taken: Iterable[ExpiredItem]) -> int:
        """Name the entries of these items in the holds that were placed before; how often that was news.

        StoreBusyError; what was named until then is not named again.
        """
        by_org: dict[str, list[ExpiredItem]] = defaultdict(list)
        for expired in taken:
            pk, sk = key_of(expired.item)
            if keys.entry_id(pk, sk) is not None and not keys.is_of_no_record(pk):
                by_org[keys.org_of(pk)].append(expired)
        return sum(self._note(org, of_org) for org, of_org in by_org.items())

    def _note(self, org: str, taken: Sequence[ExpiredItem]) -> int:
        holds = Snapshot(table=self._table, org=org)
        if not holds.some_stand:
            return 0
        lost = self._lost(taken)
        holds.load(lost)
        held = [(keys.holds(org), record) for record in lost if holds.state([record]).is_held]

        def change(hold: Item) -> Update | None:
            fresh = _fresh(hold, lost[attributes.text(hold, "sk")])
            return _naming(hold, fresh) if fresh else None

        changed = change_items(
            self._table, self._table.get(held), change, "too many are changing the same holds at once"
        )
        return sum(_lost_count(after) - _lost_count(before) for before, after in changed)

    def _lost(self, taken: Sequence[ExpiredItem]) -> dict[str, Lost]:
        """What of each record was taken."""
        entries = [membership.audit_entry(key_of(expired.item), expired.item) for expired in taken]
        # Of an entry that was taken as well its own item tells.
        missing = {entry for expired, entry in zip(taken, entries, strict=True) if entry != key_of(expired.item)}
        standing = self._table.get([key for key in missing if key is not None])
        lost: dict[str, Lost] = defaultdict(dict)
        for expired, entry in zip(taken, entries, strict=True):
            entry_id = keys.entry_id(*key_of(expired.item))
            records = membership.records(expired.item)
            if entry in standing:
                records |= membership.records(standing[entry])
            for record in records:
                if entry_id is not None:
                    lost[record][entry_id] = max(expired.at, lost[record].get(entry_id, expired.at))
        return lost


def _fresh(hold: Item, lost: Mapping[str, float]) -> list[str]:
    """The entries that the hold came too late for, and does not name yet."""
    if attributes.text(hold, "status") not in HOLDING:
        return []
    # Within a second nobody knows what was first: better to name an entry too many.
    placed = int(timestamps.from_instant(attributes.text(hold, "placed_at")).timestamp())
    named = hold_state.named(hold, "lost")
    return sorted(entry_id for entry_id, at in lost.items() if at >= placed and entry_id not in named)


def _lost_count(hold: Item) -> int:
    return attributes.number(hold, "lost_count") or 0


def _naming(hold: Item, fresh: Sequence[str]) -> Update:
    # Who is named stays so: of the others it cannot be told whether they are counted already.
    named = hold_state.named(hold, "lost")
    listed = sorted([*named, *fresh[: NAMED - len(named)]])
    put: Item = {
        "lost": {"S": msgspec.json.encode(listed).decode()},
        "lost_count": {"N": str(_lost_count(hold) + len(fresh))},
    }
    return Update(key_of(hold), put, seen={"turn": hold["turn"], "lost_count": hold.get("lost_count")})
