"""What rows of the audit log call the records that an entry affected, and that it is found by that."""

from typing import Any

import pytest
from daybook.storage.items import audit_items

from tests.support import api
from tests.support.functions import blacklist, triggers
from tests.support.functions.blacklist import HARD, JANE, ORG, STAFF, hear
from tests.support.functions.stored import items
from tests.support.functions.world import lift, place

pytestmark = pytest.mark.usefixtures("ses")


@pytest.fixture(autouse=True)
def cold(functions: dict[str, str]) -> None:
    for name in ("manage", "query"):
        api.function(name).gateway.cache_clear()


def rows(**query: Any) -> list[dict[str, Any]]:
    answer = api.call("GET", f"{ORG}/audit", **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.body["entries"]
    return found


def changes(*names: str | None, **more: Any) -> list[dict[str, Any]]:
    """A change of a record each; those with None have no name."""
    named = [{} if name is None else {"name": name} for name in names]
    return [
        {"record": {"type": "family", "id": str(number)}, "change": "updated", **name, **more}
        for number, name in enumerate(named, 1)
    ]


def view_content() -> None:
    (mailed,) = api.posted(api.email(record={"type": "family", "id": "1"}, body={"text": "hello"}))
    assert api.read(f"emails/{mailed}/content", "family/1").status == 200


def grant() -> None:
    granted = {"permissions": ["audit_log"]}
    assert api.call("PUT", f"{ORG}/access/groups/front_desk", body=granted).status == 200


def change_settings() -> None:
    assert api.call("PUT", f"{ORG}/settings", body={"name": "Riverside Tennis"}).status == 200


def place_hold() -> None:
    assert place().status == 200


def lift_hold() -> None:
    place_hold()
    assert lift().status == 200


def erase() -> None:
    assert api.call("POST", f"{ORG}/records/family/1/erase", body={"reason": "asked"}).status == 202


def reset() -> None:
    hear(JANE, HARD)
    assert blacklist.reset(JANE).status == 200


def reset_without_a_record() -> None:
    hear(JANE, HARD, record=None)
    assert blacklist.reset(JANE).status == 200


def validate() -> None:
    hear(JANE, HARD)
    assert blacklist.validate(JANE).status == 202


@pytest.mark.parametrize(
    ("act", "action", "names"),
    [
        (view_content, "viewed e-mail content", ["family/1"]),
        (grant, "changed permissions", ["front_desk"]),
        (change_settings, "changed settings", ["Riverside Tennis"]),
        (place_hold, "placed hold", ["family/1"]),
        (lift_hold, "lifted hold", ["family/1"]),
        (erase, "erased record", ["family/1"]),
        (reset, "reset blacklist", [JANE]),
        (reset_without_a_record, "reset blacklist", [JANE]),
        (validate, "validate address", [JANE]),
    ],
)
def test_a_row_of_daybooks_own_entries_names_whom_or_what_it_was_about(act: Any, action: str, names: list[str]) -> None:
    act()
    triggers.indexed()
    (row,) = [row for row in rows() if row["action"] == action]
    assert row["names"] == names
    for shown in ({"staff": "ada"}, {"source": "office_portal"}, {"q": f'"{names[0]}"'}):
        assert row in rows(**shown), shown


def test_a_reset_is_found_by_the_words_of_the_address_and_says_it_for_each_record() -> None:
    hear(JANE, HARD)
    hear(JANE, HARD, record=STAFF)
    assert blacklist.reset(JANE).status == 200
    triggers.indexed()
    (row,) = rows(q=JANE)
    assert (row["action"], row["affected_count"], row["names"]) == ("reset blacklist", 2, [JANE, JANE])
    assert [found["id"] for record in ("family/1", "staff/7") for found in api.walk("audit", record)] == [row["id"]] * 2


@pytest.mark.parametrize("shared_bytes", [0, 10_000])
@pytest.mark.parametrize("size", [1, 2_000])
@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), []),
        (("Smith",), ["Smith"]),
        ((None,), ["family/1"]),
        (("Smith", None), ["Smith", "family/2"]),
        ((None, "Smith"), ["Smith", "family/1"]),
        ((None, None), ["family/1", "family/2"]),
        ((None,) * 50, [f"family/{number}" for number in range(1, 11)]),
        (("Smith", *[None] * 49), ["Smith", *[f"family/{number}" for number in range(2, 12)]]),
    ],
)
def test_records_without_a_name_are_shown_by_type_and_id_in_every_list(
    monkeypatch: pytest.MonkeyPatch, shared_bytes: int, size: int, names: tuple[str | None, ...], shown: list[str]
) -> None:
    monkeypatch.setattr(audit_items, "SHARED_BYTES", shared_bytes)
    affected = changes(*names, details="x" * size)
    (posted,) = api.posted(api.audit(affected=affected))
    triggers.indexed()
    of_org = [rows(), rows(staff="ada"), rows(source="office_portal"), rows(q="deleted")]
    of_records = [api.walk("audit", f"family/{number}") for number in range(1, len(names) + 1)]
    assert [[row["names"] for row in found] for found in of_org + of_records] == [[shown]] * (4 + len(names))
    whole = api.call("GET", f"{ORG}/audit/{posted}").body
    assert (whole["names"], whole["affected_count"]) == (shown, len(names))


def test_a_record_with_a_name_is_not_shown_by_its_id_as_well() -> None:
    twice = [*changes("Smith", None), *changes(None, "Jones")]
    api.posted(api.audit(affected=twice))
    assert rows()[0]["names"] == ["Smith", "Jones"]


def test_an_entry_of_one_record_takes_no_more_bytes_for_that() -> None:
    api.posted(api.audit(affected=changes(None)), api.audit(affected=changes("Smith", "Jones")))
    assert [item for item in items() if "unnamed" in item] == []


LINKS = {"family": "https://p.example/f/{id}?from=log", "Student": "http://p.example/#students={id}"}


def links(record_url: dict[str, str], *records: tuple[str, str]) -> list[str | None]:
    """The link that an entry of these records has for each, with these settings."""
    affected = [{"record": {"type": kind, "id": name}, "change": "updated"} for kind, name in records]
    (entry_id,) = api.posted(api.audit(affected=affected))
    assert api.call("PUT", f"{ORG}/settings", body={"record_url": record_url}).status == 200
    whole = api.call("GET", f"{ORG}/audit/{entry_id}").body["affected"]
    assert [(each["record"]["type"].lower(), each["record"]["id"]) for each in whole] == [
        (kind.lower(), name) for kind, name in records
    ]
    return [each.get("url") for each in whole]


def test_each_affected_record_has_the_link_of_the_orgs_settings() -> None:
    records = [("family", "101"), ("Family", "a"), ("student", "7"), ("class", "9"), ("STAFF", "1")]
    assert links(LINKS, *records) == [
        "https://p.example/f/101?from=log",
        "https://p.example/f/a?from=log",
        "http://p.example/#students=7",
        None,
        None,
    ]
    assert links({}, *records) == [None] * 5


@pytest.mark.parametrize(
    ("record_id", "encoded"),
    [("a@b.example", "a%40b.example"), ("x&y=1;z", "x%26y%3D1%3Bz"), ("~-._", "~-._"), ("it's+1", "it%27s%2B1"),
     ("$(a)*!,:", "%24%28a%29%2A%21%2C%3A")],
)  # fmt: skip
def test_an_id_in_a_link_is_percent_encoded(record_id: str, encoded: str) -> None:
    assert links(LINKS, ("family", record_id)) == [f"https://p.example/f/{encoded}?from=log"]


def test_a_link_follows_the_settings_and_is_no_other_orgs() -> None:
    assert links(LINKS, ("family", "1")) != links({"family": "https://q.example/{id}"}, ("family", "1"))
    affected = [{"record": {"type": "family", "id": "1"}, "change": "updated"}]
    (entry_id,) = api.posted(api.audit(affected=affected), org="hilltop")
    whole = api.call("GET", f"/v1/orgs/hilltop/audit/{entry_id}", claims=api.OTHER_ADMIN).body
    assert [each.get("url") for each in whole["affected"]] == [None]
    # Of a login there is nothing to link to.
    (login,) = api.posted(api.audit(affected=[]))
    assert api.call("GET", f"{ORG}/audit/{login}").body["affected"] == []


def test_what_is_kept_apart_has_links_too() -> None:
    affected = [
        {"record": {"type": "family", "id": str(number)}, "change": "updated", "before": {"note": "x" * 1500}}
        for number in range(2)
    ]
    (entry_id,) = api.posted(api.audit(affected=affected))
    assert api.call("PUT", f"{ORG}/settings", body={"record_url": LINKS}).status == 200
    whole = api.call("GET", f"{ORG}/audit/{entry_id}").body["affected"]
    assert [(each["url"][-10:], len(each["before"]["note"])) for each in whole] == [
        ("0?from=log", 1500),
        ("1?from=log", 1500),
    ]
