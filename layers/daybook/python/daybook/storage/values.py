"""Items that are only shown: the values of what DynamoDB sends, without a model of each.

A model of each item would be a fifth of what a page costs (`docs/decisions.md`). Numbers are text here, as in
DynamoDB's JSON; binary values are base64 text or bytes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from daybook.model import retention_policy
from daybook.storage.models.item import AttributeMap, Key

# By the attribute's name.
Values: TypeAlias = dict[str, Any]


def values_of(attributes: AttributeMap) -> Values:
    """The values of an item as DynamoDB and Lambda's streams send it, and as `Item.serialize` gives it."""
    return {name: value for name, tagged in attributes.items() for value in tagged.values()}


def key_of(values: Values) -> Key:
    """The item's key in the table."""
    return values["pk"], values["sk"]


def number(values: Values, name: str) -> int | None:
    """An integer; None where the item has no such attribute."""
    return int(values[name]) if name in values else None


def is_visible(values: Values, now: datetime) -> bool:
    """Whether an item has not expired. One that has is not shown, deleted by TTL or not."""
    return "expires_at" not in values or not retention_policy.is_expired(int(values["expires_at"]), now)
