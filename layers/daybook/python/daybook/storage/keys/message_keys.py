"""Keys of what is known of a provider's message: pointers to its entries, and events that came before these.

A recipient is the keyed hash of a mailbox or phone number; "" stands for none.
"""

from __future__ import annotations

_PREFIX = "message/"


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


def pending_events(log: str, recipient_hash: str) -> str:
    """Sort key of the events of one log and recipient that wait for their entry; "" for those of the whole message."""
    return f"event/{log}/{recipient_hash}"


def split_pending_events(sk: str) -> tuple[str, str] | None:
    """The log and the recipient of pending events; None for the other items of a message, its pointers."""
    match sk.split("/"):
        case ["event", log, recipient_hash]:
            return log, recipient_hash
    return None
