"""Those who act in the org's audit log: by name or by day, by kind, by the beginning of a word."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.functions.events import Context
from tests.support.functions.stored import items
from tests.support.functions.triggers import indexed
from tests.support.functions.world import START, World, on_a_clock, place
from tests.support.golden import files

BASE = "/v1/orgs/riverside/audit"
# Username, name, source, and the day in November of each entry.
ACTS = [
    ("ada.admin", "Ada Admin", "office_portal", 3),
    ("ada.admin", "Ada Admin", "office_portal", 5),
    ("ben", "Ben O'Brien", "support", 5),
    ("Cleo@School.example", "Cléo Mc Carthy", "staff_portal", 1),
    ("smith@mail.example", "Jane Smith", "customer_portal", 7),
    ("jones@mail.example", "Sam Jones", "mobile_app", 2),
    ("kim", "Kim Chief", "customer_portal", 4),
    ("kim", "Kim Chief", "office_portal", 2),
    ("import", "Nightly import", "system", 6),
    ("***", "Zoë", "check_in_kiosk", 1),
]
STAFF = ["Ada Admin", "Ben O'Brien", "Cléo Mc Carthy", "Kim Chief"]
CUSTOMERS = ["Jane Smith", "Kim Chief", "Sam Jones", "Zoë"]
EVERYBODY = sorted({*STAFF, *CUSTOMERS, "Nightly import"})


@pytest.fixture(autouse=True)
def cold() -> Iterator[None]:
    for name in api.FACTORIES:
        api.factory(name).cache_clear()
    yield
    for name in api.FACTORIES:
        api.factory(name).cache_clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from on_a_clock(monkeypatch)


def act(*acts: tuple[str, str, str, int], org: str = "riverside") -> None:
    entries = [
        api.audit(username=username, member_name=name, source=source, occurred_at=f"2026-11-{day:02}T15:00:00Z")
        for username, name, source, day in acts
    ]
    api.posted(*entries, org=org)


def listed(**query: Any) -> list[dict[str, Any]]:
    found = []
    while True:
        answer = api.call("GET", f"{BASE}/staff", **query)
        assert answer.status == 200, answer.text
        found += answer.body["entries"]
        if answer.body["next"] is None:
            return found
        query["cursor"] = answer.body["next"]


def names(**query: Any) -> list[str]:
    return [member["member_name"] for member in listed(**query)]


def test_a_member_shows_what_the_contract_names() -> None:
    act(*ACTS)
    act(("theirs", "Theirs", "office_portal", 9), org="hilltop")
    indexed()
    assert {member["username"]: member for member in listed()}["kim"] == {
        "username": "kim",
        "member_name": "Kim Chief",
        "kinds": ["customer", "staff"],
        "last_day": "2026-11-04",
        "last_at": "2026-11-04T00:00:00.000Z",
    }
    kinds = {member["username"]: member["kinds"] for member in listed()}
    assert (kinds["import"], kinds["ben"], kinds["***"]) == ([], ["staff"], ["customer"])
    assert len(kinds) == len(EVERYBODY)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_each_is_listed_once_by_name_through_any_limit(limit: int) -> None:
    act(*ACTS)
    indexed()
    assert names(limit=limit) == EVERYBODY
    assert names(limit=limit, order="name", kind="staff") == STAFF
    assert names(limit=limit, kind="customer") == CUSTOMERS


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_by_last_the_newest_day_comes_first_through_any_limit(limit: int) -> None:
    act(*ACTS)
    indexed()
    days = [member["last_day"][-2:] for member in listed(order="last", limit=limit)]
    assert days == ["07", "06", "05", "05", "04", "02", "01", "01"]
    assert names(order="last", limit=limit)[:2] == ["Jane Smith", "Nightly import"]
    assert names(order="last", limit=limit, kind="staff")[2:] == ["Kim Chief", "Cléo Mc Carthy"]
    assert names(order="last", limit=limit, kind="customer") == ["Jane Smith", "Kim Chief", "Sam Jones", "Zoë"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ada", ["Ada Admin"]),
        ("ADM a", ["Ada Admin"]),
        ("dmin", []),
        ("cleo", ["Cléo Mc Carthy"]),
        ("CLÉO car", ["Cléo Mc Carthy"]),
        ("school", ["Cléo Mc Carthy"]),
        ("o'brien", ["Ben O'Brien"]),
        ("brien", ["Ben O'Brien"]),
        ("obr", ["Ben O'Brien"]),
        ("zoe", ["Zoë"]),
        ("**", ["Zoë"]),
        ("jones@mail.ex", ["Sam Jones"]),
        ("mail jane", ["Jane Smith"]),
        ("ada ben", []),
        ("  ", EVERYBODY),
        ("nobody", []),
        ("!", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_each_word_begins_a_word_of_name_or_username(q: str, found: list[str], limit: int) -> None:
    act(*ACTS)
    indexed()
    for order in ("name", "last"):
        assert sorted(names(q=q, limit=limit, order=order)) == found
        assert (
            names(q=q, limit=limit, order=order, kind="staff") == [name for name in found if name in STAFF] or q == "  "
        )


def test_a_name_too_long_for_a_key_is_found_by_its_last_word() -> None:
    # In the order of names are 256 bytes of it; who have these in common are listed by username.
    long = " ".join(["слово"] * 40)
    act(("long", f"{long} Zimmer", "office_portal", 1), ("other", f"{long} Zander", "office_portal", 2))
    indexed()
    for order in ("name", "last"):
        assert names(q="zimm", order=order) == [f"{long} Zimmer"]
    assert names(limit=1) == [f"{long} Zimmer", f"{long} Zander"]


def test_people_of_one_name_are_listed_by_username_each_once() -> None:
    usernames = sorted(
        ["!\n!", "a/b", "é", "😀" * 256, "{\U0010ffff", "! !", "z" * 200 + "1", "z" * 200 + "2"], key=str.encode
    )
    act(*((username, "Kim", "office_portal", 1) for username in usernames))
    indexed()
    for limit in (1, 3, 50):
        assert {member["username"] for member in listed(limit=limit)} == {*usernames}
    assert [member["username"] for member in listed(limit=2)][:4] == usernames[:4]


def test_the_day_is_that_of_the_orgs_zone_and_last_at_its_beginning() -> None:
    assert api.call("PUT", "/v1/orgs/riverside/settings", body={"time_zone": "America/Chicago"}).status == 200
    api.posted(api.audit(username="kim", occurred_at="2026-11-18T03:00:00Z"))
    indexed()
    (member,) = listed(q="kim")
    assert (member["last_day"], member["last_at"]) == ("2026-11-17", "2026-11-17T06:00:00.000Z")


def test_a_later_entry_brings_the_name_the_day_and_the_spelling() -> None:
    act(("kim.lee", "Kim Lee", "office_portal", 3))
    indexed()
    act(("Kim.Lee", "Kim Lee-Jones", "office_portal", 9))
    act(("KIM.LEE", "Kimberly Lee", "office_portal", 1))
    indexed()
    (member,) = listed(q="kim")
    assert (member["username"], member["member_name"], member["last_day"]) == ("Kim.Lee", "Kim Lee-Jones", "2026-11-09")


def test_the_same_is_listed_however_entries_come_and_once_reindexed() -> None:
    act(*ACTS)
    act(*((username.upper(), name[::-1], source, day) for username, name, source, day in ACTS))
    indexed()
    wanted = [listed(order=order) for order in ("name", "last")]
    entries = [item for item in items() if "org_source" in item]
    for order in (entries[::-1], [*entries[::2], *entries[1::2], *entries]):
        for item in items():
            if item["pk"]["S"] == "riverside/staff":
                files.delete(item)
        api.factory("index").cache_clear()
        for item in order:
            event = {
                "Records": [
                    {
                        "eventName": "INSERT",
                        "dynamodb": {
                            "Keys": {n: item[n] for n in ("pk", "sk")},
                            "NewImage": item,
                            "SequenceNumber": "1",
                        },
                    }
                ]
            }
            api.function("index").handler(event, Context())
        assert [listed(order=name) for name in ("name", "last")] == wanted
    for item in items():
        if item["pk"]["S"] == "riverside/staff":
            files.delete(item)
    api.factory("index").cache_clear()
    assert listed() == []
    while not api.function("index").handler({"reindex": "riverside"}, Context())["done"]:
        pass
    assert [listed(order=name) for name in ("name", "last")] == wanted


def test_who_has_no_entry_left_is_not_listed(clock: World) -> None:
    act(*ACTS)
    clock.settle()
    last = {name: max(day for _, of, _, day in ACTS if of == name) for name in EVERYBODY}
    # The audit log is kept for two years.
    for day in range(1, 9):
        for hour, first in ((14, day), (16, day + 1)):
            clock.now = START.replace(year=2028, day=day, hour=hour)
            assert names(limit=3) == [name for name in EVERYBODY if last[name] >= first]


def test_a_shortened_policy_counts_once_it_is_applied(
    clock: World, archive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(*ACTS)
    clock.settle()
    monkeypatch.setenv("RETAIN_AUDIT", "P18D")
    for name in ("query", "retention"):
        api.factory(name).cache_clear()
    clock.now = START.replace(day=30)
    assert names() == EVERYBODY
    assert api.function("retention").handler({"apply": {"rate": 1000, "segments": 1}}, Context())["done"]
    # What would be over is kept for the grace.
    for late, left in ((timedelta(days=7, seconds=-1), EVERYBODY), (timedelta(days=7, seconds=1), [])):
        clock.now = START.replace(day=30) + late
        assert names() == left


def test_what_is_held_is_still_told(clock: World) -> None:
    affected = [{"record": {"type": "family", "id": "1"}, "change": "deleted"}]
    api.posted(api.audit(username="kim", occurred_at="2026-11-03T15:00:00Z", affected=affected))
    clock.settle()
    place()
    clock.settle()
    clock.now = START.replace(year=2031)
    assert [member["last_day"] for member in listed(q="kim")] == ["2026-11-03"]


def test_nothing_is_looked_up_in_the_log_where_the_register_tells() -> None:
    act(*ACTS)
    indexed()
    indexes: list[str] = []

    def note(operation: str, arguments: dict[str, Any]) -> None:
        if operation == "Query":
            indexes.append(arguments["IndexName"])

    with dynamodb_calls.listening(before=note):
        assert len(listed(kind="staff")) == len(STAFF)
    # Those who are staff only, and those who are customers too.
    assert indexes == ["by_recipient"] * 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "parent"}, "kind"),
        ({"order": "desc"}, "order"),
        ({"q": "x" * 257}, "q"),
        ({"limit": "0"}, "limit"),
        ({"staff": "ada"}, "staff"),
    ],
)
def test_a_wrong_parameter_is_named(query: dict[str, Any], field: str) -> None:
    answer = api.call("GET", f"{BASE}/staff", **query)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_cursor_belongs_to_its_list() -> None:
    act(*ACTS)
    indexed()
    cursor = api.call("GET", f"{BASE}/staff", limit=1).body["next"]
    others: list[dict[str, Any]] = [{"kind": "staff"}, {"order": "last"}, {"q": "a"}]
    for other in others:
        answer = api.call("GET", f"{BASE}/staff", cursor=cursor, **other)
        assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")
