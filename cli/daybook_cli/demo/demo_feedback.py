"""What providers report of the demonstration's messages: the same of the same message, every time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from daybook_cli.demo.entry_parts import Entry
from daybook_cli.feedback.ses_events import LINK, EmailKind, Mail, ses_event
from daybook_cli.feedback.sms_logs import SmsKind, sms_log

# An event, and how many seconds after the sending it happens at least and at most.
Event = tuple[EmailKind, tuple[int, int]]

_SOON, _LATER, _LATE = (1, 20), (60, 4 * 3600), (3600, 3 * 3600)
# The events that lead an e-mail to a status.
EMAIL_EVENTS: dict[str, list[Event]] = {
    "sent": [("send", (0, 0))],
    "delayed": [("delay", (600, 900))],
    "delivered": [("delivery", _SOON)],
    "opened": [("delivery", _SOON), ("open", _LATER)],
    "clicked": [("delivery", _SOON), ("open", _LATER), ("click", _LATER)],
    "bounced": [("bounce", _SOON)],
    "complained": [("delivery", _SOON), ("complaint", _LATER)],
}
# Percent: of bounces that are soft, of delays that end in a delivery, of opened e-mails that are opened again.
_SOFT, _DELIVERED_LATE, _OPENED_AGAIN = 40, 50, 30
# Percent of SMS that fail, and that nothing is reported of.
_SMS_FAILED, _SMS_UNREPORTED = 10, 5
_LINKS = (LINK, f"{LINK}/invoices", f"{LINK}/classes")


def email_events(entries: Iterable[Entry], final_statuses: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The events of SES that lead each e-mail to its status in `final_statuses`, which has them by message id."""
    for entry in entries:
        if entry["log"] == "email" and entry.get("message_id") in final_statuses:
            yield from _events_of(entry, final_statuses[entry["message_id"]])


def _events_of(entry: Entry, final_status: str) -> Iterator[dict[str, Any]]:
    rng = random.Random(entry["message_id"])  # noqa: S311 - the same every time is what is wanted
    sent_at = datetime.fromisoformat(entry["occurred_at"])
    mail = Mail(
        message_id=entry["message_id"],
        recipients=[entry["recipient"]],
        sent_at=sent_at,
        sender=entry["sender"],
        subject=entry["subject"],
    )
    for kind, (min_seconds, max_seconds) in _events_to(final_status, rng):
        at = sent_at + timedelta(milliseconds=rng.randint(min_seconds * 1000, max_seconds * 1000))
        yield ses_event(kind, mail, at, link=rng.choice(_LINKS))


def _events_to(final_status: str, rng: random.Random) -> list[Event]:
    events = list(EMAIL_EVENTS[final_status])
    if final_status == "bounced" and rng.randint(1, 100) <= _SOFT:
        return [("soft-bounce", _LATER)]
    if final_status == "delayed" and rng.randint(1, 100) <= _DELIVERED_LATE:
        events.append(("delivery", _LATE))
    if final_status in ("opened", "clicked") and rng.randint(1, 100) <= _OPENED_AGAIN:
        events.append(("open", _LATER))
    return events


def sms_log_lines(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The lines that SNS logs of the SMS among these entries."""
    for entry in entries:
        if entry["log"] == "sms":
            rng = random.Random(entry["message_id"])  # noqa: S311
            percent = rng.randint(1, 100)
            if percent > _SMS_UNREPORTED:
                kind: SmsKind = "sms-failed" if percent <= _SMS_UNREPORTED + _SMS_FAILED else "sms-delivered"
                at = datetime.fromisoformat(entry["occurred_at"]) + timedelta(seconds=rng.randint(2, 60))
                yield sms_log(kind, entry["message_id"], entry["recipient"], at)
