"""Lists whose rows move are exported in an order that does not: the same rows as the list's, each once."""

import json
from typing import Any

import pytest
from daybook.api.list_reader import RouteListReader

from tests.support import api
from tests.support.functions import exports

RECORD = "/v1/orgs/riverside/records/family/1"
QUERIES: list[dict[str, Any]] = [
    {},
    {"sort": "date", "order": "asc"},
    {"sort": "status"},
    {"sort": "recipient"},
    {"sort": "sent", "from": "2026-11-03"},
    {"status": ["opened", "delivered"]},
    {"q": "letter"},
    {"q": "-letter a2"},
    # By the last activity, as the list has it.
    {"from": "2026-11-10"},
    {"to": "2026-11-10"},
    {"from": "2026-11-11T09:00:01Z", "to": "2026-11-12", "sort": "status"},
    {"from": "2026-11-10", "sort": "recipient"},
    {"q": "11/11/2026"},
    {"q": "11/11/2026 9:00 am letter"},
    {"q": "9:00 am"},
    {"q": "Bounced: no such mailbox"},
    {"q": "no such mailbox", "sort": "recipient"},
    {"q": "11/1/2026", "sort": "sent"},
    {"q": "11/3/2026", "from": "2026-11-03", "status": "sent"},
]


def event(number: int, kind: str, at: str) -> dict[str, Any]:
    return api.delivery(message_id=f"m{number}", recipient=f"a{number}@mail.example", type=kind, at=at)


@pytest.fixture(autouse=True)
def letters() -> None:
    """E-mails of six days, some of which were delivered, opened or came back more than a week later."""
    for number in range(6):
        sent = {"occurred_at": f"2026-11-0{number + 1}T09:00:00.000Z", "message_id": f"m{number}", "status": "sent"}
        subject = "A letter" if number % 2 else "News"
        api.posted(api.email(subject=subject, recipient=f"a{number}@mail.example", **sent))
    for number, kind in ((0, "opened"), (1, "delivered"), (3, "opened")):
        at = f"2026-11-1{number % 3}T09:00:0{number}.000Z"
        answer = api.deliver(event(number, kind, at))
        assert answer.body["results"][0]["status"] == "applied"
    api.deliver(event(5, "bounced", "2026-11-12T09:00:00Z") | {"detail": "550 5.1.1 no such user"})


def listed(query: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"from_" if name == "from" else name: value for name, value in query.items()}
    answer = api.call("GET", f"{RECORD}/emails", limit=200, **asked)
    assert answer.status == 200, answer.text
    rows: list[dict[str, Any]] = answer.body["entries"]
    return rows


def test_a_file_has_the_rows_of_the_list_whatever_is_asked_for() -> None:
    found = {}
    for query in QUERIES:
        file = exports.exported("records/family/1/emails", query=query)
        rows = [json.loads(line) for line in file.splitlines()]
        wanted = listed(query)
        assert sorted(rows, key=str) == sorted(wanted, key=str), query
        found[json.dumps(query)] = len(rows)
        if query.get("sort") in ("sent", "recipient"):
            assert rows == wanted
        else:
            moments = [row["occurred_at"] for row in rows]
            assert moments == sorted(moments, reverse=query.get("order") != "asc")
    # None of them is without a row, or with all where it should not be.
    assert all(found.values()), found
    assert sum(number == 6 for number in found.values()) == 5, found


def test_an_email_that_moves_while_it_is_exported_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = iter(range(6))
    page = RouteListReader.page

    def of_one(reader: Any, org: str, path: str, query: Any, caller: Any, cursor: Any, rows: int = 1) -> Any:
        number = next(moved, None)
        if number is not None and cursor is not None:
            api.deliver(event(number, "clicked", "2026-11-20T09:00:00Z"))
        return page(reader, org, path, query, caller, cursor, min(rows, 1))

    monkeypatch.setattr(RouteListReader, "page", of_one)
    rows = [json.loads(line) for line in exports.exported("records/family/1/emails").splitlines()]
    assert sorted(row["message_id"] for row in rows) == [f"m{number}" for number in range(6)]
