"""What an item of a record belongs to: an entry, and the records whose holds hold it."""

from __future__ import annotations

from daybook.storage import attributes, entry_reader, keys
from daybook.storage.store import Item, Key


def records(item: Item) -> set[str]:
    """The records, `<type>/<id>`, whose holds hold an item, as far as it tells itself."""
    told = {keys.path_of(attributes.text(item, "pk"))}
    if "of" in item:
        told.add(attributes.text(item, "of"))
    if "org_source" in item:
        affected = [*entry_reader.affected(item, "change"), *entry_reader.affected(item, "others")]
        told |= {one.record.path for one in affected}
    return told


def audit_entry(key: Key, item: Item) -> Key | None:
    """Key of the audit entry that an item is, is a copy of or, if that is an audit entry's, the content of."""
    if "org_source" in item:
        return key
    if "of" in item:
        return keys.at_path(keys.org_of(key[0]), attributes.text(item, "of")), key[1]
    parts = keys.split_content(*key)
    return None if parts is None else (key[0], keys.entry("audit", *parts))
