"""The texts of an audit entry in which a search looks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from daybook.storage.items import audit_items
from daybook.storage.values import Values


class Texts(Struct, frozen=True):
    """`names` are what a row calls the affected records, `records` their types and ids, written `family/123`."""

    member_name: str
    username: str
    source: str
    ip: str
    action: str
    names: Sequence[str]
    records: Sequence[str]


def texts(item: Values) -> Texts:
    """The texts of an entry's own item; a row of an index does not have all its records.

    Those of a model are `texts(model.attribute_values)`: all that is read here is text there, too.
    """
    affected = [each for name in ("change", "others") for each in audit_items.decoded_affected(item.get(name))]
    return Texts(
        member_name=item["member_name"],
        username=item["username"],
        source=item["source"],
        ip=item.get("ip") or "",
        action=item["action"],
        names=audit_items.shown_names(item),
        records=[each.record.path for each in affected],
    )
