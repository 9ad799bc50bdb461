"""What an entry shows of its delivery, as a function of the set of its happenings: rank first, time second.

A function of a set knows no order of arrival and no duplicates, so neither can change the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.model.event_set import EventSet

# A failure to send loses to any sign that the message arrived all the same, and beats all that is only on its way.
FAILED_TO_SEND = 27


RANKS: dict[EmailStatus, int] = {
    "queued": 0, "suppressed": 1, "sent": 10, "delayed": 20, "rejected": FAILED_TO_SEND, "failed": FAILED_TO_SEND,
    "delivered": 30, "opened": 40, "clicked": 50, "bounced": 70, "complained": 80,
}  # fmt: skip


SOFT_BOUNCE = 25


PLAIN: dict[str, EmailStatus] = {
    "send": "sent", "delivery_delay": "delayed", "delivery": "delivered", "open": "opened", "click": "clicked",
    "reject": "rejected", "rendering_failure": "failed",
}  # fmt: skip


# Bounces and complaints that say SES did not attempt the message at all.
NOT_ATTEMPTED = frozenset({"EmailValidationSuppressed", "UnsubscribedRecipient"})


# What else SES says of a Permanent bounce; one that is not here counts as hard, and is counted as unknown.
HARD_SUBTYPES = frozenset({"General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"})


SUPPRESSED_COMPLAINTS = frozenset({"OnAccountSuppressionList", "OnTenantSuppressionList"})


# The first says the opposite of a complaint; the second is a DMARC report, and no person's.
NO_COMPLAINTS = frozenset({"not-spam", "auth-failure"})


# By these an org's messages are listed. A message passes many statuses and two or three classes on its way, and an
# index is written anew where its key changes, so its key is the class; a list of one status leaves out its class-mates.
CLASSES = {
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
    """`activity` is the instant of the last one."""

    status: EmailStatus
    activity: str
    opens: int
    clicks: int
    bounce: Bounce | None


class SmsState(Struct, frozen=True):
    status: SmsStatus
    activity: str
    reason: SmsReason | None


class PushState(Struct, frozen=True):
    """What the push service answered; the phone says nothing. `status` is None while nothing is known."""

    status: PushStatus | None
    reason: str | None


def status_class(status: str) -> str:
    """Of an e-mail's or an SMS's status; each failure is a class of its own."""
    return CLASSES.get(status, status)


def email(posted: EmailStatus, occurred: str, history: EventSet) -> EmailState:
    """Fold an e-mail's history. `posted` and `occurred` are the status and instant that it was written with."""
    candidates = [(RANKS[posted], occurred, posted, "", None), *_candidates(history)]
    _, _, status, _, what = max(candidates, key=lambda candidate: candidate[:-1])
    return EmailState(
        status=status,
        activity=_activity(occurred, history),
        opens=sum(what.type == "open" for what in history),
        clicks=sum(what.type == "click" for what in history),
        bounce=_bounce(what) if what is not None and what.type == "bounce" else None,
    )


def sms(occurred: str, history: EventSet) -> SmsState:
    """Delivered beats everything, a failure beats waiting; of several failures the newest says why."""
    best = _newest(history)
    activity = _activity(occurred, history)
    if best is None or best.type == "pending":
        return SmsState("delivery", activity, None)
    if best.type == "delivery":
        return SmsState("delivered", activity, None)
    return SmsState("not_delivered", activity, best.kind)  # type: ignore[arg-type]


def push(history: EventSet) -> PushState:
    """One phone that was reached is enough: a message may go to several."""
    best = _newest(history)
    if best is None:
        return PushState(None, None)
    return PushState("sent", None) if best.type == "delivery" else PushState("failed", best.diagnostic)


def bounce_outcome(what: DeliveryEvent) -> Literal["hard", "soft", "rejected"] | None:
    """By bounceType first: subtypes and diagnostics are often mislabelled. None for a type that SES does not have."""
    if what.kind == "Permanent":
        return "rejected" if what.subtype in NOT_ATTEMPTED else "hard"
    return "soft" if what.kind in ("Transient", "Undetermined") else None


def is_unknown_bounce(what: DeliveryEvent) -> bool:
    """Whether it is a bounce of a type, or a Permanent one of a subtype, that is not among those that SES documents."""
    if what.type != "bounce":
        return False
    outcome = bounce_outcome(what)
    return outcome is None or (outcome == "hard" and what.subtype not in HARD_SUBTYPES)


def complaint_outcome(what: DeliveryEvent) -> Literal["complaint", "rejected"] | None:
    """None where nobody complained."""
    if what.subtype in SUPPRESSED_COMPLAINTS:
        return "rejected"
    return None if what.kind in NO_COMPLAINTS else "complaint"


def _candidates(history: EventSet) -> Iterator[tuple[int, str, EmailStatus, str, DeliveryEvent | None]]:
    """Each happening that asserts a status: its rank, moment, status, a tie's last word, and itself."""
    for what in history:
        asserted = _asserted(what)
        if asserted is not None:
            rank, status = asserted
            yield rank, what.moment, status, what.source, what


def _asserted(what: DeliveryEvent) -> tuple[int, EmailStatus] | None:
    if what.type == "bounce":
        outcome = bounce_outcome(what)
        if outcome == "soft":
            return SOFT_BOUNCE, "bounced"
        status: EmailStatus | None = {"hard": "bounced", "rejected": "rejected"}.get(outcome or "")  # type: ignore[assignment]
    elif what.type == "complaint":
        status = {"complaint": "complained", "rejected": "rejected"}.get(complaint_outcome(what) or "")  # type: ignore[assignment]
    else:
        status = None if what.bot else PLAIN.get(what.type)
    return None if status is None else (RANKS[status], status)


def _newest(history: EventSet) -> DeliveryEvent | None:
    known = [what for what in history if what.type in SMS_RANKS]
    return max(known, key=lambda what: (SMS_RANKS[what.type], what.moment, what.source), default=None)


def _activity(occurred: str, history: EventSet) -> str:
    return max([occurred, *(what.moment for what in history)])


def _bounce(what: DeliveryEvent) -> Bounce:
    return Bounce(what.kind or "", what.subtype, what.diagnostic)
