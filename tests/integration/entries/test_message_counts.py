"""Messages of an org counted by DynamoDB: pages of 1 MB, records of one type, time and read units."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from daybook.core import timestamps
from daybook.entries.messages import message_counts
from daybook.entries.messages.message_counts import CountsQuery, MessageCounts
from daybook.entries.messages.org_messages import MessagesQuery
from daybook.model.delivery_status import status_class
from daybook.model.entries import EmailStatus, Record
from daybook.model.responses import MessageCountList
from daybook.storage.items import entry_items
from daybook.storage.items.entry_items import EntryKey
from daybook.storage.keys import record_keys
from daybook.storage.table import batches

from tests.support import api, posted
from tests.support.dynamodb.metered import RequestMeter
from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed
from tests.support.memory.table import Attributes

DAY = timedelta(days=1)
BOTH = ["family", "staff"]
CLASSES = ["waiting", "reached", "bounced", "complained", "rejected", "failed", "suppressed"]
STATUSES: tuple[EmailStatus, ...] = get_args(EmailStatus)

# What the index holds of a message.
KEYS = ("pk", "sk", "org_status", "at")

Message = tuple[EmailStatus, datetime, str]
Counts = dict[tuple[str, str], int]


def key_attributes(messages: Iterable[Message]) -> Iterator[Attributes]:
    """The messages' items, as far as they are in the index: the rest would only take longer to put."""
    for number, (status, moment, record_type) in enumerate(messages):
        entry = posted.entry_of(api.email(status=status), NOW)
        record = Record(record_type, f"{number % 700:05}")
        suffix = f"{number:018}"
        key = EntryKey(record_keys.partition("riverside", record), "email", timestamps.instant(moment), suffix)
        attributes = entry_items.make(
            "riverside", entry, key, keyed_hash=hashed, expires_at=None, content_until=None, has_content=False
        ).serialize()
        yield {name: attributes[name] for name in KEYS}


def fill(stack: Stack, messages: Iterable[Message]) -> None:
    def put(items: Sequence[Attributes]) -> None:
        stack.load(items)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches(key_attributes(messages), 25)))


def random_messages(zone: str, first: date, number: int, *, busy_day: int) -> list[Message]:
    """Messages of 31 days of a zone, and of the hours around them; so many of them of one day and class."""
    chance = random.Random(17)
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    messages: list[Message] = []
    for _ in range(number - busy_day):
        moment = midnight + chance.uniform(-0.2, 31.2) * DAY
        messages.append((chance.choice(STATUSES), to_the_millisecond(moment), chance.choice(["family", *BOTH])))
    for _ in range(busy_day):
        moment = midnight + 10 * DAY + chance.uniform(0.2, 0.8) * DAY
        messages.append(("delivered", to_the_millisecond(moment), chance.choice(["family", *BOTH])))
    return messages


def to_the_millisecond(moment: datetime) -> datetime:
    return timestamps.from_instant(timestamps.instant(moment))


def count(stack: Stack, zone: str, first: date, days: int = 31, record_types: Sequence[str] = BOTH) -> MessageCountList:
    counts = MessageCounts(table=stack.table, zone=lambda _: ZoneInfo(zone), clock=lambda: NOW)
    query = {"log": "email", "from": first.isoformat(), "to": (first + (days - 1) * DAY).isoformat()}
    return counts.count("riverside", msgspec.convert(query, CountsQuery), record_types)


def rows(answer: MessageCountList) -> Counts:
    return {(row.day, row.status_class): row.count for row in answer.counts}


def by_hand(messages: Sequence[Message], zone: str, first: date, record_types: Sequence[str]) -> Counts:
    """By day and class, from each message's own local time."""
    counted: Counter[tuple[str, str]] = Counter()
    for status, moment, record_type in messages:
        day = moment.astimezone(ZoneInfo(zone)).date()
        if first <= day <= first + 30 * DAY and record_type in record_types:
            counted[day.isoformat(), status_class(status)] += 1
    return dict(counted)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        # Forward on September 10, and back on the 30th.
        ("Africa/Cairo", date(2010, 9, 5)),
        # Back on November 1.
        ("America/Chicago", date(2026, 10, 15)),
    ],
)
def test_31_000_messages_are_counted_as_by_hand_within_two_seconds(stack: Stack, zone: str, first: date) -> None:
    messages = random_messages(zone, first, 31_000, busy_day=9_000)
    fill(stack, messages)
    meter = RequestMeter(stack)
    for record_types in (BOTH, ["family"], ["staff"]):
        expected = by_hand(messages, zone, first, record_types)
        began = time.perf_counter()
        answer = count(stack, zone, first, record_types=record_types)
        seconds = time.perf_counter() - began
        assert rows(answer) == expected
        assert answer.range is msgspec.UNSET
        requests, units = meter.take()
        # One class of a day is more than 1 MB. Of a query with a filter, DynamoDB Local takes that of what matches.
        assert requests == 31 * len(CLASSES) + (record_types == BOTH)
        # Whichever they are of, all are read.
        assert 31 * 19 <= units <= 31 * 21
        assert seconds <= 2


def test_counts_are_of_the_types_of_records_that_are_asked_for(stack: Stack) -> None:
    """DynamoDB takes a filter on the table's own partition key, as it is none of the index."""
    first = date(2026, 2, 20)
    messages = random_messages("America/Chicago", first, 300, busy_day=50)
    fill(stack, messages)
    for record_types in (BOTH, ["family"], ["staff"]):
        found = rows(count(stack, "America/Chicago", first, record_types=record_types))
        assert found == by_hand(messages, "America/Chicago", first, record_types)


def test_a_class_of_a_day_is_counted_over_several_pages(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = date(2026, 3, 1)
    fill(stack, [("bounced", datetime(2026, 3, 1, 9, minute, tzinfo=UTC), "family") for minute in range(50)])
    dispatch = stack.connection.dispatch

    def small_pages(operation: str, arguments: dict[str, object]) -> dict[str, object]:
        return dispatch(operation, arguments | {"Limit": 7})

    monkeypatch.setattr(stack.connection, "dispatch", small_pages)
    meter = RequestMeter(stack)
    assert rows(count(stack, "UTC", first, 1)) == {("2026-03-01", "bounced"): 50}
    assert meter.take()[0] == len(CLASSES) + 7
    monkeypatch.setattr(message_counts, "BUDGET", 30)
    answer = count(stack, "UTC", first, 1)
    assert answer.counts == []
    # It stops where the budget does.
    assert meter.take()[0] <= len(CLASSES) + 4


def test_what_is_not_asked_for_costs_nothing(stack: Stack) -> None:
    """The requests are one for each day and class, and the units those of the messages within."""
    first, within = date(2026, 3, 1), datetime(2026, 3, 3, 9, tzinfo=UTC)
    fill(stack, [("bounced", within + number * timedelta(minutes=1), "family") for number in range(200)])
    meter = RequestMeter(stack)
    count(stack, "UTC", first)
    before = meter.take()
    fill(stack, [("bounced", within - (20 + number / 100) * DAY, "family") for number in range(1_000)])
    count(stack, "UTC", first)
    assert meter.take() == before
    requests, units = before
    assert requests == 31 * len(CLASSES)
    # DynamoDB takes half a unit more for each query that finds nothing, DynamoDB Local does not.
    assert units <= 200 * 23 / 1_000
    count(stack, "UTC", first, 1)
    assert meter.take() == (len(CLASSES), 0)


def test_a_page_without_a_status_costs_the_same_in_a_small_and_a_large_org(stack: Stack) -> None:
    """A request for each class, and one for the messages."""
    stack.load(whole_items(60))
    meter, costs = RequestMeter(stack), []
    for day, number in ((20, 1_000), (19, 2_000)):
        older = datetime(2026, 11, day, tzinfo=UTC)
        fill(
            stack,
            [
                (status, older + place * timedelta(seconds=9), "family")
                for place, status in zip(range(number), cycle(STATUSES))
            ],
        )
        page = stack.org_messages().page("riverside", MessagesQuery(log="email"), BOTH)
        assert len(page.entries) == 50
        costs.append(meter.take())
    assert costs[0] == costs[1]
    requests, units = costs[0]
    assert requests == len(CLASSES) + 1
    # Of 51 messages, and of as many keys of each class.
    assert units <= 51 * 0.5 + len(CLASSES) * 1.5


def whole_items(number: int) -> list[Attributes]:
    """E-mails of the last minutes, of statuses that need no look-up for their verdicts."""
    made = []
    for minute, status in zip(range(number), cycle(["queued", "delivered", "opened", "clicked"])):
        moment = timestamps.instant(NOW - timedelta(minutes=minute))
        entry = posted.entry_of(api.email(status=status), NOW)
        key = EntryKey("riverside/family/1", "email", moment, f"{minute:018}")
        made.append(
            entry_items.make(
                "riverside", entry, key, keyed_hash=hashed, expires_at=None, content_until=None, has_content=False
            ).serialize()
        )
    return made
