"""What a changed policy makes of the items that stand: when each of them is to expire instead.

What belongs to an entry has its key, names it, or is its content; so the entry's log, instant and arrival tell when it
is to go, as they did when it was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from daybook.core import entry_ids, timestamps
from daybook.model.retention_policy import Policy
from daybook.storage import attributes, entry_items, keys
from daybook.storage.store import Item, Key, Store, Update, key_of

# What `Stamping` needs of an item.
NAMES = ("pk", "sk", "entry", "expires_at", "held_until", "content_until", "held_content_until")


# Below the milliseconds of a key; an expiry was worked out with it.
CUT = timedelta(microseconds=999)


class Origin(Struct, frozen=True):
    """The entry that an item belongs to; `is_content` for what is kept apart from it."""

    log: str
    moment: str
    suffix: str
    is_content: bool = False


class ExpiryUpdater(Struct, frozen=True):
    """A policy that holds from `began` on: whoever stamps with it again changes nothing."""

    policy: Policy
    began: datetime

    def update(self, item: Item, origin: Origin, now: datetime) -> Update | None:
        """What makes the item expire in its new time; None where it does, and where it has expired already.

        What is held keeps its new time for when it is let go (`daybook.holding`).
        """
        if not attributes.is_visible(item, now):
            return None
        is_held = "held_until" in item
        end = self.end(origin, entry_items.own_expiry(item), now)
        wanted = {"held_until" if is_held else "expires_at": end}
        seen = ["expires_at", "held_until"]
        if origin.log == "email" and not origin.is_content:
            until = self._content_until(item, origin, now)
            wanted |= until
            seen += ["content_until", "held_content_until"] if until else []
        put: Item = {name: {"N": str(value)} for name, value in wanted.items() if value is not None}
        put = {name: value for name, value in put.items() if item.get(name) != value}
        drop = [name for name, value in wanted.items() if value is None and name in item]
        if not put and not drop:
            return None
        # PartiQL finds no NULL equal to another; the value that was moved away for it tells as much.
        told = {name: item.get(name) for name in seen if "NULL" not in item.get(name, {})}
        return Update(key_of(item), put, drop, told)

    def end(self, origin: Origin, standing: int | None, now: datetime) -> int | None:
        """Epoch second at which something of that entry is to expire that was to expire at `standing`.

        What ends sooner than it was to stays for the grace after `began` at least. What has a grace already keeps it,
        as what was let go by a hold, or arrived when its time was over.
        """
        due, wanted, last = ends(self.policy, origin)
        if due is None or wanted is None or last is None:
            return None
        graced = max(wanted, timestamps.epoch_seconds(self.began + self.policy.grace))
        if standing is None:
            return graced
        if standing < wanted:
            # The grace of what had come too late by this policy is no reason to keep it for longer.
            return max(due, standing)
        has_grace = wanted <= now.timestamp() and standing <= timestamps.epoch_seconds(now + self.policy.grace)
        return standing if standing <= max(last, graced) or has_grace else graced

    def _content_until(self, item: Item, origin: Origin, now: datetime) -> dict[str, int | None]:
        """The attribute that tells of the content's end, and its new value; none where there is no content any more."""
        name = "held_content_until" if "held_content_until" in item else "content_until"
        standing = attributes.number(item, name)
        if standing is None or (name == "content_until" and standing <= now.timestamp()):
            return {}
        return {name: self.end(Origin(origin.log, origin.moment, origin.suffix, is_content=True), standing, now)}


def ends(policy: Policy, origin: Origin) -> tuple[int | None, int | None, int | None]:
    """Epoch seconds: when the period of something of that entry is over, and between which it expires.

    The latter has the grace of what came too late; and its key has but the milliseconds of its time.
    """
    expiry = policy.content_expiry if origin.is_content else policy.expiry
    occurred = timestamps.from_instant(origin.moment)
    written = timestamps.EPOCH + timedelta(milliseconds=entry_ids.arrived(origin.suffix))
    return (
        expiry(origin.log, occurred, timestamps.FIRST),
        expiry(origin.log, occurred, written),
        expiry(origin.log, occurred + CUT, written + CUT),
    )


def origins(table: Store, page: Iterable[Item]) -> dict[Key, Origin]:
    """What belongs to entries, of a page of the table.

    Content does not tell of which log its entry is. It is found on the same page as a rule, and looked up where not.
    """
    by_key = {key_of(item): item for item in page}
    found = {key: origin for key, item in by_key.items() if (origin := _told(key, item)) is not None}
    contents = {key: parts for key in by_key if (parts := keys.split_content(*key)) is not None}
    for log in entry_items.CONTENT_LOGS:
        wanted = {(key[0], keys.entry(log, *parts)): key for key, parts in contents.items() if key not in found}
        found |= {wanted[entry]: _of_content(entry) for entry in wanted.keys() & by_key.keys()}
    for log in entry_items.CONTENT_LOGS:
        wanted = {(key[0], keys.entry(log, *parts)): key for key, parts in contents.items() if key not in found}
        found |= {wanted[entry]: _of_content(entry) for entry in (table.get(list(wanted)) if wanted else ())}
    return found


def _told(key: Key, item: Item) -> Origin | None:
    """The entry that an item is, a copy of it, or what makes it unique."""
    pk, sk = key
    if keys.log_of(pk, sk) is not None:
        return Origin(*keys.split_entry(sk))
    if "entry" in item and (keys.is_of_message(pk) or keys.is_idempotency(pk, sk)):
        return Origin(*keys.split_entry(attributes.text(item, "entry")))
    return None


def _of_content(entry: Key) -> Origin:
    return Origin(*keys.split_entry(entry[1]), is_content=True)
