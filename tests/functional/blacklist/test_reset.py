"""An address that staff take off the blacklist."""

import json
from typing import Any

import pytest
from daybook.core.errors import StoreBusyError
from daybook.model.delivery_events import DeliveryEvent

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.blacklist import (
    COMPLAINT,
    HARD,
    JANE,
    MANAGER,
    ORG,
    STAFF,
    address_store,
    audit,
    check,
    hear,
    one,
    put,
    reset,
)
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import items
from tests.support.hashes import hashed

pytestmark = pytest.mark.usefixtures("ses")


def test_it_takes_the_address_off_here_and_at_the_provider_in_every_spelling_it_was_sent_to(ses: Ses) -> None:
    hear("Jane@X.example", HARD)
    ses.suppressed = {JANE, "Jane@X.example", "bob@x.example"}
    answer = reset("JANE@x.example")
    assert (answer.status, answer.body["address"]) == (200, JANE)
    assert ses.suppressed == {"bob@x.example"}
    assert one(JANE).status == 404
    assert check(JANE) == {}
    assert api.call("GET", f"{ORG}/blacklist").body["entries"] == []


def test_it_is_an_audit_entry_of_the_records_with_who_and_why() -> None:
    hear(JANE, HARD)
    hear(JANE, HARD, record=STAFF)
    reset(JANE, body={"reason": "she has a new provider"})
    (entry,) = audit("family/1")
    assert (entry["action"], entry["username"], entry["member_name"], entry["ip"], entry["source"]) == (
        "reset blacklist", "ada", "Ada Admin", "203.0.113.7", "office_portal",
    )  # fmt: skip
    assert entry["affected_count"] == 2
    assert entry["affected"][0]["details"] == {
        "address": JANE,
        "reason": "she has a new provider",
        "status": "bounce",
        "since": "2026-05-01T10:00:01.000Z",
        "blocked_for": "Permanent/NoEmail: smtp; 550 5.1.1 user unknown",
    }


def test_where_no_record_is_known_the_entry_names_the_address_itself() -> None:
    hear(JANE, HARD, record=None)
    reset(JANE)
    (entry,) = [item for item in client("dynamodb").scan(TableName=TABLE)["Items"] if "org_source" in item]
    assert (entry["action"]["S"], json.loads(entry["names"]["S"])) == ("reset blacklist", [JANE])
    assert JANE not in entry["pk"]["S"], "a key cannot be changed when it is erased"


def test_a_late_duplicate_of_what_was_before_it_does_not_put_it_back_and_a_later_bounce_does() -> None:
    hear(JANE, HARD)
    reset_at = reset(JANE).body["reset_at"]
    hear(JANE, HARD)
    assert one(JANE).status == 404
    hear(JANE, DeliveryEvent(type="bounce", at=f"2999{reset_at[4:]}", kind="Permanent"))
    assert one(JANE).body["status"] == "bounce"


def test_it_forgets_what_is_known_even_where_a_clock_was_ahead() -> None:
    hear(JANE, DeliveryEvent(type="bounce", at="2999-01-01T00:00:00.000Z", kind="Permanent"))
    assert reset(JANE).body["reset_at"] == "2999-01-01T00:00:00.000Z"
    assert one(JANE).status == 404


def test_while_another_org_blocks_the_address_the_provider_keeps_it(ses: Ses) -> None:
    hear(JANE, HARD)
    hear(JANE, COMPLAINT, org="hilltop")
    ses.suppressed = {JANE}
    assert reset(JANE).status == 200
    assert ses.suppressed == {JANE}
    assert api.call("DELETE", f"/v1/orgs/hilltop/blacklist/{JANE}", claims=api.OTHER_ADMIN).status == 200
    assert ses.suppressed == set()


def test_while_the_provider_is_busy_nothing_is_reset(ses: Ses) -> None:
    hear(JANE, HARD)
    ses.busy = StoreBusyError("the provider's suppression list is throttling")
    answer = reset(JANE)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert one(JANE).status == 200
    assert audit("family/1") == []
    ses.busy = None
    assert reset(JANE).status == 200
    assert len(audit("family/1")) == 1


@pytest.mark.parametrize("address", ["nobody@x.example", "nonsense"])
def test_what_is_not_on_it_cannot_be_reset(address: str) -> None:
    hear(JANE, HARD)
    reset(JANE)
    assert reset(address).status == 404
    assert reset(JANE).status == 404
    assert len(audit("family/1")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 200),
        ("", 200),
        ("  ", 200),
        ({}, 200),
        ({"reason": None}, 200),
        ({"reason": "x" * 500}, 200),
        ({"reason": "x" * 501}, 422),
        ({"reason": 1}, 422),
        ({"why": "x"}, 422),
        ("{", 400),
    ],
)
def test_its_body_may_be_left_out(body: Any, status: int) -> None:
    hear(JANE, HARD)
    assert reset(JANE, body=body).status == status
    assert one(JANE).status == (404 if status == 200 else 200)


def test_an_address_that_is_blocked_again_shows_who_reset_it_before_and_why() -> None:
    hear(JANE, HARD)
    first = reset(JANE, body={"reason": "she has a new provider"}).body["reset_at"]
    put({"address": JANE, "status": "bounce"})
    second = reset(JANE, claims=MANAGER).body["reset_at"]
    assert one(JANE).status == 404
    put({"address": JANE, "status": "manual"})
    resets = [
        {"at": second, "username": "portal", "member_name": "portal"},
        {"at": first, "username": "ada", "member_name": "Ada Admin", "reason": "she has a new provider"},
    ]
    assert one(JANE).body["resets"] == resets
    (listed,) = api.call("GET", f"{ORG}/blacklist").body["entries"]
    (found,) = api.call("GET", f"{ORG}/blacklist", address="JANE@x.example").body["entries"]
    assert listed["resets"] == found["resets"] == resets


def test_those_who_read_a_record_are_not_told_who_reset_its_addresses() -> None:
    api.post(api.email(recipient=JANE))
    hear(JANE, HARD)
    reset(JANE, body={"reason": "she has a new provider"})
    put({"address": JANE, "status": "manual"})
    (listed,) = api.read("blacklist").body["entries"]
    assert listed.keys() == {"address", "status", "since", "reason"}


def test_the_newest_20_resets_are_kept() -> None:
    times = []
    for number in range(22):
        put({"address": JANE, "status": "manual"})
        times.append(reset(JANE, body={"reason": str(number)}).body["reset_at"])
    put({"address": JANE, "status": "manual"})
    resets = one(JANE).body["resets"]
    assert [past["reason"] for past in resets] == [str(number) for number in range(21, 1, -1)]
    assert [past["at"] for past in resets] == times[:1:-1]


def test_an_erasure_takes_who_and_why_out_of_its_resets_and_all_words_of_whoever_put_it() -> None:
    api.post(api.email(recipient=JANE, record={"type": "family", "id": "9"}))
    hear(JANE, HARD)
    at = reset(JANE, body={"reason": "Jane Doe asked"}).body["reset_at"]
    put(
        {"address": JANE, "status": "manual", "reason": "Jane Doe left"},
        {"address": "bob@x.example", "status": "manual"},
    )
    store = address_store()
    assert store.erase("riverside", hashed(JANE))
    assert not store.erase("riverside", hashed(JANE))
    shown = one(JANE).body
    assert shown["resets"] == [{"at": at}]
    assert (shown["status"], shown["reason"]) == ("manual", "put on the blacklist")
    assert [entry["address"] for entry in api.call("GET", f"{ORG}/blacklist").body["entries"]] == ["bob@x.example"]
    (item,) = [item for item in items() if item["sk"]["S"] == hashed(JANE)]
    assert [word for word in ("jane", "Jane", "ada", "Ada") if word in json.dumps(item)] == []


def test_an_erasure_takes_them_out_of_an_address_that_is_off_the_blacklist_too() -> None:
    put({"address": JANE, "status": "manual"})
    reset(JANE, body={"reason": "Jane Doe asked"})
    assert address_store().erase("riverside", hashed(JANE))
    assert not address_store().erase("riverside", hashed(JANE))
    (item,) = [item for item in items() if item["sk"]["S"] == hashed(JANE)]
    assert [word for word in ("jane", "Jane", "ada", "Ada") if word in json.dumps(item)] == []
