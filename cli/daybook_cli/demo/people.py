"""The families of a business: parents, students, and how they are reached."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import chain

from daybook_cli.demo.businesses import Business, Course, Household


@dataclass(frozen=True)
class Student:
    id: str
    name: str
    course: Course

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True)
class Parent:
    """`address` is of e-mail, `phone` an E.164 number, `network` an IP address."""

    name: str
    address: str
    phone: str
    network: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True)
class Family:
    """The first of the parents is the one that is written to."""

    id: str
    parents: tuple[Parent, ...]
    students: tuple[Student, ...]

    @property
    def name(self) -> str:
        return self.parents[0].name


FIRST_FAMILY = 101
_SURNAMES = (
    "Kowalski", "Hernandez", "Patel", "O'Brien", "Johnson", "Okafor", "Müller", "García", "Kim", "Cohen", "Haddad",
    "Papadakis", "Wilson", "Tanaka", "Murphy", "Chen", "Petrova", "Lindqvist", "Gomes", "Dubois", "Álvarez", "Krishnan",
    "Santos", "Clarke", "Demir", "Williams", "Nowak", "Ramirez", "Jackson", "Rosenberg", "Fitzgerald", "Park", "Novak",
    "Brandt", "Mensah", "Rivera", "Schneider", "Ali", "Thompson", "Moretti", "van Dijk", "Sullivan", "Zielinski",
    "Reyes", "Anderson", "Osei", "Bianchi", "Torres", "Lefebvre", "Sharma", "Walsh", "Eriksen", "Mbeki", "Sato",
)  # fmt: skip
_MOTHERS = (
    "Agnieszka", "Carmen", "Deepa", "Fiona", "Keisha", "Ngozi", "Hannah", "Isabel", "Jiwoo", "Miriam", "Fatima",
    "Eleni", "Laura", "Keiko", "Siobhan", "Mei", "Nadia", "Astrid", "Beatriz", "Camille", "Rosa", "Uma", "Paula",
    "Wendy", "Elif", "Zoe", "Ewa", "Lucía", "Denise", "Rachel", "Colleen", "Soyoung", "Petra", "Anke", "Abena",
)  # fmt: skip
_FATHERS = (
    "Marek", "Luis", "Raj", "Patrick", "Andre", "Emeka", "Stefan", "Javier", "Minho", "David", "Omar", "George", "Mark",
    "Hiroshi", "Liam", "Wei", "Sergei", "Oscar", "Rui", "Quentin", "Diego", "Arjun", "Victor", "James", "Yusuf",
    "Chris", "Pawel", "Miguel", "Terrence", "Daniel", "Sean", "Jinwoo", "Jakub", "Karsten", "Kwame",
)  # fmt: skip
_CHILDREN = (
    "Ava", "Ben", "Clara", "Dylan", "Ella", "Finn", "Gia", "Hugo", "Ivy", "Jonas", "Kira", "Leo", "Mila", "Noah",
    "Olive", "Paul", "Ruby", "Sofia", "Theo", "Vera", "Maya", "Lucas", "Nora", "Elias", "Zara", "Oliver", "Hana",
    "Mateo", "Amara", "Caleb", "Lena", "Isaac",
)  # fmt: skip
_MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_MAILBOX_CHARACTERS = str.maketrans("éüíáöÁ ", "euiaoa.", "'")


def families_of(business: Business, rng: random.Random) -> list[Family]:
    """The families of a business, with ids from 101 on."""
    surnames = rng.sample(_SURNAMES, business.families - len(business.named))
    drawn = (
        Household(surname, _drawn_parents(rng), tuple(rng.sample(_CHILDREN, rng.randint(1, 3)))) for surname in surnames
    )
    return [_family(business, number, household, rng) for number, household in enumerate(chain(business.named, drawn))]


def former_addresses(business: Business, rng: random.Random) -> list[str]:
    """E-mail addresses of people who were with the business before the demonstration begins."""
    names = [f"{first} {surname}" for first in (*_MOTHERS, *_FATHERS) for surname in _SURNAMES]
    return [_address(name, rng.randrange(len(_MAIL_DOMAINS))) for name in rng.sample(names, business.former)]


def _drawn_parents(rng: random.Random) -> tuple[str, ...]:
    """Two in most families, in any order."""
    couple = [rng.choice(_MOTHERS), rng.choice(_FATHERS)]
    rng.shuffle(couple)
    return tuple(couple[: rng.choices((1, 2), (1, 5))[0]])


def _family(business: Business, number: int, household: Household, rng: random.Random) -> Family:
    surname = household.surname
    students = tuple(
        Student(str(5001 + 10 * number + index), f"{child} {surname}", rng.choice(business.courses))
        for index, child in enumerate(household.children)
    )
    parents = tuple(
        _parent(business, 2 * number + index, f"{first} {surname}") for index, first in enumerate(household.parents)
    )
    return Family(str(FIRST_FAMILY + number), parents, students)


def _parent(business: Business, number: int, name: str) -> Parent:
    return Parent(
        name=name,
        address=_address(name, number),
        phone=f"{business.phone[:-2]}{number:02d}",
        network=f"203.0.113.{10 + number}",
    )


def _address(name: str, number: int) -> str:
    """An e-mail address of a person; the number decides its domain."""
    return f"{name.lower().translate(_MAILBOX_CHARACTERS)}@{_MAIL_DOMAINS[number % len(_MAIL_DOMAINS)]}"
