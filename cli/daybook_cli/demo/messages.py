"""The e-mails, SMS and pushes of one business."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business, Family, Member, handbook
from daybook_cli.demo.demo_feedback import EMAIL_EVENTS
from daybook_cli.demo.entry_parts import Entry, record
from daybook_cli.demo.sampler import Sampler

_NEVER_SENT = frozenset({"queued", "suppressed", "rejected"})
# Older e-mails get no feedback: they are posted with their final status, as out of another system.
_FEEDBACK_PERIOD = timedelta(days=60)


@dataclass(frozen=True)
class Messages:
    """`final_statuses` are those that feedback leads newer e-mails to, by message id; `emails` fills it."""

    business: Business
    families: list[Family]
    sampler: Sampler
    final_statuses: dict[str, str] = field(default_factory=dict)

    def emails(self) -> Iterator[Entry]:
        for month in range(1, 5):
            yield from self._newsletter(month)
        for family in self.families:
            yield from self._letters(family)
        for family in self.families[:3]:
            pages = handbook(self.business, self.sampler.rng, paragraphs=120)
            sent_at = self.sampler.moment_ago(150, 140)
            yield self._email(family, f"{self.business.name} season handbook", pages, sent_at)
        for week in range(self.business.notes):
            yield self._note(self.families[0], week)
        for member in self.business.staff:
            yield self._email(member, "Your hours for next week", [f"Hello {member.name},", "see the portal."])

    def _newsletter(self, months_ago: int) -> Iterator[Entry]:
        """One e-mail to all families, at one and the same moment."""
        sent_at = self.sampler.moment_ago(30 * months_ago, 30 * months_ago)
        subject = f"{self.business.name}: news for {sent_at:%B}"
        text = [
            f"The {self.business.event} is coming up.",
            f"New times for {self.sampler.rng.choice(self.business.classes)}.",
        ]
        yield from (
            self._email(family, subject, [f"Hello {family.parent},", *text], sent_at) for family in self.families
        )

    def _letters(self, family: Family) -> Iterator[Entry]:
        student, amount = self.sampler.rng.choice(family.students), self.sampler.amount()
        number = f"{family.id}-{self.sampler.rng.randint(1000, 9999)}"
        yield self._email(family, f"Invoice {number}", [f"Invoice {number} over ${amount} is due in 14 days."])
        yield self._email(family, f"Receipt for ${amount}", ["Thank you.", f"We have received ${amount} for {number}."])
        class_name = self.sampler.rng.choice(self.business.classes)
        yield self._email(
            family, f"{student.name} is enrolled in {class_name}", [f"We look forward to seeing {student.name}."]
        )

    def _note(self, family: Family, number: int) -> Entry:
        student, coach = family.students[0], self.sampler.rng.choice(self.business.staff)
        subject = f"{self.business.lesson.capitalize()} notes for {student.name}, no. {self.business.notes - number}"
        minutes = self.sampler.rng.randint(5, 30)
        text = [f"{student.name} did well today.", f"To do at home: {minutes} minutes.", coach.name]
        return self._email(family, subject, text, self.sampler.moment_ago(3 * number + 3, 3 * number + 1))

    def _email(self, to: Family | Member, subject: str, text: list[str], moment: datetime | None = None) -> Entry:
        sent_at, status = moment or self.sampler.moment_ago(120), self.sampler.email_status()
        html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text)
        entry: Entry = {
            "log": "email",
            "occurred_at": format_timestamp(sent_at),
            "record": record("family" if isinstance(to, Family) else "staff", to.id),
            "recipient": to.address if isinstance(to, Family) else f"{to.username}@{self.business.domain}",
            "sender": f"office@{self.business.domain}",
            "subject": subject,
            "body": {"text": "\n\n".join(text), "html": f"<html><body><h1>{escape(subject)}</h1>{html}</body></html>"},
            "status": status,
        }
        if status in _NEVER_SENT:
            return entry
        message_id = self.sampler.ses_message_id()
        if status in EMAIL_EVENTS and sent_at > self.sampler.now - _FEEDBACK_PERIOD:
            self.final_statuses[message_id] = status
            status = "sent"
        return entry | {"status": status, "message_id": message_id}

    def sms_and_pushes(self) -> Iterator[Entry]:
        for family in self.families:
            student, class_name = (
                self.sampler.rng.choice(family.students),
                self.sampler.rng.choice(self.business.classes),
            )
            of_family = record("family", family.id)
            yield self._sms(of_family, family.phone, f"{class_name} is cancelled today. {self.business.name}")
            picked_up = f"{student.name} was picked up at {self.sampler.time_of_day()}."
            yield self._sms(of_family, family.phone, picked_up, max_days=2)
            yield self._push(of_family, "Payment due", f"${self.sampler.amount()} is due on Friday.")
            yield self._push(of_family, class_name, f"{student.name} has reached a new level.")
        for number, member in enumerate(self.business.staff):
            text = f"{member.name}: can you take {self.sampler.rng.choice(self.business.classes)} tonight?"
            yield self._sms(record("staff", member.id), f"+1415555{200 + number:04d}", text)

    def _sms(self, to: Entry, phone: str, text: str, *, max_days: int = 90) -> Entry:
        return {
            "log": "sms",
            "occurred_at": format_timestamp(self.sampler.moment_ago(max_days)),
            "record": to,
            "recipient": phone,
            "text": text,
            "message_id": str(self.sampler.uuid()),
        }

    def _push(self, to: Entry, subject: str, text: str) -> Entry:
        return {
            "log": "push",
            "occurred_at": format_timestamp(self.sampler.moment_ago(60)),
            "record": to,
            "subject": subject,
            "text": text,
        }
