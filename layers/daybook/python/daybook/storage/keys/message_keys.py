"""Keys of what is known of a provider's message: pointers to its entries, pending events, and its other names.

A message id is in the form of `model.message_ids.canonical` where it is an e-mail's. A recipient is the keyed hash of a
mailbox or phone number; "" stands for none.
"""

from __future__ import annotations

_PREFIX = "message/"
_EVENTS = "event"
# No org's id begins like that.
_NAME = "-name/"

# The octets of UTF-8 that an id may have to be another name: a sort key has 1,024 at most.
MAX_NAME_BYTES = 1000


def partition(message_id: str) -> str:
    """Partition of all that is known of one message of a provider, in whichever orgs."""
    return f"{_PREFIX}{message_id}"


def is_of_message(pk: str) -> bool:
    """Whether it is a partition that `partition` makes."""
    return pk.startswith(_PREFIX)


def pointer(entry_pk: str, recipient_hash: str) -> str:
    """Sort key of the pointer from a message to the entry of one recipient in this partition."""
    return f"{entry_pk}/{recipient_hash}"


def split_pointer(sk: str) -> tuple[str, str]:
    """The entry's partition and the recipient in the sort key of a pointer."""
    entry_pk, _, recipient_hash = sk.rpartition("/")
    return entry_pk, recipient_hash


def pending_events(log: str, recipient_hash: str, org: str = "") -> str:
    """Sort key of the events of one log and recipient that wait for their entry; "" for those of the whole message.

    Events that are for entries of one org only name it.
    """
    return "/".join((_EVENTS, log, recipient_hash, org) if org else (_EVENTS, log, recipient_hash))


def split_pending_events(sk: str) -> tuple[str, str, str] | None:
    """The log, the recipient and the org ("" for all) of pending events; None for the other items of a message."""
    # No org is called so (`org_keys.RESERVED_ORGS`), so that no pointer begins with it.
    match sk.split("/"):
        case [start, log, recipient_hash, *orgs] if start == _EVENTS and len(orgs) <= 1:
            return log, recipient_hash, "".join(orgs)
    return None


def name(message_id: str) -> str:
    """Sort key of the item that says that the message is also known by this id."""
    return f"{_NAME}{message_id}"


def split_name(sk: str) -> str | None:
    """The other id by which a message is known; None for the other items of a message."""
    return sk.removeprefix(_NAME) if sk.startswith(_NAME) else None
