"""Why an address must not be written to: what is known of it, united in any order, and what follows from that.

Everything that happens to an address is a Standing of its own, and `unite` joins any number of them: commutative,
associative and idempotent. So the order of arrival decides nothing, and duplicates nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from daybook.model import delivery_status
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record

FactKind = Literal["complaint", "bounce", "invalid"]


Instant = Annotated[
    str, Meta(description="RFC 3339 in UTC, milliseconds, Z", extra_json_schema={"format": "date-time"})
]


BlockStatus = Literal["complaint", "bounce", "invalid", "validate"]


# The first that there is decides: an entry is never weakened by a late event.
PRECEDENCE: tuple[FactKind, ...] = ("complaint", "bounce", "invalid")


# An item must not grow for ever, and of many bounces the older ones add nothing.
MAX_FACTS = 10


MAX_REASON = 500


# RFC 5321, 4.5.3.1.3: a longer one cannot be sent to, and so not be blocked either.
MAX_ADDRESS_BYTES = 254


NEVER = ""


ADDRESS_INVALID = "EmailValidationSuppressed"


T = TypeVar("T")


class Block(Struct, frozen=True, omit_defaults=True):
    """An address that is on the blacklist, since when and why; `message_id` is of the message that brought it there."""

    address: str
    status: BlockStatus
    since: Instant
    reason: str
    message_id: str | None = None


class Fact(Struct, frozen=True, kw_only=True, array_like=True):
    """What speaks against an address. Stored: new fields go to the end.

    `fingerprint` tells facts of one time apart: SES's feedback id. `record` is in whose log the message stands.
    `spelling` is the address as the message was sent to it, where that is not its mailbox: SES's list keeps the case.
    """

    kind: FactKind
    at: str
    fingerprint: str
    reason: str
    message_id: str | None = None
    record: Record | None = None
    spelling: str | None = None


class SoftBounce(Struct, frozen=True, kw_only=True, array_like=True):
    """One message that bounced softly: when it was sent, and when it bounced. Stored: new fields go to the end."""

    sent: str
    message_id: str
    at: str
    record: Record | None = None
    spelling: str | None = None


class Validation(Struct, frozen=True, kw_only=True, array_like=True):
    """That `by` (a name) asked for a verification at the instant `asked`. Stored: new fields go to the end.

    `records` and `spellings` are of the facts that it took the place of. `by` is empty where it was erased.
    """

    asked: str
    by: str
    # In the order in which they come: `unite` takes the greatest.
    state: Literal["asked", "given_up", "verified"] = "asked"
    reason: str = ""
    records: tuple[Record, ...] = ()
    spellings: tuple[str, ...] = ()

    @property
    def is_pending(self) -> bool:
        return self.state == "asked"


class AddressState(Struct, frozen=True, kw_only=True, array_like=True):
    """All that is known of an address in an org; instants are NEVER (which is before all) where there is none.

    `delivered` is when the newest message that was delivered was sent. Stored: new fields go to the end.
    """

    facts: tuple[Fact, ...] = ()
    reset_at: str = NEVER
    validation: Validation | None = None
    softs: tuple[SoftBounce, ...] = ()
    delivered: str = NEVER

    @property
    def floor(self) -> str:
        """Up to here bounces and a finding of invalidity do not count: a verification takes their place."""
        return max(self.reset_at, self.validation.asked if self.validation else NEVER)

    @property
    def has_complaint(self) -> bool:
        return any(fact.kind == "complaint" for fact in self.facts)

    @property
    def latest(self) -> str:
        """The instant of the newest of what is known; NEVER where nothing is."""
        asked = self.validation.asked if self.validation else NEVER
        return max(asked, *(fact.at for fact in self.facts), *(soft.sent for soft in self.softs), NEVER)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records in whose logs the messages stand for which the address is blocked."""
        named = [fact.record for fact in self.facts] + [soft.record for soft in self.softs]
        return _distinct(named, self.validation.records if self.validation else ())

    @property
    def spellings(self) -> tuple[str, ...]:
        named = [fact.spelling for fact in self.facts] + [soft.spelling for soft in self.softs]
        return _distinct(named, self.validation.spellings if self.validation else ())


NOTHING = AddressState()


def can_be_blocked(mailbox: str) -> bool:
    return 0 < len(mailbox.encode(errors="replace")) <= MAX_ADDRESS_BYTES


def merge(*address_store: AddressState, limit: int) -> AddressState:
    """All that the standings hold, within bounds. `limit` soft bounces in a row block an address; 0 for never."""
    asked = [known.validation for known in address_store if known.validation is not None]
    united = AddressState(
        reset_at=max(known.reset_at for known in address_store),
        validation=max(asked, key=msgspec.json.encode, default=None),
        delivered=max(known.delivered for known in address_store),
    )
    if united.validation is not None and united.validation.asked <= united.reset_at:
        united = replace(united, validation=None)
    facts = [fact for known in address_store for fact in known.facts]
    softs = [soft for known in address_store for soft in known.softs]
    return replace(united, facts=_facts(facts, united), softs=_row(softs, united, limit))


def status(address: str, standing: AddressState, *, limit: int) -> Block | None:
    """Whether and why the address is on the blacklist; of several facts of a kind the earliest tells."""
    for kind in PRECEDENCE:
        known = [fact for fact in standing.facts if fact.kind == kind]
        if known:
            first = known[0]
            return Block(address, kind, first.at, first.reason, first.message_id)
        row = standing.softs[-limit:] if kind == "bounce" and limit else ()
        if row and len(row) == limit:
            last = max(row, key=lambda soft: soft.at)
            return Block(address, "bounce", last.at, f"{limit} soft bounces in a row", last.message_id)
    asked = standing.validation
    if asked is None or asked.state == "verified":
        return None
    by = f" by {asked.by}" if asked.by else ""
    return Block(address, "validate", asked.asked, asked.reason or f"verification asked for{by}")


def fact(
    what: DeliveryEvent, *, message_id: str | None, record: Record | None = None, spelling: str | None = None
) -> Fact | None:
    """What a happening says against its address, if anything."""
    kind = _kind(what)
    if kind is None:
        return None
    return Fact(
        kind=kind,
        at=what.moment,
        fingerprint=what.source,
        reason=what.saying,
        message_id=message_id,
        record=record,
        spelling=spelling,
    )


def hearing(
    what: DeliveryEvent,
    *,
    message_id: str,
    sent: str,
    limit: int,
    record: Record | None = None,
    spelling: str | None = None,
) -> AddressState:
    """What a happening of a message that was sent at `sent` says about its address: NOTHING for most."""
    known = fact(what, message_id=message_id, record=record, spelling=spelling)
    if known is not None:
        return AddressState(facts=(known,))
    if limit and what.type == "delivery":
        return AddressState(delivered=sent)
    if limit and what.type == "bounce" and delivery_status.bounce_outcome(what) == "soft":
        soft = SoftBounce(sent=sent, message_id=message_id, at=what.moment, record=record, spelling=spelling)
        return AddressState(softs=(soft,))
    return NOTHING


def asking(standing: AddressState, asked: str, by: str) -> AddressState:
    """That a verification is asked for: it takes the place of the bounces before it."""
    return AddressState(
        validation=Validation(asked=asked, by=by, records=standing.records, spellings=standing.spellings)
    )


def answer(asked: Validation, *, at: str, doubt: str | None) -> AddressState:
    """That the verification has answered: `doubt` is why the address is invalid, None where it is not."""
    answered = AddressState(validation=replace(asked, state="verified"))
    if doubt is None:
        return answered
    found = Fact(kind="invalid", at=at, fingerprint="verification", reason=doubt[:MAX_REASON])
    return replace(answered, facts=(found,))


def giving_up(asked: Validation, reason: str) -> AddressState:
    return AddressState(validation=replace(asked, state="given_up", reason=reason[:MAX_REASON]))


def reduced(standing: AddressState) -> AddressState:
    """The same without what could tell whose the address is or was: spellings, diagnostics, who asked.

    It decides the same, and what is heard again and reduced as well is the same fact still.
    """
    asked = standing.validation
    return replace(
        standing,
        facts=tuple(replace(known, reason=_words(known.reason), spelling=None) for known in standing.facts),
        softs=tuple(replace(soft, spelling=None) for soft in standing.softs),
        validation=asked and replace(asked, by="", reason=_words(asked.reason), spellings=()),
    )


def _words(reason: str) -> str:
    """The provider's own words of a reason, without the diagnostic (`model.delivery_events.DeliveryEvent.saying`)."""
    return reason.partition(": ")[0]


def _kind(what: DeliveryEvent) -> FactKind | None:
    if what.type == "complaint":
        return "complaint" if delivery_status.complaint_outcome(what) == "complaint" else None
    if what.type != "bounce":
        return None
    if delivery_status.bounce_outcome(what) == "hard":
        return "bounce"
    return "invalid" if what.kind == "Permanent" and what.subtype == ADDRESS_INVALID else None


def _facts(facts: Iterable[Fact], standing: AddressState) -> tuple[Fact, ...]:
    """Those that count, the newest of each kind, in order of kind and time."""
    floors = {"complaint": standing.reset_at, "bounce": standing.floor, "invalid": standing.floor}
    # One event that was told in two ways differs in its reason, or in how exactly it tells the time.
    counting = _greatest((known for known in facts if known.at > floors[known.kind]), _identity, _telling)
    ordered = sorted(counting, key=lambda known: (known.kind, known.at, _identity(known)))
    return tuple(known for _, alike in groupby(ordered, lambda known: known.kind) for known in list(alike)[-MAX_FACTS:])


def _identity(known: Fact) -> tuple[str, ...]:
    record = (known.record.type, known.record.id) if known.record else ("", "")
    return known.kind, known.fingerprint or known.at, known.message_id or "", *record, known.spelling or ""


def _telling(known: Fact) -> tuple[str, int, str]:
    # As `model.event_set` chooses.
    return known.at, len(known.reason), known.reason


def _row(softs: Iterable[SoftBounce], standing: AddressState, limit: int) -> tuple[SoftBounce, ...]:
    """The newest soft bounces of messages that were sent after the last that was delivered: by time of sending, so
    that an out-of-office reply beside the delivery of the same message counts nothing, whichever comes first."""
    start = max(standing.floor, standing.delivered)
    counting = _greatest((soft for soft in softs if soft.sent > start), lambda soft: soft.message_id)
    ordered = sorted(counting, key=lambda soft: (soft.sent, soft.message_id))
    return tuple(ordered[-limit:]) if limit else ()


def _greatest(values: Iterable[T], identity: Callable[[T], Any], rank: Callable[[T], Any] = lambda _: 0) -> list[T]:
    """One of those that are the same: always the same one."""
    found: dict[Any, T] = {}
    for value in values:
        known = found.get(identity(value), value)
        found[identity(value)] = max(known, value, key=lambda one: (rank(one), msgspec.json.encode(one)))
    return list(found.values())


def _distinct(named: Iterable[T | None], before: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*(value for value in named if value is not None), *before]))
