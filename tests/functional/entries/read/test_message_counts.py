"""The messages of the whole org, counted by day and class."""

from collections import Counter
from typing import Any

import pytest
from daybook.access.callers import PERMISSIONS
from daybook.entries.messages import message_counts
from daybook.model.delivery_status import status_class

from tests.support import api

ORG = "/v1/orgs/riverside"
STATUSES = ["queued", "sent", "delivered", "opened", "bounced", "complained", "rejected", "failed", "suppressed"]
# By permission, the log and the type of records that it is for.
MESSAGE_LOGS = {
    "family_email_log": ("email", "family"),
    "staff_email_log": ("email", "staff"),
    "sms_log": ("sms", "family"),
    "staff_sms_log": ("sms", "staff"),
}
DAYS = {"from_": "2026-11-17", "to": "2026-11-20"}

Counts = dict[tuple[str, str], int]


@pytest.fixture(autouse=True)
def cold() -> None:
    for name in ("manage", "query"):
        api.factory(name).cache_clear()


def counts(claims: Any = api.ADMIN, org: str = "riverside", **query: Any) -> api.Answer:
    return api.call("GET", f"/v1/orgs/{org}/messages/counts", claims=claims, **query)


def counted(**query: Any) -> Counts:
    answer = counts(**query)
    assert answer.status == 200, answer.text
    assert answer.body.keys() == {"counts"}
    return {(row["day"], row["class"]): row["count"] for row in answer.body["counts"]}


def fill() -> dict[tuple[str, str], Counts]:
    """Two days of messages of every status in family and staff records; how many, by log and type."""
    entries, by_hand = [], {place: Counter[tuple[str, str]]() for place in MESSAGE_LOGS.values()}
    for number in range(54):
        record_type = "staff" if number % 5 == 0 else "family"
        day, status = f"2026-11-{18 + number // 27}", STATUSES[number % len(STATUSES)]
        record, moment = {"type": record_type, "id": str(number % 4)}, f"{day}T{number % 24:02}:30:00Z"
        # One that bounces blocks no other.
        recipient = f"{number}@mail.example"
        entries.append(api.email(record=record, recipient=recipient, status=status, occurred_at=moment))
        by_hand["email", record_type][day, status_class(status)] += 1
        if number % 2:
            entries.append(api.sms(record=record, status="delivered", occurred_at=moment))
            by_hand["sms", record_type][day, "delivered"] += 1
    api.posted(*entries[:50])
    api.posted(*entries[50:])
    api.posted(api.email(status="bounced", occurred_at="2026-11-18T09:00:00Z"), org="hilltop")
    return {place: dict(found) for place, found in by_hand.items()}


def together(*found: Counts) -> Counts:
    return dict(sum((Counter(each) for each in found), Counter()))


def test_all_messages_of_a_log_are_counted_by_day_and_class() -> None:
    by_hand = fill()
    for log in ("email", "sms"):
        expected = together(by_hand[log, "family"], by_hand[log, "staff"])
        assert counted(log=log, **DAYS) == expected
        assert counted(log=log, claims=api.SERVICE, **DAYS) == expected
    assert counted(log="email", org="hilltop", claims=api.OTHER_ADMIN, **DAYS) == {("2026-11-18", "bounced"): 1}
    found = counts(log="email", **DAYS).body["counts"]
    assert [row["day"] for row in found] == sorted((row["day"] for row in found), reverse=True)


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_a_caller_with_one_permission_gets_no_count_beyond_it(permission: str) -> None:
    by_hand = fill()
    api.call("PUT", f"{ORG}/access/groups/desk", body={"permissions": [permission]})
    claims = {**api.STAFF, "groups": ["desk"]}
    for log in ("email", "sms"):
        place = MESSAGE_LOGS.get(permission)
        if place is not None and place[0] == log:
            assert counted(log=log, claims=claims, **DAYS) == by_hand[place]
        else:
            assert counts(log=log, claims=claims, **DAYS).status == 403


def test_the_permissions_of_both_types_are_counted_together() -> None:
    by_hand = fill()
    body = {"permissions": ["family_email_log", "staff_email_log", "staff_sms_log"]}
    api.call("PUT", f"{ORG}/access/groups/office", body=body)
    claims = {**api.STAFF, "groups": ["office"]}
    assert counted(log="email", claims=claims, **DAYS) == together(
        by_hand["email", "family"], by_hand["email", "staff"]
    )
    assert counted(log="sms", claims=claims, **DAYS) == by_hand["sms", "staff"]


def test_a_message_is_counted_in_the_class_that_it_has_moved_on_to() -> None:
    api.posted(api.email(message_id="m-1", status="sent", occurred_at="2026-11-20T09:00:00Z"))
    assert counted(log="email", **DAYS) == {("2026-11-20", "waiting"): 1}
    api.deliver(api.delivery(message_id="m-1", type="delivered", at="2026-11-21T09:00:00Z"))
    assert counted(log="email", **DAYS) == {("2026-11-20", "reached"): 1}


def test_days_are_those_of_the_orgs_zone() -> None:
    moments = ["2026-11-01T04:59:59.999Z", "2026-11-01T05:00:00Z", "2026-11-02T05:59:59.999Z", "2026-11-02T06:00:00Z"]
    api.posted(*(api.sms(occurred_at=moment) for moment in moments))
    assert counted(log="sms", from_="2026-10-31", to="2026-11-02") == {
        ("2026-11-01", "delivery"): 2, ("2026-11-02", "delivery"): 2,
    }  # fmt: skip
    # The clocks were set back on this day, which had 25 hours.
    assert api.call("PUT", f"{ORG}/settings", body={"time_zone": "America/Chicago"}).status == 200
    api.factory("query").cache_clear()
    assert counted(log="sms", from_="2026-10-31", to="2026-11-02") == {
        ("2026-10-31", "delivery"): 1, ("2026-11-01", "delivery"): 2, ("2026-11-02", "delivery"): 1,
    }  # fmt: skip


def test_beyond_the_budget_the_range_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_counts, "BUDGET", 3)
    days = ("2026-11-17", "2026-11-18", "2026-11-18", "2026-11-20")
    api.posted(*(api.sms(occurred_at=f"{day}T10:00:00Z") for day in days))
    answer = counts(log="sms", from_="2026-11-10", to="2026-11-20T12:00:00Z")
    assert answer.body == {
        "counts": [
            {"day": "2026-11-20", "class": "delivery", "count": 1},
            {"day": "2026-11-18", "class": "delivery", "count": 2},
        ],
        "range": {"from": "2026-11-18T00:00:00.000Z", "to": "2026-11-20T12:00:00.000Z"},
    }
    assert counted(log="sms", from_="2026-11-10", to="2026-11-18T00:00:00Z") == {("2026-11-17", "delivery"): 1}


def test_a_day_alone_beyond_the_budget_is_not_shown_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_counts, "BUDGET", 2)
    api.posted(*(api.sms(occurred_at=f"2026-11-18T{hour:02}:00:00Z") for hour in (9, 10, 11)))
    end = "2026-11-19T00:00:00.000Z"
    assert counts(log="sms", from_="2026-11-18", to="2026-11-18").body == {
        "counts": [],
        "range": {"from": end, "to": end},
    }
    found = counted(log="sms", from_="2026-11-18T10:00:00Z", to="2026-11-18")
    assert found == {("2026-11-18", "delivery"): 2}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "log"),
        ({"log": "push"}, "log"),
        ({"log": ["email", "sms"]}, "log"),
        ({"log": "email", "status": "bounced"}, "status"),
        ({"log": "email", "limit": 5}, "limit"),
        ({"log": "email", "from_": "2026-01-01"}, "from"),
        ({"log": "email", "from_": "2026-05-01", "to": "2026-06-01"}, "from"),
        ({"log": "email", "from_": "yesterday"}, "from"),
    ],
)
def test_a_wrong_question_is_refused(query: dict[str, Any], field: str) -> None:
    answer = counts(**query)
    assert answer.status == 422, answer.text
    assert answer.body["errors"][0]["field"] == field


def test_an_org_that_was_not_made_is_unknown() -> None:
    answer = counts(org="nowhere", claims=api.SERVICE, log="email")
    assert (answer.status, answer.body["code"]) == (404, "unknown_org")
