"""What all items of the table have in common: keys, expiry, the indexes, how they are read and written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Self

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.exceptions import AttributeNullError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model

from daybook.model import retention_policy
from daybook.storage.keys import index_keys
from daybook.storage.models.attributes import Expiry, OptionalNumber

# Values in DynamoDB's JSON, as in {"S": text}, by the attribute's name: as DynamoDB and Lambda's streams send an item.
AttributeMap = Mapping[str, Mapping[str, Any]]

# Partition key and sort key.
Key = tuple[str, str]

# What a page of messages, or of audit entries, shows.
MESSAGE_ROW = [
    "status", "recipient", "subject", "text", "sender", "message_id", "outcome", "reason", "opens", "clicks",
    "content_until", "expires_at", "erased",
]  # fmt: skip
AUDIT_ROW = [
    "member_name", "username", "source", "ip", "action", "names", "unnamed", "affected_count", "expires_at", "erased",
]  # fmt: skip


class ByActivity(LocalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_ACTIVITY
        projection = IncludeProjection(MESSAGE_ROW)

    pk = UnicodeAttribute(hash_key=True)
    activity_key = UnicodeAttribute(range_key=True)


class ByRecipient(LocalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_RECIPIENT
        projection = KeysOnlyProjection()

    pk = UnicodeAttribute(hash_key=True)
    recipient_key = UnicodeAttribute(range_key=True)


class ByStatus(LocalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_STATUS
        projection = KeysOnlyProjection()

    pk = UnicodeAttribute(hash_key=True)
    status_key = UnicodeAttribute(range_key=True)


class ByStaff(GlobalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_STAFF
        projection = IncludeProjection(AUDIT_ROW)

    org_staff = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class BySource(GlobalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_SOURCE
        projection = IncludeProjection(AUDIT_ROW)

    org_source = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class ByOrgStatus(GlobalSecondaryIndex["Item"]):
    class Meta:
        index_name = index_keys.BY_ORG_STATUS
        projection = KeysOnlyProjection()

    org_status = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class Item(Model):
    """An item of the table. Which kind it is follows from its key (`models.kinds`).

    Never put a model that was read: attributes that it does not know would be lost. Change it by an update.
    """

    class Meta:
        # The tables of all deployments have this schema; `storage.table` is given the name of its own.
        table_name = "daybook"
        billing_mode = "PAY_PER_REQUEST"
        stream_view_type = "NEW_AND_OLD_IMAGES"

    # Partition key (`storage.keys`).
    pk = UnicodeAttribute(hash_key=True)
    # Sort key.
    sk = UnicodeAttribute(range_key=True)
    # The epoch second at which TTL deletes the item; absent for never, and while a hold keeps it.
    expires_at = Expiry()
    # What `expires_at` was before the hold: the item is to expire then once the hold is lifted.
    held_until = OptionalNumber()

    by_activity = ByActivity()
    by_recipient = ByRecipient()
    by_status = ByStatus()
    by_staff = ByStaff()
    by_source = BySource()
    by_org_status = ByOrgStatus()

    def __init__(self, pk: str, sk: str, **attributes: Any) -> None:
        """An item with this key and these attributes, None for absent ones. ValueError for one that it does not have.

        pynamodb's own looks for a default of each attribute that the kind could have; no kind has one.
        """
        if unknown := attributes.keys() - self.get_attributes().keys():
            raise ValueError(f"{type(self).__name__} has no attribute {', '.join(sorted(unknown))}")
        self.attribute_values = {"pk": pk, "sk": sk, **attributes}

    @property
    def key(self) -> Key:
        """The item's key in the table."""
        return self.pk, self.sk

    def __eq__(self, other: object) -> bool:
        """Whether it is an item of the same kind with the same attributes."""
        return type(self) is type(other) and self.serialize(null_check=False) == other.serialize(null_check=False)

    __hash__ = None  # type: ignore[assignment]

    @property
    def unheld_expiry(self) -> int | None:
        """Epoch second at which it expires if it is not held, or would if it were not; None for never."""
        return self.expires_at if self.held_until is None else self.held_until

    @property
    def stored_size(self) -> int:
        """Bytes, as DynamoDB counts them: of names and values; a number's digits are two a byte.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
        """
        attributes = self.serialize(null_check=False)
        return sum(len(name.encode()) + _value_size(value) for name, value in attributes.items())

    def is_visible(self, now: datetime) -> bool:
        """Whether it has not expired. An item that has is not shown, deleted by TTL or not."""
        return not retention_policy.is_expired(self.expires_at, now)

    @classmethod
    def from_raw_data(cls, data: AttributeMap) -> Self:
        """The item of this kind with these attributes; those that the kind does not have are ignored.

        pynamodb's own goes through all that the kind could have, not through what is there, and takes twice as long.
        """
        item = cls.__new__(cls)
        attributes = _by_stored_name(cls)
        item.attribute_values = {
            attributes[name][0]: attributes[name][1].deserialize(attributes[name][1].get_value(value))  # type: ignore[arg-type]
            for name, value in data.items()
            if name in attributes and "NULL" not in value
        }
        return item

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """The attributes that are set, as DynamoDB takes them. AttributeNullError where one that must be is not."""
        attributes = self.get_attributes()
        if null_check:
            for name in _required(type(self)):
                if self.attribute_values.get(name) is None:
                    raise AttributeNullError(name)
        return {
            (attribute := attributes[name]).attr_name: {attribute.attr_type: attribute.serialize(value)}
            for name, value in self.attribute_values.items()
            if value is not None
        }


def _value_size(value: Mapping[str, Any]) -> int:
    match value:
        case {"S": text}:
            return len(text.encode())
        case {"N": digits}:
            return len(digits) // 2 + 2
        case {"B": data}:
            return len(data)
    return 1


@cache
def _by_stored_name(kind: type[Item]) -> dict[str, tuple[str, Attribute[Any]]]:
    """The name in the model, and the attribute, by the name in the table."""
    return {attribute.attr_name: (name, attribute) for name, attribute in kind.get_attributes().items()}


@cache
def _required(kind: type[Item]) -> tuple[str, ...]:
    return tuple(name for name, attribute in kind.get_attributes().items() if not attribute.null)
