"""The limit of entries of one message: each of its events is one for each of them.

Whether a message has too many is known only once its pointers are read. That happens after the entries were written,
with the read of its pending events, so the limit costs no request. What was just created beyond it is taken back before
it is answered. Posts that are to block an address are the exception: these messages are read before anything is written
as well, and what is within the limit then stays. Where posts race, a few more or fewer may stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from daybook.core import entry_ids, timestamps
from daybook.core.errors import FieldError, StoreBusyError
from daybook.entries.pointer_claims import Claim
from daybook.model.entries import MAX_ENTRIES_OF_MESSAGE
from daybook.storage.items import entry_pointers
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import message_keys
from daybook.storage.models.entries import ContentItem, EmailItem, EntryItem, MessageItem
from daybook.storage.models.item import Item, Key
from daybook.storage.models.messages import PointerItem
from daybook.storage.store import Delete, Store, Update, unchanged

FAULT = FieldError("message_id", f"has {MAX_ENTRIES_OF_MESSAGE:,} entries, the most of one message")

TAKEN_BACK = "an entry of the same message was being written at this moment"

# Whoever wrote an entry has answered by then: Lambda ends an invocation after 28 seconds.
ANSWERED_AFTER = timedelta(seconds=60)


class MessageLimit:
    """`clock` returns an aware datetime."""

    def __init__(self, *, table: Store, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def counts(self, stored: Iterable[Item]) -> Counter[str]:
        """How many entries each message has, by its partition, of all items of these."""
        now = self._clock()
        return Counter(item.pk for item in stored if isinstance(item, PointerItem) and item.is_visible(now))

    def beyond(self, claims: Sequence[Claim]) -> frozenset[int]:
        """The places of those claims that would be beyond the limit of their message. StoreBusyError.

        None of them is made yet, and no two of them name one pointer. Nothing is written.
        """
        by_message = _by_message(claims)
        stored = self._table.partitions(Item, list(by_message)) if by_message else []
        counts, now = self.counts(stored), self._clock()
        known = {item.key for item in stored if item.is_visible(now)}
        beyond: set[int] = set()
        for message, places in by_message.items():
            new = [place for place in places if claims[place].pointers.message not in known]
            beyond.update(new[max(MAX_ENTRIES_OF_MESSAGE - counts[message], 0) :])
        return frozenset(beyond)

    def enforce(
        self, claims: Sequence[Claim], created: Mapping[int, EntryItem], counts: Mapping[str, int]
    ) -> frozenset[int]:
        """Take back the last of what these claims of messages wrote beyond the limit. StoreBusyError.

        `created` are the new entries by their claim's place, `counts` those of all entries of the messages. Returns the
        places of claims whose entries were taken back, or whose entry does not get the message.
        """
        beyond: list[int] = []
        for message, places in _by_message(claims).items():
            excess = counts.get(message, 0) - MAX_ENTRIES_OF_MESSAGE
            # Where another writer has completed our entry, it is theirs.
            own = [place for place in places if _is_own(claims[place], place in created)]
            beyond += own[-excess:] if excess > 0 else []
        if not beyond:
            return frozenset()
        taken_back = self._take_back([(claims[place], created[place]) for place in beyond if place in created])
        unlinked = [claims[place] for place in beyond if place not in created]
        self._table.write([_deletion(claim.pointers.message, claim) for claim in unlinked if claim.pointers.message])
        rejected = {place for place, claim in enumerate(claims) if claim.key in taken_back}
        return frozenset(rejected | {place for place in beyond if place not in created})

    def keep(self, duplicates: Sequence[tuple[Claim, EntryItem | None]], counts: Mapping[str, int]) -> None:
        """Keep these entries, to be answered as duplicates, from being taken back by another request.

        Each is as it was read, None where it was not read or not there. Where a message is far from its limit, nothing
        is read and nothing written. StoreBusyError where one was taken back: it is to be posted again.
        """
        if any(item is None and claim.pointers.message is None for claim, item in duplicates):
            raise StoreBusyError(TAKEN_BACK)
        young = [(claim, item) for claim, item in duplicates if self._is_young(claim.entry_key)]
        messages = {claim.key: message for claim, item in young if (message := _message_of(claim, item)) is not None}
        unread = set(messages.values()) - counts.keys()
        known = {**self.counts(self._table.partitions(Item, sorted(unread))), **counts} if unread else counts
        near = [key for key, message in messages.items() if 2 * known.get(message, 0) > MAX_ENTRIES_OF_MESSAGE]
        if not all(self._table.write([Update(key, [MessageItem.answered.set(True)]) for key in near])):
            raise StoreBusyError(TAKEN_BACK)

    def _is_young(self, entry_key: EntryKey) -> bool:
        return entry_ids.arrived(entry_key.suffix) > timestamps.millis(self._clock() - ANSWERED_AFTER)

    def _take_back(self, written: Sequence[tuple[Claim, EntryItem]]) -> set[Key]:
        """Delete these entries unless somebody has changed them since, and what leads to them; their keys."""
        deleted = self._table.write([Delete(item.key, _is_as_written(item)) for _, item in written])
        gone = [claim for (claim, _), is_deleted in zip(written, deleted, strict=True) if is_deleted]
        # TTL's delete makes the retention function delete an object in S3 as well.
        expired = ContentItem.expires_at.set(timestamps.epoch_seconds(self._clock()))
        self._table.write(
            [
                *(Update(claim.entry_key.content_key, [expired]) for claim in gone),
                # The pointer of a `key` stays: whoever posts the key again, or at this moment, gets the same entry.
                *(_deletion(claim.pointers.message, claim) for claim in gone if claim.pointers.message is not None),
            ]
        )
        return {claim.key for claim in gone}


def _by_message(claims: Sequence[Claim]) -> dict[str, list[int]]:
    """The places of the claims of each message, by its partition."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, claim in enumerate(claims):
        if claim.pointers.message is not None:
            places[claim.pointers.message[0]].append(place)
    return places


def _message_of(claim: Claim, item: EntryItem | None) -> str | None:
    """The partition of the message of a claim, or of the entry that its key leads to; None without one."""
    if claim.pointers.message is not None:
        return claim.pointers.message[0]
    message_id = None if item is None else entry_pointers.message_id_of(item)
    return None if message_id is None else message_keys.partition(message_id)


def _is_own(claim: Claim, is_created: bool) -> bool:
    """Whether this claim has put the pointer of its message, to an entry that it created or that its key has."""
    return claim.has_new_message and (is_created or claim.is_known)


def _is_as_written(item: EntryItem) -> Condition:
    attributes: list[Attribute[Any]] = [EntryItem.erased, Item.held_until]
    if isinstance(item, MessageItem):
        attributes += [MessageItem.events, MessageItem.answered]
    if isinstance(item, EmailItem):
        attributes.append(EmailItem.sent_only)
    return unchanged(item, *attributes)


def _deletion(pointer: Key, claim: Claim) -> Delete:
    """The delete of a pointer, if it leads to the claim's entry."""
    return Delete(pointer, PointerItem.entry == claim.entry_key.sk)
