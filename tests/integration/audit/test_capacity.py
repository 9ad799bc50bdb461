"""What a page of the org's audit log reads, counted by DynamoDB Local: as much in a long log as in a short one."""

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from daybook.audit.log import AuditLog, AuditQuery
from daybook.core.paging import Cursors
from daybook.core.timestamps import instant
from daybook.model.entries import SOURCES, Audit
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys

from tests.support import api
from tests.support.dynamodb.lifelike_entries import CHANGE
from tests.support.dynamodb.metered import RequestMeter
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed
from tests.support.posted import entry_of
from tools.cost.data import counts

# About as usual as they are.
SHARES = dict(zip(SOURCES, [45, 9, 21, 14, 7, 1, 2, 1], strict=True))
USERNAMES = [f"staff.member{number}@riverside.example" for number in range(3)]
PACE = timedelta(minutes=7)


def fill(stack: Stack, org: str, count: int) -> None:
    """The newest `count` of the same entries, as they would be stored, without what a request costs."""
    drawn = random.Random(4)
    items = []
    for number in range(count):
        fields = api.audit(
            member_name="Madison Staff-Member",
            username=drawn.choice(USERNAMES),
            source=drawn.choices(list(SHARES), list(SHARES.values()))[0],
            ip="203.0.113.7",
            affected=[{"record": {"type": "family", "id": "1"}, **CHANGE}],
        )
        entry = entry_of(fields, NOW)
        assert isinstance(entry, Audit)
        moment = instant(NOW - number * PACE)
        key = EntryKey(record_keys.entry_partition(org, entry.record, moment), "audit", moment, f"{number:018}")
        items.append(
            entry_items.make(
                org, entry, key, keyed_hash=hashed, expires_at=1_900_000_000, content_until=None, has_content=False
            )
        )
    stack.load(items)


def audit_log(stack: Stack) -> AuditLog:
    return AuditLog(
        table=stack.table,
        by_time=EntriesByTime(table=stack.table),
        by_words=EntriesByWords(table=stack.table, clock=lambda: NOW),
        zone=lambda _: ZoneInfo("UTC"),
        cursors=Cursors(secret="test"),
        clock=lambda: NOW,
        timer=lambda: 0.0,
    )


def first_page(stack: Stack, org: str, query: dict[str, Any]) -> list[str]:
    return [row.id for row in audit_log(stack).page(org, msgspec.convert({"limit": 50, **query}, AuditQuery)).entries]


COSTS: list[tuple[dict[str, Any], int, float]] = [
    # What docs/cost.md is computed from.
    ({}, 11, counts()["read_units_of_a_page"]["org_audit_log"]),
    ({"order": "asc", "from": instant(NOW - 390 * PACE)}, 11, 6),
    ({"staff": USERNAMES[:1]}, 1, 3.5),
    ({"source": ["customer_portal", "mobile_app"]}, 3, 4.5),
]


def test_a_page_costs_the_same_in_a_short_and_in_a_long_log(stack: Stack) -> None:
    fill(stack, "short", 400)
    fill(stack, "long", 800)
    meter = RequestMeter(stack)
    for query, most_requests, most_units in COSTS:
        found = first_page(stack, "short", query)
        requests, units = meter.take()
        assert first_page(stack, "long", query) == found
        assert meter.take() == (requests, units), query
        assert len(found) == 50
        assert requests <= most_requests, query
        assert units <= most_units, query


def test_every_page_of_a_walk_costs_about_the_same(stack: Stack) -> None:
    fill(stack, "riverside", 500)
    meter, log, seen = RequestMeter(stack), audit_log(stack), 0
    query: dict[str, Any] = {"limit": 50}
    costs = []
    while True:
        page = log.page("riverside", msgspec.convert(query, AuditQuery))
        costs.append(meter.take()[1])
        seen += len(page.entries)
        if page.next is None:
            break
        query["cursor"] = page.next
    assert (seen, len(costs)) == (500, 10)
    assert max(costs) <= 8


def test_every_index_gives_rows_the_records_without_a_name(stack: Stack) -> None:
    unnamed = [{"record": {"type": "family", "id": str(number)}, "change": "updated"} for number in range(12)]
    stack.ingest().post("riverside", [msgspec.json.encode(api.audit(affected=unnamed, occurred_at=instant(NOW)))])
    shown = [f"family/{number}" for number in range(10)]
    for query in ({}, {"staff": ["ada"]}, {"source": ["office_portal"]}):
        (row,) = audit_log(stack).page("riverside", msgspec.convert({"limit": 50, **query}, AuditQuery)).entries
        assert (row.names, row.affected_count) == (shown, 12)
