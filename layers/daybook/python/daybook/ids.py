"""Entry ids: 27 characters that sort by the entry's own time, then in the caller's order.

    time of the entry, 9 | arrival, 9 | place in the request, 2 | chance, 7

each a number in base 32 with the digits of RFC 4648's base32hex in lower case, whose order is that of ASCII. Times are
milliseconds since 1970; 45 bits last until the year 3084. The part after the entry's time is the suffix of the entry's
key, and 35 bits of chance keep two writers of one millisecond apart.
"""

from __future__ import annotations

import os

from daybook import times

DIGITS = "0123456789abcdefghijklmnopqrstuv"
TIME_WIDTH = 9
INDEX_WIDTH = 2
CHANCE_BITS = 35
SUFFIX_WIDTH = 18
ID_WIDTH = TIME_WIDTH + SUFFIX_WIDTH


def _encode(value: int, width: int) -> str:
    return "".join(DIGITS[value >> shift & 31] for shift in range(5 * (width - 1), -5, -5))


def new_suffix(arrived: int, index: int, chance: int | None = None) -> str:
    """The suffix of an entry that arrived at `arrived` (ms since 1970) in place `index` of its request."""
    if chance is None:
        chance = int.from_bytes(os.urandom(5)) >> 5
    return _encode(arrived << 45 | index << CHANCE_BITS | chance, SUFFIX_WIDTH)


def entry_id(moment: str, suffix: str) -> str:
    """The public id of the entry at `moment` (an instant as text) with `suffix`."""
    return _encode(times.millis(times.from_instant(moment)), TIME_WIDTH) + suffix


def split(text: str) -> tuple[str, str] | None:
    """The instant and suffix in an id; None where the text cannot be one."""
    if len(text) != ID_WIDTH or not set(text) <= set(DIGITS):
        return None
    return times.instant(times.from_millis(int(text[:TIME_WIDTH], 32))), text[TIME_WIDTH:]
