"""Who gets an export: the one who asked, as long as they may, at each of the three moments, in their own org."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import EXPORTS
from tests.support.functions import exports
from tests.support.functions.events import Context
from tests.support.functions.stored import items

BEN = {**api.STAFF, "groups": ["desk"]}
EVE = {**api.STAFF, "username": "eve", "name": "Eve Desk", "groups": ["desk"]}
ADA_TOO = {**api.ADMIN, "username": "ADA", "sub": "9"}
MAILER = {**api.PLATFORM, "client_id": "mailer", "sub": "mailer"}
GONE = "there is no such export of yours"


def grant(*permissions: str) -> None:
    body = {"group": "desk", "permissions": list(permissions)}
    assert api.call("PUT", "/v1/orgs/riverside/access", body=body).status == 200
    forget()


def forget() -> None:
    """Grants are cached for half a minute."""
    for name in ("query", "manage", "export"):
        api.factory(name).cache_clear()


@pytest.fixture(autouse=True)
def desk(functions: dict[str, str]) -> Iterator[None]:
    grant("export", "audit_log", "family_email_log")
    api.posted(*[api.audit(occurred_at=f"2026-11-20T09:00:0{number}Z") for number in range(5)])
    yield
    forget()


def walked(path: str) -> list[dict[str, Any]]:
    """All rows of a list."""
    rows: list[dict[str, Any]] = []
    query: dict[str, Any] = {}
    while True:
        page = api.call("GET", path, limit=200, **query).body
        rows += page["entries"]
        if page["next"] is None:
            return rows
        query["cursor"] = page["next"]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    exports.read_by_pages_of(200, monkeypatch)


class LastMoment(Context):
    """Of an invocation that has time for one page."""

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def begun(claims: Any = BEN) -> str:
    """An export of which one page is written; the rest is in the queue."""
    for hour in (10, 11):
        moments = (f"2026-11-20T{hour}:{second // 60:02}:{second % 60:02}Z" for second in range(100))
        api.posted(*[api.audit(occurred_at=moment) for moment in moments])
    export_id = exports.asked("audit", claims=claims)
    with pytest.raises(AssertionError, match="no end"):
        exports.work(1, LastMoment())
    shown = exports.read(export_id, claims).body
    assert shown["status"] == "running"
    # A page ends before its 200 rows where reading them takes long.
    assert 0 < shown["rows"] <= 200
    assert "2026-11-20T10" < shown["range"]["from"] < "2026-11-20T12"
    assert shown["range"]["to"] is None
    return export_id


def test_it_goes_on_in_a_new_invocation_where_the_last_one_ended() -> None:
    export_id = begun()
    exports.work()
    done = exports.read(export_id, BEN).body
    ids = [json.loads(line)["id"] for line in exports.file_of(done["url"]).splitlines()]
    listed = [row["id"] for row in walked("/v1/orgs/riverside/audit") if row["action"] != "completed export"]
    assert ids == listed
    assert (done["status"], done["rows"]) == ("done", len(listed))
    assert len(listed) >= 205
    assert exports.objects() == [f"riverside/{export_id}/export.jsonl"]


@pytest.mark.parametrize(("taken", "left"), [("export", "audit_log"), ("audit_log", "export")])
def test_without_a_permission_nothing_is_asked_for(taken: str, left: str) -> None:
    grant(left)
    answer = exports.ask("audit", claims=BEN)
    assert (answer.status, answer.body["detail"]) == (403, f"this needs the permission {taken}")
    assert not [item for item in items() if item["pk"]["S"] == "riverside/exports"]


@pytest.mark.parametrize(("taken", "left"), [("export", "audit_log"), ("audit_log", "export")])
def test_with_a_permission_taken_meanwhile_it_does_not_go_on(taken: str, left: str) -> None:
    export_id = begun()
    grant(left)
    exports.work()
    grant("export", "audit_log")
    shown = exports.read(export_id, BEN).body
    assert (shown["status"], shown["reason"]) == ("failed", f"ben has lost the permission {taken}")
    assert (exports.objects(), exports.uploads()) == ([], [])


@pytest.mark.parametrize(("taken", "left"), [("export", "audit_log"), ("audit_log", "export")])
def test_with_a_permission_taken_after_the_end_there_is_no_link(taken: str, left: str) -> None:
    export_id = exports.asked("audit", claims=BEN)
    exports.work()
    assert "url" in exports.read(export_id, BEN).body
    grant(left)
    answer = exports.read(export_id, BEN)
    assert (answer.status, answer.body["detail"]) == (403, f"this needs the permission {taken}")
    grant("export", "audit_log")
    assert "url" in exports.read(export_id, BEN).body


def test_a_list_of_several_permissions_needs_all_that_it_was_read_with() -> None:
    grant("export", "family_email_log", "staff_email_log")
    export_id = exports.asked("messages", claims=BEN, query={"log": "email"})
    exports.work()
    grant("export", "family_email_log")
    assert exports.read(export_id, BEN).status == 403
    later = exports.asked("messages", claims=BEN, query={"log": "email"})
    # A permission that is given meanwhile neither adds rows nor stops it.
    grant("export", "family_email_log", "staff_email_log")
    exports.work()
    assert exports.read(later, BEN).body["status"] == "done"


@pytest.mark.parametrize(
    "claims", [EVE, api.ADMIN, api.PLATFORM, {**api.PLATFORM, "client_id": "mailer", "sub": "mailer"}]
)
def test_another_persons_export_is_not_there(claims: dict[str, Any]) -> None:
    export_id = exports.asked("audit", claims=BEN)
    exports.work()
    for call in (exports.read, exports.cancel):
        answer = call(export_id, claims)
        assert (answer.status, answer.body["detail"]) == (404, GONE)
    assert api.call("GET", exports.BASE, claims=claims).body["entries"] == []
    assert len(api.call("GET", exports.BASE, claims=BEN).body["entries"]) == 1


def test_another_orgs_export_is_refused() -> None:
    export_id = exports.asked("audit", claims=BEN)
    exports.work()
    for method in ("GET", "DELETE"):
        assert api.call(method, f"{exports.BASE}/{export_id}", claims=api.OTHER_ADMIN).status == 403
        answer = api.call(method, f"/v1/orgs/hilltop/exports/{export_id}", claims=api.OTHER_ADMIN)
        assert (answer.status, answer.body["detail"]) == (404, GONE)
    assert exports.read(export_id, BEN).body["status"] == "done"


def test_a_username_is_the_same_person_in_any_letter_case() -> None:
    export_id = exports.asked("audit")
    assert exports.read(export_id, ADA_TOO).status == 200


def test_a_service_exports_by_its_scopes_as_long_as_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    export_id = exports.asked("audit", claims=api.PLATFORM)
    exports.work()
    assert exports.read(export_id, api.PLATFORM).body["rows"] >= 5
    assert exports.read(export_id, {**api.ADMIN, "username": "platform"}).status == 404
    later = exports.asked("audit", claims=api.PLATFORM)
    monkeypatch.setenv("SERVICE_CLIENTS", "portal")
    api.factory("export").cache_clear()
    exports.work()
    shown = exports.read(later, api.PLATFORM).body
    assert shown["reason"] == "the client platform is no service of the platform any more"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"list": "records"}, "list", "must be one of audit"),
    ({"list": "records/family/1/blacklist"}, "list", "must be one of audit"),
    ({"list": "audit", "query": {"limit": "5"}}, "query.limit", "leave this out"),
    ({"list": "audit", "query": {"cursor": "x"}}, "query.cursor", "leave this out"),
    ({"list": "audit", "query": {"status": "sent"}}, "query.status", ""),
    ({"list": "audit", "query": {"from": "yesterday"}}, "query.from", "must be a day"),
    ({"list": "records/family/1/emails", "query": {"sort": "colour"}}, "query.sort", ""),
    ({"list": "messages"}, "query.log", ""),
    ({"list": "audit", "query": {"order": []}}, "query.order", ""),
    ({"list": "records/family/101/emails", "query": {"q": []}}, "query.q", ""),
    ({"list": "audit", "query": {"from": []}}, "query.from", ""),
    ({"list": "records/family/a b/emails"}, "list", "not an id"),
    ({"list": "records/family/1/emails", "rows": "changes"}, "rows", "changes are of audit logs"),
    ({"list": "audit", "rows": "changes", "format": "jsonl"}, "rows", "changes are for the format csv"),
    ({"list": "audit", "format": "xlsx"}, "format", ""),
    ({"list": "audit", "columns": []}, "columns", ""),
]


@pytest.mark.parametrize(("body", "field", "told"), WRONG)
def test_what_is_wrong_with_a_request_is_told_by_its_field(body: dict[str, Any], field: str, told: str) -> None:
    answer = api.call("POST", exports.BASE, body={"format": "csv", **body})
    assert answer.status == 422
    ((fault),) = answer.body["errors"]
    assert fault["field"] == field
    assert told in fault["message"]


def test_a_log_that_such_records_do_not_have_is_not_found() -> None:
    assert exports.ask("records/student/1/emails").status == 404


def test_a_finished_export_that_is_cancelled_has_no_file_any_more() -> None:
    export_id = exports.asked("audit", claims=BEN)
    exports.work()
    for _ in range(2):
        answer = exports.cancel(export_id, BEN)
        assert (answer.status, answer.body) == (204, None)
    shown = exports.read(export_id, BEN).body
    assert (shown["status"], "url" in shown) == ("expired", False)
    assert shown["reason"] == "cancelled by whoever asked for it"
    assert exports.objects() == []


def test_a_running_export_that_is_cancelled_leaves_nothing() -> None:
    export_id = begun()
    assert exports.objects() != []
    assert exports.cancel(export_id, BEN).status == 204
    exports.work()
    shown = exports.read(export_id, BEN).body
    assert (shown["status"], shown["reason"]) == ("failed", "cancelled by whoever asked for it")
    assert (exports.objects(), exports.uploads()) == ([], [])


def test_a_link_lives_a_quarter_of_an_hour() -> None:
    export_id = exports.asked("audit", claims=BEN)
    exports.work()
    url = exports.read(export_id, BEN).body["url"]
    assert "X-Amz-Expires=900" in url
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


def test_the_file_is_said_to_be_what_it_is() -> None:
    exports.asked("audit", file_format="csv")
    exports.work()
    (name,) = exports.objects()
    head = client("s3").head_object(Bucket=EXPORTS, Key=name)
    assert head["ContentType"] == "text/csv; charset=utf-8"
