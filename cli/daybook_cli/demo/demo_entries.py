"""Demonstration data that looks like life: two businesses' families, students and staff over the last months.

The same `org`, `now` and `seed` always give the same entries, each with a key: loading them again changes nothing.
What became of the newer messages is not posted: `demo_feedback` says it as providers do.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from html import escape
from itertools import chain
from typing import Any

from daybook_cli.connection.api import Api, ApiError
from daybook_cli.connection.settings import Connection
from daybook_cli.demo.businesses import Business, Family, Member, Student, business_of, families_of, handbook
from daybook_cli.demo.demo_feedback import TOLD
from daybook_cli.posting.json_files import Place
from daybook_cli.posting.sending import Outcome, deliver, make_item

Entry = dict[str, Any]

SEED = 20
IN_FLIGHT = 2
OFFICE_IP = "198.51.100.7"
KIOSK_IP = "198.51.100.20"
# Of a hundred e-mails, about so many.
EMAIL_STATUSES = {
    "delivered": 42, "opened": 27, "clicked": 11, "sent": 6, "bounced": 5, "delayed": 3, "queued": 2, "complained": 1,
    "suppressed": 1, "rejected": 1, "failed": 1,
}  # fmt: skip
NEVER_SENT = frozenset({"queued", "suppressed", "rejected"})
# Of older e-mails nothing more is told: they are posted with their last status, as out of another system.
TOLD_DAYS = timedelta(days=60)


@dataclass(frozen=True)
class Demonstration:
    """One org's entries, and the status that each newer e-mail ends in once its provider has spoken, by message id."""

    entries: list[Entry]
    fates: dict[str, str]


def of_today(orgs: list[str]) -> dict[str, Demonstration]:
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    return {org: demonstration(org, today, SEED) for org in orgs}


def load(api: str, token: str, shown: dict[str, Demonstration], progress: Callable[[int, int], None]) -> None:
    """Post the entries of each org; `progress` hears how many of how many are done."""
    total, done = sum(len(of_org.entries) for of_org in shown.values()), 0

    def take(outcomes: list[Outcome]) -> None:
        nonlocal done
        for outcome in outcomes:
            if outcome.status == "rejected":
                raise ApiError(f"{outcome.place} was rejected: {outcome.reason}")
        done += len(outcomes)
        progress(done, total)

    for org, of_org in shown.items():
        place = f"demonstration of {org}"
        items = (make_item(Place(place, number), entry) for number, entry in enumerate(of_org.entries, 1))
        with closing(Api(Connection(api.rstrip("/"), token, org))) as client:
            deliver(client, items, take, in_flight=IN_FLIGHT)


def demonstration(org: str, now: datetime, seed: int) -> Demonstration:
    """All of one org's entries are at least some hours older than `now`."""
    chance = random.Random(f"{seed}/{org}")  # noqa: S311 - the same every time is what is wanted
    business = business_of(org)
    life = Life(business, families_of(business, chance), chance, now)
    found = chain(life.emails(), life.texts(), life.activity(), life.audit())
    entries = [entry | {"key": f"demo-{org}-{number}"} for number, entry in enumerate(found, start=1)]
    return Demonstration(entries, life.fates)


@dataclass(frozen=True)
class Life:
    """What happened at one business before `now`."""

    business: Business
    families: list[Family]
    chance: random.Random
    now: datetime
    fates: dict[str, str] = field(default_factory=dict)

    def emails(self) -> Iterator[Entry]:
        for month in range(1, 5):
            yield from self._newsletter(month)
        for family in self.families:
            yield from self._letters(family)
        for family in self.families[:3]:
            pages = handbook(self.business, self.chance, paragraphs=120)
            yield self._email(family, f"{self.business.name} season handbook", pages, self._ago(150, 140))
        for week in range(self.business.notes):
            yield self._note(self.families[0], week)
        for member in self.business.staff:
            yield self._email(member, "Your hours for next week", [f"Hello {member.name},", "see the portal."])

    def _newsletter(self, months: int) -> Iterator[Entry]:
        """One mail to everybody, at one and the same moment."""
        moment = self._ago(30 * months, 30 * months)
        subject = f"{self.business.name}: news for {moment:%B}"
        text = [
            f"The {self.business.event} is coming up.",
            f"New times for {self.chance.choice(self.business.classes)}.",
        ]
        yield from (
            self._email(family, subject, [f"Hello {family.parent},", *text], moment) for family in self.families
        )

    def _letters(self, family: Family) -> Iterator[Entry]:
        student, amount = self.chance.choice(family.students), self._amount()
        number = f"{family.id}-{self.chance.randint(1000, 9999)}"
        yield self._email(family, f"Invoice {number}", [f"Invoice {number} over ${amount} is due in 14 days."])
        yield self._email(family, f"Receipt for ${amount}", ["Thank you.", f"We have received ${amount} for {number}."])
        place = self.chance.choice(self.business.classes)
        yield self._email(
            family, f"{student.name} is enrolled in {place}", [f"We look forward to seeing {student.name}."]
        )

    def _note(self, family: Family, number: int) -> Entry:
        student, coach = family.students[0], self.chance.choice(self.business.staff)
        subject = f"{self.business.lesson.capitalize()} notes for {student.name}, no. {self.business.notes - number}"
        text = [f"{student.name} did well today.", f"To do at home: {self.chance.randint(5, 30)} minutes.", coach.name]
        return self._email(family, subject, text, self._ago(3 * number + 3, 3 * number + 1))

    def _email(self, to: Family | Member, subject: str, text: list[str], moment: datetime | None = None) -> Entry:
        sent_at, status = moment or self._ago(120), self._status()
        html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text)
        entry: Entry = {
            "log": "email",
            "occurred_at": _instant(sent_at),
            "record": _record("family" if isinstance(to, Family) else "staff", to.id),
            "recipient": to.address if isinstance(to, Family) else f"{to.username}@{self.business.domain}",
            "sender": f"office@{self.business.domain}",
            "subject": subject,
            "body": {"text": "\n\n".join(text), "html": f"<html><body><h1>{escape(subject)}</h1>{html}</body></html>"},
            "status": status,
        }
        if status in NEVER_SENT:
            return entry
        message_id = self._message_id()
        if status in TOLD and sent_at > self.now - TOLD_DAYS:
            self.fates[message_id] = status
            status = "sent"
        return entry | {"status": status, "message_id": message_id}

    def texts(self) -> Iterator[Entry]:
        """SMS and pushes."""
        for family in self.families:
            student, place = self.chance.choice(family.students), self.chance.choice(self.business.classes)
            of = _record("family", family.id)
            yield self._sms(of, family.phone, f"{place} is cancelled today. {self.business.name}")
            yield self._sms(of, family.phone, f"{student.name} was picked up at {self._clock()}.", days=2)
            yield self._push(family, "Payment due", f"${self._amount()} is due on Friday.")
            yield self._push(family, place, f"{student.name} has reached a new level.")
        for number, member in enumerate(self.business.staff):
            text = f"{member.name}: can you take {self.chance.choice(self.business.classes)} tonight?"
            yield self._sms(_record("staff", member.id), f"+1415555{200 + number:04d}", text)

    def _sms(self, record: Entry, phone: str, text: str, *, days: int = 90) -> Entry:
        return {
            "log": "sms",
            "occurred_at": _instant(self._ago(days)),
            "record": record,
            "recipient": phone,
            "text": text,
            "message_id": str(self._uuid()),
        }

    def _push(self, family: Family, subject: str, text: str) -> Entry:
        return {
            "log": "push",
            "occurred_at": _instant(self._ago(60)),
            "record": _record("family", family.id),
            "subject": subject,
            "text": text,
        }

    def activity(self) -> Iterator[Entry]:
        for family in self.families:
            of = (_record("family", family.id), family.parent)
            for action in self.chance.sample(("signed in", "viewed an invoice", "changed the phone number"), 2):
                details = {"portal": "customer", "browser": self.chance.choice(("Firefox", "Safari", "Chrome"))}
                yield self._activity(*of, action, ip=family.network, details=details)
            student = self.chance.choice(family.students)
            of = (_record("student", student.id), student.name)
            yield self._activity(*of, "checked in", ip=KIOSK_IP, details="kiosk at the front door")
        for member in self.business.staff:
            for action in ("clocked in", "clocked out", "signed in"):
                yield self._activity(_record("staff", member.id), member.name, action, ip=OFFICE_IP)

    def _activity(self, record: Entry, name: str, action: str, **more: object) -> Entry:
        moment = _instant(self._ago(200))
        return {"log": "activity", "occurred_at": moment, "record": record, "name": name, "action": action, **more}

    def audit(self) -> Iterator[Entry]:
        for member in self.business.staff:
            for source in ("office_portal", "staff_portal", "office_portal"):
                yield self._audit(_by(member, source), "signed in", self._ago(300))
        for family in self.families:
            yield from self._enrolments(family)
            yield self._payment(family)
        for member in self.business.staff[1:]:
            clock = _affected("staff", member.id, member.name, "updated", after={"clocked_in": self._clock()})
            yield self._audit(_by(member, "time_clock_kiosk"), "clocked in", self._ago(300), clock)
        nightly = {"member_name": "Nightly billing", "username": "system", "source": "system"}
        for months in range(1, 4):
            billed = [self._billed(family) for family in self.families]
            yield self._audit(nightly, "billed the month", self._ago(30 * months, 30 * months), *billed)

    def _enrolments(self, family: Family) -> Iterator[Entry]:
        by, student = _by(self.chance.choice(self.business.staff), "office_portal"), self.chance.choice(family.students)
        old, new = self.chance.sample(self.business.classes, 2)
        was, became = self._enrolment(old), self._enrolment(new)
        days = self.chance.randint(60, 690)
        of_family = _affected("family", family.id, family.parent, "updated")
        created = (_of_student(student, "created", after=was), of_family)
        yield self._audit(by, f"enrolled {student.name} in {old}", self._ago(days, days), *created)
        moved = _of_student(student, "updated", before=was, after=became)
        yield self._audit(by, f"moved {student.name} to {new}", self._ago(days - 20, days - 20), moved)
        if self.chance.randint(1, 4) == 1:
            ended = _of_student(student, "deleted", before=became, details="moved away")
            yield self._audit(by, f"deleted the enrolment of {student.name}", self._ago(days - 50, days - 50), ended)

    def _payment(self, family: Family) -> Entry:
        amount = self._amount()
        source = self.chance.choice(("customer_portal", "mobile_app", "check_in_kiosk"))
        by = {"member_name": family.parent, "username": family.address, "source": source}
        details = {"amount": amount, "currency": "USD", "method": self.chance.choice(("card", "bank", "cash"))}
        change = {"details": details, "before": {"due": amount}, "after": {"due": "0.00"}}
        paid = _affected("family", family.id, family.parent, "updated", **change)
        return self._audit(by, f"paid ${amount}", self._ago(300), paid)

    def _billed(self, family: Family) -> Entry:
        return _affected("family", family.id, family.parent, "updated", details={"amount": self._amount()})

    def _audit(self, by: Entry, action: str, moment: datetime, *affected: Entry) -> Entry:
        entry = {"log": "audit", "occurred_at": _instant(moment), **by, "action": action, "affected": list(affected)}
        if by["source"] != "system":
            entry["ip"] = KIOSK_IP if by["source"].endswith("kiosk") else OFFICE_IP
        return entry

    def _enrolment(self, place: str) -> Entry:
        return {"class": place, "fee": self._amount(), "trial": self.chance.choice((True, False))}

    def _ago(self, most_days: int, least_days: int = 1) -> datetime:
        """A moment of a working day, so many days before `now`."""
        day = self.now - timedelta(days=self.chance.randint(least_days, most_days))
        start = datetime.combine(day.date(), time(7), self.now.tzinfo)
        return start + timedelta(milliseconds=self.chance.randrange(12 * 3600 * 1000))

    def _clock(self) -> str:
        return f"{self.chance.randint(8, 19)}:{self.chance.randint(0, 59):02d}"

    def _amount(self) -> str:
        return f"{self.chance.randint(15, 240)}.{self.chance.choice(('00', '50', '95'))}"

    def _status(self) -> str:
        return self.chance.choices(list(EMAIL_STATUSES), list(EMAIL_STATUSES.values()))[0]

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def _message_id(self) -> str:
        """An id as SES gives them."""
        return f"0100019{self.chance.getrandbits(36):09x}-{self._uuid()}-000000"


def _by(member: Member, source: str) -> Entry:
    return {"member_name": member.name, "username": member.username, "source": source}


def _record(record_type: str, record_id: str) -> Entry:
    return {"type": record_type, "id": record_id}


def _affected(record_type: str, record_id: str, name: str, change: str, **more: object) -> Entry:
    return {"record": _record(record_type, record_id), "name": name, "change": change, **more}


def _of_student(student: Student, change: str, **more: object) -> Entry:
    return _affected("student", student.id, student.name, change, **more)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
