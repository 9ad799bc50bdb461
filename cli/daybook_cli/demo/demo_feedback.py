"""What providers report of the demonstration's messages: the same of the same message, every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.demo_entries import Demonstration
from daybook_cli.demo.entry_parts import Entry
from daybook_cli.feedback.ses_events import LINK, BounceType, EmailKind, Mail, ses_event
from daybook_cli.feedback.sms_logs import sms_log


@dataclass(frozen=True)
class Event:
    """An event, and how many seconds after the sending it happens at least and at most."""

    kind: EmailKind
    seconds: tuple[int, int]
    bounce: BounceType | None = None
    is_bot: bool = False


_SOON, _LATER, _LATE = (1, 20), (60, 4 * 3600), (3600, 3 * 3600)
_MACHINE_SOON = (2, 120)
_DELIVERY = Event("delivery", _SOON)
# The events that lead an e-mail to its outcome.
EMAIL_EVENTS: dict[str, tuple[Event, ...]] = {
    "silent": (Event("send", (0, 0)),),
    "delayed": (Event("delay", (600, 900)),),
    "late": (Event("delay", (600, 900)), Event("delivery", _LATE)),
    "delivered": (_DELIVERY,),
    "opened": (_DELIVERY, Event("open", _LATER)),
    "opened-by-machine": (_DELIVERY, Event("open", _MACHINE_SOON, is_bot=True)),
    "clicked": (_DELIVERY, Event("open", _LATER), Event("click", _LATER)),
    "complained": (_DELIVERY, Event("complaint", _LATER)),
    "no-mailbox": (Event("bounce", _SOON),),
    "mailbox-full": (Event("soft-bounce", _LATE),),
    "refused": (
        Event("bounce", _SOON, BounceType(
            "Permanent", "General", "5.7.1", "smtp; 550 5.7.1 <{}>: Message refused by the recipient's policy reasons"
        )),
    ),
    "no-domain": (
        Event("soft-bounce", _LATE, BounceType(
            "Transient", "General", "5.4.4", "smtp; 550 5.4.4 Host not found: the domain of <{}> does not exist"
        )),
    ),
    "spam-filter": (
        Event("soft-bounce", _SOON, BounceType(
            "Transient", "ContentRejected", "5.7.1", "smtp; 554 5.7.1 Message to <{}> rejected: looks like spam"
        )),
    ),
    "unsubscribed": (
        Event("bounce", _SOON, BounceType(
            "Permanent", "UnsubscribedRecipient", "5.1.1", "Recipient <{}> is unsubscribed from the contact list"
        )),
    ),
    "virus": (Event("reject", (1, 2)),),
}  # fmt: skip
# Percent of opened e-mails that are opened again.
_OPENED_AGAIN = 30
# What SNS says of SMS that failed.
SMS_FAILURES = {
    "unreachable": "Phone is currently unreachable/unavailable",
    "carrier-blocked": "Phone carrier has blocked this message",
    "invalid-number": "Invalid phone number",
    "opted-out": "Phone has opted out of receiving messages",
}
_LINKS = (LINK, f"{LINK}/invoices", f"{LINK}/classes")
_APP_REMOVED = "UNREGISTERED: Requested entity was not found."


def email_events(demo: Demonstration) -> Iterator[dict[str, Any]]:
    """The events of SES that lead each newer e-mail to its outcome, as far as they have happened."""
    for entry in demo.entries:
        if entry["log"] == "email" and entry.get("message_id") in demo.email_outcomes:
            yield from _events_of(entry, demo.email_outcomes[entry["message_id"]], demo.now)


def _events_of(entry: Entry, outcome: str, now: datetime) -> Iterator[dict[str, Any]]:
    rng = random.Random(entry["message_id"])  # noqa: S311 - the same every time is what is wanted
    sent_at = datetime.fromisoformat(entry["occurred_at"])
    mail = Mail(
        message_id=entry["message_id"],
        recipients=[entry["recipient"]],
        sent_at=sent_at,
        sender=entry["sender"],
        subject=entry["subject"],
    )
    events = list(EMAIL_EVENTS[outcome])
    if outcome in ("opened", "clicked") and rng.randint(1, 100) <= _OPENED_AGAIN:
        events.append(Event("open", _LATER))
    for event in events:
        min_seconds, max_seconds = event.seconds
        at = sent_at + timedelta(milliseconds=rng.randint(min_seconds * 1000, max_seconds * 1000))
        link = rng.choice(_LINKS)
        if at < now:
            yield ses_event(event.kind, mail, at, link=link, bounce=event.bounce, is_bot=event.is_bot)


def sms_log_lines(demo: Demonstration) -> Iterator[dict[str, Any]]:
    """The lines that SNS logs of the newer SMS, as far as their outcome is known."""
    for entry in demo.entries:
        if entry["log"] == "sms" and entry.get("message_id") in demo.sms_outcomes:
            message_id, outcome = entry["message_id"], demo.sms_outcomes[entry["message_id"]]
            rng = random.Random(message_id)  # noqa: S311
            at = datetime.fromisoformat(entry["occurred_at"]) + timedelta(seconds=rng.randint(2, 60))
            if at >= demo.now:
                continue
            if outcome == "delivered":
                yield sms_log("sms-delivered", message_id, entry["recipient"], at)
            else:
                yield sms_log("sms-failed", message_id, entry["recipient"], at, failure=SMS_FAILURES[outcome])


def push_failures(demo: Demonstration) -> list[dict[str, Any]]:
    """The delivery events of the pushes that failed, as `POST /deliveries` takes them."""
    failed = frozenset(demo.failed_pushes)
    return [_push_failure(entry) for entry in demo.entries if entry.get("message_id") in failed]


def _push_failure(entry: Entry) -> dict[str, Any]:
    at = datetime.fromisoformat(entry["occurred_at"]) + timedelta(seconds=1)
    return {
        "log": "push",
        "message_id": entry["message_id"],
        "type": "failed",
        "at": format_timestamp(at),
        "detail": _APP_REMOVED,
    }
