"""The delivery status of an entry, as a pure function of the set of its delivery events.

The event of the highest rank decides; of equal ranks, the latest. As the function is of a set, neither the order of
arrival nor duplicates change its result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.model.event_set import EventSet

# A failure to send outranks every status on the way to the recipient, and any sign of arrival outranks it.
FAILED_TO_SEND = 27

RANKS: dict[EmailStatus, int] = {
    "queued": 0, "suppressed": 1, "sent": 10, "delayed": 20, "rejected": FAILED_TO_SEND, "failed": FAILED_TO_SEND,
    "delivered": 30, "opened": 40, "clicked": 50, "bounced": 70, "complained": 80,
}  # fmt: skip

SOFT_BOUNCE = 25

STATUS_BY_EVENT: dict[str, EmailStatus] = {
    "send": "sent", "delivery_delay": "delayed", "delivery": "delivered", "open": "opened", "click": "clicked",
    "reject": "rejected", "rendering_failure": "failed",
}  # fmt: skip

# Subtypes of bounces with which SES says that it did not attempt to send the message.
NOT_ATTEMPTED = frozenset({"EmailValidationSuppressed", "UnsubscribedRecipient"})

# The other subtypes that SES documents for Permanent bounces. One that it does not counts as hard, and as unknown.
HARD_SUBTYPES = frozenset({"General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"})

SUPPRESSED_COMPLAINTS = frozenset({"OnAccountSuppressionList", "OnTenantSuppressionList"})

# The first is the opposite of a complaint (RFC 6430); the second reports failed authentication (RFC 6591).
NOT_COMPLAINTS = frozenset({"not-spam", "auth-failure"})

# The classes by which an org's messages are listed. A message passes many statuses but only two or three classes.
# As a secondary index is written anew where its key changes, the key holds the class; a list of one status filters.
CLASS_BY_STATUS = {
    "queued": "waiting", "sent": "waiting", "delayed": "waiting",
    "delivered": "reached", "opened": "reached", "clicked": "reached",
}  # fmt: skip

SMS_RANKS: dict[str, int] = {"pending": 0, "failure": 1, "delivery": 2}


class Bounce(Struct, frozen=True):
    """`type` and `subtype` in SES's words: Permanent, Transient, Undetermined; General, NoEmail, ..."""

    type: str
    subtype: str | None = None
    diagnostic: str | None = None


class EmailState(Struct, frozen=True):
    """The state of an e-mail. `last_activity_at` is an instant; `bounce` is None unless `status` is bounced."""

    status: EmailStatus
    last_activity_at: str
    opens: int
    clicks: int
    bounce: Bounce | None


class SmsState(Struct, frozen=True):
    """The state of a text message. `reason` is None unless `status` is not_delivered."""

    status: SmsStatus
    last_activity_at: str
    reason: SmsReason | None


class PushState(Struct, frozen=True):
    """The push service's answer, as devices report nothing. `status` is None while none is known."""

    status: PushStatus | None
    reason: str | None


def status_class(status: str) -> str:
    """The class of an e-mail's or SMS's status: waiting, reached, or for each failure the status itself."""
    return CLASS_BY_STATUS.get(status, status)


def email(posted: EmailStatus, occurred: str, events: EventSet) -> EmailState:
    """The state of an e-mail. `posted` and `occurred` are the status and instant that it was written with."""
    candidates = [(RANKS[posted], occurred, posted, "", None), *_candidates(events)]
    _, _, status, _, event = max(candidates, key=lambda candidate: candidate[:-1])
    return EmailState(
        status=status,
        last_activity_at=_last_activity_at(occurred, events),
        opens=sum(event.type == "open" for event in events),
        clicks=sum(event.type == "click" for event in events),
        bounce=_bounce(event) if event is not None and event.type == "bounce" else None,
    )


def sms(occurred: str, events: EventSet) -> SmsState:
    """The state of a text message: delivered outranks everything, a failure outranks pending.

    The newest of several failures gives the reason. `occurred` is the instant that the entry was written with.
    """
    best = _newest(events)
    last_activity_at = _last_activity_at(occurred, events)
    if best is None or best.type == "pending":
        return SmsState("delivery", last_activity_at, None)
    if best.type == "delivery":
        return SmsState("delivered", last_activity_at, None)
    return SmsState("not_delivered", last_activity_at, best.kind)  # type: ignore[arg-type]


def push(events: EventSet) -> PushState:
    """The state of a push message, which may go to several devices: one that was reached is enough."""
    best = _newest(events)
    if best is None:
        return PushState(None, None)
    return PushState("sent", None) if best.type == "delivery" else PushState("failed", best.diagnostic)


def bounce_outcome(event: DeliveryEvent) -> Literal["hard", "soft", "rejected"] | None:
    """The meaning of a bounce, by its bounceType first: subtypes and diagnostics are often mislabelled.

    None for a type that SES does not document.
    """
    if event.kind == "Permanent":
        return "rejected" if event.subtype in NOT_ATTEMPTED else "hard"
    return "soft" if event.kind in ("Transient", "Undetermined") else None


def is_unknown_bounce(event: DeliveryEvent) -> bool:
    """Whether it is a bounce whose type, or the subtype of a Permanent one, is not among those that SES documents."""
    if event.type != "bounce":
        return False
    outcome = bounce_outcome(event)
    return outcome is None or (outcome == "hard" and event.subtype not in HARD_SUBTYPES)


def complaint_outcome(event: DeliveryEvent) -> Literal["complaint", "rejected"] | None:
    """The meaning of a complaint event; None where no person complained."""
    if event.subtype in SUPPRESSED_COMPLAINTS:
        return "rejected"
    return None if event.kind in NOT_COMPLAINTS else "complaint"


def _candidates(events: EventSet) -> Iterator[tuple[int, str, EmailStatus, str, DeliveryEvent | None]]:
    """Each event that sets a status: its rank, instant, status, source (to break a tie), and the event."""
    for event in events:
        rank_and_status = _rank_and_status(event)
        if rank_and_status is not None:
            rank, status = rank_and_status
            yield rank, event.moment, status, event.source, event


def _rank_and_status(event: DeliveryEvent) -> tuple[int, EmailStatus] | None:
    if event.type == "bounce":
        outcome = bounce_outcome(event)
        if outcome == "soft":
            return SOFT_BOUNCE, "bounced"
        status: EmailStatus | None = {"hard": "bounced", "rejected": "rejected"}.get(outcome or "")  # type: ignore[assignment]
    elif event.type == "complaint":
        status = {"complaint": "complained", "rejected": "rejected"}.get(complaint_outcome(event) or "")  # type: ignore[assignment]
    else:
        status = None if event.bot else STATUS_BY_EVENT.get(event.type)
    return None if status is None else (RANKS[status], status)


def _newest(events: EventSet) -> DeliveryEvent | None:
    ranked = [event for event in events if event.type in SMS_RANKS]
    return max(ranked, key=lambda event: (SMS_RANKS[event.type], event.moment, event.source), default=None)


def _last_activity_at(occurred: str, events: EventSet) -> str:
    return max([occurred, *(event.moment for event in events)])


def _bounce(event: DeliveryEvent) -> Bounce:
    return Bounce(event.kind or "", event.subtype, event.diagnostic)
