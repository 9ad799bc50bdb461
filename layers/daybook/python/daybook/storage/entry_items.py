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

# A larger change of an audit entry is offloaded: with it, each page of the log would cost more read units.
INLINE_CHANGE_BYTES = 1024

# Logs whose entries may have offloaded content.
CONTENT_LOGS = ("email", "audit")
OPTIONAL = ("message_id", "sender", "ip")

# The attributes that copies of an audit entry share with it: none of the org's index keys.
COPIED = frozenset({"sk", "member_name", "username", "source", "ip", "action", "names", "affected_count", "erased"})

# Marks an audit entry whose details, before and after are offloaded to a content item, since they are large.
OFFLOADED = "apart"

# Marks an e-mail that was created from its Send event and was not posted yet.
SENT_ONLY = "sent_only"

# The instant at which a person was erased from an entry (`daybook.erasure`); a message takes no events after that.
ERASED = "erased"


class Place(Struct, frozen=True):
    """The parts of an entry's key: partition, log, instant and suffix."""

    pk: str
    log: str
    moment: str
    suffix: str

    @property
    def sk(self) -> str:
        return record_keys.entry(self.log, self.moment, self.suffix)


def log_of(entry: Entry) -> str:
    """The log of an entry: its `log` as it is posted."""
    tag: str = entry.__struct_config__.tag  # type: ignore[assignment]
    return tag


def partition(org: str, record: Record | None, moment: str) -> str:
    """The partition of an entry of this record and instant; None for an audit entry that affects no record."""
    return record_keys.partition(org, record) if record else record_keys.no_record_partition(org, moment)


def recipient_hash(entry: Entry, keyed_hash: KeyedHash) -> str:
    """The keyed hash of the recipient of an e-mail or SMS; empty for other entries."""
    return keyed_hash(addresses.normalize(entry.recipient)) if isinstance(entry, Email | Sms) else ""


def pointers(entry: Entry, pk: str, moment: str, keyed_hash: KeyedHash) -> list[tuple[str, str]]:
    """Keys of the items that make an entry unique, the one of its `key` first.

    None for an entry with neither a `key` nor a message id.
    """
    keys = []
    if entry.key is not None:
        keys.append((pk, record_keys.idempotency(log_of(entry), moment, keyed_hash(entry.key))))
    if not isinstance(entry, Activity | Audit) and entry.message_id is not None:
        keys.append(
            (message_keys.partition(entry.message_id), message_keys.pointer(pk, recipient_hash(entry, keyed_hash)))
        )
    return keys


def message_of(entry: Entry) -> tuple[str, str] | None:
    """The log and message id of an entry; None where it has no message id."""
    if isinstance(entry, Activity | Audit) or entry.message_id is None:
        return None
    return log_of(entry), entry.message_id


def pending_event_keys(entry: Entry, keyed_hash: KeyedHash) -> list[tuple[str, str]]:
    """Keys of events that may be pending for an entry's message; none without a message id."""
    message = message_of(entry)
    if message is None:
        return []
    log, message_id = message
    recipients = ["", recipient_hash(entry, keyed_hash)] if isinstance(entry, Email) else [""]
    return [
        (message_keys.partition(message_id), message_keys.pending_events(log, recipient)) for recipient in recipients
    ]


def pointer(key: tuple[str, str], place: Place, expires_at: int | None) -> Item:
    """The pointer item at this key to an entry of this place. `expires_at` is in epoch seconds; None for never."""
    return with_expiry({"pk": {"S": key[0]}, "sk": {"S": key[1]}, "entry": {"S": place.sk}}, expires_at)


def repointed(item: Item, place: Place, expires_at: int | None) -> Update:
    """The update of an unchanged pointer to the entry at that place. `expires_at` is in epoch seconds."""
    put = with_expiry({"entry": {"S": place.sk}}, expires_at)
    drop = ["expires_at"] if "expires_at" in item and "expires_at" not in put else []
    return Update(key_of(item), put, drop, {name: item.get(name) for name in ("entry", "expires_at")})


def offloaded_content(entry: Entry) -> bytes | None:
    """The JSON that goes to a content item: an e-mail's body, or an audit entry's changes if large; else None."""
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
    keyed_hash: KeyedHash,
    expires_at: int | None,
    content_until: int | None,
    is_offloaded: bool,
    sent_only: bool = False,
) -> Item:
    """The item of an entry, with the keys of its indexes.

    `expires_at` and `content_until` are epoch seconds; None for never, or for no content. `is_offloaded`: whether
    `offloaded_content` gives some.
    """
    item: Item = {"pk": {"S": place.pk}, "sk": {"S": place.sk}}
    if isinstance(entry, Email | Sms):
        item |= _message_keys(org, entry, place)
        item["recipient_hash"] = {"S": recipient_hash(entry, keyed_hash)}
    if isinstance(entry, Email | Push):
        item["subject"] = {"S": entry.subject}
    if isinstance(entry, Sms | Push):
        item["text"] = {"S": entry.text}
    if isinstance(entry, Activity):
        item |= _activity(entry)
    if isinstance(entry, Audit):
        item |= _audit(org, entry, place, whole=not is_offloaded)
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
    """The update of an e-mail that its Send event had created with what the mailer posts of it."""
    put: Item = {
        name: {"S": value} for name in ("subject", "sender") if (value := getattr(entry, name, None)) is not None
    }
    if content_until is not None:
        put["content_until"] = {"N": str(content_until)}
    return Update(key_of(item), put, [SENT_ONLY], {SENT_ONLY: item[SENT_ONLY]})


def _message_keys(org: str, entry: Email | Sms, place: Place) -> Item:
    recipient = addresses.normalize(entry.recipient)
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


def events_of(item: Item) -> EventSet:
    """The delivery events in an entry, or in an item of pending events."""
    return event_set.unpack(base64.b64decode(item["events"]["B"])) if "events" in item else ()


def events_unchanged(item: Item) -> dict[str, dict[str, Any] | None]:
    """The condition that the events are as they were when this item was read."""
    return {"events": {"B": base64.b64decode(item["events"]["B"])} if "events" in item else None}


def with_events(item: Item, events: EventSet) -> Update:
    """The update of an entry to these events, and to the attributes that follow from them, unless it was erased."""
    wanted: dict[str, Any] = {"events": {"B": event_set.pack(events)}}
    place = place_of(item)
    if place.log == "email":
        wanted |= _email_state(item, place, events)
    elif place.log == "sms":
        wanted |= _sms_state(place, events)
    else:
        push = delivery_status.push(events)
        wanted |= {"status": _text(push.status), "reason": _text(push.reason)}
    changed = {name: value for name, value in wanted.items() if item.get(name) != value}
    return Update(
        (place.pk, place.sk),
        put={name: value for name, value in changed.items() if value is not None},
        drop=[name for name, value in changed.items() if value is None],
        # An entry without events has none before its erasure, and none after it.
        seen=events_unchanged(item) | {ERASED: None},
    )


def expiry(item: Item) -> int | None:
    """The epoch second at which TTL deletes the item; None for never."""
    return int(item["expires_at"]["N"]) if "expires_at" in item else None


def own_expiry(item: Item) -> int | None:
    """The epoch second at which it would expire without a hold (`daybook.holds.enforcement`); None for never."""
    return int(item["held_until"]["N"]) if "held_until" in item else expiry(item)


def shared_expiry(pointers: Iterable[Item]) -> Item:
    """The expiry attributes of the events of a whole message: they expire with the last of its pointers."""
    pointers = list(pointers)
    ends = [own_expiry(pointer) for pointer in pointers]
    latest = max((end for end in ends if end is not None), default=None)
    if latest is None or None in ends:
        return {}
    is_held = any("held_until" in pointer for pointer in pointers)
    return {"held_until" if is_held else "expires_at": {"N": str(latest)}}


def pointer_of(item: Item) -> tuple[str, str] | None:
    """Key of the pointer from its message to an entry; None for an entry without a message id."""
    if "message_id" not in item:
        return None
    pk = item["pk"]["S"]
    recipient = item["recipient_hash"]["S"] if "recipient_hash" in item else ""
    return message_keys.partition(item["message_id"]["S"]), message_keys.pointer(pk, recipient)


def place_of(item: Item) -> Place:
    """The place of an entry's item."""
    return Place(item["pk"]["S"], *record_keys.split_entry(item["sk"]["S"]))


def _email_state(item: Item, place: Place, events: EventSet) -> dict[str, Any]:
    posted: Any = item.get("posted", {"S": "queued"})["S"]
    state = delivery_status.email(posted, place.moment, events)
    return {
        **_message_state(place, state.status, state.last_activity_at),
        "opens": _count(state.opens),
        "clicks": _count(state.clicks),
        "bounce": None if state.bounce is None else _json(state.bounce),
    }


def _sms_state(place: Place, events: EventSet) -> dict[str, Any]:
    state = delivery_status.sms(place.moment, events)
    return {**_message_state(place, state.status, state.last_activity_at), "reason": _text(state.reason)}


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
        item["change"] = _json(own if whole else without_details(own))
        if others:
            item["others"] = _json(
                others if whole else [Affected(affected.record, affected.change) for affected in others]
            )
        if not whole:
            item[OFFLOADED] = {"BOOL": True}
    return item


def without_details(changes: Sequence[Affected]) -> list[Affected]:
    """The changes without details, before and after."""
    return [Affected(affected.record, affected.change, affected.name) for affected in changes]


def copies(item: Item, affected: Sequence[Affected]) -> list[Item]:
    """The items of an audit entry in the logs of the further records that it affected, each with its own changes.

    Their keys are made of the entry's, so that a repeated write changes nothing. `of` is the path of its record.
    A copy of a held entry expires in the entry's own time, until it is held itself (`daybook.holds.enforcement`).
    """
    org, first = org_keys.org_of(item["pk"]["S"]), record_keys.record_of(item["pk"]["S"])
    changes: dict[Record, list[Affected]] = defaultdict(list)
    for change in affected:
        changes[change.record].append(change)
    shared = {name: value for name, value in item.items() if name in COPIED}
    shared["of"] = {"S": record_keys.path_of(item["pk"]["S"])}
    shared = with_expiry(shared, own_expiry(item))
    return [
        {"pk": {"S": record_keys.partition(org, record)}, **shared, "change": _json(_inline(own))}
        for record, own in changes.items()
        if record != first
    ]


def _inline(own: list[Affected]) -> list[Affected]:
    return own if len(msgspec.json.encode(own)) <= INLINE_CHANGE_BYTES else without_details(own)


def _json(value: Any) -> dict[str, str]:
    return {"S": msgspec.json.encode(value).decode()}
