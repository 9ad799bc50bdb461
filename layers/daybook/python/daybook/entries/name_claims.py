"""Where the entry of an e-mail is that tagged events tell of, under all names of its message.

A post knows one name of its message, an event may tell several. The pointers of the other names are put before the one
of the message's id, and all of them before the entry. So a post under any name and the event find the same entry,
wherever either was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from daybook.entries.pointer_claims import Claim, PointerClaims
from daybook.storage.items import entry_pointers
from daybook.storage.keys import message_keys
from daybook.storage.models.entries import EntryItem
from daybook.storage.models.item import Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Change, Delete, Store, Update


class NamedClaim(Struct, frozen=True):
    """A claim that all names of its message have decided.

    `put` are the keys of the pointers of other names that were put for it, and lead to the entry with sort key `to`.
    """

    claim: Claim
    put: tuple[Key, ...]
    to: str


class NameClaims:
    """`clock` returns an aware datetime."""

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
