"""What another policy would take, told without a write."""

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from daybook.core.errors import StoreBusyError
from daybook.holds.holds import HoldChanges, Reason
from daybook.model.entries import Record
from daybook.retention.preview import MonthTotals, PreviewRequest, RetentionPreview, by_month
from daybook.retention.table_scan import UNITS_PER_SECOND
from daybook.storage.keys import org_keys, record_keys
from daybook.storage.models.entries import ContentItem, EmailItem

from tests.support import api
from tests.support.memory.retention_world import BEGAN, DAY, GRACE, NEW, OLD, WHO, World, make_copies, standing
from tests.support.memory.table import Attributes

LONG = OLD | {"audit": "P90D", "content": "P90D", "email": "P2Y"}
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


def write(world: World, *lines: dict[str, Any]) -> None:
    results = world.ingest(LONG).post("riverside", [msgspec.json.encode(line) for line in lines])
    assert {result.status for result in results} == {"created"}
    make_copies(world.table)


def bytes_of(found: list[Attributes]) -> int:
    return sum(len(name.encode()) + size_of(value) for item in found for name, value in item.items())


def size_of(value: dict[str, Any]) -> int:
    """Bytes of a value as it is stored."""
    match value:
        case {"S": text}:
            return len(text.encode())
        case {"N": digits}:
            return len(digits) // 2 + 2
        case {"B": base64_text}:
            return len(base64.b64decode(base64_text))
    return 1


def test_a_preview_counts_what_would_go_and_writes_nothing() -> None:
    world = World()
    of_three = [{"record": {"type": "a", "id": str(number)}, "change": "updated"} for number in range(3)]
    soon, kept = BEGAN - 85 * DAY, BEGAN - 10 * DAY
    write(
        world,
        api.audit(occurred_at=OCTOBER.isoformat()),
        api.audit(occurred_at=(OCTOBER - 3 * DAY).isoformat()),
        api.audit(occurred_at=(OCTOBER - 2 * DAY).isoformat(), affected=of_three),
        # Gone anyway before the grace is over, and not to go.
        api.audit(occurred_at=soon.isoformat()),
        api.audit(occurred_at=kept.isoformat()),
        api.email(occurred_at=OCTOBER.isoformat(), message_id="m", body={"text": "x"}),
    )
    before, writes = standing(world), world.table.writes
    (found,) = world.preview({"audit": "P30D", "content": "P30D"})
    assert (world.table.writes, world.table.stored) == (writes, before)

    def of(prefix: str) -> list[Attributes]:
        return [item for (_, sk), item in before.items() if sk.startswith(prefix)]

    of_september = of("audit/2026-09")
    assert len(of_september) == 4, "one of the two entries has two copies"
    assert found.months == [
        MonthTotals("audit", "2026-09", 2, bytes_of(of_september)),
        MonthTotals("audit", "2026-10", 1, bytes_of(of("audit/2026-10"))),
        MonthTotals("content", "2026-10", 1, bytes_of(of("content/"))),
    ]
    assert found.durations == OLD | {"audit": "P30D", "content": "P30D"}
    assert found.items_read == found.items_estimated == len(before)


def test_what_has_expired_already_does_not_go_another_time() -> None:
    world = World()
    world.now = BEGAN - 100 * DAY
    write(world, api.audit(occurred_at=world.now.isoformat()))
    world.now = BEGAN
    (found,) = world.preview({"audit": "P1D"})
    assert found.months == []


def test_what_is_held_is_told_apart() -> None:
    world = World()
    write(
        world,
        api.audit(occurred_at=OCTOBER.isoformat()),
        api.audit(
            occurred_at=OCTOBER.isoformat(),
            affected=[{"record": {"type": "family", "id": name}, "change": "updated"} for name in ("2", "3")],
        ),
    )
    HoldChanges(table=world.table, recorder=world.ingest(LONG), clock=world.clock).place(
        "riverside", Record("family", "3"), Reason("claim"), WHO, None
    )
    world.backfill(OLD).step("riverside", org_keys.hold(Record("family", "3")), seconds=10)
    free = [item for (pk, sk), item in world.table.stored.items() if pk == "riverside/family/1" and "2026-10-01" in sk]
    (found,) = world.preview({"audit": "P30D"})
    assert found.months == [MonthTotals("audit", "2026-10", 1, bytes_of(free), held=1)]


@pytest.mark.parametrize("durations", [NEW, {"email": "P1D", "audit": "P1D", "push": "P1D"}])
def test_what_it_tells_is_what_is_gone_after_the_grace(durations: dict[str, str]) -> None:
    world = World(seed=5, durations=OLD | durations)
    world.post(400, OLD)
    (found,) = world.preview(durations)
    before = standing(world)
    world.apply()
    over = (BEGAN + GRACE * DAY).timestamp()

    def is_gone(item: Attributes) -> bool:
        return "expires_at" in item and int(item["expires_at"]["N"]) <= over

    gone = [item for key, item in before.items() if is_gone(world.table.stored[key]) and not is_gone(item)]
    assert len(gone) > 50
    assert sum(month.size for month in found.months) == bytes_of(gone)
    entries = [item for item in gone if record_keys.log_of(item["pk"]["S"], item["sk"]["S"]) and "of" not in item]
    assert sum(month.entries for month in found.months if month.log != "content") == len(entries)


def test_many_steps_find_what_one_does() -> None:
    world = World(seed=6)
    world.post(800, OLD)
    (whole,) = world.preview(NEW)
    steps = world.preview(NEW, step_seconds=0.001)
    assert len(steps) > 5
    assert by_month(month for step in steps for month in step.months) == whole.months
    assert sum(step.items_read for step in steps) == whole.items_read == len(world.table.stored)
    assert {step.began for step in steps} == {whole.began}


def test_it_is_no_faster_than_the_store_is_to_be_read() -> None:
    world = World()
    world.post(800, OLD)
    paused: list[float] = []
    preview = RetentionPreview(
        table=world.table, durations=OLD, clock=world.clock, tick=lambda: 0.0, sleep=paused.append
    )
    found = preview.step(PreviewRequest(2))
    assert found.read_units / UNITS_PER_SECOND == pytest.approx(sum(paused) / 2)


def test_a_store_that_is_busy_fails_the_step_only_where_none_gets_on() -> None:
    world = World()
    world.post(400, OLD)
    scans = iter(range(1_000))
    world.table.busy = lambda: next(scans) > 1
    preview = RetentionPreview(table=world.table, durations=OLD, clock=world.clock, sleep=lambda _: None)
    found = preview.step(PreviewRequest(1))
    assert not found.done
    with pytest.raises(StoreBusyError):
        preview.step(PreviewRequest(1, {}, found.began, found.places))
    world.table.busy = lambda: False
    rest = preview.step(PreviewRequest(1, {}, found.began, found.places))
    assert rest.done
    assert found.items_read + rest.items_read == len(world.table.stored)


@pytest.mark.parametrize(
    ("durations", "said"),
    [
        ({"letters": "P1D"}, "there is no duration of letters"),
        ({"audit": "2 years"}, "'2 years' is not an ISO 8601 duration"),
        ({"audit": "-P1D"}, "not a positive duration"),
        ({"content": ""}, "cannot be for ever"),
        ({"grace": ""}, "cannot be for ever"),
    ],
)
def test_what_is_no_duration_is_refused(durations: dict[str, str], said: str) -> None:
    world = World()
    with pytest.raises(ValueError, match=said):
        world.preview(durations)


def test_the_size_of_an_item_is_as_dynamodb_counts_it() -> None:
    item = ContentItem("straße", "content/1", expires_at=1_795_000_000, body=b"abc")
    assert item.stored_size == (2 + 7) + (2 + 9) + (10 + 7) + (4 + 3)
    assert EmailItem("a", "email/1", sent_only=True).stored_size == (2 + 1) + (2 + 7) + (9 + 1)
