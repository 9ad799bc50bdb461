"""The texts of an audit entry in which a search looks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from daybook.storage import attributes
from daybook.storage.items import audit_items
from daybook.storage.store import Item


class Texts(Struct, frozen=True):
    """`names` are those of the affected records, `records` their types and ids, written `family/123`."""

    member_name: str
    username: str
    source: str
    ip: str
    action: str
    names: Sequence[str]
    records: Sequence[str]


def texts(item: Item) -> Texts:
    """The texts of an entry's own item; a row of an index does not have all its records."""
    affected = audit_items.affected(item)
    return Texts(
        member_name=attributes.text(item, "member_name"),
        username=attributes.text(item, "username"),
        source=attributes.text(item, "source"),
        ip=attributes.optional_text(item, "ip") or "",
        action=attributes.text(item, "action"),
        names=audit_items.names(item),
        records=[each.record.path for each in affected],
    )
