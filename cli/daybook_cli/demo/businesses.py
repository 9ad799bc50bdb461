"""The businesses of the demonstration data: their staff, families and students, and their vocabulary."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Member:
    """A member of the staff."""

    id: str
    name: str
    username: str


@dataclass(frozen=True)
class Business:
    """`families` is their number, `notes` that of the e-mails about the lessons of one student.

    `time_zone` is an IANA name. `linked` are the types of record that its portal has a page of, with the page's path.
    """

    name: str
    domain: str
    time_zone: str
    linked: dict[str, str]
    families: int
    notes: int
    staff: tuple[Member, ...]
    classes: tuple[str, ...]
    lesson: str
    event: str

    @property
    def settings(self) -> dict[str, object]:
        """The settings of its org, as `PUT /v1/orgs/{org}` takes them."""
        urls = {kind: f"https://portal.{self.domain}{path}" for kind, path in self.linked.items()}
        return {"name": self.name, "time_zone": self.time_zone, "record_url": urls}


@dataclass(frozen=True)
class Student:
    id: str
    name: str


@dataclass(frozen=True)
class Family:
    """`address` is of e-mail, `phone` an E.164 number, `network` an IP address."""

    id: str
    parent: str
    address: str
    phone: str
    students: tuple[Student, ...]
    network: str


BUSINESSES = {
    "riverside": Business(
        name="Riverside Gymnastics",
        domain="riverside-gymnastics.example",
        time_zone="America/Chicago",
        linked={"family": "/families/{id}", "student": "/students/{id}", "staff": "/staff/{id}"},
        families=18,
        notes=64,
        staff=(
            Member("1", "Maria Delgado", "mdelgado"),
            Member("2", "Tom Becker", "tbecker"),
            Member("3", "Aisha Khan", "akhan"),
            Member("4", "Jordan Lee", "jlee"),
            Member("5", "Priya Natarajan", "pnatarajan"),
        ),
        classes=("Tumble Tots", "Bars & Beam Level 2", "Boys Rings Level 1", "Trampoline Saturday", "Team Juniors"),
        lesson="practice",
        event="Spring Showcase",
    ),
    "hilltop": Business(
        name="Hilltop Music School",
        domain="hilltop-music.example",
        time_zone="Europe/London",
        linked={},
        families=7,
        notes=8,
        staff=(
            Member("6", "Helen Moreau", "hmoreau"),
            Member("7", "Samuel Ortiz", "sortiz"),
            Member("8", "Grace Whitfield", "gwhitfield"),
        ),
        classes=("Piano, Tuesday", "Violin Beginners", "Choir", "Guitar Group B"),
        lesson="lesson",
        event="Winter Recital",
    ),
}
_PARENTS = (
    "Anna Smith", "David Smith", "Chloé Martin", "Daniel O'Brien", "Emeka Okafor", "Fatima Haddad", "George Papadakis",
    "Hannah Müller", "Isabel García", "James Wilson", "Keiko Tanaka", "Liam Murphy", "Mei Chen", "Nadia Petrova",
    "Oscar Lindqvist", "Patricia Gomes", "Quentin Dubois", "Rosa Álvarez", "Sarah Cohen", "Thomas Nguyen",
    "Uma Krishnan", "Victor Santos", "Wendy Clarke", "Yusuf Demir", "Zoe Williams",
)  # fmt: skip
_CHILDREN = (
    "Ava", "Ben", "Clara", "Dylan", "Ella", "Finn", "Gia", "Hugo", "Ivy", "Jonas", "Kira", "Leo", "Mila", "Noah",
    "Olive", "Paul", "Ruby", "Sofia", "Theo", "Vera",
)  # fmt: skip
_MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_MAILBOX_CHARACTERS = str.maketrans("éüíáö ", "euiao.", "'")


def business_of(org: str) -> Business:
    """The business behind an org; one that is not known is like Hilltop, under its own name."""
    if org in BUSINESSES:
        return BUSINESSES[org]
    other = BUSINESSES["hilltop"]
    return replace(other, name=org.title())


def families_of(business: Business, rng: random.Random) -> list[Family]:
    """The families of a business, with ids from 101 on."""
    parents = rng.sample(_PARENTS, business.families)
    return [_family(number, parent, rng) for number, parent in enumerate(parents)]


def _family(number: int, parent: str, rng: random.Random) -> Family:
    surname = parent.rsplit(maxsplit=1)[-1]
    children = rng.sample(_CHILDREN, rng.randint(1, 3))
    students = tuple(
        Student(str(5001 + 10 * number + index), f"{child} {surname}") for index, child in enumerate(children)
    )
    return Family(
        id=str(101 + number),
        parent=parent,
        address=f"{parent.lower().translate(_MAILBOX_CHARACTERS)}@{_MAIL_DOMAINS[number % len(_MAIL_DOMAINS)]}",
        phone=f"+1415555{100 + number:04d}",
        students=students,
        network=f"203.0.113.{10 + number}",
    )


_WORDS = (
    "arrival balance beam benches calendar camp chalk changing clothing coach concert counter courage cushion deposit "
    "door drop-off early emergency enrolment entrance evening exhibition fall family first-aid floor foam forms Friday "
    "fundraiser gallery gate grips group guest half-term handstand hall helmet holiday hour illness injury instrument "
    "invoice jacket judge key kiosk landing late leotard lesson level lobby locker lost-property make-up mat medal "
    "meeting Monday month music notice office open-day parent parking partner patience payment performance phone "
    "photograph piano pick-up policy practice programme question quiet rack recital refund registration rehearsal "
    "report ring roof room routine safety Saturday schedule season shoes sibling sign-in signature skill snack spotter "
    "spring stage stairs stretch studio summer sunscreen Sunday teacher team term Thursday ticket timetable towel "
    "trampoline Tuesday uniform vault visitor volunteer waiting waiver warm-up water wave Wednesday week welcome wheel "
    "window winter yoga zip"
)


def handbook(business: Business, rng: random.Random, paragraphs: int) -> list[str]:
    """A long text of which hardly two sentences are alike, so that it stays long when it is compressed."""
    return [f"{number}. {_paragraph(business, rng)}" for number in range(1, paragraphs + 1)]


def _paragraph(business: Business, rng: random.Random) -> str:
    sentences = []
    for _ in range(rng.randint(4, 8)):
        words = rng.choices(_WORDS.split(), k=rng.randint(7, 16))
        room, minute = rng.randint(1, 40), rng.randint(0, 59)
        sentences.append(f"{' '.join(words).capitalize()}, room {room}, {rng.randint(8, 19)}:{minute:02d}.")
    return f"{business.name}: {' '.join(sentences)}"
