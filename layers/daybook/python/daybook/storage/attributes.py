"""Reading one attribute of an item of the table."""

from __future__ import annotations

from datetime import datetime

from daybook.model import retention_policy
from daybook.storage.store import Item


def text(item: Item, name: str) -> str:
    """A string attribute. KeyError where the item has none of that name."""
    value: str = item[name]["S"]
    return value


def optional_text(item: Item, name: str) -> str | None:
    """A string attribute; None where the item has none of that name."""
    return item[name]["S"] if name in item else None


def number(item: Item, name: str) -> int | None:
    """An integer attribute; None where the item has none of that name."""
    return int(item[name]["N"]) if name in item else None


def is_visible(item: Item, now: datetime) -> bool:
    """Whether the item has not expired; TTL deletes expired items only some time later."""
    return not retention_policy.is_expired(number(item, "expires_at"), now)
