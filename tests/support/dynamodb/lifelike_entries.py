"""Entries as large as those of customers: units are counted by size."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from daybook.core.timestamps import instant
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.models.item import Item
from daybook.storage.table import batches

from tests.support import api, posted
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed
from tests.support.memory.table import MemoryTable

SUBJECT = "Your June invoice from Riverside Gymnastics is ready to be paid online"
DETAILS = {"page": "/schedule", "class": "Tumbling 2, Tuesdays at 5:30 pm", "device": "iPad"}
CHANGE = {"name": "Smith, Madison", "change": "updated", "before": {"level": 2}, "after": {"level": 3}}


def entry_of(log: str, number: int) -> dict[str, Any]:
    """A lifelike entry: sizes are what units are counted by."""
    moment = {"occurred_at": f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z"}
    message_id = f"0100018f{number:010}-6c1d7b2a-4f4e-4f5c-9d2e-2b7c7f3b7a11-000000"
    # None that blocks an address: the units of that are counted by tests of their own.
    statuses = ["delivered", "opened", "failed", "clicked"]
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


def fill_log(stack: Stack, record_id: str, log: str, count: int) -> None:
    """Put entries as they would be stored, without what a request costs."""

    def put(numbers: Sequence[int]) -> None:
        stack.load(item_of(record_id, log, number) for number in numbers)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches(range(count), 25)))


def item_of(record_id: str, log: str, number: int) -> Item:
    entry = posted.entry_of(entry_of(log, number), NOW)
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


LETTER = "Dear parents, " + " ".join(f"the class of row {number} moves to gym {number % 7}." for number in range(40))


def fill_records(stack: Stack, log: str, count: int, records: int, **more: Any) -> None:
    """The entries of so many records, with all that belongs to them."""
    lines = []
    for number in range(count):
        fields = entry_of(log, number)
        if "message_id" in fields:
            fields["message_id"] = f"{log}-{fields['message_id']}"
        record = {"type": "family", "id": str(number % records)}
        affected = [{**one, "record": record} for one in fields.get("affected", ())]
        lines.append(json.dumps(fields | ({"affected": affected} if affected else {"record": record}) | more).encode())
    memory = MemoryTable()
    results = [
        result
        for start in range(0, count, 100)
        for result in stack.ingest(memory).post("riverside", lines[start : start + 100])
    ]
    assert {result.status for result in results} == {"created"}
    stack.load(memory.stored.values())
