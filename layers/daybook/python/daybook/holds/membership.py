"""What an item of a record belongs to: an entry, and the records whose holds hold it."""

from __future__ import annotations

from daybook.core import entry_ids
from daybook.storage import attributes, entry_reader, keys
from daybook.storage.store import Item, Key


def records(item: Item) -> set[str]:
    """The records, `<type>/<id>`, whose holds hold an item, as far as it tells itself."""
    told = {record(attributes.text(item, "pk"))}
    if "of" in item:
        told.add(attributes.text(item, "of"))
    if "org_source" in item:
        affected = [*entry_reader.affected(item, "change"), *entry_reader.affected(item, "others")]
        told |= {keys.hold(one.record.type, one.record.id) for one in affected}
    return told


def entry_id(key: Key) -> str | None:
    """The id of the entry that an item is, or is the content of; None for any other item."""
    if keys.log_of(*key) is not None:
        return entry_ids.entry_id(*keys.split_entry(key[1])[1:])
    return keys.content_id(*key)


def audit_entry(key: Key, item: Item) -> Key | None:
    """Key of the audit entry that an item is, is a copy of or, if that is an audit entry's, the content of."""
    if "org_source" in item:
        return key
    if "of" in item:
        return f"{org(key[0])}/{attributes.text(item, 'of')}", key[1]
    content = keys.content_id(*key)
    parts = None if content is None else entry_ids.split(content)
    return None if parts is None else (key[0], keys.entry("audit", *parts))


def org(pk: str) -> str:
    return pk.partition("/")[0]


def record(pk: str) -> str:
    return pk.partition("/")[2]
