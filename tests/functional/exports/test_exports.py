"""Exports from the request to the file: any list, all of its rows, as the list shows them."""

import json
from typing import Any

import pytest

from tests.support import api
from tests.support.functions import exports, triggers

LISTS = {
    "audit": "/v1/orgs/riverside/audit",
    "blacklist": "/v1/orgs/riverside/blacklist",
    "holds": "/v1/orgs/riverside/holds",
    **{
        f"records/family/1/{name}": f"/v1/orgs/riverside/records/family/1/{name}"
        for name in ("emails", "sms", "pushes", "activity", "audit", "timeline")
    },
}


@pytest.fixture
def school() -> None:
    """Something in every list."""
    at = [f"2026-11-20T09:00:{second:02}.000Z" for second in range(30)]
    api.posted(*[api.email(message_id=f"m{number}", occurred_at=at[number]) for number in range(7)])
    api.posted(*[api.sms(message_id=f"s{number}", occurred_at=at[number]) for number in range(7)])
    api.posted(*[api.push(occurred_at=at[number]) for number in range(7)])
    api.posted(*[api.activity(occurred_at=at[number]) for number in range(7)])
    api.posted(*[api.audit(occurred_at=at[number]) for number in range(7)])
    addresses = [{"address": f"a{number}@mail.example", "status": "manual"} for number in range(7)]
    assert api.call("PUT", "/v1/orgs/riverside/blacklist", body={"addresses": addresses}).status == 200
    for number in range(3):
        path = f"/v1/orgs/riverside/holds/student/{number}"
        assert api.call("PUT", path, body={"reason": "a claim"}).status == 200
    triggers.indexed()


def listed(path: str, **query: Any) -> list[dict[str, Any]]:
    answer = api.call("GET", path, limit=200, **query)
    assert answer.status == 200, answer.text
    entries: list[dict[str, Any]] = answer.body["entries"]
    return entries


def lines(file: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.splitlines()]


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("path", LISTS)
def test_json_lines_are_the_rows_of_the_list(path: str) -> None:
    found = lines(exports.exported(path))
    # What was asked for and completed is in the audit log by now.
    wanted = [row for row in listed(LISTS[path]) if row.get("action") != "completed export"]
    assert len(found) == len(wanted) >= 3
    if path == "records/family/1/audit":
        found, wanted = ([row for row in rows if "export" not in row["action"]] for rows in (found, wanted))
    assert sorted(found, key=str) == sorted(wanted, key=str)


@pytest.mark.usefixtures("school")
def test_messages_of_the_org_are_those_of_the_list() -> None:
    found = lines(exports.exported("messages", query={"log": "email", "status": ["queued"]}))
    assert found == listed("/v1/orgs/riverside/messages", log="email", status="queued")
    assert len(found) == 7


@pytest.mark.usefixtures("school")
def test_a_spreadsheet_has_a_line_for_each_row() -> None:
    file = exports.exported("records/family/1/emails", file_format="csv")
    assert file.startswith(b"\xef\xbb\xbf")
    assert len(exports.table_of(file)) == 7


@pytest.mark.usefixtures("school")
def test_an_export_tells_its_progress_and_where_the_file_is() -> None:
    answer = exports.ask("audit", query={"q": "deleted smith", "from": "2026-11-20", "to": "2026-11-20"})
    assert answer.status == 202
    asked = answer.body
    assert (asked["status"], asked["rows"], asked["requested_by"]) == ("running", 0, "ada")
    assert asked["query"] == {"q": "deleted smith", "from": "2026-11-20", "to": "2026-11-20"}
    exports.work()
    done = exports.read(asked["id"]).body
    assert (done["status"], done["rows"]) == ("done", 7)
    assert done["range"] == {"from": "2026-11-20T00:00:00.000Z", "to": "2026-11-21T00:00:00.000Z"}
    assert done["bytes"] == len(exports.file_of(done["url"]))
    assert done["completed_at"] < done["expires_at"]
    moment = done["completed_at"][:19].replace("T", "-").replace(":", "")
    assert exports.saved_as(done["url"]).startswith(f'attachment; filename="riverside-audit-{moment}.jsonl"')
    (only,) = api.call("GET", exports.BASE).body["entries"]
    assert only == {name: value for name, value in done.items() if name != "url"}


@pytest.mark.usefixtures("school")
def test_both_audit_entries_say_what_was_exported() -> None:
    export_id = exports.asked("audit", query={"q": "smith"}, file_format="csv")
    exports.work()
    completed, asked = listed(LISTS["audit"])[:2]
    assert (asked["action"], completed["action"]) == ("asked for export", "completed export")
    for entry, more in ((asked, {}), (completed, {"rows": 7})):
        whole = api.call("GET", f"{LISTS['audit']}/{entry['id']}").body
        (only,) = whole["affected"]
        assert only["record"] == {"type": "list", "id": "audit"}
        assert only["details"] == {
            "export": export_id,
            "list": "audit",
            "query": {"q": "smith"},
            "format": "csv",
            **more,
        }
