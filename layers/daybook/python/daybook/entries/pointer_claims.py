"""Claiming pointers: of any number of writers of one entry, one decides where it is stored.

An entry with a `key` and a `message_id` has two pointers (`storage.items.entry_pointers`). They may lead to two
entries: then the `key` decides. The pointer of a `key` never changes until it expires, so an answered key stays with
its entry.

The pointer of a message is put first. It names the hash of the `key` that was posted with it, which may turn out to
lead elsewhere. Until the entry is stored, every writer who meets such a pointer puts the key's pointer for its owner,
and reads there which entry it is. So it does not matter where the owner is, or whether it has died.

A post knows one name of its message, a tagged event may tell several. The pointers of the other names are put before
the one of the message's id, and all of them before the entry. So a post under any name and the event find one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from daybook.core.errors import StoreBusyError
from daybook.storage.items import entry_pointers
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.items.entry_pointers import PointerKeys
from daybook.storage.keys import message_keys, record_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Change, Delete, Store, Update


class Claim(Struct, frozen=True):
    """Where an entry is to be stored, and the keys of its pointers; `expires_at` is an epoch second, None for never.

    `is_known`: an earlier writer had one of its pointers, and `entry_key` is from that. `has_new_message`: the pointer
    of its message was put by this claim.
    """

    entry_key: EntryKey
    pointers: PointerKeys
    expires_at: int | None
    is_known: bool = False
    has_new_message: bool = False

    @property
    def key(self) -> Key:
        """Key of the entry's item."""
        return self.entry_key.key

    @property
    def message_pointer(self) -> PointerItem | None:
        """The pointer of its message to where it is to be stored; None where it has no message."""
        if self.pointers.message is None:
            return None
        return entry_pointers.make(self.pointers.message, self.entry_key.sk, self.expires_at, self.pointers.key_hash)

    @property
    def key_pointer(self) -> PointerItem | None:
        """The pointer of its `key` to where it is to be stored; None where it has no `key`."""
        if self.pointers.key is None:
            return None
        return entry_pointers.make(self.pointers.key, self.entry_key.sk, self.expires_at)

    def at(self, sort_key: str) -> Claim:
        """The claim of the entry with this sort key, which a pointer leads to."""
        entry_key = EntryKey(self.entry_key.pk, *record_keys.split_entry(sort_key))
        # A request that was sent twice by our own client finds its own pointer: nobody else has decided then.
        return replace(self, entry_key=entry_key, is_known=self.is_known or entry_key != self.entry_key)


class PointerClaims:
    """`clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def claim(self, claims: Sequence[Claim]) -> tuple[list[Claim], dict[Key, EntryItem]]:
        """The claims as their pointers decide them, in order, and those of their entries that are stored.

        No two of them may name one pointer. StoreBusyError: the same call may be made again.
        """
        decided = list(claims)
        opened = self._claim_first(decided)
        asked = {claim.key for claim in decided if claim.is_known}
        stored = self._table.get(EntryItem, list(asked)) if asked else {}
        undecided = {
            index: pointer
            for index, pointer in opened.items()
            if pointer.key_hash is not None and decided[index].key not in stored
        }
        entries_by_key = self._decide_for_owners(decided, undecided) if undecided else {}
        self._claim_keys(decided, entries_by_key)
        unread = {claim.key for claim in decided if claim.is_known} - asked
        return decided, stored | (self._table.get(EntryItem, list(unread)) if unread else {})

    def put(self, pointers: Iterable[PointerItem]) -> dict[Key, str]:
        """Put these pointers where none is; the entry that each leads to then, by its key. StoreBusyError."""
        wanted = list(pointers)
        if not wanted:
            return {}
        found = self._put(wanted)
        return {pointer.key: found.get(pointer.key, pointer).entry for pointer in wanted}

    def _claim_first(self, claims: list[Claim]) -> dict[int, PointerItem]:
        """Put the pointers of messages, and of keys without a message; the messages' that were there, by claim."""
        wanted = {
            index: pointer
            for index, claim in enumerate(claims)
            if (pointer := claim.message_pointer or claim.key_pointer) is not None
        }
        found = self._put(list(wanted.values()))
        opened = {}
        for index, pointer in wanted.items():
            existing = found.get(pointer.key)
            claim = claims[index] = claims[index].at(pointer.entry if existing is None else existing.entry)
            if claim.pointers.message is not None:
                claims[index] = replace(claim, has_new_message=not claim.is_known)
                if existing is not None:
                    opened[index] = existing
        return opened

    def _decide_for_owners(self, claims: list[Claim], undecided: dict[int, PointerItem]) -> dict[Key, str]:
        """Let the key that each of these messages' pointers names decide where it leads; the entries, by key."""
        wanted = {index: entry_pointers.owners_key(pointer) for index, pointer in undecided.items()}
        # Two messages may have been posted with one key.
        entries_by_key = self.put({pointer.key: pointer for pointer in reversed(wanted.values())}.values())
        redirected = []
        for index, key_pointer in wanted.items():
            entry = entries_by_key[key_pointer.key]
            if entry != undecided[index].entry:
                redirected.append(entry_pointers.redirection_by_key(undecided[index], entry))
                claims[index] = claims[index].at(entry)
        self._redirect(redirected)
        return entries_by_key

    def _claim_keys(self, claims: list[Claim], entries_by_key: dict[Key, str]) -> None:
        """Put the pointers of keys of entries that have a message as well; the entries of some keys are known."""
        wanted = {
            index: pointer
            for index, claim in enumerate(claims)
            if claim.pointers.message is not None and (pointer := claim.key_pointer) is not None
        }
        entries_by_key |= self.put(pointer for pointer in wanted.values() if pointer.key not in entries_by_key)
        redirected = []
        for index, pointer in wanted.items():
            claim, entry = claims[index], entries_by_key[pointer.key]
            if entry != pointer.entry and claim.has_new_message and claim.message_pointer is not None:
                redirected.append(entry_pointers.redirection_by_key(claim.message_pointer, entry))
            claims[index] = claim.at(entry)
        self._redirect(redirected)

    def _redirect(self, redirections: list[Update]) -> None:
        if redirections:
            # Where it fails, somebody else did the same.
            self._table.write(redirections)

    def _put(self, pointers: Sequence[PointerItem]) -> dict[Key, PointerItem]:
        """Put these pointers; those that were there before, by key.

        A pointer that has expired is nobody's any more, deleted by TTL or not.
        """
        now = self._clock()
        inserted = self._table.insert(pointers)
        lost = [pointer for pointer, done in zip(pointers, inserted, strict=True) if not done]
        found: dict[Key, PointerItem] = {}
        while lost:
            stored = self._table.get(PointerItem, [pointer.key for pointer in lost])
            if len(stored) < len(lost):
                raise StoreBusyError("an entry of the same key expired in this very moment")
            expired = [pointer for pointer in lost if not stored[pointer.key].is_visible(now)]
            found |= {key: pointer for key, pointer in stored.items() if pointer.is_visible(now)}
            redirected = self._table.write(
                [entry_pointers.replacement(stored[pointer.key], pointer) for pointer in expired]
            )
            lost = [pointer for pointer, done in zip(expired, redirected, strict=True) if not done]
        return found


class NamedClaim(Struct, frozen=True):
    """A claim that all names of its message have decided.

    `put` are the keys of the pointers of other names that were put for it, and lead to the entry with sort key `to`.
    """

    claim: Claim
    put: tuple[Key, ...]
    to: str


class NameClaims:
    """Claims of entries that tagged events make, under all names. `clock` returns an aware datetime."""

    def __init__(self, *, table: Store, claims: PointerClaims, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._claims = claims
        self._clock = clock

    def claim(self, claims: Sequence[Claim], names: Sequence[Iterable[str]]) -> list[NamedClaim | None]:
        """The claims as the pointers of their names decide them; None where the record has the entry under such a name.

        `names` are the other names of each claim's message. No two claims may have one pointer. StoreBusyError: the
        same call may be made again.
        """
        others = [keys_of_names(claim, told) for claim, told in zip(claims, names, strict=True)]
        found = self._entries_by_pointer(claims, others)
        leads = [[found[key] for key in keys if key in found] for keys in others]
        wanted = {claim.at(entry).key for claim, of_one in zip(claims, leads, strict=True) for entry in of_one}
        stored = self._table.get(EntryItem, list(wanted)) if wanted else {}
        decided: list[Claim | None] = []
        for claim, of_one in zip(claims, leads, strict=True):
            known = [*(found[key] for key in claim.pointers if key in found), *of_one]
            is_posted = any(claim.at(entry).key in stored for entry in of_one)
            decided.append(None if is_posted else claim.at(known[0]) if known else claim)
        return self._put(decided, others, found.keys())

    def finish(self, claims: Iterable[NamedClaim], entries: Iterable[str | None]) -> None:
        """Let the pointers that were put lead to where each entry is after all; None where there is none.

        Entries are sort keys. StoreBusyError.
        """
        changes: list[Change] = []
        for named, entry in zip(claims, entries, strict=True):
            is_as_put = PointerItem.entry == named.to
            if entry is None:
                changes += [Delete(key, is_as_put) for key in named.put]
            elif entry != named.to:
                changes += [Update(key, [PointerItem.entry.set(entry)], is_as_put) for key in named.put]
        if changes:
            self._table.write(changes)

    def _entries_by_pointer(self, claims: Sequence[Claim], others: Sequence[Iterable[Key]]) -> dict[Key, str]:
        """Where the pointers lead that are there, of messages with other names."""
        asked = dict.fromkeys(
            key for claim, keys in zip(claims, others, strict=True) if keys for key in (*claim.pointers, *keys)
        )
        now = self._clock()
        stored = self._table.get(PointerItem, list(asked)) if asked else {}
        return {key: pointer.entry for key, pointer in stored.items() if pointer.is_visible(now)}

    def _put(
        self, claims: Sequence[Claim | None], others: Sequence[Iterable[Key]], found: Iterable[Key]
    ) -> list[NamedClaim | None]:
        """Put the pointers of other names that were not found. Where somebody was quicker, theirs decides."""
        known = {*found}
        new = [
            entry_pointers.make(key, claim.entry_key.sk, claim.expires_at)
            for claim, keys in zip(claims, others, strict=True)
            if claim is not None
            for key in keys
            if key not in known
        ]
        entries = self._claims.put(new)
        decided: list[NamedClaim | None] = []
        for claim, keys in zip(claims, others, strict=True):
            if claim is None:
                decided.append(None)
                continue
            to = claim.entry_key.sk
            quicker = [entries[key] for key in keys if entries.get(key, to) != to]
            put = tuple(key for key in keys if entries.get(key) == to)
            decided.append(NamedClaim(claim.at(quicker[0]) if quicker else claim, put, to))
        return decided


def keys_of_names(claim: Claim, names: Iterable[str]) -> list[Key]:
    """Keys of the pointers of a claim's message under these other names."""
    message = claim.pointers.message
    return [] if message is None else [(message_keys.partition(name), message[1]) for name in names]
