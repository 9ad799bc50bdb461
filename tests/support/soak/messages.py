"""Entries of a soak, and what providers say of its messages.

Whatever is personal in them holds the mark of the run: names, addresses, texts, and the ids of records. So a line of a
log that holds the mark tells of a person.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event
from daybook_cli.feedback.sms_logs import SmsKind, sms_log

from tests.support.soak.ledger import Entry

Event = dict[str, Any]

# What happens to an e-mail, and the status that it leads to whatever the order of arrival (api.md, "Statuses").
EMAIL_STORIES: list[tuple[list[EmailKind], str]] = [
    (["send"], "sent"),
    (["send", "delay"], "delayed"),
    (["send", "delay", "delivery"], "delivered"),
    (["send", "delivery"], "delivered"),
    (["send", "delivery", "open"], "opened"),
    (["send", "delivery", "open", "open", "open"], "opened"),
    (["send", "delivery", "open", "click"], "clicked"),
    (["send", "bounce"], "bounced"),
    (["send", "delay", "soft-bounce"], "bounced"),
    (["send", "delivery", "complaint"], "complained"),
    (["reject"], "rejected"),
]
SMS_STORIES: list[tuple[list[SmsKind], str]] = [
    (["sms-delivered"], "delivered"),
    (["sms-failed"], "not_delivered"),
    (["sms-failed", "sms-delivered"], "delivered"),
]
# Those of an e-mail that put its address on the blacklist.
BLOCKING = {"bounce", "complaint"}
ACTIONS = ("created", "updated", "deleted", "enrolled", "moved")
PHONE, IP = "+1415", "203.0.113."


@dataclass(frozen=True)
class Message:
    """An entry to be posted. `word` is its own, and stands in its texts; `events` are what will be said of it."""

    entry: Entry
    word: str
    events: list[Event]
    status: str | None = None
    opens: int = 0
    blocks: bool = False


class Messages:
    """Makes entries; one for each thread. `thread` keeps their words apart."""

    def __init__(self, mark: str, thread: int, rng: random.Random) -> None:
        self._mark = mark
        self._thread = thread
        self._rng = rng
        self._numbers = itertools.count()

    def new_word(self) -> str:
        """A word that no other entry has."""
        return f"{self._mark}w{self._thread:02x}{next(self._numbers):06x}"

    def email(self, record: Entry, *, secret: str | None = None) -> Message:
        word, rng = self.new_word(), self._rng
        sent_at = self._moment()
        kinds, status = rng.choice(EMAIL_STORIES)
        address = f"{secret or word}.{word}@mail.example"
        entry = {
            "log": "email",
            "record": record,
            "recipient": address,
            "subject": f"Letter {secret or ''} {word}",
            "message_id": f"m-{word}",
            "occurred_at": format_timestamp(sent_at),
        }
        if rng.random() < 0.4:
            entry["key"] = f"k-{word}"
        if rng.random() < 0.3:
            entry["body"] = {"text": f"{secret or word} " * 20, "html": self._noise(9000)}
        mail = Mail(f"m-{word}", [address], sent_at, f"Office {self._mark} <office@{self._mark}.example>", word)
        events = [ses_event(kind, mail, self._later(sent_at, number)) for number, kind in enumerate(kinds)]
        blocks = bool(BLOCKING & set(kinds))
        return Message(entry, word, events, status, kinds.count("open"), blocks)

    def sms(self, record: Entry, *, secret: str | None = None) -> Message:
        word = self.new_word()
        sent_at = self._moment()
        kinds, status = self._rng.choice(SMS_STORIES)
        number = f"{PHONE}{self._thread:02d}{next(self._numbers) % 100_000:05d}"
        entry = {
            "log": "sms",
            "record": record,
            "recipient": number,
            "text": f"Class {secret or ''} {word}",
            "message_id": f"s-{word}",
            "occurred_at": format_timestamp(sent_at),
        }
        logs = [sms_log(kind, f"s-{word}", number, self._later(sent_at, at)) for at, kind in enumerate(kinds)]
        return Message(entry, word, logs, status)

    def push(self, record: Entry, *, secret: str | None = None) -> Message:
        word = self.new_word()
        entry = {"log": "push", "record": record, "subject": f"Closed {secret or ''}", "text": word}
        at = format_timestamp(self._moment())
        return Message({**entry, "message_id": f"p-{word}", "occurred_at": at}, word, [])

    def activity(self, record: Entry, *, secret: str | None = None) -> Message:
        word = self.new_word()
        entry = {
            "log": "activity",
            "record": record,
            "name": f"Smith {secret or word}",
            "action": f"paid {word}",
            "ip": f"{IP}{self._rng.randint(1, 254)}",
            "details": {"note": f"{secret or word}"},
        }
        return Message({**entry, **self._keyed(word)}, word, [])

    def audit(self, records: Sequence[Entry], *, secret: str | None = None) -> Message:
        word, rng = self.new_word(), self._rng
        staff = f"{self._mark}staff{rng.randrange(20)}"
        affected = [
            {"record": record, "change": "updated", "name": f"Name {secret if number == 0 and secret else word}"}
            for number, record in enumerate(records)
        ]
        if affected and rng.random() < 0.3:
            affected[0]["after"] = {"note": f"{secret or word} " * 150}
        entry = {
            "log": "audit",
            "member_name": f"Staff {staff}",
            "username": staff,
            "source": rng.choice(["office_portal", "staff_portal", "system"]),
            "ip": f"{IP}{rng.randint(1, 254)}",
            "action": f"{rng.choice(ACTIONS)} {word}",
            "affected": affected,
        }
        return Message({**entry, **self._keyed(word)}, word, [])

    def _keyed(self, word: str) -> Entry:
        return {"key": f"k-{word}", "occurred_at": format_timestamp(self._moment())}

    def _moment(self) -> datetime:
        """In the last hour, but not in its last minutes: events come after it and before now."""
        return datetime.now(UTC) - timedelta(milliseconds=self._rng.randint(600_000, 3_600_000))

    def _later(self, moment: datetime, number: int) -> datetime:
        return moment + timedelta(seconds=10 * (number + 1), milliseconds=self._rng.randint(0, 5000))

    def _noise(self, size: int) -> str:
        """Text that does not compress, so that it goes to S3."""
        return self._rng.randbytes(size // 2).hex()
