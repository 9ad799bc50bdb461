"""Every key of the table, built here and nowhere else, to be read aloud.

No part of a key but the last holds a `/`: orgs, record types and record ids are checked for it before they come here.
An org cannot be called as in RESERVED_ORGS, nor a record type `-`, so no two kinds of item ever share a partition.

The key of an item cannot be changed. So none holds an address, a phone number or a caller's own key: a keyed hash of it
stands there (`daybook.digests`). The keys of indexes are attributes, which an erasure takes away.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from daybook.core import entry_ids
from daybook.model.entries import Record

_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


# The character after `/`: `email/` <= key < `email0` is every key that starts with `email/`.
AFTER_SLASH = "0"


# Stands for the type of a record where an audit entry has none.
NO_RECORD = "-"


RESERVED_ORGS = frozenset({"message", "blacklist", "event"})


LOGS = frozenset({"email", "sms", "push", "activity", "audit"})


# Where the check of retention stands, and the run that applies a changed policy; of no org, and without the `/` of
# every other partition.
RETENTION_CHECK = ("retention", "check")


RETENTION_APPLY = ("retention", "apply")


# Partition of the erasures under way, of all orgs.
ERASING = "erasing"


def record(org: str, record_type: str, record_id: str) -> str:
    """Partition of a record: its entries, their contents and idempotency keys."""
    return f"{org}/{record_type}/{record_id}"


def no_record(org: str, moment: str) -> str:
    """Partition of the audit entries that affect no record, a month each so that it does not grow for ever."""
    return f"{org}/{NO_RECORD}/{month_of(moment)}"


def is_of_no_record(pk: str) -> bool:
    """Whether it is a partition that `no_record` makes."""
    match pk.split("/"):
        case [_, record_type, _]:
            return record_type == NO_RECORD
    return False


def org_of(pk: str) -> str:
    """The org of any partition that has one."""
    return pk.partition("/")[0]


def path_of(pk: str) -> str:
    """A partition of entries without its org: the record's path `<type>/<id>`, or `-/<month>` where there is none."""
    return pk.partition("/")[2]


def at_path(org: str, path: str) -> str:
    """The partition of entries that has this path."""
    return f"{org}/{path}"


def split_record(pk: str) -> tuple[str, Record]:
    """The org and record of a partition that `record` makes."""
    org, record_type, record_id = pk.split("/")
    return org, Record(record_type, record_id)


def record_of(pk: str) -> Record | None:
    """The record of a partition of entries; None for one that `no_record` makes."""
    return None if is_of_no_record(pk) else split_record(pk)[1]


def entry(log: str, moment: str, suffix: str) -> str:
    return f"{log}/{moment}/{suffix}"


def split_entry(sk: str) -> tuple[str, str, str]:
    """The log, instant and suffix of an entry's sort key."""
    log, moment, suffix = sk.split("/")
    return log, moment, suffix


def of_log(log: str, start: str | None = None, end: str | None = None) -> tuple[str, str]:
    """Bounds of all that `entry` makes for a log, from the instant `start` to before `end`; None for no bound.

    They bound `by_recipient` and `by_status` of a log as well, where there are no instants.
    """
    # `email/<end>` sorts before every key of that very moment, which has more behind it.
    return f"{log}/{start or ''}", f"{log}{AFTER_SLASH}" if end is None else f"{log}/{end}"


def log_of(pk: str, sk: str) -> str | None:
    """The log of the entry that has this key, or of its copy in a further record's log; None for any other item."""
    match sk.split("/"):
        case [log, _, _] if log in LOGS and _is_of_record(pk):
            return log
    return None


def stands_in_record(pk: str, sk: str) -> bool:
    """Whether an item is an entry of a record, its copy, its content, or what makes its `key` unique."""
    return _is_of_record(pk) and (log_of(pk, sk) is not None or sk.startswith(("content/", "key/")))


def at(moment: str, suffix: str) -> str:
    """Sort key of the org-wide indexes."""
    return f"{moment}/{suffix}"


def instant_of(at: str) -> str:
    return at.partition("/")[0]


def month_of(at: str) -> str:
    """The month, `2026-11`, of an `at` or an instant."""
    return at[:7]


def after_month(month: str) -> str:
    """Behind every `at` of a month, and behind every key that `segment` makes for it."""
    # Of an `at` the month is the beginning, with `-` behind it; of a segment's key, with `/`.
    return f"{month}{AFTER_SLASH}"


def above(at: str) -> str:
    """A bound right above an `at`: no other is between the two, as all are of one length."""
    return f"{at}~"


def below(at: str) -> str:
    """A bound right below an `at`."""
    return f"{at[:-1]}{chr(ord(at[-1]) - 1)}~"


def by_recipient(log: str, recipient: str, moment: str, suffix: str) -> str:
    # A space sorts before every character of an address, so that `a@x.co` stays before `a@x.co.uk`.
    return f"{log}/{recipient} {moment}/{suffix}"


def by_status(log: str, status: str, moment: str, suffix: str) -> str:
    return f"{log}/{status}/{moment}/{suffix}"


def status_of(status_key: str) -> str:
    return status_key.split("/")[1]


def of_statuses(log: str, statuses: Collection[str]) -> tuple[str, str]:
    """Bounds of all that `by_status` makes for these statuses, one at least; others may be in between."""
    return f"{log}/{min(statuses)}/", f"{log}/{max(statuses)}{AFTER_SLASH}"


def audit_entry(at: str) -> str:
    """Sort key of the audit entry that stands there in the org-wide indexes."""
    return f"audit/{at}"


# Bounds of all that `at` makes.
OF_AN_ORG = ("0", "~")


def org_status(org: str, log: str, status_class: str) -> str:
    """Partition of an org's messages whose status is of one class."""
    return f"{org}/{log}/{status_class}"


def org_member(org: str, name: str) -> str:
    """Partition of an org's audit entries by one username, or by one source."""
    return f"{org}/{name}"


def content(entry_id: str) -> str:
    return f"content/{entry_id}"


def content_at(moment: str, suffix: str) -> str:
    """Sort key of the content of the entry with this instant and suffix."""
    return content(entry_ids.entry_id(moment, suffix))


def content_id(pk: str, sk: str) -> str | None:
    """The id of the entry whose content has this key; None for any other item."""
    kind, _, entry_id = sk.partition("/")
    return entry_id if kind == "content" and _is_of_record(pk) else None


def split_content(pk: str, sk: str) -> tuple[str, str] | None:
    """The instant and suffix of the entry whose content has this key; None for any other item."""
    entry_id = content_id(pk, sk)
    return None if entry_id is None else entry_ids.split(entry_id)


def entry_id(pk: str, sk: str) -> str | None:
    """The id of the entry that has this key, itself or as a copy or content; None for any other item."""
    if log_of(pk, sk) is None:
        return content_id(pk, sk)
    _, moment, suffix = split_entry(sk)
    return entry_ids.entry_id(moment, suffix)


def _is_of_record(pk: str) -> bool:
    """Whether it is a partition of entries. A username and a message id may look like a sort key of one."""
    match pk.split("/"):
        case [org, _, _]:
            return org not in RESERVED_ORGS
    return False


def idempotency(log: str, moment: str, key_hash: str) -> str:
    """Sort key, beside the record's entries, of the item that makes a caller's `key` unique; `key_hash` is of that."""
    return f"key/{log}/{moment}/{key_hash}"


def is_idempotency(pk: str, sk: str) -> bool:
    return sk.startswith("key/") and _is_of_record(pk)


def message(message_id: str) -> str:
    """Partition of all that is known of one message of a provider, whoever's it is."""
    return f"message/{message_id}"


def is_of_message(pk: str) -> bool:
    return pk.startswith(message(""))


def message_entry(record_key: str, recipient_hash: str) -> str:
    """Sort key of the pointer from a message to the entry of one recipient, by the mailbox's hash; "" for nobody."""
    return f"{record_key}/{recipient_hash}"


def split_message_entry(sk: str) -> tuple[str, str]:
    """The record's key and the recipient's hash in the sort key of a pointer."""
    org, record_type, record_id, recipient_hash = sk.split("/")
    return record(org, record_type, record_id), recipient_hash


def early_events(log: str, recipient_hash: str) -> str:
    """Sort key, in a message's partition, of what was said before it had an entry; with "" about no one recipient."""
    return f"event/{log}/{recipient_hash}"


def split_early_events(sk: str) -> tuple[str, str] | None:
    """The log and the recipient's hash of early events; None for the other items of a message, its pointers."""
    kind, _, place = sk.partition("/")
    log, _, recipient_hash = place.partition("/")
    return (log, recipient_hash) if kind == "event" else None


def blacklist(org: str) -> str:
    """Partition of what is known of an org's addresses; the sort key is the hash of the mailbox."""
    return f"{org}/blacklist"


def blocked(mailbox: str) -> str:
    """Key of the local index in which an org's blocked addresses stand, those that were erased left out."""
    return f"blocked/{mailbox}"


def blocked_mailbox(recipient_key: str) -> str:
    return recipient_key.removeprefix(BLOCKED[0])


# Bounds of all that `blocked` makes.
BLOCKED = ("blocked/", f"blocked{AFTER_SLASH}")


# Bounds of all orgs' names.
ALL_ORGS = ("0", "~")


def blocking_orgs(mailbox_hash: str) -> str:
    """Partition of the org-wide index in which the orgs stand that block an address, sorted by their names."""
    return f"blacklist/{mailbox_hash}"


def recipient_of(recipient_key: str) -> str:
    return recipient_key.split("/", 1)[1].rsplit(" ", 1)[0]


def of_recipient(log: str, recipient: str) -> tuple[str, str]:
    """Bounds of all that `by_recipient` makes for this recipient."""
    return f"{log}/{recipient} ", after_recipient(log, recipient)


def after_recipient(log: str, recipient: str) -> str:
    """Behind every key that `by_recipient` makes for this recipient."""
    return f"{log}/{recipient} ~"


def access(org: str) -> str:
    """Partition of an org's grants."""
    return f"{org}/access"


# Bounds of all that `grant` makes.
GRANTS = ("group/", f"staff{AFTER_SLASH}")


def grant(kind: str, name: str) -> str:
    return f"{kind}/{name}"


def split_grant(sk: str) -> tuple[str, str]:
    kind, _, name = sk.partition("/")
    return kind, name


def staff_seen(org: str) -> str:
    """Partition of the usernames in an org's audit log; the sort key is the username."""
    return f"{org}/staff"


# Bounds of all usernames: of 256 characters at most, and never empty.
USERNAMES = ("\0", "\U0010ffff" * 256)


def holds(org: str) -> str:
    """Partition of an org's holds."""
    return f"{org}/holds"


def hold(record: Record) -> str:
    """Sort key of the hold of a record: its path."""
    return record.path


def split_hold(sk: str) -> Record:
    """The record whose hold has this sort key."""
    return Record.from_path(sk)


def erasures(org: str) -> str:
    """Partition of an org's erasures; the sort key is the id, hence in the order of time."""
    return f"{org}/erasures"


# Behind every id.
AFTER_IDS = "~"


def erasing(org: str, erasure_id: str) -> str:
    """Sort key of an erasure under way."""
    return f"{org}/{erasure_id}"


def split_erasing(sk: str) -> tuple[str, str]:
    org, _, erasure_id = sk.partition("/")
    return org, erasure_id


# Bounds of all that `hold` makes.
HOLDS = ("0", "~")


# Bounds of all that stands in a record's partition.
OF_A_RECORD = ("0", "~")


def org_of_holds(pk: str) -> str | None:
    """The org whose holds stand in this partition; None for any other."""
    org, _, kind = pk.partition("/")
    return org if kind == "holds" else None


def settings(org: str) -> str:
    """Partition of an org's settings, one item each."""
    return f"{org}/settings"


# Sort key of the setting of the org's time zone.
TIME_ZONE = "time_zone"


def search(org: str) -> str:
    """Partition of the heads of an org's search index."""
    return f"{org}/search"


# Sort key of the newest entries of the search index, until they are enough for a segment.
OPEN_SEGMENT = "open"


# Sort key of how far a new making of the index is.
REINDEX = "reindex"


def segment(month: str, tier: str, name: str) -> str:
    """Sort key of a segment's head. A merge moves entries to a later key, so what reads on meets them there."""
    return f"{month}/{tier}/{name}"


def split_segment(sk: str) -> tuple[str, str, str]:
    """The month, tier and name in the sort key of a segment's head."""
    month, tier, name = sk.split("/")
    return month, tier, name


# Bounds of the months of all segments.
ALL_MONTHS = ("0", "9")


def of_months(first: str, last: str) -> tuple[str, str]:
    """Bounds of all that `segment` makes for the months from one to another, both included."""
    return first, after_month(last)


def of_tier(month: str, tier: str) -> tuple[str, str]:
    """Bounds of all that `segment` makes for this month and tier."""
    return f"{month}/{tier}/", f"{month}/{tier}{AFTER_SLASH}"


def segment_blocks(org: str, name: str) -> str:
    """Partition of a segment's blocks; no record type begins with `-`."""
    return f"{org}/-search/{name}"


def segment_block(kind: str, number: int) -> str:
    return f"{kind}/{number:05}"


def content_object(record_key: str, entry_id: str, digest: str) -> str:
    """Name of the S3 object of a large body. The digest keeps a second, different body from replacing the first."""
    return f"{record_key}/{entry_id}/{digest}"


def content_objects(record_key: str, entry_id: str = "") -> str:
    """What the names of the objects of a record, or of one entry, begin with."""
    return f"{record_key}/{entry_id}/" if entry_id else f"{record_key}/"


def split_content_object(name: str) -> tuple[str, str]:
    """The record's key and the entry's id in the name of an object."""
    org, record_type, record_id, entry_id, _ = name.split("/")
    return record(org, record_type, record_id), entry_id


def archive_objects(org: str) -> str:
    """What the names of an org's objects in the archive begin with."""
    return f"{org}/"


def archive_object(org: str, day: str, digest: str) -> str:
    """Name of an object of the archive: entries of an org and of one day, compressed."""
    return f"{org}/{day}/{digest}.jsonl.gz"


def is_org(text: str) -> bool:
    return _ORG.fullmatch(text) is not None and text not in RESERVED_ORGS
