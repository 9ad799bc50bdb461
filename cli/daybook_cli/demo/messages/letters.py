"""What each kind of e-mail says."""

from __future__ import annotations

import random
from datetime import date

from daybook_cli.demo.businesses import Business, Member
from daybook_cli.demo.calendars import Occasion
from daybook_cli.demo.messages.layout import Letter
from daybook_cli.demo.people import Family, Student


def newsletter(business: Business, day: date, course: str) -> Letter:
    """The news of a month."""
    return Letter(
        f"{business.name}: what is on in {day:%B}",
        (
            f"{day:%B} is a full month. {course} has two places left, and the waiting list of every other class moves.",
            f"The {business.event} needs helpers at the door and at the snack table. An hour is enough.",
            "Please look at your phone number and pick-up list in the portal, before the day you need them.",
        ),
        button="Open the portal",
        image=f"news-{day:%Y-%m}",
    )


def occasion(event: Occasion, year: int) -> Letter:
    """An e-mail of the business's calendar."""
    years = {"year": year, "next_year": year + 1}
    return Letter(
        event.subject.format(**years),
        tuple(paragraph.format(**years) for paragraph in event.paragraphs),
        button=event.button,
        image=f"{year}-{event.month:02d}-{event.day:02d}" if event.has_image else None,
    )


def invoice(business: Business, family: Family, number: str, month: str) -> Letter:
    """A month's fees of all students of a family."""
    fees = [(f"{student.name}: {student.course.name}", student.course.fee) for student in family.students]
    total = sum(fee for _, fee in fees)
    return Letter(
        f"Invoice {number} for {month}: {business.currency}{total}.00",
        (f"Here are your fees for {month}. They are due on the 10th.",),
        rows=(
            *((name, f"{business.currency}{fee}.00") for name, fee in fees),
            ("Total", f"{business.currency}{total}.00"),
        ),
        button="Pay online",
    )


def receipt(business: Business, amount: str, number: str, method: str) -> Letter:
    return Letter(
        f"Receipt: {business.currency}{amount} for invoice {number}",
        ("Thank you. We have received your payment.",),
        rows=(
            ("Paid by", method),
            ("Amount", f"{business.currency}{amount}"),
            ("Still due", f"{business.currency}0.00"),
        ),
    )


def payment_failed(number: str) -> Letter:
    return Letter(
        f"Your card was declined for invoice {number}",
        ("Your bank did not accept the payment. We try once more in three days.",
         "A new card can be added in the portal. Or call the front desk, we are happy to help."),
        button="Update the card",
    )  # fmt: skip


def enrolled(business: Business, student: Student) -> Letter:
    course = student.course
    return Letter(
        f"{student.name} is enrolled in {course.name}",
        (f"We look forward to seeing {student.first_name} on {course.day} at {course.time}.",
         "Please come ten minutes early to the first class, so that we can show you around."),
        rows=(("Class", course.name), ("When", f"{course.day}, {course.time}"),
              ("Monthly fee", f"{business.currency}{course.fee}.00")),
        button="See your schedule",
    )  # fmt: skip


def make_up(student: Student) -> Letter:
    return Letter(
        f"We missed {student.first_name} today",
        (f"{student.first_name} was absent from {student.course.name}. There is a make-up token in the portal.",
         "It can be used in any class of the same level, until the end of the session."),
        button="Choose a make-up class",
    )  # fmt: skip


def next_level(business: Business, student: Student) -> Letter:
    return Letter(
        f"{student.first_name} is ready for the next level!",
        (f"{student.first_name} has all skills of {student.course.name}. The coaches suggest to move up next month.",
         "Tell us at the front desk, or answer this e-mail, and we hold a place."),
        image=f"level-{business.student}",
    )  # fmt: skip


def waiver_reminder(student: Student) -> Letter:
    return Letter(
        f"Reminder: the waiver of {student.first_name} is missing",
        (f"{student.first_name} can take part once the waiver is signed. It takes two minutes.",),
        button="Sign the waiver",
    )


def coach_note(student: Student, coach: Member, minutes: int) -> Letter:
    """A few lines that a coach typed."""
    return Letter(
        f"{student.first_name}'s practice this week",
        (f"{student.first_name} worked hard on {student.course.name} skills today.",
         f"At home: {minutes} minutes of stretching, every other day. Straight legs, please!", coach.name),
        is_plain=True, sender=coach.username,
    )  # fmt: skip


def answer(family: Family, member: Member) -> Letter:
    """What the desk writes back to a parent."""
    student = family.students[0]
    return Letter(
        f"Re: {student.first_name} on {student.course.day}",
        (f"No problem at all. I have moved {student.first_name} for this week only.",
         "The coach knows. Let me know if it should become the usual day.", member.name),
        is_plain=True, sender=member.username,
    )  # fmt: skip


def schedule(monday: date, shifts: tuple[tuple[str, str], ...]) -> Letter:
    """The hours of a member of the staff in one week."""
    return Letter(
        f"Your schedule for the week of {monday:%B} {monday.day}",
        ("Please tell the office by Sunday noon if something does not fit.",),
        rows=shifts,
    )


_RULES = (
    "{course} meets on {day} at {time}. Please be ready five minutes before: warm-up prevents most injuries.",
    "If your child misses {course}, the portal has a make-up token on the next morning, for any class of the level.",
    "The monthly fee of {course} is {fee}. It is the same in months with four and with five {day}s.",
    "Parents watch {course} from the gallery. Coaches talk with you after class, or by e-mail.",
    "For {course}, long hair is tied back, jewelry stays at home, and nothing is worn that could catch on equipment.",
    "Moving out of {course} takes a note by the 20th of the month before. Another day takes a click in the portal.",
    "Levels in {course} are tested every eight weeks. A child moves up when all skills are shown twice.",
    "Whoever picks up a child from {course} must be on the pick-up list. We do ask for an ID, also of grandparents.",
)
_CHAPTERS = (
    "Arrival", "Make-up classes", "Fees", "Watching", "What to wear", "Leaving a class", "Levels", "Pick-up",
)  # fmt: skip
_HANDBOOK_SECTIONS = 1240


def handbook(business: Business, year: int, rng: random.Random) -> Letter:
    """All rules of a season, in about 300 KB of HTML."""
    sections = []
    for number in range(_HANDBOOK_SECTIONS):
        course = business.courses[number // len(_RULES) % len(business.courses)]
        rule = _RULES[number % len(_RULES)].format(
            course=course.name, day=course.day, time=course.time, fee=f"{business.currency}{course.fee}"
        )
        chapter = _CHAPTERS[number % len(_CHAPTERS)]
        ask = f"Questions: {rng.choice(business.staff).name}, extension {rng.randint(1000, 9999)}."
        sections.append(f"{1 + number // len(_RULES)}.{1 + number % len(_RULES)} {chapter}. {rule} {ask}")
    return Letter(f"Family handbook {year}-{year + 1}", ("All of it, to keep and to search.", *sections))
