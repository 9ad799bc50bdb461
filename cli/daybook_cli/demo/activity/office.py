"""The audit entries of the office itself: sign-ins, prices, permissions and changes of many records at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daybook_cli.demo.businesses import Business
from daybook_cli.demo.entry_parts import Entry, actor, affected, affected_student, audit_entry, kiosk_ip, office_ip
from daybook_cli.demo.people import Family
from daybook_cli.demo.sampler import Sampler

# The entry of the search line in the product's documentation. It is left out where it would soon expire.
_SEARCHED_FOR = datetime(2026, 1, 1, 17, 10, 24)  # noqa: DTZ001 - in the zone of the business
_NEARLY_EXPIRED = timedelta(days=690)
_MANY = 50
_OFFICE_STAFF = 5
_SUPPORT_IP = "192.0.2.200"
_MORNING = {7: 1, 8: 6, 9: 4, 12: 1, 14: 3, 15: 4}


@dataclass(frozen=True)
class OfficeAudit:
    business: Business
    families: list[Family]
    sampler: Sampler

    def entries(self) -> Iterator[Entry]:
        ago = self.sampler.moment_ago
        yield from self._sign_ins()
        yield from self._shifts()
        yield from self._prices()
        yield from self._permissions()
        yield from self._many_at_once()
        yield self._deleted_student()
        yield from self._searched_for()
        support = {"member_name": "Help desk", "username": "support@vendor.example", "source": "support"}
        course, moment = affected("class", "12", self.business.courses[0].name, "created"), ago(100, 80)
        yield audit_entry(support, "restored a deleted class", moment, course, ip=_SUPPORT_IP)

    def _sign_ins(self) -> Iterator[Entry]:
        for number, member in enumerate(self.business.staff):
            source = "office_portal" if number < _OFFICE_STAFF else "staff_portal"
            for _ in range(4):
                moment = self.sampler.moment_ago(60, hours=_MORNING)
                yield audit_entry(actor(member, source), "signed in", moment, ip=office_ip(self.business))

    def _shifts(self) -> Iterator[Entry]:
        for member in self.business.staff:
            change = affected("staff", member.id, member.name, "updated", after={"clocked in": "on time"})
            moment = self.sampler.moment_ago(30, hours=_MORNING)
            by = actor(member, "time_clock_kiosk")
            yield audit_entry(by, "clocked in", moment, change, ip=kiosk_ip(self.business))

    def _prices(self) -> Iterator[Entry]:
        """Each class became dearer once."""
        by = actor(self.business.staff[0], "office_portal")
        for number, course in enumerate(self.business.courses):
            prices = {"before": {"fee": f"{course.fee - 4}.00"}, "after": {"fee": f"{course.fee}.00"}}
            change = affected("class", str(11 + number), course.name, "updated", **prices)
            action = f"changed the price of {course.name}"
            yield audit_entry(by, action, self.sampler.moment_ago(130, 110), change, ip=office_ip(self.business))

    def _permissions(self) -> Iterator[Entry]:
        by, few = actor(self.business.staff[-1], "office_portal"), ["View families"]
        many = [*few, "View e-mail log", "Take payments"]
        group = affected(
            "group", "front_desk", "Front desk", "updated", before={"permissions": few}, after={"permissions": many}
        )
        ip = office_ip(self.business)
        yield audit_entry(by, "changed the permissions of Front desk", self.sampler.moment_ago(70, 50), group, ip=ip)
        coach = self.business.staff[1]
        member = affected(
            "staff", coach.id, coach.name, "updated", before={"permissions": many}, after={"permissions": few}
        )
        action = f"changed the permissions of {coach.name}"
        yield audit_entry(by, action, self.sampler.moment_ago(49, 30), member, ip=ip)

    def _many_at_once(self) -> Iterator[Entry]:
        """As many students as one entry may affect."""
        students = [student for family in self.families for student in family.students][:_MANY]
        sessions = {
            "before": {"session": "Summer", "tags": []},
            "after": {"session": "Fall", "tags": ["returning"]},
        }
        changes = [affected_student(student, "updated", **sessions) for student in students]
        by, moment = actor(self.business.staff[0], "office_portal"), self.sampler.moment_ago(95, 85)
        yield audit_entry(by, "moved students to the next session", moment, *changes, ip=office_ip(self.business))

    def _deleted_student(self) -> Entry:
        by, moment = actor(self.business.staff[2], "office_portal"), self.sampler.moment_ago(25, 15)
        before = {"name": "Theo Test", "born": "2017-04-02", "class": self.business.courses[0].name}
        gone = affected("student", "9001", "Theo Test", "deleted", before=before, details="entered twice")
        return audit_entry(by, "deleted the student Theo Test", moment, gone, ip=office_ip(self.business))

    def _searched_for(self) -> Iterator[Entry]:
        moment = _SEARCHED_FOR.replace(tzinfo=self.sampler.zone).astimezone(UTC)
        if not timedelta(0) < self.sampler.now - moment < _NEARLY_EXPIRED:
            return
        student = self.families[1].students[-1]
        before = {"class": student.course.name, "day": student.course.day, "fee": f"{student.course.fee}.00"}
        gone = affected_student(student, "deleted", before=before, details="New Year's resolution: less driving")
        action = f"deleted the enrollment of {student.name} in {student.course.name}"
        by = actor(self.business.staff[-1], "office_portal")
        yield audit_entry(by, action, moment, gone, ip=office_ip(self.business))
