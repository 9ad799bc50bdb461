"""The items of the table that an entry becomes: what is written, attribute by attribute."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daybook import addresses, keys
from daybook.entries import Activity, Affected, Audit, Email, Entry, Push, Record, Sms
from daybook.table import Item, expiring

# Up to here an audit entry's change is read with its row; a larger one would make every page of the log dear.
INLINE_CHANGE_BYTES = 1024
OPTIONAL = ("message_id", "sender", "ip")


class Place(Struct, frozen=True):
    """Where an entry stands: its partition, log, instant and suffix."""

    pk: str
    log: str
    moment: str
    suffix: str

    @property
    def sk(self) -> str:
        return keys.entry(self.log, self.moment, self.suffix)


def log_of(entry: Entry) -> str:
    tag: str = entry.__struct_config__.tag  # type: ignore[assignment]
    return tag


def partition(org: str, record: Record | None, moment: str) -> str:
    return keys.record(org, record.type, record.id) if record else keys.no_record(org, moment)


def pointers(entry: Entry, pk: str, moment: str) -> list[tuple[str, str]]:
    """Keys of the items that make an entry unique, the one of `key` first; none where it has nothing to go by."""
    found = []
    if entry.key is not None:
        found.append((pk, keys.idempotency(log_of(entry), moment, entry.key)))
    if not isinstance(entry, Activity | Audit) and entry.message_id is not None:
        recipient = "" if isinstance(entry, Push) else addresses.mailbox(entry.recipient)
        found.append((keys.message(entry.message_id), keys.message_entry(pk, recipient)))
    return found


def pointer(key: tuple[str, str], place: Place, expires_at: int | None) -> Item:
    return expiring({"pk": {"S": key[0]}, "sk": {"S": key[1]}, "entry": {"S": place.sk}}, expires_at)


def apart(entry: Entry) -> bytes | None:
    """What is kept apart from the entry's own item: an e-mail's body, the changes of an audit entry when large."""
    if isinstance(entry, Email) and entry.body is not None:
        return msgspec.json.encode(entry.body)
    if isinstance(entry, Audit):
        changes = msgspec.json.encode(entry.affected)
        if len(changes) > INLINE_CHANGE_BYTES:
            return changes
    return None


def make(
    org: str, entry: Entry, place: Place, *, expires_at: int | None, content_until: int | None, apart: bool
) -> Item:
    """The entry's own item, with the keys of every index that it stands in; `apart` as told by that function."""
    item: Item = {"pk": {"S": place.pk}, "sk": {"S": place.sk}}
    if isinstance(entry, Email | Sms):
        item |= _message_keys(org, entry, place)
    if isinstance(entry, Email | Push):
        item["subject"] = {"S": entry.subject}
    if isinstance(entry, Sms | Push):
        item["text"] = {"S": entry.text}
    if isinstance(entry, Activity):
        item |= {"name": {"S": entry.name}, "action": {"S": entry.action}}
        if entry.details is not None:
            item["details"] = _json(entry.details)
    if isinstance(entry, Audit):
        item |= _audit(org, entry, place, whole=not apart)
    for name in OPTIONAL:
        value = getattr(entry, name, None)
        if value is not None:
            item[name] = {"S": value}
    if isinstance(entry, Email) and content_until is not None:
        item["content_until"] = {"N": str(content_until)}
    return expiring(item, expires_at)


def _message_keys(org: str, entry: Email | Sms, place: Place) -> Item:
    recipient = addresses.mailbox(entry.recipient)
    status = entry.status if isinstance(entry, Email) else "delivery"
    log, moment, suffix = place.log, place.moment, place.suffix
    return {
        "activity_key": {"S": keys.entry(log, moment, suffix)},
        "recipient_key": {"S": keys.by_recipient(log, recipient, moment, suffix)},
        "status_key": {"S": keys.by_status(log, status, moment, suffix)},
        "org_status": {"S": keys.org_status(org, log, status)},
        "at": {"S": keys.at(moment, suffix)},
        "recipient": {"S": entry.recipient},
        "status": {"S": status},
    }


def _audit(org: str, entry: Audit, place: Place, *, whole: bool) -> Item:
    item: Item = {
        "org_staff": {"S": keys.org_member(org, entry.username)},
        "org_source": {"S": keys.org_member(org, entry.source)},
        "at": {"S": keys.at(place.moment, place.suffix)},
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
        first = entry.affected[0]
        item["change"] = _json([first if whole else Affected(first.record, first.change, first.name)])
        if whole and len(entry.affected) > 1:
            item["others"] = _json(entry.affected[1:])
    return item


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
