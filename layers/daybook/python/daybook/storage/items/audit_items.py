"""An audit entry, its copies in further records' logs, and what these say of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from daybook.core.usernames import fold
from daybook.model.entries import Affected, Audit, Record
from daybook.model.posted import nesting
from daybook.storage.keys import index_keys, org_keys, record_keys
from daybook.storage.models.attributes import json_text
from daybook.storage.models.entries import AuditCopyItem, AuditFields, AuditItem
from daybook.storage.models.item import Item, Key
from daybook.storage.values import Values

# Up to here an audit entry's changes are read with its item; larger ones would make every page of the log dear.
INLINE_BYTES = 1024

# Texts that all copies of an entry would repeat: up to so many bytes in all each copy has them, beyond them only the
# entry. A post of 1 MiB would else write 50 times as much (`storage.thin_copies`).
SHARED_TEXTS = ("member_name", "username", "action", "names", "unnamed")
SHARED_BYTES = 256

# A row names so many of the affected records that have no name: it is to stay short, and says how many there are.
MAX_UNNAMED = 10

# What an audit entry's copies in further records' logs have of it, beside its sort key: not what makes it stand in the
# org's.
COPIED = ("member_name", "username", "source", "ip", "action", "names", "unnamed", "affected_count", "erased")


def make(org: str, entry: Audit, key: Key, *, at: str, is_offloaded: bool, expires_at: int | None) -> AuditItem:
    """An audit entry's own item. `is_offloaded`: its content item holds what it did, in full."""
    own = [affected for affected in entry.affected if affected.record == entry.record]
    others = [affected for affected in entry.affected if affected.record != entry.record]
    if is_offloaded:
        own, others = _without_details(own), [Affected(each.record, each.change) for each in others]
    names = [affected.name for affected in entry.affected if affected.name is not None]
    return AuditItem(
        *key,
        expires_at=expires_at,
        org_staff=index_keys.org_member(org, fold(entry.username)),
        org_source=index_keys.org_member(org, entry.source),
        at=at,
        member_name=entry.member_name,
        username=entry.username,
        source=entry.source,
        action=entry.action,
        ip=entry.ip,
        affected_count=len(entry.affected),
        names=json_text(names) if names else None,
        unnamed=_unnamed(entry, names),
        change=json_text(own) if entry.affected else None,
        others=json_text(others) if others else None,
        apart=True if is_offloaded and entry.affected else None,
    )


def large_changes(entry: Audit) -> bytes | None:
    """The JSON of what an audit entry did to records; None where that is small enough for its own item."""
    changes = msgspec.json.encode(entry.affected)
    return changes if len(changes) > INLINE_BYTES else None


def copies(item: AuditItem, affected: Sequence[Affected]) -> list[AuditCopyItem]:
    """The items of an audit entry in the logs of the further records that it affected, each with its own changes.

    Their keys follow from the entry's, so to write them again is to write them once. A copy of what is held is to
    expire in the entry's own time, until it is held itself (`holds.enforcement`).
    """
    org, own_record = org_keys.org_of(item.pk), record(item)
    changes: dict[Record, list[Affected]] = defaultdict(list)
    for each in affected:
        changes[each.record].append(each)
    shared = {name: getattr(item, name) for name in COPIED} | _thinned(item)
    return [
        AuditCopyItem(
            record_keys.partition(org, of_copy),
            item.sk,
            **shared,
            of=record_keys.path_of(item.pk),
            change=json_text(_inline(own)),
            expires_at=item.unheld_expiry,
        )
        for of_copy, own in changes.items()
        if of_copy != own_record
    ]


def _thinned(item: AuditItem) -> dict[str, Any]:
    """The attributes that make a copy of the entry thin; none where its texts are short enough to be repeated."""
    texts = [getattr(item, name) or "" for name in SHARED_TEXTS]
    if sum(len(text.encode()) for text in texts) <= SHARED_BYTES:
        return {}
    return {"member_name": "", "username": "", "action": "", "names": None, "unnamed": None, "thin": True}


def affected(item: AuditFields) -> list[Affected]:
    """All that an audit entry, or a copy, says of records, its own first."""
    return own_affected(item) + other_affected(item)


def own_affected(item: AuditFields) -> list[Affected]:
    """What the item says of the record in whose log it stands."""
    return decoded_affected(item.change)


def other_affected(item: AuditFields) -> list[Affected]:
    """What the item says of further records."""
    return decoded_affected(item.others) if isinstance(item, AuditItem) else []


def decoded_affected(text: str | None) -> list[Affected]:
    """What an item says of records, of its JSON; None where it says nothing."""
    return [] if text is None else _affected_decoder.decode(nesting.readable(text))


def names_of(item: AuditFields) -> list[str]:
    """The names of the affected records that have one."""
    return _decoded_texts(item.names)


def affected_records(item: AuditItem) -> list[Record]:
    """The records that an audit entry affected, each once."""
    return list(dict.fromkeys(each.record for each in affected(item)))


def names(item: Values) -> list[str]:
    """The names of the affected records that have one."""
    return _decoded_texts(item.get("names"))


def shown_names(item: Values) -> list[str]:
    """What a row calls the affected records: their names, then `<type>/<id>` of the first MAX_UNNAMED without one.

    Empty for a thin copy without the texts of its entry.
    """
    named = names(item)
    if item.get("unnamed") is not None:
        return named + _decoded_texts(item["unnamed"])
    if named or not int(item.get("affected_count", 0)) or not item["action"]:
        return named
    return [item["of"] if "of" in item else record_keys.path_of(item["pk"])]


def record(item: Item) -> Record | None:
    """The record that an entry stands under; None where it affected none."""
    return record_keys.record_of(item.pk)


def paths(item: Item) -> set[str]:
    """The paths of the records that an item belongs to as far as it says: its own, its entry's, those it affected."""
    own = {record_keys.path_of(item.pk)}
    match item:
        case AuditCopyItem():
            own.add(item.of)
        case AuditItem():
            own |= {each.record.path for each in affected(item)}
    return own


def keys_of_items(entry: AuditItem) -> list[Key]:
    """Keys of all items that an audit entry may have: its own, its content, and its copies in the order of records."""
    org = org_keys.org_of(entry.pk)
    others = sorted(paths(entry) - {record_keys.path_of(entry.pk)})
    _, instant, suffix = record_keys.split_entry(entry.sk)
    contents = [(entry.pk, record_keys.content_at(instant, suffix))] if entry.apart else []
    return [entry.key, *contents, *((record_keys.partition_at(org, path), entry.sk) for path in others)]


def key_of_entry(item: Item) -> Key | None:
    """Key of the audit entry that has this item or, if that is an audit entry's, this copy or content; None for others.

    Content does not tell whether it is an e-mail's: then there is no audit entry at that key.
    """
    match item:
        case AuditItem():
            return item.key
        case AuditCopyItem():
            return record_keys.partition_at(org_keys.org_of(item.pk), item.of), item.sk
    parts = record_keys.split_content(*item.key)
    return None if parts is None else (item.pk, record_keys.entry("audit", *parts))


def _unnamed(entry: Audit, names: Sequence[str]) -> str | None:
    """JSON of the affected records without a name; None where a row knows them: none, or only the entry's own."""
    named = {affected.record for affected in entry.affected if affected.name is not None}
    paths = list(dict.fromkeys(each.record.path for each in entry.affected if each.record not in named))
    known = [] if names or entry.record is None else [entry.record.path]
    return None if paths == known else json_text(paths[:MAX_UNNAMED])


def _decoded_texts(text: str | None) -> list[str]:
    return [] if text is None else _texts_decoder.decode(text)


def _inline(own: list[Affected]) -> list[Affected]:
    return own if len(msgspec.json.encode(own)) <= INLINE_BYTES else _without_details(own)


def _without_details(affected: Sequence[Affected]) -> list[Affected]:
    """Which records were changed and how, without details, before and after."""
    return [Affected(each.record, each.change, each.name) for each in affected]


# Made once: to make a decoder takes longer than to decode a short text.
_affected_decoder = msgspec.json.Decoder(list[Affected])
_texts_decoder = msgspec.json.Decoder(list[str])
