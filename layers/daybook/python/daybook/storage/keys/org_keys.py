"""Keys of the orgs, and of what an org has beside its entries: blacklist, grants, staff, holds, erasures, exports."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from daybook.model.entries import Record
from daybook.storage.keys import bounds

MAX_ORG = 64
_ORG = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_ORG - 1}}}")

# Names that no org may have: partitions and sort keys of other kinds of items begin with them.
RESERVED_ORGS = frozenset({"message", "blacklist", "event"})

# What an org's id may be, in words.
ORG_RULE = (
    "an org's id is 1 to 64 letters, digits or ._-, with a letter or digit first; "
    f"{', '.join(sorted(RESERVED_ORGS))} are reserved"
)

# Partition of all orgs; the sort key is the id.
ORGS = "orgs"

# Bounds of all orgs' ids.
ALL_ORGS = bounds.ALL


def is_org(text: str) -> bool:
    """Whether an org may be called so."""
    return _ORG.fullmatch(text) is not None and text not in RESERVED_ORGS


def org(name: str) -> tuple[str, str]:
    """Key of an org."""
    return ORGS, name


def org_of(pk: str) -> str:
    """The org of any partition that has one."""
    return pk.partition("/")[0]


def name_of(pk: str) -> str:
    """What a partition holds, as in `<org>/holds`."""
    return pk.partition("/")[2]


def blacklist(org: str) -> str:
    """Partition of what is known of an org's addresses; the sort key is the keyed hash of the mailbox."""
    return f"{org}/blacklist"


# Bounds of all that `blocked` makes.
BLOCKED = bounds.of_prefix("blocked")


def blocked(mailbox: str) -> str:
    """Key, in the index by recipient, of an address that an org blocks; one that was erased has none."""
    return f"{BLOCKED[0]}{mailbox}"


def blocked_mailbox(recipient_key: str) -> str:
    """The mailbox in a key that `blocked` makes."""
    return recipient_key.removeprefix(BLOCKED[0])


def blocking_orgs(mailbox_hash: str) -> str:
    """Partition, in the index by status, of the orgs that block an address; sorted by their names."""
    return f"blacklist/{mailbox_hash}"


def access(org: str) -> str:
    """Partition of an org's grants."""
    return f"{org}/access"


def grant(kind: str, name: str) -> str:
    """Sort key of what a group or a member of staff (`kind`) may; the name of staff is the folded username."""
    return f"{kind}/{name}"


def split_grant(sk: str) -> tuple[str, str]:
    """The kind and name in the sort key of a grant."""
    kind, _, name = sk.partition("/")
    return kind, name


# Bounds of all that `grant` makes.
ALL_GRANTS = (bounds.of_prefix("group")[0], bounds.of_prefix("staff")[1])


def staff(org: str) -> str:
    """Partition of the usernames in an org's audit log; the sort key is the folded username."""
    return f"{org}/staff"


# How many bytes of a name, of a username, and of what else a name is found by are in the keys of the indexes, which
# have 1,024 bytes at most.
_NAME_BYTES, _USERNAME_BYTES = 256, 128
_CUT = "*"


def staff_place(forms: Sequence[str], username: str) -> str:
    """Where the list of staff has a username in the order of names: its name, the username, what it is found by.

    `forms` are the normal forms of the name (`core.text`), the username is folded. It names one username only.
    """
    # A tab sorts before every character of a name.
    name, others = _cut(forms[0], _NAME_BYTES), _cut(" ".join(forms[1:]), _NAME_BYTES)
    is_whole = (name, others) == (forms[0], " ".join(forms[1:]))
    shown = _cut(username, _USERNAME_BYTES)
    if shown != username:
        shown += hashlib.sha256(username.encode()).hexdigest()[:16]
    return f"{name}\t{shown}\t{others}{'' if is_whole else f' {_CUT}'}"


def words_of_staff_place(place: str) -> set[str] | None:
    """The words of the name; None where it is too long for all of them to be in its place in the order of names."""
    name, _, behind = place.partition("\t")
    words = {*name.split(), *behind.rpartition("\t")[2].split()}
    return None if _CUT in words else words


def staff_place_by_day(day: str, place: str) -> str:
    """Where the list of staff has a username in the order of days; `place` is that in the order of names."""
    return f"{day}\t{place}"


def staff_place_by_name(place_by_day: str) -> str:
    """The place in the order of names of a username with this place in the order of days."""
    return place_by_day.partition("\t")[2]


def in_staff_group(group: str, place: str) -> str:
    """Key, in the index by recipient for the order of names and in that by status for days, of a username's place."""
    return f"{group}/{place}"


def place_in_staff_group(key: str) -> str:
    """The place in a key that `in_staff_group` makes."""
    return key.partition("/")[2]


def staff_bounds(group: str) -> tuple[str, str]:
    """Bounds of all that `in_staff_group` makes for this group."""
    return bounds.of_prefix(group)


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def holds(org: str) -> str:
    """Partition of an org's holds."""
    return f"{org}/holds"


def org_of_holds(pk: str) -> str | None:
    """The org whose holds stand in this partition; None for any other."""
    org, _, kind = pk.partition("/")
    return org if kind == "holds" else None


def hold(record: Record) -> str:
    """Sort key of the hold of a record: its path."""
    return record.path


def split_hold(sk: str) -> Record:
    """The record whose hold has this sort key."""
    return Record.from_path(sk)


# Bounds of all that `hold` makes.
ALL_HOLDS = bounds.ALL


# Partition, in the index by status, of the holds of all orgs whose backfill waits for its next attempt; sorted by when
# that is to be.
FAILING_HOLDS = "failing holds"

# A bound before the instant of each of them.
BEFORE_FAILING_HOLDS = bounds.ALL[0]


def erasures(org: str) -> str:
    """Partition of an org's erasures; the sort key is the id, hence in the order of time."""
    return f"{org}/erasures"


# A bound behind every id of an erasure.
AFTER_ERASURES = bounds.ALL[1]


def exports(org: str) -> str:
    """Partition of an org's exports; the sort key is the id, hence in the order of time."""
    return f"{org}/exports"


# Bounds of the ids of all exports.
ALL_EXPORTS = bounds.ALL
