"""Pages end before they are larger than a function may answer, and joined by `next` they have every entry once."""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from daybook.api import gateway
from daybook.api.routes import ROUTES
from daybook.core import paging
from daybook.entries.messages.message_events import MessageEvents
from daybook.model.responses import EventList, EventRow

from tests.support import api
from tests.support.functions import stored, triggers
from tests.support.functions.blacklist import COMPLAINT, delivery_event, hear
from tests.support.functions.events import Context
from tests.support.functions.log_lines import NamedFunctions
from tests.support.memory import streams

ORG = "/v1/orgs/riverside"
RECORD = f"{ORG}/records/family/1"
LAMBDAS_LIMIT = 6_291_556
BOTH = [{"order": "asc"}, {"order": "desc"}]

# Each list that may be too large for one answer, in each of its orders.
LISTS: list[tuple[str, dict[str, str]]] = [
    *(
        (f"{RECORD}/emails", {"sort": sort, **order})
        for sort in ("date", "recipient", "status", "sent")
        for order in BOTH
    ),
    *((f"{RECORD}/{log}", order) for log in ("sms", "pushes", "activity", "audit") for order in BOTH),
    *((f"{RECORD}/activity", {"q": "signed", **order}) for order in BOTH),
    *((f"{ORG}/audit", {**order, **query}) for query in ({}, {"q": "deleted"}, {"staff": "ada"}) for order in BOTH),
    (f"{RECORD}/timeline", {}),
    (f"{ORG}/messages", {"log": "email", "status": "queued"}),
    (f"{ORG}/blacklist", {}),
    (f"{RECORD}/blacklist", {}),
    (f"{ORG}/holds", {}),
    ("/v1/orgs", {}),
]
# Each is more in an answer than in an entry.
CHARACTERS = ['"', "\\", "\U0001f600", "é", "x", "\x01"]


def whole(answer: Any) -> bytes:
    """The answer of a function, as Lambda's runtime for Python 3.13 writes it."""
    return json.dumps(answer, ensure_ascii=False).encode()


def pages(path: str, claims: Any = api.ADMIN, **query: Any) -> Iterator[tuple[list[Any], int]]:
    """The rows of each page of a list, and how many bytes its whole answer has."""
    while True:
        sent = api.request("GET", path, claims=claims, **query)
        answer = api.function(ROUTES[sent["routeKey"]]).handler(sent, Context())
        assert answer["statusCode"] == 200, answer["body"]
        body = json.loads(answer["body"])
        yield body["entries"], len(whole(answer))
        if body["next"] is None:
            return
        query["cursor"] = body["next"]


def pages_back(path: str, claims: Any, **query: Any) -> Iterator[list[Any]]:
    """The rows of each page from the last one back to the first, by `prev`."""
    body = api.call("GET", path, claims=claims, **query).body
    while body["next"] is not None:
        body = api.call("GET", path, claims=claims, cursor=body["next"], **query).body
    yield body["entries"]
    while body["prev"] is not None:
        body = api.call("GET", path, claims=claims, cursor=body["prev"], **query).body
        yield body["entries"]


def in_an_answer(rows: list[Any]) -> int:
    return paging.answer_bytes(msgspec.json.encode(rows))


def index() -> None:
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in stored.items()}
    triggers.index([each for each in streams.told({}, items) if streams.hears("index", each)])


def fill(chance: random.Random) -> None:
    """Entries of every log with texts of random sizes, at few moments."""

    def text(longest: int) -> str:
        return chance.choice(CHARACTERS) * chance.randint(1, longest)

    def moment() -> dict[str, str]:
        return {"occurred_at": f"2026-11-18T0{chance.randint(0, 5)}:00:00.000Z"}

    entries: list[dict[str, Any]] = []
    for number in range(6):
        recipient = f"{'ab'[number % 2]}{number // 2 * 2}@mail.example"
        names = [text(chance.choice((9, 250))) for _ in range(chance.randint(1, 6))]
        affected = [{"record": {"type": "family", "id": "1"}, "change": "deleted", "name": name} for name in names]
        entries += [
            api.email(recipient=recipient, subject=text(chance.choice((9, 990))), **moment()),
            api.sms(text=text(chance.choice((9, 1600))), **moment()),
            api.push(text=text(chance.choice((9, 4096))), **moment()),
            api.activity(details={"said": text(chance.choice((9, 2000)))}, **moment()),
            api.audit(affected=affected, **moment()),
        ]
    chance.shuffle(entries)
    api.posted(*entries)
    for number in range(6):
        for record in (f"family/{number}", f"student/{number}"):
            assert api.call("PUT", f"{ORG}/holds/{record}", body={"reason": text(900)}).status == 200
        hear(f"{'ab'[number % 2]}{number // 2 * 2}@mail.example", delivery_event("complaint", kind=text(400)))
    for number in range(5):
        url = f"https://portal.example/{'p' * chance.randint(1, 2000)}/{{id}}"
        body = {"name": text(200).replace("\x01", "x"), "record_url": {"family": url}}
        assert api.call("PUT", f"/v1/orgs/org{number}", claims=api.PLATFORM, body=body).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_list_has_every_entry_once_however_large_they_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    fill(chance)
    index()
    for path, query in LISTS:
        claims = api.PLATFORM if path == "/v1/orgs" else api.ADMIN
        ((expected, _),) = pages(path, claims, limit=200, **query)
        most = chance.choice((1, 2_000, 6_000, 20_000))
        with monkeypatch.context() as patch:
            patch.setattr(paging, "MAX_PAGE_BYTES", most)
            walked = [rows for rows, _ in pages(path, claims, limit=200, **query)]
            back = list(pages_back(path, claims, limit=200, **query))
        assert [row for rows in walked for row in rows] == expected, (path, query)
        assert [row for rows in reversed(back) for row in rows] == expected, (path, query)
        assert all(walked), (path, query)
        assert all(back), (path, query)
        assert len(expected) >= 5, (path, query)
        assert len(walked) > 1 or in_an_answer(expected) <= most, (path, query)
        assert all(len(rows) == 1 or in_an_answer(rows) <= most for rows in [*walked, *back])


def activities(text: str) -> None:
    details = {"said": text}
    for start in range(0, 200, 25):
        api.posted(*(api.activity(details=details, name=f"Sam {start + number}") for number in range(25)))


@pytest.mark.parametrize("piece", ['"', pytest.param("\\", marks=pytest.mark.slow)])
def test_200_activities_of_16_kb_of_what_is_escaped_twice(piece: str) -> None:
    size = len(json.dumps(piece, ensure_ascii=False).encode()) - 2
    activities(piece * ((16 * 1024 - 20) // size))
    for path in (f"{RECORD}/activity", f"{RECORD}/timeline"):
        walked = list(pages(path, limit=200))
        assert [len(rows) for rows, _ in walked] != [200]
        # Not much less than there is room for, and the rest has its `next`.
        assert all(paging.MAX_PAGE_BYTES * 0.95 < size < LAMBDAS_LIMIT for _, size in walked[:-1])
        assert walked[-1][1] < LAMBDAS_LIMIT
        names = [row["name"] for rows, _ in walked for row in rows]
        assert sorted(names) == sorted(f"Sam {number}" for number in range(200))


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["\U0001f600", '"'])
def test_200_audit_entries_with_50_long_names_each(piece: str) -> None:
    affected = [{"record": {"type": "family", "id": "1"}, "change": "moved", "name": piece * 256}] * 50
    for start in range(0, 200, 10):
        entries = [api.audit(username=f"u{start + number}", affected=affected) for number in range(10)]
        body = json.dumps({"entries": entries}, ensure_ascii=False)
        assert api.call("POST", f"{ORG}/entries", claims=api.SERVICE, body=body).status == 201
    for path in (f"{ORG}/audit", f"{RECORD}/audit"):
        walked = list(pages(path, limit=200))
        assert len(walked) > 1
        assert all(size < LAMBDAS_LIMIT for _, size in walked)
        names = [row["username"] for rows, _ in walked for row in rows]
        assert sorted(names) == sorted(f"u{number}" for number in range(200))
    searched = [rows for rows, _ in pages(f"{ORG}/audit", limit=200, order="asc", from_="2026-01-01T00:00:00Z")]
    assert len({row["id"] for rows in searched for row in rows}) == sum(map(len, searched)) == 200


def test_a_page_of_the_list_of_staff_is_small_whatever_they_are_called() -> None:
    api.posted(*(api.audit(username=f"{number:03}{chr(1) * 253}") for number in range(3)))
    index()
    staff = api.call("GET", f"{ORG}/audit/staff", limit=200).body["entries"]
    assert len(staff) == 3
    assert all(200 * paging.answer_bytes(msgspec.json.encode(row)) < paging.MAX_PAGE_BYTES for row in staff)


def test_the_blacklist_of_a_record_comes_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [f"a{number:03}@x.example" for number in range(23)]
    api.posted(*(api.email(recipient=address) for address in addresses for _ in range(3)))
    listed = addresses[::4]
    monkeypatch.setattr("daybook.blacklist.queries.RECIPIENTS_CHUNK", 5)
    for address in listed:
        hear(address, COMPLAINT)
    for limit in (1, 5, 200):
        walked = [rows for rows, _ in pages(f"{RECORD}/blacklist", limit=limit)]
        assert [row["address"] for rows in walked for row in rows] == listed
        assert all(len(rows) <= limit for rows in walked)
    monkeypatch.setattr("daybook.blacklist.queries.READ_BUDGET", 8)
    walked = [rows for rows, _ in pages(f"{RECORD}/blacklist", limit=200)]
    assert [row["address"] for rows in walked for row in rows] == listed
    assert len(walked) > 2


def test_the_earliest_of_too_many_events_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = api.posted(api.email(message_id="m-1", occurred_at="2026-05-01T10:00:00Z"))
    events = tuple(delivery_event("delivery", second, diagnostic='"' * 900) for second in (3, 1, 2))
    monkeypatch.setattr(MessageEvents, "_shared", lambda *_: events)
    path = f"{RECORD}/emails/{entry}/events"
    found = api.call("GET", path).body["events"]
    assert [row["occurred_at"][17:19] for row in found] == ["01", "02", "03"]
    monkeypatch.setattr(paging, "MAX_PAGE_BYTES", 2 * paging.answer_bytes(json.dumps(found[0]).encode()) + 10)
    assert api.call("GET", path).body["events"] == found[:2]


def test_an_answer_that_is_too_large_all_the_same_is_a_problem_and_not_a_502(
    named: NamedFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = EventRow(type="open", occurred_at="2026-05-01T10:00:00.000Z", user_agent='"' * (LAMBDAS_LIMIT // 4 + 1))
    monkeypatch.setattr(MessageEvents, "read", lambda *_: EventList([row]))
    sent = api.request("GET", f"{RECORD}/emails/{'0' * 35}/events")
    named.invoke("query", sent, Context())
    assert (named.answer["statusCode"], json.loads(named.answer["body"])["code"]) == (500, "internal_error")
    assert gateway.AnswerTooLargeError.__name__ in named.lines()[0]["exception"]
    row = EventRow(type="open", occurred_at="2026-05-01T10:00:00.000Z", user_agent='"' * (LAMBDAS_LIMIT // 4 - 400))
    named.invoke("query", sent, Context())
    assert named.answer["statusCode"] == 200
    assert LAMBDAS_LIMIT - 2000 < len(whole(named.answer)) < LAMBDAS_LIMIT
