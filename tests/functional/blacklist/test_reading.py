"""The blacklist as staff and mailers read it: the list, one address, a record's, a check of many."""

from typing import Any

import pytest

from tests.support import api
from tests.support.functions.blacklist import COMPLAINT, HARD, JANE, ORG, READER, check, delivery_event, hear, one

pytestmark = pytest.mark.usefixtures("ses")


def test_an_address_is_found_in_any_spelling() -> None:
    hear(JANE, HARD)
    expected = {
        "address": JANE,
        "status": "bounce",
        "since": "2026-05-01T10:00:01.000Z",
        "reason": "Permanent/NoEmail: smtp; 550 5.1.1 user unknown",
        "message_id": "m-1",
    }
    for spelling in (JANE, "JANE@X.example", "Jane <JANE@X.example>"):
        assert one(spelling).body == expected


@pytest.mark.parametrize("address", ["nobody@x.example", "nonsense", "a" * 999, "é" * 999])
def test_what_is_not_on_it_is_404(address: str) -> None:
    hear(JANE, HARD)
    assert (one(address).status, one(address).body["code"]) == (404, "not_found")


def test_an_absurdly_long_address_is_422() -> None:
    answer = one("a" * 1001)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")


def test_a_list_comes_page_by_page_each_address_once() -> None:
    addresses = [f"{number:02}@x.example" for number in range(11)]
    for address in addresses:
        hear(address, HARD)
    hear("other@x.example", HARD, org="hilltop")
    pages: list[list[str]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = api.call("GET", f"{ORG}/blacklist", limit=4, **cursor)
        assert answer.status == 200, answer.text
        pages.append([entry["address"] for entry in answer.body["entries"]])
        if answer.body["next"] is None:
            break
        cursor = {"cursor": answer.body["next"]}
    assert [len(page) for page in pages] == [4, 4, 3]
    assert [address for page in pages for address in page] == addresses


def test_a_last_page_that_is_full_has_no_next() -> None:
    for number in range(4):
        hear(f"{number}@x.example", HARD)
    assert api.call("GET", f"{ORG}/blacklist", limit=4).body["next"] is None


def test_a_list_can_be_of_some_statuses() -> None:
    hear("bounce@x.example", HARD)
    hear("complaint@x.example", COMPLAINT)
    hear("invalid@x.example", delivery_event("bounce", kind="Permanent", subtype="EmailValidationSuppressed"))

    def listed(status: str | list[str]) -> list[str]:
        found = api.call("GET", f"{ORG}/blacklist", status=status, limit=1).body
        entries = found["entries"]
        while found["next"]:
            found = api.call("GET", f"{ORG}/blacklist", status=status, limit=1, cursor=found["next"]).body
            entries += found["entries"]
        return [entry["status"] for entry in entries]

    assert listed("complaint") == ["complaint"]
    assert listed("bounce,invalid") == listed(["bounce", "invalid"]) == ["bounce", "invalid"]
    assert listed("validate") == []
    assert api.call("GET", f"{ORG}/blacklist", status="blocked").status == 422


def test_a_cursor_belongs_to_its_org_and_statuses() -> None:
    for number in range(3):
        hear(f"{number}@x.example", HARD)
    cursor = api.call("GET", f"{ORG}/blacklist", limit=1).body["next"]
    assert api.call("GET", f"{ORG}/blacklist", limit=2, cursor=cursor).status == 200
    assert api.call("GET", f"{ORG}/blacklist", cursor=cursor, status="bounce").body["code"] == "invalid_cursor"
    hilltop = api.call("GET", "/v1/orgs/hilltop/blacklist", claims=api.OTHER_ADMIN, cursor=cursor)
    assert hilltop.body["code"] == "invalid_cursor"


def test_a_record_shows_those_of_its_addresses_that_are_on_it() -> None:
    # More e-mails to one address than are looked at in one go, and more addresses than that.
    api.post(*(api.email(recipient="often@x.example") for _ in range(60)))
    api.post(*(api.email(recipient=f"a{number:02}@x.example") for number in range(70)))
    api.post(api.email(recipient="zoe@x.example"), api.email(recipient="ZOE@x.example"))
    api.post(api.sms(), api.email(recipient="theirs@x.example", record={"type": "family", "id": "2"}))
    for address in ("often@x.example", "a69@x.example", "Zoe@x.example", "theirs@x.example", "never@x.example"):
        hear(address, HARD)
    answer = api.call("GET", f"{ORG}/records/family/1/blacklist")
    assert [entry["address"] for entry in answer.body["entries"]] == [
        "a69@x.example", "often@x.example", "zoe@x.example",
    ]  # fmt: skip
    assert api.call("GET", f"{ORG}/records/family/none/blacklist").body == {"entries": [], "next": None, "prev": None}
    assert api.call("GET", f"{ORG}/records/student/1/blacklist").status == 404


def test_a_check_answers_in_the_spelling_of_the_question() -> None:
    hear(JANE, COMPLAINT)
    blocked = check("Jane <JANE@X.example>", JANE, "JANE@x.example", "bob@x.example", "", "nonsense", "a" * 999)
    assert blocked == dict.fromkeys(["Jane <JANE@X.example>", JANE, "JANE@x.example"], "complaint")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"addresses": []}, 422),
        ({"addresses": ["a@x.example"] * 101}, 422),
        ({}, 422),
        ({"addresses": [1]}, 422),
        ({"addresses": ["a@x.example"], "more": 1}, 422),
        ("{", 400),
    ],
)
def test_a_check_of_something_else_is_refused(body: Any, status: int) -> None:
    assert api.call("POST", f"{ORG}/blacklist/check", claims=READER, body=body).status == status


def test_one_org_knows_nothing_of_anothers() -> None:
    hear(JANE, HARD, org="hilltop")
    assert one(JANE).status == 404
    assert check(JANE) == {}
    assert api.call("GET", f"{ORG}/blacklist").body == {"entries": [], "next": None, "prev": None}


def test_an_email_posted_for_a_blacklisted_address_is_suppressed() -> None:
    hear(JANE, HARD)
    api.post(api.email(recipient="Jane@x.example"), api.email(recipient="bob@x.example"))
    statuses = {entry["recipient"]: entry["status"] for entry in api.read("emails").body["entries"]}
    assert statuses == {"Jane@x.example": "suppressed", "bob@x.example": "queued"}
