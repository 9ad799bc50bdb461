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

# Characters of the spelling of a recipient that a sort key has: it has 1,024 bytes at most.
MAX_SPELLING = 64

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


def recipient_key(log: str, recipient: str, shown: str, instant: str, suffix: str) -> str:
    """Sort key of an e-mail or SMS by its recipient, a mailbox or phone number, and by how that is `shown`.

    All spellings of a mailbox are beside each other, each with its own messages in the order of time. First is the
    mailbox itself, as nearly all are shown, which is not written twice. The others sort by the beginning of what is
    shown.
    """
    mailbox, spelling = _without_tabs(recipient), _without_tabs(shown)[:MAX_SPELLING]
    # A space sorts before every character of an address, so that `a@x.co` stays before `a@x.co.uk`; a tab sorts before
    # a space, and `~` behind the digits of an instant.
    if shown == recipient:
        return f"{log}/{mailbox} {instant}/{suffix}"
    return f"{log}/{mailbox} ~\t{spelling}\t{instant}/{suffix}"


def recipient_of(recipient_key: str) -> str:
    """The mailbox or phone number."""
    mailbox, is_spelt, _ = recipient_group(recipient_key).partition(" ~\t")
    return mailbox if is_spelt else mailbox[:-1]


def recipient_group(recipient_key: str) -> str:
    """What keys by recipient have in common where both the recipient and its spelling are the same ones."""
    behind_log = recipient_key.split("/", 1)[1]
    return behind_log[: max(map(behind_log.rfind, " \t")) + 1]


def recipient_group_key(log: str, group: str, instant: str, suffix: str) -> str:
    """The sort key of a message in a group that `recipient_group` gives."""
    return f"{log}/{group}{instant}/{suffix}"


def recipient_bounds(log: str, recipient: str) -> tuple[str, str]:
    """Bounds of all that `recipient_key` makes for this recipient, however it is shown; neither is a key itself."""
    mailbox = _without_tabs(recipient)
    return f"{log}/{mailbox} ", f"{log}/{mailbox} ~~"


def _without_tabs(text: str) -> str:
    return text.replace("\t", " ")


def recipient_bounds_after(log: str, recipient: str, instant: str) -> tuple[str, str]:
    """Bounds of all that `recipient_key` makes for this recipient and later instants.

    Of spellings that are not the recipient itself, those of all instants are within.
    """
    low, high = recipient_bounds(log, recipient)
    return f"{low}{instant}{bounds.AFTER_SLASH}", high


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
