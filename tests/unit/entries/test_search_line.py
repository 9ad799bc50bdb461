"""One line in every log: what it finds is what a plain filter finds, through any limit and in any order.

The filter knows words by what the entries were made of, not by reading them.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.audit.log import AuditQuery
from daybook.entries.record_log import LOGS, MessageQuery, PlainQuery
from daybook.entries.timeline import TimelineQuery
from daybook.model.entries import Record

from tests.support.memory.logs_world import LogsWorld
from tests.support.memory.table import MemoryTable

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
FAMILY = Record("family", "900")

# What entries are made of, and the marks by which the plain filter knows it.
MOMENTS = {
    "2026-01-05T23:10:00.000Z": {"5 jan", "5:10 pm", "5 jan 5:10 pm", "5 pm"},
    "2026-01-05T23:10:59.964Z": {"5 jan", "5:10 pm", "5 jan 5:10 pm", "5 pm"},
    "2026-01-05T23:11:00.000Z": {"5 jan", "5 pm"},
    "2026-01-06T05:59:59.999Z": {"5 jan"},
    "2026-01-06T06:00:00.000Z": {"6 jan"},
    "2026-01-06T23:10:30.064Z": {"6 jan", "5:10 pm", "5 pm"},
    "2026-03-08T22:10:00.000Z": {"5:10 pm", "5 pm"},
    "2026-06-15T22:59:59.999Z": {"5 pm"},
}
PEOPLE = {
    "José Núñez": {"jose", "nunez"},
    "Anna O'Brien": {"anna", "obrien"},
    "Lee Smith-Jones": {"lee", "smith", "jones"},
    "王小明": {"xiao"},
    "김민수": {"minsu"},
}
TEXTS = {
    "Practice notes, no. 64": {"practice", "64", "no. 64"},
    "64 no more": {"64", "practice no"},
    "paid O’Brien's fee": {"paid", "obrien"},
    "changed the phone to (415) 555-0199": {"changed", "phone 0199"},
    "GetBucketAcl": {"bucket"},
    "moved the class to 5:10 pm": {"said 5:10 pm", "moved"},
    "the parcel was delivered by José": {"said delivered", "jose"},
    "signed in": {"signed"},
}
ADDRESSES = {"jane.doe@fam.example": {"jane"}, "josé@fam.example": {"jose"}, "x64@fam.example": set[str]()}
PHONES = {"+14155550101": {"phone 0101"}, "+442079460958": {"phone uk"}}
IPS = {"10.0.3.4": {"ip 10.0", "ip 10"}, "110.0.0.1": set[str](), "2001:db8::64": {"ip 2001"}}
SOURCES = {"office_portal": {"office", "portal"}, "check_in_kiosk": {"kiosk"}, "customer_portal": {"portal"}}
EMAIL_STATUSES = {"bounced": {"not delivered"}, "complained": {"spam"}, "delivered": {"delivered"}, "sent": {"sent"}}
SMS_STATUSES = {"not_delivered": {"not delivered"}, "delivered": {"delivered"}}

# A line's term, and the marks of which an entry has to have one.
TERMS: dict[str, set[str]] = {
    "Jose": {"jose"}, "JOSÉ": {"jose"}, "jos": {"jose"}, "nunez": {"nunez"}, '"José Núñez"': {"nunez"},
    "OBrien": {"obrien"}, "O’Brien": {"obrien"}, "o'bri": {"obrien"}, "smith-jones": {"jones"}, "jones": {"jones"},
    "小明": {"xiao"}, "明": {"xiao"}, "민수": {"minsu"}, "64": {"64"}, '"no. 64"': {"no. 64"},
    '"64 no"': {"practice no"},
    "buck": {"bucket"}, "getbucket": {"bucket"}, "bucketAcl": {"bucket"}, "jane": {"jane"}, "jane.doe@fam": {"jane"},
    "(415) 555-0199": {"phone 0199"}, "4155550199": {"phone 0199"}, "415-555-0101": {"phone 0101"},
    "+1 415 555 0101": {"phone 0101"}, "415": {"phone 0101", "phone 0199"}, "020 7946 0958": {"phone uk"},
    "10.0": {"ip 10.0"}, "ip:10": {"ip 10"}, "ip:0.3": set(), "2001:DB8": {"ip 2001"}, "10.0.*": {"ip 10.0"},
    "Office": {"office"}, '"Office Portal"': {"office"}, "source:portal": {"portal"}, "kiosk": {"kiosk"},
    "spam": {"spam"}, "not delivered": {"not delivered"}, "status:delivered": {"delivered"},
    "delivered": {"delivered", "said delivered"}, "complained": {"spam"}, "status:spam": {"spam"},
    "1/5/2026": {"5 jan"}, "01/05/26": {"5 jan"}, "Jan 5, 2026": {"5 jan"}, "2026-01-06": {"6 jan"},
    "1/5/2026 5:10 pm": {"5 jan 5:10 pm"}, "2026-01-05T23:10Z": {"5 jan 5:10 pm"},
    "5:10 pm": {"5:10 pm", "said 5:10 pm"}, "17:10": {"5:10 pm", "said 5:10 pm"}, "5pm": {"5 pm"},
    "username:smith": {"by smith"}, "action:paid": {"did paid"}, "record:900": {"record"},
    "record:family/9": {"record"}, "record:family": {"record"}, "zebra": set(), "964": set(),
    "03/08/2026 2:30 am": set(), "***": {"record"},
}  # fmt: skip
# Dates and times are not excluded, nor are the parts of two words each for itself.
EXCLUDABLE = [term for term in TERMS if term.startswith('"') or not any(char in term for char in "/:* ")]
EXCLUDABLE = [term for term in EXCLUDABLE if term not in ("5pm", "2026-01-06")]
LONG = "x" * 200


@cache
def world() -> tuple[LogsWorld, dict[str, set[str]]]:
    """Entries of every log, and the marks of each id."""
    chance, made = random.Random(16), list[tuple[dict[str, Any], set[str]]]()
    for _ in range(60):
        for log in ("email", "sms", "push", "activity", "audit"):
            made.append(entry(chance, log))
    world, marks = LogsWorld(MemoryTable(), NOW, CHICAGO), dict[str, set[str]]()
    for posted, of_entry in made:
        (entry_id,) = world.post([posted])
        marks[entry_id] = of_entry | {"record"}
    return world, marks


def entry(chance: random.Random, log: str) -> tuple[dict[str, Any], set[str]]:
    marks = set[str]()

    def any_of(values: dict[str, set[str]]) -> str:
        value = chance.choice(list(values))
        marks.update(values[value])
        return value

    made: dict[str, Any] = {"log": log, "occurred_at": any_of(MOMENTS), "record": {"type": "family", "id": "900"}}
    match log:
        case "email":
            made |= {"recipient": any_of(ADDRESSES), "subject": any_of(TEXTS), "status": any_of(EMAIL_STATUSES)}
        case "sms":
            made |= {"recipient": any_of(PHONES), "text": any_of(TEXTS), "status": any_of(SMS_STATUSES)}
            made |= {"reason": "failed"} if made["status"] == "not_delivered" else {}
        case "push":
            made |= {"subject": any_of(TEXTS), "text": any_of(TEXTS)}
        case "activity":
            made |= {"name": any_of(PEOPLE), "action": any_of(TEXTS), "ip": any_of(IPS), "details": any_of(TEXTS)}
            marks |= {"by smith"} if "smith" in marks else set()
            marks |= {"did paid"} if made["action"].startswith("paid") else set()
        case "audit":
            del made["record"]
            made |= {"member_name": any_of(PEOPLE), "username": chance.choice(["ada", "smith"])}
            made |= {"source": any_of(SOURCES), "ip": any_of(IPS), "action": any_of(TEXTS)}
            marks |= {"by smith", "smith"} if made["username"] == "smith" else set()
            marks |= {"did paid"} if made["action"].startswith("paid") else set()
            made["affected"] = [
                {"record": {"type": "family", "id": "900"}, "name": any_of(PEOPLE), "change": "updated"},
                {"record": {"type": "class", "id": "7"}, "name": LONG, "change": "updated"},
            ]
    return made, marks


def line(chance: random.Random) -> tuple[str, Callable[[set[str]], bool]]:
    wanted = chance.sample(sorted(TERMS), chance.choice((1, 1, 1, 2, 2, 3)))
    unwanted = chance.sample(EXCLUDABLE, chance.choice((0, 0, 1)))
    # In between something that ends a date, a number or the words of a status.
    q = " record:family ".join([*wanted, *(f"-{term}" for term in unwanted)])

    def finds(marks: set[str]) -> bool:
        return all(TERMS[term] & marks for term in wanted) and not any(TERMS[term] & marks for term in unwanted)

    return q, finds


def walk(page: Callable[[Any], Any], query: type, **asked: Any) -> Iterator[Any]:
    cursor = None
    while True:
        answer = page(query(cursor=cursor, **asked))
        yield from answer.entries
        assert len(answer.entries) <= asked["limit"]
        cursor = answer.next
        if cursor is None:
            return


def lists(world: LogsWorld) -> dict[str, tuple[Callable[[Any], Any], type, Sequence[dict[str, str]]]]:
    """Each list that a line searches: its pages, its query, and its orders."""
    orders = [{"order": "asc"}, {"order": "desc"}]
    sorts = [{"sort": sort, **order} for sort in ("date", "recipient", "status") for order in orders]
    found: dict[str, tuple[Callable[[Any], Any], type, Sequence[dict[str, str]]]] = {}
    for name, log in LOGS.items():
        query, orders_of_log = (MessageQuery, sorts) if log.statuses else (PlainQuery, orders)
        found[name] = (partial(world.logs.page, "riverside", FAMILY, log), query, orders_of_log)
    all_logs = list(LOGS.values())
    found["timeline"] = (partial(world.timeline.page, "riverside", FAMILY, all_logs), TimelineQuery, [{}])
    found["org audit log"] = (partial(world.audit_log.page, "riverside"), AuditQuery, orders)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LOGS, "timeline", "org audit log"])
def test_300_random_lines_find_what_a_plain_filter_finds(name: str) -> None:
    logs, marks = world()
    page, query, orders = lists(logs)[name]
    chance, found = random.Random(f"lines {name}"), 0
    for _ in range(300):
        q, finds = line(chance)
        order = chance.choice(orders)
        everything = [row.id for row in walk(page, query, limit=200, **order)]
        expected = [entry_id for entry_id in everything if finds(marks[entry_id])]
        limit = chance.choice((1, 2, 7, 50, 200))
        assert [row.id for row in walk(page, query, limit=limit, q=q, **order)] == expected, q
        found += bool(expected)
    # Enough lines find something, and enough find nothing.
    assert 60 < found < 290


def test_every_term_finds_something_in_some_log_and_not_everything() -> None:
    _, marks = world()
    of_none = {"ip:0.3", "zebra", "964", "03/08/2026 2:30 am"}
    for term, wanted in TERMS.items():
        count = sum(bool(wanted & of_entry) for of_entry in marks.values())
        assert (count == 0) == (term in of_none), term
