"""The functions on a clock that stands, with random bits that are the same each time: what they write is known."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from daybook.core import entry_ids
from daybook.handlers import wiring

from tests.support import api
from tests.support.aws.clients import client
from tests.support.functions.events import TTL, Context, queued
from tests.support.functions.stored import ARCHIVE
from tests.support.functions.triggers import handle
from tests.support.functions.world import World
from tests.support.memory import streams

# Every log ends, so that every kind of item has its end; and soft bounces count.
ENVIRONMENT = {
    **dict.fromkeys(("RETAIN_EMAIL", "RETAIN_SMS", "RETAIN_PUSH", "RETAIN_ACTIVITY", "RETAIN_AUDIT"), "P2Y"),
    "RETAIN_CONTENT": "P12M",
    "SOFT_BOUNCE_LIMIT": "3",
    "ARCHIVE_BUCKET": ARCHIVE,
}


class Stage(World):
    """A world whose moment is told, with the retention function in it."""

    def at(self, moment: str) -> None:
        """Set the clock, to an instant as in `2026-11-22T12:00:00Z`."""
        self.now = datetime.fromisoformat(moment).astimezone(UTC)

    def feedback(self, *records: dict[str, Any]) -> None:
        """What a provider says of messages, one record a call, in this order."""
        for record in records:
            answer = api.function("feedback").handler(queued([json.dumps(record)]), Context())
            assert answer == {"batchItemFailures": []}

    def retain(self) -> None:
        """Deliver to the retention function what the stream says since it was last listened to."""
        found = self.items()
        records = [each for each in streams.told(self.known, found) if streams.hears("retention", each)]
        self.known = found
        if records:
            handle({"Records": records})

    def end(self) -> None:
        """Let TTL take what has ended by now, and tell the retention function of it."""
        before = self.items()
        self.expire()
        removed = streams.told(before, self.items())
        for record in removed:
            record["userIdentity"] = TTL
            record["dynamodb"]["ApproximateCreationDateTime"] = int(self.now.timestamp())
        handle({"Records": removed})


def staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The functions are made anew, and so are the next ones."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    client("s3").create_bucket(Bucket=ARCHIVE)
    made = Stage()
    monkeypatch.setattr(wiring, "now", lambda: made.now)
    monkeypatch.setattr(entry_ids, "os", SimpleNamespace(urandom=_counted()))
    forget_functions()
    yield made
    forget_functions()


def forget_functions() -> None:
    """Have the functions made anew, with the next call of each."""
    for name, made_by in api.FACTORIES.items():
        getattr(api.function(name), made_by).cache_clear()


def _counted() -> Callable[[int], bytes]:
    """Random bytes that are the same each time, none of them twice."""
    numbers = count(1)

    def urandom(size: int) -> bytes:
        return (next(numbers) * 1_000_003 << 4).to_bytes(size)

    return urandom
