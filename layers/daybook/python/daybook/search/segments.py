"""The search index of an org, as pure data: which entries hold which terms, packed into segments.

A segment is immutable. It numbers its entries in the order of time and keeps two sorted sequences: where each entry
stands, and for each term the numbers of its entries. Both are cut into compressed blocks of about one read unit, and
the segment's head tells what each block begins with, so a term or a prefix is found by reading one block (the
"sorted string table" of Bigtable and LevelDB). A segment of few entries is one block of each, inside its head.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from itertools import chain

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.storage.keys import index_keys

# An eventually consistent read of up to 4 KB is half a unit. What the item's keys and names take is left free.
BLOCK_BYTES = 3_900

# zlib's best: it is done once, and read for two years.
LEVEL = 9

# The first guess of how many places or terms make a block; the next ones go by the block before.
FIRST_GUESS = 64

# The character for none shared, in what is written of terms: no control character, since one parts them.
SHARED_FROM = ord("!")

# Where more than one entry in so many has a term, a bit for each entry is shorter than a number for each that has it.
DENSE = 8


class Doc(Struct, frozen=True):
    """One entry in the index: `at` as in the org-wide indexes, `record` its partition without the org's name."""

    at: str
    record: str
    terms: frozenset[str]
    expires_at: int | None = None


class Index(Struct, frozen=True):
    """Entries in the order of time, and for each term the numbers of those that hold it."""

    ats: list[str]
    records: list[str]
    terms: dict[str, list[int]]
    expires_at: int | None


class Head(Struct, frozen=True, array_like=True):
    """What is known of a segment without reading its blocks.

    `firsts` are the numbers of the first entry of each block of places, and `starts` the whole minutes from the first
    entry of all to it. `begins` part the blocks of terms: what sorts before one of them is in an earlier block.
    `expires_at` is when the last of its entries expires; None for never.
    """

    count: int
    first_at: str
    last_at: str
    firsts: list[int]
    starts: list[int]
    begins: list[str]
    expires_at: int | None = None


class Packed(Struct, frozen=True):
    """A segment as it is stored."""

    head: Head
    places: list[bytes]
    terms: list[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.places)) + sum(map(len, self.terms))


def index(docs: Iterable[Doc]) -> Index:
    """Of each entry once, however often it comes."""
    ordered = sorted({doc.at: doc for doc in docs}.values(), key=lambda doc: doc.at)
    terms: dict[str, list[int]] = defaultdict(list)
    for number, doc in enumerate(ordered):
        for term in doc.terms:
            terms[term].append(number)
    expiries = [doc.expires_at for doc in ordered]
    return Index([doc.at for doc in ordered], [doc.record for doc in ordered], dict(terms), _latest(expiries))


def merged(parts: Sequence[Index]) -> Index:
    """One index of all the entries of several, each entry once."""
    records = {at: record for part in parts for at, record in zip(part.ats, part.records, strict=True)}
    ats = sorted(records)
    numbers = {at: number for number, at in enumerate(ats)}
    terms: dict[str, set[int]] = defaultdict(set)
    for part in parts:
        moved = [numbers[at] for at in part.ats]
        for term, held in part.terms.items():
            terms[term].update(moved[number] for number in held)
    return Index(
        ats,
        [records[at] for at in ats],
        {term: sorted(held) for term, held in terms.items()},
        _latest([part.expires_at for part in parts]),
    )


def without(whole: Index, gone: Collection[str]) -> Index | None:
    """The index without the entries at these places; None where that leaves nothing."""
    kept = [number for number, at in enumerate(whole.ats) if at not in gone]
    if not kept:
        return None
    moved = {number: place for place, number in enumerate(kept)}
    held = {term: [moved[number] for number in of_term if number in moved] for term, of_term in whole.terms.items()}
    return Index(
        [whole.ats[number] for number in kept],
        [whole.records[number] for number in kept],
        {term: numbers for term, numbers in held.items() if numbers},
        whole.expires_at,
    )


def by_month(whole: Index) -> dict[str, Index]:
    """The entries of each month, `2026-11`, apart."""
    months = sorted({index_keys.month_of(at) for at in whole.ats})
    if len(months) == 1:
        return {months[0]: whole}
    starts = [bisect_left(whole.ats, month) for month in months] + [len(whole.ats)]
    return {month: _part(whole, *starts[place : place + 2]) for place, month in enumerate(months)}


def _part(whole: Index, low: int, high: int) -> Index:
    held = {
        term: [number - low for number in all_of_it if low <= number < high] for term, all_of_it in whole.terms.items()
    }
    terms = {term: numbers for term, numbers in held.items() if numbers}
    return Index(whole.ats[low:high], whole.records[low:high], terms, whole.expires_at)


def pack(whole: Index, *, block_bytes: int | None = BLOCK_BYTES) -> Packed:
    """The index as a segment, in blocks of so many bytes where that can be; None for one block of each kind."""
    places, firsts = _blocks(len(whole.ats), block_bytes, lambda low, high: _pack_places(whole, low, high))
    ordered = sorted(whole.terms)
    terms, starts = _blocks(len(ordered), block_bytes, lambda low, high: _pack_terms(whole, ordered[low:high]))
    begins = [_parting(ordered[start - 1] if start else "", ordered[start]) for start in starts]
    starts = [_minutes(whole.ats[0], whole.ats[number]) for number in firsts]
    head = Head(len(whole.ats), whole.ats[0], whole.ats[-1], firsts, starts, begins, whole.expires_at)
    return Packed(head, places, terms)


def unpack(packed: Packed) -> Index:
    ats: list[str] = []
    records: list[str] = []
    for block in packed.places:
        for at, record in places(block):
            ats.append(at)
            records.append(record)
    terms = {}
    for block in packed.terms:
        names, sizes, postings = _open_terms(block)
        place = 0
        for name, size in zip(names, sizes, strict=True):
            terms[name] = _numbered(postings[place : place + (size >> 1)], dense=bool(size & 1))
            place += size >> 1
    return Index(ats, records, terms, packed.head.expires_at)


def places(block: bytes) -> list[tuple[str, str]]:
    """`at` and record of each entry in a block of places."""
    columns, _, records = zlib.decompress(block).decode().partition("\n")
    held = records.split("\n")
    ats = ("".join(columns[number :: len(held)]) for number in range(len(held)))
    return list(zip(ats, held, strict=True))


def place_block(head: Head, number: int) -> int:
    """The block of places in which an entry stands."""
    return bisect_right(head.firsts, number) - 1


def between(head: Head, low: str, high: str) -> tuple[int, int]:
    """From and up to which number entries may stand with `low` <= `at` < `high`: as far as the head can tell."""
    first, behind = 0, len(head.firsts)
    if low > head.first_at:
        first = max(0, bisect_left(head.starts, _minutes(head.first_at, low)) - 1)
    if high <= head.last_at:
        behind = bisect_right(head.starts, _minutes(head.first_at, high))
    return head.firsts[first], head.firsts[behind] if behind < len(head.firsts) else head.count


def term_blocks(head: Head, term: str, *, prefix: bool) -> range:
    """The blocks of terms in which a term stands if it is there, or all terms that begin with it."""
    first = max(0, bisect_right(head.begins, term) - 1)
    behind = bisect_left(head.begins, _behind(term)) if prefix else 0
    return range(first, max(first + 1, behind))


def holding(block: bytes, term: str, *, prefix: bool) -> int:
    """The entries that hold the term, or one that begins with it: bit `n` for entry `n`."""
    names, sizes, postings = _open_terms(block)
    low = bisect_left(names, term)
    high = bisect_left(names, _behind(term)) if prefix else low + (names[low : low + 1] == [term])
    place = sum(size >> 1 for size in sizes[:low])
    found = 0
    for size in sizes[low:high]:
        posting = postings[place : place + (size >> 1)]
        bits = posting if size & 1 else _bitmap(_numbered(posting, dense=False))
        found |= int.from_bytes(bits, "little")
        place += size >> 1
    return found


def numbers(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    return [number for number, bit in enumerate(bin(bits)[:1:-1]) if bit == "1"]


def _minutes(start: str, at: str) -> int:
    low, high = (timestamps.from_instant(index_keys.instant_of(place)) for place in (start, at))
    return (high - low) // timedelta(minutes=1)


def _behind(term: str) -> str:
    """Sorts behind all that begins with the term and before all else; no term holds this character."""
    return f"{term}\U0010ffff"


def _parting(before: str, first: str) -> str:
    """The shortest text that sorts behind one term and not behind the next."""
    return first[: _shared(before, first) + 1]


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _latest(expiries: Sequence[int | None]) -> int | None:
    known = [each for each in expiries if each is not None]
    return max(known) if len(known) == len(expiries) else None


def _blocks(count: int, limit: int | None, packed: Callable[[int, int], bytes]) -> tuple[list[bytes], list[int]]:
    """Cut a sequence into blocks as large as they may be, and say with which member each begins."""
    if limit is None:
        return [packed(0, count)], [0]
    blocks: list[bytes] = []
    starts: list[int] = []
    start, step = 0, FIRST_GUESS
    while start < count:
        block = packed(start, start + step)
        while len(block) > limit and step > 1:
            step = max(1, min(step - 1, step * limit // len(block)))
            block = packed(start, start + step)
        blocks.append(block)
        starts.append(start)
        start += step
        step = max(1, step * limit // len(block))
    return blocks, starts


def _pack_places(whole: Index, low: int, high: int) -> bytes:
    # Character by character of all of them: what they begin with is the same, and what changes stands together.
    columns = "".join(chain.from_iterable(zip(*whole.ats[low:high], strict=True)))
    return zlib.compress("\n".join([columns, *whole.records[low:high]]).encode(), LEVEL)


def _pack_terms(whole: Index, names: Sequence[str]) -> bytes:
    sizes, postings = [], []
    for name in names:
        held = whole.terms[name]
        dense = len(held) * DENSE > len(whole.ats)
        posting = _bitmap(held) if dense else _gaps(held)
        sizes.append(len(posting) << 1 | dense)
        postings.append(posting)
    return zlib.compress(_TERMS.encode((_shortened(names), sizes, b"".join(postings))), LEVEL)


def _open_terms(block: bytes) -> tuple[list[str], list[int], bytes]:
    shortened, sizes, postings = _OPENED.decode(zlib.decompress(block))
    names: list[str] = []
    name = ""
    for text in shortened.split("\n"):
        name = name[: ord(text[0]) - SHARED_FROM] + text[1:]
        names.append(name)
    return names, sizes, postings


def _shortened(names: Sequence[str]) -> str:
    """Of each name a character for how much of the one before it begins with, and the rest: a tenth of a block less."""
    texts = []
    before = ""
    for name in names:
        shared = _shared(before, name)
        texts.append(f"{chr(SHARED_FROM + shared)}{name[shared:]}")
        before = name
    return "\n".join(texts)


def _bitmap(held: Sequence[int]) -> bytes:
    bits = bytearray(held[-1] // 8 + 1)
    for number in held:
        bits[number >> 3] |= 1 << (number & 7)
    return bytes(bits)


def _gaps(held: Sequence[int]) -> bytes:
    """The numbers as distances, seven bits a byte, the eighth set where more follow (LEB128)."""
    out = bytearray()
    last = -1
    for number in held:
        gap, last = number - last, number
        while gap > 0x7F:  # noqa: PLR2004
            out.append(gap & 0x7F | 0x80)
            gap >>= 7
        out.append(gap)
    return bytes(out)


def _numbered(posting: bytes, *, dense: bool) -> list[int]:
    if dense:
        return numbers(int.from_bytes(posting, "little"))
    held, last, gap, shift = [], -1, 0, 0
    for byte in posting:
        gap |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004
            last += gap
            held.append(last)
            gap = shift = 0
    return held


_TERMS = msgspec.msgpack.Encoder()
_OPENED = msgspec.msgpack.Decoder(tuple[str, list[int], bytes])
