"""The limit of entries of one message: each of its events is one for each of them.

Whether a message has too many is known only once its pointers are read. That happens after the entries were written,
with the read of its pending events, so the limit costs no request. What was just created beyond it is taken back before
it is answered. Where posts race, a few more or fewer may stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from daybook.core import entry_ids, timestamps
from daybook.core.errors import FieldError
from daybook.entries.pointer_claims import Claim
from daybook.model.entries import MAX_ENTRIES_OF_MESSAGE
from daybook.storage.models.entries import ContentItem, EmailItem, EntryItem, MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Delete, Store, Update, unchanged

FAULT = FieldError("message_id", f"has {MAX_ENTRIES_OF_MESSAGE:,} entries, the most of one message")

# Whoever wrote an entry has answered by then: Lambda ends an invocation after 28 seconds.
ANSWERED_AFTER = timedelta(seconds=60)


class Overdrawn(Struct, frozen=True):
    """What became of a request at the limit.

    `rejected` are the places of claims whose entries were taken back, or whose entry does not get the message.
    `doubtful` is whether another claim is of an entry that somebody may be taking back at this moment.
    """

    rejected: frozenset[int]
    doubtful: bool


class MessageLimit:
    """`clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def may_change(self, claim: Claim) -> bool:
        """Whether the entry was written just now, by this claim or another, and may be taken back."""
        return claim.has_new_message or self._is_young(claim)

    def enforce(self, claims: Sequence[Claim], created: Mapping[int, EntryItem], stored: Iterable[Item]) -> Overdrawn:
        """Take back the last of what these claims of messages wrote beyond the limit. StoreBusyError.

        `created` are the new entries by their claim's place, `stored` all items of the messages' partitions.
        """
        now = self._clock()
        counts = Counter(item.pk for item in stored if isinstance(item, PointerItem) and item.is_visible(now))
        by_message: dict[str, list[int]] = defaultdict(list)
        for place, claim in enumerate(claims):
            if claim.pointers.message is not None:
                by_message[claim.pointers.message[0]].append(place)
        beyond: list[int] = []
        doubtful = False
        for message, places in by_message.items():
            excess = counts[message] - MAX_ENTRIES_OF_MESSAGE
            if excess <= 0:
                continue
            # Where another writer has completed our entry, it is theirs.
            own = [place for place in places if _is_own(claims[place], place in created)]
            beyond += own[-excess:]
            # Others have yet to take back theirs, unless they are long gone.
            doubtful |= excess > len(own) and any(self._is_young(claims[place]) for place in places if place not in own)
        if not beyond:
            return Overdrawn(frozenset(), doubtful)
        taken_back = self._take_back([(claims[place], created[place]) for place in beyond if place in created])
        unlinked = [claims[place] for place in beyond if place not in created]
        self._table.write([_deletion(claim.pointers.message, claim) for claim in unlinked if claim.pointers.message])
        rejected = {place for place, claim in enumerate(claims) if claim.key in taken_back}
        return Overdrawn(frozenset(rejected | {place for place in beyond if place not in created}), doubtful)

    def _is_young(self, claim: Claim) -> bool:
        earliest = timestamps.millis(self._clock() - ANSWERED_AFTER)
        return entry_ids.arrived(claim.entry_key.suffix) > earliest

    def _take_back(self, written: Sequence[tuple[Claim, EntryItem]]) -> set[Key]:
        """Delete these entries unless somebody has changed them since, and what leads to them; their keys."""
        deleted = self._table.write([Delete(item.key, _is_as_written(item)) for _, item in written])
        gone = [claim for (claim, _), is_deleted in zip(written, deleted, strict=True) if is_deleted]
        # TTL's delete makes the retention function delete an object in S3 as well.
        expired = ContentItem.expires_at.set(timestamps.epoch_seconds(self._clock()))
        self._table.write(
            [
                *(Update(claim.entry_key.content_key, [expired]) for claim in gone),
                *(_deletion(pointer, claim) for claim in gone for pointer in claim.pointers),
            ]
        )
        return {claim.key for claim in gone}


def _is_own(claim: Claim, is_created: bool) -> bool:
    """Whether this claim has put the pointer of its message, to an entry that it created or that its key has."""
    return claim.has_new_message and (is_created or claim.is_known)


def _is_as_written(item: EntryItem) -> Condition:
    attributes: list[Attribute[Any]] = [EntryItem.erased, Item.held_until]
    if isinstance(item, MessageItem):
        attributes.append(MessageItem.events)
    if isinstance(item, EmailItem):
        attributes.append(EmailItem.sent_only)
    return unchanged(item, *attributes)


def _deletion(pointer: Key, claim: Claim) -> Delete:
    """The delete of a pointer, if it leads to the claim's entry."""
    return Delete(pointer, PointerItem.entry == claim.entry_key.sk)
