"""The state of an address: bounces, complaints and verifications, and whether they block it.

Each event of an address becomes an `AddressState`. `merge` joins any number of states: commutative, associative and
idempotent. So neither the order of arrival nor duplicates change the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.core import addresses, timestamps
from daybook.core.timestamps import Instant
from daybook.model import delivery_status
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record

BlockCauseKind = Literal["complaint", "manual", "bounce", "invalid"]

BlockStatus = Literal["complaint", "manual", "bounce", "invalid", "validate"]

# The first kind that is present decides the status: a late event never weakens it. Those first that only a reset takes
# off: whether a mailbox exists says nothing about whether its owner wants the mail.
PRECEDENCE: tuple[BlockCauseKind, ...] = ("complaint", "manual", "bounce", "invalid")
BY_RESET_ONLY: frozenset[BlockCauseKind] = frozenset({"complaint", "manual"})

# For each kind. It bounds the size of an item; of many bounces the older ones add nothing.
MAX_CAUSES = 10
MAX_REASON = 500

# RFC 5321, 4.5.3.1.3: a longer one cannot be sent to, and so not be blocked either.
MAX_ADDRESS_BYTES = 254
NEVER = ""

# Of how many resets an address keeps who and why: the newest.
MAX_RESETS = 20

# The fingerprint of what a caller put on the blacklist; the cause has neither message nor record.
PUT = "put"

# What is shown where no reason was given, or it was erased.
PUT_REASON = "put on the blacklist"

# In lower case, as the words of providers know no case.
ADDRESS_INVALID = "emailvalidationsuppressed"
T = TypeVar("T")


class PastReset(Struct, frozen=True, omit_defaults=True, order=True):
    """A reset of an address: at which instant, by whom, and why. Who and why are absent where they were erased."""

    at: Instant
    username: str = ""
    member_name: str = ""
    reason: str = ""


class Block(Struct, frozen=True, omit_defaults=True):
    """An address that is on the blacklist, since when and why; `message_id` is of the message that brought it there.

    `resets` are the newest MAX_RESETS of those before, newest first; `records` those whose messages went to it. Both
    are absent where there are none.
    """

    address: str
    status: BlockStatus
    since: Instant
    reason: str
    message_id: str | None = None
    resets: list[PastReset] = []
    records: list[Record] = []


class BlockCause(Struct, frozen=True, kw_only=True, array_like=True):
    """One reason to block an address. Stored: new fields go to the end.

    `fingerprint` is SES's feedback id; it tells causes of the same instant apart. `record` is the record in whose log
    the message is. `spelling` is the address as the message was sent to it, where that differs from its mailbox: SES's
    suppression list keeps the case.
    """

    kind: BlockCauseKind
    at: str
    fingerprint: str
    reason: str
    message_id: str | None = None
    record: Record | None = None
    spelling: str | None = None


class SoftBounce(Struct, frozen=True, kw_only=True, array_like=True):
    """A message that bounced softly, with the instants of sending and bounce. Stored: new fields go to the end."""

    sent: str
    message_id: str
    at: str
    record: Record | None = None
    spelling: str | None = None


class Validation(Struct, frozen=True, kw_only=True, array_like=True):
    """A verification that `by` (a display name) requested at the instant `asked`. Stored: new fields go to the end.

    `records` and `spellings` are those of the causes that it replaced. `by` is empty where the name was erased.
    """

    asked: str
    by: str
    # In order of time and of the alphabet: `merge` takes the greatest.
    state: Literal["asked", "given_up", "verified"] = "asked"
    reason: str = ""
    records: tuple[Record, ...] = ()
    spellings: tuple[str, ...] = ()

    @property
    def is_pending(self) -> bool:
        return self.state == "asked"


class AddressState(Struct, frozen=True, kw_only=True, array_like=True):
    """The state of an address in an org. An instant is NEVER, which sorts before all others, where there is none.

    `delivered` is the instant at which the newest delivered message was sent. Stored: new fields go to the end.
    """

    causes: tuple[BlockCause, ...] = ()
    reset_at: str = NEVER
    validation: Validation | None = None
    soft_bounces: tuple[SoftBounce, ...] = ()
    delivered: str = NEVER

    @property
    def floor(self) -> str:
        """The instant of the last reset or requested verification: bounces count only after it."""
        return max(self.reset_at, self.validation.asked if self.validation else NEVER)

    def floor_of(self, kind: BlockCauseKind) -> str:
        """The instant after which a cause of this kind counts."""
        return self.reset_at if kind in BY_RESET_ONLY else self.floor

    def has(self, kind: BlockCauseKind) -> bool:
        """Whether a cause of this kind counts."""
        return any(cause.kind == kind for cause in self.causes)

    @property
    def latest(self) -> str:
        """The instant of the newest cause, soft bounce or verification; NEVER where there is none."""
        asked = self.validation.asked if self.validation else NEVER
        return max(asked, *(cause.at for cause in self.causes), *(soft.sent for soft in self.soft_bounces), NEVER)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records in whose logs the messages are that blocked the address; no duplicates."""
        named = [cause.record for cause in self.causes] + [soft.record for soft in self.soft_bounces]
        return _distinct(named, self.validation.records if self.validation else ())

    @property
    def spellings(self) -> tuple[str, ...]:
        """The spellings of the address in those messages, where they differ from its mailbox; no duplicates."""
        named = [cause.spelling for cause in self.causes] + [soft.spelling for soft in self.soft_bounces]
        return _distinct(named, self.validation.spellings if self.validation else ())


EMPTY = AddressState()


def can_be_blocked(mailbox: str) -> bool:
    """Whether it is an address that could be sent to, of MAX_ADDRESS_BYTES octets of UTF-8 at most.

    Logs have recipients that are none, such as `unknown` or two addresses in one field.
    """
    return addresses.is_mailbox(mailbox) and len(mailbox.encode(errors="replace")) <= MAX_ADDRESS_BYTES


def merge(*states: AddressState, limit: int) -> AddressState:
    """Join one or more states of an address. `limit` soft bounces in a row block it; 0 for never.

    Causes and soft bounces from before the last reset or verification are dropped. The newest MAX_CAUSES causes of each
    kind stay, and the newest `limit` soft bounces.
    """
    validations = [state.validation for state in states if state.validation is not None]
    merged = AddressState(
        reset_at=max(state.reset_at for state in states),
        validation=max(validations, key=msgspec.json.encode, default=None),
        delivered=max(state.delivered for state in states),
    )
    if merged.validation is not None and merged.validation.asked <= merged.reset_at:
        merged = replace(merged, validation=None)
    causes = [cause for state in states for cause in state.causes]
    soft_bounces = [soft for state in states for soft in state.soft_bounces]
    return replace(
        merged,
        causes=_counting_causes(causes, merged),
        soft_bounces=_counting_soft_bounces(soft_bounces, merged, limit),
    )


def without(state: AddressState, reported: AddressState) -> AddressState:
    """The state without the causes and soft bounces that another one has."""
    causes = {_identity(cause) for cause in reported.causes}
    return replace(
        state,
        causes=tuple(cause for cause in state.causes if _identity(cause) not in causes),
        soft_bounces=tuple(soft for soft in state.soft_bounces if soft not in reported.soft_bounces),
    )


def block(address: str, state: AddressState, *, limit: int) -> Block | None:
    """The blacklist entry of an address in this state; None where it is not blocked.

    It shows the earliest cause of the first kind in PRECEDENCE. `limit` is as for `merge`.
    """
    for kind in PRECEDENCE:
        causes = [cause for cause in state.causes if cause.kind == kind]
        if causes:
            first = causes[0]
            reason = first.reason or (PUT_REASON if _is_put(first) else "")
            return Block(address, kind, first.at, reason, first.message_id)
        row = state.soft_bounces[-limit:] if kind == "bounce" and limit else ()
        if row and len(row) == limit:
            last = max(row, key=lambda soft: soft.at)
            return Block(address, "bounce", last.at, f"{limit} soft bounces in a row", last.message_id)
    validation = state.validation
    if validation is None or validation.state == "verified":
        return None
    by = f" by {validation.by}" if validation.by else ""
    return Block(address, "validate", validation.asked, validation.reason or f"verification asked for{by}")


def cause_of(
    event: DeliveryEvent, *, message_id: str | None, record: Record | None = None, spelling: str | None = None
) -> BlockCause | None:
    """The cause for blocking that a delivery event is; None for most events."""
    kind = _kind(event)
    if kind is None:
        return None
    return BlockCause(
        kind=kind,
        at=event.moment,
        fingerprint=event.source,
        reason=event.summary,
        message_id=message_id,
        record=record,
        spelling=spelling,
    )


def state_from_event(
    event: DeliveryEvent,
    *,
    message_id: str,
    sent: str,
    limit: int,
    record: Record | None = None,
    spelling: str | None = None,
) -> AddressState:
    """The state of an address of which only this event of a message is known; EMPTY for most events.

    `sent` is the instant at which the message was sent. `limit` is as for `merge`.
    """
    cause = cause_of(event, message_id=message_id, record=record, spelling=spelling)
    if cause is not None:
        return AddressState(causes=(cause,))
    if limit and event.type == "delivery":
        return AddressState(delivered=sent)
    if limit and event.type == "bounce" and delivery_status.bounce_outcome(event) == "soft":
        soft = SoftBounce(sent=sent, message_id=message_id, at=event.moment, record=record, spelling=spelling)
        return AddressState(soft_bounces=(soft,))
    return EMPTY


def put(kind: BlockCauseKind, at: str, reason: str) -> AddressState:
    """The state of an address of which only this is known: somebody put it on the blacklist from the instant `at` on.

    Of several puts of one kind the latest by `at` holds, and of these the one with the longest reason.
    """
    return AddressState(causes=(BlockCause(kind=kind, at=at, fingerprint=PUT, reason=reason),))


def put_now(state: AddressState, kind: BlockCauseKind, now: str, reason: str) -> AddressState:
    """As `put`, of an address in this state, from `now` on; EMPTY where it was put so before, and that still counts.

    It counts also where the clock was behind that of a reset. Without a reason any reason before is the same.
    """
    before = next((cause for cause in state.causes if cause.kind == kind and _is_put(cause)), None)
    if before is not None and reason in ("", before.reason):
        return EMPTY
    return put(kind, after(max(state.floor_of(kind), before.at if before else NEVER), now), reason)


def after(latest: str, now: str) -> str:
    """`now`, or a millisecond after the latest instant where a clock was ahead of ours."""
    return now if latest < now else timestamps.instant(timestamps.from_instant(latest) + timedelta(milliseconds=1))


def newest(resets: Iterable[PastReset]) -> tuple[PastReset, ...]:
    """The newest MAX_RESETS of these, newest first; no duplicates."""
    return tuple(sorted({*resets}, reverse=True)[:MAX_RESETS])


def validation_requested(state: AddressState, asked: str, by: str) -> AddressState:
    """The state after `by` (a display name) requested a verification: it replaces the causes but complaints."""
    return AddressState(validation=Validation(asked=asked, by=by, records=state.records, spellings=state.spellings))


def validation_answered(validation: Validation, *, at: str, invalid_reason: str | None) -> AddressState:
    """The state once the verification was answered at the instant `at`.

    `invalid_reason` is why the address is invalid, cut to MAX_REASON characters; None where it is valid.
    """
    answered = AddressState(validation=replace(validation, state="verified"))
    if invalid_reason is None:
        return answered
    cause = BlockCause(kind="invalid", at=at, fingerprint="verification", reason=invalid_reason[:MAX_REASON])
    return replace(answered, causes=(cause,))


def validation_given_up(validation: Validation, reason: str) -> AddressState:
    """The state once nobody tries the verification any more; `reason` is cut to MAX_REASON characters."""
    return AddressState(validation=replace(validation, state="given_up", reason=reason[:MAX_REASON]))


def redacted(state: AddressState) -> AddressState:
    """The state without what tells whose the address is: spellings, diagnostics, the name of who asked.

    What callers have put keeps none of their words. It blocks the same. Redaction keeps the identity of causes: `merge`
    takes the same event, redacted, as a duplicate.
    """
    validation = state.validation
    return replace(
        state,
        causes=tuple(replace(cause, reason=_redacted_reason(cause), spelling=None) for cause in state.causes),
        soft_bounces=tuple(replace(soft, spelling=None) for soft in state.soft_bounces),
        validation=validation
        and replace(validation, by="", reason=_without_diagnostic(validation.reason), spellings=()),
    )


def redacted_resets(resets: Iterable[PastReset]) -> tuple[PastReset, ...]:
    """The resets without who and why: their times."""
    return newest(PastReset(reset.at) for reset in resets)


def _is_put(cause: BlockCause) -> bool:
    # An event's has the message or the record of its message, whatever its provider calls it.
    return cause.fingerprint == PUT and cause.message_id is None and cause.record is None


def _redacted_reason(cause: BlockCause) -> str:
    # Whoever put the address may have written anything.
    return "" if _is_put(cause) else _without_diagnostic(cause.reason)


def _without_diagnostic(reason: str) -> str:
    """The part of a reason before the diagnostic (`daybook.model.delivery_events.DeliveryEvent.summary` joins them)."""
    return reason.partition(": ")[0]


def _kind(event: DeliveryEvent) -> BlockCauseKind | None:
    if event.type == "complaint":
        return "complaint" if delivery_status.complaint_outcome(event) == "complaint" else None
    if event.type != "bounce":
        return None
    match delivery_status.bounce_outcome(event):
        case "hard":
            return "bounce"
        case "rejected":
            return "invalid" if (event.subtype or "").strip().lower() == ADDRESS_INVALID else None
    return None


def _counting_causes(causes: Iterable[BlockCause], state: AddressState) -> tuple[BlockCause, ...]:
    """The causes that count, the newest of each kind, in order of kind and time."""
    # Two notifications of one event may differ in their reason, or in the precision of the time.
    counting = _greatest((cause for cause in causes if cause.at > state.floor_of(cause.kind)), _identity, _detail_rank)
    ordered = sorted(counting, key=lambda cause: (cause.kind, cause.at, _identity(cause)))
    return tuple(
        cause for _, alike in groupby(ordered, lambda cause: cause.kind) for cause in list(alike)[-MAX_CAUSES:]
    )


def _identity(cause: BlockCause) -> tuple[str, ...]:
    record = (cause.record.type, cause.record.id) if cause.record else ("", "")
    return cause.kind, cause.fingerprint or cause.at, cause.message_id or "", *record, cause.spelling or ""


def _detail_rank(cause: BlockCause) -> tuple[str, int, str]:
    # The same choice as in `daybook.model.event_set`.
    return cause.at, len(cause.reason), cause.reason


def _counting_soft_bounces(
    soft_bounces: Iterable[SoftBounce], state: AddressState, limit: int
) -> tuple[SoftBounce, ...]:
    """The newest soft bounces of messages that were sent after the last delivered one.

    The order is that of sending: an out-of-office reply to a delivered message does not count, whichever comes first.
    Nor does a later report that it failed after all: its server took the message, and others may have been read.
    """
    start = max(state.floor, state.delivered)
    counting = _greatest((soft for soft in soft_bounces if soft.sent > start), lambda soft: soft.message_id)
    ordered = sorted(counting, key=lambda soft: (soft.sent, soft.message_id))
    return tuple(ordered[-limit:]) if limit else ()


def _greatest(values: Iterable[T], identity: Callable[[T], Any], rank: Callable[[T], Any] = lambda _: 0) -> list[T]:
    """One value of each identity: that of the highest rank, independent of the order of the values."""
    by_identity: dict[Any, T] = {}
    for value in values:
        previous = by_identity.get(identity(value), value)
        by_identity[identity(value)] = max(previous, value, key=lambda each: (rank(each), msgspec.json.encode(each)))
    return list(by_identity.values())


def _distinct(named: Iterable[T | None], before: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*(value for value in named if value is not None), *before]))
