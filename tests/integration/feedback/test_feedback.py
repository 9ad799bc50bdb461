"""Delivery feedback on DynamoDB Local: what a life costs, and that two sides who meet lose nothing."""

import json
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent, TaggedSend
from daybook.storage.store import M

from tests.support import api
from tests.support.dynamodb.lifelike_entries import SUBJECT
from tests.support.dynamodb.metered import MeteredWrites
from tests.support.dynamodb.service_stack import Stack
from tests.support.properties import is_fuzz
from tools.cost.data import counts

# What docs/cost.md is computed from.
COUNTS = counts()["email_life"]
POSTED, SENT = "2026-11-22T10:59:59.873Z", "2026-11-22T11:00:00.048Z"
MESSAGE = "0100018f0000000001-6c1d7b2a-4f4e-4f5c-9d2e-2b7c7f3b7a11-000000"
ADDRESS = "parent.of.madison@mail.example"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.2903.86 "
    "Safari/537.36 Edg/131.0.2903.86"
)
LINK = "https://portal.riverside.example/invoices/2026-06/pay?family=1&invoice=88172&utm_campaign=june-invoices"
LIFE = [
    DeliveryEvent(type="send", at=SENT),
    DeliveryEvent(
        type="delivery", at="2026-11-22T11:00:01.509Z",
        diagnostic="250 2.6.0 Message received <0100018f0000000001-6c1d7b2a-000000@email.amazonses.com>",
    ),
    DeliveryEvent(type="open", at="2026-11-22T11:20:13.652Z", user_agent=IPHONE, ip="203.0.113.71"),
    DeliveryEvent(
 type="click", at="2026-11-22T11:21:47.022Z", source=LINK, link=LINK, user_agent=EDGE, ip="198.51.100.23"
),
]  # fmt: skip


def email(message_id: str = MESSAGE) -> bytes:
    sender = "Riverside Gymnastics <office@riverside.example>"
    made = api.email(recipient=ADDRESS, subject=SUBJECT, message_id=message_id, sender=sender, occurred_at=POSTED)
    return json.dumps(made).encode()


def event(what: DeliveryEvent, message_id: str = MESSAGE, names: tuple[str, ...] = ()) -> RecipientEvent:
    return RecipientEvent(
        log="email", message_id=message_id, recipient=ADDRESS, event=what, names=names, recipients=(ADDRESS,)
    )


@pytest.mark.parametrize(
    ("batches", "limit"),
    [
        ([[0], [1], [2], [3]], COUNTS["write_units_one_by_one"]),
        ([[0, 1], [2, 3]], COUNTS["write_units_in_two_batches"]),
    ],
)
def test_write_units_of_an_emails_life(stack: Stack, batches: list[list[int]], limit: int) -> None:
    """Target 7 of docs/performance.md, with the events that a phone and a desktop really send."""
    meter = MeteredWrites(stack)
    stack.ingest(meter).post("riverside", [email()])
    writes = [meter.take()]
    for batch in batches:
        stack.reconciler(meter).apply([event(LIFE[number]) for number in batch])
        writes.append(meter.take())
    (entry,) = [item for item in stack.items() if item["sk"]["S"].startswith("email/")]
    assert entry["status"] == {"S": "clicked"}
    assert sum(writes) <= limit, writes


def test_a_duplicate_costs_no_write(stack: Stack) -> None:
    stack.ingest().post("riverside", [email()])
    stack.reconciler().apply([event(what) for what in LIFE])
    meter = MeteredWrites(stack)
    assert stack.reconciler(meter).apply([event(what) for what in LIFE]) == ["duplicate"] * 4
    assert meter.take() == 0


OWN = "own.1@mailer.example"


class Metered(MeteredWrites):
    """Reads each partition by itself, too."""

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        return [item for pk in pks for item in super(Metered, self).partitions(kind, [pk])]


@pytest.mark.parametrize(
    ("posted_as", "units"),
    [
        # Without other names: the message's partition and the entry; entry and index by activity. The first event that
        # tells one: two links, and what is then known under both names. Each event from then on: a partition more.
        (MESSAGE, [(2, 3), (4, 5), (3, 3), (3, 3)]),
        # Nothing leads to the entry at first: the event is pending, until the next one tells the name.
        (OWN, [(1, 1), (8, 6), (3, 3), (3, 3)]),
    ],
)
def test_units_of_events_before_and_after_a_name_is_linked(
    stack: Stack, posted_as: str, units: list[tuple[float, float]]
) -> None:
    """Read and write units. DynamoDB Local counts nothing for what is not there; AWS counts the smallest read."""
    meter = Metered(stack)
    stack.ingest().post("riverside", [email(posted_as)])
    counted = []
    for number, names in enumerate([(), (OWN,), (OWN,), ()]):
        what = DeliveryEvent(type="subscription", at=f"2026-11-22T11:00:0{number}.000Z")
        meter.reads = 0
        stack.reconciler(meter).apply([event(what, names=names)])
        counted.append((meter.reads, meter.take()))
    assert counted == units
    assert counted[-1][0] == COUNTS["read_units_of_a_batch"]
    # A duplicate is read as well, and writes nothing.
    meter.reads = 0
    assert stack.reconciler(meter).apply([event(what, names=(OWN,))]) == ["duplicate"]
    assert (meter.reads, meter.take()) == (3, 0)


# Entry and pointer as of a post, and a pointer for the other name. Then pointers and entry are read.
@pytest.mark.parametrize(("names", "units"), [((), [(1, 6), (3, 0)]), ((OWN,), [(1, 7), (3, 0)])])
def test_units_of_a_tagged_event_that_makes_an_entry_and_of_its_repetition(
    stack: Stack, names: tuple[str, ...], units: list[tuple[float, float]]
) -> None:
    meter = Metered(stack)
    send = TaggedSend(
        org="riverside", record_type="family", record_id="1", message_id=MESSAGE, recipients=(ADDRESS,), sent_at=SENT,
        subject=SUBJECT, names=names,
    )  # fmt: skip
    counted = []
    for _ in units:
        meter.reads = 0
        stack.ingest(meter).log_sends([send])
        counted.append((meter.reads, meter.take()))
    assert counted == units


@pytest.mark.slow
@pytest.mark.fuzz
def test_hundreds_of_races_of_a_post_and_its_events_lose_nothing(stack: Stack) -> None:
    races = 500 if is_fuzz() else 100
    chance = random.Random(7)

    def race(number: int) -> None:
        message_id = f"message-{number}"
        events = [event(what, message_id) for what in LIFE]
        chance.shuffle(events)
        post = [email(message_id)]
        tasks: list[Callable[[], Any]] = [
            lambda: stack.ingest().post("riverside", post),
            lambda: [stack.reconciler().apply([one]) for one in events],
        ]
        chance.shuffle(tasks)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(task) for task in tasks]:
                done.result()

    for number in range(races):
        race(number)
    found = stack.items()
    entries = [item for item in found if item["sk"]["S"].startswith("email/")]
    assert len(entries) == races
    assert {(item["status"]["S"], item["opens"]["N"], item["clicks"]["N"]) for item in entries} == {
        ("clicked", "1", "1")
    }
    assert [item for item in found if item["sk"]["S"].startswith("event/")] == []
