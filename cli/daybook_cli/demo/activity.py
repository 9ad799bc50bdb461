"""The activity of people and the audit entries of one business."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business, Family
from daybook_cli.demo.entry_parts import Entry, actor, affected, affected_student, record
from daybook_cli.demo.sampler import Sampler

_OFFICE_IP = "198.51.100.7"
_KIOSK_IP = "198.51.100.20"


@dataclass(frozen=True)
class Activity:
    """The order of the calls decides the random values: `activity`, then `audit`."""

    business: Business
    families: list[Family]
    sampler: Sampler

    def activity(self) -> Iterator[Entry]:
        rng = self.sampler.rng
        for family in self.families:
            person = (record("family", family.id), family.parent)
            for action in rng.sample(("signed in", "viewed an invoice", "changed the phone number"), 2):
                details = {"portal": "customer", "browser": rng.choice(("Firefox", "Safari", "Chrome"))}
                yield self._activity(*person, action, ip=family.network, details=details)
            student = rng.choice(family.students)
            person = (record("student", student.id), student.name)
            yield self._activity(*person, "checked in", ip=_KIOSK_IP, details="kiosk at the front door")
        for member in self.business.staff:
            for action in ("clocked in", "clocked out", "signed in"):
                yield self._activity(record("staff", member.id), member.name, action, ip=_OFFICE_IP)

    def _activity(self, of: Entry, name: str, action: str, **more: object) -> Entry:
        occurred_at = format_timestamp(self.sampler.moment_ago(200))
        return {"log": "activity", "occurred_at": occurred_at, "record": of, "name": name, "action": action, **more}

    def audit(self) -> Iterator[Entry]:
        ago = self.sampler.moment_ago
        for member in self.business.staff:
            for source in ("office_portal", "staff_portal", "office_portal"):
                yield self._audit(actor(member, source), "signed in", ago(300))
        for family in self.families:
            yield from self._enrolments(family)
            yield self._payment(family)
        for member in self.business.staff[1:]:
            after = {"clocked_in": self.sampler.time_of_day()}
            change = affected("staff", member.id, member.name, "updated", after=after)
            yield self._audit(actor(member, "time_clock_kiosk"), "clocked in", ago(300), change)
        nightly = {"member_name": "Nightly billing", "username": "system", "source": "system"}
        for months in range(1, 4):
            bills = [self._bill(family) for family in self.families]
            yield self._audit(nightly, "billed the month", ago(30 * months, 30 * months), *bills)
        support = {"member_name": "Help desk", "username": "support@vendor.example", "source": "support"}
        yield self._audit(support, "restored a deleted class", ago(90))

    def _enrolments(self, family: Family) -> Iterator[Entry]:
        """One student's enrolment: created, moved to another class, and for one family of four deleted."""
        rng, ago = self.sampler.rng, self.sampler.moment_ago
        by, student = actor(rng.choice(self.business.staff), "office_portal"), rng.choice(family.students)
        old, new = rng.sample(self.business.classes, 2)
        before, after = self._enrolment(old), self._enrolment(new)
        days = rng.randint(60, 690)
        of_family = affected("family", family.id, family.parent, "updated")
        created = (affected_student(student, "created", after=before), of_family)
        yield self._audit(by, f"enrolled {student.name} in {old}", ago(days, days), *created)
        moved = affected_student(student, "updated", before=before, after=after)
        yield self._audit(by, f"moved {student.name} to {new}", ago(days - 20, days - 20), moved)
        if rng.randint(1, 4) == 1:
            deleted = affected_student(student, "deleted", before=after, details="moved away")
            yield self._audit(by, f"deleted the enrolment of {student.name}", ago(days - 50, days - 50), deleted)

    def _payment(self, family: Family) -> Entry:
        rng, amount = self.sampler.rng, self.sampler.amount()
        source = rng.choice(("customer_portal", "mobile_app", "check_in_kiosk"))
        by = {"member_name": family.parent, "username": family.address, "source": source}
        details = {"amount": amount, "currency": "USD", "method": rng.choice(("card", "bank", "cash"))}
        change = {"details": details, "before": {"due": amount}, "after": {"due": "0.00"}}
        paid = affected("family", family.id, family.parent, "updated", **change)
        return self._audit(by, f"paid ${amount}", self.sampler.moment_ago(300), paid)

    def _bill(self, family: Family) -> Entry:
        return affected("family", family.id, family.parent, "updated", details={"amount": self.sampler.amount()})

    def _audit(self, by: Entry, action: str, moment: datetime, *changes: Entry) -> Entry:
        occurred_at = format_timestamp(moment)
        entry = {"log": "audit", "occurred_at": occurred_at, **by, "action": action, "affected": list(changes)}
        if by["source"] != "system":
            entry["ip"] = _KIOSK_IP if by["source"].endswith("kiosk") else _OFFICE_IP
        return entry

    def _enrolment(self, class_name: str) -> Entry:
        return {"class": class_name, "fee": self.sampler.amount(), "trial": self.sampler.rng.choice((True, False))}
