"""Keys of an org's search index: the heads of its segments, their blocks, and how far a reindexing is.

`month` is as in `2026-11`, `tier` a digit, `name` unique among all segments.
"""

from __future__ import annotations

from daybook.storage.keys import bounds, index_keys

# Sort key of the open segment: the newest entries, until they are enough for a segment.
OPEN_SEGMENT = "open"

# Sort key of how far a reindexing is.
REINDEX = "reindex"

# Sort key of how far a rebuild of the register of records is.
REGISTER = "register"

# Bounds of the months of all segments: `:` follows the digits, also those of the year 9999.
ALL_MONTHS = ("0", ":")


def partition(org: str) -> str:
    """Partition of the heads of an org's segments."""
    return f"{org}/search"


def segment(month: str, tier: str, name: str) -> str:
    """Sort key of a segment's head. A merge moves entries to a later key, so what reads on meets them there."""
    return f"{month}/{tier}/{name}"


def split_segment(sk: str) -> tuple[str, str, str]:
    """The month, tier and name in the sort key of a segment's head."""
    month, tier, name = sk.split("/")
    return month, tier, name


def month_bounds(first: str, last: str) -> tuple[str, str]:
    """Bounds of all segments of the months from one to another, both included."""
    return first, index_keys.after_month(last)


def tier_bounds(month: str, tier: str) -> tuple[str, str]:
    """Bounds of all segments of this month and tier."""
    return bounds.of_prefix(f"{month}/{tier}")


def blocks_partition(org: str, name: str) -> str:
    """Partition of a segment's blocks; no record type begins with `-`."""
    return f"{org}/-search/{name}"


def is_of_blocks(pk: str) -> bool:
    """Whether it is a partition that `blocks_partition` makes."""
    return pk.split("/")[1:2] == ["-search"]


def block(kind: str, number: int) -> str:
    """Sort key of a block; blocks of a kind are sorted by their numbers up to 99,999."""
    return f"{kind}/{number:05}"
