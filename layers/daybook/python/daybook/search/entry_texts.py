"""The texts of an audit entry in which a search looks."""

from __future__ import annotations

from daybook.search.line.matching import Texts
from daybook.storage.items import audit_items
from daybook.storage.values import Values


def texts(item: Values) -> Texts:
    """The texts of an entry's own item; a row of an index does not have all its records.

    Those of a model are `texts(model.attribute_values)`: all that is read here is text there, too.
    """
    affected = [each for name in ("change", "others") for each in audit_items.decoded_affected(item.get(name))]
    return Texts(
        words=[item["member_name"], item["username"], item["action"]],
        username=item["username"],
        action=item["action"],
        source=item["source"],
        ip=item.get("ip") or "",
        names=audit_items.shown_names(item),
        records=[each.record.path for each in affected],
    )
