"""Keys of a record's entries, and of what stands beside them: contents and idempotency keys.

`log` is one of LOGS, `instant` the entry's own time as `core.timestamps.instant` writes it, `suffix` what
`core.entry_ids.new_suffix` makes.
"""

from __future__ import annotations

from daybook.core import entry_ids
from daybook.model import retention_policy
from daybook.model.entries import Record
from daybook.storage.keys import bounds, index_keys, org_keys

# Stands for the type of a record where an audit entry has none.
NO_RECORD = "-"
LOGS = frozenset(retention_policy.LOGS)

# Bounds of all sort keys of a record's partition.
ALL = bounds.ALL


def partition(org: str, record: Record) -> str:
    """Partition of a record: its entries, their contents and idempotency keys."""
    return partition_at(org, record.path)


def no_record_partition(org: str, instant: str) -> str:
    """Partition of the audit entries that affect no record, one for each month so that none grows for ever."""
    return f"{org}/{NO_RECORD}/{index_keys.month_of(instant)}"


def entry_partition(org: str, record: Record | None, instant: str) -> str:
    """Partition of an entry of this record and instant; None for an audit entry that affects no record."""
    return no_record_partition(org, instant) if record is None else partition(org, record)


def partition_at(org: str, path: str) -> str:
    """The partition of which `path_of` gives this path."""
    return f"{org}/{path}"


def partitions_of_type(org: str, record_type: str) -> str:
    """What the partitions of an org's records of this type begin with, and no others."""
    return f"{org}/{record_type}/"


def path_of(pk: str) -> str:
    """A partition of entries without its org: the record's path `<type>/<id>`, or `-/<month>` where there is none."""
    return pk.partition("/")[2]


def split_partition(pk: str) -> tuple[str, Record]:
    """The org and the record of a partition. ValueError where it is none that `partition` makes."""
    org, path = org_keys.org_of(pk), path_of(pk)
    if is_of_no_record(pk):
        raise ValueError("a partition of no record")
    return org, Record.from_path(path)


def record_of(pk: str) -> Record | None:
    """The record of a partition of entries; None for one that `no_record_partition` makes."""
    return None if is_of_no_record(pk) else Record.from_path(path_of(pk))


def is_of_no_record(pk: str) -> bool:
    """Whether it is a partition that `no_record_partition` makes."""
    match pk.split("/"):
        case [_, record_type, _]:
            return record_type == NO_RECORD
    return False


def entry(log: str, instant: str, suffix: str) -> str:
    """Sort key of an entry, and of an audit entry's copies in further records' logs."""
    return f"{log}/{instant}/{suffix}"


def split_entry(sk: str) -> tuple[str, str, str]:
    """The log, instant and suffix in the sort key of an entry. ValueError where it is of no three parts."""
    log, instant, suffix = sk.split("/")
    return log, instant, suffix


def log_of(pk: str, sk: str) -> str | None:
    """The log of the entry that has this key, or of its copy in a further record's log; None for any other item."""
    match sk.split("/"):
        case [log, _, _] if log in LOGS and _is_of_entries(pk):
            return log
    return None


def log_bounds(log: str, start: str | None = None, end: str | None = None) -> tuple[str, str]:
    """Bounds of a log's entries, from the instant `start` to before `end`; None for no bound.

    Without instants they are those of a log in the local indexes as well.
    """
    low, high = bounds.of_prefix(log)
    # `email/<end>` sorts before every key of that very instant, which has more behind it.
    return low if start is None else f"{log}/{start}", high if end is None else f"{log}/{end}"


def audit_entry(org: str, path: str, at: str) -> tuple[str, str]:
    """Key of the audit entry in the partition with this path that has this `at` in the global indexes."""
    return partition_at(org, path), f"audit/{at}"


def content(entry_id: str) -> str:
    """Sort key of the content of the entry with this id, in the entry's partition."""
    return f"content/{entry_id}"


def content_at(instant: str, suffix: str) -> str:
    """Sort key of the content of the entry with this instant and suffix."""
    return content(entry_ids.entry_id(instant, suffix))


def content_id(pk: str, sk: str) -> str | None:
    """The id of the entry whose content has this key; None for any other item."""
    kind, _, entry_id = sk.partition("/")
    return entry_id if kind == "content" and _is_of_entries(pk) else None


def split_content(pk: str, sk: str) -> tuple[str, str] | None:
    """The instant and suffix of the entry whose content has this key; None for any other item."""
    entry_id = content_id(pk, sk)
    return None if entry_id is None else entry_ids.split(entry_id)


def entry_id(pk: str, sk: str) -> str | None:
    """The id of the entry that has this key, or whose copy or content has; None for any other item."""
    if log_of(pk, sk) is None:
        return content_id(pk, sk)
    _, instant, suffix = split_entry(sk)
    return entry_ids.entry_id(instant, suffix)


def idempotency(log: str, instant: str, key_hash: str) -> str:
    """Sort key of the item that makes a caller's `key` unique in its record, log and instant, by its keyed hash."""
    return f"key/{log}/{instant}/{key_hash}"


def is_idempotency(pk: str, sk: str) -> bool:
    """Whether it is the key of an item that makes a caller's `key` unique."""
    return sk.startswith("key/") and _is_of_entries(pk)


def stands_in_record(pk: str, sk: str) -> bool:
    """Whether an item is an entry of a record, its copy, its content, or what makes its `key` unique."""
    return _is_of_entries(pk) and (log_of(pk, sk) is not None or sk.startswith(("content/", "key/")))


def _is_of_entries(pk: str) -> bool:
    """Whether it is a partition of entries. A username and a message id may look like a sort key of one."""
    match pk.split("/"):
        case [org, _, _]:
            return org not in org_keys.RESERVED_ORGS
    return False
