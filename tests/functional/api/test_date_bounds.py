"""`from` and `to` of every list that has both: times, and days of the org's zone. `from` after `to` names both."""

import json
from typing import Any

import pytest
from daybook.api import openapi

from tests.support import api

ORG = "/v1/orgs/riverside"
RECORD = f"{ORG}/records/family/1"
LISTS: list[tuple[str, dict[str, Any]]] = [
    (f"{RECORD}/emails", {}),
    (f"{RECORD}/emails", {"sort": "recipient"}),
    (f"{RECORD}/emails", {"sort": "status", "order": "asc", "status": "sent"}),
    (f"{RECORD}/sms", {"q": "hello"}),
    (f"{RECORD}/pushes", {"order": "asc"}),
    (f"{RECORD}/activity", {}),
    (f"{RECORD}/audit", {}),
    (f"{RECORD}/timeline", {}),
    (f"{ORG}/messages", {"log": "email", "status": "bounced"}),
    (f"{ORG}/audit", {}),
    (f"{ORG}/audit", {"q": "deleted smith", "staff": "ada"}),
]
# Whose answer is no list of entries.
COUNTS: tuple[str, dict[str, Any]] = (f"{ORG}/messages/counts", {"log": "email"})
SWAPPED = {
    "days": ("2026-11-19T00:00:00Z", "2026-11-18T00:00:00Z"),
    "offsets": ("2026-11-18T09:00:00-06:00", "2026-11-18T09:00:00+01:00"),
    "days alone": ("2026-11-19", "2026-11-18"),
    "a day after a time": ("2026-11-19", "2026-11-18T23:59:59.999Z"),
    "a time after a day": ("2026-11-19T00:00:00.001Z", "2026-11-18"),
    "a microsecond": ("2026-11-18T09:00:00.000002Z", "2026-11-18T09:00:00.000001Z"),
}


def test_every_list_with_dates_is_tried() -> None:
    with_dates = {
        path
        for path, operations in json.loads(openapi.document())["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter.get("name") == "from"
    }
    paths = {path.replace("family/1", "{type}/{id}").replace("riverside", "{org}") for path, _ in [*LISTS, COUNTS]}
    assert paths == with_dates


@pytest.mark.parametrize(("start", "end"), SWAPPED.values(), ids=SWAPPED)
def test_from_after_to_names_both(start: str, end: str) -> None:
    for path, query in [*LISTS, COUNTS]:
        answer = api.call("GET", path, from_=start, to=end, **query)
        assert (answer.status, answer.body["code"]) == (422, "invalid_request"), path
        assert [error["field"] for error in answer.body["errors"]] == ["from", "to"], path
        assert answer.headers["content-type"] == "application/problem+json"


def test_equal_ones_are_a_list_without_entries() -> None:
    moment = "2026-11-18T09:00:00Z"
    api.posted(*(make(occurred_at=moment) for make in (api.email, api.sms, api.push, api.activity, api.audit)))
    for path, query in LISTS:
        answer = api.call("GET", path, from_=moment, to=moment, **query)
        assert (answer.status, answer.body["entries"], answer.body["next"]) == (200, [], None), path
    assert number_counted(from_=moment, to=moment) == 0


def moments(path: str, **query: Any) -> set[str]:
    """When the entries of a list occurred."""
    answer = api.call("GET", path, **query)
    assert answer.status == 200, answer.text
    return {entry["occurred_at"] for entry in answer.body["entries"]}


def number_counted(**query: Any) -> int:
    """How many e-mails there are by the counts."""
    path, of_emails = COUNTS
    answer = api.call("GET", path, **of_emails, **query)
    assert answer.status == 200, answer.text
    return sum(row["count"] for row in answer.body["counts"])


@pytest.mark.parametrize(
    ("zone", "of", "before", "within", "behind"),
    [
        # Clocks go forward, and back: 23 hours, and 25.
        (
            "America/Chicago",
            "2026-03-08",
            "2026-03-08T05:59:59.999Z",
            ["2026-03-08T06:00:00.000Z", "2026-03-09T04:59:59.999Z"],
            "2026-03-09T05:00:00.000Z",
        ),
        (
            "America/Chicago",
            "2025-11-02",
            "2025-11-02T04:59:59.999Z",
            ["2025-11-02T05:00:00.000Z", "2025-11-03T05:59:59.999Z"],
            "2025-11-03T06:00:00.000Z",
        ),
        (
            "Asia/Kathmandu",
            "2026-05-01",
            "2026-04-30T18:14:59.999Z",
            ["2026-04-30T18:15:00.000Z", "2026-05-01T18:14:59.999Z"],
            "2026-05-01T18:15:00.000Z",
        ),
        # There was no such day.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T09:59:59.999Z", [], "2011-12-30T10:00:00.000Z"),
        (
            "Pacific/Apia",
            "2011-12-31",
            "2011-12-30T09:59:59.999Z",
            ["2011-12-30T10:00:00.000Z", "2011-12-31T09:59:59.999Z"],
            "2011-12-31T10:00:00.000Z",
        ),
    ],
)
def test_a_day_is_that_of_the_orgs_zone_and_to_has_it_whole(
    zone: str, of: str, before: str, within: list[str], behind: str
) -> None:
    assert api.call("PUT", f"{ORG}/settings", body={"time_zone": zone}).status == 200
    api.posted(
        *(
            entry
            for moment in (before, *within, behind)
            for entry in (
                api.email(occurred_at=moment, status="sent"),
                *(make(occurred_at=moment) for make in (api.sms, api.push, api.activity)),
                # Not of who has changed the zone.
                api.audit(occurred_at=moment, username="ben"),
            )
        )
    )
    lists: list[tuple[str, dict[str, Any]]] = [
        *((f"{RECORD}/emails", {"sort": sort}) for sort in ("date", "recipient", "sent")),
        *((f"{RECORD}/{log}", {}) for log in ("sms", "pushes", "activity", "audit", "timeline")),
        (f"{ORG}/audit", {"staff": "ben"}),
        (f"{ORG}/audit", {"staff": "ben", "q": "-created"}),
        (f"{ORG}/messages", {"log": "email", "status": "sent"}),
    ]
    for path, query in lists:
        assert moments(path, from_=of, to=of, **query) == {*within}, path
        assert moments(path, from_=of, **query) == {*within, behind}, path
        assert moments(path, to=of, **query) == {before, *within}, path
    assert number_counted(from_=of, to=of) == len(within)
    assert number_counted(to=of) == len([before, *within])


def test_a_day_and_a_time_go_together() -> None:
    hours = [f"2026-11-18T{hour:02}:00:00.000Z" for hour in (0, 9, 23)]
    api.posted(*(api.activity(occurred_at=moment) for moment in hours))
    path = f"{RECORD}/activity"
    assert moments(path, from_="2026-11-18", to="2026-11-18T09:00:00Z") == {hours[0]}
    assert moments(path, from_="2026-11-18T03:00:00-06:00", to="2026-11-18") == {*hours[1:]}
    assert moments(path, from_="2026-11-19", to="2026-11-19T00:00:00Z") == set()


def test_days_at_the_ends_of_the_calendar_are_no_bounds() -> None:
    api.posted(api.email(), api.audit())
    for path in (f"{RECORD}/emails", f"{ORG}/audit"):
        assert len(moments(path, from_="0001-01-01", to="9999-12-31")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-18T09:00:00", "2026-11-18T09:00", "2026-02-30", "2026-11-5", "11/18/2026", "20261118", "today", "",
        " ", "2026-11-18Z", "2026-11-18\n", "٢٠٢٦-١١-١٨", "1795000000",
    ],
)  # fmt: skip
def test_what_is_neither_is_named_with_what_is_expected(text: str) -> None:
    for path, query in [*LISTS, COUNTS]:
        answer = api.call("GET", path, **{**query, "from_": text, "to": text})
        assert (answer.status, answer.body["code"]) == (422, "invalid_request"), path
        assert [error["field"] for error in answer.body["errors"]] == ["from", "to"], path
        assert all("2026-11-05T15:00:00Z" in error["message"] for error in answer.body["errors"])


def test_a_plus_that_became_a_blank_is_explained() -> None:
    answer = api.call("GET", f"{RECORD}/emails", from_="2026-11-18T09:00:00 BST")
    assert "%2B" in answer.body["errors"][0]["message"]
    # Where it can be told that it was one, it is taken.
    assert api.call("GET", f"{RECORD}/emails", from_="2026-11-18T09:00:00 01:00").status == 200


def test_a_cursor_is_of_no_use_once_the_day_is_another_one() -> None:
    """A zone that was changed moves the days, and so the list."""
    api.posted(*(api.activity(occurred_at=f"2026-11-18T{hour:02}:00:00Z") for hour in (9, 10, 11)))
    queries: list[dict[str, Any]] = [{"from_": "2026-11-18"}, {"q": "11/18/2026"}]
    for query in queries:
        cursor = api.call("GET", f"{RECORD}/activity", limit=1, **query).body["next"]
        assert api.call("GET", f"{RECORD}/activity", limit=1, cursor=cursor, **query).status == 200
        assert api.call("PUT", f"{ORG}/settings", body={"time_zone": "America/Chicago"}).status == 200
        answer = api.call("GET", f"{RECORD}/activity", limit=1, cursor=cursor, **query)
        assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")
        assert api.call("PUT", f"{ORG}/settings", body={"time_zone": "UTC"}).status == 200
