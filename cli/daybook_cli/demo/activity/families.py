"""The audit entries about families and students: enrollments, fees and payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from daybook_cli.demo.businesses import Business, Course, Member
from daybook_cli.demo.entry_parts import (
    Entry,
    actor,
    affected_family,
    affected_student,
    audit_entry,
    kiosk_ip,
    office_ip,
)
from daybook_cli.demo.people import Family, Student
from daybook_cli.demo.sampler import HOME, NIGHT, Sampler

_BILLED = 18
_BILLED_MONTHS = 4
_NIGHTLY = {"member_name": "Nightly billing", "username": "system", "source": "system"}


@dataclass(frozen=True)
class FamilyAudit:
    business: Business
    families: list[Family]
    sampler: Sampler
    _desk: tuple[Member, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_desk", self.business.staff[:5])

    def entries(self) -> Iterator[Entry]:
        yield from self._of_first()
        yield self._deletion_of_smith()
        for number, family in enumerate(self.families[1:]):
            yield from self._enrollments(family, deleted=number % 4 == 0)
            yield self._payment(family, 200)
        for month in range(_BILLED_MONTHS):
            yield self._billing(month, self.families[:_BILLED])

    def _of_first(self) -> Iterator[Entry]:
        """The longest log: bills, payments, absences and changes, as far back as it reaches."""
        family, rng = self.families[0], self.sampler.rng
        for month in range(_BILLED_MONTHS, self.business.months):
            yield self._billing(month, [family])
        for week in range(self.business.weeks):
            days = (7 * week + 7, 7 * week + 1)
            student, member = rng.choice(family.students), rng.choice(self._desk)
            match week % 12:
                case 0 | 4 | 8:
                    yield self._payment(family, *days)
                case 1 | 5 | 9:
                    yield self._absence(student, member, *days)
                case 2:
                    yield from self._enrollments(family, deleted=week // 12 % 2 == 0, days=days[0])
                case _:
                    yield self._check_in(student, *days)

    def _enrollments(self, family: Family, *, deleted: bool, days: int | None = None) -> Iterator[Entry]:
        """One student's enrollment: created, moved to another class, and perhaps deleted."""
        rng, days = self.sampler.rng, days or self.sampler.rng.randint(60, 600)
        member, student = rng.choice(self._desk), rng.choice(family.students)
        old, new = rng.sample(self.business.courses, 2)
        before, after = self._enrollment(old), self._enrollment(new)
        household = affected_family(family, "updated", after={"students enrolled": len(family.students)})
        created = (affected_student(student, "created", after=before), household)
        yield self._by(member, f"enrolled {student.name} in {old.name}", (days, days), *created)
        moved = affected_student(student, "updated", before=before, after=after)
        later = max(days - 20, 2)
        yield self._by(member, f"moved {student.name} from {old.name} to {new.name}", (later, later), moved)
        if deleted:
            last = max(days - 50, 1)
            gone = affected_student(student, "deleted", before=after, details=rng.choice(("moved away", "soccer")))
            of_family = affected_family(family, "updated", details=f"no longer in {new.name}")
            yield self._by(
                member, f"deleted the enrollment of {student.name} in {new.name}", (last, last), gone, of_family
            )

    def _deletion_of_smith(self) -> Entry:
        """The one that the documentation searches for, as `priya deleted smith`."""
        family, member = self.families[1], self.business.staff[min(4, len(self.business.staff) - 1)]
        student = family.students[0]
        gone = affected_student(student, "deleted", before=self._enrollment(student.course), details="asked by phone")
        return self._by(member, f"deleted the enrollment of {student.name} in {student.course.name}", (45, 40), gone)

    def _payment(self, family: Family, max_days: int, min_days: int = 1) -> Entry:
        rng, parent = self.sampler.rng, self.sampler.rng.choice(family.parents)
        amount = f"{sum(student.course.fee for student in family.students)}.00"
        source = rng.choice(("customer_portal", "customer_portal", "mobile_app", "check_in_kiosk"))
        by = {"member_name": parent.name, "username": parent.address, "source": source}
        details = {"amount": amount, "currency": self.business.currency_code, "method": "card"}
        paid = affected_family(family, "updated", details=details, before={"due": amount}, after={"due": "0.00"})
        ip = kiosk_ip(self.business) if source == "check_in_kiosk" else parent.network
        moment = self.sampler.moment_ago(max_days, min_days, HOME)
        return audit_entry(by, f"paid {self.business.currency}{amount}", moment, paid, ip=ip)

    def _absence(self, student: Student, member: Member, max_days: int, min_days: int) -> Entry:
        made = affected_student(student, "updated", before={"make-up tokens": 0}, after={"make-up tokens": 1})
        family = affected_family(self.families[0], "updated", details=f"make-up token for {student.first_name}")
        return self._by(member, f"recorded {student.name} as absent", (max_days, min_days), made, family)

    def _check_in(self, student: Student, max_days: int, min_days: int) -> Entry:
        by = {"member_name": "Front door kiosk", "username": "kiosk", "source": "check_in_kiosk"}
        here = affected_student(student, "updated", after={"checked in": student.course.name})
        family = affected_family(self.families[0], "updated", details=f"{student.first_name} checked in")
        moment = self.sampler.moment_ago(max_days, min_days)
        return audit_entry(by, f"checked in {student.name}", moment, here, family, ip=kiosk_ip(self.business))

    def _billing(self, months_ago: int, families: list[Family]) -> Entry:
        night = self.sampler.moment_on(self.sampler.first_of_month(months_ago), NIGHT)
        return audit_entry(_NIGHTLY, "billed the month", night, *(self._bill(family) for family in families))

    def _bill(self, family: Family) -> Entry:
        amount = f"{sum(student.course.fee for student in family.students)}.00"
        return affected_family(
            family, "updated", details={"amount": amount}, before={"due": "0.00"}, after={"due": amount}
        )

    def _by(self, member: Member, action: str, days: tuple[int, int], *changes: Entry) -> Entry:
        moment = self.sampler.moment_ago(*days)
        return audit_entry(actor(member, "office_portal"), action, moment, *changes, ip=office_ip(self.business))

    def _enrollment(self, course: Course) -> Entry:
        trial = self.sampler.rng.choice((True, False))
        return {"class": course.name, "day": course.day, "fee": f"{course.fee}.00", "trial": trial}
