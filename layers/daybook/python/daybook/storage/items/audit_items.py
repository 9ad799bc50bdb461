"""The item of an audit entry, its copies in further records' logs, and what these say of records.

| attribute | of | what it holds |
| --- | --- | --- |
| `member_name`, `username`, `source`, `action` | both | as posted |
| `affected_count` | both | how many records the entry affected |
| `names` | both | JSON: the names of the affected records that have one |
| `change` | both | JSON: what the entry did to the record in whose log the item stands, a list of `Affected` |
| `others` | entry | JSON: what it did to further records, a list of `Affected` |
| `apart` | entry | true where `change` and `others` are without details, and the content item has all of it |
| `org_staff`, `org_source`, `at` | entry | keys of the indexes by username and by source of an org's audit entries |
| `of` | copy | path of the entry's partition (`record_keys.path_of`) |

`ip`, `erased`, `expires_at` and `held_until` are as in `entry_items`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from daybook.model.entries import Affected, Audit, Record
from daybook.storage.attributes import expires_at_unheld, optional_text, text, with_expiry
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.store import Item, Key

# Up to here an audit entry's changes are read with its item; larger ones would make every page of the log dear.
INLINE_BYTES = 1024
OFFLOADED = "apart"

# What an audit entry's copies in further records' logs have of it: not what makes it stand in the org's.
COPIED = frozenset({"sk", "member_name", "username", "source", "ip", "action", "names", "affected_count", "erased"})


def attributes(org: str, entry: Audit, *, at: str, is_offloaded: bool) -> Item:
    """The attributes of an audit entry's own item. `is_offloaded`: its content item holds what it did, in full."""
    item: Item = {
        "org_staff": {"S": index_keys.org_member(org, entry.username)},
        "org_source": {"S": index_keys.org_member(org, entry.source)},
        "at": {"S": at},
        "member_name": {"S": entry.member_name},
        "username": {"S": entry.username},
        "source": {"S": entry.source},
        "action": {"S": entry.action},
        "affected_count": {"N": str(len(entry.affected))},
    }
    names = [affected.name for affected in entry.affected if affected.name is not None]
    if names:
        item["names"] = _json(names)
    if entry.affected:
        own = [affected for affected in entry.affected if affected.record == entry.record]
        others = [affected for affected in entry.affected if affected.record != entry.record]
        item["change"] = _json(_without_details(own) if is_offloaded else own)
        if others:
            item["others"] = _json([Affected(each.record, each.change) for each in others] if is_offloaded else others)
        if is_offloaded:
            item[OFFLOADED] = {"BOOL": True}
    return item


def large_changes(entry: Audit) -> bytes | None:
    """The JSON of what an audit entry did to records; None where that is small enough for its own item."""
    changes = msgspec.json.encode(entry.affected)
    return changes if len(changes) > INLINE_BYTES else None


def copies(item: Item, affected: Sequence[Affected]) -> list[Item]:
    """The items of an audit entry in the logs of the further records that it affected, each with its own changes.

    Their keys follow from the entry's, so to write them again is to write them once. A copy of what is held is to
    expire in the entry's own time, until it is held itself (`holds.enforcement`).
    """
    pk = text(item, "pk")
    org, own_record = org_keys.org_of(pk), record_keys.record_of(pk)
    changes: dict[Record, list[Affected]] = defaultdict(list)
    for each in affected:
        changes[each.record].append(each)
    shared = {name: value for name, value in item.items() if name in COPIED}
    shared["of"] = {"S": record_keys.path_of(pk)}
    shared = with_expiry(shared, expires_at_unheld(item))
    return [
        {"pk": {"S": record_keys.partition(org, record)}, **shared, "change": _json(_inline(own))}
        for record, own in changes.items()
        if record != own_record
    ]


def is_entry(item: Item) -> bool:
    """Whether it is an audit entry's own item. A copy has its record's key, too, but stands in no org's log."""
    return "org_source" in item


def affected(item: Item) -> list[Affected]:
    """All that the item of an audit entry, or of a copy, says of records, its own first."""
    return [*_affected(item, "change"), *_affected(item, "others")]


def own_affected(item: Item) -> list[Affected]:
    """What the item says of the record in whose log it stands."""
    return _affected(item, "change")


def other_affected(item: Item) -> list[Affected]:
    """What the item says of further records."""
    return _affected(item, "others")


def names(item: Item) -> list[str]:
    """The names of the affected records."""
    value = optional_text(item, "names")
    decoded: list[str] = [] if value is None else msgspec.json.decode(value)
    return decoded


def record(item: Item) -> Record | None:
    """The record that an entry stands under; None where it affected none."""
    return record_keys.record_of(text(item, "pk"))


def paths(item: Item) -> set[str]:
    """The paths of the records that an item belongs to as far as it says: its own, its entry's, those it affected."""
    own = {record_keys.path_of(text(item, "pk"))}
    if "of" in item:
        own.add(text(item, "of"))
    return own | {each.record.path for each in affected(item)} if is_entry(item) else own


def key_of_entry(key: Key, item: Item) -> Key | None:
    """Key of the audit entry that has this item or, if that is an audit entry's, this copy or content; None for others.

    Content does not tell whether it is an e-mail's: then there is no audit entry at that key.
    """
    if is_entry(item):
        return key
    pk, sk = key
    if "of" in item:
        return record_keys.partition_at(org_keys.org_of(pk), text(item, "of")), sk
    parts = record_keys.split_content(pk, sk)
    return None if parts is None else (pk, record_keys.entry("audit", *parts))


def _affected(item: Item, name: str) -> list[Affected]:
    value = optional_text(item, name)
    return [] if value is None else msgspec.json.decode(value, type=list[Affected])


def _inline(own: list[Affected]) -> list[Affected]:
    return own if len(msgspec.json.encode(own)) <= INLINE_BYTES else _without_details(own)


def _without_details(affected: Sequence[Affected]) -> list[Affected]:
    """Which records were changed and how, without details, before and after."""
    return [Affected(each.record, each.change, each.name) for each in affected]


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
