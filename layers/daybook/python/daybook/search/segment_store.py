"""Segments of the search index in the table: heads in one partition of the org, the blocks of each in one of its own.

A segment is whole when its head is there: blocks are written before it and deleted after it. What is in more than one
segment is found once, so whoever breaks off midway has cost space at worst.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from daybook.search import segments
from daybook.search.segments import Head, Index, Packed
from daybook.storage.attributes import with_expiry
from daybook.storage.keys import org_keys, search_keys
from daybook.storage.optimistic_locking import change_item
from daybook.storage.query_pages import query_pages
from daybook.storage.store import Change, Delete, Insert, Item, Key, Range, Store, Update, key_attributes

SMALL, MIDDLE, LAST = "1", "2", "3"


PLACES, TERMS = "places", "terms"


PAGE = 1000


class MovedError(Exception):
    """A segment that was listed is no more: its entries are in another one by now."""


class Sizes(Struct, frozen=True):
    """How many entries make what of a segment.

    `newest`: the open segment holds so many, which is about 1 KB, so that to add one costs one write unit. `inline`: of
    fewer than these the head holds the blocks itself, and is read with the others' heads. `full`: from so many on a
    segment stays as it is; a month's smaller ones are merged when they hold twice as many together.
    """

    newest: int = 16
    inline: int = 256
    full: int = 4096
    block_bytes: int = segments.BLOCK_BYTES


SIZES = Sizes()


class Listed(Struct, frozen=True):
    """A segment whose head has been read; `inline` where that holds its blocks."""

    key: Key
    tier: str
    blocks_pk: str
    head: Head
    inline: Packed | None = None


class SegmentStore:
    """All of it raises StoreBusyError."""

    def __init__(self, *, table: Store, sizes: Sizes = SIZES) -> None:
        self._table = table
        self._sizes = sizes

    def open_segment(self, org: str) -> Item | None:
        """The item of the newest entries."""
        key = search_keys.partition(org), search_keys.OPEN_SEGMENT
        return self._table.get([key]).get(key)

    def replace_open(self, org: str, before: Item | None, after: Index | None) -> bool:
        """Make the open segment hold that, None for nothing; False where it is no longer as it was read."""
        return all(self._table.write([_open_change(org, before, after)]))

    def rewrite_open(self, org: str, rewrite: Callable[[Index], Index | None]) -> None:
        """Make the open segment, where there is one, hold what `rewrite` leaves of its entries; None for nothing."""

        def change(item: Item | None) -> Change | None:
            if item is None:
                return None
            whole = segments.unpack(inline(item))
            left = rewrite(whole)
            return None if left == whole else _open_change(org, item, left)

        key = search_keys.partition(org), search_keys.OPEN_SEGMENT
        change_item(self._table, key, change, "the newest entries of the search index are being changed")

    def listed(self, org: str, low_month: str, high_month: str) -> list[Listed]:
        """The segments of these months, both included, in the order of their keys: that in which entries move on."""
        return self._heads(_span(org, search_keys.month_bounds(low_month, high_month)))

    def of_tier(self, org: str, month: str, tier: str) -> list[Listed]:
        return self._heads(_span(org, search_keys.tier_bounds(month, tier)))

    def month_before(self, org: str, month: str) -> str | None:
        """The last month before this one that has a segment."""
        first = self._table.query(Range(search_keys.partition(org), search_keys.ALL_MONTHS[0], month), 1).items
        return search_keys.split_segment(first[0]["sk"]["S"])[0] if first else None

    def month_from(self, org: str, low: str) -> str | None:
        """The first month from this one on that has a segment."""
        first = self._table.query(
            Range(search_keys.partition(org), low, search_keys.ALL_MONTHS[1], forward=True), 1
        ).items
        return search_keys.split_segment(first[0]["sk"]["S"])[0] if first else None

    def has(self, org: str, month: str) -> bool:
        """Whether the month has a segment."""
        return bool(self._table.query(_span(org, search_keys.month_bounds(month, month)), 1).items)

    def write(self, org: str, month: str, whole: Index, name: str, *, last: bool = False) -> str:
        """Write a segment and give its tier: with `last` the last, however few, as what it replaces may be there."""
        count = len(whole.ats)
        is_inline = count < self._sizes.inline
        tier = LAST if last or count >= self._sizes.full else SMALL if is_inline else MIDDLE
        key = search_keys.partition(org), search_keys.segment(month, tier, name)
        if is_inline:
            self._table.insert([key_attributes(key) | _inline(whole)])
            return tier
        packed = segments.pack(whole, block_bytes=self._sizes.block_bytes)
        blocks_pk, expires_at = search_keys.blocks_partition(org, name), packed.head.expires_at
        blocks = [(search_keys.block(PLACES, number), block) for number, block in enumerate(packed.places)]
        blocks += [(search_keys.block(TERMS, number), block) for number, block in enumerate(packed.terms)]
        self._table.insert(
            [with_expiry(key_attributes((blocks_pk, sk)) | {"block": {"B": block}}, expires_at) for sk, block in blocks]
        )
        self._table.insert([with_expiry(key_attributes(key) | _head(packed.head), expires_at)])
        return tier

    def delete(self, gone: Iterable[Listed]) -> None:
        for segment in gone:
            self._table.write([Delete(segment.key)])
            self._table.write([Delete(key) for key in _block_keys(segment)])

    def load(self, segment: Listed) -> Index:
        """A whole segment. MovedError."""
        if segment.inline is not None:
            return segments.unpack(segment.inline)
        block_keys = _block_keys(segment)
        by_key = self.blocks(block_keys)
        blocks = [by_key[key] for key in block_keys]
        places = len(segment.head.firsts)
        return segments.unpack(Packed(segment.head, blocks[:places], blocks[places:]))

    def blocks(self, wanted: Iterable[Key]) -> dict[Key, bytes]:
        """These blocks, read the cheap way first. MovedError where one is gone."""
        missing = list(dict.fromkeys(wanted))
        blocks: dict[Key, bytes] = {}
        for consistent in (False, True):
            items = self._table.get(missing, consistent=consistent)
            blocks |= {key: base64.b64decode(item["block"]["B"]) for key, item in items.items()}
            missing = [key for key in missing if key not in blocks]
        if missing:
            raise MovedError
        return blocks

    def _heads(self, span: Range) -> list[Listed]:
        return [_listed(item) for page in query_pages(self._table, span, PAGE) for item in page.items]


def _open_change(org: str, before: Item | None, after: Index | None) -> Change:
    """The change that makes the open segment hold that, None for nothing, if it still is as it was read."""
    key = search_keys.partition(org), search_keys.OPEN_SEGMENT
    item = {} if after is None else _inline(after)
    if before is None:
        return Insert(key_attributes(key) | item)
    seen: dict[str, Item | None] = {PLACES: before[PLACES]}
    return (
        Delete(key, seen) if after is None else Update(key, item, [] if "expires_at" in item else ["expires_at"], seen)
    )


def inline(item: Item) -> Packed:
    """What an open or a small segment's item holds."""
    return Packed(_read_head(item), *([base64.b64decode(item[kind]["B"])] for kind in (PLACES, TERMS)))


def block_key(segment: Listed, kind: str, number: int) -> Key:
    return segment.blocks_pk, search_keys.block(kind, number)


def _block_keys(segment: Listed) -> list[Key]:
    if segment.inline is not None:
        return []
    places = [block_key(segment, PLACES, number) for number in range(len(segment.head.firsts))]
    return places + [block_key(segment, TERMS, number) for number in range(len(segment.head.begins))]


def _listed(item: Item) -> Listed:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    _, tier, name = search_keys.split_segment(sk)
    return Listed(
        key=(pk, sk),
        tier=tier,
        blocks_pk=search_keys.blocks_partition(org_keys.org_of(pk), name),
        head=_read_head(item),
        inline=inline(item) if PLACES in item else None,
    )


def _head(head: Head) -> Item:
    return {"head": {"B": msgspec.msgpack.encode(head)}}


def _read_head(item: Item) -> Head:
    return msgspec.msgpack.decode(base64.b64decode(item["head"]["B"]), type=Head)


def _inline(whole: Index) -> Item:
    packed = segments.pack(whole, block_bytes=None)
    blocks: Item = {PLACES: {"B": packed.places[0]}, TERMS: {"B": packed.terms[0]}}
    return with_expiry(_head(packed.head) | blocks, packed.head.expires_at)


def _span(org: str, bounds: tuple[str, str]) -> Range:
    return Range(search_keys.partition(org), *bounds, forward=True)
