"""Addresses that callers put on the blacklist: a list brought from elsewhere, or a block by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.aws.ses import Verdict
from daybook.model.delivery_events import DeliveryEvent

from tests.support import api
from tests.support.functions.blacklist import (
    COMPLAINT,
    FAMILY,
    HARD,
    JANE,
    MANAGER,
    ORG,
    check,
    hear,
    one,
    put,
    queue_brings,
    queued,
    reset,
    validate,
)
from tests.support.functions.ses_stand_in import Ses

pytestmark = pytest.mark.usefixtures("ses")

KIM = "kim@x.example"
SINCE = "2026-03-01T09:30:00-06:00"
BROUGHT = {"address": KIM, "status": "bounce", "since": SINCE, "reason": "on the list of the mailer before"}


def statuses(answer: api.Answer) -> list[str]:
    return [result["status"] for result in answer.body["results"]]


def org_audit() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.call("GET", f"{ORG}/audit").body["entries"]
    return entries


@pytest.mark.parametrize("status", ["complaint", "manual", "bounce", "invalid"])
def test_an_address_is_listed_with_what_was_put(status: str) -> None:
    answer = put({**BROUGHT, "status": status})
    assert (answer.status, answer.body) == (
        200, {"results": [{"index": 0, "status": "created", "blocked": status}]},
    )  # fmt: skip
    listed = {"address": KIM, "status": status, "since": "2026-03-01T15:30:00.000Z", "reason": BROUGHT["reason"]}
    assert one(KIM).body == listed
    assert api.call("GET", f"{ORG}/blacklist", status=status).body["entries"] == [listed]
    assert check(KIM, "Kim <KIM@x.example>") == {KIM: status, "Kim <KIM@x.example>": status}


def test_what_is_put_is_not_written_to_and_the_verdict_says_why() -> None:
    put({"address": "KIM@x.example", "status": "manual", "reason": "left the school"})
    api.posted(api.email(recipient=KIM, status="queued"), api.email(recipient=JANE, status="queued"))
    rows = {entry["recipient"]: entry for entry in api.read("emails").body["entries"]}
    assert (rows[KIM]["status"], rows[JANE]["status"]) == ("suppressed", "queued")
    assert rows[KIM]["verdict"]["code"] == "not_sent_blacklisted"
    assert rows[KIM]["verdict"]["text"].endswith("because it was blocked by hand.")
    (listed,) = api.read("blacklist").body["entries"]
    assert (listed["address"], listed["status"]) == (KIM, "manual")


def test_without_a_time_it_is_from_now_on_and_without_a_reason_it_says_so() -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    put({"address": KIM, "status": "manual", "since": None, "reason": None})
    listed = one(KIM).body
    assert before < datetime.fromisoformat(listed["since"]) < datetime.now(UTC) + timedelta(seconds=1)
    assert listed["reason"] == "put on the blacklist"


@pytest.mark.parametrize("again", [BROUGHT, {**BROUGHT, "address": "Kim <KIM@x.example>"}, {**BROUGHT, "reason": ""}])
def test_the_same_again_changes_nothing_and_is_no_audit_entry(again: dict[str, Any]) -> None:
    put(BROUGHT)
    expected = one(KIM).body
    assert statuses(put(again)) == ["unchanged"]
    assert (one(KIM).body, len(org_audit())) == (expected, 1)


def test_the_same_again_without_a_time_changes_nothing() -> None:
    by_hand = {"address": KIM, "status": "manual", "reason": "left the school"}
    put(by_hand)
    expected = one(KIM).body
    assert statuses(put(by_hand, {"address": KIM, "status": "manual"})) == ["unchanged", "unchanged"]
    assert (one(KIM).body, len(org_audit())) == (expected, 1)
    assert statuses(put({**by_hand, "reason": "asked to be left alone"})) == ["updated"]
    assert one(KIM).body["reason"] == "asked to be left alone"


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_of_two_times_the_later_holds_whichever_came_last(places: tuple[int, int]) -> None:
    both = (BROUGHT, {**BROUGHT, "since": "2026-06-01T00:00:00Z", "reason": "again"})
    for place in places:
        put(both[place])
    assert (one(KIM).body["since"], one(KIM).body["reason"]) == ("2026-06-01T00:00:00.000Z", "again")


def test_the_gravest_status_is_shown_whatever_came_last() -> None:
    hear(KIM, COMPLAINT)
    answer = put(*({**BROUGHT, "status": status} for status in ("manual", "bounce", "invalid")))
    assert [(result["status"], result["blocked"]) for result in answer.body["results"]] == [
        ("updated", "complaint"),
    ] * 3  # fmt: skip
    hear(JANE, HARD)
    assert put({"address": JANE, "status": "invalid"}).body["results"][0]["blocked"] == "bounce"
    assert put({"address": JANE, "status": "manual"}).body["results"][0]["blocked"] == "manual"
    hear(JANE, COMPLAINT)
    assert one(JANE).body["status"] == "complaint"


def test_what_is_older_than_the_last_reset_does_not_put_an_address_back() -> None:
    put(BROUGHT)
    reset(KIM)
    answer = put(BROUGHT, {**BROUGHT, "status": "manual"})
    assert answer.body == {"results": [{"index": index, "status": "unchanged"} for index in (0, 1)]}
    assert (one(KIM).status, check(KIM)) == (404, {})
    assert [entry["action"] for entry in org_audit()] == ["reset blacklist", "blacklist address"]
    assert statuses(put({"address": KIM, "status": "bounce"})) == ["created"]
    assert one(KIM).body["status"] == "bounce"


def test_by_hand_it_counts_even_where_the_clock_of_the_reset_was_ahead() -> None:
    hear(KIM, DeliveryEvent(type="bounce", at="2999-01-01T00:00:00.000Z", kind="Permanent"))
    assert reset(KIM).body["reset_at"] == "2999-01-01T00:00:00.000Z"
    assert statuses(put({"address": KIM, "status": "manual"})) == ["created"]
    assert one(KIM).body["since"] == "2999-01-01T00:00:00.001Z"


def test_a_verification_does_not_take_off_what_was_blocked_by_hand(ses: Ses) -> None:
    ses.verdicts = {JANE: Verdict(is_valid=True, doubts=())}
    ses.suppressed = {JANE}
    put({"address": KIM, "status": "manual"})
    answer = validate(KIM)
    assert (answer.status, answer.body["detail"]) == (409, "a block by hand is taken off by a reset only")
    # Nor where it is blocked while the verification is under way.
    validate(JANE)
    put({"address": JANE, "status": "manual"})
    queue_brings(*queued())
    assert (one(JANE).body["status"], ses.suppressed) == ("manual", {JANE})
    assert (reset(JANE).status, ses.suppressed) == (200, set())


def test_a_bounce_from_before_a_verification_is_asked_for_does_not_count_and_a_later_one_does() -> None:
    validate(KIM)
    answer = put(BROUGHT, {"address": KIM, "status": "invalid"})
    assert [(result["status"], result["blocked"]) for result in answer.body["results"]] == [
        ("unchanged", "validate"), ("updated", "invalid"),
    ]  # fmt: skip


def test_one_faulty_address_costs_no_other() -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    long = f"{'é' * 123}@x.example"
    faulty: list[tuple[Any, str, str]] = [
        ({"address": "unknown", "status": "manual"}, "address", "neither an address nor as in Jane"),
        ({"address": "a@x.example, b@x.example", "status": "manual"}, "address", "neither an address"),
        ({"address": "kim school@x.example", "status": "manual"}, "address", "neither an address"),
        ({"address": "+14155550123", "status": "manual"}, "address", "neither an address"),
        ({"address": long, "status": "manual"}, "address", "must have at most 254 octets in UTF-8"),
        ({"address": "a" * 1001, "status": "manual"}, "address", "must have at most 1,000 characters"),
        ({"address": "", "status": "manual"}, "address", "must have at least 1 character"),
        ({"address": KIM, "status": "validate"}, "status", "must be one of complaint, manual, bounce, invalid"),
        ({"address": KIM}, "status", "required"),
        ({"status": "manual"}, "address", "required"),
        ({**BROUGHT, "since": tomorrow}, "since", "in the future"),
        ({**BROUGHT, "since": "1999-12-31T23:59:59Z"}, "since", "absurdly long ago"),
        ({**BROUGHT, "since": "2026-03-01"}, "since", "must be a time with an offset"),
        ({**BROUGHT, "since": "2026-03-01T09:30:00"}, "since", "must be a time with an offset"),
        ({**BROUGHT, "reason": "x" * 501}, "reason", "must have at most 500 characters"),
        ({**BROUGHT, "why": "x"}, "why", "unknown field"),
        (KIM, "", "must be an object, not a text"),
        (json.loads("[" * 100 + "]" * 100), "", "nested more than 64 levels deep"),
    ]
    answer = put(*(item for item, _, _ in faulty), {"address": JANE, "status": "manual"})
    assert answer.status == 207
    *rejected, created = answer.body["results"]
    assert created == {"index": len(faulty), "status": "created", "blocked": "manual"}
    for (item, field, message), result in zip(faulty, rejected, strict=True):
        assert (result["status"], result["error"]["code"]) == ("rejected", "invalid_address"), item
        (error,) = result["error"]["errors"]
        assert (error["field"], message in error["message"]) == (field, True), error
        assert result.keys() == {"index", "status", "error"}
    assert [entry["address"] for entry in api.call("GET", f"{ORG}/blacklist").body["entries"]] == [JANE]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mailto:kim@x.example", KIM),
        ("'KIM@x.example'", KIM),
        ("Lee, Kim <kim@x.example>", KIM),
        ("kim@x.example.", KIM),
        ("o/neil%@x.example", "o/neil%@x.example"),
        ("mama.@docomo.example", "mama.@docomo.example"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("j\ud83d@x.example", "j\ufffd@x.example"),
    ],
)
def test_any_spelling_of_a_mailbox_is_taken(address: str, expected: str) -> None:
    assert statuses(put({"address": address, "status": "manual"})) == ["created"]
    assert [entry["address"] for entry in api.call("GET", f"{ORG}/blacklist").body["entries"]] == [expected]
    assert list(check(expected)) == [expected]


@pytest.mark.parametrize("status", ["Manual", "MANUAL", "manual"])
def test_a_status_is_taken_in_any_letter_case(status: str) -> None:
    assert put({"address": KIM, "status": status}).body["results"][0]["blocked"] == "manual"


def test_one_address_several_times_in_a_request_is_taken_in_order() -> None:
    answer = put({**BROUGHT, "status": "manual"}, BROUGHT, {**BROUGHT, "address": "KIM@X.example"})
    assert [(result["status"], result["blocked"]) for result in answer.body["results"]] == [
        ("created", "manual"), ("updated", "manual"), ("unchanged", "manual"),
    ]  # fmt: skip
    (entry,) = org_audit()
    assert entry["affected_count"] == 2


def test_a_call_is_an_audit_entry_that_names_the_addresses_with_who_and_why() -> None:
    hear(JANE, HARD, record=FAMILY)
    put(BROUGHT, {"address": JANE, "status": "manual", "reason": "left the school", "since": SINCE})
    (row,) = org_audit()
    entry = api.call("GET", f"{ORG}/audit/{row['id']}").body
    assert (entry["action"], entry["username"], entry["member_name"], entry["ip"], entry["source"]) == (
        "blacklist address", "ada", "Ada Admin", "203.0.113.7", "office_portal",
    )  # fmt: skip
    assert entry["names"] == [KIM, JANE]
    of_kim, of_jane = entry["affected"]
    assert (of_kim["record"]["type"], of_jane["record"]) == ("address", {"type": "family", "id": "1"})
    assert of_kim["details"] == {
        "address": KIM, "status": "bounce", "since": "2026-03-01T15:30:00.000Z", "reason": BROUGHT["reason"],
    }  # fmt: skip
    assert of_jane["details"]["reason"] == "left the school"


def test_an_audit_entry_names_50_addresses_and_the_next_the_others() -> None:
    answer = put(*({"address": f"a{number:02}@x.example", "status": "manual"} for number in range(100)))
    assert statuses(answer) == ["created"] * 100
    entries = org_audit()
    assert [entry["affected_count"] for entry in entries] == [50, 50]
    named = [name for entry in entries for name in entry["names"]]
    assert sorted(named) == [f"a{number:02}@x.example" for number in range(100)]
    assert len(check(*named)) == 100


def test_a_service_puts_in_its_own_name() -> None:
    assert put(BROUGHT, claims=MANAGER).status == 200
    (entry,) = org_audit()
    assert (entry["username"], entry["source"]) == ("portal", "system")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"addresses": []}, 422),
        ({"addresses": [BROUGHT] * 101}, 422),
        ({"addresses": BROUGHT}, 422),
        ({"addresses": [BROUGHT], "more": 1}, 422),
        ({}, 422),
        ("{", 400),
        ("", 400),
    ],
)
def test_another_body_is_refused(body: Any, status: int) -> None:
    assert api.call("PUT", f"{ORG}/blacklist", body=body).status == status
    assert api.call("GET", f"{ORG}/blacklist").body["entries"] == []


def test_another_org_knows_nothing_of_it() -> None:
    put(BROUGHT)
    assert api.call("GET", "/v1/orgs/hilltop/blacklist", claims=api.OTHER_ADMIN).body["entries"] == []
    assert put(BROUGHT, claims=api.OTHER_ADMIN).status == 403
