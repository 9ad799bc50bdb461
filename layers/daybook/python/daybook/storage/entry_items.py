"""The items of the table that an entry becomes: what is written, attribute by attribute."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from daybook.core import addresses
from daybook.core.keyed_hash import KeyedHash
from daybook.model import delivery_status, event_set
from daybook.model.entries import Activity, Affected, Audit, Email, Entry, Push, Record, Sms
from daybook.model.event_set import EventSet
from daybook.storage.keys import index_keys, message_keys, org_keys, record_keys
from daybook.storage.store import Item, Update, key_of, with_expiry

MessageKey = tuple[str, str]

# Up to here an audit entry's change is read with its row; a larger one would make every page of the log dear.
INLINE_CHANGE_BYTES = 1024

# Of the entries of these logs something may be kept apart.
CONTENT_LOGS = ("email", "audit")
OPTIONAL = ("message_id", "sender", "ip")

# What an audit entry's copies in further records' logs have of it: not what makes it stand in the org's.
COPIED = frozenset({"sk", "member_name", "username", "source", "ip", "action", "names", "affected_count", "erased"})

# Marks an audit entry whose details, before and after are in a content item, since they are large.
OFFLOADED = "apart"

# Marks an e-mail that only its Send event has told of so far.
SENT_ONLY = "sent_only"

# The instant at which a person was erased from an entry (`daybook.erasure`); a message takes no events from then on.
ERASED = "erased"


class Place(Struct, frozen=True):
    """Where an entry stands: its partition, log, instant and suffix."""

    pk: str
    log: str
    moment: str
    suffix: str

    @property
    def sk(self) -> str:
        return record_keys.entry(self.log, self.moment, self.suffix)


def log_of(entry: Entry) -> str:
    tag: str = entry.__struct_config__.tag  # type: ignore[assignment]
    return tag


def partition(org: str, record: Record | None, moment: str) -> str:
    return record_keys.partition(org, record) if record else record_keys.no_record_partition(org, moment)


def recipient_hash(entry: Entry, digest: KeyedHash) -> str:
    """The hash that stands for whom an e-mail or SMS goes to; empty for all others."""
    return digest(addresses.mailbox(entry.recipient)) if isinstance(entry, Email | Sms) else ""


def pointers(entry: Entry, pk: str, moment: str, digest: KeyedHash) -> list[tuple[str, str]]:
    """Keys of the items that make an entry unique, the one of `key` first; none where it has nothing to go by."""
    found = []
    if entry.key is not None:
        found.append((pk, record_keys.idempotency(log_of(entry), moment, digest(entry.key))))
    if not isinstance(entry, Activity | Audit) and entry.message_id is not None:
        found.append(
            (message_keys.partition(entry.message_id), message_keys.pointer(pk, recipient_hash(entry, digest)))
        )
    return found


def message_of(entry: Entry) -> tuple[str, str] | None:
    """The log and message id of a message that has one."""
    if isinstance(entry, Activity | Audit) or entry.message_id is None:
        return None
    return log_of(entry), entry.message_id


def early_events(entry: Entry, digest: KeyedHash) -> list[tuple[str, str]]:
    """Keys of what may have been said about an entry's message before it was here; none without a message id."""
    message = message_of(entry)
    if message is None:
        return []
    log, message_id = message
    recipients = ["", recipient_hash(entry, digest)] if isinstance(entry, Email) else [""]
    return [
        (message_keys.partition(message_id), message_keys.pending_events(log, recipient)) for recipient in recipients
    ]


def pointer(key: tuple[str, str], place: Place, expires_at: int | None) -> Item:
    return with_expiry({"pk": {"S": key[0]}, "sk": {"S": key[1]}, "entry": {"S": place.sk}}, expires_at)


def repointed(item: Item, place: Place, expires_at: int | None) -> Update:
    """The update that makes a pointer, as it was read, name the entry at that place instead."""
    put = with_expiry({"entry": {"S": place.sk}}, expires_at)
    drop = ["expires_at"] if "expires_at" in item and "expires_at" not in put else []
    return Update(key_of(item), put, drop, {name: item.get(name) for name in ("entry", "expires_at")})


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
    org: str,
    entry: Entry,
    place: Place,
    *,
    digest: KeyedHash,
    expires_at: int | None,
    content_until: int | None,
    apart: bool,
    sent_only: bool = False,
) -> Item:
    """The entry's own item, with the keys of every index that it stands in; `apart` as told by that function."""
    item: Item = {"pk": {"S": place.pk}, "sk": {"S": place.sk}}
    if isinstance(entry, Email | Sms):
        item |= _message_keys(org, entry, place)
        item["recipient_hash"] = {"S": recipient_hash(entry, digest)}
    if isinstance(entry, Email | Push):
        item["subject"] = {"S": entry.subject}
    if isinstance(entry, Sms | Push):
        item["text"] = {"S": entry.text}
    if isinstance(entry, Activity):
        item |= _activity(entry)
    if isinstance(entry, Audit):
        item |= _audit(org, entry, place, whole=not apart)
    for name in OPTIONAL:
        value = getattr(entry, name, None)
        if value is not None:
            item[name] = {"S": value}
    if isinstance(entry, Email) and content_until is not None:
        item["content_until"] = {"N": str(content_until)}
    if sent_only:
        item[SENT_ONLY] = {"BOOL": True}
    return with_expiry(item, expires_at)


def completed(item: Item, entry: Entry, content_until: int | None) -> Update:
    """The update that gives an e-mail which its sending alone had made what the mailer posts of it."""
    put: Item = {
        name: {"S": value} for name in ("subject", "sender") if (value := getattr(entry, name, None)) is not None
    }
    if content_until is not None:
        put["content_until"] = {"N": str(content_until)}
    return Update(key_of(item), put, [SENT_ONLY], {SENT_ONLY: item[SENT_ONLY]})


def _message_keys(org: str, entry: Email | Sms, place: Place) -> Item:
    recipient = addresses.mailbox(entry.recipient)
    status = entry.status if isinstance(entry, Email) else "delivery"
    log, moment, suffix = place.log, place.moment, place.suffix
    return {
        "activity_key": {"S": index_keys.activity_key(log, moment, suffix)},
        "recipient_key": {"S": index_keys.recipient_key(log, recipient, moment, suffix)},
        "status_key": {"S": index_keys.status_key(log, status, moment, suffix)},
        "org_status": {"S": index_keys.org_status(org, log, delivery_status.status_class(status))},
        "at": {"S": index_keys.at(moment, suffix)},
        "recipient": {"S": entry.recipient},
        "status": {"S": status},
        # What the status falls back on while its events arrive; most are posted as `queued`, which goes without saying.
        **({"posted": {"S": status}} if isinstance(entry, Email) and status != "queued" else {}),
    }


def known_history(item: Item) -> EventSet:
    """The happenings that an entry, or an item of early events, holds."""
    return event_set.unpack(base64.b64decode(item["events"]["B"])) if "events" in item else ()


def seen_history(item: Item) -> dict[str, dict[str, Any] | None]:
    """The condition that nobody has changed the history since this item was read."""
    return {"events": {"B": base64.b64decode(item["events"]["B"])} if "events" in item else None}


def with_history(item: Item, united: EventSet) -> Update:
    """The update that gives an entry this history, and all that follows from it; not when it was erased meanwhile."""
    wanted: dict[str, Any] = {"events": {"B": event_set.pack(united)}}
    place = place_of(item)
    if place.log == "email":
        wanted |= _email_state(item, place, united)
    elif place.log == "sms":
        wanted |= _sms_state(place, united)
    else:
        push = delivery_status.push(united)
        wanted |= {"status": _text(push.status), "reason": _text(push.reason)}
    changed = {name: value for name, value in wanted.items() if item.get(name) != value}
    return Update(
        (place.pk, place.sk),
        put={name: value for name, value in changed.items() if value is not None},
        drop=[name for name, value in changed.items() if value is None],
        # An entry that nothing had happened to has no history before its erasure, and none after it.
        seen=seen_history(item) | {ERASED: None},
    )


def expiry(item: Item) -> int | None:
    """Epoch second at which TTL takes it; None for never."""
    return int(item["expires_at"]["N"]) if "expires_at" in item else None


def own_expiry(item: Item) -> int | None:
    """The same, had no hold taken it away; see `daybook.holding`."""
    return int(item["held_until"]["N"]) if "held_until" in item else expiry(item)


def lasting(pointers: Iterable[Item]) -> Item:
    """What says how long it stays what was said of a whole message: as long as the last of its pointers."""
    found = list(pointers)
    ends = [own_expiry(pointer) for pointer in found]
    latest = max((end for end in ends if end is not None), default=None)
    if latest is None or None in ends:
        return {}
    is_held = any("held_until" in pointer for pointer in found)
    return {"held_until" if is_held else "expires_at": {"N": str(latest)}}


def pointer_of(item: Item) -> tuple[str, str] | None:
    """Key of the pointer from its message to an entry; None for an entry without a message id."""
    if "message_id" not in item:
        return None
    pk = item["pk"]["S"]
    recipient = item["recipient_hash"]["S"] if "recipient_hash" in item else ""
    return message_keys.partition(item["message_id"]["S"]), message_keys.pointer(pk, recipient)


def place_of(item: Item) -> Place:
    return Place(item["pk"]["S"], *record_keys.split_entry(item["sk"]["S"]))


def _email_state(item: Item, place: Place, united: EventSet) -> dict[str, Any]:
    posted: Any = item.get("posted", {"S": "queued"})["S"]
    state = delivery_status.email(posted, place.moment, united)
    return {
        **_message_state(place, state.status, state.activity),
        "opens": _count(state.opens),
        "clicks": _count(state.clicks),
        "bounce": None if state.bounce is None else _json(state.bounce),
    }


def _sms_state(place: Place, united: EventSet) -> dict[str, Any]:
    state = delivery_status.sms(place.moment, united)
    return {**_message_state(place, state.status, state.activity), "reason": _text(state.reason)}


def _message_state(place: Place, status: str, activity: str) -> Item:
    org, log = org_keys.org_of(place.pk), place.log
    return {
        "status": {"S": status},
        "activity_key": {"S": index_keys.activity_key(log, activity, place.suffix)},
        "status_key": {"S": index_keys.status_key(log, status, place.moment, place.suffix)},
        "org_status": {"S": index_keys.org_status(org, log, delivery_status.status_class(status))},
    }


def _count(number: int) -> dict[str, str] | None:
    return {"N": str(number)} if number else None


def _text(text: str | None) -> dict[str, str] | None:
    return None if text is None else {"S": text}


def _activity(entry: Activity) -> Item:
    details = {} if entry.details is None else {"details": _json(entry.details)}
    return {"name": {"S": entry.name}, "action": {"S": entry.action}, **details}


def _audit(org: str, entry: Audit, place: Place, *, whole: bool) -> Item:
    item: Item = {
        "org_staff": {"S": index_keys.org_member(org, entry.username)},
        "org_source": {"S": index_keys.org_member(org, entry.source)},
        "at": {"S": index_keys.at(place.moment, place.suffix)},
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
        item["change"] = _json(own if whole else briefly(own))
        if others:
            item["others"] = _json(others if whole else [Affected(one.record, one.change) for one in others])
        if not whole:
            item[OFFLOADED] = {"BOOL": True}
    return item


def briefly(changes: Sequence[Affected]) -> list[Affected]:
    """Which records were changed and how, without details, before and after."""
    return [Affected(affected.record, affected.change, affected.name) for affected in changes]


def copies(item: Item, affected: Sequence[Affected]) -> list[Item]:
    """The items of an audit entry in the logs of the further records that it affected, each with its own changes.

    Their keys follow from the entry's, so to write them again is to write them once. `of` tells where the entry stands.
    A copy of what is held is to expire in the entry's own time, until it is held itself (`daybook.holding`).
    """
    org, first = org_keys.org_of(item["pk"]["S"]), record_keys.record_of(item["pk"]["S"])
    changes: dict[Record, list[Affected]] = defaultdict(list)
    for one in affected:
        changes[one.record].append(one)
    shared = {name: value for name, value in item.items() if name in COPIED}
    shared["of"] = {"S": record_keys.path_of(item["pk"]["S"])}
    shared = with_expiry(shared, own_expiry(item))
    return [
        {"pk": {"S": record_keys.partition(org, record)}, **shared, "change": _json(_inline(own))}
        for record, own in changes.items()
        if record != first
    ]


def _inline(own: list[Affected]) -> list[Affected]:
    return own if len(msgspec.json.encode(own)) <= INLINE_CHANGE_BYTES else briefly(own)


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
