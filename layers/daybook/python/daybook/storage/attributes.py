"""Reading and writing single attributes of an item of the table.

`expires_at` is the epoch second at which TTL deletes an item. One that a hold keeps has `held_until` instead, with the
same value: it is to expire then once the hold is lifted.
"""

from __future__ import annotations

from datetime import datetime

from daybook.model import retention_policy
from daybook.storage.store import Item


def text(item: Item, name: str) -> str:
    """A text. KeyError where the item has no such attribute."""
    value: str = item[name]["S"]
    return value


def optional_text(item: Item, name: str) -> str | None:
    """A text; None where the item has no such attribute."""
    return item[name]["S"] if name in item else None


def optional_number(item: Item, name: str) -> int | None:
    """An integer; None where the item has no such attribute."""
    return int(item[name]["N"]) if name in item else None


def expires_at(item: Item) -> int | None:
    """Epoch second at which TTL deletes the item; None for never, and while it is held."""
    return optional_number(item, "expires_at")


def expires_at_unheld(item: Item) -> int | None:
    """Epoch second at which the item expires if it is not held, or would if it were not; None for never."""
    return optional_number(item, "held_until" if "held_until" in item else "expires_at")


def with_expiry(item: Item, expires_at: int | None) -> Item:
    """The item with an epoch second at which TTL deletes it; None for never."""
    return item if expires_at is None else item | {"expires_at": {"N": str(expires_at)}}


def is_visible(item: Item, now: datetime) -> bool:
    """Whether an item has not expired. One that has is not shown, deleted by TTL or not."""
    return not retention_policy.is_expired(expires_at(item), now)
