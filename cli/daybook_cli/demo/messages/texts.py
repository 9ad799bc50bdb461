"""The SMS and pushes of one business, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business
from daybook_cli.demo.entry_parts import Entry, record
from daybook_cli.demo.people import Family
from daybook_cli.demo.sampler import Sampler

# Older ones are posted with their final status, as out of another system.
_FEEDBACK_PERIOD = timedelta(days=14)
# Of a hundred SMS, about so many.
_SMS_OUTCOMES = {
    "delivered": 92, "unreachable": 4, "carrier-blocked": 1, "invalid-number": 1, "silent": 2,
}  # fmt: skip
_POSTED: dict[str, Entry] = {
    "delivered": {"status": "delivered"},
    "silent": {"status": "delivered"},
    "unreachable": {"status": "not_delivered", "reason": "undelivered"},
    "carrier-blocked": {"status": "not_delivered", "reason": "rejected"},
    "opted-out": {"status": "not_delivered", "reason": "rejected"},
    "invalid-number": {"status": "not_delivered", "reason": "failed"},
}
# What became of the latest SMS to some families, by their position; a phone that is silent answers for days.
_LATEST = {
    2: "unreachable", 4: "silent", 6: "opted-out", 8: "carrier-blocked", 11: "silent", 17: "invalid-number",
    23: "silent", 27: "unreachable", 31: "silent",
}  # fmt: skip
# The families whose latest push fails, by their position, and after how many weeks one of the first family's does.
_REMOVED_APP, _FAILED_WEEKS = frozenset({1, 5, 12, 21}), 25
# After so many weeks there are two classes in one.
_BUSY_WEEK = 20


@dataclass(frozen=True)
class Texts:
    """`sms_outcomes` and `failed_pushes` are what is reported of newer ones, by message id; `entries` fills them."""

    business: Business
    families: list[Family]
    sampler: Sampler
    sms_outcomes: dict[str, str] = field(default_factory=dict)
    failed_pushes: list[str] = field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        yield from self._of_first()
        for position, family in enumerate(self.families[1:], start=1):
            yield from self._of_family(family, _LATEST.get(position, "delivered"), fails=position in _REMOVED_APP)
        yield from self._to_staff()

    def _of_first(self) -> Iterator[Entry]:
        """A reminder and a check-in a week, as far back as the first family's logs reach."""
        family, rng = self.families[0], self.sampler.rng
        for week in range(self.business.weeks):
            student = rng.choice(family.students)
            days, phone = (7 * week + 7, 7 * week + 1), rng.choice(family.parents).phone
            reminder = f"Reminder: {student.first_name} has {student.course.name} at {student.course.time} today."
            checked_in = f"{student.first_name} checked in for {student.course.name}."
            for _ in range(2 if week % _BUSY_WEEK == 0 else 1):
                yield self._sms(record("family", family.id), phone, reminder, *days)
                yield self._push(family, "Checked in", checked_in, *days, fails=week % _FAILED_WEEKS == 1)

    def _of_family(self, family: Family, outcome: str, *, fails: bool) -> Iterator[Entry]:
        student, parent = self.sampler.rng.choice(family.students), family.parents[-1]
        course, of_family = student.course, record("family", family.id)
        cancelled = f"{self.business.name}: {course.name} is canceled today. A make-up token is in the portal."
        yield self._sms(of_family, parent.phone, cancelled, 90, 15)
        late = f"Pick-up for {student.first_name} moves to the side door today."
        yield self._sms(of_family, parent.phone, late, 13, 5, outcome)
        total = sum(each.course.fee for each in family.students)
        yield self._push(family, "Payment due", f"{self.business.currency}{total}.00 is due on the 10th.", 60, 15)
        yield self._push(family, "Checked in", f"{student.first_name} checked in for {course.name}.", 13, fails=fails)

    def _to_staff(self) -> Iterator[Entry]:
        for member in self.business.staff:
            course = self.sampler.rng.choice(self.business.courses)
            text = f"Can you take {course.name} on {course.day} at {course.time}? Answer Y or N."
            yield self._sms(record("staff", member.id), member.phone, text, 40)

    def _sms(
        self, of: Entry, phone: str, text: str, max_days: int, min_days: int = 1, outcome: str | None = None
    ) -> Entry:
        sent_at = self.sampler.moment_ago(max_days, min_days)
        if outcome is None:
            outcome = self.sampler.rng.choices(list(_SMS_OUTCOMES), list(_SMS_OUTCOMES.values()))[0]
        entry = {
            "log": "sms",
            "occurred_at": format_timestamp(sent_at),
            "record": of,
            "recipient": phone,
            "text": text,
        }
        if sent_at <= self.sampler.now - _FEEDBACK_PERIOD:
            return entry | _POSTED[outcome]
        message_id = str(self.sampler.uuid())
        if outcome != "silent":
            self.sms_outcomes[message_id] = outcome
        return entry | {"message_id": message_id}

    def _push(
        self, to: Family, subject: str, text: str, max_days: int, min_days: int = 1, *, fails: bool = False
    ) -> Entry:
        entry = {
            "log": "push",
            "occurred_at": format_timestamp(self.sampler.moment_ago(max_days, min_days)),
            "record": record("family", to.id),
            "subject": subject,
            "text": text,
        }
        if not fails:
            return entry | {"status": "sent"}
        message_id = str(self.sampler.uuid())
        self.failed_pushes.append(message_id)
        return entry | {"message_id": message_id}
