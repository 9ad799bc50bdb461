"""Walking a log by `next` gives every entry once, in the order of the index, through any page size."""

import itertools
import json
from typing import Any, get_args

import msgspec
from daybook.entries.record_log import LOGS, Page
from daybook.model.entries import EmailStatus, Record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import api
from tests.support.dynamodb.service_stack import Stack
from tests.support.properties import examples, lists_of
from tests.support.walks import there_and_back

SETTINGS = settings(examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FIELDS = {"date": "last_activity_at", "recipient": "recipient", "status": "status", "sent": "occurred_at"}

# Few values, so that equal times, recipients and statuses are the rule.
emails = st.builds(
    lambda minute, recipient, status, subject: api.email(
        occurred_at=f"2026-05-01T00:{minute:02}:00Z", recipient=recipient, status=status, subject=subject
    ),
    st.integers(0, 4),
    st.sampled_from(["a@x.co", "A@X.co", "a@x.co.uk", "a@x.co-op.com", "b@x.co"]),
    st.sampled_from(get_args(EmailStatus)),
    st.sampled_from(["Bill", "Newsletter"]),
)
plain = st.builds(
    lambda minute, action: api.activity(occurred_at=f"2026-05-01T00:{minute:02}:00Z", action=action),
    st.integers(0, 4),
    st.sampled_from(["Bill", "Newsletter"]),
)


class Walker:
    """An org of its own in the shared table, for one example: what is posted as bounced blocks its address."""

    made = 0

    def __init__(self, stack: Stack, log: str) -> None:
        Walker.made += 1
        self.stack, self.log = stack, LOGS[log]
        self.org, self.record = f"walk{Walker.made}", Record("family", "1")

    def post(self, entries: list[dict[str, Any]]) -> None:
        record = {"type": "family", "id": self.record.id}
        payloads = [json.dumps({**entry, "record": record}).encode() for entry in entries]
        results = self.stack.ingest().post(self.org, payloads) if payloads else []
        assert all(result.status == "created" for result in results)

    def page(self, **query: Any) -> Page:
        return self.stack.logs().page(self.org, self.record, self.log, msgspec.convert(query, self.log.query))

    def walk(self, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        while True:
            page = self.page(**query)
            assert len(page.entries) <= query["limit"]
            entries += msgspec.to_builtins(page.entries)
            if page.next is None:
                return entries
            query["cursor"] = page.next

    def walk_there_and_back(self, limit: int, **query: Any) -> list[dict[str, Any]]:
        """The same, after they were met on the way back by `prev` as well."""

        def read(limit: int, cursor: str | None) -> Page:
            return self.page(**query, limit=limit, cursor=cursor)

        found: list[dict[str, Any]] = msgspec.to_builtins(there_and_back(read, itertools.repeat(limit)))
        return found


@SETTINGS
@given(lists_of(emails, 0, 8, 30), st.sampled_from(sorted(FIELDS)), st.sampled_from(["asc", "desc"]), st.booleans())
def test_any_log_of_messages(
    stack: Stack, entries: list[dict[str, Any]], sort: str, order: str, filtered: bool
) -> None:
    walker = Walker(stack, "emails")
    walker.post(entries)
    query = {"sort": sort, "order": order} | (
        {"q": "bill", "status": ["sent", "bounced", "queued"]} if filtered else {}
    )
    walks = [walker.walk(limit=limit, **query) for limit in (1, 200)] + [walker.walk_there_and_back(7, **query)]
    assert walks[0] == walks[1] == walks[2]
    values = [(str(entry[FIELDS[sort]]).lower(), entry["occurred_at"], entry["id"]) for entry in walks[0]]
    assert values == sorted(values, reverse=order == "desc")
    expected = [e for e in entries if not filtered or (e["subject"] == "Bill" and e["status"] in query["status"])]
    seen = sorted((entry["recipient"], entry["status"], entry["subject"]) for entry in walks[0])
    assert seen == sorted((e["recipient"], e["status"], e["subject"]) for e in expected)
    assert len({entry["id"] for entry in walks[0]}) == len(walks[0])


@SETTINGS
@given(lists_of(plain, 0, 8, 30), st.sampled_from(["asc", "desc"]), st.sampled_from(["", "bill"]))
def test_any_log_that_only_grows(stack: Stack, entries: list[dict[str, Any]], order: str, q: str) -> None:
    walker = Walker(stack, "activity")
    walker.post(entries)
    query = {"order": order, "q": q}
    walks = [walker.walk(limit=limit, **query) for limit in (1, 200)] + [walker.walk_there_and_back(7, **query)]
    assert walks[0] == walks[1] == walks[2]
    wanted = [entry for entry in entries if not q or entry["action"] == "Bill"]
    in_order = sorted(enumerate(wanted), key=lambda pair: (pair[1]["occurred_at"], pair[0]), reverse=order == "desc")
    assert [(e["occurred_at"][:19], e["action"]) for e in walks[0]] == [
        (e["occurred_at"][:19], e["action"]) for _, e in in_order
    ]


@SETTINGS
@given(
    lists_of(emails, 2, 10, 20),
    lists_of(emails, 1, 4, 10),
    st.sampled_from(sorted(FIELDS)),
    st.sampled_from(["asc", "desc"]),
    st.integers(1, 7),
)
def test_entries_written_during_a_walk(
    stack: Stack, standing: list[dict[str, Any]], written: list[dict[str, Any]], sort: str, order: str, limit: int
) -> None:
    walker = Walker(stack, "emails")
    walker.post(standing)
    query = {"sort": sort, "order": order, "limit": limit}
    before = [entry["id"] for entry in walker.walk(**query)]
    first = walker.page(**query)
    walker.post(written)
    rest = walker.walk(**query, cursor=first.next) if first.next else []
    seen = [entry.id for entry in first.entries] + [entry["id"] for entry in rest]
    assert len(seen) == len(set(seen))
    assert [entry_id for entry_id in seen if entry_id in set(before)] == before


def test_a_filter_reads_on_to_its_budget_and_hands_over_with_a_next(stack: Stack, monkeypatch: Any) -> None:
    monkeypatch.setattr("daybook.entries.record_log.READ_BUDGET", 40)
    monkeypatch.setattr("daybook.entries.record_log.CHUNK", 20)
    monkeypatch.setattr("daybook.storage.table.GET_BATCH", 20)
    walker = Walker(stack, "emails")
    for start in range(0, 150, 50):
        walker.post(
            [api.email(subject=str(number), recipient=f"r{number}@x.co") for number in range(start, start + 50)]
        )
    for sort in FIELDS:
        page = walker.page(sort=sort, q="nothing", limit=5)
        assert page.entries == []
        assert page.next is not None
        assert walker.walk(sort=sort, q="nothing", limit=5) == []
        assert walker.walk_there_and_back(5, sort=sort, q="nothing") == []
        assert len(walker.walk(sort=sort, q="r7@x.co", limit=5)) == 1
