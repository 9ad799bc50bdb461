"""The functions on a clock, with what the table's stream tells them: entries, holds and where they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daybook.core import timestamps
from daybook.handlers import wiring
from daybook.storage.models.item import Key

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions import stored, triggers
from tests.support.memory import streams
from tests.support.memory.table import Attributes

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASE = "/v1/orgs/riverside/holds"
SMITH = {"type": "family", "id": "1"}
SAM = {"type": "student", "id": "2"}
GRACE = timedelta(days=7)


@dataclass
class World:
    """A clock, and the stream of the table."""

    now: datetime = START
    known: dict[Key, Attributes] = field(default_factory=dict)
    waiting: list[streams.Record] = field(default_factory=list)

    def items(self) -> dict[Key, Attributes]:
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in stored.items()}

    def listen(self) -> None:
        found = self.items()
        self.waiting += [each for each in streams.told(self.known, found) if streams.hears("index", each)]
        self.known = found

    def settle(self) -> None:
        """Deliver what the stream tells until it has nothing more to tell."""
        for _ in range(20):
            self.listen()
            if not self.waiting:
                return
            self.deliver(self.waiting)
        raise AssertionError("it never ends")

    def deliver(self, records: list[streams.Record]) -> None:
        self.waiting = []
        triggers.index(records)
        self.listen()

    def expire(self) -> None:
        for (pk, sk), item in self.items().items():
            if "expires_at" in item and int(item["expires_at"]["N"]) <= self.now.timestamp():
                client("dynamodb").delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})

    def until(self, **moment: int) -> None:
        """Let the time pass, and TTL take what it may."""
        self.settle()
        self.now = START.replace(**moment)  # type: ignore[arg-type]
        self.expire()
        self.settle()


def on_a_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The functions are made anew, and so are the next ones: what they are told of the environment they read once."""
    made = World()
    monkeypatch.setattr(wiring, "now", lambda: made.now)
    factories = [api.factory(name) for name in api.FACTORIES]
    for factory in factories:
        factory.cache_clear()
    yield made
    for factory in factories:
        factory.cache_clear()


def place(record: dict[str, str] = SMITH, reason: str = "a claim", **how: Any) -> api.Answer:
    return api.call("PUT", f"{BASE}/{record['type']}/{record['id']}", body={"reason": reason}, **how)


def lift(record: dict[str, str] = SMITH, **how: Any) -> api.Answer:
    return api.call("DELETE", f"{BASE}/{record['type']}/{record['id']}", **how)


def at(**moment: int) -> str:
    return timestamps.instant(START.replace(**moment))  # type: ignore[arg-type]


def one_of_each(moment: str) -> dict[str, str]:
    """An entry in each log, the audit entry with large changes and a further record; their ids."""
    affected = [
        {"record": record, "change": "updated", "name": "Smith", "before": {"note": "x" * 1500}}
        for record in (SMITH, SAM)
    ]
    entries = {
        "emails": api.email(message_id="m1", body={"text": "Dear Smiths"}),
        "sms": api.sms(message_id="m2"),
        "pushes": api.push(message_id="m3"),
        "activity": api.activity(key="k"),
        "audit": api.audit(affected=affected),
    }
    found = api.posted(*({**entry, "occurred_at": moment} for entry in entries.values()))
    return dict(zip(entries, found, strict=True))


def shown(ids: dict[str, str], record: str = "family/1") -> set[str]:
    """In which calls the entries are shown."""
    found = {log for log, wanted in ids.items() if wanted in {row["id"] for row in api.walk(log, record)}}
    audit = ids["audit"]
    org = api.call("GET", "/v1/orgs/riverside/audit").body["entries"]
    by_staff = api.call("GET", "/v1/orgs/riverside/audit", staff="ada").body["entries"]
    search = api.call("GET", "/v1/orgs/riverside/audit", q="enrolment smith").body["entries"]
    timeline = {row["id"] for row in api.read("timeline", record, limit=200).body["entries"]}
    answers = {
        "org": audit in {row["id"] for row in org},
        "staff": audit in {row["id"] for row in by_staff},
        "search": audit in {row["id"] for row in search},
        "entry": api.call("GET", f"/v1/orgs/riverside/audit/{audit}").status == 200,
        "timeline": {ids[log] for log in found} <= timeline if found else not timeline & set(ids.values()),
        "content": api.read(f"emails/{ids['emails']}/content", record).status == 200,
        "events": api.read(f"emails/{ids['emails']}/events", record).status == 200,
    }
    return found | {name for name, is_shown in answers.items() if is_shown}


EVERYWHERE = {
    "emails", "sms", "pushes", "activity", "audit", "org", "staff", "search", "entry", "timeline", "content", "events",
}  # fmt: skip
