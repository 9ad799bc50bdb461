"""Entry ids: 35 characters that sort by the entry's own time, then in the caller's order.

    time of the entry, 17 | arrival, 9 | place in the request, 2 | chance, 7

The first is the entry's instant without its punctuation: `20261122025000123`. The others are numbers in base 32 with
the digits of RFC 4648's base32hex in lower case, whose order is that of ASCII: milliseconds since 1970, which 45 bits
hold until the year 3084; and 35 bits of chance, which keep two writers of one millisecond apart. They are the suffix of
the entry's key.
"""

from __future__ import annotations

import os
import re

from daybook.core import timestamps

DIGITS = "0123456789abcdefghijklmnopqrstuv"


CHANCE_BITS = 35


SUFFIX_WIDTH = 18


PATTERN = "^[0-9]{17}[0-9a-v]{18}$"


_PARTS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})([0-9a-v]{18})", re.ASCII)


def new_suffix(arrived: int, index: int, chance: int | None = None) -> str:
    """The suffix of an entry that arrived at `arrived` (ms since 1970) in place `index` of its request."""
    if chance is None:
        chance = int.from_bytes(os.urandom(5)) >> 5
    number = arrived << 45 | index << CHANCE_BITS | chance
    return "".join(DIGITS[number >> shift & 31] for shift in range(5 * (SUFFIX_WIDTH - 1), -5, -5))


def entry_id(moment: str, suffix: str) -> str:
    """The public id of the entry at `moment` (an instant as text) with `suffix`."""
    date, time = moment[:4] + moment[5:7] + moment[8:10], moment[11:13] + moment[14:16] + moment[17:19]
    return date + time + moment[20:23] + suffix


def split(text: str) -> tuple[str, str] | None:
    """The instant and suffix in an id; None where the text cannot be one."""
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, millisecond, suffix = match.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}.{millisecond}Z", suffix


def arrived(suffix: str) -> int:
    """When the entry with this suffix arrived, in milliseconds since 1970."""
    return int(suffix[:9], 32)


def arrived_by(entry_id: str, instant: str) -> bool:
    """Whether the entry of this id arrived up to that instant; ValueError where it is no id."""
    parts = split(entry_id)
    if parts is None:
        raise ValueError("not an id")
    return arrived(parts[1]) <= timestamps.millis(timestamps.from_instant(instant))
