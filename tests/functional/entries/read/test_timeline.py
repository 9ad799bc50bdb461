"""The timeline of a record: its logs in one, as far as the caller may see them."""

from typing import Any

import pytest

from tests.support import api
from tests.support.aws import dynamodb_calls

KINDS = {"email": api.email, "sms": api.sms, "push": api.push, "activity": api.activity, "audit": api.audit}


@pytest.fixture(autouse=True)
def cold() -> None:
    api.function("query").gateway.cache_clear()


def fill(count: int = 40) -> list[str]:
    """Entries of all logs, of which some share their moment; their ids, newest first."""
    kinds = list(KINDS)
    entries = [
        KINDS[kinds[number * 7 % 5]](occurred_at=f"2026-11-18T{number // 3:02}:00:00.000Z") for number in range(count)
    ]
    results = api.post(*entries).body["results"]
    return [result["id"] for result in reversed(results)]


def walk(**query: Any) -> list[dict[str, Any]]:
    return api.walk("timeline", **query)


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_all_logs_are_merged_newest_first_through_any_limit(limit: int) -> None:
    expected = fill()
    assert [entry["id"] for entry in walk(limit=limit)] == expected


def test_each_entry_is_as_in_its_own_log() -> None:
    fill(10)
    own = [entry for log in ("emails", "sms", "pushes", "activity", "audit") for entry in api.walk(log)]
    assert sorted(walk(), key=str) == sorted(own, key=str)


def test_a_later_event_does_not_move_an_entry() -> None:
    expected = fill(10)
    api.post(api.email(message_id="m", occurred_at="2026-11-18T00:00:00.000Z", status="delivered"))
    assert len(walk()) == len(expected) + 1


def test_from_is_included_and_to_is_not() -> None:
    fill()
    found = walk(from_="2026-11-18T03:00:00Z", to="2026-11-18T05:00:00Z", limit=2)
    assert {entry["occurred_at"][11:13] for entry in found} == {"03", "04"}
    assert len(found) == 6
    assert walk(from_="2026-11-18T05:00:00Z", to="2026-11-18T05:00:00Z") == []


def test_only_the_logs_that_the_caller_may_see() -> None:
    fill()
    path = "/v1/orgs/riverside/access/groups"
    api.call("PUT", f"{path}/desk", body={"permissions": ["sms_log", "push_log", "staff_email_log"]})
    claims = {**api.STAFF, "groups": ["desk"]}
    assert {entry["log"] for entry in walk(claims=claims, limit=3)} == {"sms", "push"}
    assert api.read("timeline", claims=api.STAFF).status == 403
    assert api.read("timeline", "student/1", claims=claims).status == 403
    assert api.read("timeline", claims=api.OTHER_ADMIN).status == 403


def test_a_record_of_an_open_type_has_a_timeline_too() -> None:
    affected = [{"record": {"type": "enrolment", "id": "9"}, "change": "deleted"}]
    api.post(api.audit(affected=affected))
    assert [entry["log"] for entry in api.walk("timeline", "enrolment/9")] == ["audit"]


def test_a_cursor_belongs_to_its_timeline() -> None:
    fill(5)
    cursor = api.read("timeline", limit=1).body["next"]
    answer = api.read("timeline", "family/2", limit=1, cursor=cursor)
    assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("asked", "logs"),
    [
        ("sms", {"sms"}),
        ("email,push", {"email", "push"}),
        (["email", "push"], {"email", "push"}),
        (["email, audit", "audit"], {"email", "audit"}),
        (",".join(KINDS), {*KINDS}),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_of_the_logs_that_are_asked_for_only_those_are_read(asked: str | list[str], logs: set[str], limit: int) -> None:
    fill()
    wanted = [entry for entry in walk() if entry["log"] in logs]
    read: list[str] = []

    def note(operation: str, arguments: dict[str, Any]) -> None:
        if operation == "Query" and "IndexName" not in arguments:
            read.append(str(arguments["ExpressionAttributeValues"]))

    with dynamodb_calls.listening(before=note):
        assert walk(log=asked, limit=limit) == wanted
    assert {log for log in KINDS if any(f"{log}/" in bounds for bounds in read)} == logs


def test_a_line_is_looked_for_in_the_logs_that_are_asked_for() -> None:
    fill()
    wanted = [entry["id"] for entry in walk() if entry["log"] in ("email", "sms")]
    assert [entry["id"] for entry in walk(log="email,sms", q="hello", limit=2)] == wanted
    assert walk(log="activity", q="hello") == []


def test_a_log_that_the_caller_may_not_see_is_refused_as_its_list_is() -> None:
    fill(10)
    path = "/v1/orgs/riverside/access/groups"
    api.call("PUT", f"{path}/desk", body={"permissions": ["sms_log", "push_log", "staff_email_log"]})
    claims = {**api.STAFF, "groups": ["desk"]}
    assert {entry["log"] for entry in walk(claims=claims, log="sms,push")} == {"sms", "push"}
    for asked, list_of_log in (("email", "emails"), ("sms,audit", "audit"), ("push,activity,sms", "activity")):
        answer, of_list = api.read("timeline", claims=claims, log=asked), api.read(list_of_log, claims=claims)
        assert (answer.status, answer.body) == (403, of_list.body)
    assert api.read("timeline", claims=api.STAFF, log="sms").status == 403
    assert api.read("timeline", claims=api.OTHER_ADMIN, log="sms").status == 403


def test_a_log_that_such_records_lack_is_not_found_as_its_list_is() -> None:
    api.posted(api.activity(record={"type": "student", "id": "1"}))
    assert [entry["log"] for entry in api.walk("timeline", "student/1", log="activity,audit")] == ["activity"]
    answer, of_list = (
        api.read(path, "student/1", **query) for path, query in (("timeline", {"log": "email"}), ("emails", {}))
    )
    assert (answer.status, answer.body) == (404, of_list.body)
    # Whoever may not see it learns no more.
    path = "/v1/orgs/riverside/access/groups"
    api.call("PUT", f"{path}/desk", body={"permissions": ["activity_log"]})
    claims = {**api.STAFF, "groups": ["desk"]}
    assert api.read("timeline", "student/1", claims=claims, log="email").status == 403


@pytest.mark.parametrize("asked", ["", "emails", "email,", "EMAIL", "everything"])
def test_what_is_no_log_is_told(asked: str) -> None:
    answer = api.read("timeline", log=asked)
    assert (answer.status, answer.body["errors"][0]["field"][:4]) == (422, "log[")
    assert answer.body["errors"][0]["message"].startswith("must be one of")


def test_a_cursor_belongs_to_the_logs_that_were_asked_for() -> None:
    fill(20)
    cursor = api.read("timeline", limit=1, log="email,sms").body["next"]
    assert api.read("timeline", limit=2, log=["sms", "email"], cursor=cursor).status == 200
    for asked in ("email", "sms", "email,sms,push", ",".join(KINDS)):
        answer = api.read("timeline", limit=1, log=asked, cursor=cursor)
        assert (answer.status, answer.body["code"]) == (400, "invalid_cursor")
    assert api.read("timeline", limit=1, cursor=cursor).status == 400
    # Whoever may see more may go on with the same list.
    path = "/v1/orgs/riverside/access/groups"
    api.call("PUT", f"{path}/desk", body={"permissions": ["sms_log", "family_email_log"]})
    claims = {**api.STAFF, "groups": ["desk"]}
    assert api.read("timeline", limit=1, claims=claims, cursor=cursor).status == 200
