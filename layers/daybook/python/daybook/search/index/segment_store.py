"""Segments of the search index in the table: heads in one partition of the org, the blocks of each in one of its own.

A segment is complete when its head is there: blocks are written before it and deleted after it. A document in more
than one segment is found once, so an interrupted write costs space at worst.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from daybook.search.index import segments
from daybook.search.index.segments import Head, InvertedIndex, Segment
from daybook.storage.keys import org_keys, search_keys
from daybook.storage.models.item import Key
from daybook.storage.models.search import BlockItem, SegmentItem
from daybook.storage.optimistic_locking import change_item
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Change, Delete, Insert, Range, Store, Update, assign, unchanged

# Merge tiers, as in the keys of segments.
SMALL, MIDDLE, LAST = "1", "2", "3"

# The kinds of blocks, as in their keys.
DOCUMENTS, TERMS = "places", "terms"
PAGE = 1000


class SegmentMergedError(Exception):
    """A segment whose head was read is gone: its documents are in another one by now."""


class Sizes(Struct, frozen=True):
    """Sizes of segments, in documents but for the last two.

    `open_limit`: the open segment has so many, which is about 1 KB, so that to add one costs one write unit.
    `inline_limit`: with fewer than these the head holds the blocks itself, and is read with the others' heads.
    `small_merged`: a month's inline ones are merged when they have so many together.
    `full`: from so many on a segment stays as it is; a month's smaller ones are merged when they have twice as many
    together. Few businesses have as many in a month, so a month that is over is one segment. Each segment more is two
    reads more for a search.
    `inline_bytes`: an item that holds the blocks itself has so many of text at most, before it is packed;
    DynamoDB's limit for an item is 400 KB.
    """

    open_limit: int = 16
    inline_limit: int = 256
    small_merged: int = 1024
    full: int = 32_768
    inline_bytes: int = 200_000
    block_bytes: int = segments.BLOCK_BYTES


SIZES = Sizes()


class StoredSegment(Struct, frozen=True):
    """A segment whose head has been read; `inline` where that holds its blocks."""

    key: Key
    tier: str
    blocks_pk: str
    head: Head
    inline: Segment | None = None


class SegmentStore:
    """All of it raises StoreBusyError."""

    def __init__(self, *, table: Store, sizes: Sizes = SIZES) -> None:
        self._table = table
        self._sizes = sizes

    def open_segment(self, org: str) -> SegmentItem | None:
        """The item of the open segment, which has the newest entries."""
        return self._table.get_item(SegmentItem, _open_key(org))

    def replace_open(self, org: str, before: SegmentItem | None, after: InvertedIndex | None) -> bool:
        """Put another index into the open segment, None for none; False where it is no longer as it was read."""
        return all(self._table.write([_open_change(org, before, after)]))

    def rewrite_open(self, org: str, rewrite: Callable[[InvertedIndex], InvertedIndex | None]) -> None:
        """Put into the open segment, where there is one, what `rewrite` makes of its index; None for none."""

        def change(item: SegmentItem | None) -> Change | None:
            if item is None:
                return None
            before = segments.unpack(inline(item))
            after = rewrite(before)
            return None if after == before else _open_change(org, item, after)

        busy = "the newest entries of the search index are being changed"
        change_item(self._table, SegmentItem, _open_key(org), change, busy)

    def of_months(self, org: str, first_month: str, last_month: str) -> list[StoredSegment]:
        """The segments of these months, both included, by key: in the order in which documents move on."""
        return self._heads(_span(org, search_keys.month_bounds(first_month, last_month)))

    def of_tier(self, org: str, month: str, tier: str) -> list[StoredSegment]:
        return self._heads(_span(org, search_keys.tier_bounds(month, tier)))

    def month_before(self, org: str, month: str) -> str | None:
        """The last month before this one that has a segment."""
        return self._first_month(Range(search_keys.partition(org), search_keys.ALL_MONTHS[0], month))

    def month_from(self, org: str, low: str) -> str | None:
        """The first month from this one on that has a segment."""
        return self._first_month(_span(org, (low, search_keys.ALL_MONTHS[1])))

    def has_month(self, org: str, month: str) -> bool:
        """Whether a segment is of this month."""
        return self._first_month(_span(org, search_keys.month_bounds(month, month))) is not None

    def write(self, org: str, month: str, index: InvertedIndex, name: str, *, last: bool = False) -> str:
        """Write a segment and give its tier.

        With `last` that is the last tier, however few its documents are: what it replaces may still be there.
        """
        count = len(index.ats)
        is_inline = count < self._sizes.inline_limit and self.fits_inline(index)
        tier = LAST if last or count >= self._sizes.full else SMALL if is_inline else MIDDLE
        key = search_keys.partition(org), search_keys.segment(month, tier, name)
        if is_inline:
            self._table.insert([_inline_item(key, index)])
            return tier
        segment = segments.pack(index, block_bytes=self._sizes.block_bytes)
        blocks_pk, expires_at = search_keys.blocks_partition(org, name), segment.head.expires_at
        blocks = [(search_keys.block(DOCUMENTS, number), block) for number, block in enumerate(segment.documents)]
        blocks += [(search_keys.block(TERMS, number), block) for number, block in enumerate(segment.terms)]
        self._table.insert([BlockItem(blocks_pk, sk, block=block, expires_at=expires_at) for sk, block in blocks])
        self._table.insert([SegmentItem(*key, head=_head(segment.head), expires_at=expires_at)])
        return tier

    def fits_inline(self, index: InvertedIndex) -> bool:
        """Whether one item can hold the index, whatever its texts are."""
        return segments.text_size(index) <= self._sizes.inline_bytes

    def delete(self, merged: Iterable[StoredSegment]) -> None:
        for segment in merged:
            self._table.write([Delete(segment.key)])
            self._table.write([Delete(key) for key in _block_keys(segment)])

    def load(self, segment: StoredSegment) -> InvertedIndex:
        """The whole index of a segment. SegmentMergedError."""
        if segment.inline is not None:
            return segments.unpack(segment.inline)
        block_keys = _block_keys(segment)
        by_key = self.blocks(block_keys)
        blocks = [by_key[key] for key in block_keys]
        count = len(segment.head.first_numbers)
        return segments.unpack(Segment(segment.head, blocks[:count], blocks[count:]))

    def blocks(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """The blocks with these keys. SegmentMergedError where one is gone.

        Read eventually consistent, at half the price, and again consistently where some are too new for that.
        """
        missing = list(dict.fromkeys(keys))
        blocks: dict[Key, bytes] = {}
        for consistent in (False, True):
            items = self._table.get(BlockItem, missing, consistent=consistent)
            blocks |= {key: item.block for key, item in items.items()}
            missing = [key for key in missing if key not in blocks]
        if missing:
            raise SegmentMergedError
        return blocks

    def _heads(self, span: Range) -> list[StoredSegment]:
        pages = query_pages(self._table, SegmentItem, span, PAGE)
        return [_stored_segment(item) for page in pages for item in page.items]

    def _first_month(self, span: Range) -> str | None:
        """The month of the first segment of a range."""
        first = self._table.query_values(span, 1).items
        return search_keys.split_segment(first[0]["sk"])[0] if first else None


def _open_key(org: str) -> Key:
    return search_keys.partition(org), search_keys.OPEN_SEGMENT


def _open_change(org: str, before: SegmentItem | None, after: InvertedIndex | None) -> Change:
    """The change that puts another index into the open segment, None for none, if it still is as it was read."""
    key = _open_key(org)
    # An erasure may change the terms alone.
    condition = None if before is None else unchanged(before, SegmentItem.places, SegmentItem.terms)
    if after is None:
        return Delete(key, condition)
    item = _inline_item(key, after)
    if before is None:
        return Insert(item)
    attributes = (SegmentItem.head, SegmentItem.places, SegmentItem.terms, SegmentItem.expires_at)
    return Update(key, [assign(attribute, getattr(item, attribute.attr_name)) for attribute in attributes], condition)


def inline(item: SegmentItem) -> Segment:
    """The segment in the item of an open or a small one. ValueError for that of another."""
    if item.places is None or item.terms is None:
        raise ValueError(f"the segment {item.sk} is not inline")
    return Segment(_read_head(item), [item.places], [item.terms])


def block_key(segment: StoredSegment, kind: str, number: int) -> Key:
    return segment.blocks_pk, search_keys.block(kind, number)


def _block_keys(segment: StoredSegment) -> list[Key]:
    if segment.inline is not None:
        return []
    keys = [block_key(segment, DOCUMENTS, number) for number in range(len(segment.head.first_numbers))]
    return keys + [block_key(segment, TERMS, number) for number in range(len(segment.head.separators))]


def _stored_segment(item: SegmentItem) -> StoredSegment:
    _, tier, name = search_keys.split_segment(item.sk)
    return StoredSegment(
        key=item.key,
        tier=tier,
        blocks_pk=search_keys.blocks_partition(org_keys.org_of(item.pk), name),
        head=_read_head(item),
        inline=None if item.places is None else inline(item),
    )


def _head(head: Head) -> bytes:
    return msgspec.msgpack.encode(head)


def _read_head(item: SegmentItem) -> Head:
    return msgspec.msgpack.decode(item.head, type=Head)


def _inline_item(key: Key, index: InvertedIndex) -> SegmentItem:
    """The item of a segment that holds its blocks itself."""
    segment = segments.pack(index, block_bytes=None)
    (places,), (terms,) = segment.documents, segment.terms
    return SegmentItem(*key, head=_head(segment.head), places=places, terms=terms, expires_at=segment.head.expires_at)


def _span(org: str, bounds: tuple[str, str]) -> Range:
    return Range(search_keys.partition(org), *bounds, forward=True)
