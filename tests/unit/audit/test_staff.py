"""The register of who acts: one item for each person, the same from the same entries in whatever order they come."""

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from daybook.audit.staff_register import SLACK, StaffRegister
from daybook.model.entries import SOURCES, Audit, Source
from daybook.storage.keys import org_keys
from daybook.storage.models.entries import AuditItem
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.memory.search_index import NOW, ORG, audit, stored
from tests.support.memory.table import MemoryTable

END = 1_900_000_000
SLACK_SECONDS = int(SLACK.total_seconds())
CHICAGO = ZoneInfo("America/Chicago")
DAY = timedelta(days=1)


def register_of(table: MemoryTable) -> StaffRegister:
    return StaffRegister(table=table, zone=lambda _: CHICAGO)


def registered(table: MemoryTable) -> dict[str, dict[str, str]]:
    """By sort key, the attributes of each username's item but its keys."""
    return {
        sk: {
            name: value
            for name, tagged in item.items()
            for value in tagged.values()
            if name not in ("pk", "sk", "recipient_key", "status_key")
        }
        for (pk, sk), item in table.stored.items()
        if pk == org_keys.staff(ORG)
    }


def entry(number: int = 0, expires_at: int | None = END, **fields: Any) -> AuditItem:
    """The entry of this number; each is a minute after the one before."""
    made: Audit = replace(audit(), occurred_at=NOW + timedelta(minutes=number))
    return stored(replace(made, **fields), number, expires_at)


def test_a_username_is_noted_once_a_day_with_its_name_and_kind() -> None:
    table = MemoryTable()
    register = register_of(table)
    for day in range(3):
        for number in range(3):
            posted = entry(number, occurred_at=NOW + day * DAY, username="ada", member_name="Ada Admin")
            assert register.add([posted, posted]) == (1 if number == 0 else 0)
    assert registered(table) == {
        "ada": {
            "member_name": "Ada Admin",
            "group": "staff",
            "day": "2026-11-24",
            "until": str(END),
            "expires_at": str(END + SLACK_SECONDS),
        }
    }


def test_a_function_that_has_noted_nothing_yet_writes_nothing_twice() -> None:
    table = MemoryTable()
    entries = [entry(number, username=name) for number, name in enumerate(["ada", "ben", "ada"])]
    assert [register_of(table).add(entries) for _ in range(3)] == [2, 0, 0]


def test_the_day_is_that_of_the_orgs_zone() -> None:
    table = MemoryTable()
    # At 3 in the morning of UTC it is the day before.
    register_of(table).add([entry(occurred_at=NOW.replace(hour=3), username="ada")])
    assert registered(table)["ada"]["day"] == "2026-11-21"


@pytest.mark.parametrize(
    ("sources", "group"),
    [
        (["system"], "neither"),
        (["office_portal"], "staff"),
        (["support", "time_clock_kiosk", "staff_portal", "system"], "staff"),
        (["mobile_app"], "customer"),
        (["customer_portal", "check_in_kiosk", "system"], "customer"),
        (["customer_portal", "office_portal"], "both"),
    ],
)
def test_kinds_are_those_of_all_sources_in_any_order(sources: list[Source], group: str) -> None:
    for order in (sources, sources[::-1]):
        table = MemoryTable()
        register = register_of(table)
        for number, source in enumerate(order):
            register.add([entry(number, username="ada", source=source)])
        assert registered(table)["ada"]["group"] == group


def test_an_older_entry_is_no_news_unless_it_is_of_another_kind() -> None:
    table = MemoryTable()
    register = register_of(table)
    assert register.add([entry(username="ada", member_name="Ada")]) == 1
    older: dict[str, Any] = {"username": "ada", "member_name": "Adele", "occurred_at": NOW - DAY}
    assert register.add([entry(1, **older)]) == 0
    assert register.add([entry(2, **older, source="mobile_app")]) == 1
    assert {name: registered(table)["ada"][name] for name in ("day", "member_name", "group")} == {
        "day": "2026-11-22",
        "member_name": "Ada",
        "group": "both",
    }


@pytest.mark.parametrize(
    ("first", "second", "spelling"),
    [("Jane.Doe", "JANE.DOE", "JANE.DOE"), ("JANE.DOE", "jane.doe", None), ("jane.doe", "Jane.Doe", "Jane.Doe")],
)
def test_a_username_is_kept_for_its_last_entry_and_in_the_spelling_of_the_last_day(
    first: str, second: str, spelling: str | None
) -> None:
    table = MemoryTable()
    register = register_of(table)
    name: dict[str, Any] = {"member_name": "Jane Doe"}
    assert register.add([entry(1, username=first, **name)]) == 1
    assert register.add([entry(2, username=first, expires_at=END + 1, **name)]) == 0, "it is kept for long enough"
    later = END + SLACK_SECONDS + 1
    second_day = {"username": second, "occurred_at": NOW + DAY, **name}
    assert register_of(table).add([entry(3, later, **second_day)]) == 1
    found = registered(table)["jane.doe"]
    assert (found.get("username"), found["expires_at"]) == (spelling, str(later + SLACK_SECONDS))
    assert register.add([entry(4, None, username=first, **name)]) == 1
    assert registered(table)["jane.doe"].keys().isdisjoint({"expires_at", "until"}), "for ever"


def test_what_is_held_keeps_the_username_though_it_would_have_expired() -> None:
    table = MemoryTable()
    held = entry(username="ada")
    held.held_until, held.expires_at = held.expires_at, None
    register_of(table).add([held])
    found = registered(table)["ada"]
    assert (found["until"], "expires_at" in found) == (str(END), False)


def is_by(fields: dict[str, Any], username: str) -> bool:
    return bool(fields["username"].lower() == username)


days = st.integers(-3, 3)
entries = st.lists(
    st.builds(
        lambda day, minutes, name, username, source, expires: {
            "occurred_at": NOW + day * DAY + timedelta(minutes=minutes),
            "member_name": name,
            "username": username,
            "source": source,
            "expires_at": END + expires,
        },
        days,
        st.integers(0, 900),
        st.sampled_from(["Ada Admin", "Ada Smith", "ADA"]),
        st.sampled_from(["ada", "Ada", "ADA", "ben"]),
        st.sampled_from(SOURCES),
        st.integers(0, 1_000),
    ),
    min_size=1,
    max_size=8,
)


@given(entries, st.randoms(use_true_random=False))
def test_late_repeated_and_shuffled_entries_make_the_same_register(
    posted: list[dict[str, Any]], chance: random.Random
) -> None:
    items = [entry(number, **fields) for number, fields in enumerate(posted)]
    shown = ("member_name", "group", "day", "username")
    outcomes = []
    for _ in range(3):
        table = MemoryTable()
        # Two functions at once: neither knows what the other has noted.
        functions = [register_of(table), register_of(table)]
        told = [*items, *chance.choices(items, k=3)]
        chance.shuffle(told)
        while told:
            size = chance.randint(1, len(told))
            chance.choice(functions).add(told[:size])
            told = told[size:]
        found = registered(table)
        outcomes.append({name: {key: item.get(key) for key in shown} for name, item in found.items()})
    assert outcomes[0] == outcomes[1] == outcomes[2]
    by_person: dict[str, list[AuditItem]] = {}
    for item in items:
        by_person.setdefault(item.username.lower(), []).append(item)
    assert outcomes[0].keys() == by_person.keys()
    for name, of_person in by_person.items():
        last = max(fields["occurred_at"].astimezone(CHICAGO).date() for fields in posted if is_by(fields, name))
        assert outcomes[0][name]["day"] == last.isoformat()
        assert outcomes[0][name]["member_name"] in {item.member_name for item in of_person}
