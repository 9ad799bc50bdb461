"""Keys of jobs that go through the table, of no org: how far each is."""

from __future__ import annotations

from daybook.storage.keys import bounds

# The daily check of retention. The partitions here have no `/`, so no org has them.
RETENTION_CHECK = ("retention", "check")

# The run that applies a changed policy.
RETENTION_APPLY = ("retention", "apply")

# Partition of the erasures under way, of all orgs.
ERASURES = "erasing"

# Bounds of all that `erasure` makes, and of all items of an `erasure_subject`.
ALL_ERASURES = bounds.ALL


def erasure(org: str, erasure_id: str) -> str:
    """Sort key of an erasure under way."""
    return f"{org}/{erasure_id}"


def split_erasure(sk: str) -> tuple[str, str]:
    """The org and id in the sort key of an erasure under way."""
    org, _, erasure_id = sk.partition("/")
    return org, erasure_id


def erasure_subject(org: str, erasure_id: str) -> str:
    """Partition of what identifies the person of an erasure under way; no record type begins with `-`."""
    return f"{org}/-erasing/{erasure_id}"


def is_of_erasure_subject(pk: str) -> bool:
    """Whether it is a partition that `erasure_subject` makes."""
    return pk.split("/")[1:2] == ["-erasing"]
