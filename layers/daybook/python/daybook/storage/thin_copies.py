"""Thin copies of audit entries: long texts are stored once, with the entry, and read there with its copies."""

from __future__ import annotations

from collections.abc import Sequence

from daybook.storage.items import audit_items
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.entries import AuditCopyItem, AuditItem
from daybook.storage.models.item import Item
from daybook.storage.store import Store
from daybook.storage.values import Values


def values_with_texts(table: Store, items: Sequence[Values]) -> list[Values]:
    """Items of a record's logs, thin copies with the texts of their entries. StoreBusyError.

    A thin copy whose entry is gone stays as it is.
    """
    keys = {
        index: (record_keys.partition_at(org_keys.org_of(item["pk"]), item["of"]), item["sk"])
        for index, item in enumerate(items)
        if item.get("thin")
    }
    if not keys:
        return list(items)
    entries = table.get_values(list(set(keys.values())))
    completed = list(items)
    for index, key in keys.items():
        if (entry := entries.get(key)) is not None:
            texts = {name: entry[name] for name in audit_items.SHARED_TEXTS if name in entry}
            completed[index] = items[index] | texts
    return completed


def items_with_texts(table: Store, items: Sequence[Item]) -> list[Item]:
    """As `values_with_texts`; the items are to be looked at only."""
    keys = {
        index: key
        for index, item in enumerate(items)
        if isinstance(item, AuditCopyItem) and item.thin and (key := audit_items.key_of_entry(item)) is not None
    }
    if not keys:
        return list(items)
    entries = table.get(AuditItem, list(set(keys.values())))
    completed = list(items)
    for index, key in keys.items():
        if (entry := entries.get(key)) is not None:
            texts = {name: getattr(entry, name) for name in audit_items.SHARED_TEXTS}
            completed[index] = AuditCopyItem(**items[index].attribute_values | texts)
    return completed
