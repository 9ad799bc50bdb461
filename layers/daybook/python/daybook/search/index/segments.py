"""The search index of an org, as pure data: an inverted index of audit entries, packed into segments.

A segment is immutable. It numbers its documents in the order of time and keeps two sorted sequences: the documents,
and for each term its posting list, the numbers of the documents that have it. Both are cut into compressed blocks of
about one read unit. The segment's head says what each block begins with, so a term or a prefix is found by reading one
block (the "sorted string table" of Bigtable and LevelDB). A small segment is one block of each, inside its head.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from itertools import chain, pairwise

import msgspec
from msgspec import Struct

from daybook.core import timestamps
from daybook.storage.keys import index_keys

# An eventually consistent read of up to 4 KB is half a unit. What the item's keys and names take is left free.
BLOCK_BYTES = 3_900

# zlib's best: a block is compressed once, and read for two years.
LEVEL = 9

# The first guess of how many documents or terms make a block; the next ones go by the block before.
FIRST_GUESS = 64

# The character for a shared prefix of no length: no control character, since one separates the terms.
NO_PREFIX = ord("!")

# Where more than one document in so many has a term, a bitmap is shorter than the numbers of those that have it.
DENSE = 8


class Document(Struct, frozen=True):
    """An entry in the index: `at` is its position in the audit log, `record` its partition without the org's name."""

    at: str
    record: str
    terms: frozenset[str]
    expires_at: int | None = None


class InvertedIndex(Struct, frozen=True):
    """Documents in the order of time: their `ats` and `records`, and for each term the numbers of those that have it.

    `expires_at` is when the last of them expires, in epoch seconds; None for never.
    """

    ats: list[str]
    records: list[str]
    postings: dict[str, list[int]]
    expires_at: int | None


class Head(Struct, frozen=True, array_like=True):
    """What is known of a segment without reading its blocks; stored as MessagePack, an array in this order.

    `first_numbers` are the number of the first document in each block of documents, and `first_minutes` the whole
    minutes from the segment's first document to it. `separators` are between the blocks of terms: what sorts before
    one of them is in an earlier block. `expires_at` as in the index.
    """

    count: int
    first_at: str
    last_at: str
    first_numbers: list[int]
    first_minutes: list[int]
    separators: list[str]
    expires_at: int | None = None


class Segment(Struct, frozen=True):
    """An index, packed: blocks of documents and blocks of terms with their postings."""

    head: Head
    documents: list[bytes]
    terms: list[bytes]

    @property
    def size(self) -> int:
        """In bytes, without the head."""
        return sum(map(len, self.documents)) + sum(map(len, self.terms))


def build(documents: Iterable[Document]) -> InvertedIndex:
    """The index of these documents, each once, however often it comes."""
    ordered = sorted({document.at: document for document in documents}.values(), key=lambda document: document.at)
    postings: dict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(ordered):
        for term in document.terms:
            postings[term].append(number)
    ats, records = [document.at for document in ordered], [document.record for document in ordered]
    return InvertedIndex(ats, records, dict(postings), _last_expiry([document.expires_at for document in ordered]))


def merge(indexes: Sequence[InvertedIndex]) -> InvertedIndex:
    """One index of all the documents of several, each document once."""
    records = {at: record for index in indexes for at, record in zip(index.ats, index.records, strict=True)}
    ats = sorted(records)
    numbers = {at: number for number, at in enumerate(ats)}
    postings: dict[str, set[int]] = defaultdict(set)
    for index in indexes:
        renumbered = [numbers[at] for at in index.ats]
        for term, posting in index.postings.items():
            postings[term].update(renumbered[number] for number in posting)
    return InvertedIndex(
        ats,
        [records[at] for at in ats],
        {term: sorted(posting) for term, posting in postings.items()},
        _last_expiry([index.expires_at for index in indexes]),
    )


def without(index: InvertedIndex, ats: Collection[str]) -> InvertedIndex | None:
    """The index without the documents at these positions; None where that leaves none."""
    kept = [number for number, at in enumerate(index.ats) if at not in ats]
    if not kept:
        return None
    renumbered = {number: after for after, number in enumerate(kept)}
    postings = {
        term: [renumbered[number] for number in posting if number in renumbered]
        for term, posting in index.postings.items()
    }
    return InvertedIndex(
        [index.ats[number] for number in kept],
        [index.records[number] for number in kept],
        {term: posting for term, posting in postings.items() if posting},
        index.expires_at,
    )


def text_size(index: InvertedIndex) -> int:
    """The bytes of all terms and documents, before they are packed."""
    return sum(len(text.encode()) for texts in (index.postings, index.ats, index.records) for text in texts)


def by_month(index: InvertedIndex) -> dict[str, InvertedIndex]:
    """An index of the documents of each month, `2026-11`."""
    months = sorted({index_keys.month_of(at) for at in index.ats})
    if len(months) == 1:
        return {months[0]: index}
    starts = [bisect_left(index.ats, month) for month in months]
    return {
        month: _slice(index, low, high)
        for month, (low, high) in zip(months, pairwise([*starts, len(index.ats)]), strict=True)
    }


def _slice(index: InvertedIndex, low: int, high: int) -> InvertedIndex:
    postings = {
        term: [number - low for number in posting if low <= number < high] for term, posting in index.postings.items()
    }
    postings = {term: posting for term, posting in postings.items() if posting}
    return InvertedIndex(index.ats[low:high], index.records[low:high], postings, index.expires_at)


def pack(index: InvertedIndex, *, block_bytes: int | None = BLOCK_BYTES) -> Segment:
    """The index as a segment, in blocks of at most so many bytes if possible; None for one block of each kind."""
    documents, first_numbers = _blocks(len(index.ats), block_bytes, lambda low, high: _pack_documents(index, low, high))
    ordered = sorted(index.postings)
    terms, first_terms = _blocks(len(ordered), block_bytes, lambda low, high: _pack_terms(index, ordered[low:high]))
    head = Head(
        count=len(index.ats),
        first_at=index.ats[0],
        last_at=index.ats[-1],
        first_numbers=first_numbers,
        first_minutes=[_minutes(index.ats[0], index.ats[number]) for number in first_numbers],
        separators=[_separator(ordered[first - 1] if first else "", ordered[first]) for first in first_terms],
        expires_at=index.expires_at,
    )
    return Segment(head, documents, terms)


def unpack(segment: Segment) -> InvertedIndex:
    ats: list[str] = []
    records: list[str] = []
    for block in segment.documents:
        for at, record in documents(block):
            ats.append(at)
            records.append(record)
    postings = {}
    for block in segment.terms:
        terms, sizes, packed = _unpack_terms(block)
        start = 0
        for term, size in zip(terms, sizes, strict=True):
            postings[term] = _unpack_posting(packed[start : start + (size >> 1)], dense=bool(size & 1))
            start += size >> 1
    return InvertedIndex(ats, records, postings, segment.head.expires_at)


def documents(block: bytes) -> list[tuple[str, str]]:
    """`at` and record of each document in a block."""
    columns, _, lines = zlib.decompress(block).decode().partition("\n")
    records = lines.split("\n")
    ats = ("".join(columns[number :: len(records)]) for number in range(len(records)))
    return list(zip(ats, records, strict=True))


def document_block(head: Head, number: int) -> int:
    """The number of the block that has the document with this number."""
    return bisect_right(head.first_numbers, number) - 1


def numbers_between(head: Head, low: str, high: str) -> tuple[int, int]:
    """The range [first, end) of numbers with all documents of `low` <= `at` < `high`: as narrow as the head can say."""
    first, end = 0, len(head.first_numbers)
    if low > head.first_at:
        first = max(0, bisect_left(head.first_minutes, _minutes(head.first_at, low)) - 1)
    if high <= head.last_at:
        end = bisect_right(head.first_minutes, _minutes(head.first_at, high))
    return head.first_numbers[first], head.first_numbers[end] if end < len(head.first_numbers) else head.count


def term_blocks(head: Head, term: str, *, prefix: bool) -> range:
    """The numbers of the blocks that can have a term, or all terms with that prefix."""
    first = max(0, bisect_right(head.separators, term) - 1)
    end = bisect_left(head.separators, _end_of_prefix(term)) if prefix else 0
    return range(first, max(first + 1, end))


def bitmap(block: bytes, term: str, *, prefix: bool) -> int:
    """The documents that have the term, or one with that prefix, by a block of terms: bit `n` for document `n`."""
    terms, sizes, packed = _unpack_terms(block)
    low = bisect_left(terms, term)
    high = bisect_left(terms, _end_of_prefix(term)) if prefix else low + (terms[low : low + 1] == [term])
    start = sum(size >> 1 for size in sizes[:low])
    bits = 0
    for size in sizes[low:high]:
        posting = packed[start : start + (size >> 1)]
        dense = posting if size & 1 else _pack_bits(_unpack_posting(posting, dense=False))
        bits |= int.from_bytes(dense, "little")
        start += size >> 1
    return bits


def numbers(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    return [number for number, bit in enumerate(bin(bits)[:1:-1]) if bit == "1"]


def _minutes(start: str, at: str) -> int:
    first, last = (timestamps.from_instant(index_keys.instant_of(position)) for position in (start, at))
    return (last - first) // timedelta(minutes=1)


def _end_of_prefix(term: str) -> str:
    """Sorts behind all that begins with the term and before all else; no term has this character."""
    return f"{term}\U0010ffff"


def _separator(before: str, first: str) -> str:
    """The shortest text that sorts behind one term and not behind the next."""
    return first[: _shared_prefix(before, first) + 1]


def _shared_prefix(left: str, right: str) -> int:
    """The length of the prefix that two texts share."""
    return next(
        (length for length, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )


def _last_expiry(expiries: Sequence[int | None]) -> int | None:
    ends = [end for end in expiries if end is not None]
    return max(ends) if len(ends) == len(expiries) else None


def _blocks(count: int, limit: int | None, pack_range: Callable[[int, int], bytes]) -> tuple[list[bytes], list[int]]:
    """Cut a sequence into blocks as large as they may be; the blocks, and the number of each one's first member."""
    if limit is None:
        return [pack_range(0, count)], [0]
    blocks: list[bytes] = []
    starts: list[int] = []
    start, step = 0, FIRST_GUESS
    while start < count:
        block = pack_range(start, start + step)
        while len(block) > limit and step > 1:
            step = max(1, min(step - 1, step * limit // len(block)))
            block = pack_range(start, start + step)
        blocks.append(block)
        starts.append(start)
        start += step
        step = max(1, step * limit // len(block))
    return blocks, starts


def _pack_documents(index: InvertedIndex, low: int, high: int) -> bytes:
    # By columns, character by character: all begin alike, and what differs comes together, which compresses better.
    columns = "".join(chain.from_iterable(zip(*index.ats[low:high], strict=True)))
    return zlib.compress("\n".join([columns, *index.records[low:high]]).encode(), LEVEL)


def _pack_terms(index: InvertedIndex, terms: Sequence[str]) -> bytes:
    """Front-coded terms, sizes, and posting lists; a size is in bytes, shifted by a bit that says it is a bitmap."""
    sizes, packed = [], []
    for term in terms:
        posting = index.postings[term]
        dense = len(posting) * DENSE > len(index.ats)
        packed_posting = _pack_bits(posting) if dense else _pack_deltas(posting)
        sizes.append(len(packed_posting) << 1 | dense)
        packed.append(packed_posting)
    return zlib.compress(_terms_encoder.encode((_front_coded(terms), sizes, b"".join(packed))), LEVEL)


def _unpack_terms(block: bytes) -> tuple[list[str], list[int], bytes]:
    """The terms, the sizes of their packed posting lists, and these."""
    front_coded, sizes, packed = _terms_decoder.decode(zlib.decompress(block))
    terms: list[str] = []
    term = ""
    for text in front_coded.split("\n"):
        term = term[: ord(text[0]) - NO_PREFIX] + text[1:]
        terms.append(term)
    return terms, sizes, packed


def _front_coded(terms: Sequence[str]) -> str:
    """Front coding: of each term a character for how long a prefix the one before shares, and the rest.

    It takes a tenth off a block.
    """
    texts = []
    before = ""
    for term in terms:
        shared = _shared_prefix(before, term)
        texts.append(f"{chr(NO_PREFIX + shared)}{term[shared:]}")
        before = term
    return "\n".join(texts)


def _pack_bits(posting: Sequence[int]) -> bytes:
    bits = bytearray(posting[-1] // 8 + 1)
    for number in posting:
        bits[number >> 3] |= 1 << (number & 7)
    return bytes(bits)


def _pack_deltas(posting: Sequence[int]) -> bytes:
    """The numbers as differences, seven bits a byte, the eighth set where more follow (LEB128)."""
    out = bytearray()
    last = -1
    for number in posting:
        delta, last = number - last, number
        while delta > 0x7F:  # noqa: PLR2004
            out.append(delta & 0x7F | 0x80)
            delta >>= 7
        out.append(delta)
    return bytes(out)


def _unpack_posting(packed: bytes, *, dense: bool) -> list[int]:
    if dense:
        return numbers(int.from_bytes(packed, "little"))
    posting, last, delta, shift = [], -1, 0, 0
    for byte in packed:
        delta |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004
            last += delta
            posting.append(last)
            delta = shift = 0
    return posting


_terms_encoder = msgspec.msgpack.Encoder()
_terms_decoder = msgspec.msgpack.Decoder(tuple[str, list[int], bytes])
