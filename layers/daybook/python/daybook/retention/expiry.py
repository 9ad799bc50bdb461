"""The expiry of stored items by a changed retention policy.

An item of an entry has the entry's key, names it, or is its content. The expiry is a function of that entry's log,
instant and arrival, as it was when the entry was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from daybook.core import entry_ids, timestamps
from daybook.model.retention_policy import Policy
from daybook.storage.items import entry_items
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import EmailItem, EntryItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Store, Update, assign, unchanged

# The attributes of an item that `AppliedPolicy.update` reads.
ATTRIBUTES = ("pk", "sk", "entry", "expires_at", "held_until", "content_until", "held_content_until")

# A key has the milliseconds of an instant; the expiry was worked out with its microseconds.
BELOW_MILLISECONDS = timedelta(microseconds=999)


class OwningEntry(Struct, frozen=True):
    """The entry that an item belongs to, by the parts of its key; `is_content` where the item is its content."""

    log: str
    moment: str
    suffix: str
    is_content: bool = False


class AppliedPolicy(Struct, frozen=True):
    """A policy that is applied to stored items from the instant `began` on. Applying it is idempotent."""

    policy: Policy
    began: datetime

    def update(self, item: Item, entry: OwningEntry, now: datetime) -> Update | None:
        """The update of an item to its new expiry; None where it has that, or has expired already.

        A held item gets it as `held_until`, for when it is released (`holds.enforcement`).
        """
        if not item.is_visible(now):
            return None
        expires_at = self.expires_at(entry, item.unheld_expiry, now)
        wanted = {"expires_at" if item.held_until is None else "held_until": expires_at}
        read = ["expires_at", "held_until"]
        if isinstance(item, EmailItem) and (content := self._content_until(item, entry, now)):
            wanted |= content
            read += ["content_until", "held_content_until"]
        attributes = item.get_attributes()
        actions = [assign(attributes[name], value) for name, value in wanted.items() if getattr(item, name) != value]
        return Update(item.key, actions, unchanged(item, *(attributes[name] for name in read))) if actions else None

    def expires_at(self, entry: OwningEntry, current: int | None, now: datetime) -> int | None:
        """The new epoch second of expiry of an item of that entry which expires at `current` now; None for never.

        An item whose expiry gets earlier stays for the grace after `began` at least. An item that has a grace keeps it:
        one that a hold released, or that arrived after its period.
        """
        period_end, earliest, latest = _bounds(self.policy, entry)
        if period_end is None or earliest is None or latest is None:
            return None
        grace_end = max(earliest, timestamps.epoch_seconds(self.began + self.policy.grace))
        if current is None:
            return grace_end
        if current < earliest:
            # The grace of a late arrival is no reason to keep it longer than before.
            return max(period_end, current)
        has_grace = earliest <= now.timestamp() and current <= timestamps.epoch_seconds(now + self.policy.grace)
        return current if current <= max(latest, grace_end) or has_grace else grace_end

    def _content_until(self, item: EmailItem, entry: OwningEntry, now: datetime) -> dict[str, int | None]:
        """The attribute that tells when the content expires, with its new value; {} where the content is gone."""
        # Of held content, `content_until` does not tell.
        name = "content_until" if item.held_content_until is None else "held_content_until"
        current: int | None = getattr(item, name)
        if current is None or (name == "content_until" and current <= now.timestamp()):
            return {}
        content = OwningEntry(entry.log, entry.moment, entry.suffix, is_content=True)
        return {name: self.expires_at(content, current, now)}


def _bounds(policy: Policy, entry: OwningEntry) -> tuple[int | None, int | None, int | None]:
    """Epoch seconds: when the period of an item of that entry is over, and the earliest and latest of its expiry.

    The expiry has the grace of what came too late. It has bounds, as a key has but the milliseconds of an instant.
    """
    expiry = policy.content_expiry if entry.is_content else policy.expiry
    occurred = timestamps.from_instant(entry.moment)
    written = timestamps.EPOCH + timedelta(milliseconds=entry_ids.arrived(entry.suffix))
    return (
        expiry(entry.log, occurred, timestamps.FIRST),
        expiry(entry.log, occurred, written),
        expiry(entry.log, occurred + BELOW_MILLISECONDS, written + BELOW_MILLISECONDS),
    )


def owning_entries(table: Store, items: Iterable[Item]) -> dict[Key, OwningEntry]:
    """The entries that items of one page of the table belong to, by the items' keys. StoreBusyError.

    A content item does not name the log of its entry. Mostly the entry is on the same page; if not, it is read.
    """
    by_key = {item.key: item for item in items}
    owners = {key: entry for key, item in by_key.items() if (entry := _owner(item)) is not None}
    contents = {key: parts for key in by_key if (parts := record_keys.split_content(*key)) is not None}
    for log in entry_items.CONTENT_LOGS:
        wanted = {(key[0], record_keys.entry(log, *parts)): key for key, parts in contents.items() if key not in owners}
        owners |= {wanted[entry]: _of_content(entry) for entry in wanted.keys() & by_key.keys()}
    for log in entry_items.CONTENT_LOGS:
        wanted = {(key[0], record_keys.entry(log, *parts)): key for key, parts in contents.items() if key not in owners}
        owners |= {wanted[entry]: _of_content(entry) for entry in table.get(EntryItem, list(wanted))}
    return owners


def _owner(item: Item) -> OwningEntry | None:
    """The entry that an item is, is a copy of, or points to."""
    match item:
        case EntryItem():
            return OwningEntry(*record_keys.split_entry(item.sk))
        case PointerItem():
            return OwningEntry(*record_keys.split_entry(item.entry))
    return None


def _of_content(entry: Key) -> OwningEntry:
    return OwningEntry(*record_keys.split_entry(entry[1]), is_content=True)
