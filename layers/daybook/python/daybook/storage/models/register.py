"""The items of the register of records; their keys are those of `keys.register_keys`.

All expire together with what they are known from, and a while later (`records.register`).
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import OptionalText
from daybook.storage.models.item import Item


class RecordItem(Item):
    """A record that has entries, or has had."""

    # JSON: a list of `records.known.Name`, newest first.
    names = OptionalText()
    # JSON: a list of `records.known.Address`, newest first.
    addresses = OptionalText()


class RecordNameItem(Item):
    """A word, or two, of a record's name: what it is found by."""

    # JSON: those of the record's names that have it, as texts.
    names = UnicodeAttribute()


class RecordAddressItem(Item):
    """An address or number to which messages of a record went."""
