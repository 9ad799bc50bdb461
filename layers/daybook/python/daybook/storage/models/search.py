"""The items of an org's search index; their keys are those of `keys.search_keys`."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import Binary, OptionalBinary
from daybook.storage.models.item import Item


class SegmentItem(Item):
    """The head of a segment, or the open segment."""

    # MessagePack of a `search.index.segments.Head`.
    head = Binary()
    # Its documents, where the head itself holds them, as the open segment always does.
    places = OptionalBinary()
    # Its terms, likewise.
    terms = OptionalBinary()


class BlockItem(Item):
    """A block of a segment."""

    # Compressed (`search.index.segments`).
    block = Binary()


class RegisterProgressItem(Item):
    """How far a rebuild of the register of records is: the key of the item up to which the table was read."""

    # Its partition key.
    after_pk = UnicodeAttribute()
    # Its sort key.
    after_sk = UnicodeAttribute()


class ReindexItem(Item):
    """How far a reindexing is."""

    # The month that was done last.
    month = UnicodeAttribute()
