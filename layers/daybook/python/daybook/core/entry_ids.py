"""Entry ids: 35 characters that sort by the entry's own time, then in the caller's order.

    time of the entry, 17 | arrival, 9 | position in the request, 2 | random, 7

The first part is the entry's instant without punctuation: `20261122025000123`. The other three are the suffix of the
entry's key. They are numbers in lower-case base32hex (RFC 4648), whose order is that of ASCII. The arrival is in
milliseconds since 1970; its 45 bits last until the year 3084. The 35 random bits keep two writers of one millisecond
apart.
"""

from __future__ import annotations

import os
import re

from daybook.core import timestamps

DIGITS = "0123456789abcdefghijklmnopqrstuv"
RANDOM_BITS = 35
SUFFIX_WIDTH = 18
PATTERN = "^[0-9]{17}[0-9a-v]{18}$"
_PARTS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})([0-9a-v]{18})", re.ASCII)


def new_suffix(arrived: int, index: int, random_bits: int | None = None) -> str:
    """The 18-character suffix of an entry that arrived at `arrived` (ms since 1970) as number `index` of its request.

    `index` counts from 0, up to 1023. `random_bits` is below 2**35, and drawn where it is None.
    """
    if random_bits is None:
        random_bits = int.from_bytes(os.urandom(5)) >> 5
    number = arrived << 45 | index << RANDOM_BITS | random_bits
    return "".join(DIGITS[number >> shift & 31] for shift in range(5 * (SUFFIX_WIDTH - 1), -5, -5))


def entry_id(moment: str, suffix: str) -> str:
    """The public id of the entry at `moment` (an instant, as in `core.timestamps`) with `suffix`."""
    date, time = moment[:4] + moment[5:7] + moment[8:10], moment[11:13] + moment[14:16] + moment[17:19]
    return date + time + moment[20:23] + suffix


def split(text: str) -> tuple[str, str] | None:
    """The instant and suffix in an id; None where the text is not an id. Whether its date exists is not checked."""
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, millisecond, suffix = match.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}.{millisecond}Z", suffix


def arrived(suffix: str) -> int:
    """When the entry with this suffix arrived, in milliseconds since 1970."""
    return int(suffix[:9], 32)


def arrived_by(entry_id: str, instant: str) -> bool:
    """Whether the entry with this id arrived at or before that instant. ValueError where it is not an id."""
    parts = split(entry_id)
    if parts is None:
        raise ValueError("not an entry id")
    return arrived(parts[1]) <= timestamps.millis(timestamps.from_instant(instant))
