"""A large business's audit log, as it would have come in over two years: the same seed gives the same entries.

Names are drawn by how common they are, as families' names are: a few very, most hardly.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 690
FAMILIES = 20_000
STAFF = 60

FIRST_NAMES = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph "
    "Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret "
    "Donald Ashley Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian "
    "Melissa George Deborah Timothy Stephanie Ronald Rebecca Jason Laura Edward Helen Jeffrey Sharon Ryan Cynthia "
    "Jacob Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Brenda Stephen Emma Larry Anna Justin Pamela "
    "Scott Nicole Brandon Samantha José Zoë René Noël Chloé Søren Agnès Jürgen Małgorzata Nuñez Siobhán Ngọc Wei "
    "Min Aarav Priya Fatima Omar Yuki Hana"
).split()
LAST_NAMES = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis "
    "Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera "
    "Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart "
    "Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim "
    "Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo "
    "Sanders Patel Myers Long Ross Foster Jimenez O'Brien O'Neill D'Angelo McDonald McCarthy van-Dyke Müller "
    "Lefèvre Núñez Sørensen Kowalczyk Björk Öztürk Smith-Jones"
).split()
SYLLABLES = (
    "ba be bo da de do fa fi ga go ha ho ka ke ko la le li lo ma me mi mo na ne no pa pe ra re ri ro sa se so ta "
    "te to va ve vi za"
).split()
THINGS = (
    "enrollment invoice payment class note photo waiver attendance contact membership discount schedule credit card"
).split()
VERBS = {"created": 40, "updated": 38, "deleted": 8, "viewed": 8, "sent": 4, "restored": 1, "exported": 1}
SOURCES = {
    "office_portal": 45, "customer_portal": 21, "mobile_app": 14, "staff_portal": 9, "check_in_kiosk": 7, "system": 2,
    "time_clock_kiosk": 1, "support": 1,
}  # fmt: skip
OF_FAMILIES = frozenset({"customer_portal", "mobile_app", "check_in_kiosk"})


class Business:
    """Its people, and what they do.

    `families` are (number, name, username), `staff` (name, username); the first ones have the most entries.
    """

    def __init__(self, seed: int = 4) -> None:
        self._random = random.Random(seed)
        self.families = [self._family(number) for number in range(FAMILIES)]
        self.staff = [self._person(number) for number in range(STAFF)]
        self._staff_weights = list(accumulate(1 / (rank + 2) for rank in range(STAFF)))
        self._first_weights = list(accumulate(1 / (rank + 5) for rank in range(len(FIRST_NAMES))))

    def entries(self, count: int) -> Iterator[dict[str, Any]]:
        """So many entries as they are posted, oldest first, spread over the days."""
        pace = timedelta(days=DAYS) / count
        for number in range(count):
            yield self._entry(FIRST_DAY + (number + self._random.random()) * pace)

    def _entry(self, moment: datetime) -> dict[str, Any]:
        chance = self._random
        (source,) = chance.choices(list(SOURCES), list(SOURCES.values()))
        (verb,) = chance.choices(list(VERBS), list(VERBS.values()))
        thing = chance.choice(THINGS)
        # Half of what happens is about few families.
        place = int(len(self.families) * chance.random() ** 2)
        family_id, family_name, login = self.families[place]
        if source in OF_FAMILIES:
            who, ip = (family_name, login), f"73.{family_id % 251}.{family_id // 251 % 251}.{family_id % 7}"
        else:
            ((name, username),) = chance.choices(self.staff, cum_weights=self._staff_weights)
            who, ip = (name, username), f"198.51.100.{len(username)}"
        entry: dict[str, Any] = {
            "log": "audit",
            "occurred_at": moment.isoformat(timespec="milliseconds"),
            "member_name": who[0],
            "username": who[1],
            "source": source,
            "ip": ip,
            "action": f"{verb} {thing}",
        }
        if chance.random() < 0.1:
            return entry | {"action": "logged in"}
        return entry | {"affected": [self._affected(family_id, family_name, verb, thing)]}

    def _affected(self, family_id: int, name: str, verb: str, thing: str) -> dict[str, Any]:
        record = {"type": "family", "id": str(100_000 + family_id)}
        return {"record": record, "name": name, "change": verb, "details": {thing: self._random.randrange(10**6)}}

    def _family(self, number: int) -> tuple[int, str, str]:
        name, username = self._person(number)
        return number, name, f"{username}{number}@mail.example.com"

    def _person(self, number: int) -> tuple[str, str]:
        chance = self._random
        (first,) = chance.choices(FIRST_NAMES, [1 / (rank + 5) for rank in range(len(FIRST_NAMES))])
        # Every third has a name that hardly anybody else has.
        if number % 3 == 0:
            last = "".join(chance.choice(SYLLABLES) for _ in range(chance.choice((2, 3, 3, 4)))).capitalize()
        else:
            (last,) = chance.choices(LAST_NAMES, [1 / (rank + 5) for rank in range(len(LAST_NAMES))])
        return f"{first} {last}", f"{first[0]}{last}".lower().replace("'", "")
