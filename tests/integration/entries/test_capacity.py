"""Read and write units, counted by DynamoDB Local: the targets of docs/performance.md that are counts."""

import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from daybook.core.timestamps import instant
from daybook.entries.ingest import Ingest
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record, parse
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.store import Item
from daybook.storage.table import batches

from tests.integration.conftest import NOW, Stack
from tests.support import api
from tests.support.dynamodb.metered import MeteredWrites
from tests.support.hashes import hashed

SUBJECT = "Your June invoice from Riverside Gymnastics is ready to be paid online"
DETAILS = {"page": "/schedule", "class": "Tumbling 2, Tuesdays at 5:30 pm", "device": "iPad"}
CHANGE = {"name": "Smith, Madison", "change": "updated", "before": {"level": 2}, "after": {"level": 3}}


def entry_of(log: str, number: int) -> dict[str, Any]:
    """A lifelike entry: sizes are what units are counted by."""
    moment = {"occurred_at": f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z"}
    message_id = f"0100018f{number:010}-6c1d7b2a-4f4e-4f5c-9d2e-2b7c7f3b7a11-000000"
    statuses = ["delivered", "opened", "bounced", "clicked"]
    return {
        "emails": api.email(
            recipient=f"parent.of.madison{number % 9}@mail.example",
            subject=SUBJECT,
            message_id=message_id,
            sender="Riverside Gymnastics <office@riverside.example>",
            status=statuses[number % 4],
            **moment,
        ),
        "sms": api.sms(text=SUBJECT, message_id=message_id, **moment),
        "pushes": api.push(subject="Invoice", text=SUBJECT, **moment),
        "activity": api.activity(ip="203.0.113.7", details=DETAILS, **moment),
        "audit": api.audit(ip="203.0.113.7", affected=[{"record": {"type": "family", "id": "1"}, **CHANGE}], **moment),
    }[log]


def fill(stack: Stack, record_id: str, log: str, count: int) -> None:
    """Put entries as they would be stored, without what a request costs."""

    def put(numbers: Sequence[int]) -> None:
        stack.load(item_of(record_id, log, number) for number in numbers)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches(range(count), 25)))


def item_of(record_id: str, log: str, number: int) -> Item:
    entry = parse(json.dumps(entry_of(log, number)).encode(), NOW)
    assert not isinstance(entry, list)
    assert entry.occurred_at
    key = EntryKey(
        record_keys.partition("riverside", Record("family", record_id)),
        LOGS[log].kind,
        instant(entry.occurred_at),
        f"{number:018}",
    )
    return entry_items.make(
        "riverside", entry, key, keyed_hash=hashed, expires_at=1_900_000_000, content_until=None, has_content=False
    )


class Meter:
    """Counts the requests and the units that DynamoDB says they took."""

    def __init__(self, stack: Stack) -> None:
        self.requests, self.units = 0, 0.0
        stack.connection.count = self._count

    def _count(self, answer: dict[str, Any]) -> None:
        consumed = answer["ConsumedCapacity"]
        self.requests += 1
        self.units += sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))

    def take(self) -> tuple[int, float]:
        taken = self.requests, self.units
        self.requests, self.units = 0, 0.0
        return taken


LISTS = [(log, "date") for log in LOGS] + [(log, sort) for log in ("emails", "sms") for sort in ("recipient", "status")]


def page_costs(stack: Stack, log: str, sort: str, order: str, record_id: str, meter: Meter) -> list[tuple[int, float]]:
    """What the first page of 50 costs, and the one after it."""
    costs, query = [], {"sort": sort, "order": order}
    for _ in range(2):
        converted = msgspec.convert(query, LOGS[log].query)
        page = stack.logs().page("riverside", Record("family", record_id), LOGS[log], converted)
        assert len(page.entries) == 50
        costs.append(meter.take())
        query["cursor"] = page.next or ""
    return costs


def assert_pages_cost_the_same(stack: Stack, logs: Collection[str], large: int) -> None:
    for log in logs:
        fill(stack, "small", log, 101)
        fill(stack, "large", log, large)
    meter = Meter(stack)
    for log, sort in [(log, sort) for log, sort in LISTS if log in logs]:
        for order in ("asc", "desc"):
            small = page_costs(stack, log, sort, order, "small", meter)
            big = page_costs(stack, log, sort, order, "large", meter)
            most_requests, most_units = (1, 10) if sort == "date" else (2, 30)
            for (requests, units), (big_requests, big_units) in zip(small, big, strict=True):
                assert requests == big_requests <= most_requests
                # Units go by 4 KB of what is read; the entries of the two records are not the same ones.
                assert abs(units - big_units) <= 1
                assert max(units, big_units) <= most_units


def test_a_page_costs_the_same_in_a_short_and_in_a_long_log(stack: Stack) -> None:
    assert_pages_cost_the_same(stack, LOGS, 500)


@pytest.mark.parametrize(
    ("log", "more", "units"),
    [
        ("audit", {}, 3),
        ("audit", {"key": "k"}, 4),
        ("activity", {}, 1),
        ("pushes", {}, 1),
        # Table, three local indexes, the org's statuses; and the pointer.
        ("emails", {}, 6),
        ("sms", {}, 6),
        ("emails", {"body": {"text": SUBJECT}}, 7),
    ],
)
def test_write_units_of_an_entry(stack: Stack, log: str, more: dict[str, Any], units: float) -> None:
    metered = MeteredWrites(stack)
    ingest: Ingest = stack.ingest(metered)
    (result,) = ingest.post("riverside", [json.dumps({**entry_of(log, 1), **more}).encode()])
    assert result.status == "created"
    assert metered.units == units
