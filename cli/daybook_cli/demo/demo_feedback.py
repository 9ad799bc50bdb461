"""What providers say about the messages of the demonstration data: the same about the same message, every time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from daybook_cli.connection.aws import Site
from daybook_cli.feedback import provider_records
from daybook_cli.feedback.provider import SmsLogs, Topic
from daybook_cli.feedback.provider_records import LINK, EmailKind, Mail, Record, SmsKind

Entry = dict[str, Any]

# What is said of an e-mail that ends in a status, each so many seconds after its sending at least and at most.
_SOON, _LATER = (1, 20), (60, 4 * 3600)
TOLD: dict[str, list[tuple[EmailKind, tuple[int, int]]]] = {
    "sent": [("send", (0, 0))],
    "delayed": [("delay", (600, 900))],
    "delivered": [("delivery", _SOON)],
    "opened": [("delivery", _SOON), ("open", _LATER)],
    "clicked": [("delivery", _SOON), ("open", _LATER), ("click", _LATER)],
    "bounced": [("bounce", _SOON)],
    "complained": [("delivery", _SOON), ("complaint", _LATER)],
}
# Of a hundred, so many bounces are soft, delays end well, what was opened is opened again, and SMS fail or stay untold.
SOFT, DELIVERED_LATE, OPENED_AGAIN, SMS_FAILED, SMS_UNTOLD = 40, 50, 30, 10, 5
LATE = (3600, 3 * 3600)
LINKS = (LINK, f"{LINK}/invoices", f"{LINK}/classes")


def play(stack: Mapping[str, Any], entries: Sequence[Entry], fates: Mapping[str, str]) -> None:
    """Say it all to a local stack."""
    site = Site.of_stack(stack)
    Topic(site, stack["feedback_topic"]).publish(list(email_events(entries, fates)))
    SmsLogs(site, stack["sms_log_group"]).write(list(sms_lines(entries)))


def email_events(entries: Iterable[Entry], fates: Mapping[str, str]) -> Iterator[Record]:
    """`fates` are the statuses that e-mails end in, by their message ids."""
    for entry in entries:
        if entry["log"] == "email" and entry.get("message_id") in fates:
            yield from _of_email(entry, fates[entry["message_id"]])


def _of_email(entry: Entry, fate: str) -> Iterator[Record]:
    chance = random.Random(entry["message_id"])  # noqa: S311 - the same every time is what is wanted
    sent_at = datetime.fromisoformat(entry["occurred_at"])
    mail = Mail(
        message_id=entry["message_id"],
        recipients=[entry["recipient"]],
        sent_at=sent_at,
        sender=entry["sender"],
        subject=entry["subject"],
    )
    for kind, after in _told(fate, chance):
        at = sent_at + timedelta(milliseconds=chance.randint(after[0] * 1000, after[1] * 1000))
        yield provider_records.ses_event(kind, mail, at, link=chance.choice(LINKS))


def _told(fate: str, chance: random.Random) -> list[tuple[EmailKind, tuple[int, int]]]:
    told = list(TOLD[fate])
    if fate == "bounced" and chance.randint(1, 100) <= SOFT:
        return [("soft-bounce", _LATER)]
    if fate == "delayed" and chance.randint(1, 100) <= DELIVERED_LATE:
        told.append(("delivery", LATE))
    if fate in ("opened", "clicked") and chance.randint(1, 100) <= OPENED_AGAIN:
        told.append(("open", _LATER))
    return told


def sms_lines(entries: Iterable[Entry]) -> Iterator[Record]:
    for entry in entries:
        if entry["log"] == "sms":
            chance = random.Random(entry["message_id"])  # noqa: S311
            drawn = chance.randint(1, 100)
            if drawn > SMS_UNTOLD:
                kind: SmsKind = "sms-failed" if drawn <= SMS_UNTOLD + SMS_FAILED else "sms-delivered"
                at = datetime.fromisoformat(entry["occurred_at"]) + timedelta(seconds=chance.randint(2, 60))
                yield provider_records.sms_log(kind, entry["message_id"], entry["recipient"], at)
