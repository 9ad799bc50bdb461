"""What families, students and staff did: the activity logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business, Member
from daybook_cli.demo.entry_parts import Entry, kiosk_ip, office_ip, record
from daybook_cli.demo.people import Family, Parent, Student
from daybook_cli.demo.sampler import HOME, Sampler

_AFTERNOON = {16: 3, 17: 4, 18: 3}
_SHIFTS = (("clocked in", {8: 2, 14: 3, 15: 4}), ("clocked out", {13: 2, 20: 4}))
# After so many weeks there is twice as much in one.
_BUSY_WEEK = 20
_BROWSERS = ("Safari on iPhone", "Chrome on Android", "Chrome on Windows", "Firefox on Windows", "Safari on Mac")


@dataclass(frozen=True)
class PeopleActivity:
    business: Business
    families: list[Family]
    sampler: Sampler

    def entries(self) -> Iterator[Entry]:
        yield from self._of_first()
        for family in self.families[1:]:
            for _ in range(3):
                yield self._portal(family, 120)
            yield self._check_in(self.sampler.rng.choice(family.students), 60)
        for member in self.business.staff[1:]:
            for action, hours in _SHIFTS:
                yield self._shift(member, action, hours, 30)

    def _of_first(self) -> Iterator[Entry]:
        """The longest logs: of the first family, the first student and the first member of the staff."""
        family, member = self.families[0], self.business.staff[0]
        for week in range(self.business.weeks):
            days = (7 * week + 7, 7 * week + 1)
            yield self._portal(family, *days)
            yield self._check_in(family.students[0], *days)
            yield self._shift(member, *_SHIFTS[week % len(_SHIFTS)], *days)
            if week % _BUSY_WEEK == 0:
                yield self._portal(family, *days)
                yield self._shift(member, *_SHIFTS[1], *days)
                yield self._check_in(family.students[0], *days)

    def _portal(self, family: Family, max_days: int, min_days: int = 1) -> Entry:
        parent = self.sampler.rng.choice(family.parents)
        action, details = self._deed(family)
        return self._activity(
            record("family", family.id),
            parent.name,
            action,
            (max_days, min_days),
            HOME,
            ip=parent.network,
            details={**details, "browser": self._browser(parent)},
        )

    def _deed(self, family: Family) -> tuple[str, Entry]:
        """What somebody does in the portal, and its details."""
        rng, student = self.sampler.rng, self.sampler.rng.choice(family.students)
        amount = f"{self.business.currency}{student.course.fee}.00"
        deeds: tuple[tuple[str, Entry], ...] = (
            ("signed in", {}),
            ("signed in", {}),
            ("signed in", {}),
            (f"paid {amount}", {"invoice": f"{family.id}-{rng.randint(1000, 9999)}", "method": "card"}),
            (f"enrolled {student.name} in {student.course.name}", {"starts": student.course.day}),
            ("viewed an invoice", {}),
            (f"reported {student.first_name} absent", {"class": student.course.name}),
            (f"signed the waiver for {student.first_name}", {"valid for": "one year"}),
            ("changed the pick-up list", {"added": "a grandparent"}),
            ("asked for a new password", {}),
        )
        return rng.choice(deeds)

    def _browser(self, parent: Parent) -> str:
        return _BROWSERS[int(parent.phone[-2:]) % len(_BROWSERS)]

    def _check_in(self, student: Student, max_days: int, min_days: int = 1) -> Entry:
        details = f"{student.course.name}, front door kiosk"
        days, ip = (max_days, min_days), kiosk_ip(self.business)
        of = record("student", student.id)
        return self._activity(of, student.name, "checked in", days, _AFTERNOON, ip=ip, details=details)

    def _shift(self, member: Member, action: str, hours: Mapping[int, int], max_days: int, min_days: int = 1) -> Entry:
        of, days = record("staff", member.id), (max_days, min_days)
        return self._activity(of, member.name, action, days, hours, ip=office_ip(self.business))

    def _activity(
        self, of: Entry, name: str, action: str, days: tuple[int, int], hours: Mapping[int, int], **more: object
    ) -> Entry:
        occurred_at = format_timestamp(self.sampler.moment_ago(*days, hours))
        return {"log": "activity", "occurred_at": occurred_at, "record": of, "name": name, "action": action, **more}
