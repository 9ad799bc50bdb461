"""The items of the register of records; their keys are those of `keys.register_keys`.

All expire together with what they are known from, and a while later (`records.register`).
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import OptionalFlag, OptionalNumber, OptionalText
from daybook.storage.models.item import Item


class RecordItem(Item):
    """A record that has entries, or has had; where it is `gone`, one whose person was erased from all of them."""

    # JSON: a list of `records.known.Name`, newest first.
    names = OptionalText()
    # JSON: a list of `records.known.Address`, newest first.
    addresses = OptionalText()
    # When the last erasure was asked for: what arrived by then, and is told of late, is not registered.
    erased_at = OptionalText()
    # True of a record that was erased, and of which nothing is registered since; absent otherwise.
    gone = OptionalFlag()
    # How often items by which it is found were repaired without a change of this one: the lock of others goes by it.
    repairs = OptionalNumber()


class RecordNameItem(Item):
    """A word, or two, of a record's name: what it is found by."""

    # JSON: those of the record's names that have it, as texts.
    names = UnicodeAttribute()


class RecordAddressItem(Item):
    """An address or number to which messages of a record went."""
