"""A changed policy given to what is stored, through the real function with its role; and what it tells before."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from daybook.aws.dynamodb import Connection
from daybook.handlers import wiring
from daybook.storage.keys import record_keys
from daybook.storage.models import kinds
from daybook.storage.models.item import Item, Key

from tests.support import api
from tests.support.aws import roles
from tests.support.functions.events import Context
from tests.support.functions.world import (
    EVERYWHERE,
    GRACE,
    START,
    World,
    at,
    lift,
    one_of_each,
    place,
    shown,
)
from tests.support.memory.table import Attributes

LOGS = ("EMAIL", "SMS", "PUSH", "ACTIVITY", "AUDIT")
READING = {"Scan", "BatchGetItem", "DescribeTable"}


class Deployment(World):
    """As in the tests of holds, with a policy that changes; notes what the retention function asks of DynamoDB."""

    def __init__(self, environ: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._environ = environ
        self.operations: set[str] = set()
        self.is_asked = False

    def deploy(self, **periods: str) -> None:
        """Of all logs by name, or of those named."""
        for name, period in periods.items():
            for log in LOGS if name == "logs" else [name.upper()]:
                self._environ.setenv(f"RETAIN_{log}", period)
        forget()

    def ask(self, **asked: Any) -> dict[str, Any]:
        self.operations.clear()
        self.is_asked = True
        try:
            answer: dict[str, Any] = api.function("retention").handler(asked, Context())
        finally:
            self.is_asked = False
        return answer

    def apply(self) -> dict[str, Any]:
        while True:
            progress = self.ask(apply={"rate": 1_000_000, "segments": 3})
            if progress["done"]:
                self.settle()
                return progress

    def preview(self, **durations: str) -> list[dict[str, Any]]:
        found = self.ask(preview={"segments": 3, "durations": durations})
        assert found["done"]
        months: list[dict[str, Any]] = found["months"]
        return months

    def go_to(self, moment: datetime) -> None:
        """Let the time pass, and TTL take what it may."""
        self.settle()
        self.now = moment
        self.expire()
        self.settle()


def forget() -> None:
    for name in api.FACTORIES:
        api.factory(name).cache_clear()


@pytest.fixture
def world(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    made = Deployment(monkeypatch)
    monkeypatch.setenv("ARCHIVE_BUCKET", "")
    # moto has one thread in mind; and of these threads nobody sees from the stack whose they are.
    lock = threading.RLock()

    make_api_call = Connection._make_api_call

    def locked(connection: Connection, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with lock:
            if made.is_asked:
                made.operations.add(operation)
                roles.check(operation, arguments, "retention")
            return make_api_call(connection, operation, arguments)

    monkeypatch.setattr(Connection, "_make_api_call", locked)
    monkeypatch.setattr(wiring, "now", lambda: made.now)
    forget()
    yield made
    forget()


def gone(before: dict[Key, Attributes], after: dict[Key, Attributes]) -> list[Attributes]:
    """What belongs to entries and is not there any more."""
    lost = [item for key, item in before.items() if key not in after]
    return [item for item in lost if not item["pk"]["S"].endswith("/search") and "/-search/" not in item["pk"]["S"]]


def test_a_shortened_policy_takes_nothing_before_the_grace_is_over_and_then_what_the_preview_said(
    world: Deployment,
) -> None:
    world.deploy(logs="P2Y")
    ids = one_of_each(at(month=2))
    (later,) = api.posted(api.activity(occurred_at=at(month=10, day=1)))
    world.settle()
    told = world.preview(**dict.fromkeys(("email", "sms", "push", "activity", "audit", "content"), "P6M"))
    world.deploy(logs="P6M", content="P6M")
    assert told == world.preview()
    before = world.items()
    assert world.apply()["items_restamped"] > 0
    over = START + GRACE
    world.go_to(over - timedelta(seconds=1))
    assert shown(ids) == EVERYWHERE
    assert gone(before, world.items()) == []
    world.go_to(over + timedelta(seconds=1))
    assert shown(ids) == {"timeline"}, "which agrees with the lists that there is nothing"
    assert [row["id"] for row in api.walk("activity")] == [later]
    lost = gone(before, world.items())
    assert [(month["log"], month["month"]) for month in told] == [
        (log, "2026-02") for log in ("activity", "audit", "content", "email", "push", "sms")
    ]
    assert [month["entries"] for month in told] == [1] * 6
    assert sum(month["size"] for month in told) == sum(kinds.read(Item, item).stored_size for item in lost)
    assert {record_keys.log_of(item["pk"]["S"], item["sk"]["S"]) for item in lost} >= {"email", "audit"}


def test_the_new_end_is_to_the_second(world: Deployment) -> None:
    world.deploy(logs="P2Y", content="P2Y")
    ids = one_of_each("2026-10-01T00:00:00Z")
    world.settle()
    world.deploy(logs="P6M", content="P6M")
    world.apply()
    end = datetime.fromisoformat("2027-04-01T00:00:00Z")
    world.go_to(end - timedelta(seconds=1))
    assert shown(ids) == EVERYWHERE
    world.go_to(end)
    assert shown(ids) == {"timeline"}, "which agrees with the lists that there is nothing"


def test_a_lengthened_policy_keeps_everything_in_every_place_beyond_its_old_end(world: Deployment) -> None:
    world.deploy(logs="P1Y", content="P1Y")
    ids = one_of_each("2026-10-01T00:00:00Z")
    world.settle()
    world.deploy(logs="P3Y", content="P3Y")
    assert world.preview() == []
    world.apply()
    world.go_to(datetime.fromisoformat("2027-10-01T00:00:01Z"))
    assert shown(ids) == EVERYWHERE
    world.go_to(datetime.fromisoformat("2029-09-30T23:59:59Z"))
    assert shown(ids) == EVERYWHERE
    world.go_to(datetime.fromisoformat("2029-10-01T00:00:01Z"))
    assert shown(ids) == {"timeline"}, "which agrees with the lists that there is nothing"


def test_an_unlimited_log_gets_an_end_and_loses_it_again(world: Deployment) -> None:
    ids = one_of_each("2026-10-01T00:00:00Z")
    world.settle()
    world.deploy(email="P6M", sms="P6M", push="P6M")
    world.apply()
    world.deploy(email="", sms="", push="")
    world.apply()
    world.go_to(datetime.fromisoformat("2040-01-01T00:00:00Z"))
    assert shown(ids) & {"emails", "sms", "pushes"} == {"emails", "sms", "pushes"}


def test_what_was_shortened_by_mistake_is_back_to_its_old_end_before_the_grace_is_over(world: Deployment) -> None:
    world.deploy(logs="P2Y", content="P2Y")
    ids = one_of_each(at(month=2))
    world.settle()
    before = {key: item for key, item in world.items().items() if "/family/" in key[0]}
    world.deploy(logs="P1M", content="P1M")
    world.apply()
    world.go_to(START + GRACE - timedelta(seconds=1))
    world.deploy(logs="P2Y", content="P2Y")
    world.apply()
    assert {key: item for key, item in world.items().items() if "/family/" in key[0]} == before
    world.go_to(datetime.fromisoformat("2028-02-01T00:00:00Z"))
    assert shown(ids) == EVERYWHERE


def test_a_held_record_keeps_everything_until_the_grace_after_its_hold(world: Deployment) -> None:
    world.deploy(logs="P2Y", content="P2Y")
    ids = one_of_each(at(month=2))
    place()
    world.settle()
    world.deploy(logs="P6M", content="P6M")
    told = world.preview()
    # The note of the hold itself is too young to go.
    assert {(month["entries"], month["held"]) for month in told} == {(0, 1)}
    world.apply()
    world.go_to(START + timedelta(days=300))
    assert shown(ids) == EVERYWHERE
    lift()
    world.settle()
    world.go_to(world.now + GRACE - timedelta(seconds=1))
    assert shown(ids) == EVERYWHERE
    world.go_to(world.now + timedelta(seconds=2))
    assert shown(ids) == {"timeline"}, "which agrees with the lists that there is nothing"


def test_a_preview_reads_and_writes_nothing(world: Deployment) -> None:
    one_of_each(at(month=2))
    world.settle()
    before = world.items()
    assert world.preview(audit="P1M")
    assert world.operations <= READING
    assert world.items() == before


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"apply": None}, "Expected `object`, got `null`"),
        ({"apply": {}}, "missing required field `rate`"),
        ({"apply": {"rate": 0, "segments": 4}}, r"`int` >= 1 - at `\$.rate`"),
        ({"apply": {"rate": "fast", "segments": 4}}, r"Expected `int`, got `str` - at `\$.rate`"),
        ({"apply": {"rate": 9, "segments": 0}}, r"`int` >= 1 - at `\$.segments`"),
        ({"apply": {"rate": 9, "segments": 65}}, r"`int` <= 64 - at `\$.segments`"),
        ({"apply": {"rate": 9, "segments": 4, "audit": "P1Y"}}, "unknown field `audit`"),
        ({"preview": {"segments": 0}}, r"`int` >= 1 - at `\$.segments`"),
        ({"preview": {"segments": 1, "durations": {"letters": "P1Y"}}}, "no duration of letters"),
        ({"preview": {"segments": 1, "durations": {"audit": "soon"}}}, "'soon' is not an ISO 8601 duration"),
        ({"preview": {"segments": 1, "began": "yesterday"}}, r"at `\$.began`"),
        ({"preview": {"segments": 1, "places": []}}, r"length >= 1 - at `\$.places`"),
    ],
)
def test_what_nobody_could_mean_is_refused_and_says_why(world: Deployment, asked: dict[str, Any], said: str) -> None:
    with pytest.raises((msgspec.ValidationError, ValueError), match=said):
        world.ask(**asked)
    assert world.operations == set()
