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
from daybook.core.errors import StoreBusyError
from daybook.holds import hold_state, membership
from daybook.holds.hold_state import HOLDING, NAMED, Snapshot
from daybook.storage import attributes, keys
from daybook.storage.store import Item, Key, Store, Update, key_of

TRIES = 10


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
        for one in taken:
            pk, sk = key_of(one.item)
            if keys.entry_id(pk, sk) is not None and not keys.is_of_no_record(pk):
                by_org[keys.org_of(pk)].append(one)
        return sum(self._note(org, found) for org, found in by_org.items())

    def _note(self, org: str, taken: Sequence[ExpiredItem]) -> int:
        holds = Snapshot(table=self._table, org=org)
        if not holds.some_stand:
            return 0
        lost = self._lost(taken)
        holds.load(lost)
        places = [(keys.holds(org), record) for record in lost if holds.state([record]).is_held]
        news = 0
        for _ in range(TRIES):
            found = self._table.get(places) if places else {}
            fresh = {key: ids for key, hold in found.items() if (ids := _fresh(hold, lost[key[1]]))}
            written = self._table.write([_naming(key, found[key], ids) for key, ids in fresh.items()])
            news += sum(len(ids) for ids, done in zip(fresh.values(), written, strict=True) if done)
            places = [key for key, done in zip(fresh, written, strict=True) if not done]
            if not places:
                return news
        raise StoreBusyError("too many are changing the same holds at once")

    def _lost(self, taken: Sequence[ExpiredItem]) -> dict[str, Lost]:
        """What of each record was taken."""
        wholes = [membership.audit_entry(key_of(one.item), one.item) for one in taken]
        # Of an entry that was taken as well its own item tells.
        missing = {whole for one, whole in zip(taken, wholes, strict=True) if whole not in (None, key_of(one.item))}
        standing = self._table.get([key for key in missing if key is not None]) if missing else {}
        found: dict[str, Lost] = defaultdict(dict)
        for one, whole in zip(taken, wholes, strict=True):
            entry_id = keys.entry_id(*key_of(one.item))
            records = membership.records(one.item)
            if whole in standing:
                records |= membership.records(standing[whole])
            for record in records:
                if entry_id is not None:
                    found[record][entry_id] = max(one.at, found[record].get(entry_id, one.at))
        return found


def _fresh(hold: Item, lost: Mapping[str, float]) -> list[str]:
    """The entries that the hold came too late for, and does not name yet."""
    if attributes.text(hold, "status") not in HOLDING:
        return []
    # Within a second nobody knows what was first: better to name an entry too many.
    placed = int(timestamps.from_instant(attributes.text(hold, "placed_at")).timestamp())
    named = hold_state.named(hold, "lost")
    return sorted(entry_id for entry_id, at in lost.items() if at >= placed and entry_id not in named)


def _naming(key: Key, hold: Item, fresh: Sequence[str]) -> Update:
    # Who is named stays so: of the others it cannot be told whether they are counted already.
    named = hold_state.named(hold, "lost")
    listed = sorted([*named, *fresh[: NAMED - len(named)]])
    put: Item = {
        "lost": {"S": msgspec.json.encode(listed).decode()},
        "lost_count": {"N": str((attributes.number(hold, "lost_count") or 0) + len(fresh))},
    }
    return Update(key, put, seen={"turn": hold["turn"], "lost_count": hold.get("lost_count")})
