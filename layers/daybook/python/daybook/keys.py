"""Every key of the table, built here and nowhere else, to be read aloud.

No part of a key but the last holds a `/`: orgs, record types and record ids are checked for it before they come here.
An org cannot be called `message`, nor a record type `-`, so no two kinds of item ever share a partition.
"""

from __future__ import annotations

# The character after `/`: `email/` <= key < `email0` is every key that starts with `email/`.
AFTER_SLASH = "0"
RESERVED_ORGS = frozenset({"message"})


def record(org: str, record_type: str, record_id: str) -> str:
    """Partition of a record: its entries, their contents and idempotency keys."""
    return f"{org}/{record_type}/{record_id}"


def no_record(org: str, moment: str) -> str:
    """Partition of the audit entries that affect no record, a month each so that it does not grow for ever."""
    return f"{org}/-/{moment[:7]}"


def entry(log: str, moment: str, suffix: str) -> str:
    return f"{log}/{moment}/{suffix}"


def split_entry(sk: str) -> tuple[str, str, str]:
    """The log, instant and suffix of an entry's sort key."""
    log, moment, suffix = sk.split("/")
    return log, moment, suffix


def at(moment: str, suffix: str) -> str:
    """Sort key of the org-wide indexes."""
    return f"{moment}/{suffix}"


def by_recipient(log: str, recipient: str, moment: str, suffix: str) -> str:
    # A space sorts before every character of an address, so that `a@x.co` stays before `a@x.co.uk`.
    return f"{log}/{recipient} {moment}/{suffix}"


def by_status(log: str, status: str, moment: str, suffix: str) -> str:
    return f"{log}/{status}/{moment}/{suffix}"


def org_status(org: str, log: str, status: str) -> str:
    return f"{org}/{log}/{status}"


def org_member(org: str, name: str) -> str:
    """Partition of an org's audit entries by one username, or by one source."""
    return f"{org}/{name}"


def content(entry_id: str) -> str:
    return f"content/{entry_id}"


def idempotency(log: str, moment: str, key: str) -> str:
    """Sort key, beside the record's entries, of the item that makes a caller's `key` unique."""
    return f"key/{log}/{moment}/{key}"


def message(message_id: str) -> str:
    """Partition of all that is known of one message of a provider, whoever's it is."""
    return f"message/{message_id}"


def message_entry(record_key: str, recipient: str) -> str:
    """Sort key of the pointer from a message to the entry of one recipient."""
    return f"{record_key}/{recipient}"


def content_object(record_key: str, entry_id: str, digest: str) -> str:
    """Name of the S3 object of a large body. The digest keeps a second, different body from replacing the first."""
    return f"{record_key}/{entry_id}/{digest}"
