"""The messages of the whole org, of any statuses."""

from typing import Any

import pytest

from tests.support import api

STATUSES = ["queued", "sent", "delivered", "opened", "bounced", "suppressed"]


@pytest.fixture(autouse=True)
def cold() -> None:
    api.function("query").gateway.cache_clear()


def messages(claims: Any = api.ADMIN, org: str = "riverside", **query: Any) -> api.Answer:
    return api.call("GET", f"/v1/orgs/{org}/messages", claims=claims, **query)


def walk(**query: Any) -> list[str]:
    subjects = []
    while True:
        answer = messages(**query)
        assert answer.status == 200, answer.text
        subjects += [entry["subject"] for entry in answer.body["entries"]]
        if answer.body["next"] is None:
            return subjects
        query["cursor"] = answer.body["next"]


def fill() -> dict[str, list[str]]:
    """Two days of e-mails of every status in family and staff records; the subjects by status, newest first."""
    entries = []
    for number in range(48):
        record = {"type": "staff" if number // 6 % 2 else "family", "id": str(number % 5)}
        moment = f"2026-11-{18 + number // 24}T{number % 24:02}:00:00.000Z"
        status = STATUSES[number % len(STATUSES)]
        entries.append(api.email(record=record, status=status, subject=f"{number:02} {status}", occurred_at=moment))
    assert api.post(*entries).status == 201
    assert api.post(api.email(status="bounced", subject="theirs"), org="hilltop").status == 201
    newest_first = [entry["subject"] for entry in reversed(entries)]
    return {status: [subject for subject in newest_first if subject.endswith(status)] for status in STATUSES}


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_every_status_is_found_newest_first_through_any_limit(limit: int) -> None:
    for status, subjects in fill().items():
        assert walk(log="email", status=status, limit=limit) == subjects


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_messages_of_several_statuses_are_one_list(limit: int) -> None:
    by_status = fill()
    for wanted in (["queued", "sent"], ["sent", "bounced", "opened"], STATUSES):
        expected = sorted((subject for status in wanted for subject in by_status[status]), reverse=True)
        assert walk(log="email", status=wanted, limit=limit) == expected
        assert walk(log="email", status=",".join(wanted), limit=limit) == expected


@pytest.mark.parametrize("limit", [5, 50])
def test_without_a_status_all_messages_are_one_list(limit: int) -> None:
    by_status = fill()
    expected = sorted((subject for subjects in by_status.values() for subject in subjects), reverse=True)
    assert walk(log="email", limit=limit) == expected
    assert walk(log="email", limit=limit, from_="2026-11-18T20:00:00Z", to="2026-11-19T04:00:00Z") == [
        subject for subject in expected if 20 <= int(subject[:2]) < 28
    ]
    assert walk(log="sms") == []


def test_text_messages_are_found_by_their_reason() -> None:
    reasons = ["rejected", "failed", "undelivered", "failed"]
    api.post(
        api.sms(text="waiting"),
        *(
            api.sms(text=f"{number} {reason}", status="not_delivered", reason=reason)
            for number, reason in enumerate(reasons)
        ),
    )

    def texts(status: Any) -> list[str]:
        return [one["text"] for one in messages(log="sms", status=status).body["entries"]]

    assert texts("failed") == ["3 failed", "1 failed"]
    assert texts(["rejected", "undelivered"]) == ["2 undelivered", "0 rejected"]
    assert texts("not_delivered") == ["3 failed", "2 undelivered", "1 failed", "0 rejected"]
    assert texts("delivery,rejected") == ["0 rejected", "waiting"]
    assert texts([]) == ["3 failed", "2 undelivered", "1 failed", "0 rejected", "waiting"]


def test_from_is_included_and_to_is_not() -> None:
    subjects = fill()["sent"]
    found = walk(log="email", status="sent", from_="2026-11-18T07:00:00Z", to="2026-11-19T01:00:00Z")
    assert found == [subject for subject in subjects if 7 <= int(subject[:2]) < 25]
    assert walk(log="email", status="sent", from_="2026-11-18T08:00:00Z", to="2026-11-18T08:00:00Z") == []


def test_family_and_staff_are_seen_apart() -> None:
    subjects = fill()["bounced"]
    staff = [subject for subject in subjects if int(subject[:2]) // 6 % 2]
    path = "/v1/orgs/riverside/access/groups"
    api.call("PUT", f"{path}/hr", body={"permissions": ["staff_email_log"]})
    api.call("PUT", f"{path}/desk", body={"permissions": ["family_email_log"]})
    api.call("PUT", f"{path}/texts", body={"permissions": ["sms_log"]})
    assert staff
    assert walk(claims={**api.STAFF, "groups": ["hr"]}, log="email", status="bounced") == staff
    family = [subject for subject in subjects if subject not in staff]
    assert walk(claims={**api.STAFF, "groups": ["desk"]}, log="email", status="bounced", limit=1) == family
    assert walk(claims={**api.STAFF, "groups": ["hr", "desk"]}, log="email", status="bounced") == subjects
    assert messages(claims={**api.STAFF, "groups": ["texts"]}, log="email", status="bounced").status == 403
    assert messages(claims=api.SERVICE, log="email", status="bounced").status == 200


def test_without_a_status_only_what_the_caller_may_see_is_listed() -> None:
    by_status = fill()
    everything = sorted((subject for subjects in by_status.values() for subject in subjects), reverse=True)
    staff = [subject for subject in everything if int(subject[:2]) // 6 % 2]
    api.call("PUT", "/v1/orgs/riverside/access/groups/hr", body={"permissions": ["staff_email_log"]})
    assert walk(claims={**api.STAFF, "groups": ["hr"]}, log="email", limit=7) == staff != everything


def test_what_has_moved_on_is_listed_where_it_is_now() -> None:
    api.post(api.sms(message_id="s", text="Hello"))
    assert [one["text"] for one in messages(log="sms", status="delivery").body["entries"]] == ["Hello"]
    assert messages(log="sms", status="delivered").body["entries"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "sent"}, "log"),
        ({"log": "push", "status": "sent"}, "log"),
        ({"log": "sms", "status": "bounced"}, "status"),
        ({"log": "email", "status": "everything"}, "status"),
        ({"log": "email", "status": ["sent", "delivery"]}, "status"),
        ({"log": "email", "status": "undelivered"}, "status"),
        ({"log": "email", "status": ""}, "status"),
        ({"log": "email", "status": "sent", "limit": 0}, "limit"),
    ],
)
def test_a_wrong_question_is_refused(query: dict[str, Any], field: str) -> None:
    answer = messages(**query)
    assert answer.status == 422, answer.text
    assert answer.body["errors"][0]["field"] == field


def test_a_cursor_belongs_to_its_list() -> None:
    fill()
    cursor = messages(log="email", status="sent", limit=1).body["next"]
    for query in ({"status": "bounced"}, {}):
        other = messages(log="email", limit=1, cursor=cursor, **query)
        assert (other.status, other.body["code"]) == (400, "invalid_cursor")
