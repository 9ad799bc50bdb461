"""What the register knows of a record, what an entry tells of one, and what follows from both. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import inf
from typing import TypeAlias

import msgspec
from msgspec import Struct

from daybook.model.entries import ADDRESS_CHANGES, ERASED_CHANGE, PLACEHOLDER, Affected
from daybook.storage.items import audit_items
from daybook.storage.keys import record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import ActivityItem, AddressedItem, AuditFields, EntryItem, SmsItem
from daybook.storage.models.item import Key
from daybook.storage.models.register import RecordItem

# So much longer than what it is known from does the register keep a thing. Its items are thus written anew once in
# that time at most, however many entries come.
SLACK = timedelta(days=365)
_SLACK_SECONDS = SLACK // timedelta(seconds=1)

# The latest of each that a record is found by.
MAX_NAMES = 5
MAX_ADDRESSES = 50

# So long is it known of a record that is gone: the stream brings entries again for a day at most.
GONE_KNOWN = timedelta(days=7)

# Whose activity is in a family's log is of the family; who acts in a student's log may be anybody.
FAMILY = "family"


# Gives the `register_keys.national_hash` of a phone number.
National: TypeAlias = Callable[[str], str]


class Name(Struct, frozen=True, array_like=True):
    """A name, and the instant of an entry that has it: of the latest one where it is the name that is shown.

    `own` is what an audit entry calls the record; any other is of somebody who acted.
    """

    text: str
    at: str
    own: bool


class Address(Struct, frozen=True, array_like=True):
    """The keyed hash of an address or number, and the epoch second at which its last message expires; None for never.

    `national` is a phone number's `register_keys.national_hash`, "" of an address.
    """

    hash: str
    until: int | None
    national: str = ""


class Known(Struct, frozen=True):
    """Names and addresses, the latest first, and the epoch second at which the last entry expires; None for never."""

    names: tuple[Name, ...]
    addresses: tuple[Address, ...]
    until: int | None

    @property
    def shown(self) -> Name | None:
        """The latest of its own names; of those who acted where it has none."""
        return max(self.names, key=rank, default=None)

    def __or__(self, told: Known) -> Known:
        """With what else is told; what is known for long enough stays as it is."""
        names = {name.text: name for name in sorted((*self.names, *told.names), key=rank)}
        addresses = {address.hash: address for address in self.addresses}
        for address in told.addresses:
            if address.hash not in addresses or _is_later(address.until, _kept(addresses[address.hash].until)):
                addresses[address.hash] = address
        return Known(
            tuple(sorted(names.values(), key=rank, reverse=True)[:MAX_NAMES]),
            tuple(sorted(addresses.values(), key=_until, reverse=True)[:MAX_ADDRESSES]),
            told.until if _is_later(told.until, _kept(self.until)) else self.until,
        )

    def says_the_same(self, other: Known) -> bool:
        """Whether a register need not be changed for the other: it finds the record by the same, and shows the same."""
        return (
            self.until == other.until
            and {*self.addresses} == {*other.addresses}
            and {name.text for name in self.names} == {name.text for name in other.names}
            and _text(self.shown) == _text(other.shown)
        )


def rank(name: Name) -> tuple[bool, str, str]:
    """By which of several names the highest is shown."""
    return name.own, name.at, name.text


def _text(name: Name | None) -> str | None:
    return None if name is None else name.text


def _until(address: Address) -> tuple[float, str]:
    return inf if address.until is None else address.until, address.hash


def _kept(until: int | None) -> int | None:
    return None if until is None else until + _SLACK_SECONDS


def _is_later(end: int | None, other: int | None) -> bool:
    return other is not None and (end is None or end > other)


def expiry(until: int | None) -> int | None:
    """The epoch second at which TTL deletes what is known until then."""
    return _kept(until)


def is_certain(expires_at: int | None, now: float) -> bool:
    """Whether an entry that it is known from is sure to stand still, of an item that expires then."""
    return expires_at is None or now < expires_at - _SLACK_SECONDS


def told(items: Iterable[EntryItem], national: National, now: datetime) -> Known | None:
    """What these entries of one record tell; None where none is shown, or its person was erased from all of them."""
    shown = [item for item in items if item.is_visible(now) and is_telling(item)]
    found: Known | None = None
    # The one that stays longest comes first, since what is known for long enough is not changed.
    for item in sorted(shown, key=lambda item: _end(item, now) or inf, reverse=True):
        end = _end(item, now)
        one = Known(names_in(item), _addresses(item, end, national), end)
        found = one if found is None else found | one
    return found


def is_telling(item: EntryItem) -> bool:
    """Whether an entry tells of the record in whose log it stands.

    It does not where that record's person was erased, and neither does the entry of the erasure itself. Of an audit
    entry from which another record's person was erased, something of this record is left.
    """
    if not isinstance(item, AuditFields):
        return item.erased is None
    own = audit_items.own_affected(item)
    if item.erased is not None:
        return any(_is_left(each) for each in own)
    return not own or any(each.change != ERASED_CHANGE or each.name is not None for each in own)


def _is_left(affected: Affected) -> bool:
    """Whether an entry from which a person was erased still says something of this record beyond what happened."""
    values = (affected.name, affected.details, affected.before, affected.after)
    return any(value not in (None, PLACEHOLDER) for value in values)


def _end(item: EntryItem, now: datetime) -> int | None:
    """The epoch second until which an entry is sure to be shown; None for ever. On hold it is by the moment."""
    end = item.unheld_expiry
    return None if end is None else max(end, int(now.timestamp()))


def names_in(item: EntryItem) -> tuple[Name, ...]:
    """What an entry calls the record in whose log it stands."""
    _, instant, _ = record_keys.split_entry(item.sk)
    match item:
        case AuditFields():
            names = (each.name for each in audit_items.own_affected(item) if each.change not in ADDRESS_CHANGES)
            return tuple(Name(name, instant, True) for name in names if name not in (None, PLACEHOLDER))
        case ActivityItem() if record_keys.split_partition(item.pk)[1].type == FAMILY:
            return (Name(item.name, instant, False),)
    return ()


def _addresses(item: EntryItem, end: int | None, national: National) -> tuple[Address, ...]:
    match item:
        case SmsItem():
            return (Address(item.recipient_hash, end, national(item.recipient)),)
        case AddressedItem():
            return (Address(item.recipient_hash, end),)
    return ()


def item_of(key: Key, known: Known, erased_at: str | None = None, repairs: int | None = None) -> RecordItem:
    """The register's item of a record that was erased then, if it was, and of which so many repairs were made."""
    return RecordItem(
        *key,
        names=json_text(known.names) if known.names else None,
        addresses=json_text(known.addresses) if known.addresses else None,
        expires_at=expiry(known.until),
        erased_at=erased_at,
        repairs=repairs,
    )


def gone_item(key: Key, erased_at: str, expires_at: int, repairs: int | None) -> RecordItem:
    """The item of a record that was erased then: what arrived earlier and is told of late finds the key taken."""
    return RecordItem(*key, erased_at=erased_at, gone=True, expires_at=expires_at, repairs=repairs)


def of_item(item: RecordItem | None) -> Known | None:
    """What the register's item says; None of none, and of a record that is gone.

    Also where it has expired: entries on hold may stand that it is known from.
    """
    if item is None or item.gone:
        return None
    until = None if item.expires_at is None else item.expires_at - _SLACK_SECONDS
    names, addresses = item.names, item.addresses
    return Known(
        () if names is None else _names_decoder.decode(names),
        () if addresses is None else _addresses_decoder.decode(addresses),
        until,
    )


def texts(names: str) -> list[str]:
    """The names in an item by which a record is found."""
    return _texts_decoder.decode(names)


# Made once: to make a decoder takes longer than to decode a short text.
_names_decoder = msgspec.json.Decoder(tuple[Name, ...])
_addresses_decoder = msgspec.json.Decoder(tuple[Address, ...])
_texts_decoder = msgspec.json.Decoder(list[str])
