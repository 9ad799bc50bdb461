"""The delivery status of an entry, as a pure function of the set of its delivery events.

The event of the highest rank decides; of equal ranks, the latest. As the function is of a set, neither the order of
arrival nor duplicates change its result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from daybook.model.delivery_events import DeliveryEvent, EventType
from daybook.model.entries import EmailStatus, PushStatus, SmsReason, SmsStatus
from daybook.model.event_set import EventSet

# A failure to send outranks every status on the way to the recipient, and any sign of arrival outranks it.
FAILED_TO_SEND = 27

RANKS: dict[EmailStatus, int] = {
    "queued": 0, "suppressed": 1, "sent": 10, "delayed": 20, "rejected": FAILED_TO_SEND, "failed": FAILED_TO_SEND,
    "delivered": 30, "opened": 40, "clicked": 50, "bounced": 70, "complained": 80,
}  # fmt: skip

SOFT_BOUNCE = 25

# A soft bounce with which the mailer has given up: no delivery, but for a later one. Who opens it has it all the same.
GIVEN_UP = 35

# What of a diagnostic an entry holds beside its events.
MAX_OUTCOME_DIAGNOSTIC = 500

STATUS_BY_EVENT: dict[str, EmailStatus] = {
    "send": "sent", "delivery_delay": "delayed", "delivery": "delivered", "open": "opened", "click": "clicked",
    "reject": "rejected", "rendering_failure": "failed",
}  # fmt: skip

# Subtypes of bounces with which SES says that it did not attempt to send the message.
# The words of providers and mail servers know no case: they stand here in lower case (`_word`).
NOT_ATTEMPTED = frozenset({"emailvalidationsuppressed", "unsubscribedrecipient"})

# The other subtypes that SES documents for Permanent bounces. One that it does not counts as hard, and as unknown.
HARD_SUBTYPES = frozenset({"general", "noemail", "suppressed", "onaccountsuppressionlist", "ontenantsuppressionlist"})

SUPPRESSED_COMPLAINTS = frozenset({"onaccountsuppressionlist", "ontenantsuppressionlist"})

# The first is the opposite of a complaint (RFC 6430); the second reports failed authentication (RFC 6591).
NOT_COMPLAINTS = frozenset({"not-spam", "auth-failure"})

# The classes by which an org's messages are listed. A message passes many statuses but only two or three classes.
# As a secondary index is written anew where its key changes, the key holds the class; a list of one status filters.
CLASS_BY_STATUS = {
    "queued": "waiting", "sent": "waiting", "delayed": "waiting",
    "delivered": "reached", "opened": "reached", "clicked": "reached",
}  # fmt: skip

# The events that say why a message has not arrived.
_EXPLAINED = frozenset({"delivery_delay", "bounce", "complaint", "reject", "rendering_failure", "failure"})

_TO_THE_SECOND = len("2026-01-01T00:00:00")

SMS_RANKS: dict[str, int] = {"pending": 0, "failure": 1, "delivery": 2}

# What the posted status of an SMS or push stands for.
_SMS_EVENTS: dict[SmsStatus, EventType] = {
    "delivery": "pending", "not_delivered": "failure", "delivered": "delivery"
}  # fmt: skip
_PUSH_EVENTS: dict[PushStatus | None, EventType] = {None: "pending", "failed": "failure", "sent": "delivery"}


class Bounce(Struct, frozen=True):
    """`type` and `subtype` in SES's words: Permanent, Transient, Undetermined; General, NoEmail, ..."""

    type: str
    subtype: str | None = None
    diagnostic: str | None = None


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the events of a message say beyond its status. Stored as a JSON object.

    `kind`, `subtype`, `code` (RFC 3463, or a push service's) and `diagnostic` are those of the event that decided a
    failure or delay, as in `DeliveryEvent`; the diagnostic has at most MAX_OUTCOME_DIAGNOSTIC characters. `bot_opens`
    and `bot_clicks` count what machines did. `uncertain`: that it is not known who of several recipients complained.
    """

    kind: str | None = None
    subtype: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    bot_opens: int = 0
    bot_clicks: int = 0
    uncertain: bool = False

    @property
    def bounce(self) -> Bounce:
        """What it says of a bounce."""
        return Bounce(self.kind or "", self.subtype, self.diagnostic)


NO_OUTCOME = Outcome()


class EmailState(Struct, frozen=True):
    """The state of an e-mail. `last_activity_at` is an instant; `opens` and `clicks` are those of people.

    `outcome` is None where there is nothing to say.
    """

    status: EmailStatus
    last_activity_at: str
    opens: int
    clicks: int
    outcome: Outcome | None


class SmsState(Struct, frozen=True):
    """The state of a text message. `reason` is None unless `status` is not_delivered.

    `outcome` is None where there is nothing to say.
    """

    status: SmsStatus
    last_activity_at: str
    reason: SmsReason | None
    outcome: Outcome | None


class PushState(Struct, frozen=True):
    """The push service's answer, as devices report nothing. `status` is None while none is known.

    `outcome` is None where there is nothing to say.
    """

    status: PushStatus | None
    reason: str | None
    outcome: Outcome | None


def status_class(status: str) -> str:
    """The class of an e-mail's or SMS's status: waiting, reached, or for each failure the status itself."""
    return CLASS_BY_STATUS.get(status, status)


def posted_event(status: EmailStatus, occurred: str) -> DeliveryEvent | None:
    """The event that an e-mail posted as bounced (hard) or complained stands for; None for every other status.

    `occurred` is the instant of the entry.
    """
    if status == "bounced":
        return DeliveryEvent(type="bounce", at=occurred, kind="Permanent")
    return DeliveryEvent(type="complaint", at=occurred) if status == "complained" else None


def email(posted: EmailStatus, occurred: str, events: EventSet) -> EmailState:
    """The state of an e-mail. `posted` and `occurred` are the status and instant that it was written with."""
    as_posted = (RANKS[posted], True, occurred, posted, "", posted_event(posted, occurred))
    candidates = [as_posted, *_candidates(posted, occurred, events)]
    best = max(candidate[:-1] for candidate in candidates)
    # Two reports of one moment may differ in their words: the state is that of the set, in whatever order it is held.
    event = max((candidate[-1] for candidate in candidates if candidate[:-1] == best), key=msgspec.json.encode)
    status = best[-2]
    return EmailState(
        status=status,
        last_activity_at=_last_activity_at(occurred, events),
        opens=_engagements(events, "open", bot=False),
        clicks=_engagements(events, "click", bot=False),
        outcome=_outcome(
            event,
            bot_opens=_engagements(events, "open", bot=True),
            bot_clicks=_engagements(events, "click", bot=True),
        ),
    )


def sms(posted: SmsStatus, reason: SmsReason | None, occurred: str, events: EventSet) -> SmsState:
    """The state of a text message: delivered outranks everything, a failure outranks pending.

    The newest of several failures gives the reason. `posted`, `reason` and `occurred` are the status, its reason and
    the instant that the entry was written with.
    """
    best = _newest([*events, DeliveryEvent(type=_SMS_EVENTS[posted], at=occurred, kind=reason)])
    last_activity_at = _last_activity_at(occurred, events)
    if best.type == "pending":
        return SmsState("delivery", last_activity_at, None, None)
    if best.type == "delivery":
        return SmsState("delivered", last_activity_at, None, None)
    return SmsState("not_delivered", last_activity_at, best.kind, _outcome(best))  # type: ignore[arg-type]


def push(posted: PushStatus | None, occurred: str, events: EventSet) -> PushState:
    """The state of a push message, which may go to several devices: one that was reached is enough.

    `posted` and `occurred` are the status and instant that the entry was written with.
    """
    best = _newest([*events, DeliveryEvent(type=_PUSH_EVENTS[posted], at=occurred)])
    if best.type == "pending":
        return PushState(None, None, None)
    if best.type == "failure":
        return PushState("failed", best.diagnostic, _outcome(best))
    return PushState("sent", None, None)


def bounce_outcome(event: DeliveryEvent) -> Literal["hard", "soft", "rejected"] | None:
    """The meaning of a bounce, by its bounceType first: subtypes and diagnostics are often mislabelled.

    None for a type that SES does not document.
    """
    kind = _word(event.kind)
    if kind == "permanent":
        return "rejected" if _word(event.subtype) in NOT_ATTEMPTED else "hard"
    return "soft" if kind in ("transient", "undetermined") else None


def has_given_up(event: DeliveryEvent) -> bool:
    """Whether it is a soft bounce with a DSN that failed (RFC 3464, 2.3.3): the message is not tried any more.

    An out-of-office reply has neither an action nor a status.
    """
    if event.type != "bounce" or bounce_outcome(event) != "soft":
        return False
    action = _word(event.action)
    return action == "failed" or (not action and _word(event.code)[:2] in ("4.", "5."))


def is_later(moment: str, than: str) -> bool:
    """Whether an instant is later by the second: SES cuts the times of bounces and complaints to seconds."""
    return moment[:_TO_THE_SECOND] > than[:_TO_THE_SECOND]


def is_unknown_bounce(event: DeliveryEvent) -> bool:
    """Whether it is a bounce whose type, or the subtype of a Permanent one, is not among those that SES documents."""
    if event.type != "bounce":
        return False
    outcome = bounce_outcome(event)
    return outcome is None or (outcome == "hard" and _word(event.subtype) not in HARD_SUBTYPES)


def complaint_outcome(event: DeliveryEvent) -> Literal["complaint", "rejected"] | None:
    """The meaning of a complaint event; None where no person complained."""
    if _word(event.subtype) in SUPPRESSED_COMPLAINTS:
        return "rejected"
    return None if _word(event.kind) in NOT_COMPLAINTS else "complaint"


def _candidates(
    posted: EmailStatus, occurred: str, events: EventSet
) -> Iterator[tuple[int, bool, str, EmailStatus, str, DeliveryEvent | None]]:
    """Each event that sets a status: its rank, certainty, instant, status, source (to break a tie), and the event."""
    delivered = [event.moment for event in events if event.type == "delivery"]
    if posted == "delivered":
        delivered.append(occurred)
    for event in events:
        rank_and_status = _rank_and_status(event, delivered)
        if rank_and_status is not None:
            rank, status = rank_and_status
            yield rank, not event.uncertain, event.moment, status, event.source, event


def _rank_and_status(event: DeliveryEvent, delivered: Iterable[str]) -> tuple[int, EmailStatus] | None:
    if event.type == "bounce":
        outcome = bounce_outcome(event)
        if outcome == "soft":
            is_over = has_given_up(event) and not any(is_later(moment, event.moment) for moment in delivered)
            return (GIVEN_UP if is_over else SOFT_BOUNCE), "bounced"
        status: EmailStatus | None = {"hard": "bounced", "rejected": "rejected"}.get(outcome or "")  # type: ignore[assignment]
    elif event.type == "complaint":
        status = {"complaint": "complained", "rejected": "rejected"}.get(complaint_outcome(event) or "")  # type: ignore[assignment]
    else:
        status = None if event.bot else STATUS_BY_EVENT.get(event.type)
    return None if status is None else (RANKS[status], status)


def _engagements(events: EventSet, kind: str, *, bot: bool) -> int:
    return sum(event.type == kind and event.bot is bot for event in events)


def _outcome(event: DeliveryEvent | None, *, bot_opens: int = 0, bot_clicks: int = 0) -> Outcome | None:
    """What is kept of the event that decided; None where there is nothing to say."""
    outcome = Outcome(bot_opens=bot_opens, bot_clicks=bot_clicks)
    if event is not None and event.type in _EXPLAINED:
        outcome = replace(
            outcome,
            kind=event.kind,
            subtype=event.subtype,
            code=event.code,
            diagnostic=event.diagnostic and event.diagnostic[:MAX_OUTCOME_DIAGNOSTIC],
            uncertain=event.uncertain,
        )
    return None if outcome == NO_OUTCOME else outcome


def _newest(events: Iterable[DeliveryEvent]) -> DeliveryEvent:
    """The event of an SMS or push that decides; one of them is of a type that has a rank."""
    ranked = [event for event in events if event.type in SMS_RANKS]
    return max(ranked, key=lambda event: (SMS_RANKS[event.type], event.moment, event.source))


def _last_activity_at(occurred: str, events: EventSet) -> str:
    return max([occurred, *(event.moment for event in events)])


def _word(text: str | None) -> str:
    """A word of a provider or mail server, to be compared."""
    return (text or "").strip().lower()
