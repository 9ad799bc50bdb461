"""Reading one attribute of an item of the table."""

from __future__ import annotations

from datetime import datetime

from daybook.model import retention_policy
from daybook.storage.store import Item


def text(item: Item, name: str) -> str:
    value: str = item[name]["S"]
    return value


def optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def is_visible(item: Item, now: datetime) -> bool:
    """What has expired is not shown, whether or not TTL has taken it."""
    return not retention_policy.is_expired(number(item, "expires_at"), now)
