"""The indexes of the table: their names, their key attributes, and what these hold.

A local index has the partitions of the table: of a record, or of an org's blacklist. A global one has partitions of its
own and is eventually consistent. `at` is the sort key of all global indexes.
"""

from __future__ import annotations

from collections.abc import Collection

from daybook.storage.keys import bounds

BY_ACTIVITY = "by_activity"
BY_RECIPIENT = "by_recipient"
BY_STATUS = "by_status"
BY_STAFF = "by_staff"
BY_SOURCE = "by_source"
BY_ORG_STATUS = "by_org_status"

# The attribute that is the sort key of each index, and of the table itself.
SORT_KEYS = {
    None: "sk", BY_ACTIVITY: "activity_key", BY_RECIPIENT: "recipient_key", BY_STATUS: "status_key",
    BY_STAFF: "at", BY_SOURCE: "at", BY_ORG_STATUS: "at",
}  # fmt: skip

# The attribute that is the partition key of each global index.
GLOBAL_PARTITION_KEYS = {BY_STAFF: "org_staff", BY_SOURCE: "org_source", BY_ORG_STATUS: "org_status"}

# In a recipient's key, for a blank in it.
_BLANK = "\x1f"

# Bounds of every `at` that `at` makes.
ALL = bounds.ALL


def at(instant: str, suffix: str) -> str:
    """Sort key of an entry in the global indexes."""
    return f"{instant}/{suffix}"


def instant_of(at: str) -> str:
    """The instant of an `at`, or of a bound made from one."""
    return at.partition("/")[0]


def month_of(at: str) -> str:
    """The month, as in `2026-11`, of an `at` or an instant."""
    return at[:7]


def after_month(month: str) -> str:
    """A bound behind every `at` of a month, and behind every key of its search segments."""
    # Of an `at` the month is the beginning, with `-` behind it; of a segment's key, with `/`.
    return f"{month}{bounds.AFTER_SLASH}"


def above(at: str) -> str:
    """A bound right above an `at`: no other is between the two, as all are of one length."""
    return f"{at}~"


def below(at: str) -> str:
    """A bound right below an `at`."""
    return f"{at[:-1]}{chr(ord(at[-1]) - 1)}~"


def activity_key(log: str, activity: str, suffix: str) -> str:
    """Sort key of an e-mail or SMS by its last activity, an instant."""
    return f"{log}/{activity}/{suffix}"


def activity_of(activity_key: str) -> str:
    """The instant of the last activity."""
    return activity_key.split("/")[1]


def recipient_key(log: str, recipient: str, instant: str, suffix: str) -> str:
    """Sort key of an e-mail or SMS by its recipient, a mailbox or phone number."""
    return recipient_at(log, recipient, at(instant, suffix))


def recipient_at(log: str, recipient: str, at: str) -> str:
    """As `recipient_key`, of an `at` or of a bound of such."""
    # A space sorts before every character of an address, so that `a@x.co` stays before `a@x.co.uk`. What is kept as
    # given may hold one itself: `a@x.co b@x.co` would be among the keys of `a@x.co`.
    return f"{log}/{recipient.replace(' ', _BLANK)} {at}"


def at_of(recipient_key: str) -> str:
    """The `at` of the entry."""
    return recipient_key.rpartition(" ")[2]


def recipient_of(recipient_key: str) -> str:
    """The mailbox or phone number."""
    return recipient_key.split("/", 1)[1].rsplit(" ", 1)[0].replace(_BLANK, " ")


def recipient_bounds(log: str, recipient: str) -> tuple[str, str]:
    """Bounds of all that `recipient_key` makes for this recipient."""
    return recipient_at(log, recipient, ""), after_recipient(log, recipient)


def after_recipient(log: str, recipient: str) -> str:
    """A bound behind every key that `recipient_key` makes for this recipient."""
    return recipient_at(log, recipient, "~")


def recipient_bounds_after(log: str, recipient: str, instant: str) -> tuple[str, str]:
    """Bounds of all that `recipient_key` makes for this recipient and later instants."""
    return recipient_at(log, recipient, f"{instant}{bounds.AFTER_SLASH}"), after_recipient(log, recipient)


def status_key(log: str, status: str, instant: str, suffix: str) -> str:
    """Sort key of an e-mail or SMS by its status."""
    return f"{log}/{status}/{instant}/{suffix}"


def status_of(status_key: str) -> str:
    """The status."""
    return status_key.split("/")[1]


def status_bounds(log: str, statuses: Collection[str]) -> tuple[str, str]:
    """Bounds of all that `status_key` makes for these statuses, one at least; others may be in between."""
    return f"{log}/{min(statuses)}/", f"{log}/{max(statuses)}{bounds.AFTER_SLASH}"


def org_status(org: str, log: str, status_class: str) -> str:
    """Partition of an org's messages whose status is of one class (`model.delivery_status.status_class`)."""
    return f"{org}/{log}/{status_class}"


def org_member(org: str, name: str) -> str:
    """Partition of an org's audit entries by one folded username, or from one source."""
    return f"{org}/{name}"
