"""The businesses of the demonstration data: their staff, classes and prices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from daybook_cli.demo import calendars
from daybook_cli.demo.calendars import Occasion


@dataclass(frozen=True)
class Member:
    """A member of the staff. `phone` is an E.164 number."""

    id: str
    name: str
    username: str
    phone: str


@dataclass(frozen=True)
class Course:
    """A class that students are enrolled in. `fee` is a month's, without the currency."""

    name: str
    day: str
    time: str
    fee: int


@dataclass(frozen=True)
class Household:
    """First names of the parents and children of a family."""

    surname: str
    parents: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True)
class Business:
    """`families` is their number, and `named` are the first of them.

    `weeks` is how far back the logs of the first family, student and member of the staff reach.
    `former` is the number of addresses on the blacklist of the system that it had before.

    `time_zone` is an IANA name. `linked` are the types of record that its portal has a page of, with the page's path.
    `network` begins the IP addresses of its office. `phone` is an E.164 number whose last two digits are free.
    """

    name: str
    domain: str
    street: str
    time_zone: str
    linked: dict[str, str]
    currency: str
    currency_code: str
    color: str
    phone: str
    network: str
    families: int
    named: tuple[Household, ...]
    weeks: int
    former: int
    has_handbook: bool
    staff: tuple[Member, ...]
    courses: tuple[Course, ...]
    student: str
    event: str
    calendar: tuple[Occasion, ...]

    @property
    def months(self) -> int:
        """How many months, before the last day's, the longest logs reach back at least."""
        return self.weeks * 7 // 31

    @property
    def settings(self) -> dict[str, object]:
        """The settings of its org, as `PUT /v1/orgs/{org}` takes them."""
        urls = {kind: f"https://portal.{self.domain}{path}" for kind, path in self.linked.items()}
        return {"name": self.name, "time_zone": self.time_zone, "record_url": urls}


BUSINESSES = {
    "riverside": Business(
        name="Riverside Gymnastics & Swim",
        domain="riverside-gymnastics.example",
        street="1200 Example Avenue, Chicago, IL",
        time_zone="America/Chicago",
        linked={"family": "/families/{id}", "student": "/students/{id}", "staff": "/staff/{id}"},
        currency="$",
        currency_code="USD",
        color="#0b5c7d",
        phone="+17735550100",
        network="198.51.100",
        families=30,
        # The documentation names them: the family with the longest logs, and that of `priya deleted smith`.
        named=(
            Household("Nguyen", ("Thomas", "Linh"), ("Mai", "Kevin", "Sophie")),
            Household("Smith", ("Anna", "Brian"), ("Emma", "Jack")),
        ),
        weeks=98,
        former=112,
        has_handbook=True,
        staff=(
            Member("1", "Maria Delgado", "mdelgado", "+13125550101"),
            Member("2", "Tom Becker", "tbecker", "+13125550102"),
            Member("3", "Aisha Khan", "akhan", "+13125550103"),
            Member("4", "Jordan Lee", "jlee", "+13125550104"),
            Member("5", "Priya Natarajan", "pnatarajan", "+13125550105"),
            Member("9", "Marcus Bell", "mbell", "+13125550106"),
            Member("10", "Elena Rossi", "erossi", "+13125550107"),
            Member("11", "Kevin Doyle", "kdoyle", "+13125550108"),
            Member("12", "Simone Carter", "scarter", "+13125550109"),
            Member("13", "Yuki Mori", "ymori", "+13125550110"),
            Member("14", "Fran Front", "front", "+13125550111"),
            Member("15", "Alex Admin", "admin", "+13125550112"),
        ),
        courses=(
            Course("Tumble Tots", "Tuesday", "9:30 AM", 72),
            Course("Beginner Gymnastics", "Monday", "4:30 PM", 88),
            Course("Bars & Beam Level 2", "Wednesday", "5:15 PM", 104),
            Course("Boys Rings Level 1", "Thursday", "5:00 PM", 96),
            Course("Team Juniors", "Monday", "6:00 PM", 185),
            Course("Trampoline Saturday", "Saturday", "10:00 AM", 80),
            Course("Swim Level 1", "Monday", "5:30 PM", 92),
            Course("Swim Level 2", "Tuesday", "5:30 PM", 92),
            Course("Swim Level 3", "Thursday", "6:15 PM", 98),
            Course("Parent & Baby Swim", "Saturday", "9:00 AM", 64),
        ),
        student="gymnast",
        event="Holiday Showcase",
        calendar=calendars.RIVERSIDE,
    ),
    "hilltop": Business(
        name="Hilltop Swimming Club",
        domain="hilltop-swimming.example",
        street="3 Example Lane, London",
        time_zone="Europe/London",
        linked={},
        currency="£",
        currency_code="GBP",
        color="#1d4f91",
        phone="+447700900100",
        network="192.0.2",
        families=8,
        named=(
            Household("Whitaker", ("Oliver", "Nadia"), ("Poppy", "Alfie")),
            Household("Bennett", ("Ruth",), ("George",)),
        ),
        weeks=8,
        former=6,
        has_handbook=False,
        staff=(
            Member("6", "Helen Moreau", "hmoreau", "+447700900901"),
            Member("7", "Samuel Ortiz", "sortiz", "+447700900902"),
            Member("8", "Grace Whitfield", "gwhitfield", "+447700900903"),
            Member("16", "Olga Other", "admin", "+447700900904"),
        ),
        courses=(
            Course("Tadpoles", "Tuesday", "16:00", 28),
            Course("Improvers", "Monday", "17:00", 32),
            Course("Squad B", "Wednesday", "18:30", 44),
            Course("Squad A", "Monday", "19:30", 52),
        ),
        student="swimmer",
        event="Winter Gala",
        calendar=calendars.HILLTOP,
    ),
}


def business_of(org: str) -> Business:
    """The business behind an org; one that is not known is like Hilltop, under its own name."""
    if org in BUSINESSES:
        return BUSINESSES[org]
    return replace(BUSINESSES["hilltop"], name=org.title())
