"""The register of those who act in an org's audit log: name, kinds of sources, and the day of the last entry of each.

It is derived from entries that come late, twice and in any order: what is noted only grows, as a set does. So the same
entries make the same register. A username is written once a day at most, unless its name or kind is new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import partial
from math import inf
from typing import Literal

from cachetools import LRUCache
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import text, timestamps
from daybook.core.usernames import fold
from daybook.model.entries import CUSTOMER_SOURCES, PLACEHOLDER, STAFF_SOURCES
from daybook.storage.keys import index_keys, org_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key
from daybook.storage.models.orgs import StaffItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.store import Change, Delete, Insert, Store, Update, difference

# A username is kept for so much longer than its last entry.
SLACK = timedelta(days=365)
SLACK_SECONDS = SLACK // timedelta(seconds=1)
CACHED_USERNAMES = 10_000

Kind = Literal["staff", "customer"]

# The groups that the indexes are sorted by, with their kinds.
GROUPS: dict[str, frozenset[Kind]] = {
    "both": frozenset({"customer", "staff"}),
    "customer": frozenset({"customer"}),
    "neither": frozenset(),
    "staff": frozenset({"staff"}),
}
_GROUPS_BY_KINDS = {kinds: group for group, kinds in GROUPS.items()}


# By the key of a username's item: names, each with what an erasure left of it.
Renamed = Mapping[Key, Mapping[str, str]]


class Note(Struct, frozen=True):
    """What the register says of a username, or what entries say of it.

    `kinds` are those of the sources. `latest` is the last day, with the last in the alphabet of the names that it has,
    and of the spellings of the username with that name. The others are epoch seconds, infinity for never: when the last
    entry expires, and when it would if none was held.
    """

    kinds: frozenset[Kind]
    latest: tuple[str, str, str]
    expiry: float
    unheld_expiry: float

    def merge(self, other: Note) -> Note:
        return Note(
            self.kinds | other.kinds,
            max(self.latest, other.latest),
            max(self.expiry, other.expiry),
            max(self.unheld_expiry, other.unheld_expiry),
        )

    def says(self, other: Note) -> bool:
        """Whether the other one need not be written: it has no news, and the username is kept for its entries."""
        is_news = other.latest > self.latest or not other.kinds <= self.kinds
        return not is_news and other.expiry <= self.expiry + SLACK_SECONDS


class StaffRegister:
    """`zone` gives the time zone of an org. A warm function caches what it knows to be noted."""

    def __init__(self, *, table: Store, zone: Callable[[str], tzinfo]) -> None:
        self._table = table
        self._zone = zone
        self._noted: LRUCache[Key, Note] = LRUCache(CACHED_USERNAMES)

    def add(self, entries: Sequence[AuditItem]) -> int:
        """Note what these audit entries say; the number of items written. StoreBusyError."""
        pending = {key: note for key, note in self._notes(entries).items() if not self._is_noted(key, note)}
        written = 0
        while pending:
            items = self._table.get(StaffItem, list(pending))
            known = {key: _note_of(item) for key, item in items.items()}
            self._noted.update(known)
            news = {key: note for key, note in pending.items() if key not in known or not known[key].says(note)}
            merged = {key: known[key].merge(note) if key in known else note for key, note in news.items()}
            results = self._table.write([_change(items.get(key), _item(key, note)) for key, note in merged.items()])
            done = [key for key, is_written in zip(merged, results, strict=True) if is_written]
            self._noted.update({key: merged[key] for key in done})
            written += len(done)
            # Somebody else has changed the others at this moment.
            pending = {key: news[key] for key in news.keys() - set(done)}
        return written

    def remove(self, usernames: Collection[tuple[str, str]]) -> None:
        """Take these usernames, given with their orgs, out of the register. StoreBusyError."""
        keys = {
            (org_keys.staff(org), spelling) for org, username in usernames for spelling in (username, fold(username))
        }
        self._table.write([Delete(key) for key in sorted(keys)])
        for key in keys:
            self._noted.pop(key, None)

    def rename(self, renamed: Renamed) -> None:
        """As `rename_erased`, also of what is cached. StoreBusyError."""
        rename_erased(self._table, renamed)
        for key in renamed:
            self._noted.pop(key, None)

    def _is_noted(self, key: Key, note: Note) -> bool:
        known = self._noted.get(key)
        return known is not None and known.says(note)

    def _notes(self, entries: Iterable[AuditItem]) -> dict[Key, Note]:
        """By the key of each username's item, what the entries say of it."""
        notes: dict[Key, Note] = {}
        for entry in entries:
            if entry.username != PLACEHOLDER:
                org = org_keys.org_of(entry.pk)
                key, note = (org_keys.staff(org), fold(entry.username)), _note(entry, self._zone(org))
                notes[key] = notes[key].merge(note) if key in notes else note
        return notes


def erased_names(changes: Iterable[tuple[AuditItem, AuditItem]]) -> dict[Key, dict[str, str]]:
    """What an erasure left of the names of those who acted, of audit entries before and after it."""
    renamed: dict[Key, dict[str, str]] = {}
    for before, after in changes:
        if before.member_name != after.member_name:
            key = org_keys.staff(org_keys.org_of(before.pk)), fold(before.username)
            renamed.setdefault(key, {})[before.member_name] = after.member_name
    return renamed


def rename_erased(table: Store, renamed: Renamed) -> None:
    """Where the register has one of these names, put what is left of it; the next entry may bring another one."""
    for key, names in renamed.items():
        change_item(table, StaffItem, key, partial(_without_name, names), "too many are noting the same username")


def _without_name(names: Mapping[str, str], item: StaffItem | None) -> Update | None:
    if item is None or item.member_name not in names:
        return None
    note = _note_of(item)
    day, name, username = note.latest
    return difference(item, _item(item.key, replace(note, latest=(day, names[name], username))))


def _note(entry: AuditItem, zone: tzinfo) -> Note:
    moment = timestamps.from_instant(index_keys.instant_of(entry.at)).astimezone(zone)
    return Note(
        _kinds(entry.source),
        (moment.date().isoformat(), entry.member_name, entry.username),
        _seconds(entry.expires_at),
        _seconds(entry.unheld_expiry),
    )


def _kinds(source: str) -> frozenset[Kind]:
    if source in CUSTOMER_SOURCES:
        return frozenset({"customer"})
    return frozenset({"staff"}) if source in STAFF_SOURCES else frozenset()


def _seconds(expiry: int | None) -> float:
    return inf if expiry is None else expiry


def _note_of(item: StaffItem) -> Note:
    """What an item says. One of an earlier version has the username alone."""
    if item.group is None or item.day is None or item.member_name is None:
        return Note(frozenset(), ("", "", ""), _seconds(item.expires_at) - SLACK_SECONDS, 0)
    return Note(
        GROUPS[item.group],
        (item.day, item.member_name, item.username or item.sk),
        _seconds(item.expires_at) - SLACK_SECONDS,
        _seconds(item.until),
    )


def _item(key: Key, note: Note) -> StaffItem:
    _, folded = key
    day, name, username = note.latest
    group, place = _GROUPS_BY_KINDS[note.kinds], org_keys.staff_place(text.normal_forms(name), folded)
    return StaffItem(
        *key,
        expires_at=None if note.expiry == inf else int(note.expiry) + SLACK_SECONDS,
        username=None if username == folded else username,
        member_name=name,
        group=group,
        day=day,
        until=None if note.unheld_expiry == inf else int(note.unheld_expiry),
        recipient_key=org_keys.in_staff_group(group, place),
        status_key=org_keys.in_staff_group(group, org_keys.staff_place_by_day(day, place)),
    )


def _change(before: StaffItem | None, after: StaffItem) -> Change:
    if before is None:
        return Insert(after)
    update = difference(before, after)
    if update is None:
        raise ValueError("nothing is new")
    return update
