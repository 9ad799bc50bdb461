"""What an item of a record belongs to: its audit entry, and the records whose holds hold it."""

from __future__ import annotations

from daybook.storage import attributes, entry_reader
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.store import Item, Key


def records(item: Item) -> set[str]:
    """The records, `<type>/<id>`, whose holds hold an item, as far as the item itself names them."""
    paths = {record_keys.path_of(attributes.text(item, "pk"))}
    if "of" in item:
        paths.add(attributes.text(item, "of"))
    if "org_source" in item:
        affected = [*entry_reader.affected(item, "change"), *entry_reader.affected(item, "others")]
        paths |= {change.record.path for change in affected}
    return paths


def audit_entry(key: Key, item: Item) -> Key | None:
    """Key of the audit entry that an item is, is a copy of, or is the content of; None for others.

    A content item does not say of which log its entry is: for one of an e-mail, no item has the returned key.
    """
    if "org_source" in item:
        return key
    if "of" in item:
        return record_keys.partition_at(org_keys.org_of(key[0]), attributes.text(item, "of")), key[1]
    parts = record_keys.split_content(*key)
    return None if parts is None else (key[0], record_keys.entry("audit", *parts))
