"""Walks by `sent` to the end and back by `prev`, while 50 events a second arrive and move what they are about."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from daybook.entries.record_log import LOGS, Page
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent
from daybook.model.entries import Record

from tests.support import api
from tests.support.dynamodb.service_stack import Stack

pytestmark = pytest.mark.slow

EVENTS_PER_SECOND = 50
STANDING = 300
PAGE, PAUSE_SECONDS = 5, 0.03
RECIPIENT = "smith@mail.example"


def post(stack: Stack, subjects: list[str], minute: int) -> None:
    """E-mails of that minute, which are also the messages that events are about."""
    entries = [
        api.email(subject=subject, message_id=subject, occurred_at=f"2026-05-01T{minute // 60:02}:{minute % 60:02}:00Z")
        for subject in subjects
    ]
    results = stack.ingest().post("riverside", [json.dumps(entry).encode() for entry in entries])
    assert all(result.status == "created" for result in results)


class Arriving:
    """Events about the standing messages, and new messages before, between and behind them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stopped = threading.Event()
        self.count = 0

    def run(self) -> float:
        """Until it is stopped, and how many seconds that took. What is due is applied at once, however slow that is."""
        began = time.monotonic()
        while not self._stopped.wait(1 / EVENTS_PER_SECOND):
            due = int((time.monotonic() - began) * EVENTS_PER_SECOND)
            self._stack.reconciler().apply([self._event(number) for number in range(self.count, due)])
            if due // EVENTS_PER_SECOND > self.count // EVENTS_PER_SECOND:
                post(self._stack, [f"new-{due}-{minute}" for minute in (0, 150, 310)], due % 320)
            self.count = due
        return time.monotonic() - began

    def stop(self) -> None:
        self._stopped.set()

    def _event(self, number: int) -> RecipientEvent:
        at = f"2026-05-{2 + number // 3600:02}T{number // 60 % 60:02}:{number % 60:02}:00.000Z"
        event = DeliveryEvent(type="open", at=at, source=str(number))
        # In an order that has nothing to do with that of the walk.
        return RecipientEvent(
            log="email", message_id=f"standing-{number * 7 % STANDING}", recipient=RECIPIENT, event=event
        )


@contextmanager
def arriving(stack: Stack) -> Iterator[Arriving]:
    events = Arriving(stack)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(events.run)
        try:
            yield events
        finally:
            events.stop()
        seconds = running.result()
    assert events.count >= 0.9 * EVENTS_PER_SECOND * seconds


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_each_that_stood_throughout_is_met_once_in_both_directions(stack: Stack, order: str) -> None:
    standing = [f"standing-{number}" for number in range(STANDING)]
    for number, subject in enumerate(standing):
        post(stack, [subject], number)

    def page(cursor: str | None) -> Page:
        time.sleep(PAUSE_SECONDS)
        query: dict[str, Any] = {"sort": "sent", "order": order, "limit": PAGE, "cursor": cursor}
        log = LOGS["emails"]
        return stack.logs().page("riverside", Record("family", "1"), log, msgspec.convert(query, log.query))

    with arriving(stack) as events:
        there = [page(None)]
        while there[-1].next is not None:
            there.append(page(there[-1].next))
        on_the_way = events.count
        back = [there[-1]]
        while back[-1].prev is not None:
            back.append(page(back[-1].prev))
        on_the_way_back = events.count - on_the_way
    assert min(on_the_way, on_the_way_back) >= EVENTS_PER_SECOND
    in_order = standing if order == "asc" else standing[::-1]
    for pages in (there, back[::-1]):
        seen = [row.subject for of_page in pages for row in of_page.entries]  # type: ignore[union-attr]
        assert [subject for subject in seen if subject.startswith("standing")] == in_order
        assert len(seen) == len(set(seen))
    moved = [row for of_page in back for row in of_page.entries if row.last_activity_at != row.occurred_at]  # type: ignore[union-attr]
    assert len(moved) > EVENTS_PER_SECOND
