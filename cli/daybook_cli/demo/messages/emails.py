"""The e-mails of one business: what it writes to whom, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business, Member
from daybook_cli.demo.entry_parts import Entry, record
from daybook_cli.demo.messages import letters
from daybook_cli.demo.messages.layout import Letter, body
from daybook_cli.demo.messages.outcomes import Outcomes, troubled
from daybook_cli.demo.people import Family, Parent
from daybook_cli.demo.sampler import NIGHT, Sampler

# All families get what was written to everybody in this time; the first one's log goes back further.
_TO_EVERYBODY = timedelta(days=60)
_MORNING = time(10, 15)
_PAID_WITHIN = 9
# Weeks of which the staff get their hours, and after how many of them something has to be corrected.
_STAFF_WEEKS, _CORRECTED = 3, 18
_SHIFTS = ("9 AM to 2 PM", "3 PM to 8:30 PM", "4 PM to 8 PM")


@dataclass(frozen=True)
class _Draft:
    """An e-mail before it is known what becomes of it."""

    sent_at: datetime
    of: Entry
    recipient: str
    greeting: str
    letter: Letter


@dataclass(frozen=True)
class Emails:
    business: Business
    families: list[Family]
    sampler: Sampler
    outcomes: Outcomes

    def entries(self) -> Iterator[Entry]:
        """All of them, in the order of their sending."""
        drafts = [*self._to_everybody(), *self._to_first(), *self._to_staff()]
        for family in self.families[1:]:
            drafts += self._personal(family)
        for family, _, days in troubled(self.families):
            drafts.append(self._draft(family, letters.make_up(family.students[0]), days - 1, max(days - 3, 1)))
        yield from (self._entry(draft) for draft in sorted(drafts, key=lambda draft: draft.sent_at))

    def _entry(self, draft: _Draft) -> Entry:
        return {
            "log": "email",
            "occurred_at": format_timestamp(draft.sent_at),
            "record": draft.of,
            "recipient": draft.recipient,
            "sender": f"{draft.letter.sender}@{self.business.domain}",
            "subject": draft.letter.subject,
            "body": body(self.business, draft.greeting, draft.letter),
            **self.outcomes.next(draft.recipient, draft.sent_at),
        }

    def _to_everybody(self) -> Iterator[_Draft]:
        """Newsletters and the calendar's e-mails, each to all families at one and the same moment."""
        for sent_at, letter in self._broadcasts():
            is_recent = sent_at > self.sampler.now - _TO_EVERYBODY
            for family in self.families if is_recent else self.families[:1]:
                yield _to_parent(family, family.parents[0], letter, sent_at)

    def _broadcasts(self) -> Iterator[tuple[datetime, Letter]]:
        now, zone = self.sampler.now, ZoneInfo(self.business.time_zone)
        since = now - timedelta(weeks=self.business.weeks)
        for year in range(since.year, now.year + 1):
            calendar = self.business.calendar
            days = [(date(year, event.month, event.day), letters.occasion(event, year)) for event in calendar]
            for month in range(1, 13):
                first, course = date(year, month, 1), self.business.courses[month % len(self.business.courses)]
                days.append((first, letters.newsletter(self.business, first, course.name)))
            for day, letter in days:
                sent_at = datetime.combine(day, _MORNING, zone).astimezone(UTC)
                if since < sent_at < now:
                    yield sent_at, letter

    def _to_first(self) -> Iterator[_Draft]:
        """The longest log: a bill a month and a coach's note in most weeks, to both parents in turn."""
        family, rng = self.families[0], self.sampler.rng
        yield from self._bills(family, self.business.months)
        for week in range(0, self.business.weeks, 4):
            student = family.students[week // 4 % len(family.students)]
            note = letters.coach_note(student, rng.choice(self.business.staff), rng.randint(5, 20))
            yield self._draft(family, note, 7 * week + 7, 7 * week + 1, parent=family.parents[-1])
        if self.business.has_handbook:
            yield self._draft(family, letters.handbook(self.business, self.sampler.now.year, rng), 60, 55)

    def _personal(self, family: Family) -> Iterator[_Draft]:
        rng, student = self.sampler.rng, self.sampler.rng.choice(family.students)
        yield from self._bills(family, 2)
        yield self._draft(family, letters.enrolled(self.business, student), 300, 40)
        others = (
            letters.make_up(student),
            letters.next_level(self.business, student),
            letters.waiver_reminder(student),
            letters.answer(family, rng.choice(self.business.staff)),
            letters.payment_failed(self._invoice_number(family)),
        )
        for letter in rng.sample(others, 2):
            yield self._draft(family, letter, 60)

    def _bills(self, family: Family, months: int) -> Iterator[_Draft]:
        """An invoice in the night to the first of a month, and the receipt some days later."""
        total = f"{sum(student.course.fee for student in family.students)}.00"
        for months_ago in range(months):
            number, first = self._invoice_number(family), self.sampler.first_of_month(months_ago)
            invoice = letters.invoice(self.business, family, number, f"{first:%B}")
            yield _to_parent(family, family.parents[0], invoice, self.sampler.moment_on(first, NIGHT))
            method = self.sampler.rng.choice(("card ending in 4242", "card ending in 0005", "bank transfer"))
            paid = letters.receipt(self.business, total, number, method)
            days = (self.sampler.now.date() - first).days
            if days > _PAID_WITHIN:
                yield self._draft(family, paid, days - 1, days - _PAID_WITHIN, parent=family.parents[-1])

    def _invoice_number(self, family: Family) -> str:
        return f"{family.id}-{self.sampler.rng.randint(1000, 9999)}"

    def _to_staff(self) -> Iterator[_Draft]:
        """The week's hours, to everybody for some weeks, and to the first for as long as her log reaches."""
        for number, member in enumerate(self.business.staff):
            for week in range(self.business.weeks if number == 0 else _STAFF_WEEKS):
                friday = self.sampler.day_ago(7 * week + 1, weekday=4)
                hours = letters.schedule(friday + timedelta(days=3), self._shifts())
                yield self._to_member(member, hours, friday)
                if week % _CORRECTED == _CORRECTED - 1:
                    again = replace(hours, subject=f"Corrected: {hours.subject}", rows=self._shifts())
                    yield self._to_member(member, again, friday + timedelta(days=1))

    def _to_member(self, member: Member, letter: Letter, day: date) -> _Draft:
        sent_at = self.sampler.moment_on(day, {15: 1, 16: 1})
        address = f"{member.username}@{self.business.domain}"
        return _Draft(sent_at, record("staff", member.id), address, f"Hello {member.name.split()[0]},", letter)

    def _shifts(self) -> tuple[tuple[str, str], ...]:
        days = self.sampler.rng.sample(("Monday", "Tuesday", "Wednesday", "Thursday", "Saturday"), 3)
        return tuple((day, self.sampler.rng.choice(_SHIFTS)) for day in days)

    def _draft(
        self, family: Family, letter: Letter, max_days: int, min_days: int = 1, parent: Parent | None = None
    ) -> _Draft:
        sent_at = self.sampler.moment_ago(max_days, min_days)
        return _to_parent(family, parent or family.parents[0], letter, sent_at)


def _to_parent(family: Family, parent: Parent, letter: Letter, sent_at: datetime) -> _Draft:
    return _Draft(sent_at, record("family", family.id), parent.address, f"Hello {parent.first_name},", letter)
