"""The other names of an e-mail: a mailer may post it under the id of a `Message-ID` header, and SES tell of its own.

An event that tells both names links them: an item in the partition of each names the other. A message is then all that
is in the partitions of its names. One header may stand in many messages, as where a mailer sends one text to each
recipient. So a link says whose it is, and is followed for these recipients only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.model.entries import MAX_ENTRIES_OF_MESSAGE
from daybook.model.retention_policy import LINKED_FOR
from daybook.storage.keys import message_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.item import Item
from daybook.storage.models.messages import NameItem, PointerItem
from daybook.storage.store import Change, Insert, Store, Update, assign, unchanged

# Names are followed from the id that is asked for to another, and from there once more: of two events, the first may
# have told of one name and the second of another.
HOPS = 3

# As many names of one message are read at most: as many entries as a message has.
MAX_NAMES = MAX_ENTRIES_OF_MESSAGE

# Of recipients.
Hashes: TypeAlias = frozenset[str]
EVERYBODY: Hashes = frozenset()


class Names(Struct, frozen=True):
    """What is known of a message's names beside its id: those that an event tells, and the hashes of its recipients.

    They are EVERYBODY where they are not known.
    """

    told: tuple[str, ...] = ()
    recipients: Hashes = EVERYBODY


def read(table: Store, messages: Mapping[str, Names]) -> dict[str, list[Item]]:
    """All items of each message, by its id: those in its partition and in those of its other names. StoreBusyError.

    Under another name there may be pointers to entries of further recipients, who got other messages: they are left
    out. Where a message's recipients are not known, they are those of the links from its id.
    """
    recipients = {message_id: known.recipients for message_id, known in messages.items()}
    # Of each message its names, with the recipients for whom each is one.
    names = {message_id: _names(message_id, known) for message_id, known in messages.items()}
    items: dict[str, list[Item]] = {}
    for _ in range(HOPS):
        unread = dict.fromkeys(name for of_one in names.values() for name in of_one if name not in items)
        if not unread:
            break
        items |= {name: [] for name in unread}
        by_partition = {message_keys.partition(name): items[name] for name in unread}
        for item in table.partitions(Item, list(by_partition)):
            by_partition[item.pk].append(item)
        for message_id, of_one in names.items():
            recipients[message_id] = recipients[message_id] or _recipients_of_links(items[message_id])
            for name in list(of_one):
                for other, of_link in _others(items.get(name, ()), recipients[message_id]):
                    if other in of_one or len(of_one) < MAX_NAMES:
                        of_one[other] = _union(of_one[other], of_link) if other in of_one else of_link
    return {
        message_id: [item for name, of_name in of_one.items() for item in items.get(name, ()) if _is_of(item, of_name)]
        for message_id, of_one in names.items()
    }


def _names(message_id: str, known: Names) -> dict[str, Hashes]:
    return {**dict.fromkeys(known.told, known.recipients), message_id: EVERYBODY}


def links(message_id: str, names: Names, items: Sequence[Item], now: datetime) -> list[Change]:
    """The changes that link a message with the names that an event tells; none where all of it is known.

    `items` are all of the message. Each change may fail, where somebody else has made it.
    """
    known = {item.key: item for item in items if isinstance(item, NameItem)}
    changes: list[Change] = []
    for other in names.told:
        if not _fits(message_id) or not _fits(other):
            continue
        for here, there in ((message_id, other), (other, message_id)):
            key = message_keys.partition(here), message_keys.name(there)
            change = _link(NameItem(*key), known.get(key), names.recipients, now)
            if change is not None:
                changes.append(change)
    return changes


def _link(link: NameItem, stored: NameItem | None, recipients: Hashes, now: datetime) -> Change | None:
    before = None if stored is None or not stored.is_visible(now) else _recipients(stored)
    # A link without recipients is of all. An event that does not tell them says nothing against those that one told.
    if stored is not None and before is not None and (not before or recipients <= before):
        return None
    after = recipients | (before or EVERYBODY)
    text = json_text(sorted(after)) if after else None
    expires_at = timestamps.epoch_seconds(now + LINKED_FOR)
    if stored is None:
        link.recipients, link.expires_at = text, expires_at
        return Insert(link)
    actions = [assign(NameItem.recipients, text), assign(NameItem.expires_at, expires_at)]
    return Update(stored.key, actions, unchanged(stored, NameItem.recipients, NameItem.expires_at))


def _others(items: Iterable[Item], recipients: Hashes) -> Iterator[tuple[str, Hashes]]:
    """The other names among items of one partition that are of one of these recipients, and of whom each is."""
    for item in items:
        other = message_keys.split_name(item.sk)
        if other is not None and isinstance(item, NameItem):
            of_link = _recipients(item)
            if not recipients or not of_link or recipients & of_link:
                yield other, of_link


def _recipients_of_links(items: Iterable[Item]) -> Hashes:
    """The recipients of all links among items of one partition."""
    of_links = [_recipients(item) for item in items if isinstance(item, NameItem)]
    return EVERYBODY.union(*of_links) if all(of_links) else EVERYBODY


def _union(first: Hashes, second: Hashes) -> Hashes:
    return first | second if first and second else EVERYBODY


def _is_of(item: Item, recipients: Hashes) -> bool:
    """Whether an item is of these recipients, as far as it says."""
    if not recipients or not isinstance(item, PointerItem):
        return True
    return message_keys.split_pointer(item.sk)[1] in recipients


def _recipients(link: NameItem) -> Hashes:
    return EVERYBODY if link.recipients is None else frozenset(msgspec.json.decode(link.recipients, type=list[str]))


def _fits(message_id: str) -> bool:
    return len(message_id.encode()) <= message_keys.MAX_NAME_BYTES
